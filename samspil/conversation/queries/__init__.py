"""Questions about conversations: who may see which, the inbox, the thread, search, counts."""

from samspil.conversation.queries.access import access_conversation, access_conversations, visible
from samspil.conversation.queries.inbox import (
    CAPPED,
    VIEWS,
    Row,
    counts,
    inbox,
    notifications,
    of_consumer,
    rows_of,
    size,
)
from samspil.conversation.queries.paged import Key
from samspil.conversation.queries.search import search_ids
from samspil.conversation.queries.thread import (
    Entry,
    conversation_of,
    labels,
    labels_with,
    last_heard,
    lies_in,
    network_in,
    participants,
    read_at,
    text_of,
    thread,
)

__all__ = [
    "CAPPED",
    "VIEWS",
    "Entry",
    "Key",
    "Row",
    "access_conversation",
    "access_conversations",
    "conversation_of",
    "counts",
    "inbox",
    "labels",
    "labels_with",
    "last_heard",
    "lies_in",
    "network_in",
    "notifications",
    "of_consumer",
    "participants",
    "read_at",
    "rows_of",
    "search_ids",
    "size",
    "text_of",
    "thread",
    "visible",
]
