"""Writing in an aside, and looking at it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from samspil.aside.actions.ask import NothingAsked, clean
from samspil.aside.facts import AsideAnswered, AsideChanged, AsideSaid
from samspil.aside.models import Aside, AsideMessage, Member, Sought
from samspil.aside.queries.access import Door, access_aside
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.conversation.actions import notify
from samspil.conversation.models import Conversation
from samspil.conversation.queries import visible
from samspil.organisation.models import Colleague, CompetenceHeld
from samspil.routing.actions import told

EDITABLE = timedelta(minutes=15)


class TooOld(SamspilError):
    """What was said can be changed for a quarter of an hour; after that others have read it."""

    code = "aside.too_old"


def say(
    *, aside: UUID, by: Colleague, text: str, at: datetime, ident: UUID | str | None = None, via: str = "desk"
) -> AsideMessage:
    """Write in an aside that one may see. Who was asked has answered with it; whoever else may see the conversation joins in.

    ``ident`` is the sender's own id of it (the page's, a mail's Message-ID): twice is once. What comes after the aside was closed
    is kept, and it stays closed. Raises NotFound, NothingAsked, TooMuch.
    """
    said = clean(text=text)
    if not said:
        raise NothingAsked("Write something first")
    external = str(ident or "")[:400]
    with step():
        door = access_aside(by=by, aside=aside, lock=True)
        row = door.aside
        if external and (twice := AsideMessage.objects.filter(aside=row, colleague=by, external=external).first()):
            return twice
        made = AsideMessage.objects.create(aside=row, colleague=by, text=said, at=at, via=via[:20] or "desk", external=external)
        publish(AsideSaid(aside=row.pk, conversation=row.conversation_id, message=made.pk, by=by.pk))
        if not door.is_asker:
            _answered(door, by, at)
    return made


def _answered(door: Door, by: Colleague, at: datetime) -> None:
    row, member = door.aside, door.member
    if member is None:
        member = Member(
            aside=row, colleague=by, why=Member.Why.OWN_WILL, asked_at=at, changed_at=at, state=Member.State.ASKED, invited_by=by
        )
        member.save(force_insert=True)
    if member.state == Member.State.ANSWERED:
        return
    Member.objects.filter(pk=member.pk).update(state=Member.State.ANSWERED, reason="", passed_to=None, changed_at=at)
    known = _held(row, by)
    Sought.objects.filter(aside=row, competence__in=known).update(next_at=None)
    publish(AsideAnswered(aside=row.pk, conversation=row.conversation_id, by=by.pk, competence=known[0] if known else None))
    _learn(row, known[:1], by, at)
    _tell_asker(row, by, at)


def _held(row: Aside, by: Colleague) -> list[UUID]:
    sought = Sought.objects.filter(aside=row).order_by("id").values_list("competence_id", flat=True)
    held = set(CompetenceHeld.objects.filter(colleague=by, competence__in=list(sought)).values_list("competence_id", flat=True))
    return [c for c in sought if c in held]


def _learn(row: Aside, known: Sequence[UUID], by: Colleague, at: datetime) -> None:
    """Let routing know what a conversation is about that it had no competence for: it was asked for, and answered by a holder."""
    if known and Conversation.objects.filter(pk=row.conversation_id, competence=None).exists():
        told(conversation=row.conversation_id, competence=known[0], by=by.pk, at=at)


def _tell_asker(row: Aside, by: Colleague, at: datetime) -> None:
    # The bell names the consumer: only who may see the conversation is told there. The list of asides tells everybody else.
    if Conversation.objects.filter(visible(row.asked_by), pk=row.conversation_id).exists():
        notify(kind="advised", to=[(row.asked_by_id, row.conversation_id)], by=by.pk, at=at)


def edit(*, message: UUID, by: Colleague, text: str, at: datetime) -> AsideMessage:
    """Change one's own words within a quarter of an hour. Raises NotFound, NotAllowed, TooOld, NothingAsked, TooMuch."""
    said = clean(text=text)
    if not said:
        raise NothingAsked("Write something first")
    with step():
        found = AsideMessage.objects.filter(pk=message).first()
        if found is None:
            raise NotFound("There is no such message")
        door = access_aside(by=by, aside=found.aside_id, lock=True)
        if found.colleague_id != by.pk:
            raise NotAllowed("Only who wrote it can change it")
        if at - found.at > EDITABLE:
            raise TooOld("It can be changed for 15 minutes")
        found.text, found.edited_at = said, at
        found.save(update_fields=["text", "edited_at"])
        publish(AsideChanged(aside=door.aside.pk, conversation=door.aside.conversation_id, what="edited", by=by.pk))
    return found


def see(*, aside: UUID, by: Colleague, at: datetime) -> None:
    """The colleague has looked at it. Raises NotFound."""
    with step():
        door = access_aside(by=by, aside=aside)
        asked = Member.objects.filter(aside=door.aside, colleague=by, state=Member.State.ASKED)
        if asked.update(state=Member.State.SEEN, changed_at=at):
            publish(AsideChanged(aside=door.aside.pk, conversation=door.aside.conversation_id, what="seen", by=by.pk))


def see_those_of(*, conversation: UUID, by: Colleague, at: datetime) -> None:
    """The colleague has looked at the conversation with all its asides, after access to it. Two statements, one when nothing is new."""
    with step():
        asked = Member.objects.filter(aside__conversation=conversation, colleague=by, state=Member.State.ASKED)
        new = list(asked.values_list("pk", "aside_id"))
        if new:
            Member.objects.filter(pk__in=[pk for pk, _ in new]).update(state=Member.State.SEEN, changed_at=at)
            publish(*[AsideChanged(aside=a, conversation=conversation, what="seen", by=by.pk) for _, a in new])
