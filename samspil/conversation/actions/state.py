"""Done, later, open again, read; and the undo of each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.conversation import ports
from samspil.conversation.actions import journal
from samspil.conversation.facts import ConversationChanged, ConversationRead
from samspil.conversation.models import Conversation, Event, Label, Labelling, ReadMark
from samspil.conversation.ports import Hindrance
from samspil.conversation.queries.access import access_conversation, access_conversations
from samspil.organisation.models import Colleague


class NotLater(SamspilError):
    """A conversation can only be put off to a time to come."""

    code = "conversation.not_later"


class CannotUndo(SamspilError):
    """The deed is somebody else's, was undone before, or something happened since."""

    code = "conversation.cannot_undo"


class Hindered(SamspilError):
    """Something must be done before it is finished: ``by`` says what, and whether it may be passed by."""

    code = "conversation.hindered"

    def __init__(self, by: Sequence[Hindrance]) -> None:
        super().__init__("To be done first: " + ", ".join(h.what for h in by))
        self.by = by


def finish(*, conversations: Sequence[UUID], by: Colleague, at: datetime, anyway: str = "") -> UUID:
    """Done: nobody waits any more. The deed's id, for an undo. ``anyway`` is the reason for passing by what must be done first.

    Raises NotFound, and Hindered where something must be done first and there is no reason, or none may be given.
    """
    return _change(
        "done", conversations, by, at, guard=lambda ids: _passed_by(ids, anyway.strip()[:300]),
        status="done", done_at=at, waiting_since=None, snoozed_until=None, snoozed_for="",
    )  # fmt: skip


def _passed_by(conversations: Sequence[UUID], anyway: str) -> Mapping[UUID, Mapping[str, Any]]:
    """What the journal says of that which was not done first, by conversation. Raises Hindered."""
    found = ports.hindrances(conversations)
    if found and not (anyway and all(h.anyway for h in found)):
        raise Hindered(found)
    hindered = {h.conversation for h in found}
    return {c: {"anyway": anyway, "open": [h.what for h in found if h.conversation == c]} for c in hindered}


def reopen(*, conversations: Sequence[UUID], by: Colleague, at: datetime) -> UUID:
    """Open again. Raises NotFound."""
    return _change("reopened", conversations, by, at, status="open", done_at=None, snoozed_until=None, snoozed_for="")


def snooze(*, conversations: Sequence[UUID], by: Colleague, until: datetime, why: str = "", at: datetime) -> UUID:
    """Put off until a time; a new message brings it back before. Raises NotFound, NotLater."""
    if until <= at:
        raise NotLater("Choose a time to come")
    told = {"until": until.isoformat()}
    return _change("snoozed", conversations, by, at, told, status="snoozed", snoozed_until=until, snoozed_for=why[:60])


def _change(
    kind: str,
    conversations: Sequence[UUID],
    by: Colleague,
    at: datetime,
    told: Mapping[str, Any] | None = None,
    guard: Callable[[Sequence[UUID]], Mapping[UUID, Mapping[str, Any]]] | None = None,
    **values: Any,
) -> UUID:
    with step():
        rows = access_conversations(by=by, conversations=conversations, lock=True)
        own = guard([c.pk for c in rows]) if guard else {}
        lines = [(c.pk, {"before": journal.before(c), **(told or {}), **own.get(c.pk, {})}) for c in rows]
        batch = journal.write(kind=kind, by=by.pk, at=at, rows=lines)
        Conversation.objects.filter(pk__in=[c.pk for c in rows]).update(**values)
        publish(*[ConversationChanged(conversation=c.pk, what=kind, by=by.pk, assignee=c.assignee_id) for c in rows])
    return batch


def undo(*, batch: UUID, by: Colleague, at: datetime) -> list[UUID]:
    """Put back what one deed of one's own changed, or what a rule did. The conversations. Raises CannotUndo, NotFound."""
    with step():
        own = Q(by=by) | Q(by=None, kind="ruled")
        events = list(Event.objects.select_for_update(of=("self",)).filter(own, batch=batch).order_by("conversation_id"))
        if not events:
            raise CannotUndo("There is nothing of yours to undo")
        ids = [e.conversation_id for e in events]
        rows = {c.pk: c for c in access_conversations(by=by, conversations=ids, lock=True)}
        for event in events:
            newer = Event.objects.filter(conversation=event.conversation_id, pk__gt=event.pk, batch__isnull=False).exclude(
                kind="undone"
            )
            if "before" not in event.data or newer.exists() or event.data.get("undone"):
                raise CannotUndo("Something has happened since")
            Conversation.objects.filter(pk=rows[event.conversation_id].pk).update(**event.data["before"])
            _labels_back(event)
            Event.objects.filter(pk=event.pk).update(data={**event.data, "undone": True})
        journal.write(kind="undone", by=by.pk, at=at, rows=[(c, {}) for c in ids])
        publish(*[ConversationChanged(conversation=c, what="undone", by=by.pk) for c in ids])
    return ids


def _labels_back(event: Event) -> None:
    put_on, taken_off = event.data.get("put_on", ()), event.data.get("taken_off", ())
    if put_on:
        Labelling.objects.filter(conversation=event.conversation_id, label__in=put_on).delete()
    rows = [Labelling(conversation_id=event.conversation_id, label=label) for label in Label.objects.filter(pk__in=taken_off)]
    if rows:
        Labelling.objects.bulk_create(rows, ignore_conflicts=True)


def settle(*, conversations: Sequence[UUID], at: datetime) -> list[UUID]:
    """Samspil itself: done again, for what came opened them and wants no answer. Those that were open; joins the caller's step."""
    with step():
        rows = sql.run(
            "UPDATE conversation SET status = 'done', done_at = %s, waiting_since = NULL"
            " WHERE id = ANY(%s) AND status = 'open' RETURNING id, assignee_id",
            [at, sorted(set(conversations))],
        )
        publish(*[ConversationChanged(conversation=c, what="done", assignee=a) for c, a in rows])
    return [c for c, _ in rows]


def tell(*, kind: str, rows: Sequence[tuple[UUID, Mapping[str, Any]]], at: datetime, by: UUID | None = None) -> UUID | None:
    """Write into the journal what a later stage has to say of conversations: (conversation, data). Joins the caller's step.

    The deed's id, with which that stage undoes it; None where there is nothing to say.
    """
    if not rows:
        return None
    with step():
        batch = journal.write(kind=kind, by=by, at=at, rows=rows)
        publish(*[ConversationChanged(conversation=c, what=kind, by=by) for c, _ in rows])
    return batch


def keep_deed(*, kind: str, by: UUID, at: datetime, row: Conversation, data: Mapping[str, Any]) -> UUID:
    """Write into the journal what a colleague does through a later stage, before it is done: its id, for an undo. Joins the caller's step."""
    with step():
        return journal.write(kind=kind, by=by, at=at, rows=[(row.pk, {**data, "before": journal.before(row)})])


def wake_due(*, at: datetime, limit: int = 500) -> int:
    """Bring back the conversations whose time has come. The number."""
    with step():
        rows = sql.run(
            "UPDATE conversation SET status = 'open', snoozed_until = NULL, waiting_since = coalesce(waiting_since, %s) WHERE id IN ("
            " SELECT id FROM conversation WHERE status = 'snoozed' AND snoozed_until <= %s ORDER BY snoozed_until LIMIT %s"
            " FOR UPDATE SKIP LOCKED) RETURNING id, assignee_id",
            [at, at, limit],
        )
        if rows:
            journal.write(kind="woke", by=None, at=at, rows=[(c, {}) for c, _ in rows])
            publish(*[ConversationChanged(conversation=c, what="woke", assignee=a) for c, a in rows])
    return len(rows)


def mark_read(*, conversation: UUID, by: Colleague, at: datetime) -> None:
    """The colleague has seen everything up to now. Raises NotFound."""
    with step():
        row = access_conversation(by=by, conversation=conversation)
        ReadMark.objects.update_or_create(conversation=row, colleague=by, defaults={"at": at})
        publish(ConversationRead(conversation=row.pk, colleague=by.pk))


def mark_unread(*, conversations: Sequence[UUID], by: Colleague) -> None:
    """Show them as unread again, to this colleague. Raises NotFound."""
    with step():
        rows = access_conversations(by=by, conversations=conversations)
        if not rows:
            raise NotFound("no conversation")
        ReadMark.objects.filter(conversation__in=rows, colleague=by).delete()
        publish(*[ConversationRead(conversation=c.pk, colleague=by.pk) for c in rows])


def wait_since(*, waits: Sequence[tuple[UUID, datetime]]) -> None:
    """Conversations in which somebody waits, waited since before that: what came between was no colleague's answer. Joins the caller's step."""
    if not waits:
        return
    with step():
        source, values = sql.table("uuid timestamptz", waits)
        rows = sql.run(
            f"UPDATE conversation c SET waiting_since = x.s FROM {source} AS x(i, s) WHERE c.id = x.i AND c.waiting_since > x.s"
            " RETURNING c.id",
            values,
        )
        publish(*[ConversationChanged(conversation=ident, what="waits") for (ident,) in rows])
