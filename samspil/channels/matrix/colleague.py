"""What a colleague did in their talk of two with an account that is for colleagues: pure.

Whatever comes to such an account, it is never a consumer's words.
"""

from collections.abc import Sequence

from samspil.kit import ColleagueWrote, Delete, Edit, Event, Message, Reaction


def as_colleague(found: Sequence[Event], *, unsure: str) -> Sequence[Event]:
    """The same events as a colleague's; what asks nothing of us is left out."""
    return [one for event in found if (one := _of(event, unsure))]


def _of(event: Event, unsure: str) -> ColleagueWrote | None:
    if isinstance(event, Message) and not event.outgoing:
        return ColleagueWrote(
            external_id=event.external_id,
            author=event.author,
            at=event.at,
            notice="",
            text=event.text,
            automatic=event.automatic,
            unsure=unsure,
            attachments=event.attachments,
            # The thread's beginning is the notice; without a thread it is what is answered.
            place=event.references[0] if event.references else "",
        )
    if isinstance(event, Edit):
        return ColleagueWrote(
            external_id=event.external_id,
            author=event.author,
            at=event.at,
            notice="",
            text=event.text,
            unsure=unsure,
            kind="edit",
            target=event.target,
            place=event.target,
        )
    if isinstance(event, Delete):
        return ColleagueWrote(
            external_id=event.external_id,
            author=event.author,
            at=event.at,
            notice="",
            text="",
            kind="delete",
            target=event.target,
            place=event.target,
        )
    if isinstance(event, Reaction) and not event.removed:
        return ColleagueWrote(
            external_id=event.external_id,
            author=event.author,
            at=event.at,
            notice="",
            text=event.emoji,
            unsure=unsure,
            kind="sign",
            place=event.target,
        )
    return None
