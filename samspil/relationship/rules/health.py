"""What is wrong with a relationship, in plain findings. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import fmean, median
from uuid import UUID

QUESTIONS = 60
"""Days back in which a question that nobody has answered is looked for."""
PATIENCE = 2
"""Days that one may think about an answer."""
MISSED, MISSES = 180, 2
"""Days back in which promises are looked at, and how many conversations make a finding."""
LEAST_GAPS, LEAST_SILENCE = 4, 7.0
RARE = 0.2
"""A silence is out of the ordinary where, of all gaps with this one, at most this share is as long."""
LONGER = 2.0
BAD, FALL = 2, 1.0
"""A score that is bad by itself, and how far under the mean of those before it one has fallen."""
QUESTION, QUIET, PROMISE, PULSE = KINDS = ("question", "quiet", "promise", "pulse")


@dataclass(frozen=True, slots=True)
class Sign:
    """Something seen: a day on which they wrote (``theirs``), a question that waits, a promise missed, an answer to how it feels."""

    kind: str
    at: datetime
    conversation: UUID | None = None
    subject: str = ""
    score: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong: ``number`` of questions, promises or days of silence, ``usual`` days between, ``score`` and the mean ``before`` it.

    ``evidence`` are conversations with their subjects, where there are some.
    """

    kind: str
    at: datetime
    number: int = 0
    usual: float = 0.0
    score: int = 0
    before: float = 0.0
    evidence: Sequence[tuple[UUID, str]] = ()


def findings(signs: Sequence[Sign], now: datetime) -> list[Finding]:
    """All that is to be said, what presses most first."""
    by = {kind: sorted((s for s in signs if s.kind == kind), key=lambda s: s.at) for kind in (*KINDS, "theirs")}
    found = [_questions(by[QUESTION]), _pulse(by[PULSE]), _promises(by[PROMISE]), _quiet([s.at for s in by["theirs"]], now)]
    return [f for f in found if f is not None]


def _evidence(signs: Sequence[Sign]) -> list[tuple[UUID, str]]:
    return list({s.conversation: (s.conversation, s.subject) for s in signs if s.conversation}.values())


def _questions(signs: Sequence[Sign]) -> Finding | None:
    if not signs:
        return None
    return Finding(kind=QUESTION, at=signs[0].at, number=len(signs), evidence=_evidence(signs))


def _promises(signs: Sequence[Sign]) -> Finding | None:
    told = _evidence(signs)
    return Finding(kind=PROMISE, at=signs[-1].at, number=len(told), evidence=told) if len(told) >= MISSES else None


def _pulse(signs: Sequence[Sign]) -> Finding | None:
    if not signs:
        return None
    last, earlier = signs[-1], [s.score for s in signs[:-1]]
    before = fmean(earlier) if earlier else 0.0
    if last.score > BAD and not (earlier and last.score <= before - FALL):
        return None
    return Finding(kind=PULSE, at=last.at, score=last.score, before=before, evidence=_evidence([last]))


def _quiet(days: Sequence[datetime], now: datetime) -> Finding | None:
    """By the person's own rhythm: were all gaps alike, so long a one would be this rare (a rank test of one new value)."""
    if len(days) <= LEAST_GAPS:
        return None
    gaps = [(b - a).total_seconds() / 86400 for a, b in pairwise(days)]
    silence, usual = (now - days[-1]).total_seconds() / 86400, median(gaps)
    rare = (1 + sum(g >= silence for g in gaps)) / (len(gaps) + 1)
    if silence < max(LEAST_SILENCE, LONGER * usual) or rare > RARE:
        return None
    return Finding(kind=QUIET, at=days[-1], number=int(silence), usual=max(1.0, round(usual)))
