"""The weights of the evidence: what a pair of profiles scores, why, and how probable one person is.

Fellegi and Sunter's model: the weight of a level is log2(m / u), m and u being how often it is seen among pairs of one person and of
two; a level with a rare value takes the value's own frequency for u (the term-frequency adjustment of Splink). The weights add up,
and a logistic layer makes a calibrated probability of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import exp, log2
from pathlib import Path
from typing import Any

from samspil.identity.rules.compare import NULL, Comparison, getter
from samspil.identity.rules.evidence import comparisons
from samspil.identity.rules.profile import Profile
from samspil.identity.rules.terms import Terms

VERSION = 1
LEAST = 1e-9
NEVER = -60.0
SHIPPED = Path(__file__).with_name("default_model.json")


@dataclass(frozen=True, slots=True)
class Part:
    """What one comparison says: its level in words, its weight in bits (for above 0, against below), and what stood on both sides."""

    kind: str
    level: str
    bits: float
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Score:
    """``weight_bits`` is log2 of the odds, the prior included; ``probability`` is calibrated, 0 to 1."""

    weight_bits: float
    probability: float
    parts: list[Part]


@dataclass(slots=True)
class Calibration:
    """Logit of the probability: bias + slope * weight + what each level adds beyond its weight."""

    bias: float = 0.0
    slope: float = 0.6931471805599453
    levels: dict[str, dict[str, float]] = field(default_factory=dict)


@dataclass(slots=True)
class Model:
    """``weights`` are (m, u) of every level of every kind, the strongest first. ``prior`` is the chance that two handles are one person's.

    ``join`` and ``suggest`` are probabilities: from ``join`` on two handles become one consumer by themselves, from ``suggest`` on a person
    is asked.
    """

    weights: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    prior: float = 1e-4
    terms: Terms = field(default_factory=Terms)
    calibration: Calibration = field(default_factory=Calibration)
    extras: tuple[str, ...] = ()
    plain: bool = False
    join: float = 0.99
    suggest: float = 0.5
    version: int = VERSION
    engine: str = "hand"
    trained_on: int = 0
    comparisons: tuple[Comparison, ...] = field(default=(), repr=False, compare=False)
    _compiled: list[Any] = field(default_factory=list, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fill in what has no weights yet, and make the level functions."""
        self.comparisons = comparisons(self.extras, plain=self.plain)
        for one in self.comparisons:
            if len(self.weights.get(one.kind, ())) != len(one.levels):
                self.weights[one.kind] = [(x.m, x.u) for x in one.levels]
        self._compiled = [self._compile(one) for one in self.comparisons]

    def _compile(self, one: Comparison) -> Any:
        rows = [
            (
                level.label,
                log2(m),
                log2(m / u),
                level.rare if level.holds else None,
                self.calibration.levels.get(one.kind, {}).get(level.label, 0.0),
            )
            for level, (m, u) in zip(one.levels, self.weights[one.kind], strict=True)
        ]
        return one.kind, one.level(), rows[::-1], getter(one.shows)

    @property
    def prior_bits(self) -> float:
        """log2 of the odds that two handles are one person's before anything is known."""
        return log2(self.prior / (1 - self.prior))

    def levels(self, a: Profile, b: Profile) -> dict[str, int]:
        """The level of every kind for a pair, -1 where nothing can be said."""
        return {kind: level(a, b) for kind, level, _, _ in self._compiled}

    def score(self, a: Profile, b: Profile) -> Score:
        """Weight, probability and reasons of a pair; the same for (b, a). Equal to Splink's match weight on the same columns.

        A pair with a role's or a look-alike handle has probability 0 unless the handle itself is proved to be the same.
        """
        weight = self.prior_bits
        logit = self.calibration.bias
        parts: list[Part] = []
        terms = self.terms
        for kind, level, rows, shown in self._compiled:
            number = level(a, b)
            if number == NULL:
                continue
            label, log_m, bits, rare, more = rows[number]
            if rare is not None:
                left, right = terms.of(rare, a), terms.of(rare, b)
                share = max(left or 0.0, right or 0.0)
                if share > 0:
                    bits = log_m - log2(share)
            weight += bits
            logit += more
            parts.append(Part(kind, label, bits, _words(shown(a)), _words(shown(b))))
        return Score(weight, 0.0 if barred(a, b) else self.probability(weight, logit - self.calibration.bias), parts)

    def probability(self, weight: float, more: float = 0.0) -> float:
        """The calibrated probability of a weight; ``more`` is what the levels add to the logit."""
        logit = self.calibration.bias + self.calibration.slope * weight + more
        return 1 / (1 + exp(-max(-700.0, min(700.0, logit))))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "version": self.version,
            "engine": self.engine,
            "trained_on": self.trained_on,
            "prior": self.prior,
            "join": self.join,
            "suggest": self.suggest,
            "extras": list(self.extras),
            "plain": self.plain,
            "weights": {kind: [list(w) for w in rows] for kind, rows in self.weights.items()},
            "calibration": {
                "bias": self.calibration.bias,
                "slope": self.calibration.slope,
                "levels": self.calibration.levels,
            },
            "terms": self.terms.to_json(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Model":
        """The model that ``to_json`` wrote."""
        return cls(
            weights={kind: [(float(m), float(u)) for m, u in rows] for kind, rows in kept["weights"].items()},
            prior=float(kept["prior"]),
            terms=Terms.from_json(kept["terms"]),
            calibration=Calibration(**kept["calibration"]),
            extras=tuple(kept["extras"]),
            plain=bool(kept.get("plain")),
            join=float(kept["join"]),
            suggest=float(kept["suggest"]),
            version=int(kept["version"]),
            engine=str(kept["engine"]),
            trained_on=int(kept["trained_on"]),
        )

    def with_weights(self, weights: Mapping[str, Sequence[tuple[float, float]]], **changes: Any) -> "Model":
        """A copy with other weights, and other fields by name; m and u are kept within 1e-9 and 1."""
        safe = {kind: [(min(1.0, max(LEAST, m)), min(1.0, max(LEAST, u))) for m, u in rows] for kind, rows in weights.items()}
        return replace(self, weights={**self.weights, **safe}, _compiled=[], comparisons=(), **changes)


def barred(a: Profile, b: Profile) -> bool:
    """Whether looks may not join the pair: one of them is a role's address or made of letters that look alike, and no proof is there."""
    if not (a.role or a.mixed or b.role or b.mixed):
        return False
    if a.role or b.role:
        return True
    return not (set(a.selves or ()) & set(b.selves or ()))


def _words(value: object) -> str:
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@cache
def shipped() -> Model:
    """The model that Samspil comes with. Do not change it: it is one object for the whole process."""
    return Model.from_json(json.loads(SHIPPED.read_text())) if SHIPPED.exists() else Model()


def rare_columns(of: Sequence[Comparison]) -> tuple[str, ...]:
    """The columns whose frequency is asked, in a fixed order."""
    return tuple(sorted({level.rare for one in of for level in one.levels if level.rare}))
