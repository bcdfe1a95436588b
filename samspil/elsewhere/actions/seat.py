"""Who a colleague is on a network where colleagues talk: found by the mail address that both sides have verified, and kept."""

from uuid import UUID

from django.db import IntegrityError, transaction

from samspil import kit
from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.base.flow import step
from samspil.elsewhere.models import Seat
from samspil.intake.models import Account
from samspil.intake.queries import account_view
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may


def seat_of(*, colleague: Colleague, account: Account, channel: kit.KnowsColleagues | kit.LinksColleagues) -> kit.Handle:
    """The colleague's own id there, asked of the network each time: it says who has the address now, and whether they still belong to the house.

    Outside any transaction. Raises kit.TryLater, kit.Unreachable (nobody there, no full member, or somebody else of ours has that id).
    """
    if isinstance(channel, kit.LinksColleagues):
        return _proven(colleague, account.channel)
    found = channel.colleague(colleague.email, account_view(account))
    place = {"network": found.network, "scope": found.scope}
    row = Seat.objects.filter(colleague=colleague, **place).first()
    if row is not None and row.address == found.address:
        return found
    try:
        with step(), transaction.atomic():
            Seat.objects.filter(colleague=colleague, **place).delete()
            Seat.objects.create(colleague=colleague, **place, address=found.address, at=now())
    except IntegrityError as error:
        raise kit.Unreachable(f"{found.address} is somebody else of ours") from error
    return found


def _proven(colleague: Colleague, network: str) -> kit.Handle:
    row = Seat.objects.filter(colleague=colleague, network=network).first()
    if row is None:
        raise kit.Unreachable("The colleague has not said who they are there")
    return kit.Handle(network=row.network, scope=row.scope, address=row.address)


def leave_seat(*, seat: UUID, by: Colleague) -> None:
    """Forget who a colleague is there: what comes from that id is held from now on. One's own, or an administrator's doing. Raises NotAllowed."""
    with step():
        row = Seat.objects.filter(pk=seat).first()
        if row is None or (row.colleague_id != by.pk and not may(by, Right.SEATS)):
            raise NotAllowed("Only the colleague, or whose role allows it, can do that")
        row.delete()
