"""Many colleagues at once, as a directory or a file knows them: the same statements for one and for four hundred."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.organisation.actions.administer import LastAdministrator, NameMissing
from samspil.organisation.actions.colleagues import AlreadyHere
from samspil.organisation.actions.place import ask_placed, note_given, role_title
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import Right, covers_all, may, may_touch

_FIELDS = ("email", "name", "title", "unit_id", "role", "language", "is_active")


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody to take in, without a password: the first sign-in is by a link. ``unit`` is a unit's id."""

    email: str
    name: str
    title: str = ""
    unit: UUID | None = None
    role: str = Colleague.Role.EMPLOYEE
    language: str = "da"
    is_active: bool = True
    ident: UUID = field(default_factory=new_id)


def bring_colleagues(
    *, newcomers: Sequence[Newcomer], changes: Mapping[UUID, Mapping[str, Any]], by: Colleague
) -> Mapping[str, UUID]:
    """Take in and change colleagues; the id of each newcomer by address in lower case.

    ``changes`` are {colleague: {email, name, title, unit_id, role, language, is_active}}. Who is known only from history is taken in
    as the same person. All or nothing. Raises NotAllowed, AlreadyHere, NameMissing, LastAdministrator.
    """
    if not may(by, Right.ARRIVALS):
        raise NotAllowed("Your role does not allow that")
    if any(not set(values) <= set(_FIELDS) for values in changes.values()):
        raise NotAllowed("That is not an administrator's to change")
    wanted = {one.email.strip().lower(): one for one in newcomers}
    if len(wanted) != len(newcomers):
        raise AlreadyHere("The same address twice")
    with step():
        before = _administrators()
        locked = Colleague.objects.select_for_update(of=("self",)).select_related("unit", "custom_role")
        rows = {row.pk: row for row in locked.filter(pk__in=changes).order_by("pk")}
        was = {ident: copy(row) for ident, row in rows.items()}
        known = Colleague.objects.select_for_update().extra(where=["lower(email) = ANY(%s)"], params=[sorted(wanted)])
        outside = {row.email.lower(): row for row in known.order_by("pk")} if wanted else {}
        if any(not row.outside for row in outside.values()):
            raise AlreadyHere(f"{', '.join(sorted(e for e, r in outside.items() if not r.outside))} is here already")
        for ident, values in changes.items():
            if not may_touch(by, rows[ident]):
                raise NotAllowed("Somebody who may do more than you is changed by others")
            _set(rows[ident], _without_own_role(rows[ident], values))
        fresh = []
        for email, one in wanted.items():
            row = outside.get(email) or Colleague(pk=one.ident, email=email)
            values = {name: getattr(one, name) for name in ("name", "title", "role", "language", "is_active")}
            _set(row, {**values, "unit_id": one.unit})
            if email in outside:
                row.outside, row.capacity = False, 12
                rows[row.pk] = row
            else:
                row.set_unusable_password()
                fresh.append(row)
        _placed(by, was, [*rows.values(), *fresh])
        _save(list(rows.values()), fresh)
        given = {
            row.pk: (role_title(row=was[row.pk]) if row.pk in was else "", role_title(row=row))
            for row in [*rows.values(), *fresh]
        }
        note_given(given=given, by=by, at=now())
        if before and not Colleague.objects.filter(role=Colleague.Role.ADMIN, is_active=True).exists():
            raise LastAdministrator("Somebody must be left who can administer")
    return {row.email.lower(): row.pk for row in [*fresh, *outside.values()]}


def _without_own_role(row: Colleague, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A role of the organisation's own is given by hand, and no file or directory takes it away."""
    return {name: value for name, value in values.items() if name != "role"} if row.custom_role_id else values


def _placed(by: Colleague, was: Mapping[UUID, Colleague], rows: Sequence[Colleague]) -> None:
    """Ask of each what it becomes. Who may do everything is not asked for each unit, and none is read."""
    if covers_all(by):
        return
    places = Unit.objects.in_bulk([row.unit_id for row in rows if row.unit_id])
    for row in rows:
        row.unit = places.get(row.unit_id)
        ask_placed(by=by, before=was.get(row.pk), after=row)


def _administrators() -> Sequence[UUID]:
    """Locked in one order, so that two imports cannot take each other's last one."""
    rows = Colleague.objects.select_for_update().filter(role=Colleague.Role.ADMIN, is_active=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _set(row: Colleague, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.email = row.email.lower()
    if not row.name:
        raise NameMissing("Give it a name")


def _save(rows: Sequence[Colleague], fresh: Sequence[Colleague]) -> None:
    try:
        with transaction.atomic():
            Colleague.objects.bulk_update(rows, [*_FIELDS, "outside", "capacity"])
            Colleague.objects.bulk_create(fresh)
    except IntegrityError as error:
        raise AlreadyHere("One of the addresses is here already") from error
