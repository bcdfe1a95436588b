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
from samspil.organisation.actions.place import ask_placed, note_given, role_title
from samspil.organisation.facts import PresenceChanged
from samspil.organisation.models import Colleague, ColleagueAddress, CustomRole, Unit
from samspil.organisation.queries import colleagues_by_address
from samspil.organisation.queries.rights import Right, may, may_change, may_in, may_touch


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
    custom_role: CustomRole | None = None,
    language: str = "da",
    capacity: int = 12,
    by: Colleague | None = None,
) -> Colleague:
    """Make a colleague who can sign in. ``by`` None is the first run. Raises AlreadyHere, NotAllowed."""
    role = Colleague.Role.EMPLOYEE if custom_role is not None else role
    fresh = Colleague(unit=unit, role=role, custom_role=custom_role)
    if by is not None:
        if not may_in(by, Right.COLLEAGUES, fresh.unit_id):
            raise NotAllowed("Your role does not let you take colleagues in there")
        ask_placed(by=by, before=None, after=fresh)
    with step():
        if Colleague.objects.filter(email__iexact=email.strip()).exists():
            raise AlreadyHere(f"{email} is here already")
        row = Colleague.objects.create_user(
            email.strip(), password, name=name.strip(), title=title, unit=unit, role=role, custom_role=custom_role,
            language=language, capacity=capacity,
        )  # fmt: skip
        if by is not None:
            note_given(given={row.pk: ("", role_title(row=row))}, by=by, at=now())
        return row


def let_go(*, colleague: Colleague, by: Colleague) -> None:
    """Close a colleague's access; what they wrote stays. Raises NotAllowed (the role does not allow it, or oneself)."""
    if by == colleague or not may_change(by, colleague):
        raise NotAllowed("Only another colleague whose role allows it can do that")
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
    """A further address from which a colleague answers; one's own, or said by whose role allows it. Raises NotAllowed, AlreadyHere."""
    _speaks_for(by, colleague)
    plain = address.strip().lower()[:254]
    with step():
        if colleagues_by_address([plain]) or "@" not in plain:
            raise AlreadyHere(f"{plain} is somebody's already, or no address")
        return ColleagueAddress.objects.create(colleague=colleague, address=plain, at=at, by=by)


def remove_address(*, address: UUID, by: Colleague) -> None:
    """Take such an address back. Raises NotAllowed."""
    with step():
        row = ColleagueAddress.objects.select_for_update(of=("self",)).select_related("colleague").filter(pk=address).first()
        if row is None:
            return
        _speaks_for(by, row.colleague)
        row.delete()


def _speaks_for(by: Colleague, colleague: Colleague) -> None:
    """What is written from such an address is taken as the colleague's: nobody says that of somebody who may do more."""
    if by != colleague and not (may(by, Right.SEATS) and may_touch(by, colleague)):
        raise NotAllowed("Only the colleague, or whose role allows it, can say that")
