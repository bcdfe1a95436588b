"""A new channel passes its own tests, and a wrong name makes nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from samspil.project.new_channel import CHANNELS, NotMade, make_channel

ROOT = CHANNELS.parents[1]


# Beside the project's tree, so that tests that run at the same time do not meet it.
RUN = """
import sys
import pytest
import samspil.channels
samspil.channels.__path__.append(sys.argv[1])
words = ["-q", "-c", "/dev/null", "--rootdir", sys.argv[1], "-p", "no:django", "-p", "no:cacheprovider"]
sys.exit(pytest.main([*words, sys.argv[1]]))
"""


@pytest.mark.parametrize("name", ["ab", "nostr", "x" * 30])
def test_a_new_channel_passes_its_own_tests_and_the_linters(tmp_path: Path, name: str) -> None:
    made = make_channel(name, channels=tmp_path)
    assert sorted(path.name for path in made.iterdir()) == [
        "__init__.py",
        "channel.py",
        "conventions.toml",
        "doc.md",
        "fixtures",
        "manifest.toml",
        "quality.toml",
        "tests",
    ]
    # Without Django: a channel knows the kit alone.
    answer = subprocess.run([sys.executable, "-c", RUN, tmp_path], capture_output=True, text=True, cwd=ROOT, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "7 passed" in answer.stdout
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ours = 'lint.isort.known-first-party = ["samspil"]'
    for words in (["check"], ["format", "--check"]):
        command: list[str | Path] = [sys.executable, "-m", "ruff", *words, "--no-cache", "--config", ours, made]
        lint = subprocess.run(command, capture_output=True, text=True, check=False)
        assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize("name", ["", "a", "../up", "Ab", "1a", "a-b", "class", "x" * 31, "mail/x"])
def test_a_wrong_name_makes_nothing(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotMade):
        make_channel(name, channels=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    with pytest.raises(NotMade, match="exists"):
        make_channel("mail", channels=tmp_path)
    assert list((tmp_path / "mail").iterdir()) == []
