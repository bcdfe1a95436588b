"""What a colleague did in their talk of two with an account that is for colleagues: pure.

Whatever comes to such an account, it is never a consumer's words.
"""

from collections.abc import Sequence
from typing import Any

from samspil.kit import ColleagueWrote, Delete, Edit, Event, Message, Reaction


def as_colleague(found: Sequence[Event], *, unsure: str) -> Sequence[Event]:
    """The same events as a colleague's; what asks nothing of us is left out."""
    return [one for event in found if (one := _of(event, unsure))]


def _of(event: Event, unsure: str) -> ColleagueWrote | None:
    if isinstance(event, Message) and not event.outgoing:
        # The thread's beginning is the notice; without a thread it is what is answered.
        place = event.references[0] if event.references else ""
        if event.notes and not event.attachments and not unsure:
            unsure = "files"  # its bytes did not come: its name is no answer
        return _wrote(event, place, event.text, unsure=unsure, automatic=event.automatic, attachments=event.attachments)
    if isinstance(event, Edit):
        return _wrote(event, event.target, event.text, unsure=unsure, kind="edit", target=event.target)
    if isinstance(event, Delete):
        return _wrote(event, event.target, "", kind="delete", target=event.target)
    if isinstance(event, Reaction) and not event.removed:
        return _wrote(event, event.target, event.emoji, unsure=unsure, kind="sign")
    return None


def _wrote(event: Message | Edit | Delete | Reaction, place: str, text: str, **more: Any) -> ColleagueWrote:
    return ColleagueWrote(
        external_id=event.external_id, author=event.author, at=event.at, notice="", place=place, text=text, **more
    )
