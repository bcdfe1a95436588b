"""A filter as one condition in SQL. Every value is a parameter; names of tables and operators are ours and never the filter's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from samspil.identity.ports import has_open
from samspil.identity.rules.details import MANY
from samspil.identity.rules.loose import loose
from samspil.identity.rules.segment import All, Ask, Either, Node, Not, Word
from samspil.identity.rules.segment.holds import AS_WRITTEN, COMPARE, dated, span
from samspil.organisation.models import Colleague

_HANDLE = (
    "EXISTS (SELECT 1 FROM identity_link l JOIN intake_handle h ON h.id = l.handle_id"
    " WHERE l.consumer_id = k.id AND l.ended_at IS NULL AND {})"
)
_STANDS = "d.field = {field} AND d.ended_at IS NULL AND (d.until IS NULL OR d.until >= {today})"
_DETAIL = (
    "EXISTS (SELECT 1 FROM identity_link l JOIN identity_detail d ON d.handle_id = l.handle_id"
    " WHERE l.consumer_id = k.id AND l.ended_at IS NULL AND " + _STANDS + " AND {condition}{newest})"
)
# Of a detail that a person has once, the newest stands.
_NEWEST = (
    " AND NOT EXISTS (SELECT 1 FROM identity_link l2 JOIN identity_detail d2 ON d2.handle_id = l2.handle_id"
    " WHERE l2.consumer_id = k.id AND l2.ended_at IS NULL AND "
    + _STANDS.replace("d.", "d2.")
    + " AND (d2.at, d2.id) > (d.at, d.id))"
)
_OWN = "FROM identity_link l JOIN intake_interaction i ON i.handle_id = l.handle_id WHERE l.consumer_id = k.id AND l.ended_at IS NULL"
_COUNTED = {
    "messages": f"{_OWN} AND i.kind = 'message' AND NOT i.outgoing",
    "purchases": f"{_OWN} AND i.kind = 'purchase'",
    "handles": "FROM identity_link l WHERE l.consumer_id = k.id AND l.ended_at IS NULL",
}
_YES = {
    "verified": _HANDLE.format("h.verified <> ''"),
    "dead": _HANDLE.format("h.dead_at IS NOT NULL"),
    "joined": "EXISTS (SELECT 1 FROM identity_link l JOIN identity_decision e ON e.id = l.decision_id AND e.kind = 'join'"
    " WHERE l.consumer_id = k.id AND l.ended_at IS NULL)",
    "suggested": "(EXISTS (SELECT 1 FROM identity_link l JOIN identity_suggestion s ON s.one_id = l.handle_id AND s.state = 'open'"
    " WHERE l.consumer_id = k.id AND l.ended_at IS NULL) OR EXISTS (SELECT 1 FROM identity_link l JOIN identity_suggestion s"
    " ON s.other_id = l.handle_id AND s.state = 'open' WHERE l.consumer_id = k.id AND l.ended_at IS NULL))",
}
_NUMBER = "CASE WHEN d.value ~ '^-?[0-9]+(\\.[0-9]+)?$' THEN d.value::numeric {op} {value} ELSE false END"


@dataclass(slots=True)
class Compiled:
    """Grows while a filter is put into SQL: ``params`` by their names."""

    words: Mapping[str, Word]
    at: datetime
    by: Colleague
    params: dict[str, Any] = field(default_factory=dict)

    def value(self, value: Any, kind: str) -> str:
        """A parameter for the value; its place in the statement."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"%({name})s::{kind}"

    def condition(self, node: Node) -> str:
        """The condition on the consumer ``k``."""
        match node:
            case Ask():
                return self._test(node)
            case Not(item):
                return f"NOT {self.condition(item)}"
            case All(items):
                return "(" + " AND ".join(map(self.condition, items)) + ")" if items else "true"
            case Either(items):
                return "(" + " OR ".join(map(self.condition, items)) + ")"

    def _test(self, test: Ask) -> str:
        if test.op in ("!=", "missing"):
            return f"NOT {self._test(Ask(test.field, '=' if test.op == '!=' else 'exists', test.values))}"
        word = self.words[test.field]
        match word.kind:
            case "yes":
                return self._yes(word.name) if test.values[0] == "1" else f"NOT {self._yes(word.name)}"
            case "count":
                return f"(SELECT count(*) {_COUNTED[word.name]}) {_op(test.op)} {self.value(Decimal(test.values[0]), 'numeric')}"
            case "amount":
                return self._spent(test)
            case "time":
                return self._time(test)
        return self._said(test, word)

    def _yes(self, name: str) -> str:
        if name == "open":
            condition, params = has_open(self.by)
            self.params |= params
            return condition
        return _YES[name]

    def _spent(self, test: Ask) -> str:
        bought = _COUNTED["purchases"]
        if test.op == "exists":
            return f"EXISTS (SELECT 1 {bought})"
        amount, _, currency = test.values[0].partition(" ")
        if currency:
            total = f"(SELECT coalesce(sum(i.amount), 0) {bought} AND i.currency = {self.value(currency, 'text')})"
        else:
            total = f"(SELECT coalesce(max(s), 0) FROM (SELECT coalesce(sum(i.amount), 0) AS s {bought} GROUP BY i.currency) t)"
        return f"{total} {_op(test.op)} {self.value(Decimal(amount), 'numeric')}"

    def _time(self, test: Ask) -> str:
        start, end = span(test.op, test.values[0], self.at)
        if test.field == "since":
            return self._between("k.since", start, end)
        column, last = ("h.last_at", True) if test.field == "last_seen" else ("h.first_at", False)
        # The newest lies in the span when one does at all and none lies after it; the oldest the other way.
        inside = _HANDLE.format(self._between(column, start, end))
        beyond = end if last else start
        if beyond is None:
            return inside
        after = f"{column} {'>=' if last else '<'} {self.value(beyond, 'timestamptz')}"
        return f"({inside} AND NOT {_HANDLE.format(after)})"

    def _between(self, column: str, start: datetime | None, end: datetime | None) -> str:
        parts = [] if start is None else [f"{column} >= {self.value(start, 'timestamptz')}"]
        parts += [] if end is None else [f"{column} < {self.value(end, 'timestamptz')}"]
        return "(" + " AND ".join(parts) + ")"

    def _said(self, test: Ask, word: Word) -> str:
        match word.name:
            case "name":
                return self._of_name(test)
            case "handle":
                return _HANDLE.format(f"({self._written('h.address', test)} OR {self._written('h.name', test)})")
            case "network" | "scope":
                return _HANDLE.format(self._written(f"h.{word.name}", test))
            case "place" | "language":
                own = "k.place" if word.name == "place" else "k.language"
                return (
                    f"(({own} <> '' AND {self._form(f'identity_loose({own})', test)})"
                    f" OR {self._detail(test, 'city' if word.name == 'place' else 'language', 'text')})"
                )
            case _:
                return self._detail(test, word.name, word.kind)

    def _of_name(self, test: Ask) -> str:
        return "k.name <> ''" if test.op == "exists" else f"(k.name <> '' AND {self._form('identity_loose(k.folded)', test)})"

    def _detail(self, test: Ask, name: str, kind: str) -> str:
        if test.op == "exists":
            condition = "true"
        elif kind == "number":
            condition = _NUMBER.format(op=_op(test.op), value=self.value(Decimal(test.values[0]), "numeric"))
        elif kind == "date":
            op, bound = dated(test.op, test.values[0], self.at.date())
            condition = f'd.value COLLATE "C" {_op(op)} {self.value(bound, "text")}'
        elif kind == "own_yes":
            condition = f"d.value = {self.value(test.values[0], 'text')}"
        else:
            condition = self._form("identity_loose(d.value)", test)
        filled = {"field": self.value(name, "text"), "today": self.value(self.at.date(), "date")}
        newest = "" if name in MANY else _NEWEST.format(**filled)
        return _DETAIL.format(**filled, condition=condition, newest=newest)

    def _form(self, column: str, test: Ask) -> str:
        """A text in its loosest form against the values in theirs."""
        return self._like(column, test, [loose(v) for v in test.values], "LIKE")

    def _written(self, column: str, test: Ask) -> str:
        """A text as it is written, but for capitals, against the values."""
        assert column.partition(".")[2] in AS_WRITTEN | {"address", "name"}  # noqa: S101 - what holds() does not fold
        if test.op == "exists":
            return f"{column} <> ''"
        return f"({column} <> '' AND {self._like(column, test, [v.lower() for v in test.values], 'ILIKE')})"

    def _like(self, column: str, test: Ask, values: list[str], like: str) -> str:
        if test.op == "exists":
            return "true"
        around = "%" if test.op == ":" else ""
        tests = [f"{column} {like} {self.value(f'{around}{escaped(v)}{around}', 'text')}" for v in values]
        return "(" + " OR ".join(tests) + ")"


def escaped(text: str) -> str:
    """A text that LIKE takes as it stands."""
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _op(op: str) -> str:
    if op not in COMPARE:
        raise ValueError(op)
    return op
