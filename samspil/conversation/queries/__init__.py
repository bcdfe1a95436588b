"""Questions about conversations: who may see which, the inbox, the thread, search, counts."""

from samspil.conversation.queries.access import access_conversation, access_conversations, visible
from samspil.conversation.queries.inbox import Row, counts, inbox, notifications, rows_of, saved_filters
from samspil.conversation.queries.search import search_ids
from samspil.conversation.queries.thread import Entry, participants, text_of, thread

__all__ = [
    "Entry",
    "Row",
    "access_conversation",
    "access_conversations",
    "counts",
    "inbox",
    "notifications",
    "participants",
    "rows_of",
    "saved_filters",
    "search_ids",
    "text_of",
    "thread",
    "visible",
]
