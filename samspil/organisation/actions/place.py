"""Where somebody is put and which role they get: nobody makes anybody able to do more than they are themselves."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague, RoleChange
from samspil.organisation.queries.rights import Right, may, may_touch, sees_everything


def ask_placed(*, by: Colleague, before: Colleague | None, after: Colleague) -> None:
    """Whether ``by`` may make of somebody (``before``; None is new) what ``after`` is: the role, the unit. Raises NotAllowed."""
    new_role = before is None or (before.role, before.custom_role_id) != (after.role, after.custom_role_id)
    plain = before is None and after.role == Colleague.Role.EMPLOYEE and after.custom_role_id is None
    if new_role and after.custom_role is not None and after.custom_role.ended_at is not None:
        raise NotAllowed("This role is removed")
    if new_role and not plain and not may(by, Right.ROLES):
        raise NotAllowed("Your role does not let you give roles")
    if (new_role or before is None or before.unit_id != after.unit_id) and not may_touch(_as_other(by), _as_other(after)):
        raise NotAllowed("Nobody gives rights that they do not have themselves")
    moved = before is None or before.unit_id != after.unit_id
    if moved and after.unit is not None and after.unit.closed and after.unit_id != by.unit_id and not sees_everything(by):
        raise NotAllowed("Only who sees a closed unit's conversations puts somebody into it")


def _as_other(colleague: Colleague) -> Colleague:
    """The same person, equal to nobody: what one becomes oneself is asked as of anybody else."""
    return Colleague(
        unit_id=colleague.unit_id,
        role=colleague.role,
        custom_role=colleague.custom_role if colleague.custom_role_id else None,
        is_active=colleague.is_active,
        outside=colleague.outside,
    )


def role_title(*, row: Colleague) -> str:
    """The role as the history keeps it: a built-in one by its word, one of the organisation's own by its name."""
    return row.custom_role.name if row.custom_role is not None else row.role


def note_given(*, given: Mapping[UUID, tuple[str, str]], by: Colleague, at: datetime) -> None:
    """Write down who got which role, {colleague: (before, after)}. Joins the caller's step; one statement, none for nobody.

    That somebody new is an employee is not worth a line.
    """
    rows = [
        RoleChange(what=RoleChange.What.GIVEN, colleague_id=who, told={"before": before, "after": after}, by=by, at=at)
        for who, (before, after) in given.items()
        if before not in (after, "" if after == Colleague.Role.EMPLOYEE else after)
    ]
    if rows:
        RoleChange.objects.bulk_create(rows)
