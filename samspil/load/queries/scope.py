"""Of which units somebody sees the load."""

from dataclasses import dataclass
from typing import Any

from samspil.organisation.models import Colleague, Competence, Unit
from samspil.organisation.queries import competences, units, units_below
from samspil.organisation.queries.rights import Reach, Right, reach, sees_everything


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
    """As far as the right to the load goes; others see how long one waits where they may read. Two statements.

    A closed unit that is not one's own is left out, as its conversations are.
    """
    every, far = units(), reach(by, Right.LOAD)
    whole = far == Reach.EVERYWHERE and sees_everything(by)
    seen = list(every)
    if not whole:
        below = {u.pk for u in every}
        if far in (Reach.UNIT, Reach.BELOW):
            below = set() if not by.unit_id else {by.unit_id} if far == Reach.UNIT else units_below(by.unit_id, every)
        seen = [u for u in every if u.pk in below and (not u.closed or u.pk == by.unit_id)]
    leads = far > Reach.NOWHERE
    return Scope(by=by, units=tuple(seen), competences=tuple(competences()), whole=whole, leads=leads)
