"""The organisation's own roles: made, changed, removed and brought back, each with a line in the history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.organisation.actions.administer import NameMissing, NameTaken
from samspil.organisation.models import Colleague, CustomRole, RoleChange
from samspil.organisation.queries.rights import Right, may, rights_in, rights_of
from samspil.organisation.rules.rights import Rights, changed, covers, written

What = RoleChange.What


class RoleInUse(SamspilError):
    """Somebody has the role: give them another one first."""

    code = "organisation.role_in_use"


def make_role(*, name: str, rights: Rights, by: Colleague, at: datetime, name_en: str = "") -> CustomRole:
    """A new role. Raises NotAllowed (also for a right that ``by`` does not have), NameMissing, NameTaken, ValueError."""
    _asked(by, rights)
    with step():
        row = CustomRole(name=_name(name), name_en=_short(name_en), made_at=at, made_by=by, changed_at=at, changed_by=by)
        row.rights = written(rights)
        _saved(row)
        _told(row, What.MADE, by, at, _differs(rights_in(None), rights))
    return row


def change_role(*, role: UUID, name: str, rights: Rights, by: Colleague, at: datetime, name_en: str = "") -> CustomRole:
    """Another name or other rights, for everybody who has it, at once. The same again changes nothing.

    ``by`` must have all that the role allows, before and afterwards, in the units of those who have it. Raises NotFound, NotAllowed,
    NameMissing, NameTaken, ValueError.
    """
    with step():
        row = _locked(role)
        before, names = rights_in(row), (row.name, row.name_en)
        for asked in (before, rights):
            _asked(by, asked, holders_of=row)
        row.name, row.name_en, row.rights = _name(name), _short(name_en), written(rights)
        told: dict[str, Any] = dict(_differs(before, rights))
        if (row.name, row.name_en) != names:
            told["name"] = [names[0], row.name]
        if told:
            row.changed_at, row.changed_by = at, by
            _saved(row)
            _told(row, What.CHANGED, by, at, told)
    return row


def end_role(*, role: UUID, by: Colleague, at: datetime) -> CustomRole:
    """Remove a role that nobody has, whoever can sign in or not. Raises NotFound, NotAllowed, RoleInUse."""
    with step():
        row = _locked(role)
        _asked(by, rights_in(row))
        if Colleague.objects.filter(custom_role=row).exists():
            raise RoleInUse("Somebody has this role: give them another one first")
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        _told(row, What.ENDED, by, at, {})
    return row


def bring_back_role(*, role: UUID, by: Colleague, at: datetime) -> CustomRole:
    """Undo of removing it. Raises NotFound, NotAllowed, NameTaken."""
    with step():
        row = _locked(role, ended=True)
        row.ended_at = None
        _asked(by, rights_in(row))
        _saved(row)
        _told(row, What.BACK, by, at, {})
    return row


def _asked(by: Colleague, rights: Rights, *, holders_of: CustomRole | None = None) -> None:
    """Nobody gives a right that they do not have: in a role that people of other units have, not even one for the own unit."""
    if not may(by, Right.ROLES):
        raise NotAllowed("Your role does not let you change roles")
    others = holders_of is not None and Colleague.objects.filter(custom_role=holders_of).exclude(unit=by.unit_id).exists()
    if not covers(rights_of(by), rights, same_unit=not others):
        raise NotAllowed("Nobody gives rights that they do not have themselves")


def _locked(role: UUID, *, ended: bool = False) -> CustomRole:
    row = CustomRole.objects.select_for_update().filter(pk=role, ended_at__isnull=not ended).first()
    if row is None:
        raise NotFound("no such role")
    return row


def _differs(before: Rights, after: Rights) -> dict[str, list[str]]:
    return {right.value: [a.word, b.word] for right, (a, b) in changed(before, after).items()}


def _told(row: CustomRole, what: What, by: Colleague, at: datetime, told: dict[str, Any]) -> None:
    RoleChange.objects.create(role=row, what=what, told=told, by=by, at=at)


def _short(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:60]


def _name(name: str) -> str:
    plain = _short(name)
    if not plain:
        raise NameMissing("Give it a name")
    return plain


def _saved(row: CustomRole) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise NameTaken("Another one is called that already") from error
