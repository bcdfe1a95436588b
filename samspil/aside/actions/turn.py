"""What who was asked can do but answer: decline, pass it on, take the conversation, and change one's mind."""

from datetime import datetime
from uuid import UUID

from samspil.aside.actions.close import Closed, end
from samspil.aside.actions.invite import Invited, invite
from samspil.aside.facts import AsideChanged, ColleagueAsked
from samspil.aside.models import Aside, AsideMessage, Member, Sought
from samspil.aside.queries.access import Door, access_aside
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, retried, step
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague, Competence, CompetenceHeld
from samspil.routing.actions import correct


class NotAsked(SamspilError):
    """Only who was asked can decline it or pass it on."""

    code = "aside.not_asked"


class NotToThem(SamspilError):
    """It was passed on to who asks, or to oneself."""

    code = "aside.not_to_them"


class NothingToUndo(SamspilError):
    """One has neither declined nor passed it on."""

    code = "aside.nothing_to_undo"


def decline(*, aside: UUID, by: Colleague, at: datetime, reason: str = "unknown", instead: UUID | None = None) -> None:
    """Say that one does not know (``unknown``) or cannot now (``not_now``); ``instead`` is asked at once in one's place.

    Who was found by a competence makes room: the next one is asked without waiting. Raises NotFound, NotAsked, Closed, NotHere, NotToThem.
    """
    if reason not in Member.Reason.values:
        raise NotAllowed("There is no such reason")
    with step():
        door = _turn(by, aside)
        _leave(door, Member.State.DECLINED, at, reason=reason, to=_passed(door, instead, by, at) if instead else None)
        if not instead:
            _make_room(door, at)
        publish(AsideChanged(aside=door.aside.pk, conversation=door.aside.conversation_id, what="declined", by=by.pk))


def pass_on(*, aside: UUID, by: Colleague, to: UUID, at: datetime) -> None:
    """Let another colleague be asked in one's place. Raises NotFound, NotAsked, Closed, NotHere, NotToThem."""
    with step():
        door = _turn(by, aside)
        _leave(door, Member.State.PASSED_ON, at, to=_passed(door, to, by, at))
        publish(AsideChanged(aside=door.aside.pk, conversation=door.aside.conversation_id, what="passed_on", by=by.pk))


def undo(*, aside: UUID, by: Colleague, at: datetime) -> None:
    """Take back that one declined or passed it on; who was asked in one's place and has not looked yet is not asked any more.

    Raises NotFound, NotAsked, Closed, NothingToUndo.
    """
    with step():
        door = _turn(by, aside)
        member = _member(door)
        if member.state not in {Member.State.DECLINED, Member.State.PASSED_ON}:
            raise NothingToUndo("There is nothing of yours to undo")
        if member.passed_to_id:
            unseen = Member.objects.filter(
                aside=door.aside, colleague=member.passed_to_id, invited_by=by, why=Member.Why.PASSED_ON, state=Member.State.ASKED
            )
            unseen.delete()
        has_said = AsideMessage.objects.filter(aside=door.aside, colleague=by).exists()
        state = Member.State.ANSWERED if has_said else Member.State.SEEN
        Member.objects.filter(pk=member.pk).update(state=state, reason="", passed_to=None, changed_at=at)
        publish(AsideChanged(aside=door.aside.pk, conversation=door.aside.conversation_id, what="back", by=by.pk))


@retried
def take_over(*, aside: UUID, by: Colleague, at: datetime) -> UUID:
    """Take the conversation oneself: routing sends it here by hand, and learns the competence that was asked for and that one holds.

    Of two who take it at once the first has it. The conversation. Raises NotFound, NotAllowed (who may not see it), NotAsked, Closed.
    """
    with step():
        first = access_aside(by=by, aside=aside)
        if not first.whole:
            raise NotAllowed("The conversation is not open to you: whoever asked can give it to you")
        # The conversation first, as everybody locks it who merges or moves; then what lies in it.
        row = access_conversation(by=by, conversation=first.aside.conversation_id, lock=True)
        door = _turn(by, aside)
        skill = _skill(door.aside, by) if row.competence_id is None else None
        correct(conversation=row.pk, by=by, at=at, colleague=by, competence=skill)
        Member.objects.filter(pk=_member(door).pk).update(state=Member.State.ANSWERED, reason="", passed_to=None, changed_at=at)
        end(row=door.aside, by=by, outcome=Aside.Outcome.TAKEN.value, at=at)
    return row.pk


def _turn(by: Colleague, aside: UUID) -> Door:
    door = access_aside(by=by, aside=aside, lock=True)
    if door.member is None:
        raise NotAsked("You were not asked")
    if door.aside.closed_at:
        raise Closed(door.aside.closed_by.name if door.aside.closed_by else "")
    return door


def _member(door: Door) -> Member:
    if door.member is None:
        raise NotAsked("You were not asked")
    return door.member


def _leave(door: Door, state: Member.State, at: datetime, *, reason: str = "", to: UUID | None = None) -> None:
    Member.objects.filter(pk=_member(door).pk).update(state=state, reason=reason, passed_to=to, changed_at=at)


def _passed(door: Door, to: UUID, by: Colleague, at: datetime) -> UUID:
    person = Colleague.objects.filter(pk=to).first()
    if person is None:
        raise NotFound("no such colleague")
    if not person.is_active or person.outside:
        raise NotHere(f"{person.name} is not here")
    if to in {by.pk, door.aside.asked_by_id}:
        raise NotToThem(person.name)
    asked = Invited(colleague=to, why=Member.Why.PASSED_ON.value, competence=_member(door).competence_id)
    if not invite(aside=door.aside, invited=[asked], by=by.pk, at=at):
        # Was asked before and has said no: asked again, for now somebody thinks of them by name.
        again = Member.objects.filter(aside=door.aside, colleague=to, state__in=(Member.State.DECLINED, Member.State.PASSED_ON))
        if again.update(state=Member.State.ASKED, reason="", passed_to=None, invited_by=by, changed_at=at):
            publish(ColleagueAsked(aside=door.aside.pk, conversation=door.aside.conversation_id, colleague=to, by=by.pk))
    return to


def _make_room(door: Door, at: datetime) -> None:
    competence = _member(door).competence_id
    if competence is None:
        return
    waits = Member.objects.filter(
        aside=door.aside, competence=competence, state__in=(Member.State.ASKED, Member.State.SEEN, Member.State.ANSWERED)
    )
    if not waits.exists():
        Sought.objects.filter(aside=door.aside, competence=competence, next_at__gt=at).update(next_at=at)


def _skill(row: Aside, by: Colleague) -> Competence | None:
    sought = list(Sought.objects.filter(aside=row).order_by("id").select_related("competence"))
    held = CompetenceHeld.objects.filter(colleague=by, competence__in=[s.competence_id for s in sought])
    mine = set(held.values_list("competence_id", flat=True))
    return next((s.competence for s in sought if s.competence_id in mine and s.competence.active), None)
