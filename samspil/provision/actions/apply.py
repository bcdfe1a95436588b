"""Doing what was planned, and taking it back: a batch of rows in one step, with the same statements whatever its size."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from samspil.base.errors import SamspilError
from samspil.organisation.actions import Newcomer, bring_colleagues, hold, make_unit
from samspil.organisation.models import Colleague, CompetenceHeld, Unit
from samspil.provision.models import Provisioned, Run, RunRow
from samspil.provision.queries import competences_by_name, tree
from samspil.provision.rules.people import DOES, Path, Place, Tree

SIGNED_IN = "signed_in"
CHANGED = "changed_since"
TAKEN_BACK = "taken_back"


def make_units(*, paths: Sequence[Path], by: Colleague) -> None:
    """Make the units that are not there, from the top down. One statement or a few for each."""
    places = tree()
    for path in paths:
        if places.find(path) is None:
            parent = places.find(path[:-1]) if len(path) > 1 else None
            above = Unit.objects.get(pk=parent) if parent else None
            made = make_unit(name=path[-1], parent=above, by=by)
            places = Tree([*places.names.values(), _place(made)])


def _place(unit: Unit) -> Place:
    return Place(ident=unit.pk, name=unit.name, parent=unit.parent_id)


def apply_rows(*, run: Run, rows: Sequence[RunRow], by: Colleague, at: datetime) -> None:
    """Do the rows. One that cannot be done becomes a conflict with its reason; the others are done. Joins the caller's step."""
    places = tree()
    here = Colleague.objects.in_bulk([r.colleague_id for r in rows if r.colleague_id])
    for row in rows:
        if row.outcome in DOES and row.outcome not in {"create", "adopt"}:
            _only_what_is_as_planned(row, here.get(row.colleague_id) if row.colleague_id else None, places)
    _bring([r for r in rows if r.outcome in DOES], by, places)
    _levels([r for r in rows if r.outcome in DOES])
    _link(run, [r for r in rows if r.colleague_id and r.outcome not in {"conflict", "broken"}], at)
    for row in rows:
        row.done_at = at
    RunRow.objects.bulk_update(rows, ["done_at", "outcome", "why", "colleague", "changes"])


def _only_what_is_as_planned(row: RunRow, colleague: Colleague | None, places: Tree) -> None:
    """What was changed by hand since it was looked at is left."""
    for name in [n for n in row.changes if not n.startswith("level:")]:
        old, new = row.changes[name]
        if colleague is None or value_of(colleague=colleague, name=name, places=places) not in (old, new):
            del row.changes[name]
            row.why = [*row.why, [CHANGED, name]]
    if not row.changes:
        row.outcome = "nothing"


def value_of(*, colleague: Colleague, name: str, places: Tree) -> Any:
    """The value of a field as rows keep it: a unit as its path."""
    return list(places.path(colleague.unit_id)) if name == "unit" else getattr(colleague, name)


def _bring(rows: Sequence[RunRow], by: Colleague, places: Tree) -> None:
    """All at once; where that is refused, half by half until the one that is refused stands alone."""
    if not rows:
        return
    fresh = [r for r in rows if r.outcome in {"create", "adopt"}]
    newcomers = [
        Newcomer(
            email=r.email or r.changes["email"][1],
            name=r.changes["name"][1],
            title=r.changes["title"][1],
            role=r.changes["role"][1],
            language=r.changes["language"][1],
            unit=places.find(tuple(r.changes["unit"][1])) if "unit" in r.changes else None,
        )
        for r in fresh
    ]
    changes = {
        r.colleague_id: told(changes=r.changes, side=1, places=places)
        for r in rows
        if r.outcome not in {"create", "adopt"} and r.colleague_id
    }
    try:
        with transaction.atomic():
            made = bring_colleagues(newcomers=newcomers, changes={k: v for k, v in changes.items() if v}, by=by)
    except SamspilError as error:
        if len(rows) == 1:
            rows[0].outcome, rows[0].why = "conflict", [*rows[0].why, [error.code, str(error)[:300]]]
            return
        middle = len(rows) // 2
        _bring(rows[:middle], by, places)
        _bring(rows[middle:], by, places)
        return
    for row, one in zip(fresh, newcomers, strict=True):
        row.colleague_id = made[one.email.strip().lower()]


def told(*, changes: Mapping[str, Sequence[Any]], side: int, places: Tree) -> dict[str, Any]:
    """Changes as the organisation's action takes them: side 1 as they will be, 0 as they were."""
    values = {name: pair[side] for name, pair in changes.items() if not name.startswith("level:")}
    if "unit" in values:
        path = values.pop("unit")
        values["unit_id"] = places.find(tuple(path)) if path else None
    return values


def _levels(rows: Sequence[RunRow]) -> None:
    if not any(name.startswith("level:") for r in rows for name in r.changes):
        return
    known = competences_by_name()
    people = Colleague.objects.in_bulk([r.colleague_id for r in rows if r.colleague_id])
    for row in rows:
        for name in [n for n in row.changes if n.startswith("level:")]:
            competence = known.get(name.removeprefix("level:").lower())
            if competence and row.colleague_id in people and row.outcome != "conflict":
                hold(colleague=people[row.colleague_id], competence=competence, level=row.changes[name][1], source="lead")


def _link(run: Run, rows: Sequence[RunRow], at: datetime) -> None:
    known = set(
        Provisioned.objects.filter(source=run.source, colleague__in=[r.colleague_id for r in rows]).values_list(
            "colleague", flat=True
        )
    )
    fresh = {
        r.colleague_id: Provisioned(
            source=run.source,
            external=r.external,
            colleague_id=r.colleague_id,
            data={"run": str(run.pk)} if r.colleague_id not in known else {},
            changed_at=at,
        )
        for r in rows
    }
    Provisioned.objects.bulk_create([p for c, p in fresh.items() if c not in known])
    again = [p for c, p in fresh.items() if c in known and p.external]
    if again:
        Provisioned.objects.bulk_create(
            again, update_conflicts=True, unique_fields=["source", "colleague"], update_fields=["external", "changed_at"]
        )


def undo_rows(*, run: Run, rows: Sequence[RunRow], by: Colleague, at: datetime) -> None:
    """Take rows back: who was taken in is closed, what was changed is as before; what was changed since is left and said."""
    places, changes = tree(), dict[UUID, dict[str, Any]]()
    done = [r for r in rows if r.outcome in DOES and r.done_at and r.colleague_id and not r.left]
    people = Colleague.objects.in_bulk([r.colleague_id for r in done])
    for row in done:
        colleague = people.get(row.colleague_id) if row.colleague_id else None
        if colleague is not None:
            changes[colleague.pk] = _back(row, colleague, places)
    _unlevel(done, people)
    wanted = [(r, changes[r.colleague_id]) for r in done if r.colleague_id and changes.get(r.colleague_id)]
    _restore(wanted, by)
    gone = [r.colleague_id for r in rows if r.colleague_id and r.left != SIGNED_IN]
    Provisioned.objects.filter(source=run.source, colleague__in=gone, data__run=str(run.pk)).delete()
    for row in done:
        row.left = row.left or TAKEN_BACK
    Run.objects.filter(pk=run.pk).update(moved_at=at)
    RunRow.objects.bulk_update(rows, ["left"])


def _back(row: RunRow, colleague: Colleague, places: Tree) -> dict[str, Any]:
    if row.outcome in {"create", "adopt"}:
        if colleague.last_login is not None:
            row.left = SIGNED_IN
            return {}
        return {"is_active": False} if colleague.is_active else {}
    kept = {
        n: p
        for n, p in row.changes.items()
        if n.startswith("level:") or value_of(colleague=colleague, name=n, places=places) == p[1]
    }
    if since := [n for n in row.changes if n not in kept]:
        row.left = f"{CHANGED}:{','.join(since)}"[:200]
    values = told(changes=kept, side=0, places=places)
    return {n: v for n, v in values.items() if not (n == "unit_id" and v is None and kept["unit"][0])}


def _restore(wanted: Sequence[tuple[RunRow, dict[str, Any]]], by: Colleague) -> None:
    if not wanted:
        return
    try:
        with transaction.atomic():
            bring_colleagues(newcomers=[], changes={r.colleague_id: v for r, v in wanted if r.colleague_id}, by=by)
    except SamspilError as error:
        if len(wanted) == 1:
            wanted[0][0].left = f"{error.code}"[:200]
            return
        middle = len(wanted) // 2
        _restore(wanted[:middle], by)
        _restore(wanted[middle:], by)


def _unlevel(rows: Sequence[RunRow], people: Mapping[UUID, Colleague]) -> None:
    changed = [(r, n) for r in rows for n in r.changes if n.startswith("level:") and r.left != SIGNED_IN]
    if not changed:
        return
    known = competences_by_name()
    held = {
        (c, k): level
        for c, k, level in CompetenceHeld.objects.filter(colleague__in=list(people))
        .order_by("id")
        .values_list("colleague", "competence", "level")
    }
    for row, name in changed:
        competence = known.get(name.removeprefix("level:").lower())
        if competence is None or row.colleague_id is None or row.colleague_id not in people:
            continue
        old, new = row.changes[name]
        if held.get((row.colleague_id, competence), 0) == new:
            hold(colleague=people[row.colleague_id], competence=competence, level=old, source="lead")
        else:
            row.left = row.left or f"{CHANGED}:{name}"[:200]
