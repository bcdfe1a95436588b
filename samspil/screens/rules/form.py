"""The editor's form: a rule's document as rows, and rows as a document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.http import QueryDict

from samspil.automation.rules.kinds import DEEDS, OPS, TESTS, WHENS
from samspil.automation.rules.read import SCHEMA

MOST = 80
"""Rows of each part that are looked at."""
DAY, HOUR = 1440, 60


@dataclass(slots=True)
class Row:
    """A when or a deed. ``unit`` is what minutes are shown in; ``error`` what is wrong with it."""

    kind: str
    value: str = ""
    unit: int = 1
    error: str = ""

    @property
    def shown(self) -> str:
        """The value in its unit."""
        return str(int(self.value) // self.unit) if self.unit > 1 and self.value.isdigit() else self.value


@dataclass(slots=True)
class Line:
    """A group, or a test in the group above it that lies one step less deep."""

    is_group: bool
    depth: int = 0
    mode: str = "all"
    test: str = "said"
    op: str = "any"
    values: list[str] = field(default_factory=list)
    error: str = ""


@dataclass(slots=True)
class Form:
    """The rows of a rule."""

    whens: list[Row]
    lines: list[Line]
    deeds: list[Row]
    stop: bool = False

    def document(self) -> dict[str, Any]:
        """The document, which may be wrong: reading it says so."""
        return {
            "schema": SCHEMA,
            "when": [{"kind": r.kind, "value": r.value} for r in self.whens],
            "if": _tree(self.lines, 0)[0],
            "then": [{"kind": r.kind, "value": r.value} for r in self.deeds],
            "stop": self.stop,
        }

    def mark(self, place: str, words: str) -> bool:
        """Put an error at its row; whether there is one."""
        part, _, rest = place.partition(".")
        if part in ("when", "then") and rest:
            rows = self.whens if part == "when" else self.deeds
            rows[int(rest.split(".")[0])].error = words
            return True
        if part == "if" and rest:
            number = _number(self.lines, [int(n) for n in rest.split(".") if n.isdigit()])
            self.lines[number].error = words
            return True
        return False


def _tree(lines: list[Line], at: int) -> tuple[dict[str, Any], int]:
    head, items = lines[at], []
    at += 1
    while at < len(lines) and lines[at].depth > head.depth:
        line = lines[at]
        if line.is_group:
            inner, at = _tree(lines, at)
            items.append(inner)
        else:
            items.append({"test": line.test, "op": line.op, "values": line.values})
            at += 1
    return {"mode": head.mode, "items": items}, at


def _number(lines: list[Line], path: list[int]) -> int:
    """The row at a path of places within groups."""
    at = 0
    for place in path:
        depth, left = lines[at].depth + 1, place
        at += 1
        while left:
            at += 1
            while lines[at].depth > depth:
                at += 1
            left -= 1
    return at


def of_document(document: Mapping[str, Any]) -> Form:
    """The rows of a document that can be read."""
    lines: list[Line] = []
    _flat(document["if"], 0, lines)
    return Form(
        whens=[_row(w) for w in document["when"]],
        lines=lines,
        deeds=[_row(d) for d in document["then"]],
        stop=bool(document.get("stop")),
    )


def _row(item: Mapping[str, Any]) -> Row:
    value = str(item.get("value", ""))
    kind = WHENS.get(item["kind"]) or DEEDS.get(item["kind"])
    unit = 1
    if kind and kind.shape == "minutes" and value.isdigit():
        unit = next((u for u in (DAY, HOUR) if int(value) % u == 0), 1)
    return Row(item["kind"], value, unit)


def _flat(node: Mapping[str, Any], depth: int, lines: list[Line]) -> None:
    if "items" not in node:
        lines.append(Line(False, depth, test=node["test"], op=node["op"], values=list(node["values"])))  # noqa: FBT003
        return
    lines.append(Line(True, depth, mode=node["mode"]))  # noqa: FBT003
    for item in node["items"]:
        _flat(item, depth + 1, lines)


def empty() -> Form:
    """A new rule: a message comes in, nothing asked, a label to choose."""
    return Form(whens=[Row("message")], lines=[Line(is_group=True)], deeds=[Row("label")])


def posted(data: QueryDict) -> Form:
    """What the form says. Unknown kinds are kept for reading to refuse; rows that do not fit together are put right."""
    whens = [_posted_row(data, f"w{n}", WHENS) for n in range(_count(data, "w"))]
    deeds = [_posted_row(data, f"t{n}", DEEDS) for n in range(_count(data, "t"))]
    lines = [_posted_line(data, f"i{n}") for n in range(_count(data, "i"))]
    if not lines or not lines[0].is_group:
        lines.insert(0, Line(is_group=True))
    lines[0].depth = 0
    for before, line in pairwise(lines):
        line.depth = max(1, min(line.depth, before.depth + (1 if before.is_group else 0)))
    return Form(whens=whens, lines=lines, deeds=deeds, stop="stop" in data)


def _count(data: QueryDict, part: str) -> int:
    text = data.get(f"{part}-n", "0")
    return min(int(text), MOST) if text.isascii() and text.isdigit() else 0


def _posted_row(data: QueryDict, name: str, known: Mapping[str, Any]) -> Row:
    kind, value, unit = data.get(f"{name}-kind", ""), data.get(f"{name}-value", "").replace("\x00", "").strip(), 1
    if kind in known and known[kind].shape == "minutes":
        unit = {"60": HOUR, "1440": DAY}.get(data.get(f"{name}-unit", ""), 1)
        value = str(int(value) * unit) if value.isascii() and value.isdigit() and len(value) < 7 else value  # noqa: PLR2004
    return Row(kind, value, unit)


def _posted_line(data: QueryDict, name: str) -> Line:
    text = data.get(f"{name}-depth", "0")
    depth = min(int(text), 9) if text.isascii() and text.isdigit() else 0
    if data.get(f"{name}-row") == "group":
        return Line(is_group=True, depth=depth, mode=data.get(f"{name}-mode", "all"))
    test = data.get(f"{name}-test", "said")
    values = [v.replace("\x00", "").strip() for v in data.getlist(f"{name}-value")]
    op = data.get(f"{name}-op", "")
    if kind := TESTS.get(test):
        op = op if op in OPS[kind.shape] else OPS[kind.shape][0]
        if kind.shape == "words":
            values = [part.strip() for v in values for part in v.replace("\n", ",").split(",")]
        if data.get(f"{name}-was", test) != test:  # another field: its values mean nothing here
            values = []
    return Line(is_group=False, depth=depth, test=test, op=op, values=[v for v in values if v])


def changed(form: Form, wish: str) -> Form:
    """The form after a button: ``when+``, ``when- 1``, ``then+``, ``then- 1``, ``row 0``, ``group 0``, ``drop 2``."""
    verb, _, rest = wish.partition(" ")
    at = int(rest) if rest.isascii() and rest.isdigit() else -1
    if verb == "when+":
        form.whens.append(Row("opened"))
    elif verb == "then+":
        form.deeds.append(Row("label"))
    elif verb == "when-" and 0 <= at < len(form.whens):
        del form.whens[at]
    elif verb == "then-" and 0 <= at < len(form.deeds):
        del form.deeds[at]
    elif 0 <= at < len(form.lines):
        _lines_changed(form.lines, verb, at)
    return form


def _lines_changed(lines: list[Line], verb: str, at: int) -> None:
    depth, end = lines[at].depth, at + 1
    while end < len(lines) and lines[end].depth > depth:
        end += 1
    if verb == "row" and lines[at].is_group:
        lines.insert(end, Line(is_group=False, depth=depth + 1))
    elif verb == "group" and lines[at].is_group:
        lines[end:end] = [Line(is_group=True, depth=depth + 1, mode="any"), Line(is_group=False, depth=depth + 2)]
    elif verb == "drop" and at:
        del lines[at:end]
