"""Limits as dated data: a channel's conventions.toml says what holds from when, and where that stands."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1]


@cache
def limits(channel: str) -> Mapping[str, Mapping[str, Any]]:
    """The channel's limits by name: ``value``, ``source``, and ``since`` where it is known."""
    found: Mapping[str, Mapping[str, Any]] = tomllib.loads((FOLDER / channel / "conventions.toml").read_text("utf-8"))["limits"]
    return found


def limit(channel: str, name: str) -> int:
    """A limit's value."""
    return int(limits(channel)[name]["value"])


def holds(channel: str, name: str, on: date) -> bool:
    """Whether a rule is in force on a day."""
    since: date = limits(channel)[name]["since"]
    return on >= since
