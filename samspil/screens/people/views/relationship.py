"""The relationship with a consumer, as it stands on the page: how strong, which stage, how it went, what is wrong, with whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import get_language

from samspil.base.clock import now
from samspil.organisation.models import Colleague
from samspil.relationship.queries.health import health
from samspil.relationship.queries.standing import Standing, standing, year
from samspil.relationship.rules.health import Finding
from samspil.relationship.rules.stages import FALLS

WITH = 5
"""Colleagues, and units, that are shown."""
SOON = timedelta(days=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows. ``next`` is the stage that silence leads to, on ``falls_on``; "" where that is far off."""

    now: Standing
    findings: list[Finding]
    line: list[float]
    lows: list[float]
    highs: list[float]
    next: str
    falls_on: datetime | None


def relationship_with(consumer: UUID, *, by: Colleague) -> Shown:
    """For one consumer's page. Four statements."""
    at = now()
    here = standing(consumer, english=(get_language() or "").startswith("en"))
    points = year(consumer, by=here.pace)
    # Where there was nothing all year, there is nothing to draw.
    drawn = points if any(p.value > 0 for p in points) else []
    soon = here.due_at if here.due_at and at < here.due_at < at + SOON else None
    return Shown(
        now=here,
        findings=health(consumer, by=by, at=at),
        line=[p.value for p in drawn],
        lows=[p.low for p in drawn],
        highs=[p.high for p in drawn],
        next=FALLS[here.stage][1] if soon else "",
        falls_on=soon,
    )
