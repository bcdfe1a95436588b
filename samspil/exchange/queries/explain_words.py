"""The explanation's words for why a message lies where it lies, and for the journal."""

from samspil.conversation.models import Event

PLACED = {
    "new": "nothing that it refers to is known, so it began the conversation",
    "thread": "it refers to a message of this conversation, or one of those refers to it",
    "token": "it came through our signed reply address or answers a message id that we signed",
    "consumer": "the channel has no threads, and this was the consumer's open or recent conversation",
    "subject": "it is a reply without references, and the consumer had a conversation of that subject",
    "reply": "a colleague wrote it in this conversation",
    "split": "a colleague moved it here out of another conversation",
    "merge": "its conversation was joined with this one",
}


def journal_words(row: Event) -> str:
    """One line of the journal: what was done, by whom, to whom."""
    by = row.by.name if row.by else "Samspil"
    to = f" to {row.data['to_name']}" if row.data.get("to_name") else ""
    return f"{row.kind}{to} by {by}"
