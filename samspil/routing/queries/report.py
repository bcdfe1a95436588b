"""How well routing does, and how much it has to learn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from samspil.base.encoder import available, lack
from samspil.base.ids import digest
from samspil.organisation.models import Competence
from samspil.routing.models import Classifier, Decision, Question
from samspil.routing.queries.active import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The classifier in force and its measured quality. ``lack`` says why there is none (see :class:`Standing`).

    ``quality`` is held_out, accuracy, calibration_error, threshold, coverage, right_of_routed, by_competence, conversations,
    questions and encoder: the language model that reads what texts mean, empty where their words alone are read.
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


ENOUGH = 5
"""Corrections after which it is worth learning before the night."""


def described() -> str:
    """A digest of what the organisation says of its competences, and of the questions it gives."""
    rows = Competence.objects.filter(active=True).order_by("id").values_list("id", "name", "name_en", "description", "words")
    asked = Question.objects.order_by("-id").values_list("id", flat=True)
    return str(digest(str(list(rows)), str(asked.first()), str(asked.count())))


def meaning_lack() -> str:
    """Why routing can read words alone on this machine; "" where it can read their meaning too."""
    return lack()


def training_due() -> bool:
    """Whether to learn now: never learned, competences described anew, put right often enough, or the language model come or gone.

    A few small statements.
    """
    if Competence.objects.filter(active=True).count() < 2:  # noqa: PLR2004 - there is nothing to tell apart
        return False
    learned = Classifier.objects.filter(active=True).values_list("report", flat=True).first()
    if learned is None or learned.get("could_read_meaning", False) != available():
        return True
    return learned.get("described") != described() or corrections_since_training() >= ENOUGH
