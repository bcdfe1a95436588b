"""Pairs that may be one person: the worklist, one pair, and how often colleagues agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F

from samspil.base import sql
from samspil.base.shares import wilson
from samspil.identity.models import Decision, Suggestion, Veto

PAGE = 20
CAPPED = 1000
"""The list is counted up to this."""
BANDS = (0.0, 0.5, 0.8, 0.95, 0.99)
"""Where the bands of probability begin; the last ends at 1."""
ENOUGH = 10
"""Under so many answers a share says nothing."""

SUGGEST_AT = 0.5
"""Where the organisation has said nothing: what is more likely one person than two is asked about."""

Place = tuple[bool, float, UUID]
"""Where a pair stands in the list: put aside, its key there, its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A suggestion with the consumers that its handles ``one`` and ``other`` belong to now. ``aside``: somebody did not know."""

    suggestion: UUID
    one: UUID
    other: UUID
    consumer_one: UUID
    consumer_other: UUID
    bits: float
    probability: float
    parts: Sequence[Mapping[str, Any]]
    aside: bool
    key: float

    @property
    def place(self) -> Place:
        """Where the list goes on after this pair."""
        return (self.aside, self.key, self.suggestion)


# Two consumers may be said to be two by any of their handles, and one shared handle says nothing of anybody.
_LIVE = (
    " FROM identity_suggestion s JOIN identity_link a ON a.handle_id = s.one_id AND a.ended_at IS NULL"
    " JOIN identity_link b ON b.handle_id = s.other_id AND b.ended_at IS NULL AND b.consumer_id <> a.consumer_id"
    " WHERE {state} AND NOT EXISTS (SELECT 1 FROM identity_mark m WHERE m.handle_id IN (s.one_id, s.other_id)"
    "  AND m.kind = 'shared' AND m.ended_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM identity_link x JOIN identity_link y ON y.consumer_id = b.consumer_id AND y.ended_at IS NULL"
    "  JOIN identity_veto v ON v.one_id = least(x.handle_id, y.handle_id) AND v.other_id = greatest(x.handle_id, y.handle_id)"
    "  AND v.lifted_at IS NULL WHERE x.consumer_id = a.consumer_id AND x.ended_at IS NULL)"
)
_WAITS = "s.state IN ('open', 'unsure')"
OPEN_PAIRS = (
    "SELECT max(s.probability) AS p" + _LIVE.format(state=_WAITS)
    + " GROUP BY least(a.consumer_id, b.consumer_id), greatest(a.consumer_id, b.consumer_id)"
)  # fmt: skip
"""Pairs of consumers that wait for an answer, whatever the threshold, with the best probability of their handles."""
_THRESHOLD = f"coalesce((SELECT suggest_at FROM identity_policy WHERE id = 1), {SUGGEST_AT})"
_FROM_ON = f" AND s.probability >= {_THRESHOLD}"
# Of two persons only the best pair of handles: one that is open before one that was put aside, then the greater gain.
_BEST = (
    " AND NOT EXISTS (SELECT 1 FROM identity_link x JOIN identity_link y ON y.consumer_id = b.consumer_id AND y.ended_at IS NULL"
    "  JOIN identity_suggestion t ON t.one_id = least(x.handle_id, y.handle_id) AND t.other_id = greatest(x.handle_id, y.handle_id)"
    "  WHERE x.consumer_id = a.consumer_id AND x.ended_at IS NULL AND t.state IN ('open', 'unsure') AND t.id <> s.id"
    f"  AND t.probability >= {_THRESHOLD}"
    "  AND NOT EXISTS (SELECT 1 FROM identity_mark m WHERE m.handle_id IN (t.one_id, t.other_id) AND m.kind = 'shared' AND m.ended_at IS NULL)"
    "  AND (t.state = 'unsure', -t.gain, t.id) < (s.state = 'unsure', -s.gain, s.id))"
)
_KEYS = {"open": "-s.gain", "unsure": "extract(epoch FROM s.decided_at)::float8"}
_COLUMNS = "s.id, s.one_id, s.other_id, a.consumer_id, b.consumer_id, s.bits, s.probability, s.parts, s.state = 'unsure' AS aside"


def _walk(state: str, line: str = "") -> str:
    live = _LIVE.format(state=f"s.state = '{state}'")
    key, order = _KEYS[state], "s.gain DESC, s.id" if state == "open" else "s.decided_at, s.id"
    return f"(SELECT {_COLUMNS}, {key} AS key{live}{_FROM_ON}{_BEST}{line} ORDER BY {order} LIMIT %(limit)s)"


def worklist(*, after: Place | None = None, limit: int = PAGE) -> Sequence[Pair]:
    """Pairs of persons that wait for an answer, greatest gain first, each pair of persons once; those put aside come last, the oldest first.

    Left out are those who are one already or said to be two, and shared handles. One statement.
    """
    params: dict[str, Any] = {"limit": limit}
    walks = []
    if after is None or not after[0]:
        line = ""
        if after is not None:
            line = " AND (-s.gain, s.id) > (%(key)s, %(id)s)"
            params |= {"key": after[1], "id": after[2]}
        walks = [_walk("open", line), _walk("unsure")]
    else:
        params |= {"key": after[1], "id": after[2]}
        walks = [_walk("unsure", f" AND ({_KEYS['unsure']}, s.id) > (%(key)s, %(id)s)")]
    found = sql.run(f"SELECT * FROM ({' UNION ALL '.join(walks)}) t ORDER BY aside, key, id LIMIT %(limit)s", params)
    return [_pair(row) for row in found]


def _pair(row: Sequence[Any]) -> Pair:
    names = ("suggestion", "one", "other", "consumer_one", "consumer_other", "bits", "probability", "parts", "aside", "key")
    return Pair(**dict(zip(names, row, strict=True)))


_ONE = f"SELECT {_COLUMNS}, CASE WHEN s.state = 'unsure' THEN {_KEYS['unsure']} ELSE {_KEYS['open']} END" + _LIVE.format(
    state=f"{_WAITS} AND s.id = %s"
)


def pair(suggestion: UUID) -> Pair | None:
    """One pair that waits; None when it does not wait any more. One statement."""
    found = sql.run(_ONE, [suggestion])
    return _pair(found[0]) if found else None


def waiting(*, cap: int = CAPPED) -> int:
    """How many pairs of persons wait for an answer, counted up to ``cap``. One statement."""
    body = f"SELECT 1{_LIVE.format(state=_WAITS)}{_FROM_ON}{_BEST} LIMIT %s"
    return int(sql.run(f"SELECT count(*) FROM ({body}) t", [cap])[0][0])


_TOLD = (
    "SELECT DISTINCT ON (s.decided_by_id, s.decided_at, s.state) s.state, s.probability, s.decision_id FROM identity_suggestion s"
    " WHERE s.state IN ('same', 'apart') AND s.decided_at IS NOT NULL"
    " ORDER BY s.decided_by_id, s.decided_at, s.state, s.gain DESC, s.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Pairs of one range of probability that colleagues answered: how many, how many were one person, with 95 % certainty; and undone since."""

    begins: float
    ends: float
    answered: int
    same: int
    undone: int
    low: float
    high: float

    @property
    def enough(self) -> bool:
        """Whether the share says anything yet."""
        return self.answered >= ENOUGH

    @property
    def share(self) -> float:
        """How many of those answered were one person; 0 for none."""
        return self.same / self.answered if self.answered else 0.0


def precision() -> Sequence[Band]:
    """What became of the suggestions by band of probability, lowest first. An answer counts once, whatever handles it settled. One statement."""
    rows = sql.run(
        "SELECT width_bucket(t.probability, %s), count(*), count(*) FILTER (WHERE t.state = 'same'),"
        " count(*) FILTER (WHERE t.state = 'same' AND d.undone_at IS NOT NULL)"
        f" FROM ({_TOLD}) t LEFT JOIN identity_decision d ON d.id = t.decision_id GROUP BY 1",
        [list(BANDS)],
    )
    counted = {int(place) - 1: (int(n), int(same), int(undone)) for place, n, same, undone in rows}
    bands = []
    for place, begins in enumerate(BANDS):
        n, same, undone = counted.get(place, (0, 0, 0))
        low, high = wilson(same, n)
        ends = BANDS[place + 1] if place + 1 < len(BANDS) else 1.0
        bands.append(Band(begins=begins, ends=ends, answered=n, same=same, undone=undone, low=low, high=high))
    return bands


def answered_since(*, by: UUID, since: datetime) -> int:
    """How many pairs this colleague has answered with yes or no since then. One statement."""
    rows = sql.run(f"SELECT count(*) FROM ({_TOLD_BY}) t", [by, since])
    return int(rows[0][0])


_TOLD_BY = (
    "SELECT DISTINCT s.decided_at, s.state FROM identity_suggestion s"
    " WHERE s.state IN ('same', 'apart') AND s.decided_by_id = %s AND s.decided_at >= %s"
)


def last_answer(*, by: UUID, since: datetime) -> UUID | None:
    """The suggestion that this colleague answered last, since then; None for none. One statement."""
    found = sql.run(_LAST, [by, since])
    return found[0][0] if found else None


_LAST = (
    "SELECT id FROM identity_suggestion WHERE decided_by_id = %s AND decided_at >= %s AND state IN ('same', 'apart', 'unsure')"
    " ORDER BY decided_at DESC, gain DESC, id LIMIT 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What colleagues have said of two handles: decisions that put them where they are, vetoes also lifted ones, and the suggestion."""

    decisions: Sequence[Decision]
    vetoes: Sequence[Veto]
    suggestion: Suggestion | None


_DECIDED = (
    "SELECT DISTINCT d.id FROM identity_link l JOIN identity_decision d ON d.id = l.decision_id WHERE l.handle_id = ANY(%s)"
    " ORDER BY d.id DESC LIMIT 50"
)
_BETWEEN = (
    "SELECT DISTINCT v.id FROM identity_link a JOIN identity_link x ON x.consumer_id = a.consumer_id AND x.ended_at IS NULL"
    " JOIN identity_link b ON b.handle_id = %s AND b.ended_at IS NULL JOIN identity_link y ON y.consumer_id = b.consumer_id"
    " AND y.ended_at IS NULL JOIN identity_veto v ON v.one_id = least(x.handle_id, y.handle_id)"
    " AND v.other_id = greatest(x.handle_id, y.handle_id) WHERE a.handle_id = %s AND a.ended_at IS NULL ORDER BY v.id DESC LIMIT 50"
)


def said(one: UUID, other: UUID) -> Said:
    """What colleagues have said of two handles and of their persons, newest first. Five statements at most."""
    one, other = min(one, other), max(one, other)
    decided = [r[0] for r in sql.run(_DECIDED, [[one, other]])]
    between = [r[0] for r in sql.run(_BETWEEN, [other, one])]
    return Said(
        decisions=list(
            Decision.objects.filter(pk__in=decided)
            .select_related("by", "kept", "absorbed", "undone_by")
            .order_by("-id")
        ),
        vetoes=list(
            Veto.objects.filter(pk__in=between)
            .select_related("by", "lifted_by", "one", "other")
            .order_by(F("lifted_at").desc(nulls_first=True), "-at", "-id")
        ),
        suggestion=Suggestion.objects.filter(one=one, other=other).select_related("decided_by", "decision").first(),
    )  # fmt: skip
