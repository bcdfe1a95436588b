"""What the organisation would miss: how likely nobody is there who can, and what hangs on one person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import erf, sqrt
from uuid import UUID

CARRIES = 3.5
"""From this level on somebody carries a competence alone: what rounds to 4."""
CAN = 2.5
"""From this level on somebody can answer: what rounds to 3."""
HERE = 0.8
"""How often a colleague is at work on a working day; the rest is holidays, illness and free days (a share assumed, not measured)."""
MOST_BY_ONE = 0.6
"""The part answered by one person from which it counts as hanging on that one."""
ENOUGH = 4
"""Answered conversations, or questions in a language, before a share of them says anything."""
FEW = 0.1
"""Conversations a week that a competence nobody has asked for is weighed with."""
ORDER = ("nobody", "away", "one", "share", "language", "fading", "shown", "undescribed")
"""Gaps, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A colleague who holds it: level and spread in levels, here or away, in which languages, when the level falls below carrying."""

    colleague: UUID
    level: float
    spread: float
    here: bool = True
    languages: frozenset[str] = frozenset()
    fades_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one competence. ``weekly`` conversations a week; ``answered`` conversations by colleague, ``asked`` by language."""

    weekly: float
    holders: Sequence[Holder]
    answered: Mapping[UUID, int] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)
    shown: Collection[UUID] = ()
    described: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One gap: its kind, one of ``ORDER``; whom it is about; the part that one answers, where it is most; the language; the day it fades."""

    kind: str
    colleague: UUID | None = None
    share: float = 0.0
    language: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """``absent``: how likely nobody who can is at work; ``missed``: conversations a week that would then find nobody."""

    absent: float
    missed: float
    gaps: tuple[Gap, ...]


def risk(known: Known) -> Risk:
    """The risk of one competence, holders taken to be away independently of each other, and its gaps, the gravest first."""
    absent = 1.0
    for holder in known.holders:
        absent *= 1 - HERE * _can(holder)
    alone, most = _alone(known), _most(known)
    if most and alone and alone[0].kind == "one" and alone[0].colleague == most[0].colleague:
        alone[0], most = replace(alone[0], share=most[0].share), []
    found = [*alone, *most, *_languages(known), *_fading(known)]
    found += [Gap(kind="shown", colleague=one) for one in sorted(known.shown)]
    if not known.described:
        found.append(Gap(kind="undescribed"))
    found.sort(key=lambda gap: ORDER.index(gap.kind))
    return Risk(absent=absent, missed=max(known.weekly, FEW) * absent, gaps=tuple(found))


def _can(holder: Holder) -> float:
    """How likely the level is enough to answer, for a normal level with this spread."""
    return (1 + erf((holder.level - CAN) / (max(holder.spread, 1e-6) * sqrt(2)))) / 2


def _alone(known: Known) -> list[Gap]:
    strong = [h for h in known.holders if h.level >= CARRIES]
    if not strong:
        return [Gap(kind="nobody")]
    found = [Gap(kind="one", colleague=strong[0].colleague)] if len(strong) == 1 else []
    if not any(h.here for h in strong):
        found.append(Gap(kind="away", colleague=strong[0].colleague))
    return found


def _most(known: Known) -> list[Gap]:
    whole = sum(known.answered.values())
    if whole < ENOUGH:
        return []
    most = max(sorted(known.answered), key=lambda one: known.answered[one])
    share = known.answered[most] / whole
    return [Gap(kind="share", colleague=most, share=share)] if share >= MOST_BY_ONE else []


def _languages(known: Known) -> list[Gap]:
    able = [h for h in known.holders if h.level >= CAN]
    spoken = {language for h in able for language in h.languages}
    missing = [language for language, n in sorted(known.asked.items()) if n >= ENOUGH and language not in spoken]
    return [Gap(kind="language", language=language) for language in missing] if able else []


def _fading(known: Known) -> list[Gap]:
    soon = sorted((h.fades_at, str(h.colleague), h) for h in known.holders if h.fades_at is not None)
    return [Gap(kind="fading", colleague=h.colleague, at=at) for at, _, h in soon]
