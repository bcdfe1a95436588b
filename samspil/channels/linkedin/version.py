"""Which version of LinkedIn's API is spoken, and until when LinkedIn answers it. Pure: the day comes with each call."""

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

WARN = timedelta(days=30)


class Version(NamedTuple):
    """A version, the day from which it is spoken, and the day on which LinkedIn ends it."""

    value: str
    since: date
    until: date


@cache
def version() -> Version:
    """The one in ``conventions.toml``."""
    said = tomllib.loads((Path(__file__).parent / "conventions.toml").read_text(encoding="utf-8"))["version"]
    return Version(str(said["value"]), said["since"], said["until"])


def words(on: date) -> tuple[bool, str]:
    """Whether the version is answered for some time still, and a sentence about it."""
    now = version()
    if on >= now.until:
        return False, f"LinkedIn has ended version {now.value} of its API on {now.until}."
    if on >= now.until - WARN:
        return False, f"LinkedIn ends version {now.value} of its API on {now.until}."
    return True, f"version {now.value}, answered until {now.until}"
