"""The command ``samspil routing``."""

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from samspil.project.cli import app
from samspil.routing.models import Policy

LEARNED = "text,label\n" + "".join(
    f"{text} {number},{label}\n"
    for number in range(8)
    for text, label in (("bremserne hviner på cyklen", "brakes"), ("min pakke er ikke kommet", "delivery"))
)


def run(tmp_path: Path, learned: str, asked: str):
    for name, text in (("a.csv", learned), ("b.csv", asked)):
        (tmp_path / name).write_text(text)
    return CliRunner().invoke(app, ["routing", "evaluate", "--train", str(tmp_path / "a.csv"), "--test", str(tmp_path / "b.csv")])


def test_it_prints_json_only(tmp_path):
    asked = (
        "text,label\nbremserne hviner,brakes\nhvor er min pakke,delivery\n"
        + "pakken er ikke kommet,brakes\n" * 2
        + "xyzzy plugh,weather\n"
    )
    result = run(tmp_path, LEARNED, asked)
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["learned"] == {"texts": 16, "labels": 2}
    assert (found["asked"], found["accuracy"]) == (4, 0.5)
    assert {key: found["out_of_scope"][key] for key in ("texts", "not_routed")} == {"texts": 1, "not_routed": 1.0}
    assert found["encoder"] == ""  # too few examples to weigh meaning by
    assert 0 < found["calibration_error"] < 1
    assert 0 < found["milliseconds"] < 100
    assert found["least"] == []  # none has five texts
    assert "16 texts with 2 labels" in result.stderr


def test_the_labels_that_are_told_worst_are_named(tmp_path):
    asked = "text,label\n" + "bremserne hviner,brakes\n" * 5 + "bremserne hviner,delivery\n" * 4 + "hvor er min pakke,delivery\n"
    found = json.loads(run(tmp_path, LEARNED, asked).stdout)
    assert [(row["label"], row["accuracy"], row["texts"]) for row in found["least"]] == [("delivery", 0.2, 5), ("brakes", 1.0, 5)]


@pytest.mark.parametrize(
    ("learned", "says"),
    [
        ("", "a.csv: no column label and no column text"),
        ("text,competence\nhej,x\n", "a.csv: no column label"),
        ("text,label\n", "a.csv: no rows"),
        ("text,label\nhej,x\n,y\n", "a.csv: the row that begins as number 3 has no text or no label"),
        ("text,label\nhej,x\nhej\n", "a.csv: the row that begins as number 3 has no text or no label"),
        ('text,label\n"hej,x\n', "a.csv: unexpected end of data"),
        ("text,label\nhej,x\ndav,x\n", "two different labels"),
    ],
)
def test_a_file_that_is_none_is_told_in_a_sentence(tmp_path, learned, says):
    result = run(tmp_path, learned, "text,label\nhej,x\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert says in result.stderr


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"text,label\n\xff\xfe,x\n")
    for name, says in (("a.csv", "utf-8"), ("none.csv", "no such file")):
        path = str(tmp_path / name)
        result = CliRunner().invoke(app, ["routing", "evaluate", "--train", path, "--test", path])
        assert (result.exit_code, result.stdout) == (1, "")
        assert says in result.stderr


def test_it_runs_by_itself(tmp_path):
    (tmp_path / "a.csv").write_text(LEARNED)
    path = str(tmp_path / "a.csv")
    surroundings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "samspil.project.cli", "routing", "evaluate", "--train", path, "--test", path]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accuracy"] == 1.0


@pytest.mark.django_db
def test_how_work_is_shared_out_is_shown_and_set(monkeypatch):
    monkeypatch.setattr("samspil.project.cli.routing.ready", nullcontext)

    def policy(*words):
        return CliRunner().invoke(app, ["routing", "policy", *words])

    assert json.loads(policy().output) == {"grace": 60, "daily": None, "patience": 30}
    assert Policy.objects.count() == 0
    assert json.loads(policy("--grace", "never", "--daily", "40").output) == {"grace": None, "daily": 40, "patience": 30}
    assert json.loads(policy("--grace", "30").output) == {"grace": 30, "daily": 40, "patience": 30}
    for wrong in ("0", "soon", "-1"):
        assert policy("--grace", wrong).exit_code == 1
    assert json.loads(policy("--patience", "45").output)["patience"] == 45
    assert json.loads(policy("--patience", "never").output)["patience"] == 0
    assert policy("--patience", "241").exit_code == 1
    assert json.loads(policy("--patience", "30").output) == {"grace": 30, "daily": 40, "patience": 30}
    assert json.loads(policy("--daily", "none").output) == {"grace": 30, "daily": None, "patience": 30}
