"""What the organisation lets Samspil do by itself, and what another threshold would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from samspil.base import sql
from samspil.base.shares import wilson
from samspil.identity.models import Policy, Weights
from samspil.identity.queries.suggestions import OPEN_PAIRS, SUGGEST_AT
from samspil.organisation.models import Colleague


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The thresholds in force, probabilities. ``join_at`` None: only what is proved joins. ``at`` and ``by`` None: nobody has set them."""

    join_at: float | None = None
    suggest_at: float = SUGGEST_AT
    at: datetime | None = None
    by: Colleague | None = None


def policy() -> Standing:
    """The thresholds in force. One statement."""
    row = Policy.objects.select_related("by").filter(pk=1).first()
    return Standing() if row is None else Standing(join_at=row.join_at, suggest_at=row.suggest_at, at=row.at, by=row.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What thresholds would do to the pairs that wait, and what colleagues' answers say about them.

    ``join`` pairs of persons would be joined, ``suggest`` be asked about, ``leave`` be left. ``expected`` is the mean probability of those
    that would join, None for none; ``same`` of ``answered`` pairs at or above ``join_at`` were one person, ``low`` to ``high`` with
    95 % certainty.
    """

    join: int
    suggest: int
    leave: int
    expected: float | None
    answered: int
    same: int
    low: float
    high: float


_EFFECT = (
    f"WITH pairs AS ({OPEN_PAIRS}), told AS (SELECT DISTINCT ON (s.decided_by_id, s.decided_at, s.state) s.state, s.probability"
    "  FROM identity_suggestion s WHERE s.state IN ('same', 'apart') AND s.decided_at IS NOT NULL"
    "  ORDER BY s.decided_by_id, s.decided_at, s.state, s.gain DESC, s.id)"
    " SELECT count(*) FILTER (WHERE p >= %(join)s), count(*) FILTER (WHERE p >= %(suggest)s AND p < %(join)s),"
    " count(*) FILTER (WHERE p < %(suggest)s AND p < %(join)s), avg(p) FILTER (WHERE p >= %(join)s),"
    " (SELECT count(*) FROM told WHERE probability >= %(join)s),"
    " (SELECT count(*) FROM told WHERE probability >= %(join)s AND state = 'same') FROM pairs"
)
NEVER = 2.0
"""Above every probability: nothing joins by itself."""


def effect(*, join_at: float | None, suggest_at: float) -> Effect:
    """What these thresholds would do now; nothing is changed. One statement."""
    row = sql.run(_EFFECT, {"join": NEVER if join_at is None else join_at, "suggest": suggest_at})[0]
    join, suggest, leave, expected, answered, same = row
    low, high = wilson(int(same), int(answered))
    return Effect(
        join=int(join), suggest=int(suggest), leave=int(leave), expected=None if expected is None else float(expected),
        answered=int(answered), same=int(same), low=low, high=high,
    )  # fmt: skip


def learned(limit: int = 5) -> Sequence[Weights]:
    """The newest match weights, the first of them in use. One statement."""
    return list(Weights.objects.exclude(weights={}).defer("weights").order_by("-at", "-id")[:limit])
