"""Labels, saved filters and seen notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.conversation.facts import ConversationChanged
from samspil.conversation.models import Label, Labelling, Notification, SavedFilter
from samspil.conversation.queries.access import access_conversations
from samspil.organisation.models import Colleague


class NoName(SamspilError):
    """It needs a name."""

    code = "conversation.no_name"


def make_label(*, name: str, colour: str = "fjord") -> Label:
    """The label of that name, made where it is new. Raises NoName."""
    if not name.strip():
        raise NoName("Give it a name")
    with step():
        return Label.objects.get_or_create(name=name.strip()[:60], defaults={"colour": colour})[0]


def label(*, conversations: Sequence[UUID], label: Label, by: Colleague) -> None:
    """Put a label on conversations. Raises NotFound."""
    with step():
        rows = access_conversations(by=by, conversations=conversations)
        Labelling.objects.bulk_create([Labelling(conversation=c, label=label) for c in rows], ignore_conflicts=True)
        publish(*[ConversationChanged(conversation=c.pk, what="labelled", by=by.pk) for c in rows])


def unlabel(*, conversations: Sequence[UUID], label: Label, by: Colleague) -> None:
    """Take a label off. Raises NotFound."""
    with step():
        rows = access_conversations(by=by, conversations=conversations)
        Labelling.objects.filter(conversation__in=rows, label=label).delete()
        publish(*[ConversationChanged(conversation=c.pk, what="labelled", by=by.pk) for c in rows])


def save_filter(*, by: Colleague, name: str, query: str) -> SavedFilter:
    """Keep a search under a name; the same name again replaces it. Raises NoName."""
    if not name.strip():
        raise NoName("Give it a name")
    with step():
        row, _ = SavedFilter.objects.update_or_create(colleague=by, name=name.strip()[:60], defaults={"query": query[:500]})
    return row


def forget_filter(*, by: Colleague, saved: UUID) -> None:
    """Remove a saved filter of one's own."""
    with step():
        SavedFilter.objects.filter(colleague=by, pk=saved).delete()


def see_notifications(*, by: Colleague, at: datetime, conversation: UUID | None = None) -> None:
    """Mark one's notifications as seen; all of them, or those of one conversation."""
    rows = Notification.objects.filter(colleague=by, seen_at=None)
    (rows.filter(conversation=conversation) if conversation else rows).update(seen_at=at)
