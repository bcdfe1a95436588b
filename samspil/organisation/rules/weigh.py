"""What evidence says of a level: one number, how sure it is, and how it fades.

    level  = max(held, 1 + sum(w (l - 1)) / max(1, sum(w)))        w = weight x 2 ** (-age / half-life)
    spread = 1 / sqrt(1 / PRIOR + sum(w))

A weighted mean with exponential forgetting (as in recursive least squares), the half-life as in half-life regression (Settles and
Meeder 2016). What the weights lack of one whole piece counts as level 1, so a level slides down as its evidence grows old, and
no level is higher than its evidence. The spread is that of a normal mean whose prior is as wide as the scale. That what people say
of themselves weighs little beside what others see follows Zell and Krizan 2014 (r = .29). See docs/decisions/levels-from-evidence.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

LOWEST, HIGHEST = 1.0, 5.0
DAY = 86400.0
WEIGHT = {"said": 1.0, "confirmed": 4.0, "well": 0.25, "again": 0.1, "verdict": 0.25, "lesson": 1.0}
HALF_LIFE = {"said": 365.0, "confirmed": 730.0, "well": 365.0, "again": 365.0, "verdict": 365.0, "lesson": 730.0}
"""Days after which a piece weighs half."""
HELD = {"confirmed": 0.5, "lesson": 0.5}
"""The part of what it says above level 1 that time alone does not take."""
STATEMENTS = frozenset({"said", "confirmed"})
ANSWERED_WELL = 4.0
"""A conversation answered and done at once shows at least this: that somebody carries the competence."""
PRIOR = 4.0**2 / 12
"""The variance of a level of which nothing is known: anything from 1 to 5."""
BAND = 1.645
"""Standard deviations to each side of a band that holds nine in ten."""
PROPOSE = 0.7
"""Weight of answers from which somebody who never said so is proposed: three of late."""
STEP = 7
"""Days between the looks ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of evidence, or ``times`` alike of one day. ``level`` from 1 to 5; 0, of a statement, is «does not»."""

    kind: str
    level: float
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """``level`` from 1.0 to 5.0; ``spread`` its standard deviation in levels; ``sure`` from 0 to 1; ``kind`` of statement it rests on.

    ``stated`` is False when nobody said it, or the newest statement is «does not»: then it is not held, only shown.
    """

    level: float
    spread: float
    sure: float
    stated: bool
    kind: str

    @property
    def whole(self) -> int:
        """The level that routing uses."""
        return int(self.level + 0.5)

    @property
    def band(self) -> tuple[float, float]:
        """From where to where it lies, nine times in ten."""
        return max(LOWEST, self.level - BAND * self.spread), min(HIGHEST, self.level + BAND * self.spread)


def weigh(pieces: Iterable[Piece], at: datetime) -> Weighed:
    """The level that the evidence speaks for at a time. The order of the pieces does not matter.

    Of what a person said, and of confirmations, the newest counts alone, and a confirmation answers everything said, passed or shown
    before it: the lead has seen that. What comes later moves it again.
    """
    given = list(pieces)
    said, confirmed = _newest(given, "said"), _newest(given, "confirmed")
    newest = max((p for p in (said, confirmed) if p), key=lambda p: (p.at, p.kind == "confirmed"), default=None)
    rest = [p for p in given if p.kind not in STATEMENTS]
    counted = [p for p in rest if confirmed is None or p.at >= confirmed.at]
    counted += [p for p in (said, confirmed) if p and p.level and not (p is said and confirmed and p.at <= confirmed.at)]
    best = max([ANSWERED_WELL, *(p.level for p in counted if p.kind not in {"well", "again", "verdict"})])
    spoken = [(_weight(p, at), best if p.kind == "well" else min(p.level, best)) for p in counted]
    whole = sum(w for w, _ in spoken)
    mean = LOWEST + sum(w * (level - LOWEST) for w, level in spoken) / max(1.0, whole)
    held = max((LOWEST + HELD[p.kind] * (p.level - LOWEST) for p in counted if p.kind in HELD), default=LOWEST)
    seen = sum(_weight(p, at) for p in [*rest, *(p for p in (said, confirmed) if p and p.level)])
    return Weighed(
        level=min(HIGHEST, max(held, mean, LOWEST)),
        spread=1 / sqrt(1 / PRIOR + seen),
        sure=seen / (seen + 1 / PRIOR),
        stated=newest is not None and newest.level > 0,
        kind="confirmed" if confirmed and confirmed.level else newest.kind if newest else "",
    )


def proposed(pieces: Sequence[Piece], at: datetime) -> bool:
    """Whether somebody who holds it not has shown it by answers, and has not said «does not» since."""
    declined = max((p.at for p in pieces if p.kind in STATEMENTS and not p.level), default=None)
    shown = [p for p in pieces if p.kind == "well" and (declined is None or p.at > declined)]
    return not weigh(pieces, at).stated and sum(_weight(p, at) for p in shown) >= PROPOSE


def fades_below(pieces: Sequence[Piece], least: int, at: datetime, within: timedelta) -> datetime | None:
    """When a level that is at least ``least`` now will be less if nothing new comes, to the week; None if not within that time."""
    if weigh(pieces, at).whole < least:
        return None
    for days in range(STEP, within.days + STEP, STEP):
        moment = at + timedelta(days=min(days, within.days))
        if weigh(pieces, moment).whole < least:
            return moment
    return None


def _newest(pieces: Iterable[Piece], kind: str) -> Piece | None:
    return max((p for p in pieces if p.kind == kind), key=lambda p: (p.at, p.level), default=None)


def _weight(piece: Piece, at: datetime) -> float:
    """A piece from a clock ahead of ours is fresh, and what is stated twice in one moment is stated once."""
    times = 1 if piece.kind in STATEMENTS else piece.times
    age = max(0.0, (at - piece.at).total_seconds()) / DAY
    return float(WEIGHT[piece.kind] * times * 2 ** (-age / HALF_LIFE[piece.kind]))
