"""Giving conversations away with a word, many at once; and having read what one should know."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.conversation.actions import Place, assign, hand, tell
from samspil.conversation.queries import access_conversation
from samspil.handover.actions.record import record
from samspil.handover.facts import ConversationHanded
from samspil.handover.models import HandOver
from samspil.handover.queries.target import Target, places_for
from samspil.organisation.models import Colleague


class NothingChosen(SamspilError):
    """Nothing is handed over."""

    code = "handover.nothing_chosen"


def give(*, conversations: Sequence[UUID], to: Colleague | None, by: Colleague, at: datetime, word: str = "") -> UUID:
    """Give conversations to a colleague, or back to everybody, with a word for who has it next.

    The deed's id, for an undo. Raises NotFound, NotHere.
    """
    with step():
        batch = assign(conversations=conversations, to=to, by=by, at=at)
        record(conversations=conversations, at=at, by=by.pk, word=word)
    return batch


def hand_over(*, conversations: Sequence[UUID], target: Target, by: Colleague, at: datetime, word: str = "") -> UUID:
    """Hand over many of one's own, each to where the target sends it, with one word for all. The deed's id, for an undo.

    Raises NothingChosen, NotFound, NotAllowed (one of them is somebody else's), NotHere. A constant number of statements.
    """
    if not conversations:
        raise NothingChosen("Choose what you hand over")
    with step():
        found = places_for(conversations=conversations, target=target, by=by, at=at, lock=True)
        if any(place.row.assignee_id != by.pk for place in found):
            raise NotAllowed("One hands over what one has")
        batch = hand(
            places=[
                Place(
                    conversation=p.row.pk,
                    assignee=p.colleague.pk if p.colleague else None,
                    unit=p.unit.pk if p.unit else p.row.unit_id,
                    name=p.name,
                )
                for p in found
            ],
            by=by,
            at=at,
        )
        record(conversations=[p.row.pk for p in found], at=at, by=by.pk, word=word)
    return batch


def read(*, handover: UUID, by: Colleague, at: datetime) -> HandOver:
    """Who took it over has read what they should know: the card folds into the thread's history. Twice is once.

    Hand-overs before it that nobody read are read with it, for their words stood on the same card. Raises NotFound, NotAllowed.
    """
    with step():
        row = HandOver.objects.select_for_update(of=("self",)).filter(pk=handover).select_related("had", "to").first()
        if row is None:
            raise NotFound("no such hand-over")
        access_conversation(by=by, conversation=row.conversation_id)
        if row.to_id != by.pk:
            raise NotAllowed("It is for somebody else to read")
        if row.read_at is None:
            HandOver.objects.filter(conversation=row.conversation_id, read_at=None, at__lte=row.at).update(read_at=at)
            told = {
                "had_name": row.had.name, "to_name": by.name, "word": row.word, "handover": str(row.pk),
                "hours": round((row.at - row.had_since).total_seconds() / 3600, 2),
            }  # fmt: skip
            tell(kind="handed", rows=[(row.conversation_id, told)], at=at)
            publish(ConversationHanded(conversation=row.conversation_id, what="read", colleague=by.pk))
            row.read_at = at
    return row
