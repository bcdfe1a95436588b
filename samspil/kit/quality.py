"""What a channel fulfils, by its own word in ``quality.toml``, and the level that this makes.

Every named rule says "done", "todo", or "exempt: why". What the network itself does not have is exempt, and counts as fulfilled; but whoever
was never tried against a real server is not of the highest level, for whatever reason.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Level = Literal["none", "bronze", "silver", "gold", "platinum"]

RULES: Mapping[str, tuple[Level, str]] = {
    "fixtures": ("bronze", "its fixtures mean what is written beside them"),
    "signature": ("bronze", "what is forged is refused before anything is stored"),
    "broken_payloads": ("bronze", "broken payloads are kept and shown, and stop nothing"),
    "answers": ("silver", "messages can be answered"),
    "delivery_reports": ("silver", "the fate of an answer is known"),
    "edits_and_deletes": ("gold", "edits and deletions are followed"),
    "attachments": ("gold", "files come and go along"),
    "tried_against_a_real_server": ("platinum", "tried against a real server that others wrote"),
}
"""Each rule with the level that needs it, and what it says."""

LEVELS: tuple[Level, ...] = ("none", "bronze", "silver", "gold", "platinum")


def read(folder: Path) -> dict[str, str]:
    """The words of the channel's ``quality.toml``; {} without one. Raises ValueError for a word that is none of the three."""
    path = folder / "quality.toml"
    if not path.exists():
        return {}
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    for rule, word in said.items():
        exempt, _, why = str(word).partition(":")
        if word not in {"done", "todo"} and not (exempt == "exempt" and why.strip()):
            raise ValueError(f'{path}: {rule} is {word!r}, and must be "done", "todo" or "exempt: why"')
    return {rule: str(word) for rule, word in said.items()}


def level(said: Mapping[str, str]) -> Level:
    """The highest level all of whose rules, and those of the levels below it, are fulfilled. A rule that is not named is not fulfilled."""
    reached: Level = "none"
    for wanted in LEVELS[1:]:
        rules = [rule for rule, (needs, _) in RULES.items() if needs == wanted]
        if not all(_fulfilled(said.get(rule, "todo"), strict=wanted == "platinum") for rule in rules):
            break
        reached = wanted
    return reached


def missing(said: Mapping[str, str]) -> list[str]:
    """The rules that are still to do, the standard ones first."""
    return [r for r in [*RULES, *(r for r in said if r not in RULES)] if said.get(r, "todo") == "todo"]


def _fulfilled(word: str, *, strict: bool) -> bool:
    return word == "done" or (not strict and word.startswith("exempt"))
