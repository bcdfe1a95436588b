"""Internal notes, with mentions."""

from datetime import datetime, timedelta
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.text import fold
from samspil.conversation.actions.notify import notify
from samspil.conversation.facts import ConversationChanged, NoteWritten
from samspil.conversation.models import Note
from samspil.conversation.queries.access import access_conversation, visible
from samspil.conversation.rules import mentioned
from samspil.organisation.models import Colleague
from samspil.organisation.queries import names_of_colleagues

EDITABLE = timedelta(minutes=15)


class Empty(SamspilError):
    """There is nothing in it."""

    code = "conversation.empty"


class TooOld(SamspilError):
    """A note can be changed for a quarter of an hour; after that others have read it."""

    code = "conversation.too_old"


def note(*, conversation: UUID, by: Colleague, text: str, at: datetime, ident: UUID | None = None) -> Note:
    """Write an internal note; colleagues that it mentions as ``@first`` or ``@first.last`` are told, if they may see the conversation.

    ``ident`` is the page's own id, so that sending twice writes once. Raises NotFound, Empty.
    """
    if not text.strip():
        raise Empty("Write something first")
    with step():
        row = access_conversation(by=by, conversation=conversation)
        if ident and (twice := Note.objects.filter(pk=ident, colleague=by).first()):
            return twice
        made = Note(conversation=row, colleague=by, text=text.strip().replace("\x00", ""), at=at)
        if ident:
            made.pk = ident
        made.save(force_insert=True)
        wanted = [i for i in mentioned(text, names_of_colleagues(), fold) if i != by.pk]
        allowed = [
            c.pk
            for c in Colleague.objects.filter(pk__in=wanted, is_active=True)
            if type(row).objects.filter(visible(c), pk=row.pk).exists()
        ]
        notify(kind="mentioned", to=[(c, row.pk) for c in allowed], by=by.pk, at=at)
        publish(NoteWritten(note=made.pk, conversation=row.pk, by=by.pk, mentioned=tuple(allowed)))
    return made


def edit_note(*, note: UUID, by: Colleague, text: str, at: datetime) -> Note:
    """Change one's own note within a quarter of an hour. Raises NotFound, NotAllowed, TooOld, Empty."""
    if not text.strip():
        raise Empty("Write something first")
    with step():
        row = Note.objects.select_for_update().filter(pk=note).first()
        if row is None:
            raise NotFound("no such note")
        access_conversation(by=by, conversation=row.conversation_id)
        if row.colleague_id != by.pk:
            raise NotAllowed("Only who wrote it can change it")
        if at - row.at > EDITABLE:
            raise TooOld("A note can be changed for 15 minutes")
        row.text, row.edited_at = text.strip().replace("\x00", ""), at
        row.save(update_fields=["text", "edited_at"])
        publish(ConversationChanged(conversation=row.conversation_id, what="note", by=by.pk))
    return row
