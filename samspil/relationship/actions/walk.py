"""Going on along what happened: which stage somebody is in, since when and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.relationship.facts import StageChanged
from samspil.relationship.queries.log import COUNTS, HAPPENED, PULSES, WHAT, Pace, pace
from samspil.relationship.rules.stages import Change, Happened, State, due_at, walk
from samspil.relationship.rules.strength import half_lives

SOME = 200
"""Consumers of one step."""
_TAKEN = (
    "SELECT consumer_id, stage, since, why, walked_at, weighed, theirs, ours, networks, whole FROM relationship"
    " WHERE consumer_id IN (SELECT * FROM (SELECT consumer_id FROM relationship WHERE stale ORDER BY consumer_id LIMIT %(some)s) a"
    " UNION SELECT * FROM (SELECT consumer_id FROM relationship WHERE due_at <= %(at)s ORDER BY due_at LIMIT %(some)s) b)"
    " ORDER BY consumer_id LIMIT %(some)s FOR UPDATE SKIP LOCKED"
)
# Ties by what stands in the log, so that a walk is the same whoever makes it.
_HAPPENED = (
    "SELECT consumer, at, what, network, score FROM ("
    f"SELECT t.consumer, {HAPPENED} AS at, {WHAT} AS what, h.network, 0::float8 AS score, i.id"
    " FROM {source} AS t(consumer, after) JOIN identity_link l ON l.consumer_id = t.consumer AND l.ended_at IS NULL"
    " JOIN intake_handle h ON h.id = l.handle_id JOIN intake_interaction i ON i.handle_id = h.id"
    f"  AND i.at > coalesce(t.after, '-infinity') WHERE {COUNTS}"
    " UNION ALL SELECT t.consumer, p.at, 'pulse', '', p.score, p.asked FROM {source} AS t(consumer, after)"
    f" JOIN identity_link l ON l.consumer_id = t.consumer AND l.ended_at IS NULL JOIN ({PULSES}) p ON p.handle = l.handle_id"
    " WHERE p.score IS NOT NULL AND p.at > coalesce(t.after, '-infinity')) e ORDER BY consumer, at, id"
)
_WRITE = (
    "UPDATE relationship r SET stage = t.stage, since = t.since, why = t.why, force = t.force, walked_at = t.walked_at,"
    " weighed = t.weighed, theirs = t.theirs, ours = t.ours, networks = string_to_array(nullif(t.networks, ''), chr(10)),"
    " due_at = t.due_at, stale = false, whole = false FROM {source} AS t(id, stage, since, why, force, walked_at, weighed, theirs,"
    " ours, networks, due_at) WHERE r.consumer_id = t.id"
)


def walk_on(*, at: datetime, some: int = SOME) -> int:
    """Look at the stage of those to whom something happened, or whose stage falls by silence; how many. Call it until there is none.

    Who has no handle left has no relationship. Rows that another worker holds are its to do. A constant number of statements.
    """
    with step():
        rows = sql.run(_TAKEN, {"some": some, "at": at})
        if not rows:
            return 0
        now = pace()
        stood = {row[0]: _state(row) for row in rows}
        source, values = sql.table("uuid timestamptz", [(c, state.at if state else None) for c, state in stood.items()])
        happened: dict[UUID, list[Happened]] = {}
        for consumer, moment, what, network, score in sql.run(_HAPPENED.format(source=source), [*values, *values]):
            happened.setdefault(consumer, []).append(Happened(moment, what, network, score))
        came = {c: walk(state, happened.get(c, []), until=at, half_life=now.half_life) for c, state in stood.items()}
        anew = [c for c, state in stood.items() if state is None]
        sql.run("DELETE FROM relationship_change WHERE consumer_id = ANY(%s)", [anew])
        sql.run("DELETE FROM relationship WHERE consumer_id = ANY(%s)", [[c for c, (state, _) in came.items() if state is None]])
        _write({c: state for c, (state, _) in came.items() if state is not None}, now)
        _note({c: changes for c, (_, changes) in came.items()})
        before = {row[0]: row[1] for row in rows}
        publish(*_facts(before, came))
    return len(rows)


def _state(row: Sequence[Any]) -> State | None:
    """Where somebody stands; None where the whole way is walked anew."""
    _, stage, since, why, walked_at, weighed, theirs, ours, networks, whole = row
    if whole or walked_at is None:
        return None
    return State(walked_at, stage, since, why, weighed, theirs, ours, tuple(networks))


def _write(states: Mapping[UUID, State], now: Pace) -> None:
    if not states:
        return
    rows = [
        (
            c, s.stage, s.since, s.why, s.mass * 2.0 ** half_lives(now.landmark, s.at, now.half_life), s.at, s.weighed, s.theirs,
            s.ours, "\n".join(s.networks), due_at(s, now.half_life),
        )
        for c, s in states.items()
    ]  # fmt: skip
    kinds = "uuid text timestamptz text float8 timestamptz float8 float8 float8 text timestamptz"
    source, values = sql.table(kinds, rows)
    sql.run(_WRITE.format(source=source), values)


def _note(changes: Mapping[UUID, Sequence[Change]]) -> None:
    rows = [(new_id(), c, one.before, one.stage, one.at, one.why) for c, some in changes.items() for one in some]
    if rows:
        sql.copy("relationship_change", ("id", "consumer_id", "before", "stage", "at", "why"), rows)


def _facts(before: Mapping[UUID, str], came: Mapping[UUID, tuple[State | None, Sequence[Change]]]) -> list[StageChanged]:
    return [
        StageChanged(consumer=c, before=before[c], stage=state.stage, at=state.since or state.at, why=state.why)
        for c, (state, _) in came.items()
        if state is not None and state.stage != before[c]
    ]
