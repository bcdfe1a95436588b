"""Our fixtures and our calls against Telegram's own description of its Bot API, where that lies beside the project."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.telegram.changes import SIGNS
from samspil.channels.telegram.understand import ASKED
from tests.channels.telegram.bot_api import ARGUMENTS, EMOJI

DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "specs" / "telegram-bot-api.json"
FIXTURES = Path(__file__).parents[3] / "samspil" / "channels" / "telegram" / "fixtures"
BROKEN = {"no_update", "not_json", "chat_is_text", "number_without_end"}
pytestmark = [pytest.mark.data, pytest.mark.skipif(not DATA.exists(), reason=f"no data at {DATA}; set SAMSPIL_DATA")]
PLAIN = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": (int, float)}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(DATA.read_text())


def faults(value: Any, kinds: list[str], types: dict[str, Any], where: str) -> list[str]:
    """What does not fit any of the kinds; the shortest list of the alternatives."""
    return min((_faults(value, kind, types, where) for kind in kinds), key=len)


def _faults(value: Any, kind: str, types: dict[str, Any], where: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [f for n, one in enumerate(value) for f in _faults(one, kind.removeprefix("Array of "), types, f"{where}[{n}]")]
    if kind in PLAIN:
        return [] if isinstance(value, PLAIN[kind]) else [f"{where} is no {kind}"]
    about = types[kind]
    if about.get("subtypes"):
        return faults(value, about["subtypes"], types, where)
    if not isinstance(value, dict):
        return [f"{where} is no {kind}"]
    fields = {f["name"]: f for f in about.get("fields", [])}
    missing = [f"{where}.{n} is missing" for n, f in fields.items() if f["required"] and n not in value]
    unknown = [f"{where}.{n} is not known" for n in value if n not in fields]
    inner = [f for n, v in value.items() if n in fields for f in faults(v, fields[n]["types"], types, f"{where}.{n}")]
    return missing + unknown + inner


@pytest.mark.parametrize(
    "path", sorted(p for p in FIXTURES.glob("*.json") if "." not in p.stem and p.stem not in {*BROKEN, "account"})
)
def test_every_fixture_is_an_update_as_telegram_describes_it(described, path):
    update = json.loads(path.read_text())["update"]
    assert faults(update, ["Update"], described["types"], path.stem) == []


def test_every_call_is_one_that_telegram_describes(described):
    for method, arguments in ARGUMENTS.items():
        fields = {f["name"]: f for f in described["methods"][method]["fields"]} if arguments else {}
        assert arguments <= set(fields), method
        assert {n for n, f in fields.items() if f["required"]} <= arguments, method


def test_what_is_asked_for_are_kinds_of_update(described):
    assert set(ASKED) <= {f["name"] for f in described["types"]["Update"]["fields"]}


def test_the_signs_are_those_that_a_bot_may_give(described):
    [about] = [f["description"] for f in described["types"]["ReactionTypeEmoji"]["fields"] if f["name"] == "emoji"]
    assert set(re.findall('"([^"]+)"', about)) == set(SIGNS)
    assert set(SIGNS) >= EMOJI
