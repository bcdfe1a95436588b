"""Every fixture of every channel means exactly what is written beside it."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from samspil.kit import Changes, quality
from samspil.kit.testing import Case, cases, check_case, fixture_cases

CHANNELS = Path(__file__).parents[2] / "samspil" / "channels"
FOLDERS = sorted(path.parent for path in CHANNELS.glob("*/manifest.toml"))


def every_case() -> list[Any]:
    """All cases; a folder that is not in order is the second test's business and must not stop the collection."""
    found = []
    for folder in FOLDERS:
        with suppress(ValueError):
            found += [pytest.param(folder.name, *case.values, id=case.id) for case in fixture_cases(folder / "fixtures")]
    return found


@pytest.mark.parametrize(("name", "case"), every_case())
def test_every_fixture_of_every_channel(name: str, case: Case) -> None:
    check_case(case, import_module(f"samspil.channels.{name}.channel").channel())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_channel_is_whole(folder: Path) -> None:
    wanted = {"manifest.toml", "channel.py", "conventions.toml", "quality.toml", "doc.md", "fixtures"}
    assert wanted - {path.name for path in folder.iterdir()} == set()
    channel = import_module(f"samspil.channels.{folder.name}.channel").channel()
    assert channel.name == folder.name
    assert cases(folder / "fixtures")
    assert isinstance(channel, Changes) is bool(channel.capabilities.changes), (
        "what it can change, it says, and what it says, it can"
    )
    assert set(quality.RULES) - set(quality.read(folder)) == set(), "every rule is named, and be it todo"
