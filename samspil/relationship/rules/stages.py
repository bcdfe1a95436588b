"""The stages of a relationship: it goes both ways, with hysteresis, and by silence alone. Pure.

A walk along what happened, in its order: the same whether it is walked at once or on from where one stood.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from samspil.relationship.rules.strength import (
    DAY,
    PULSE,
    THEIRS,
    WEIGHTS,
    half_lives,
    mass_of,
    strength_of,
    until_under,
    whole_mass,
)

STRANGER, ACQUAINTED, ACTIVE, CLOSE, COOLING, LOST, RETURNED = STAGES = (
    "stranger",
    "acquainted",
    "active",
    "close",
    "cooling",
    "lost",
    "returned",
)
KNOWN, BUSY, DEAR = 10.0, 35.0, 65.0
"""From which strength on one is acquainted, active, close."""
NOT_DEAR, NOT_BUSY, GONE = 55.0, 25.0, 5.0
"""Under which one is close, active, in touch no more: lower, so that a stage does not flicker."""
FALLS = {
    CLOSE: (NOT_DEAR, ACTIVE),
    ACTIVE: (NOT_BUSY, COOLING),
    COOLING: (GONE, LOST),
    ACQUAINTED: (GONE, LOST),
    RETURNED: (GONE, LOST),
}
"""{stage: (under which strength, what follows)}."""
RISES = {
    STRANGER: (KNOWN, ACQUAINTED),
    LOST: (KNOWN, RETURNED),
    ACQUAINTED: (BUSY, ACTIVE),
    COOLING: (BUSY, ACTIVE),
    RETURNED: (BUSY, ACTIVE),
    ACTIVE: (DEAR, CLOSE),
}
"""{stage: (from which strength on, what follows)}."""
SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that counts: ``what`` is a kind of WEIGHTS, or pulse with its ``score`` from -1 to 1."""

    at: datetime
    what: str
    network: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """Where a walk stands. The sums are as of ``at``, the time of what happened last; ``since`` and ``why`` are the stage's."""

    at: datetime
    stage: str = STRANGER
    since: datetime | None = None
    why: str = ""
    weighed: float = 0.0
    theirs: float = 0.0
    ours: float = 0.0
    networks: tuple[str, ...] = ()

    @property
    def mass(self) -> float:
        """What it weighs as of ``at``."""
        return whole_mass(self.weighed, self.theirs, self.ours, len(self.networks))


@dataclass(frozen=True, slots=True)
class Change:
    """From one stage to the next, when, and by what: a kind of what happened, or silence."""

    before: str
    stage: str
    at: datetime
    why: str


def walk(
    state: State | None, happened: Sequence[Happened], *, until: datetime, half_life: float
) -> tuple[State | None, list[Change]]:
    """Go on with what happened since, oldest first, and with the silence until a time. None where nothing ever happened."""
    changes: list[Change] = []
    for one in happened:
        if state is None:
            state = State(at=one.at)
        state = _fall_silent(state, one.at, half_life, changes)
        state = _settle(_add(state, one, half_life), one.what, changes)
    return (None if state is None else _fall_silent(state, until, half_life, changes)), changes


def due_at(state: State, half_life: float) -> datetime | None:
    """When it falls to the next stage if nobody says anything; None where it is as low as it gets."""
    fall = FALLS.get(state.stage)
    wait = inf if fall is None else until_under(state.mass, fall[0])
    if wait == inf:
        return None
    # To the whole microsecond above, so that the strength is under it then.
    return state.at + timedelta(seconds=wait * half_life * DAY) + timedelta(microseconds=1)


def _fall_silent(state: State, until: datetime, half_life: float, changes: list[Change]) -> State:
    while True:
        due = due_at(state, half_life)
        if due is None or due > until:
            return state
        state = _go(state, FALLS[state.stage][1], max(due, state.since or due), SILENCE, changes)


def _add(state: State, one: Happened, half_life: float) -> State:
    kept = 2.0 ** -half_lives(state.at, one.at, half_life)
    weight = PULSE * one.score if one.what == "pulse" else WEIGHTS[one.what]
    return replace(
        state,
        at=one.at,
        weighed=state.weighed * kept + weight,
        theirs=state.theirs * kept + (one.what in THEIRS),
        ours=state.ours * kept + (one.what == "ours"),
        networks=tuple(sorted({*state.networks, one.network} - {""})),
    )


def _settle(state: State, why: str, changes: list[Change]) -> State:
    """Up as far as it goes; and down, where a bad answer has taken from it."""
    strength = strength_of(state.mass)
    while True:
        rise, fall = RISES.get(state.stage), FALLS.get(state.stage)
        if rise and strength >= rise[0]:
            state = _go(state, rise[1], state.at, why, changes)
        elif fall and state.mass <= mass_of(fall[0]):
            state = _go(state, fall[1], state.at, why, changes)
        else:
            return state


def _go(state: State, stage: str, at: datetime, why: str, changes: list[Change]) -> State:
    changes.append(Change(state.stage, stage, at, why))
    return replace(state, stage=stage, since=at, why=why)
