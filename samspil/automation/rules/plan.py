"""Which rules act on what happened, in order, and where loops and storms are stopped."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from samspil.automation.rules.holds import Seen, matches
from samspil.automation.rules.kinds import NOBODY
from samspil.automation.rules.read import Meaning

DEEPEST = 4
"""Rules that may follow on one another."""
PER_HOUR = 6
"""Times that one rule acts on one conversation within an hour."""
PER_MINUTE = 300
"""Times that one rule acts within a minute before it pauses itself."""

Stopped = Literal["", "again", "deep", "conversation", "storm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A rule in force. ``unit``: it only sees conversations of this unit. ``since``: what happened before is not its business."""

    rule: UUID
    version: UUID
    name: str
    meaning: Meaning
    since: datetime
    unit: UUID | None = None
    per_minute: int = PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A rule and what it holds for. ``stopped`` says why it does nothing all the same."""

    active: Active
    seen: Seen
    stopped: Stopped = ""


@dataclass(slots=True, kw_only=True)
class Limits:
    """How often rules have acted: within the minute by rule, within the hour by rule and conversation. Counted on while planning."""

    minute: Counter[UUID] = field(default_factory=Counter)
    hour: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to be done, in order, and the rules that pause themselves with the first thing they were stopped at."""

    planned: list[Planned] = field(default_factory=list)
    pauses: dict[UUID, Planned] = field(default_factory=dict)


def applies(active: Active, seen: Seen) -> bool:
    """Whether the rule holds for this, its unit and its time counted in."""
    if seen.at < active.since or (active.unit is not None and seen.unit != str(active.unit)):
        return False
    return matches(active.meaning, seen)


def plan(rules: Sequence[Active], happened: Sequence[Seen], limits: Limits) -> Plan:
    """Every rule in its order on everything that happened in its order.

    A rule never acts on what comes from itself, at any distance. A rule that acts too often within a minute pauses: what it holds
    for afterwards is not even noted.
    """
    made = Plan()
    for seen in happened:
        for active in rules:
            if active.rule in made.pauses or not applies(active, seen):
                continue
            one = Planned(active=active, seen=seen, stopped=_stopped(active, seen, limits))
            made.planned.append(one)
            if one.stopped == "storm":
                made.pauses[active.rule] = one
            elif not one.stopped:
                limits.minute[active.rule] += 1
                limits.hour[active.rule, seen.conversation] += 1
                if active.meaning.stop:
                    break
    return made


def _stopped(active: Active, seen: Seen, limits: Limits) -> Stopped:
    if active.rule in seen.chain:
        return "again"
    if len(seen.chain) >= DEEPEST:
        return "deep"
    if limits.hour[active.rule, seen.conversation] >= PER_HOUR:
        return "conversation"
    return "storm" if limits.minute[active.rule] >= active.per_minute else ""


def may_answer(seen: Seen, *, answered: bool) -> bool:
    """Whether a rule may send an answer: to what a person wrote by hand and not to many, once a day and conversation."""
    return not answered and not seen.automatic and seen.channel != "" and seen.status != NOBODY
