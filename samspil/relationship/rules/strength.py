"""How strong a relationship is, from 0 to 100, and how sure one can be. Pure.

Every interaction weighs something, by its kind, and half as much after each half-life. The weights add up to the mass of the relationship;
the strength is a saturating curve of it. Nothing here knows today: counters are kept relative to a landmark, so that an addition is one
addition (Cormode, Shkapenyuk, Srivastava, Xu (2009), «Forward decay», ICDE), and only reading them asks what time it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import lru_cache
from math import expm1, inf, log1p, log2

from scipy.special import gammaincinv

LANDMARK = datetime(2026, 1, 1, tzinfo=UTC)
"""Where weights are 1, until they are rescaled."""
HALF_LIFE = 90.0
"""Days after which an interaction counts half: a season. Who writes weekly stands still, who writes once a year is seen to go."""
SHORTEST, LONGEST = 7.0, 1460.0
"""Days that a half-life may have."""
DAY = 86400.0
SHORT, LONG = 80, 400
"""Characters: under the first a message is short, from the second on it is long."""
WEIGHTS = {"short": 0.7, "medium": 1.0, "long": 1.5, "ours": 0.5, "acts": 0.3, "purchases": 3.0}
"""What one of each weighs: their messages by depth, our answers, signs and follows, purchases."""
THEIRS = ("short", "medium", "long")
RECIPROCITY = 0.5
"""What each message that has its counterpart weighs beside: min of theirs and ours (Squartini et al. (2013), Sci. Rep. 3:2729)."""
VARIETY, MOST_VARIETY = 0.1, 0.3
"""What each further network adds to the whole, and all of them at most."""
PULSE = 1.0
"""What a «very good» weighs; a «bad» weighs as much against, «so-so» nothing."""
SCALE = 12.0
"""The mass at which the strength is 63: about half a dozen conversations back and forth, lately."""
SURE = 0.9
FEW = 5.0
"""Under so many interactions' worth a strength is said to rest on few."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Decayed counts of each kind, and the sums of their squared weights (``…2``); ``pulse`` is the decayed sum of answers from -1 to 1."""

    short: float = 0.0
    medium: float = 0.0
    long: float = 0.0
    ours: float = 0.0
    acts: float = 0.0
    purchases: float = 0.0
    pulse: float = 0.0
    short2: float = 0.0
    medium2: float = 0.0
    long2: float = 0.0
    ours2: float = 0.0
    acts2: float = 0.0
    purchases2: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*[getattr(self, n) + getattr(other, n) for n in NAMES])

    def aged(self, half_lives: float) -> "Sums":
        """The same after so many half-lives (before them, where negative)."""
        one = 2.0**-half_lives
        return Sums(*[getattr(self, n) * (one * one if n.endswith("2") else one) for n in NAMES])

    @property
    def theirs(self) -> float:
        """Their messages, of any depth."""
        return self.short + self.medium + self.long

    @property
    def number(self) -> float:
        """How many equal interactions it is worth: (sum of w)^2 / sum of w^2, Kish's effective number. 0 where there is none."""
        plain = sum(weight * getattr(self, kind) for kind, weight in WEIGHTS.items())
        squares = sum(weight**2 * getattr(self, f"{kind}2") for kind, weight in WEIGHTS.items())
        return plain * plain / squares if squares > 0 else 0.0


NAMES = tuple(f.name for f in fields(Sums))


@dataclass(frozen=True, slots=True)
class Strength:
    """A strength with the interval in which it lies with SURE; ``number`` is how many interactions' worth it rests on."""

    value: float
    low: float
    high: float
    number: float

    @property
    def few(self) -> bool:
        """Whether it rests on too little to lean on."""
        return self.number < FEW


def together(parts: Iterable[Sums]) -> Sums:
    """The sum: a relationship is what its handles' bonds add up to."""
    whole = Sums()
    for part in parts:
        whole += part
    return whole


def half_lives(since: datetime, until: datetime, half_life: float = HALF_LIFE) -> float:
    """How many lie between; ``half_life`` in days."""
    return (until - since).total_seconds() / DAY / half_life


def mass(sums: Sums, networks: int = 1) -> float:
    """What a relationship weighs, on so many networks. Under bad answers it is 0, never less."""
    plain = sum(weight * getattr(sums, kind) for kind, weight in WEIGHTS.items())
    return whole_mass(plain + PULSE * sums.pulse, sums.theirs, sums.ours, networks)


def whole_mass(weighed: float, theirs: float, ours: float, networks: int) -> float:
    """The same of what was weighed already: the sum of the weights, and the counts of their messages and of ours."""
    variety = 1.0 + min(MOST_VARIETY, VARIETY * max(0, networks - 1))
    return max(0.0, weighed + RECIPROCITY * min(theirs, ours)) * variety


def strength_of(weight: float) -> float:
    """The strength of a mass: it grows with each interaction, by less the more there is."""
    return -100.0 * expm1(-weight / SCALE)


def mass_of(strength: float) -> float:
    """The mass that has this strength; inf of 100."""
    return -SCALE * log1p(-strength / 100.0) if strength < 100 else inf  # noqa: PLR2004 - per cent


@lru_cache(maxsize=4096)
def bounds(number: float, sure: float = SURE) -> tuple[float, float]:
    """Between which multiples of a sum of weights its mean lies, where it is worth so many equal Poisson counts.

    The gamma interval for weighted sums of Poisson counts of Fay, Feuer (1997), Statistics in Medicine 16:791, with the mean weight for
    the next count in place of the largest one (Tiwari, Clegg, Zou (2006), Stat. Methods Med. Res. 15:547), for ours only shrink.
    """
    if number <= 0:
        return 1.0, 1.0
    half = (1.0 - sure) / 2
    return float(gammaincinv(number, half)) / number, float(gammaincinv(number + 1.0, 1.0 - half)) / number


def strength(sums: Sums, networks: int = 1) -> Strength:
    """How strong it is by these counts, aged to now."""
    weight, number = mass(sums, networks), sums.number
    low, high = bounds(round(number, 6))
    return Strength(strength_of(weight), strength_of(weight * low), strength_of(weight * high), number)


def depth_of(length: int) -> str:
    """The class of a message of theirs by its characters."""
    return "short" if length < SHORT else "medium" if length < LONG else "long"


def until_under(weight: float, strength: float) -> float:
    """How many half-lives without contact until a mass falls to a strength; 0 where it is there already, inf where it never does."""
    wanted = mass_of(strength)
    if wanted <= 0:
        return inf
    return log2(weight / wanted) if weight > wanted else 0.0
