"""One conversation as it is read: messages, notes and the journal in order of time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from samspil.base.networks import network_of
from samspil.base.question import Question
from samspil.conversation.models import Conversation, Event, Label, Labelling, Note, Placement, ReadMark
from samspil.identity.models import Consumer
from samspil.intake.models import Attachment, Interaction
from samspil.organisation.models import Colleague

PAGE = 60
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Entry:
    """One thing in the thread. ``text`` is the newest wording; ``original`` the first when it was edited."""

    kind: Literal["in", "out", "note", "event"]
    id: UUID
    at: datetime
    text: str = ""
    original: str = ""
    deleted: bool = False
    interaction: Interaction | None = None
    consumer: Consumer | None = None
    colleague: Colleague | None = None
    note: Note | None = None
    event: Event | None = None
    attachments: Sequence[Attachment] = ()
    reactions: list[str] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    """Those of the reactions that we gave."""
    deleted_by: Colleague | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def thread(
    conversation: Conversation, *, before: tuple[datetime, UUID] | None = None, limit: int = PAGE
) -> tuple[Sequence[Entry], bool]:
    """The newest messages of the conversation with the notes and journal between them, oldest first; whether more lie before.

    Four statements, and one more where others than the conversation's consumer wrote.

    ``before`` is (at, interaction id) of the oldest message seen, for the page before it.
    """
    if before:
        older = _placements(conversation.pk).filter(at__lte=before[0]).exclude(at=before[0], interaction__gte=before[1])
        placed = list(older[: limit + 1])
    else:
        placed = _newest(limit + 1)(conversation.pk)
    has_more = len(placed) > limit
    placed = placed[:limit]
    rows = [p.interaction for p in reversed(placed)]
    full = len(placed) == limit
    entries = _messages(rows, _owners(conversation, placed))
    since = rows[0].at if rows and full else None
    until = before[0] if before else None
    for note in _span(_NOTES, conversation, since, until):
        entries.append(Entry(kind="note", id=note.pk, at=note.at, text=note.text, colleague=note.colleague, note=note))
    for event in _span(_EVENTS, conversation, since, until):
        entries.append(Entry(kind="event", id=event.pk, at=event.at, event=event, colleague=event.by))
    return sorted(entries, key=lambda e: (e.at, e.id)), has_more


def _placements(conversation: UUID) -> QuerySet[Placement]:
    rows = Placement.objects.filter(conversation=conversation)
    owner = RawSQL(
        "(SELECT consumer_id FROM identity_link l WHERE l.handle_id = intake_interaction.handle_id AND ended_at IS NULL)", []
    )
    rows = rows.annotate(owner=owner).select_related("interaction__handle", "interaction__account", "interaction__colleague")
    return rows.order_by("-at", "-interaction")


@cache
def _newest(number: int) -> Question[Placement]:
    return Question(lambda conversation: _placements(conversation)[:number])


def _span(rows: Question[Any], conversation: Conversation, since: datetime | None, until: datetime | None) -> Sequence[Any]:
    return rows(conversation.pk, since or FIRST, until or LAST)


def _between(model: type[Model], who: str) -> Question[Any]:
    rows = model._default_manager.select_related(who).order_by("at", "id")  # noqa: SLF001 - Django's public name for it
    return Question(lambda conversation, since, until: rows.filter(conversation=conversation, at__gte=since, at__lt=until)[:500])


_NOTES, _EVENTS = _between(Note, "colleague__unit"), _between(Event, "by")


_CONSUMERS = Question(lambda ids: Consumer.objects.filter(pk__in=ids))
_FILES = Question(lambda ids: Attachment.objects.filter(interaction__in=ids).order_by("id"))


def _owners(conversation: Conversation, placed: Sequence[Any]) -> dict[UUID, Consumer]:
    """Whose each message is now. The consumer of the conversation is known; others who wrote in it are asked for."""
    others = {p.owner for p in placed if p.owner and not p.interaction.outgoing} - {conversation.consumer_id}
    known = {conversation.consumer_id: conversation.consumer, **{c.pk: c for c in (_CONSUMERS(list(others)) if others else ())}}
    return {p.pk: known[p.owner] for p in placed if p.owner in known}


Given = dict[tuple[str, UUID, bool], list[str]]
"""The signs that stand on a message, by the message, who gave them, and whether it was we."""


def _messages(rows: Sequence[Interaction], owners: Mapping[UUID, Consumer]) -> list[Entry]:
    files: dict[UUID, list[Attachment]] = {}
    for file in _FILES([r.pk for r in rows]) if rows else ():
        files.setdefault(file.interaction_id, []).append(file)
    entries: dict[str, Entry] = {}
    for row in rows:
        if row.kind == Interaction.Kind.MESSAGE:
            entries[row.external_id] = Entry(
                kind="out" if row.outgoing else "in",
                id=row.pk,
                at=row.at,
                text=row.text,
                interaction=row,
                consumer=owners.get(row.pk),
                colleague=row.colleague,
                attachments=files.get(row.pk, ()),
            )
    given: Given = {}
    for row in rows:
        _alter(entries.get(row.data.get("target", "")), row, given)
    return list(entries.values())


def _alter(entry: Entry | None, row: Interaction, given: Given) -> None:
    if entry is None or row.kind == Interaction.Kind.MESSAGE or entry.interaction is None:
        return
    if row.kind == Interaction.Kind.REACTION:
        _sign(entry, row, (entry.interaction.external_id, row.handle_id, row.outgoing), given)
    # Only who wrote it can change it or take it back: our answers lie at the receiver's handle, and are not the receiver's.
    elif (row.handle_id, row.outgoing) == (entry.interaction.handle_id, entry.interaction.outgoing):
        if row.kind == Interaction.Kind.EDIT:
            entry.original, entry.text = entry.original or entry.text, row.text
        elif row.kind == Interaction.Kind.DELETE:
            entry.original, entry.deleted, entry.deleted_by = entry.original or entry.text, True, row.colleague


def _sign(entry: Entry, row: Interaction, whose: tuple[str, UUID, bool], given: Given) -> None:
    standing, emoji = given.setdefault(whose, []), str(row.data.get("emoji", ""))
    if row.data.get("removed"):
        # Some networks do not say which sign was taken back.
        gone = emoji if emoji in standing else standing[-1] if standing and not emoji else ""
        if gone:
            standing.remove(gone)
            entry.reactions.remove(gone)
    elif emoji not in standing:
        standing.append(emoji)
        entry.reactions.append(emoji)
    if row.outgoing:
        entry.ours = set(standing)


def network_in(conversation: Conversation) -> str:
    """The network a conversation is on: its account's; that of its newest message where the account is history. One statement at most."""
    if conversation.account.history:
        rows = Placement.objects.filter(conversation=conversation).order_by("-at", "-interaction")
        found = rows.values_list("interaction__handle__network", flat=True).first()
        if found:
            return str(found)
    return network_of(conversation.account.channel)


_READ = Question(lambda conversation, me: ReadMark.objects.filter(conversation=conversation, colleague=me)[:1])


def read_at(conversation: Conversation, by: Colleague) -> datetime | None:
    """How far a colleague has read; None when never. An access to the whole conversation has brought it along."""
    if "read_at" in vars(conversation):
        known: datetime | None = vars(conversation)["read_at"]
        return known
    mark = _READ.first(conversation.pk, by.pk)
    return mark.at if mark else None


def labels_with(conversation: Conversation) -> tuple[Sequence[Label], Sequence[Label]]:
    """The labels on it and every label there is, both by name. One statement."""
    every: Sequence[Any] = _LABELS(conversation.pk)
    return [label for label in every if label.is_on], every


def _marked(conversation: UUID) -> QuerySet[Label]:
    is_on = Exists(Labelling.objects.filter(conversation=conversation, label=OuterRef("pk")))
    return Label.objects.annotate(is_on=is_on).order_by("name")


_LABELS = Question(_marked)


def labels() -> Sequence[Label]:
    """Every label there is, by name."""
    return list(Label.objects.order_by("name"))


def lies_in(conversation: Conversation, interaction: UUID) -> Interaction | None:
    """The interaction if it lies in this conversation."""
    row = (
        Placement.objects.filter(conversation=conversation, interaction=interaction)
        .select_related("interaction__account")
        .first()
    )
    return row.interaction if row else None


def last_heard(conversation: Conversation) -> Interaction | None:
    """The newest message of the consumer, with its account and handle. One statement."""
    newest = conversation.placements.filter(interaction__kind="message", interaction__outgoing=False)
    row = newest.select_related("interaction__account", "interaction__handle").order_by("-at", "-interaction").first()
    return row.interaction if row else None


def conversation_of(interaction: UUID) -> UUID | None:
    """The conversation in which an interaction lies."""
    return Placement.objects.filter(interaction=interaction).values_list("conversation_id", flat=True).first()


def participants(conversation: Conversation) -> Sequence[Colleague]:
    """The colleagues who have written in it, notes counted, the assignee first. One statement."""
    found = _PARTICIPANTS(conversation.pk, conversation.assignee_id)
    return sorted(found, key=lambda c: (c.pk != conversation.assignee_id, c.name))


def _took_part(conversation: UUID, assignee: UUID) -> QuerySet[Colleague]:
    wrote = Placement.objects.filter(conversation=conversation, interaction__outgoing=True).values("interaction__colleague")
    noted = Note.objects.filter(conversation=conversation).values("colleague")
    return Colleague.objects.filter(Q(pk__in=wrote) | Q(pk__in=noted) | Q(pk=assignee)).select_related("unit")


_PARTICIPANTS = Question(_took_part)


def text_of(conversation: UUID, *, limit: int = 20) -> str:
    """What consumers said in it, the oldest first: what routing learns from."""
    rows = Placement.objects.filter(conversation=conversation, interaction__outgoing=False, interaction__kind="message")
    texts = rows.order_by("at").values_list("interaction__subject", "interaction__text")[:limit]
    return "\n".join(f"{subject}\n{text}" for subject, text in texts)
