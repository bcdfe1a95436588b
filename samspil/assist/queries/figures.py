"""How suggestions fare: offered, shown, put in, sent as they were, edited, thrown away; with how sure one can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.assist.rules.used import middle
from samspil.base import sql
from samspil.base.shares import wilson

DAYS = 90
Z90 = 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its 90 % interval after Wilson, 0-1; ``of`` is what it is a share of."""

    hits: int
    of: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """How the suggestions of one group fared. ``put`` of those shown; ``used`` (sent or edited) of those put in and settled.

    ``changed`` is the median share that was edited of what was sent.
    """

    key: str
    offered: int
    shown: int
    put: Share
    sent: int
    edited: int
    thrown: int
    useless: int
    used: Share
    changed: float | None


_ROWS = (
    "SELECT coalesce({by}::text, ''), count(*), count(shown_at), count(inserted_at), count(*) FILTER (WHERE outcome = 'sent'),"
    " count(*) FILTER (WHERE outcome = 'edited'), count(*) FILTER (WHERE outcome = 'thrown'), count(useless_at),"
    " coalesce(array_agg(distance) FILTER (WHERE outcome IN ('sent', 'edited')), '{{}}')"
    " FROM assist_offer WHERE at > %s AND (%s::uuid IS NULL OR unit_id = %s::uuid) GROUP BY 1 ORDER BY 2 DESC, 1"
)
GROUPS = {"all": "''", "unit": "unit_id", "competence": "competence_id", "source": "source", "place": "place"}
"""What figures can be parted by."""


def fared(*, at: datetime, by: str = "all", unit: UUID | None = None, days: int = DAYS) -> Sequence[Fared]:
    """The last days, parted by one of GROUPS, the largest group first; of one unit where it is named. One statement."""
    return [_fared(row) for row in sql.run(_ROWS.format(by=GROUPS[by]), [at - timedelta(days=days), unit, unit])]


def _fared(row: tuple[Any, ...]) -> Fared:
    key, offered, shown, put, sent, edited, thrown, useless, changed = row
    return Fared(
        key=key,
        offered=offered,
        shown=shown,
        put=share(put, shown),
        sent=sent,
        edited=edited,
        thrown=thrown,
        useless=useless,
        used=share(sent + edited, sent + edited + thrown),
        changed=middle([value for value in changed if value is not None]),
    )


def share(hits: int, of: int) -> Share:
    """A share with its interval."""
    low, high = wilson(min(hits, of), of, z=Z90)
    return Share(hits=hits, of=of, low=low, high=high)


def known() -> tuple[int, int]:
    """How many past answers there are, and how many nobody has read yet. One statement."""
    rows = sql.run(
        "SELECT coalesce((SELECT pairs FROM assist_gathered WHERE id = 1), 0),"
        " (SELECT count(*) FROM assist_pair WHERE vector IS NULL)"
    )
    return int(rows[0][0]), int(rows[0][1])
