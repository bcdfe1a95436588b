"""Who may do what. Every package and page asks here, and none of them knows a role."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from samspil.base import sql
from samspil.organisation.models import Colleague, CustomRole, RoleChange, Unit
from samspil.organisation.queries.general import units_below
from samspil.organisation.rules.rights import BUILT_IN, REACHES, Reach, Right, Rights, built_in_with, covers, read

__all__ = [
    "REACHES",
    "SEES_EVERYTHING",
    "Reach",
    "Right",
    "Rights",
    "covers",
    "covers_all",
    "custom_roles",
    "holders",
    "holds",
    "may",
    "may_change",
    "may_everywhere",
    "may_grant",
    "may_in",
    "may_touch",
    "reach",
    "rights_in",
    "rights_of",
    "role_changes",
    "sees_everything",
    "units_in",
    "who_may",
    "who_may_in",
    "whole_house",
]  # fmt: skip
HISTORY = 50


def rights_of(colleague: Colleague) -> Rights:
    """What goes with the colleague's role, also of one who has left. A statement only where a role of one's own was not read along."""
    if colleague.custom_role_id is None:
        return BUILT_IN.get(colleague.role, {})
    return rights_in(colleague.custom_role)


def rights_in(role: CustomRole | str | None) -> Rights:
    """What a role allows: one of the organisation's own, or a built-in one by its name."""
    if isinstance(role, CustomRole):
        return {} if role.ended_at else read(role.rights)
    return BUILT_IN.get(role or "", {})


def reach(by: Colleague, right: Right) -> Reach:
    """How far somebody's right goes. Whoever has left, or is known from history alone, may do nothing."""
    if not by.is_active or by.outside:
        return Reach.NOWHERE
    return rights_of(by).get(right, Reach.NOWHERE)


def may(by: Colleague, right: Right) -> bool:
    """Whether somebody has the right at all, be it in the own unit alone."""
    return reach(by, right) > Reach.NOWHERE


def may_everywhere(by: Colleague, right: Right) -> bool:
    """Whether it holds for the whole house."""
    return reach(by, right) == Reach.EVERYWHERE


def may_in(by: Colleague, right: Right, unit: UUID | None, among: Sequence[Unit] | None = None) -> bool:
    """Whether somebody has the right in a unit; None is what belongs to no unit, for which it takes everywhere.

    A statement only for a right that reaches the units below, and another unit than the own; none where all units are given (``among``).
    """
    far = reach(by, right)
    if far in (Reach.NOWHERE, Reach.EVERYWHERE):
        return far == Reach.EVERYWHERE
    if unit is None or by.unit_id is None:
        return False
    return unit == by.unit_id or (far == Reach.BELOW and unit in units_below(by.unit_id, among))


def units_in(by: Colleague, right: Right) -> set[UUID] | None:
    """The units in which somebody has the right; None are all. A statement only where it reaches the units below."""
    far = reach(by, right)
    if far == Reach.EVERYWHERE:
        return None
    if far == Reach.NOWHERE or by.unit_id is None:
        return set()
    return units_below(by.unit_id) if far == Reach.BELOW else {by.unit_id}


def sees_everything(by: Colleague) -> bool:
    """Whether somebody sees the conversations of closed units that are not their own."""
    return may(by, Right.SEE_EVERYTHING)


def may_touch(by: Colleague, colleague: Colleague) -> bool:
    """Whether somebody holds all that a colleague holds, so that they may close the access, change the address, give a way to sign in.

    Whoever could do that to somebody who may do more would soon be able to do more.
    """
    same = by.unit_id is not None and by.unit_id == colleague.unit_id
    return by == colleague or covers(rights_of(by), rights_of(colleague), same_unit=same)


def covers_all(by: Colleague) -> bool:
    """Whether somebody may do everything that can be done here."""
    return covers(rights_of(by), BUILT_IN["admin"], same_unit=False)


def may_grant(by: Colleague, right: Right, far: Reach) -> bool:
    """Whether somebody has a right so far that they may give it in a role; units apart, see ``may_touch``."""
    return covers({right: reach(by, right)}, {right: far}, same_unit=True)


def may_change(by: Colleague, colleague: Colleague) -> bool:
    """Whether somebody changes this colleague: has the right where they are, and holds all that they hold."""
    return may_in(by, Right.COLLEAGUES, colleague.unit_id) and may_touch(by, colleague)


def whole_house() -> Colleague:
    """Nobody in particular, who may do everything: in whose name the house itself looks. Never stored."""
    return Colleague(name="", role=Colleague.Role.ADMIN)


def holds(right: Right, *reaches: Reach, who: str = "g") -> str:
    """The condition in SQL that the colleague ``who`` has the right with one of these reaches; whether they are here is asked beside it."""
    built = ", ".join(f"'{role}'" for role in built_in_with(right, reaches)) or "''"
    words = ", ".join(f"'{reach.word}'" for reach in reaches)
    return (
        f"(({who}.custom_role_id IS NULL AND {who}.role IN ({built})) OR EXISTS (SELECT 1 FROM organisation_custom_role cr"
        f" WHERE cr.id = {who}.custom_role_id AND cr.ended_at IS NULL AND cr.rights->>'{right.value}' IN ({words})))"
    )


SEES_EVERYTHING = holds(Right.SEE_EVERYTHING, Reach.EVERYWHERE)
"""The colleague ``g`` sees the conversations of closed units."""


def who_may(*rights: Right) -> Sequence[UUID]:
    """Those who are here and have all these rights everywhere. One statement."""
    all_of = " AND ".join(holds(right, Reach.EVERYWHERE) for right in rights)
    found = sql.run(f"SELECT g.id FROM organisation_colleague g WHERE g.is_active AND NOT g.outside AND {all_of} ORDER BY g.id")
    return [row[0] for row in found]


_IN = (
    "WITH RECURSIVE above(unit, id) AS (SELECT t.id, t.id FROM unnest(%(units)s::uuid[]) AS t(id) UNION"
    " SELECT a.unit, u.parent_id FROM above a JOIN organisation_unit u ON u.id = a.id WHERE u.parent_id IS NOT NULL)"
    " SELECT DISTINCT a.unit, g.id FROM above a JOIN organisation_colleague g ON g.is_active AND NOT g.outside"
    " AND ((g.unit_id = a.unit AND {unit}) OR (g.unit_id = a.id AND {below}) OR {everywhere}) ORDER BY a.unit, g.id"
)


def who_may_in(right: Right, units: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """{unit: those who are here and have the right in it}. One statement, whatever the number."""
    question = _IN.format(
        unit=holds(right, Reach.UNIT), below=holds(right, Reach.BELOW), everywhere=holds(right, Reach.EVERYWHERE)
    )
    found: dict[UUID, list[UUID]] = {}
    for unit, colleague in sql.run(question, {"units": sorted(set(units))}):
        found.setdefault(unit, []).append(colleague)
    return found


def custom_roles(*, ended: bool = False) -> Sequence[CustomRole]:
    """The organisation's own roles by name; ``ended`` those that were removed, the newest first."""
    rows = CustomRole.objects.select_related("made_by", "changed_by")
    if ended:
        return list(rows.exclude(ended_at=None).order_by("-ended_at", "id")[:HISTORY])
    return list(rows.filter(ended_at=None).order_by("name", "id"))


def holders() -> dict[UUID | str, list[Colleague]]:
    """{a custom role's id, or a built-in one's name: who has it and is here, by name}. One statement."""
    found: dict[UUID | str, list[Colleague]] = {}
    for row in Colleague.objects.filter(is_active=True, outside=False).order_by("name", "id"):
        found.setdefault(row.custom_role_id or row.role, []).append(row)
    return found


def role_changes(role: UUID | None = None, limit: int = HISTORY) -> Sequence[RoleChange]:
    """Who changed which role, and who gave whom which, the newest first; of one role, or of all. One statement."""
    rows = RoleChange.objects.select_related("by", "colleague", "role")
    return list((rows.filter(role=role) if role else rows).order_by("-at", "-id")[:limit])
