"""What a unit has decided of answers that are sent by themselves: settings, approved answers, dry runs, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.assist.models import AutoAnswer, AutoSetting, AutoTrial
from samspil.assist.rules.auto import TRIAL_HOLDS
from samspil.assist.rules.likely import Step, cannot, step_at
from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.ids import digest
from samspil.conversation.models import Conversation
from samspil.conversation.queries import visible
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries import units
from samspil.organisation.queries.rights import Right, may_in

LINES = {
    "da": "Dette svar er sendt automatisk. Svar her, hvis du hellere vil have et menneske: så læser en kollega det og svarer dig.",
    "en": "This answer was sent automatically. Reply here if you would rather have a person: a colleague will read it and answer you.",
}
"""What stands below an answer until a unit words it otherwise, by language."""


def may_decide(by: Colleague, unit: Unit) -> bool:
    """Whether a colleague decides for a unit: its leads, and administrators."""
    return may_in(by, Right.AUTO, unit.pk)


def units_of(by: Colleague) -> Sequence[Unit]:
    """The units that a colleague decides for, by name. One statement."""
    return [unit for unit in units() if may_decide(by, unit)]


def access_unit(by: Colleague, unit: UUID) -> Unit:
    """A unit that the colleague decides for. Raises NotFound, also for another's."""
    row = Unit.objects.filter(pk=unit).first()
    if row is None or not may_decide(by, row):
        raise NotFound("There is no such unit, or it is not yours")
    return row


def setting_of(unit: UUID) -> AutoSetting:
    """What holds in a unit now; one that is not saved, and off, where nobody has said anything. One statement."""
    row = AutoSetting.objects.filter(unit=unit).select_related("speaker", "by", "trial").order_by("-number").first()
    return row or AutoSetting(unit_id=unit, number=0, lines=dict(LINES))


def settings_of(units: Sequence[UUID]) -> dict[UUID, AutoSetting]:
    """The same of many units; one of which nothing was saved is not in it. One statement."""
    rows = (
        AutoSetting.objects.filter(unit__in=units).select_related("speaker", "trial").order_by("unit", "-number").distinct("unit")
    )
    return {row.unit_id: row for row in rows}


def versions(unit: UUID) -> Sequence[AutoSetting]:
    """Everything that was saved, the newest first, 50 at most."""
    return list(AutoSetting.objects.filter(unit=unit).select_related("by").order_by("-number")[:50])


_STANDING = (
    "SELECT a.id FROM assist_auto_answer a LEFT JOIN reply_canned r ON r.id = a.ready_id"
    " WHERE a.unit_id = ANY(%s) AND a.ended_at IS NULL AND a.expires_at > %s AND (a.pair_id IS NOT NULL"
    " OR (r.ended_at IS NULL AND a.text = CASE WHEN a.language = 'da' THEN r.text ELSE r.text_en END))"
)


def standing(units: Sequence[UUID], at: datetime) -> Sequence[AutoAnswer]:
    """The approved answers that may be sent now: not ended, not expired, not worded anew; in the order of approval. Two statements."""
    ids = [row[0] for row in sql.run(_STANDING, [list(units), at])]
    return list(AutoAnswer.objects.filter(pk__in=ids).order_by("approved_at", "id")) if ids else []


def approved(unit: UUID) -> Sequence[AutoAnswer]:
    """Everything approved in a unit and not ended, also what has expired or was worded anew; the oldest first."""
    rows = AutoAnswer.objects.filter(unit=unit, ended_at=None).select_related("approved_by", "ready", "pair")
    return list(rows.order_by("approved_at", "id"))


def mark_of(answers: Sequence[AutoAnswer]) -> str:
    """A digest of answers: the same ones with the same words have the same."""
    return digest("auto", *sorted(f"{one.pk}:{one.text}" for one in answers)).hex


def newest_trial(unit: UUID, *, finished: bool = False) -> AutoTrial | None:
    """The unit's newest dry run, or its newest that was finished. One statement."""
    rows = AutoTrial.objects.filter(unit=unit).select_related("by")
    return (rows.filter(state=AutoTrial.State.DONE) if finished else rows).order_by("-at", "-id").first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether a unit may switch it on at a threshold: ``why_not`` of ``rules.likely.CANNOT``, "" where it may."""

    why_not: str
    trial: AutoTrial | None
    step: Step | None
    answers: Sequence[AutoAnswer]


def readiness(unit: UUID, threshold: float, at: datetime) -> Readiness:
    """What stands in the way at a threshold. Three statements."""
    answers, trial = standing([unit], at), newest_trial(unit, finished=True)
    step = step_at(trial.table, threshold) if trial else None
    why = cannot(
        answers=len(answers),
        finished=trial is not None,
        old=trial is not None and at - (trial.finished_at or trial.at) > TRIAL_HOLDS,
        same=trial is not None and trial.mark == mark_of(answers),
        pairs=trial.known if trial else 0,
        step=step,
    )
    return Readiness(why_not=why, trial=trial, step=step, answers=answers)


_CANDIDATES = (
    "SELECT k.id, k.asked, k.said, k.language, k.at, k.used, c.id FROM assist_pair k"
    " JOIN conversation_placement p ON p.interaction_id = k.answer_id JOIN conversation c ON c.id = p.conversation_id"
    " WHERE c.unit_id = %s AND position('•••' in k.said) = 0 AND k.language <> ''"
    " AND NOT EXISTS (SELECT 1 FROM assist_auto_answer a WHERE a.pair_id = k.id AND a.unit_id = c.unit_id AND a.ended_at IS NULL)"
    " ORDER BY k.used DESC, k.at DESC LIMIT 30"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A past answer of the unit that could be approved: nothing was taken out of it."""

    pair: int
    asked: str
    said: str
    language: str
    at: datetime
    used: int


def candidates(unit: UUID, *, by: Colleague) -> Sequence[Candidate]:
    """Past answers of a unit that could be approved, out of what the colleague may see; those put in most often first. Two statements."""
    names = ("pair", "asked", "said", "language", "at", "used")
    rows = sql.run(_CANDIDATES, [unit])
    allowed = set(Conversation.objects.filter(visible(by), pk__in=[row[-1] for row in rows]).values_list("pk", flat=True))
    return [Candidate(**dict(zip(names, row[:-1], strict=True))) for row in rows if row[-1] in allowed]
