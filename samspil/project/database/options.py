"""How the server is started, as the words of the guard's command line."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the server is started."""

    data_dir: Path
    connections: int = 100
    buffers_mb: int = 128
    fsync: bool = True
    start_seconds: float = 600
    user: str | None = None


def arguments(data_dir: Path, options: Mapping[str, Any]) -> list[str]:
    """The guard's command line for these options."""
    found = ["--data-dir", str(data_dir)]
    for name, value in options.items():
        if value is not None:
            found += [f"--{name.replace('_', '-')}", str(int(value) if isinstance(value, bool) else value)]
    return found


def parse(words: list[str]) -> Options:
    """The opposite of :func:`arguments`."""
    parser = argparse.ArgumentParser(prog="guard")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--buffers-mb", type=int, default=128)
    parser.add_argument("--fsync", type=lambda word: bool(int(word)), default=True)
    parser.add_argument("--start-seconds", type=float, default=600)
    parser.add_argument("--user")
    return Options(**vars(parser.parse_args(words)))
