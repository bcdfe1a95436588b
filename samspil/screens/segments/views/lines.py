"""A filter as lines of a form: groups and, indented beneath them, tests; and back again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as kept

from django.http import QueryDict

from samspil.identity.rules.segment import All, Ask, Either, Node, Not, Word, WrongFilter
from samspil.identity.rules.segment.fields import OPS, tidied
from samspil.identity.rules.segment.tree import DEEPEST, MOST, joined
from samspil.identity.rules.segment.write import shown

OPPOSITE = {"=": "!=", "!=": "=", "exists": "missing", "missing": "exists"}
MODES = ("all", "any", "none")
_PARTS = ("kind", "depth", "mode", "field", "op", "value")
_VALUE = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|([^,"]*))\s*(?:,|$)')


@dataclass(slots=True)
class Line:
    """A group (``mode`` all, any or none of what is beneath) or a test. ``op`` is an operator, or "not " and one."""

    kind: str
    depth: int
    mode: str = "all"
    field: str = ""
    op: str = ""
    value: str = ""
    error: WrongFilter | None = kept(default=None, compare=False)


def lines_of(node: Node, words: Mapping[str, Word], language: str) -> list[Line]:
    """The lines of a filter; the first is always a group."""
    made = list(_lines(node, 0, words, language))
    if made[0].kind == "group":
        return made
    return [Line("group", 0), *_lines(node, 1, words, language)]


def _lines(node: Node, depth: int, words: Mapping[str, Word], language: str) -> Iterator[Line]:
    match node:
        case Ask():
            yield _row(node, node.op, depth, words, language)
        case Not(Ask() as test) if words[test.field].kind == "yes":
            yield _row(Ask(test.field, "=", ("0" if test.values[0] == "1" else "1",)), "=", depth, words, language)
        case Not(Ask() as test):
            yield _row(test, OPPOSITE.get(test.op) or f"not {test.op}", depth, words, language)
        case Not(item):
            items = item.items if isinstance(item, Either) else (item,)
            yield from _group("none", items, depth, words, language)
        case All(items) | Either(items):
            yield from _group("all" if isinstance(node, All) else "any", items, depth, words, language)


def _group(mode: str, items: Sequence[Node], depth: int, words: Mapping[str, Word], language: str) -> Iterator[Line]:
    yield Line("group", depth, mode=mode)
    for item in items:
        yield from _lines(item, depth + 1, words, language)


def _row(test: Ask, op: str, depth: int, words: Mapping[str, Word], language: str) -> Line:
    word = words[test.field]
    values = [v if word.kind in ("yes", "own_yes", "choice") else shown(word, v, language) for v in test.values]
    if test.op == "in":
        values = [v if re.fullmatch(r'[^,"\\]+', v) else '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values]
    return Line("row", depth, field=test.field, op=op, value=", ".join(values))


def posted(data: QueryDict, words: Mapping[str, Word]) -> list[Line]:
    """The lines of a form as they came, with every number and word checked; nonsense is left out."""
    found: list[Line] = []
    columns = [data.getlist(part)[: MOST * 2] for part in _PARTS]
    for kind, depth, mode, name, op, value in zip(*columns, strict=False):
        if kind not in ("group", "row") or not (depth.isascii() and depth.isdigit() and len(depth) < 3):  # noqa: PLR2004
            continue
        deepest = found[-1].depth + (found[-1].kind == "group") if found else 0
        place = min(int(depth), deepest, DEEPEST) if found else 0
        line = Line(kind, max(1, place) if found else 0, mode=mode if mode in MODES else "all")
        if kind == "row":
            word = words.get(name) or words["name"]
            line.field, line.op, line.value = word.name, op, value.replace("\x00", "")[:500]
            if op.removeprefix("not ") not in OPS[word.kind]:
                line.op = OPS[word.kind][0]
                line.value = "" if word.kind in ("yes", "own_yes", "choice") else line.value
            if word.kind in ("yes", "own_yes") and line.value not in ("0", "1"):
                line.value = "1"
        found.append(line)
    if not found or found[0].kind != "group":
        found.insert(0, Line("group", 0))
    return found


def changed(lines: list[Line], deed: str) -> list[Line]:
    """The lines after a button: "add N" a test to the group in line N, "group N" a group in it, "remove N" a line with all beneath."""
    verb, _, number = deed.partition(" ")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else -1  # noqa: PLR2004
    if not 0 <= at < len(lines):
        return lines
    end = at + 1
    while end < len(lines) and lines[end].depth > lines[at].depth:
        end += 1
    depth = lines[at].depth + 1
    room = len(lines) < MOST * 2
    if verb == "remove" and at:
        return lines[:at] + lines[end:]
    if verb == "add" and room and lines[at].kind == "group":
        return [*lines[:end], Line("row", depth, field="name", op=":"), *lines[end:]]
    if verb == "group" and room and lines[at].kind == "group" and depth < DEEPEST // 2:
        fresh = [Line("group", depth, mode="any"), Line("row", depth + 1, field="name", op=":")]
        return [*lines[:end], *fresh, *lines[end:]]
    return lines


def meaning(lines: Sequence[Line], words: Mapping[str, Word]) -> Node:
    """What the lines say. A line without a value is not finished and says nothing; a wrong one gets its ``error`` and says nothing."""
    node, _ = _read(lines, 0, words)
    return node or All()


def _read(lines: Sequence[Line], at: int, words: Mapping[str, Word]) -> tuple[Node | None, int]:
    line = lines[at]
    if line.kind == "row":
        return _asked(line, words), at + 1
    items, place = [], at + 1
    while place < len(lines) and lines[place].depth > line.depth:
        item, place = _read(lines, place, words)
        if item is not None:
            items.append(item)
    if not items:
        return None, place
    node = joined(items, All if line.mode == "all" else Either)
    return (Not(node) if line.mode == "none" else node), place


def _asked(line: Line, words: Mapping[str, Word]) -> Node | None:
    word, op = words[line.field], line.op.removeprefix("not ")
    try:
        if op in ("exists", "missing"):
            test: Node = Ask(word.name, op)
        else:
            texts = split(line.value) if op == "in" else [line.value]
            values = tuple(tidied(word, op, t) for t in texts if t.strip())
            if not values:
                return None
            test = Ask(word.name, op, values)
    except WrongFilter as error:
        line.error = error
        return None
    return Not(test) if line.op.startswith("not ") else test


def split(text: str) -> list[str]:
    """Values between commas; one with a comma in it stands in quotation marks."""
    found, place = [], 0
    while place < len(text):
        part = _VALUE.match(text, place)
        if part is None:
            found.append(text[place:])
            break
        found.append(re.sub(r"\\(.)", r"\1", part[1]) if part[1] is not None else part[2])
        place = max(part.end(), place + 1)
    return [f.strip() for f in found if f.strip()]
