"""How colleagues are told."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import registry, sql
from samspil.elsewhere.models import Preference, Seat
from samspil.intake.models import Account
from samspil.organisation.models import Colleague


def reached(colleague: Colleague) -> Preference:
    """What holds for the colleague; what holds for everybody where nothing was said."""
    return Preference.objects.filter(colleague=colleague).first() or Preference(colleague=colleague)


def tellers() -> list[Account]:
    """The accounts by which colleagues can be told, the oldest first."""
    rows = Account.objects.filter(state="active", history=False).order_by("created_at", "id")
    return [a for a in rows if a.channel in registry.names() and isinstance(registry.channel(a.channel), kit.Notifies)]


_SEATS = (
    "SELECT m.network, m.scope, m.address, m.colleague_id FROM {source} AS t(network, scope, address)"
    " JOIN elsewhere_seat m ON m.network = t.network AND m.scope = t.scope AND m.address = t.address"
)


def colleagues_by_seat(whom: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], UUID]:
    """{(network, scope, id): whose it is}, of those that are a colleague's. One statement; none for nobody."""
    if not whom:
        return {}
    source, values = sql.table("text text text", sorted(set(whom)))
    return {(network, scope, address): who for network, scope, address, who in sql.run(_SEATS.format(source=source), values)}


def seats_of(colleague: UUID) -> list[Seat]:
    """Who a colleague is on networks where colleagues talk, the oldest first."""
    return list(Seat.objects.filter(colleague=colleague).order_by("at", "id"))


_REACHED = (
    "SELECT g.id FROM organisation_colleague g LEFT JOIN elsewhere_preference p ON p.colleague_id = g.id"
    " WHERE g.id = ANY(%s) AND coalesce(p.when, 'away') <> 'never' AND coalesce(p.unreachable, '') = ''"
    " AND EXISTS (SELECT 1 FROM intake_account a WHERE a.state = 'active' AND NOT a.history AND a.channel = ANY(%s))"
    " AND (g.seen_at IS NULL OR p.when = 'always' OR EXISTS (SELECT 1 FROM elsewhere_notice n JOIN elsewhere_arrival r ON r.notice_id = n.id"
    "  WHERE n.colleague_id = g.id AND r.verdict IN ('answered', 'noted') AND r.settled_at > %s))"
)
ANSWERS = timedelta(days=30)
"""Who has answered outside of the desk within this time is reached there."""


def reached_elsewhere(colleagues: Collection[UUID], at: datetime) -> frozenset[UUID]:
    """Who is told and answers outside of the desk: who has never come to it, always wants to be told, or has answered so of late.

    Nobody whose notices come back, or who wants none. One statement.
    """
    telling = [name for name in registry.names() if isinstance(registry.channel(name), kit.Notifies)]
    return frozenset(ident for (ident,) in sql.run(_REACHED, [list(colleagues), telling, at - ANSWERS]))
