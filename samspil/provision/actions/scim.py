"""What a SCIM client changes: one person or one group at a time, each with its row in the day's journal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from samspil.base import sql
from samspil.base.errors import NotAllowed, SamspilError
from samspil.organisation.actions import (
    Newcomer,
    bring_colleagues,
    change_competence,
    change_unit,
    hold,
    make_competence,
    make_unit,
)
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.organisation.queries import organisation
from samspil.provision.actions.apply import make_units, told, value_of
from samspil.provision.models import Provisioned, Run, RunRow, Source, Token
from samspil.provision.queries import acting, tree
from samspil.provision.rules.columns import USUAL_LEVEL
from samspil.provision.rules.people import LONGEST
from samspil.provision.rules.scim import address_in, department_in, language_in, name_in, role_in

THINGS = {"units": "unit", "competences": "competence"}


class Taken(SamspilError):
    """Another one has that name, address or id."""

    code = "provision.taken"


class NobodyThere(SamspilError):
    """A member is nobody here."""

    code = "provision.nobody_there"


class TooLongHere(SamspilError):
    """A value is longer than is kept."""

    code = "provision.too_long"


def hold_the_door() -> None:
    """One change by SCIM at a time, so that what was compared is still so. Joins the caller's step, until it commits."""
    sql.run("SELECT pg_advisory_xact_lock(hashtextextended('samspil.scim', 0))")


def administrator_of(*, token: Token) -> Colleague:
    """In whose name a token works. Raises NotAllowed where nobody administers."""
    found = acting(token.by_id, whole=token.whole)
    if found is None:
        raise NotAllowed("Nobody administers here")
    return found


def bring_person(*, token: Token, user: Mapping[str, Any], at: datetime) -> UUID:
    """Take somebody in as SCIM describes them; who is gone or only in history is the same person. Raises Taken, NameMissing."""
    email = address_in(user)
    _name_is_free(user, None)
    there = Colleague.objects.filter(email__iexact=email).first()
    gone = bool(there and Provisioned.objects.filter(source=Source.SCIM, colleague=there, gone=True).exists())
    if there is not None and not there.outside:
        if not gone:
            raise Taken(f"{email} is here already")
        change_person(token=token, colleague=there.pk, user={**user, "active": user.get("active", True)}, at=at, before={})
        return there.pk
    ours = organisation()
    changes: dict[str, list[Any]] = {
        "email": [None, email],
        "name": [None, name_in(user)],
        "title": [None, _short(user.get("title") or "", "title")],
        "role": [None, (role_in(user) if token.roles else None) or "employee"],
        "language": [None, language_in(user) or (ours.language if ours else "da")],
    }
    by = administrator_of(token=token)
    if department := department_in(user):
        make_units(paths=[(department,)], by=by)
        changes["unit"] = [None, [department]]
    values = told(changes=changes, side=1, places=tree())
    one = Newcomer(
        email=email,
        name=values["name"],
        title=values["title"],
        role=values["role"],
        language=values["language"],
        unit=values.get("unit_id"),
        is_active=user.get("active") is not False,
    )
    ident = bring_colleagues(newcomers=[one], changes={}, by=by)[email]
    run = _journal(
        token, at, outcome="adopt" if there else "create", shown=one.name, colleague=ident, email=email, changes=changes
    )
    _keep(user, ident, at, run)
    return ident


def change_person(*, token: Token, colleague: UUID, user: Mapping[str, Any], before: Mapping[str, Any], at: datetime) -> None:
    """Make a colleague as SCIM describes them; ``before`` is what it described until now. Raises Taken, LastAdministrator."""
    row, places = Colleague.objects.get(pk=colleague), tree()
    _name_is_free(user, colleague)
    by = administrator_of(token=token)
    wanted: dict[str, Any] = {"email": address_in(user), "name": name_in(user), "title": _short(user.get("title") or "", "title")}
    wanted["language"] = language_in(user) or row.language
    if user.get("active") is not None:
        wanted["is_active"] = user["active"]
    if token.roles and user.get("roles") is not None and row.custom_role_id is None:
        wanted["role"] = role_in(user) or "employee"
    department = department_in(user)
    if department and department != department_in(before):
        make_units(paths=[(department,)], by=by)
        places = tree()
        wanted["unit"] = list(places.path(places.find((department,))))
    old = {name: value_of(colleague=row, name=name, places=places) for name in wanted}
    changes = {name: [old[name], value] for name, value in wanted.items() if old[name] != value}
    if changes:
        bring_colleagues(newcomers=[], changes={colleague: told(changes=changes, side=1, places=places)}, by=by)
        _journal(
            token,
            at,
            outcome=_outcome(changes),
            shown=wanted["name"],
            colleague=colleague,
            email=wanted["email"],
            changes=changes,
        )
    _keep(user, colleague, at, None)


def remove_person(*, token: Token, colleague: UUID, at: datetime) -> None:
    """Close the access of who is gone there; what they wrote stays. Raises LastAdministrator."""
    row = Colleague.objects.get(pk=colleague)
    if row.is_active:
        bring_colleagues(newcomers=[], changes={colleague: {"is_active": False}}, by=administrator_of(token=token))
    changes = {"is_active": [True, False]} if row.is_active else {}
    _journal(token, at, outcome="close", shown=row.name, colleague=colleague, email=row.email, changes=changes)
    Provisioned.objects.update_or_create(
        source=Source.SCIM, colleague=row, defaults={"gone": True, "changed_at": at, "external": ""}
    )


def _outcome(changes: Mapping[str, Sequence[Any]]) -> str:
    if "is_active" in changes:
        return "reopen" if changes["is_active"][1] else "close"
    return "move" if set(changes) == {"unit"} else "change"


def _short(text: str, kind: str) -> str:
    if len(text) > LONGEST[kind]:
        raise TooLongHere(f"At most {LONGEST[kind]} letters")
    return " ".join(text.split())


def _name_is_free(user: Mapping[str, Any], colleague: UUID | None) -> None:
    """Nobody else has the user name, as their own or as their address."""
    name = str(user.get("userName") or "").lower()
    rows = sql.run(
        "SELECT 1 FROM provision_provisioned WHERE source = 'scim' AND NOT gone AND colleague_id IS NOT NULL"
        " AND colleague_id IS DISTINCT FROM %s AND lower(data->'user'->>'userName') = %s LIMIT 1",
        [colleague, name],
    )
    others = Colleague.objects.filter(email__iexact=name, outside=False)
    others = others.exclude(pk=colleague) if colleague else others
    away = Provisioned.objects.filter(source=Source.SCIM, gone=True, colleague__isnull=False).values("colleague")
    if rows or others.exclude(pk__in=away).exists():
        raise Taken(f"{name} is taken")


def _keep(user: Mapping[str, Any], colleague: UUID, at: datetime, run: Run | None) -> None:
    row = Provisioned.objects.filter(source=Source.SCIM, colleague=colleague).first()
    row = row or Provisioned(source=Source.SCIM, colleague_id=colleague, data={"run": str(run.pk)} if run else {})
    row.external, row.gone, row.changed_at = _short(str(user.get("externalId") or ""), "email")[:200], False, at
    row.data = {**row.data, "user": dict(user)}
    if "active" not in user:
        # It was taken out there: it is not said until somebody here changes it.
        row.data["unsaid"] = Colleague.objects.filter(pk=colleague, is_active=True).exists()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Taken("Another one has that external id") from error


def _journal(token: Token, at: datetime, **values: Any) -> Run:
    """The row of a change, in the journal of the token's day."""
    run = (
        Run.objects.select_for_update()
        .filter(source=Source.SCIM, options__token=str(token.pk), started_at__date=at.date())
        .first()
    )
    if run is None or run.state != Run.State.DONE:
        run = Run.objects.create(
            source=Source.SCIM,
            name=f"{token.name} {at:%d.%m.%Y}",
            state=Run.State.DONE,
            options={"token": str(token.pk)},
            by_id=token.by_id,
            whole=token.whole,
            started_at=at,
            moved_at=at,
        )
    ident = values.pop("colleague", None)
    RunRow.objects.create(
        run=run, place=run.total + 1, colleague_id=ident, done_at=at, **{**values, "shown": values["shown"][:300]}
    )
    run.total, run.moved_at = run.total + 1, at
    run.counts = {**run.counts, values["outcome"]: run.counts.get(values["outcome"], 0) + 1}
    run.save(update_fields=["total", "moved_at", "counts"])
    return run


def bring_group(*, token: Token, name: str, members: Sequence[UUID], external: str, at: datetime) -> UUID:
    """A unit or a competence with its people; one that is gone there is the same again. Raises Taken, NameMissing, NobodyThere."""
    thing, by, name = THINGS[token.groups], administrator_of(token=token), _short(name, "unit")
    rows: Any = Unit.objects.filter(parent=None) if thing == "unit" else Competence.objects
    there = rows.filter(name__iexact=name).first()
    if there is not None and not Provisioned.objects.filter(source=Source.SCIM, gone=True, **{thing: there}).exists():
        raise Taken(f"{name} is here already")
    if there is None:
        made: Any = make_unit(name=name, by=by) if thing == "unit" else make_competence(name=name, by=by)
        _journal(token, at, outcome="create", shown=name, changes={"name": [None, name]})
    else:
        made = there
        if thing == "competence":
            change_competence(competence=made.pk, by=by, active=True)
    change_group(token=token, group=made.pk, name=name, members=members, external=external, at=at)
    return UUID(str(made.pk))


def change_group(*, token: Token, group: UUID, name: str, members: Sequence[UUID], external: str, at: datetime) -> None:
    """Name a unit or a competence, and say who belongs to it. Raises Taken, NobodyThere."""
    thing, by, name = THINGS[token.groups], administrator_of(token=token), _short(name, "unit")
    row: Any = Unit.objects.get(pk=group) if thing == "unit" else Competence.objects.get(pk=group)
    if row.name != name:
        old = row.name
        if thing == "unit":
            change_unit(unit=group, by=by, name=name)
        else:
            change_competence(competence=group, by=by, name=name)
        _journal(token, at, outcome="change", shown=name, changes={"name": [old, name]})
    people = Colleague.objects.in_bulk(list(members))
    if any(m not in people or people[m].outside for m in members):
        raise NobodyThere("A member is nobody here")
    (_move if thing == "unit" else _hold)(token, row, people, by, at)
    Provisioned.objects.update_or_create(
        source=Source.SCIM, **{thing: row}, defaults={"external": external[:200], "gone": False, "changed_at": at}
    )


def _move(token: Token, unit: Unit, people: Mapping[UUID, Colleague], by: Colleague, at: datetime) -> None:
    now = {c.pk: c for c in Colleague.objects.filter(unit=unit, outside=False)}
    come, leave = [c for k, c in people.items() if k not in now], [c for k, c in now.items() if k not in people]
    if not come and not leave:
        return
    places = tree()
    here = list(places.path(unit.pk))
    bring_colleagues(
        newcomers=[], changes={c.pk: {"unit_id": unit.pk} for c in come} | {c.pk: {"unit_id": None} for c in leave}, by=by
    )
    for colleague, path in [*[(c, here) for c in come], *[(c, []) for c in leave]]:
        changes = {"unit": [list(places.path(colleague.unit_id)), path]}
        _journal(token, at, outcome="move", shown=colleague.name, colleague=colleague.pk, email=colleague.email, changes=changes)


def _hold(token: Token, competence: Competence, people: Mapping[UUID, Colleague], _by: Colleague, at: datetime) -> None:
    now = {h.colleague_id: h for h in CompetenceHeld.objects.filter(competence=competence).select_related("colleague")}
    changed = [(c, 0, USUAL_LEVEL) for k, c in people.items() if k not in now]
    changed += [(h.colleague, h.level, 0) for k, h in now.items() if k not in people]
    for colleague, old, new in changed:
        hold(colleague=colleague, competence=competence.pk, level=new, source="lead")
        changes = {f"level:{competence.name}": [old, new]}
        _journal(
            token, at, outcome="change", shown=colleague.name, colleague=colleague.pk, email=colleague.email, changes=changes
        )


def remove_group(*, token: Token, group: UUID, at: datetime) -> None:
    """Empty a unit, which stays; put a competence out of use."""
    thing = THINGS[token.groups]
    row: Any = Unit.objects.get(pk=group) if thing == "unit" else Competence.objects.get(pk=group)
    if thing == "unit":
        _move(token, row, {}, administrator_of(token=token), at)
    else:
        change_competence(competence=group, by=administrator_of(token=token), active=False)
    _journal(token, at, outcome="change", shown=row.name, changes={"name": [row.name, None]})
    Provisioned.objects.update_or_create(
        source=Source.SCIM, **{thing: row}, defaults={"external": "", "gone": True, "changed_at": at}
    )
