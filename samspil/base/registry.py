"""The channels that are installed: folders under ``samspil/channels`` and the entry points ``samspil.channels``."""

import importlib
import tomllib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from samspil.base.errors import NotFound
from samspil.kit import Channel, ReadsFiles, quality

FOLDER = Path(__file__).resolve().parents[1] / "channels"


@cache
def names() -> tuple[str, ...]:
    """The names of all installed channels, sorted."""
    own = {p.parent.name for p in FOLDER.glob("*/channel.py")}
    return tuple(sorted(own | {e.name for e in entry_points(group="samspil.channels")}))


@cache
def channel(name: str) -> Channel:
    """The channel of that name. Raises NotFound."""
    if name.isidentifier() and (FOLDER / name / "channel.py").exists():
        made: Channel = importlib.import_module(f"samspil.channels.{name}.channel").channel()
        return made
    for entry in entry_points(group="samspil.channels", name=name):
        outside: Channel = entry.load()()
        return outside
    raise NotFound(f"no channel is called {name!r}")


@cache
def manifest(name: str) -> dict[str, Any]:
    """The channel's manifest: ``title``, ``icon``, ``network``, ``description``. Empty for a channel from outside without one."""
    path = FOLDER / name / "manifest.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {"title": name}


@cache
def paste(name: str) -> str:
    """What is to be pasted on the network's side to connect the channel: its ``paste.json``; "" where there is nothing."""
    path = FOLDER / name / "paste.json"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


@cache
def fulfils(name: str) -> dict[str, str]:
    """What the channel fulfils, {rule: done, todo or "exempt: why"}. Empty for a channel from outside without a word on it."""
    return quality.read(FOLDER / name)


def reader(format: str) -> tuple[str, ReadsFiles]:  # noqa: A002  the word that people use
    """The channel that reads files of a format, with its name. Raises NotFound and names the formats there are."""
    known: list[str] = []
    for name in names():
        found = channel(name)
        if isinstance(found, ReadsFiles):
            if format in found.formats:
                return name, found
            known.extend(found.formats)
    raise NotFound(f"No channel reads {format!r} files; there are {', '.join(sorted(known))}")
