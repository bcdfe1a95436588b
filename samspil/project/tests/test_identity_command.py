"""The command ``samspil identity``."""

import json

from typer.testing import CliRunner

from samspil.project.cli import app


def test_the_command_prints_json_only(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(
        "handle,network,name,person\nkv@acme.dk,mail,Kirsten Vadstrup,1\nkv@ibm.com,mail,Kirsten Vadstrup,1\nole,github,Ole Dam,2\n"
    )
    result = CliRunner().invoke(app, ["identity", "evaluate", str(file)])
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["counts"]["rows"] == 3
    assert "3 rows, 2 persons" in result.stderr
    missing = CliRunner().invoke(app, ["identity", "evaluate", str(tmp_path / "none.csv")])
    assert missing.exit_code == 1
    assert missing.stdout == ""
    assert missing.stderr.endswith("none.csv: no such file\n")
    assert CliRunner().invoke(app, ["identity", "evaluate", str(file), "--engine", "oracle"]).exit_code == 1
