"""Counting what the log says into bonds: as it comes, or all anew. The same statement, so that both give the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import hold_back, step
from samspil.intake.facts import InteractionsLogged
from samspil.relationship.queries.log import COUNTS, HAPPENED, PULSES, WHAT, Pace, pace, weight
from samspil.relationship.rules.strength import WEIGHTS

READER = "relationship.reactions.count"
"""The reaction that counts as it comes; it stands still while something is counted anew."""
_COLUMNS = (*WEIGHTS, *[f"{kind}2" for kind in WEIGHTS])
_SUMS = ", ".join(f"coalesce(sum({power}) FILTER (WHERE what = '{kind}'), 0)" for power in ("w", "w * w") for kind in WEIGHTS)
_ADD = ", ".join(f"{name} = relationship_bond.{name} + excluded.{name}" for name in _COLUMNS)
_EVENTS = (
    f"SELECT i.id, i.handle_id AS handle, i.colleague_id AS colleague, {HAPPENED} AS at, {WHAT} AS what"
    f" FROM intake_interaction i WHERE {{which}} AND {COUNTS}"
)
# To a colleague count the answers that this one gave, and the messages that they answered, where both are at one handle.
_COUNT = (
    f"weighed AS (SELECT b.handle, b.colleague, b.what, {weight('b.at')} AS w FROM pace, ("
    " SELECT handle, NULL::uuid AS colleague, what, at FROM events"
    " UNION ALL SELECT handle, colleague, what, at FROM events WHERE what = 'ours' AND colleague IS NOT NULL"
    f" UNION ALL SELECT e.handle, e.colleague, {WHAT}, {HAPPENED} FROM events e JOIN reply r ON r.interaction_id = e.id"
    "  JOIN intake_interaction i ON i.id = r.in_reply_to_id AND i.handle_id = e.handle"
    f"  WHERE e.what = 'ours' AND e.colleague IS NOT NULL AND i.kind = 'message' AND NOT i.outgoing AND {COUNTS}) b),"
    f" counted AS (INSERT INTO relationship_bond (handle_id, colleague_id, {', '.join(_COLUMNS)}, pulse)"
    f" SELECT handle, colleague, {_SUMS}, 0 FROM weighed GROUP BY handle, colleague ORDER BY handle, colleague NULLS FIRST"
    f" ON CONFLICT (handle_id, colleague_id) DO UPDATE SET {_ADD})"
)
_PACE = "pace AS (SELECT %s::float8 AS half_life, %s::timestamptz AS landmark)"
# What came before the place where somebody stands makes that the whole way is walked anew: ``due_at`` of the row to be says from when on.
_MARK = (
    " INSERT INTO relationship (consumer_id, stage, why, force, weighed, theirs, ours, networks, due_at, stale, whole)"
    " SELECT l.consumer_id, 'stranger', '', 0, 0, 0, 0, '{{}}', min(t.at), true, false FROM ({source}) AS t(handle, at)"
    " JOIN identity_link l ON l.handle_id = t.handle AND l.ended_at IS NULL GROUP BY l.consumer_id ORDER BY l.consumer_id"
    " ON CONFLICT (consumer_id) DO UPDATE SET stale = true, whole = relationship.whole"
    " OR coalesce(excluded.due_at <= greatest(relationship.walked_at, relationship.since), false)"
)
_ALL = "'-infinity'::timestamptz"


def count(*, interactions: Sequence[UUID]) -> None:
    """Add what was appended to the log to the bonds of its handles, and note whose stage is to be looked at. Two statements."""
    with step():
        events = _EVENTS.format(which="i.id = ANY(%s)")
        marked = _MARK.format(source="SELECT handle, at FROM events")
        sql.run(f"WITH {_PACE}, events AS MATERIALIZED ({events}), {_COUNT}{marked}", [*pace(), list(interactions)])


def feel(*, asked: Sequence[UUID]) -> None:
    """Take over what was said to these questions: the sum of each handle they went to, anew. Five statements."""
    with step():
        hold_back(InteractionsLogged, READER)
        handles = f"SELECT DISTINCT handle FROM ({PULSES} AND q.id = ANY(%s)) p"
        _feel(f"handle IN ({handles})", [list(asked)], pace())
        sql.run(_MARK.format(source=f"SELECT handle, {_ALL} FROM ({handles}) h"), [list(asked)])


def _feel(which: str, values: Sequence[Any], at: Pace) -> None:
    sql.run(
        f"WITH {_PACE} INSERT INTO relationship_bond (handle_id, colleague_id, {', '.join(_COLUMNS)}, pulse)"
        f" SELECT b.handle, u.colleague, {', '.join('0' for _ in _COLUMNS)}, sum(coalesce(b.score, 0) * {weight('b.at')})"
        f" FROM ({PULSES}) b CROSS JOIN pace CROSS JOIN LATERAL unnest(ARRAY[NULL, b.colleague]) WITH ORDINALITY AS u(colleague, n)"
        f" WHERE (u.n = 1 OR u.colleague IS NOT NULL) AND {which} GROUP BY 1, 2 ORDER BY 1, 2 NULLS FIRST"
        " ON CONFLICT (handle_id, colleague_id) DO UPDATE SET pulse = excluded.pulse",
        [*at, *values],
    )


def mark(*, consumers: Sequence[UUID]) -> None:
    """Note that handles of these went or came: the whole way of who has one is walked anew, and who has none has none. One statement."""
    with step():
        sql.run(
            "INSERT INTO relationship (consumer_id, stage, why, force, weighed, theirs, ours, networks, stale, whole)"
            " SELECT c, 'stranger', '', 0, 0, 0, 0, '{}', true, true FROM unnest(%s::uuid[]) AS u(c) ORDER BY c"
            " ON CONFLICT (consumer_id) DO UPDATE SET stale = true, whole = true",
            [sorted(set(consumers))],
        )


def recount(*, interactions: Sequence[UUID]) -> None:
    """Count the handles of these anew, whose words were put right. Seven statements."""
    with step():
        unread, values = hold_back(InteractionsLogged, READER)
        handles = "SELECT handle_id AS handle FROM intake_interaction WHERE id = ANY(%s)"
        ids = list(interactions)
        sql.run(f"DELETE FROM relationship_bond WHERE handle_id IN ({handles})", [ids])
        _anew(f"i.handle_id IN ({handles})", [ids], unread, values, pace())
        _feel(f"handle IN ({handles})", [ids], pace())
        sql.run(_MARK.format(source=f"SELECT handle, {_ALL} FROM ({handles}) h"), [ids])


def rebuild(*, at: datetime, half_life: float | None = None) -> int:
    """Count everything anew from the log, by another half-life if one is given (days); the stages follow. The number of bonds.

    What has just been written and was not counted yet stays to be counted. A constant number of statements.
    """
    with step():
        unread, values = hold_back(InteractionsLogged, READER)
        now = pace()
        now = Pace(half_life or now.half_life, now.landmark)
        sql.run(
            "INSERT INTO relationship_setting (id, half_life, landmark, built_at) VALUES (1, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET half_life = excluded.half_life, built_at = excluded.built_at",
            [*now, at],
        )
        sql.run("DELETE FROM relationship_bond")
        _anew("true", [], unread, values, now)
        _feel("true", [], now)
        sql.run("UPDATE relationship SET stale = true, whole = true")
        sql.run(_MARK.format(source=f"SELECT handle_id, {_ALL} FROM relationship_bond"))
        return int(sql.run("SELECT count(*) FROM relationship_bond")[0][0])


def _anew(which: str, values: Sequence[Any], unread: str, unread_values: Sequence[Any], at: Pace) -> None:
    events = _EVENTS.format(which=f"{which} AND NOT EXISTS (SELECT 1 FROM unread u WHERE u.id = i.id)")
    ids = f"SELECT v::uuid AS id FROM ({unread}) f CROSS JOIN LATERAL jsonb_array_elements_text(f.data->'interactions') AS v"
    sql.run(
        f"WITH {_PACE}, unread AS MATERIALIZED ({ids}), events AS MATERIALIZED ({events}), {_COUNT} SELECT 1",
        [*at, *unread_values, *values],
    )
