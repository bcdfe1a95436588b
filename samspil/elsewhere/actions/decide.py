"""What a person decides on what is held."""

from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.conversation.actions import note
from samspil.conversation.queries import access_conversation
from samspil.elsewhere.actions.carry import carry_out, told_of
from samspil.elsewhere.actions.take import settle_arrival
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.rules import Verdict, content
from samspil.organisation.actions import add_address
from samspil.organisation.models import Colleague
from samspil.organisation.queries import colleagues_by_address
from samspil.organisation.queries.rights import Right, may


class NotHeld(SamspilError):
    """It is not held any more: somebody has decided."""

    code = "elsewhere.not_held"


def drop(*, arrival: UUID, by: Colleague, at: datetime) -> Arrival:
    """Nothing is done with it. Raises NotFound, NotHeld."""
    with step():
        row = _held(arrival, by)
        settle_arrival(arrival=row, verdict=Verdict("dropped"), at=at, by=by)
    return row


def use_as_note(*, arrival: UUID, by: Colleague, at: datetime) -> Arrival:
    """Keep its words as an internal note that says whose they are said to be. Raises NotFound, NotHeld, Empty."""
    with step():
        row = _held(arrival, by)
        who = f"{row.sender_name} <{row.sender}>" if row.sender_name else row.sender
        row.note = note(conversation=_where(row), by=by, text=f"{who}:\n{row.text}", at=at)
        settle_arrival(arrival=row, verdict=Verdict("note"), at=at, by=by)
    return row


def it_was_me(*, arrival: UUID, by: Colleague, at: datetime) -> Arrival:
    """It was the notice's colleague, from a further address of theirs: it is sent on, and the address is known from now on.

    Said by that colleague or an administrator, and only of an address that is nobody else's. Raises NotFound, NotHeld, NotAllowed, AlreadyHere.
    """
    with step():
        row = _held(arrival, by)
        notice, told = row.notice, told_of(arrival=row, author=None)
        if notice is None or told is None:
            raise NotAllowed("It was told a room, and not one colleague")
        if by.pk != notice.colleague_id and not may(by, Right.SEATS):
            raise NotAllowed("Only the colleague, or whose role allows it, can say that")
        # An id on a network is found by the network, and not said by anybody.
        if row.why != "stranger" or row.network != "mail" or not notice.colleague.is_active:
            raise NotAllowed("This is not a matter of an unknown address")
        if not colleagues_by_address([row.sender]):
            add_address(colleague=notice.colleague, address=row.sender, by=by, at=at)
        verdict = carry_out(arrival=row, told=told, verdict=content(row.text, files=len(row.files)), at=at)
        settle_arrival(arrival=row, verdict=verdict, at=at, by=by)
    return row


def _held(arrival: UUID, by: Colleague) -> Arrival:
    row = (
        Arrival.objects.select_for_update(of=("self",))
        .filter(pk=arrival)
        .select_related("notice__colleague__unit", "notice__conversation", "post__conversation", "account")
        .first()
    )
    if row is None or row.about is None:
        raise NotFound("There is no such mail")
    access_conversation(by=by, conversation=row.about.pk)
    if row.verdict != Arrival.Verdict.HELD:
        raise NotHeld("Somebody has decided on it")
    return row


def _where(row: Arrival) -> UUID:
    if row.about is None:
        raise NotFound("There is no such mail")
    return row.about.pk
