"""Join by itself, suggest, or leave? What is done with handles that were compared."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from samspil.identity.rules.model import Model, Score

MOST = 5
"""So many suggestions for one handle at most: a colleague who is asked ten times about one person answers none."""
Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two handles, whose they are now, the calibrated probability that they are one person's, and the weight in bits."""

    one: UUID
    other: UUID
    consumer_one: UUID
    consumer_other: UUID
    probability: float
    bits: float


@dataclass(slots=True)
class Outcome:
    """Pairs of handles to join (their consumers become one) and to suggest, the most probable first."""

    joins: list[Compared] = field(default_factory=list)
    suggestions: list[Compared] = field(default_factory=list)


def decide(
    pairs: Iterable[Compared],
    *,
    suggest_at: float,
    join_at: float | None = None,
    vetoes: Collection[frozenset[UUID]] = (),
    shared: Collection[UUID] = (),
    against: Mapping[frozenset[UUID], float] | None = None,
    most: int = MOST,
) -> Outcome:
    """What to do with the pairs; the same whatever their order.

    ``vetoes`` are pairs of consumers that stay two, ``shared`` handles that join nobody. ``against`` is, for a pair of consumers, the
    lowest weight in bits of any two of their handles: where that is below 0 a join would chain strangers, so it is only suggested.
    A consumer with two candidates to be joined with is joined with neither: which one it is, is a guess.
    """
    outcome = Outcome()
    best: dict[frozenset[UUID], Compared] = {}
    for pair in pairs:
        between = frozenset((pair.consumer_one, pair.consumer_other))
        if len(between) == 1 or between in vetoes or pair.one in shared or pair.other in shared or pair.probability < suggest_at:
            continue
        known = best.get(between)
        if known is None or _first(pair) < _first(known):
            best[between] = pair
    sure = {between for between, pair in best.items() if join_at is not None and pair.probability >= join_at}
    sure = {between for between in sure if (against or {}).get(between, 0.0) >= 0}
    partners: dict[UUID, int] = {}
    for between in sure:
        for consumer in between:
            partners[consumer] = partners.get(consumer, 0) + 1
    asked: dict[UUID, int] = {}
    for between, pair in sorted(best.items(), key=lambda item: _first(item[1])):
        if between in sure and all(partners[consumer] == 1 for consumer in between):
            outcome.joins.append(pair)
        elif all(asked.get(consumer, 0) < most for consumer in between):
            outcome.suggestions.append(pair)
            for consumer in between:
                asked[consumer] = asked.get(consumer, 0) + 1
    return outcome


def _first(pair: Compared) -> tuple[float, float, UUID, UUID]:
    return (-pair.probability, -pair.bits, min(pair.one, pair.other), max(pair.one, pair.other))


def parts_of(score: Score, model: Model) -> list[dict[str, Any]]:
    """The evidence of a score as it is kept and shown: the prior first, then the strongest."""
    found = sorted((asdict(part) for part in score.parts), key=lambda part: -abs(part["bits"]))
    return [{"kind": "prior", "bits": round(model.prior_bits, 3)}, *({**part, "bits": round(part["bits"], 3)} for part in found)]


def turned(score: Score) -> Score:
    """The score of the same pair the other way round: only what stands left and right differs."""
    return replace(score, parts=[replace(part, left=part.right, right=part.left) for part in score.parts])
