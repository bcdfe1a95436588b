"""How well routing does, and how much it has to learn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from samspil.routing.models import Classifier, Decision
from samspil.routing.queries.active import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The classifier in force and its measured quality. ``lack`` says why there is none (see :class:`Standing`).

    ``quality`` is held_out, accuracy, calibration_error, threshold, coverage, right_of_routed, by_competence, conversations and
    questions.
    """

    trained_at: datetime | None
    examples: int
    lack: str
    quality: dict[str, Any]
    corrections: int


def report() -> Report:
    """The state of routing."""
    now = standing()
    row = Classifier.objects.filter(pk=now.classifier).defer("body").first() if now.classifier else None
    return Report(
        trained_at=row.trained_at if row else None,
        examples=row.examples if row else 0,
        lack=now.lack,
        quality=row.report if row else {},
        corrections=corrections_since_training(),
    )


def corrections_since_training() -> int:
    """How often colleagues have put routing right since it last learned."""
    trained = Classifier.objects.filter(active=True).values_list("trained_at", flat=True).first()
    rows = Decision.objects.filter(by__isnull=False, competence__isnull=False)
    return (rows.filter(at__gt=trained) if trained else rows).count()
