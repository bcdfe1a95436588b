"""What only who may does: colleagues, units, competences, levels. Every verb asks for the right of ``by`` first."""

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.flow import publish, step
from samspil.organisation.actions.colleagues import AlreadyHere, hold
from samspil.organisation.actions.place import ask_placed, note_given, role_title
from samspil.organisation.actions.structure import add_competence, add_unit, set_triage
from samspil.organisation.facts import CompetenceChanged
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.organisation.queries.rights import Right, may, may_in, may_touch, sees_everything
from samspil.organisation.rules import in_a_circle


class NameTaken(SamspilError):
    """Another one is called that already."""

    code = "organisation.name_taken"


class NameMissing(SamspilError):
    """It needs a name."""

    code = "organisation.name_missing"


class InACircle(SamspilError):
    """A unit, or a competence, cannot lie below itself."""

    code = "organisation.in_a_circle"


class TriageNeeded(SamspilError):
    """Some unit must take what routing does not know: choose another one instead."""

    code = "organisation.triage_needed"


class LastAdministrator(SamspilError):
    """Somebody must be left who can administer."""

    code = "organisation.last_administrator"


Row = TypeVar("Row")
_COLLEAGUE = {"name", "email", "title", "unit", "role", "custom_role", "language", "capacity", "is_active"}
_UNIT = {"name", "name_en", "parent", "closed"}
_COMPETENCE = {"name", "name_en", "parent", "description", "words", "active"}


def change_colleague(*, colleague: UUID, by: Colleague, **values: Any) -> Colleague:
    """Change what is not a colleague's own to set. Raises NotAllowed, AlreadyHere, LastAdministrator, NameMissing."""
    _asked(by, Right.COLLEAGUES, Right.ROLES)
    if not set(values) <= _COLLEAGUE:
        raise NotAllowed("That is not an administrator's to change")
    _named(values)
    values = _one_role(values)
    with step():
        # All administrators are locked in one order, so that two of them cannot make each other the last at the same time.
        admins = set(
            Colleague.objects.select_for_update()
            .filter(role=Colleague.Role.ADMIN, is_active=True)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        row = (
            Colleague.objects.select_for_update(of=("self",))
            .select_related("unit", "custom_role")
            .get(pk=colleague, outside=False)
        )
        before = copy(row)
        _may_change(by, before, values)
        for name, value in values.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        row.email = row.email.lower()
        ask_placed(by=by, before=before, after=row)
        if not (row.role == Colleague.Role.ADMIN and row.is_active) and admins <= {row.pk}:
            raise LastAdministrator("Somebody must be left who can administer")
        try:
            with transaction.atomic():
                row.save(update_fields=[*values])
        except IntegrityError as error:
            raise AlreadyHere(f"{row.email} is here already") from error
        note_given(given={row.pk: (role_title(row=before), role_title(row=row))}, by=by, at=now())
    return row


def _one_role(values: dict[str, Any]) -> dict[str, Any]:
    """A role of the organisation's own stands instead of a built-in one, and the other way about."""
    if values.get("custom_role") is not None:
        return {**values, "role": Colleague.Role.EMPLOYEE}
    return {**values, "custom_role": None} if values.get("role", Colleague.Role.EMPLOYEE) != Colleague.Role.EMPLOYEE else values


def _may_change(by: Colleague, row: Colleague, values: dict[str, Any]) -> None:
    """The role is given by who may give roles; all else, and moving, by who may change colleagues there and where they come from."""
    if not may_touch(by, row):
        raise NotAllowed("Somebody who may do more than you is changed by others")
    units = {row.unit_id, values["unit"].pk if values.get("unit") else None} if "unit" in values else {row.unit_id}
    if {*values} - {"role", "custom_role"} and not all(may_in(by, Right.COLLEAGUES, unit) for unit in units):
        raise NotAllowed("Your role does not let you change this colleague")


def make_unit(
    *, by: Colleague, name: str, name_en: str = "", parent: Unit | None = None, triage: bool = False, closed: bool = False
) -> Unit:
    """Add a unit. Raises NotAllowed, NameMissing, NameTaken."""
    _asked(by, Right.STRUCTURE, Right.ARRIVALS)
    _named({"name": name})
    with step():
        row = _unique(lambda: add_unit(name=name.strip(), name_en=name_en.strip(), parent=parent, closed=closed))
        if triage:
            set_triage(unit=row)
    return row


def change_unit(*, unit: UUID, by: Colleague, triage: bool | None = None, **values: Any) -> Unit:
    """Change a unit. Raises NotAllowed, NameMissing, NameTaken, InACircle, TriageNeeded."""
    _asked(by, Right.STRUCTURE, Right.ARRIVALS)
    if not set(values) <= _UNIT:
        raise NotAllowed("That cannot be changed of a unit")
    _named(values)
    with step():
        parents = dict(Unit.objects.select_for_update().order_by("pk").values_list("pk", "parent_id"))
        row = Unit.objects.get(pk=unit)
        if row.closed and values.get("closed") is False and not (sees_everything(by) or by.unit_id == row.pk):
            raise NotAllowed("Only who sees a closed unit's conversations opens it")
        if row.triage and triage is False:
            raise TriageNeeded("Choose another unit that takes what nobody is known for")
        if values.get("parent") and in_a_circle(row.pk, values["parent"].pk, parents):
            raise InACircle("A unit cannot lie below itself")
        for name, value in values.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _unique(lambda: row.save(update_fields=[*values]))
        if triage and not row.triage:
            set_triage(unit=row)
            row.triage = True
    return row


def make_competence(
    *,
    by: Colleague,
    name: str,
    name_en: str = "",
    parent: Competence | None = None,
    description: str = "",
    words: Sequence[str] = (),
) -> Competence:
    """Add a competence. Raises NotAllowed, NameMissing, NameTaken."""
    _asked(by, Right.STRUCTURE, Right.ARRIVALS)
    _named({"name": name})
    with step():
        return _unique(
            lambda: add_competence(
                name=name.strip(),
                name_en=name_en.strip(),
                parent=parent,
                description=description.strip(),
                words=[w.strip() for w in words],
            )
        )


def change_competence(*, competence: UUID, by: Colleague, **values: Any) -> Competence:
    """Change a competence; ``active`` False puts it out of use. Raises NotAllowed, NameMissing, NameTaken, InACircle."""
    _asked(by, Right.STRUCTURE, Right.ARRIVALS)
    if not set(values) <= _COMPETENCE:
        raise NotAllowed("That cannot be changed of a competence")
    _named(values)
    with step():
        # All are locked in one order, so that two who move each other's cannot make a circle at the same time.
        parents = dict(Competence.objects.select_for_update().order_by("pk").values_list("pk", "parent_id"))
        row = Competence.objects.get(pk=competence)
        if values.get("parent") and in_a_circle(row.pk, values["parent"].pk, parents):
            raise InACircle("A competence cannot lie below itself")
        for name, value in values.items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        _unique(lambda: row.save(update_fields=[*values]))
        publish(CompetenceChanged(competence=row.pk))
    return row


def give_level(*, colleague: Colleague, competence: UUID, level: int, by: Colleague, at: datetime | None = None) -> None:
    """Say how well a colleague knows something; 0 takes it away. Of others only who may give levels. Raises NotAllowed, WrongLevel."""
    if by != colleague and not may_in(by, Right.LEVELS, colleague.unit_id):
        raise NotAllowed("Your role does not let you say that of others")
    hold(colleague=colleague, competence=competence, level=level, source="self" if by == colleague else "lead", by=by, at=at)


def _asked(by: Colleague, *rights: Right) -> None:
    if not any(may(by, right) for right in rights):
        raise NotAllowed("Your role does not allow that")


def _named(values: dict[str, Any]) -> None:
    if "name" in values and not str(values["name"]).strip():
        raise NameMissing("Give it a name")


def _unique(write: Callable[[], Row]) -> Row:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise NameTaken("Another one is called that already") from error
