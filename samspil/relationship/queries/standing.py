"""How strong a relationship is now, with whom of us, and how it has gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.clock import now
from samspil.relationship.queries.log import COUNTS, HAPPENED, PULSES, WHAT, Pace, pace
from samspil.relationship.rules.stages import STRANGER
from samspil.relationship.rules.strength import (
    DAY,
    HALF_LIFE,
    LANDMARK,
    NAMES,
    WEIGHTS,
    Strength,
    Sums,
    half_lives,
    strength,
    together,
)

CHANGES = 6
WEEKS = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change of stage: when, and by what (a kind of what happened, or silence)."""

    before: str
    stage: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How strong it is with one of us, or with a unit."""

    id: UUID
    name: str
    strength: Strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A relationship now. ``changes`` are the newest first; colleagues and units the strongest first. ``sums`` are aged to now."""

    strength: Strength
    stage: str = STRANGER
    since: datetime | None = None
    why: str = ""
    due_at: datetime | None = None
    changes: Sequence[Step] = ()
    colleagues: Sequence[Share] = ()
    units: Sequence[Share] = ()
    sums: Sums = field(default_factory=Sums)
    pace: Pace


_BONDS = (
    f"SELECT h.network, b.colleague_id, g.name, u.id, u.name, u.name_en, {', '.join(f'b.{name}' for name in NAMES)}"
    " FROM identity_link l JOIN relationship_bond b ON b.handle_id = l.handle_id JOIN intake_handle h ON h.id = l.handle_id"
    " LEFT JOIN organisation_colleague g ON g.id = b.colleague_id LEFT JOIN organisation_unit u ON u.id = g.unit_id"
    " WHERE l.consumer_id = %s AND l.ended_at IS NULL"
)
# With the pace, which is there also for whom nothing is known.
_STAGE = (
    "SELECT s.half_life, s.landmark, r.stage, r.since, r.why, r.due_at, c.before, c.stage, c.at, c.why FROM (VALUES (1)) AS one(id)"
    " LEFT JOIN relationship_setting s ON s.id = one.id LEFT JOIN relationship r ON r.consumer_id = %s LEFT JOIN LATERAL"
    " (SELECT * FROM relationship_change c WHERE c.consumer_id = r.consumer_id ORDER BY c.at DESC, c.id DESC LIMIT %s) c ON true"
    " ORDER BY c.at DESC, c.id DESC"
)


def standing(consumer: UUID, *, english: bool = False) -> Standing:
    """A consumer's relationship with us. Two statements."""
    at, rows = now(), sql.run(_STAGE, [consumer, CHANGES])
    by = Pace(rows[0][0] or HALF_LIFE, rows[0][1] or LANDMARK)
    bonds = [(*row[:6], Sums(*row[6:]).aged(half_lives(by.landmark, at, by.half_life))) for row in sql.run(_BONDS, [consumer])]
    ours = [(network, sums) for network, colleague, _n, _u, _un, _ue, sums in bonds if colleague is None]
    whole = together(sums for _, sums in ours)
    networks = {network for network, sums in ours if sums.number > 0}
    people: dict[tuple[UUID, str], list[Sums]] = {}
    units: dict[tuple[UUID, str], list[Sums]] = {}
    for _network, colleague, name, unit, unit_name, unit_en, sums in bonds:
        if colleague is not None:
            people.setdefault((colleague, name), []).append(sums)
            if unit is not None:
                units.setdefault((unit, (english and unit_en) or unit_name), []).append(sums)
    stage, since, why, due = rows[0][2:6]
    return Standing(
        strength=strength(whole, len(networks)),
        stage=stage or STRANGER,
        since=since,
        why=why or "",
        due_at=due,
        changes=[Step(before=r[6], stage=r[7], at=r[8], why=r[9]) for r in rows if r[6]],
        colleagues=_shares(people),
        units=_shares(units),
        sums=whole,
        pace=by,
    )


def _shares(found: Mapping[tuple[UUID, str], Sequence[Sums]]) -> list[Share]:
    shares = [Share(id=i, name=name, strength=strength(together(some))) for (i, name), some in found.items()]
    return sorted(shares, key=lambda s: (-s.strength.value, s.name, str(s.id)))


# By weeks back from now (0: the last seven days); all that is older than the weeks asked for in one.
_WEEKS = (
    "SELECT week, coalesce(array_agg(DISTINCT network) FILTER (WHERE network <> ''), '{{}}'), {sums}, coalesce(sum(w * score), 0)"
    " FROM (SELECT least(floor((%(now)s - extract(epoch FROM e.at)::float8) / 604800)::int, %(weeks)s) AS week, network, what, score,"
    "  power(2::float8, (extract(epoch FROM e.at)::float8 - %(now)s) / {day} / %(half)s) AS w FROM ("
    f"SELECT h.network, {HAPPENED} AS at, {WHAT} AS what, 0::float8 AS score FROM identity_link l"
    " JOIN intake_handle h ON h.id = l.handle_id JOIN intake_interaction i ON i.handle_id = h.id"
    f" WHERE l.consumer_id = %(consumer)s AND l.ended_at IS NULL AND {COUNTS}"
    " UNION ALL SELECT '', p.at, 'pulse', p.score FROM identity_link l"
    f" JOIN ({PULSES}) p ON p.handle = l.handle_id WHERE l.consumer_id = %(consumer)s AND l.ended_at IS NULL AND p.score IS NOT NULL"
    ") e) e GROUP BY week"
).format(
    day=DAY,
    sums=", ".join(f"coalesce(sum({power}) FILTER (WHERE what = '{kind}'), 0)" for power in ("w", "w * w") for kind in WEIGHTS),
)


def year(consumer: UUID, *, weeks: int = WEEKS, by: Pace | None = None) -> list[Strength]:
    """The strength at the end of each of the last weeks, the oldest first, reckoned from the log. Two statements at most."""
    at, by = now(), by or pace()
    values = {"now": at.timestamp(), "weeks": weeks, "half": by.half_life, "consumer": consumer}
    found = {row[0]: row[1:] for row in sql.run(_WEEKS, values)}
    kinds, points = list(WEIGHTS), []
    sums, networks = Sums(), set[str]()
    for week in range(weeks, -1, -1):
        seen, *values_of = found.get(week, ((), *[0.0] * (2 * len(kinds) + 1)))
        networks |= set(seen)
        named: dict[str, Any] = dict(zip([*kinds, *[f"{k}2" for k in kinds], "pulse"], values_of, strict=True))
        sums = sums + Sums(**named)
        back = timedelta(weeks=week) / timedelta(days=by.half_life)
        points.append(strength(sums.aged(-back), len(networks)))
    return points
