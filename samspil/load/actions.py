"""Counting what came and how long it waited."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.base.ids import first_id, new_id
from samspil.hours.queries import calendars, opening
from samspil.load.models import Cell
from samspil.load.rules.opening import Opening

BEFORE = timedelta(days=30)
"""How long before the first hour a conversation may have begun whose answer is counted."""
KEPT = timedelta(days=400)
"""How far back all is counted anew."""
_LOCK = 7_202_611
_Key = tuple[datetime, UUID | None, UUID | None, str]

# Ids grow with time, and nothing is kept before it came: with them the index finds the newest without reading all conversations.
_TURNS = (
    "SELECT c.opened_at, c.unit_id, c.competence_id, a.channel, c.done_at, first.at, first.colleague_id, given.at"
    " FROM conversation c JOIN intake_account a ON a.id = c.account_id"
    " LEFT JOIN LATERAL (SELECT i.at, i.colleague_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.outgoing AND i.kind = 'message' AND i.at >= c.opened_at"
    "  ORDER BY p.at, p.interaction_id LIMIT 1) first ON true"
    " LEFT JOIN LATERAL (SELECT min(e.at) AS at FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'assigned'"
    "  AND e.at >= c.opened_at) given ON true"
    " WHERE c.id >= %s AND c.opened_at >= %s AND c.opened_at < %s AND c.merged_into_id IS NULL ORDER BY c.opened_at, c.id"
)


class BadCells(SamspilError):
    """Figures of an hour have a wait for each answered conversation, in order, and none under 0."""

    code = "load.bad_cells"


@dataclass(slots=True, kw_only=True)
class Figures:
    """The figures of one cell; see :class:`samspil.load.models.Cell`."""

    hour: datetime
    unit: UUID | None = None
    competence: UUID | None = None
    channel: str = ""
    arrived: int = 0
    answered: int = 0
    hands: float = 0.0
    waits: list[int] = field(default_factory=list)
    open_waits: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)


def count_since(*, since: datetime, at: datetime) -> int:
    """Count every hour from ``since`` on anew, in the opening hours that hold now; the number of cells.

    A constant number of statements. What came from elsewhere stays as it is.
    """
    start = _hour(since)
    with step():
        sql.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        rows = sql.run(_TURNS, [first_id(start - BEFORE - timedelta(days=1)), start - BEFORE, at])
        cells = [cell for cell in _cells(rows, at) if cell.hour >= start]
        Cell.objects.filter(brought=False, hour__gte=start).delete()
        _store(cells, brought=False)
    return len(cells)


def count_all(*, at: datetime) -> int:
    """Count everything of KEPT anew, also what was imported since with old dates. The number of cells."""
    return count_since(since=at - KEPT, at=at)


def bring(*, cells: Sequence[Figures]) -> None:
    """Take figures of a time before Samspil, from elsewhere: they are added, and never counted anew. Raises BadCells."""
    for cell in cells:
        values = [cell.arrived, cell.answered, cell.hands, *cell.waits, *cell.open_waits, *cell.held]
        if any(v < 0 for v in values) or len(cell.waits) != len(cell.open_waits) or len(cell.waits) > cell.arrived:
            raise BadCells("Give a wait by the clock and in opening hours for each answered conversation, none under 0")
    with step():
        _store(cells, brought=True)


def _store(cells: Sequence[Figures], *, brought: bool) -> None:
    """By COPY: the ORM takes a hundred times as long for the lists."""
    columns = "id hour unit_id competence_id channel arrived answered hands waits open_waits held brought".split()
    rows = [
        (
            new_id(),
            _hour(c.hour),
            c.unit,
            c.competence,
            c.channel,
            c.arrived,
            c.answered,
            c.hands,
            c.waits,
            c.open_waits,
            c.held,
            brought,
        )
        for c in cells
    ]
    if rows:
        sql.copy("load_cell", columns, rows)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _cells(rows: Sequence[tuple[Any, ...]], at: datetime) -> list[Figures]:
    """The figures of conversations, by hour, unit, competence and channel."""
    found: dict[_Key, Figures] = {}

    def cell(moment: datetime, unit: UUID | None, competence: UUID | None, channel: str) -> Figures:
        key = (_hour(moment), unit, competence, channel)
        return found.setdefault(key, Figures(hour=key[0], unit=unit, competence=competence, channel=channel))

    answers = Counter((first_by, _hour(first)) for *_, first, first_by, _ in rows if first is not None)
    by_unit: dict[UUID | None, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        by_unit[row[1]].append(row)
        opened_at, unit, competence, channel, _, first, first_by, _ = row
        cell(opened_at, unit, competence, channel).arrived += 1
        if first is not None:
            there = cell(first, unit, competence, channel)
            there.answered += 1
            there.hands += 1 / answers[first_by, _hour(first)]
    known = calendars()
    for unit, theirs in by_unit.items():
        calendar = known.get(unit) if unit else None
        spans = None if calendar is None else list(opening(calendar, theirs[0][0], at + timedelta(seconds=1)))
        _times(theirs, Opening(spans), cell)
    return sorted(found.values(), key=lambda c: c.hour)


def _times(rows: Sequence[tuple[Any, ...]], opened: Opening, cell: Any) -> None:
    """Put how long each waited and held a place into its cell."""
    answered = [row for row in rows if row[5] is not None]
    since, until = [row[0].timestamp() for row in answered], [row[5].timestamp() for row in answered]
    for row, start, end, seconds in zip(answered, since, until, opened.seconds(since, until), strict=True):
        there = cell(row[0], row[1], row[2], row[3])
        there.waits.append(round(end - start))
        there.open_waits.append(round(float(seconds)))
    done = [row for row in answered if row[4] is not None and row[4] > row[5]]
    taken = [min(row[7] or row[5], row[5]).timestamp() for row in done]
    for row, seconds in zip(done, opened.seconds(taken, [row[4].timestamp() for row in done]), strict=True):
        cell(row[0], row[1], row[2], row[3]).held.append(round(float(seconds)))
