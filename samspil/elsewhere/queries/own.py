"""How colleagues are told."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import registry, sql
from samspil.elsewhere.models import Preference, Seat
from samspil.intake.models import Account
from samspil.intake.queries import account_view
from samspil.organisation.models import Colleague


def reached(colleague: Colleague) -> Preference:
    """What holds for the colleague; what holds for everybody where nothing was said."""
    return Preference.objects.filter(colleague=colleague).select_related("account", "lost").first() or Preference(
        colleague=colleague
    )


def tellers(colleague: UUID | None = None) -> list[Account]:
    """The accounts by which colleagues can be told, the oldest first; of a colleague: without those where they have not said who they are."""
    rows = Account.objects.filter(state="active", history=False).order_by("created_at", "id")
    found = [a for a in rows if a.channel in registry.names() and _tells(a)]
    if colleague is None or not any(_links(a.channel) for a in found):
        return found
    known = {seat.network for seat in seats_of(colleague)}
    return [a for a in found if not _links(a.channel) or a.channel in known]


def linking() -> list[Account]:
    """Those of them where a colleague says who they are, and proves it by a code."""
    return [a for a in tellers() if _links(a.channel)]


def by_mail(account: Account) -> bool:
    """Whether an account tells colleagues at their own mail addresses, and not where they are known otherwise."""
    return not isinstance(registry.channel(account.channel), kit.KnowsColleagues | kit.LinksColleagues)


def _links(name: str) -> bool:
    return isinstance(registry.channel(name), kit.LinksColleagues)


def _tells(account: Account) -> bool:
    channel = registry.channel(account.channel)
    if not isinstance(channel, kit.Notifies):
        return False
    return not isinstance(channel, kit.LinksColleagues) or channel.tells(account_view(account))


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
    " AND EXISTS (SELECT 1 FROM intake_account a WHERE a.state = 'active' AND NOT a.history AND (a.channel = ANY(%s)"
    "  OR EXISTS (SELECT 1 FROM elsewhere_seat s WHERE s.colleague_id = g.id AND s.network = a.channel AND a.channel = ANY(%s))))"
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
    plain, linked = [n for n in telling if not _links(n)], [n for n in telling if _links(n)]
    return frozenset(ident for (ident,) in sql.run(_REACHED, [list(colleagues), plain, linked, at - ANSWERS]))
