"""The explanation's words for why a message lies where it lies, and for the journal."""

from collections.abc import Iterator
from datetime import datetime

from samspil.conversation.models import Event
from samspil.reply.models import Approval

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
    if row.kind == "approval":
        who = row.data.get("by_name") or "Samspil"
        asked = f" of {', '.join(row.data['names'])}" if row.data.get("names") else ""
        return f"approval {row.data.get('step', '')}{asked} by {who}"
    return f"{row.kind}{to} by {by}"


def approval_words(row: Approval) -> Iterator[tuple[datetime | None, str, str]]:
    """What became of an approval, as (when, what, why): asked for, raised, decided."""
    why = "; ".join(": ".join(part for part in reason if part) for reason in row.reasons)
    yield row.asked_at, f"a yes asked for by {row.author.name}", why
    if row.raised_at:
        yield row.raised_at, "the leads above were asked too", ""
    if row.state != Approval.State.WAITING:
        by = f" by {row.decided_by.name}" if row.decided_by else ""
        changed = ", in other words than the author's" if row.before else ""
        yield row.decided_at, f"{row.state}{by}{changed}", row.word
