"""Colleagues: taking in, competences, presence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import digest, new_id
from samspil.organisation.actions.know import state
from samspil.organisation.facts import PresenceChanged
from samspil.organisation.models import Colleague, ColleagueAddress, Unit
from samspil.organisation.queries import colleagues_by_address


class AlreadyHere(SamspilError):
    """A colleague with this mail address exists."""

    code = "organisation.already_here"


def take_in(
    *,
    email: str,
    name: str,
    password: str | None = None,
    title: str = "",
    unit: Unit | None = None,
    role: str = Colleague.Role.EMPLOYEE,
    language: str = "da",
    capacity: int = 12,
    by: Colleague | None = None,
) -> Colleague:
    """Make a colleague who can sign in. ``by`` None is the first run. Raises AlreadyHere, NotAllowed."""
    if by is not None and by.role != Colleague.Role.ADMIN:
        raise NotAllowed("Only an administrator takes colleagues in")
    with step():
        if Colleague.objects.filter(email__iexact=email.strip()).exists():
            raise AlreadyHere(f"{email} is here already")
        return Colleague.objects.create_user(
            email.strip(), password, name=name.strip(), title=title, unit=unit, role=role, language=language, capacity=capacity
        )


def let_go(*, colleague: Colleague, by: Colleague) -> None:
    """Close a colleague's access; what they wrote stays. Raises NotAllowed (not an administrator, or oneself)."""
    if by.role != Colleague.Role.ADMIN or by == colleague:
        raise NotAllowed("Only another administrator can do that")
    with step():
        Colleague.objects.filter(pk=colleague.pk).update(is_active=False)


def hold(
    *,
    colleague: Colleague,
    competence: UUID,
    level: int,
    source: str = "self",
    by: Colleague | None = None,
    at: datetime | None = None,
) -> None:
    """Say that somebody knows something at a level from 1 to 5; 0 takes it away. ``at`` None is now. Raises WrongLevel."""
    kind = "said" if source == "self" else "confirmed"
    state(colleague=colleague, competence=competence, level=level, kind=kind, by=by, at=at or now())


def be_seen(*, colleague: UUID, at: datetime, last: datetime | None = None) -> None:
    """Note that a colleague is at the desk; written at most once a minute. ``last`` is what the caller has read of it, which spares asking."""
    if last is not None and last > at - timedelta(minutes=1):
        return
    Colleague.objects.filter(pk=colleague).exclude(seen_at__gt=at - timedelta(minutes=1)).update(seen_at=at)


def step_away(*, colleague: Colleague, until: datetime | None) -> None:
    """«Not me now»: nothing new is assigned before ``until``; None comes back."""
    with step():
        Colleague.objects.filter(pk=colleague.pk).update(away_until=until)
        publish(PresenceChanged(colleague=colleague.pk))


_OWN = {"name", "title", "language", "theme", "single_keys", "notify_browser", "capacity"}


def change_own(*, colleague: Colleague, **values: Any) -> None:
    """Change one's own settings. Raises NotAllowed for anything that is not one's own to set."""
    if not set(values) <= _OWN:
        raise NotAllowed("That is not yours to change")
    with step():
        for name, value in values.items():
            setattr(colleague, name, value)
        colleague.full_clean(exclude=["password"])
        colleague.save(update_fields=list(values))


def outside_colleagues(*, handles: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], UUID]:
    """The colleague behind each handle of ours, given as (network, address, display); by (network, address).

    A mail address is the colleague's own. Others are made as ``outside``: shown as the author of imported history, never able
    to sign in. Two statements, whatever the number. Joins the caller's step.
    """
    if not handles:
        return {}
    wanted = {(network, address): display or address for network, address, display in handles}
    emails = {pair: _email(*pair) for pair in wanted}
    pairs = sorted(wanted, key=lambda pair: emails[pair])
    sql.run(
        "INSERT INTO organisation_colleague (id, email, name, title, role, language, theme, single_keys, notify_browser, capacity,"
        " is_active, is_superuser, password, outside, created_at)"
        " SELECT id, e, n, '', 'employee', 'da', 'auto', true, true, 0, false, false, '!', true, now()"
        " FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS t(id, e, n) ON CONFLICT (lower(email)) DO NOTHING",
        [[new_id() for _ in pairs], [emails[p] for p in pairs], [wanted[p][:120] for p in pairs]],
    )
    rows = sql.run(
        "SELECT id, lower(email) FROM organisation_colleague WHERE lower(email) = ANY(%s)", [sorted(set(emails.values()))]
    )
    found = {email: ident for ident, email in rows}
    return {pair: found[email] for pair, email in emails.items()}


def _email(network: str, address: str) -> str:
    if "@" in address.strip("@"):
        return address.lower()[:254]
    return f"{digest(network, address).hex}@{network[:40].lower()}.invalid"


def add_address(*, colleague: Colleague, address: str, by: Colleague, at: datetime) -> ColleagueAddress:
    """A further address from which a colleague answers; one's own, or an administrator's to say. Raises NotAllowed, AlreadyHere."""
    if by != colleague and by.role != Colleague.Role.ADMIN:
        raise NotAllowed("Only the colleague or an administrator can say that")
    plain = address.strip().lower()[:254]
    with step():
        if colleagues_by_address([plain]) or "@" not in plain:
            raise AlreadyHere(f"{plain} is somebody's already, or no address")
        return ColleagueAddress.objects.create(colleague=colleague, address=plain, at=at, by=by)


def remove_address(*, address: UUID, by: Colleague) -> None:
    """Take such an address back. Raises NotAllowed."""
    with step():
        row = ColleagueAddress.objects.select_for_update().filter(pk=address).first()
        if row is None:
            return
        if by.pk != row.colleague_id and by.role != Colleague.Role.ADMIN:
            raise NotAllowed("Only the colleague or an administrator can say that")
        row.delete()
