"""Reading a rule's document: JSON of schema 1 into what it means, with the place and the kind of every error."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from samspil.automation.rules.kinds import DEEDS, NOBODY, OPS, TESTS, WHENS, Kind
from samspil.automation.rules.words import needle

SCHEMA = 1
LONGEST_TEXT = 2000
MOST_VALUES = 50
MOST_TESTS = 60
DEEPEST = 5
LONGEST_WAIT = 60 * 24 * 90
"""Minutes: ninety days."""
MODES = ("all", "any", "none")


class WrongRule(ValueError):
    """The document is no rule. ``place`` such as ``then.1.value``; ``kind`` names what is wrong, ``got`` is what stood there.

    ``kind``: shape · schema · no_when · no_then · when · test · op · deed · mode · empty · many · deep · long · number · minutes · hours.
    """

    def __init__(self, place: str, kind: str, got: Any = "") -> None:
        self.place, self.kind, self.got = place, kind, str(got)[:80]
        super().__init__(f"{place}: {kind} {self.got!r}")


@dataclass(frozen=True, slots=True)
class When:
    """What must happen. ``value`` is the minutes of a wait."""

    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: ``values`` in the plain form of its shape."""

    name: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, any or none hold; an empty one always holds."""

    mode: str = "all"
    items: tuple["Node", ...] = ()


Node: TypeAlias = Condition | Group


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do, with its value."""

    kind: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A rule as it is understood. ``stop``: no later rule looks at what this one has acted on."""

    whens: tuple[When, ...]
    condition: Group
    deeds: tuple[Deed, ...]
    stop: bool = False


def read(document: Any) -> Meaning:
    """What a document means. Raises WrongRule."""
    if not isinstance(document, Mapping):
        raise WrongRule("", "shape", type(document).__name__)
    if document.get("schema") != SCHEMA:
        raise WrongRule("schema", "schema", document.get("schema"))
    whens = tuple(_when(item, f"when.{n}") for n, item in enumerate(_list(document, "when")))
    deeds = tuple(_deed(item, f"then.{n}") for n, item in enumerate(_list(document, "then")))
    if not whens:
        raise WrongRule("when", "no_when")
    if not deeds:
        raise WrongRule("then", "no_then")
    condition = _node(document.get("if") or {"mode": "all", "items": []}, "if", 0)
    if not isinstance(condition, Group):
        condition = Group("all", (condition,))
    if len(tests_of(condition)) > MOST_TESTS:
        raise WrongRule("if", "many", MOST_TESTS)
    return Meaning(whens, condition, deeds, bool(document.get("stop")))


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list) or len(found) > MOST_VALUES:
        raise WrongRule(name, "shape", type(found).__name__)
    return found


def _when(item: Any, place: str) -> When:
    kind = _kind(item, WHENS, place, "when")
    return When(kind.name, _value(kind, item.get("value", ""), f"{place}.value"))


def _deed(item: Any, place: str) -> Deed:
    kind = _kind(item, DEEDS, place, "deed")
    return Deed(kind.name, _value(kind, item.get("value", ""), f"{place}.value"))


def _kind(item: Any, known: Mapping[str, Kind], place: str, wrong: str) -> Kind:
    if not isinstance(item, Mapping):
        raise WrongRule(place, "shape", type(item).__name__)
    name = item.get("kind")
    if not isinstance(name, str) or name not in known:
        raise WrongRule(f"{place}.kind", wrong, name)
    return known[name]


def _value(kind: Kind, value: Any, place: str) -> str:
    if kind.shape == "none":
        return ""
    text = str(value).replace("\x00", "").strip()
    if not text:
        raise WrongRule(place, "empty")
    if len(text) > LONGEST_TEXT:
        raise WrongRule(place, "long", LONGEST_TEXT)
    if kind.shape == "minutes" and not (text.isascii() and text.isdigit() and 0 < int(text) <= LONGEST_WAIT):
        raise WrongRule(place, "minutes", text)
    return str(int(text)) if kind.shape == "minutes" else text


def _node(item: Any, place: str, depth: int) -> Node:
    if not isinstance(item, Mapping):
        raise WrongRule(place, "shape", type(item).__name__)
    if "items" not in item:
        return _test(item, place)
    if depth >= DEEPEST:
        raise WrongRule(place, "deep", DEEPEST)
    if item.get("mode") not in MODES:
        raise WrongRule(f"{place}.mode", "mode", item.get("mode"))
    return Group(str(item["mode"]), tuple(_node(each, f"{place}.{n}", depth + 1) for n, each in enumerate(_list(item, "items"))))


def _test(item: Mapping[str, Any], place: str) -> Condition:
    kind = _kind({"kind": item.get("test")}, TESTS, place, "test")
    op = item.get("op")
    if op not in OPS[kind.shape]:
        raise WrongRule(f"{place}.op", "op", op)
    given = item.get("values", [])
    if not isinstance(given, list) or len(given) > MOST_VALUES:
        raise WrongRule(f"{place}.values", "many", MOST_VALUES)
    values = tuple(dict.fromkeys(v for v in (str(v).replace("\x00", "").strip() for v in given) if v))
    if any(len(v) > LONGEST_TEXT for v in values):
        raise WrongRule(f"{place}.values", "long", LONGEST_TEXT)
    return Condition(kind.name, str(op), _CHECKS[kind.shape](values, f"{place}.values"))


def _some(values: tuple[str, ...], place: str) -> tuple[str, ...]:
    if not values:
        raise WrongRule(place, "empty")
    return values


def _phrases(values: tuple[str, ...], place: str) -> tuple[str, ...]:
    if not any(needle(v) for v in values):
        raise WrongRule(place, "empty")
    return tuple(v for v in values if needle(v))


def _number(values: tuple[str, ...], place: str) -> tuple[str, ...]:
    text = _some(values, place)[0].replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise WrongRule(place, "number", text) from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise WrongRule(place, "number", text)
    return (format(number, "f"),)


_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _hours(values: tuple[str, ...], place: str) -> tuple[str, ...]:
    """From, to, and the days as digits, Monday 0."""
    clocks = [v for v in values if _CLOCK.fullmatch(v)]
    days = "".join(sorted({c for v in values if v not in clocks for c in v if c in "0123456"}))
    if len(clocks) != 2 or not days:  # noqa: PLR2004 - from and to
        raise WrongRule(place, "hours", " ".join(values))
    return (*clocks, days)


_CHECKS: dict[str, Callable[[tuple[str, ...], str], tuple[str, ...]]] = {
    "choice": _some,
    "many": _some,
    "words": _phrases,
    "number": _number,
    "yes": lambda _values, _place: (),
    "hours": _hours,
    "filter": _some,
}


def tests_of(node: Node) -> list[Condition]:
    """Every test, from left to right."""
    if isinstance(node, Condition):
        return [node]
    return [test for item in node.items for test in tests_of(item)]


def written(meaning: Meaning) -> dict[str, Any]:
    """The document of a meaning: what is stored. Reading it gives the same meaning again."""
    return {
        "schema": SCHEMA,
        "when": [_pair(w.kind, w.value) for w in meaning.whens],
        "if": _node_written(meaning.condition),
        "then": [_pair(d.kind, d.value) for d in meaning.deeds],
        "stop": meaning.stop,
    }


def _pair(kind: str, value: str) -> dict[str, Any]:
    return {"kind": kind, "value": value} if value else {"kind": kind}


def _node_written(node: Node) -> dict[str, Any]:
    if isinstance(node, Condition):
        return {"test": node.name, "op": node.op, "values": list(node.values)}
    return {"mode": node.mode, "items": [_node_written(item) for item in node.items]}


def ids_of(meaning: Meaning) -> dict[str, set[str]]:
    """What the rule names of the organisation's own, by its source."""
    found: dict[str, set[str]] = {}
    for test in tests_of(meaning.condition):
        source = TESTS[test.name].source
        if source:
            found.setdefault(source, set()).update(v for v in test.values if v != NOBODY)
    for deed in meaning.deeds:
        if source := DEEDS[deed.kind].source:
            found.setdefault(source, set()).add(deed.value)
    return found
