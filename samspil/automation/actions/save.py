"""Writing rules: every save is a version, an older one comes back as a new one, and what is deleted stays for its history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.automation.facts import RuleChanged
from samspil.automation.models import Permit, Rule, Version
from samspil.automation.queries.rules import access_rule, may_write
from samspil.automation.rules.read import read, written
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import Reach, Right, may_everywhere, reach


class NoName(SamspilError):
    """A rule needs a name."""

    code = "automation.no_name"


class ChangedMeanwhile(SamspilError):
    """Somebody else has saved the rule since it was opened."""

    code = "automation.changed_meanwhile"


def make(
    *, name: str, document: Any, by: Colleague, at: datetime, unit: Unit | None = None, enabled: bool = False, why: str = ""
) -> Rule:
    """A new rule, the last in the order. Raises NotAllowed, NoName, WrongRule."""
    with step():
        where = _unit(by, unit)
        last = Rule.objects.order_by("-place").values_list("place", flat=True).first()
        row = Rule(
            id=new_id(),
            name=_name(name),
            document=written(read(document)),
            unit=where,
            enabled=enabled,
            place=(last or 0) + 1,
            number=0,
            since=at,
        )
        _save(row, by, at, why)
    return row


def change(
    *, rule: UUID, number: int, name: str, document: Any, by: Colleague, at: datetime, unit: Unit | None = None, why: str = ""
) -> Rule:
    """Save a rule anew. ``number`` is the version it was opened at. Raises NotFound, NotAllowed, ChangedMeanwhile, NoName, WrongRule."""
    with step():
        row = _mine(rule, by)
        if row.number != number:
            raise ChangedMeanwhile("Somebody else has saved this rule since you opened it")
        row.name, row.document, row.unit = _name(name), written(read(document)), _unit(by, unit)
        _save(row, by, at, why)
    return row


def switch(*, rule: UUID, on: bool, by: Colleague, at: datetime) -> Rule:
    """Switch a rule on or off; a version like any other. What happened before is not its business. Raises NotFound, NotAllowed."""
    with step():
        row = _mine(rule, by)
        if row.enabled != on:
            row.enabled = on
            _save(row, by, at, "")
    return row


def resume(*, rule: UUID, by: Colleague, at: datetime) -> Rule:
    """Let a rule that paused itself go on, with what happens from now. Raises NotFound, NotAllowed."""
    with step():
        row = _mine(rule, by)
        row.paused_at, row.paused_why, row.since = None, "", at
        row.save(update_fields=["paused_at", "paused_why", "since"])
        publish(RuleChanged(rule=row.pk, by=by.pk))
    return row


def delete(*, rule: UUID, by: Colleague, at: datetime, why: str = "") -> Rule:
    """Delete a rule; it stays in the history, and can be brought back. Raises NotFound, NotAllowed."""
    with step():
        row = _mine(rule, by)
        if row.deleted_at is None:
            row.deleted_at, row.enabled = at, False
            _save(row, by, at, why)
    return row


def bring_back(*, rule: UUID, by: Colleague, at: datetime) -> Rule:
    """Undo of deleting: it is there again as it was before, switched on if it was. Raises NotFound, NotAllowed."""
    with step():
        row = _mine(rule, by)
        if row.deleted_at is not None:
            before = Version.objects.filter(rule=row, deleted=False).order_by("-number").first()
            row.deleted_at, row.enabled = None, bool(before and before.enabled)
            _save(row, by, at, "", restored=before.number if before else None)
    return row


def roll_back(*, rule: UUID, number: int, by: Colleague, at: datetime, why: str = "") -> Rule:
    """A new version equal to an old one, switched on or off as the rule is now. Raises NotFound, NotAllowed, WrongRule."""
    with step():
        row = _mine(rule, by)
        old = Version.objects.select_related("unit").filter(rule=row, number=number).first()
        if old is None:
            raise NotFound("no such version")
        row.name, row.document, row.unit, row.deleted_at = old.name, written(read(old.document)), _unit(by, old.unit), None
        _save(row, by, at, why, restored=number)
    return row


def move(*, rule: UUID, before: UUID | None, by: Colleague) -> None:
    """Put a rule before another in the order, or last. Raises NotFound, NotAllowed (the order is for administrators)."""
    if not may_everywhere(by, Right.RULES):
        raise NotAllowed("The order is for who may change the rules of the whole house")
    with step():
        rows = list(Rule.objects.select_for_update(of=("self",)).filter(deleted_at=None).order_by("place", "id"))
        ids = [r.pk for r in rows]
        if rule not in ids or (before is not None and before not in ids):
            raise NotFound("no such rule")
        if rule == before:
            return
        ids.remove(rule)
        ids.insert(len(ids) if before is None else ids.index(before), rule)
        place = {ident: n + 1 for n, ident in enumerate(ids)}
        for row in rows:
            row.place = place[row.pk]
        Rule.objects.bulk_update(rows, ["place"])
        publish(RuleChanged(rule=rule, by=by.pk))


def permit(*, unit: Unit, speaker: Colleague, by: Colleague, at: datetime) -> Permit:
    """Let rules answer in a unit's conversations, in a colleague's name. Its lead or an administrator. Raises NotAllowed, NotFound."""
    _decides(unit, by)
    if not speaker.is_active or speaker.outside:
        raise NotFound("This colleague is not here")
    with step():
        return Permit.objects.update_or_create(unit=unit, defaults={"speaker": speaker, "by": by, "at": at})[0]


def forbid(*, unit: Unit, by: Colleague) -> None:
    """No answers by rules in a unit's conversations any more. Raises NotAllowed."""
    _decides(unit, by)
    with step():
        Permit.objects.filter(unit=unit).delete()


def _decides(unit: Unit, by: Colleague) -> None:
    if not may_write(by, unit.pk):
        raise NotAllowed("Only who may change the unit's rules decides that")


def _mine(rule: UUID, by: Colleague) -> Rule:
    row = access_rule(by=by, rule=rule, lock=True)
    if not may_write(by, row.unit_id):
        raise NotAllowed("Only who may change the rules of its unit can change this rule")
    return row


def _unit(by: Colleague, unit: Unit | None) -> Unit | None:
    where = by.unit if unit is None and reach(by, Right.RULES) == Reach.UNIT else unit
    if not may_write(by, where.pk if where else None):
        raise NotAllowed("Your role lets you write rules for your own unit")
    return where


def _name(name: str) -> str:
    plain = " ".join(name.replace("\x00", "").split())[:120]
    if not plain:
        raise NoName("Give the rule a name")
    return plain


def _save(row: Rule, by: Colleague, at: datetime, why: str, *, restored: int | None = None) -> None:
    row.number += 1
    row.since, row.paused_at, row.paused_why = at, None, ""
    row.save()
    Version.objects.create(
        rule=row,
        number=row.number,
        name=row.name,
        document=row.document,
        unit=row.unit,
        enabled=row.enabled,
        deleted=row.deleted_at is not None,
        by=by,
        at=at,
        why=" ".join(why.replace("\x00", "").split())[:300],
        restored=restored,
    )
    publish(RuleChanged(rule=row.pk, by=by.pk))
