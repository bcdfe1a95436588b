"""Of which units somebody sees the load."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from samspil.organisation.models import Colleague, Competence, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """``units`` that are seen, by name; ``whole``: all, and what lies in none. ``leads``: sees more than how long one waits."""

    by: Colleague
    units: tuple[Unit, ...]
    competences: tuple[Competence, ...]
    whole: bool
    leads: bool

    def where(self, column: str = "unit_id") -> tuple[str, dict[str, Any]]:
        """A condition on the unit of a row, and its parameters."""
        if self.whole:
            return "true", {}
        return f"{column} = ANY(%(units)s)", {"units": [u.pk for u in self.units]}


def scope(by: Colleague) -> Scope:
    """Administrators see all, leads their unit and those below it, others how long one waits where they may read. Two statements.

    A closed unit that is not one's own is left out, as its conversations are.
    """
    every = list(Unit.objects.order_by("name", "id"))
    competences = tuple(Competence.objects.filter(active=True).order_by("name", "id"))
    whole = by.role == Colleague.Role.ADMIN
    leads = by.role != Colleague.Role.EMPLOYEE
    seen = every
    if not whole:
        below = _below(by.unit_id, every) if leads else {u.pk for u in every}
        seen = [u for u in every if u.pk in below and (not u.closed or u.pk == by.unit_id)]
    return Scope(by=by, units=tuple(seen), competences=competences, whole=whole, leads=leads)


def _below(unit: UUID | None, every: list[Unit]) -> set[UUID]:
    found = {unit} if unit else set()
    while more := {u.pk for u in every if u.parent_id in found and u.pk not in found}:
        found |= more
    return {u for u in found if u}
