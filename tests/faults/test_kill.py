"""kill -9 of every part of a running installation while consumers write and colleagues answer. The long run is `python -m bench.faults`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.faults import failures

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_when_everything_is_killed(tmp_path):
    result = tmp_path / "faults.json"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAMSPIL_")}
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--rounds", "1", "--messages", "240", "--replies", "12", "--result", str(result)],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert result.exists(), done.stdout[-2000:] + done.stderr[-4000:]
    found = json.loads(result.read_text())
    assert failures(found) == []
    assert found["acknowledged"] == 240
    assert sum(found["kills"].values()) >= 3
