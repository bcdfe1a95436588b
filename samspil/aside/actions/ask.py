"""Asking colleagues about a conversation, and taking the question back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from samspil.aside.actions.invite import Invited, by_competence, invite
from samspil.aside.facts import AsideChanged, AsideOpened
from samspil.aside.models import Aside, AsideMessage, Member, Shared, Sought
from samspil.aside.queries.access import access_aside
from samspil.aside.queries.whom import manner, search
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation, Placement
from samspil.conversation.queries import access_conversation, last_heard
from samspil.organisation.models import Colleague, Competence

LONGEST = 8_000
MOST_SHARED = 50


class NothingAsked(SamspilError):
    """There is no question."""

    code = "aside.nothing_asked"


class NobodyAsked(SamspilError):
    """The question names nobody but who asks."""

    code = "aside.nobody_asked"


class NobodyCan(SamspilError):
    """Nobody else holds the competence."""

    code = "aside.nobody_can"


class TooMuch(SamspilError):
    """The text is longer than anybody reads."""

    code = "aside.too_much"


class AnsweredAlready(SamspilError):
    """Somebody has answered: the question cannot be taken back any more."""

    code = "aside.answered_already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What everybody who is asked may read of the conversation: these messages (None: the consumer's last), with the name or without."""

    messages: Sequence[UUID] | None = None
    with_name: bool = False


def ask(
    *,
    conversation: UUID,
    by: Colleague,
    text: str,
    at: datetime,
    people: Sequence[UUID] = (),
    competences: Sequence[UUID] = (),
    share: Share | None = None,
    ident: UUID | None = None,
) -> Aside:
    """Ask colleagues by name, and by competence those who are best to ask now. ``ident`` is the page's own id: twice is once.

    A competence whose holders are all away waits for them. Raises NotFound, NothingAsked, TooMuch, NobodyAsked, NobodyCan, NotHere.
    """
    question = clean(text=text)
    if not question:
        raise NothingAsked("Write what you want to know")
    with step():
        row = access_conversation(by=by, conversation=conversation)
        if ident and (twice := Aside.objects.filter(pk=ident, asked_by=by).first()):
            return twice
        named = _here(people, by)
        skills = _in_use(competences)
        if not named and not skills:
            raise NobodyAsked("Say who or what competence you ask")
        share = share or Share()
        made = Aside(conversation=row, asked_by=by, question=question, at=at, with_name=share.with_name)
        if ident:
            made.pk = ident
        made.save(force_insert=True)
        _share(made, row, share)
        publish(AsideOpened(aside=made.pk, conversation=row.pk, by=by.pk))
        invite(aside=made, invited=[Invited(colleague=p.pk) for p in named], by=by.pk, at=at)
        _search(made, skills, already={by.pk, *(p.pk for p in named)}, by=by, at=at)
    return made


def clean(*, text: str) -> str:
    """A text as it is kept. Raises TooMuch."""
    kept = text.strip().replace("\x00", "").replace("\r\n", "\n")
    if len(kept) > LONGEST:
        raise TooMuch(f"{len(kept)} characters; {LONGEST} is the most")
    return kept


def _here(people: Sequence[UUID], by: Colleague) -> list[Colleague]:
    wanted = list(dict.fromkeys(p for p in people if p != by.pk))
    found = {c.pk: c for c in Colleague.objects.filter(pk__in=wanted)}
    if len(found) < len(wanted):
        raise NotFound("no such colleague")
    gone = [c for c in found.values() if not c.is_active or c.outside]
    if gone:
        raise NotHere(f"{gone[0].name} is not here")
    return [found[ident] for ident in wanted]


def _in_use(competences: Sequence[UUID]) -> list[Competence]:
    wanted = list(dict.fromkeys(competences))
    found = {c.pk: c for c in Competence.objects.filter(pk__in=wanted, active=True)}
    if len(found) < len(wanted):
        raise NotFound("This competence is no longer in use")
    return [found[ident] for ident in wanted]


def _search(aside: Aside, skills: Sequence[Competence], *, already: set[UUID], by: Colleague, at: datetime) -> None:
    how = manner()
    for skill in skills:
        found = search(competence=skill.pk, already=already, number=how.at_once, at=at)
        if not found.holders - {by.pk}:
            raise NobodyCan(skill.name)
        invite(aside=aside, invited=[by_competence(able=a) for a in found.now], by=by.pk, at=at)
        already |= {a.colleague.pk for a in found.now}
        later = at + timedelta(minutes=how.minutes) if found.left else None
        Sought.objects.create(aside=aside, competence=skill, next_at=later)


def _share(aside: Aside, row: Conversation, share: Share) -> None:
    if share.messages is None:
        last = last_heard(row)
        ids = [last.pk] if last else []
    else:
        wanted = list(dict.fromkeys(share.messages))[:MOST_SHARED]
        placed = Placement.objects.filter(conversation=row, interaction__in=wanted, interaction__kind="message")
        ids = list(placed.order_by("at", "interaction").values_list("interaction_id", flat=True))
        if len(ids) < len(wanted):
            raise NotFound("A message that is to be shared lies in another conversation")
    Shared.objects.bulk_create([Shared(aside=aside, interaction_id=ident) for ident in ids])


def withdraw(*, aside: UUID, by: Colleague, at: datetime) -> UUID:  # noqa: ARG001 - a verb's signature
    """Take one's own question back while nobody has answered: it is gone. Its conversation. Raises NotFound, NotAllowed, AnsweredAlready."""
    with step():
        door = access_aside(by=by, aside=aside, lock=True)
        if not door.is_asker:
            raise NotAllowed("Only who asked can take it back")
        said = AsideMessage.objects.filter(aside=door.aside).exclude(colleague=by).exists()
        if said or door.aside.closed_at or Member.objects.filter(aside=door.aside, state=Member.State.ANSWERED).exists():
            raise AnsweredAlready("Somebody has answered already")
        conversation = door.aside.conversation_id
        publish(AsideChanged(aside=door.aside.pk, conversation=conversation, what="withdrawn", by=by.pk))
        Aside.objects.filter(pk=door.aside.pk).delete()
    return conversation
