"""What came back, for the thread and for who decides."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from samspil.elsewhere.models import Arrival


def arrivals_of(conversation: UUID) -> Sequence[Arrival]:
    """What is held of a conversation, the oldest first. Ask for access to the conversation before. One statement."""
    rows = Arrival.objects.filter(notice__conversation=conversation, verdict="held")
    return list(rows.select_related("notice__colleague").order_by("at", "id"))


def said_by(replies: Iterable[UUID]) -> Mapping[UUID, str]:
    """Those of the replies that were written outside of Samspil, each with the network on which. One statement."""
    return dict(Arrival.objects.filter(reply__in=list(replies)).values_list("reply", "network"))
