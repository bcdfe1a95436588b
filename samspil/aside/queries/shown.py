"""An aside as it is read: the question, who was asked and what became of it, what was said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from samspil.aside.models import Aside, AsideMessage, Member, Shared, Sought
from samspil.aside.queries.access import Door
from samspil.aside.rules import veiled
from samspil.base.question import Question
from samspil.conversation.models import Conversation
from samspil.identity.models import Link
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague, Competence
from samspil.routing.queries import say

OPEN = (Member.State.ASKED, Member.State.SEEN)
LISTED = 60


@dataclass(slots=True, kw_only=True)
class Shown:
    """One aside with its members, competences and messages, each in order of time."""

    aside: Aside
    members: list[Member] = field(default_factory=list)
    sought: list[Sought] = field(default_factory=list)
    messages: list[AsideMessage] = field(default_factory=list)

    @property
    def waits(self) -> int:
        """How many of those asked have neither answered nor declined."""
        return sum(m.state in OPEN for m in self.members)

    @property
    def answered(self) -> int:
        """How many have answered."""
        return sum(m.state == Member.State.ANSWERED for m in self.members)


_OF = Question(
    lambda conversation: (
        Aside.objects.filter(conversation=conversation).select_related("asked_by__unit", "closed_by").order_by("at", "id")
    )
)
_MEMBERS = Question(
    lambda ids: (
        Member.objects.filter(aside__in=ids)
        .select_related("colleague__unit", "competence", "invited_by", "passed_to")
        .order_by("asked_at", "id")
    )
)
_SOUGHT = Question(lambda ids: Sought.objects.filter(aside__in=ids).select_related("competence").order_by("id"))
_MESSAGES = Question(
    lambda ids: AsideMessage.objects.filter(aside__in=ids).select_related("colleague__unit").order_by("at", "id")
)


def asides_of(conversation: UUID) -> Sequence[Shown]:
    """Every aside of a conversation, oldest first. Ask for access to the conversation before. Four statements; one when there is none."""
    return _filled(_OF(conversation))


def shown(door: Door) -> Shown:
    """One aside whole: who was let in by the door reads all that was said in it. Three statements."""
    return _filled([door.aside])[0]


def _filled(rows: Iterable[Aside]) -> list[Shown]:
    found = {row.pk: Shown(aside=row) for row in rows}
    if not found:
        return []
    ids = list(found)
    for member in _MEMBERS(ids):
        found[member.aside_id].members.append(member)
    for sought in _SOUGHT(ids):
        found[sought.aside_id].sought.append(sought)
    for message in _MESSAGES(ids):
        found[message.aside_id].messages.append(message)
    return list(found.values())


def reasons_of(member: Member) -> tuple[str, ...]:
    """Why a competence found this colleague, in the language of the reader."""
    return tuple(say(reason) for reason in member.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of the excerpt. ``name`` is "" where it is hidden, and for what a colleague wrote the colleague's."""

    outgoing: bool
    name: str
    text: str
    id: UUID


def excerpt(door: Door) -> Sequence[Line]:
    """What the asker lets everybody who is asked read of the conversation, oldest first.

    Without ``with_name`` the names, mail addresses and long numbers of the consumer are veiled in the text too. Files, notes,
    subjects and addresses are never in it; what was taken back is gone, and what was changed reads as it does now. Four statements at most.
    """
    rows = _as_they_are([s.interaction for s in _SHARED(door.aside.pk)])
    if not rows:
        return []
    names: set[str] = set()
    known = ""
    consumer = Conversation.objects.filter(pk=door.aside.conversation_id).values_list("consumer_id", "consumer__name").first()
    if consumer:
        known = consumer[1]
        of_consumer = Link.objects.filter(consumer=consumer[0], ended_at=None)
        for display, address in of_consumer.values_list("handle__display", "handle__address"):
            names |= {display, address}
    names |= {known, *(i.handle.display for i in rows), *(i.handle.address for i in rows)}
    hidden = () if door.aside.with_name else names
    return [
        Line(
            id=i.pk,
            outgoing=i.outgoing,
            name=(i.colleague.name if i.colleague else "") if i.outgoing else (known if door.aside.with_name else ""),
            text=veiled(i.text, hidden) if hidden else i.text,
        )
        for i in rows
    ]


_SHARED = Question(
    lambda aside: (
        Shared.objects.filter(aside=aside)
        .select_related("interaction__handle", "interaction__colleague")
        .order_by("interaction__at", "interaction")
    )
)


def _as_they_are(rows: Sequence[Interaction]) -> list[Interaction]:
    """The messages with their newest wording, without those that their writer took back. One statement."""
    targets = [row.external_id for row in rows]
    acts = Interaction.objects.filter(
        handle__in={row.handle_id for row in rows},
        kind__in=(Interaction.Kind.EDIT, Interaction.Kind.DELETE),
        data__target__in=targets,
    )
    done = {(a.handle_id, a.outgoing, a.data.get("target")): a for a in (acts.order_by("at", "id") if rows else ())}
    left = []
    for row in rows:
        act = done.get((row.handle_id, row.outgoing, row.external_id))
        if act is not None and act.kind == Interaction.Kind.DELETE:
            continue
        if act is not None:
            row.text = act.text
        left.append(row)
    return left


def asked_of(me: Colleague, *, over: bool = False) -> Sequence[Shown]:
    """What a colleague was asked, newest first: what is open; with ``over`` what is closed. Four statements, of the newest 60."""
    rows = Aside.objects.filter(members__colleague=me, closed_at__isnull=not over).select_related("asked_by__unit", "closed_by")
    return _filled(rows.order_by("-members__asked_at", "-id")[:LISTED])


def asked_by(me: Colleague) -> Sequence[Shown]:
    """What a colleague has asked and is still open, newest first. Four statements."""
    rows = Aside.objects.filter(asked_by=me, closed_at=None).select_related("asked_by__unit", "closed_by")
    return _filled(rows.order_by("-at", "-id")[:LISTED])


def waiting_for(me: Colleague) -> int:
    """How many open questions wait for this colleague's answer. One statement."""
    return Member.objects.filter(colleague=me, state__in=OPEN, aside__closed_at=None).count()


def newest_unseen(me: Colleague) -> Member | None:
    """The newest question that the colleague has not looked at."""
    rows = Member.objects.filter(colleague=me, state=Member.State.ASKED, aside__closed_at=None).select_related("aside__asked_by")
    return rows.order_by("-asked_at", "-id").first()


def competences_held(me: Colleague, among: Iterable[Competence]) -> set[UUID]:
    """Those of the competences that the colleague holds."""
    return set(me.held.filter(competence__in=list(among)).values_list("competence", flat=True))
