"""Who promised what, who took it back, and what was said to follow: the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.hours.queries import lines
from samspil.organisation.models import Colleague
from samspil.promise.models import Escalation, Promise
from samspil.promise.queries.dues import courses
from samspil.promise.rules import Course, course_of

SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of what a unit promises or of what follows: by whom, when, and which row. ``back``: it was taken back then."""

    at: datetime
    by: Colleague | None
    back: bool
    promise: Promise | None = None
    escalation: Escalation | None = None


def history(unit: UUID | None, *, limit: int = SHOWN) -> Sequence[Change]:
    """Changes of a unit's own promises and of what follows, or of all units' (None), the newest first. Two statements."""
    found: list[Change] = []
    for row in Promise.objects.filter(unit=unit).select_related("by", "taken_back_by").order_by("-at", "-id")[:limit]:
        found += _changes(row, promise=row)
    for said in Escalation.objects.filter(unit=unit).select_related("by", "taken_back_by").order_by("-at", "-id")[:limit]:
        found += _changes(said, escalation=said)
    return sorted(found, key=lambda c: (c.at, c.back), reverse=True)[:limit]


def _changes(row: Promise | Escalation, *, promise: Promise | None = None, escalation: Escalation | None = None) -> list[Change]:
    changes = [Change(at=row.at, by=row.by, back=False, promise=promise, escalation=escalation)]
    if row.taken_back_at:
        changes.append(Change(at=row.taken_back_at, by=row.taken_back_by, back=True, promise=promise, escalation=escalation))
    return changes


def escalation_of(unit: UUID | None) -> Escalation | None:
    """What a unit itself, or all (None), said to follow; None where nothing of its own holds. One statement."""
    rows = Escalation.objects.filter(unit=unit, taken_back_at=None).select_related("by")
    return rows.order_by("-at", "-id").first()


def course_that_holds(unit: UUID | None) -> Course:
    """What follows in a unit, by itself or by those above it. Two statements."""
    return course_of(courses(), line=lines([unit])[unit])
