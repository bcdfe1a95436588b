"""A colleague puts routing right; what it learns from first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import step
from samspil.conversation.actions import keep_deed, undo
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.routing.actions.record import Decided, one_at_a_time, record
from samspil.routing.models import Question
from samspil.routing.queries.active import standing
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Asked, Person, Reason, choose, home


class NothingToCorrect(SamspilError):
    """A correction names a competence, a unit or a colleague."""

    code = "routing.nothing_to_correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """Where it went. ``batch`` is the deed's id, for :func:`take_back`."""

    batch: UUID
    competence: UUID | None
    unit: UUID | None
    colleague: UUID | None


def correct(
    *,
    conversation: UUID,
    by: Colleague,
    at: datetime,
    competence: Competence | None = None,
    unit: Unit | None = None,
    colleague: Colleague | None = None,
) -> Corrected:
    """Send a conversation where it belongs, by hand; where it went, and what takes it back.

    A competence alone goes to who can best, or into the queue of the unit that knows; a unit to its queue; a colleague to that
    colleague, and the competence stays if the colleague holds it. Raises NothingToCorrect, NotFound, NotHere.
    """
    if competence is None and unit is None and colleague is None:
        raise NothingToCorrect("Name a competence, a unit or a colleague")
    if colleague is not None and (not colleague.is_active or colleague.outside):
        raise NotHere(f"{colleague.name} is not here")
    if competence is not None and not competence.active:
        raise NotFound("This competence is no longer in use")
    with step():
        row = access_conversation(by=by, conversation=conversation, lock=True)
        skill, where, who, reasons = _target(row, competence, unit, colleague, at)
        given = [Reason(kind="by_hand", words=(by.name,), weight=1.0), *reasons]
        decided = Decided(conversation=row.pk, reasons=given, competence=skill, unit=where, colleague=who)
        told = {
            "decision": str(decided.ident),
            "competence": competence.name if competence else "",
            "competence_en": competence.name_en if competence else "",
            "to_name": Colleague.objects.get(pk=who).name if who else "",
            "unit": Unit.objects.get(pk=where).name if where and not who else "",
        }
        batch = keep_deed(kind="directed", by=by.pk, at=at, row=row, data=told)
        record(decided=[decided], at=at, by=by.pk)
    return Corrected(batch=batch, competence=skill, unit=where, colleague=who)


def take_back(*, batch: UUID, by: Colleague, at: datetime) -> list[UUID]:
    """Put back what one deed of one's own changed, as conversation's undo; what was sent somewhere is not learned from. Raises as that."""
    with step():
        conversations = undo(batch=batch, by=by, at=at)
        sql.write(
            "DELETE FROM routing_decision d USING conversation_event e WHERE e.batch = %s AND e.kind = 'directed'"
            " AND d.id = (e.data->>'decision')::uuid",
            [batch],
        )
    return conversations


def _target(
    row: Conversation, competence: Competence | None, unit: Unit | None, colleague: Colleague | None, at: datetime
) -> tuple[UUID | None, UUID | None, UUID | None, list[Reason]]:
    skill = competence.pk if competence else None
    if colleague is not None:
        held = row.competence_id and CompetenceHeld.objects.filter(colleague=colleague, competence=row.competence_id).exists()
        where = unit.pk if unit else colleague.unit_id or row.unit_id
        return skill or (row.competence_id if held else None), where, colleague.pk, []
    if unit is not None:
        return skill, unit.pk, None, []
    one_at_a_time()
    everybody = people(competences={skill} if skill else set(), at=at)
    best = choose(Asked(competence=skill), _others(everybody, row), at)
    if best:
        return skill, best.unit or row.unit_id, best.colleague, list(best.reasons)
    knows = home(skill, everybody) if skill else None
    return skill, knows or standing().triage, None, [Reason(kind="queue" if knows else "nobody")]


def _others(everybody: list[Person], row: Conversation) -> list[Person]:
    """The conversation itself takes no further place of who holds it already."""
    held = row.assignee_id if row.status == Conversation.Status.OPEN else None
    return [replace(p, load=p.load - (p.id == held)) for p in everybody]


def teach(*, competence: UUID, questions: Iterable[tuple[str, str]]) -> int:
    """Keep questions as consumers ask them, (text, language), for the next training; the number that is new."""
    with step():
        have = set(Question.objects.filter(competence=competence).values_list("text", flat=True))
        fresh = {text.strip(): language for text, language in questions if text.strip() and text.strip() not in have}
        Question.objects.bulk_create([Question(competence_id=competence, text=t, language=lang) for t, lang in fresh.items()])
        return len(fresh)
