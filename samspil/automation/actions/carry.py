"""Doing what the rules say: a whole batch at once, and what fails fails alone."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DatabaseError, OperationalError

from samspil.automation import ports
from samspil.automation.actions.answer import answer
from samspil.automation.models import Run
from samspil.automation.queries.names import Named, names
from samspil.automation.rules.kinds import DEEDS, NOBODY
from samspil.automation.rules.plan import Planned
from samspil.automation.rules.read import Deed
from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import part
from samspil.base.ids import new_id
from samspil.conversation.actions import RuleDeed, Where, carry_out
from samspil.routing.actions import Sent, direct

log = logging.getLogger(__name__)
Known = Mapping[str, Mapping[str, Named]]


class NotThere(SamspilError):
    """What the rule names is not there any more, or has left."""

    code = "automation.not_there"


@dataclass(slots=True, kw_only=True)
class Doing:
    """One run while it is done. ``texts`` are (kind, ready text) of answers, ``asked`` deeds of other packages."""

    id: UUID
    planned: Planned
    did: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""
    failed: bool = False
    answered: bool = False
    sent: Sent | None = None
    deed: RuleDeed | None = None
    texts: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, ports.Asked]] = field(default_factory=list)

    def fail(self, why: str) -> None:
        """Nothing, or not all, of it was done."""
        self.failed, self.why = True, why[:200]


def carry(*, planned: Sequence[Planned], at: datetime) -> None:
    """Do what is planned and keep a run of each. Joins the engine's step.

    Together first; if the database refuses that, one by one, so that only what is wrong fails.
    """
    if not planned:
        return
    known = names() if any(not p.stopped for p in planned) else {}
    doing = []
    for one in planned:
        run = Doing(id=new_id(), planned=one)
        doing.append(run)
        if one.stopped:
            run.why = one.stopped
            continue
        try:
            _prepare(run, known, at)
        except SamspilError as error:
            run.did.clear()
            run.fail(str(error))
    ready = [d for d in doing if not d.planned.stopped and not d.failed]
    if not _together(ready, at):
        for run in ready:
            _together([run], at, alone=True)
    answer(runs=[(d, d.texts) for d in ready if d.texts and not d.failed], at=at)
    _keep(doing, at)


def _prepare(run: Doing, known: Known, at: datetime) -> None:
    """What the rule says, in terms of the packages that do it. Raises NotThere, and then nothing of it is done."""
    seen, where, status = run.planned.seen, _Where(), _Status()
    put_on: list[UUID] = []
    take_off: list[UUID] = []
    tell: list[UUID] = []
    notes: list[str] = []
    for deed in run.planned.active.meaning.deeds:
        name = _named(deed, known)
        told: dict[str, Any] = {"kind": deed.kind, "name": name.name if name else ""}
        match deed.kind:
            case "colleague" | "unit" | "competence":
                where.take(deed, name)
            case "label":
                put_on.append(UUID(deed.value))
            case "unlabel":
                take_off.append(UUID(deed.value))
            case "snooze" | "done" | "reopen":
                told |= status.take(deed, at)
            case "note":
                notes.append(deed.value)
                told["name"] = deed.value
            case "tell":
                tell.append(UUID(deed.value))
            case "draft" | "send":
                run.texts.append((deed.kind, deed.value))
                continue  # said when it is known what became of it
            case _:
                told["name"] = told["name"] or deed.value
                _outside(run, deed)
        run.did.append(told)
    run.sent = where.sent(run)
    run.deed = RuleDeed(
        cause=run.id,
        conversation=seen.conversation,
        reason={"id": str(run.planned.active.rule), "name": run.planned.active.name, "run": str(run.id)},
        did=[*run.did, *({"kind": kind} for kind, _ in run.texts if kind == "draft")],
        where=Where(competence=where.competence, unit=where.unit, assignee=where.colleague, free=where.free)
        if run.sent
        else None,
        put_on=put_on,
        take_off=take_off,
        status=status.status,
        until=status.until,
        tell=tell,
        notes=notes,
    )


def _named(deed: Deed, known: Known) -> Named | None:
    source = DEEDS[deed.kind].source
    if not source:
        return None
    found = known.get(source, {}).get(deed.value)
    if found is None or not found.here:
        raise NotThere(f"{deed.kind}: {found.name if found else 'it'} is not there any more")
    return found


@dataclass(slots=True)
class _Where:
    competence: UUID | None = None
    unit: UUID | None = None
    colleague: UUID | None = None
    free: bool = False

    def take(self, deed: Deed, name: Named | None) -> None:
        """One more word on where it goes; the last one on each wins."""
        if deed.kind == "colleague":
            self.colleague = UUID(deed.value)
            self.unit = self.unit or (name.unit if name else None)
        elif deed.kind == "unit":
            self.unit, self.free = UUID(deed.value), True
        else:
            self.competence, self.free = UUID(deed.value), True

    def sent(self, run: Doing) -> Sent | None:
        """For routing to keep as a decision, and to find a colleague for where only a competence is named; None where it goes nowhere."""
        if not (self.competence or self.unit or self.colleague):
            return None
        seen = run.planned.seen
        return Sent(
            conversation=seen.conversation,
            rule=run.planned.active.name,
            competence=self.competence or (UUID(seen.competence) if seen.competence != NOBODY else None),
            unit=self.unit or (UUID(seen.unit) if seen.unit != NOBODY else None),
            colleague=self.colleague,
            find=bool(self.competence) and not self.colleague and not self.unit,
        )


@dataclass(slots=True)
class _Status:
    status: Any = None
    until: datetime | None = None

    def take(self, deed: Deed, at: datetime) -> dict[str, Any]:
        """The state it ends in; the last word wins. What the journal says of it."""
        self.status = {"snooze": "snoozed", "reopen": "open"}.get(deed.kind, "done")
        self.until = at + timedelta(minutes=int(deed.value)) if deed.kind == "snooze" else None
        return {"until": self.until.isoformat()} if self.until else {}


def _outside(run: Doing, deed: Deed) -> None:
    if ports.outside(deed.kind) is None:
        raise NotThere(f"{deed.kind}: nobody does this here")
    given = ports.Asked(cause=run.id, rule=run.planned.active.name, conversation=run.planned.seen.conversation, value=deed.value)
    run.asked.append((deed.kind, given))


def _together(runs: Sequence[Doing], at: datetime, *, alone: bool = False) -> bool:
    """Do them all, or none. Alone, a failure is the run's; a lost race for locks is the step's to do again."""
    if not runs:
        return True
    try:
        with part():
            _do(runs, at)
    except OperationalError:
        raise
    except (SamspilError, DatabaseError, ValueError) as error:
        if alone:
            log.warning("a rule failed: %s", type(error).__name__)
            runs[0].did.clear()
            runs[0].fail(str(error) if isinstance(error, SamspilError) else type(error).__name__)
        return False
    return True


def _do(runs: Sequence[Doing], at: datetime) -> None:
    places = direct(sent=[r.sent for r in runs if r.sent], at=at)
    found = dict(zip([r.id for r in runs if r.sent], places, strict=True))
    deeds = []
    for run in runs:
        assert run.deed is not None  # noqa: S101 - prepared before, for the type checker
        deeds.append(_placed(run.deed, found.get(run.id)))
    carry_out(deeds=deeds, at=at)
    by_kind: dict[str, list[ports.Asked]] = {}
    for run in runs:
        for kind, asked in run.asked:
            by_kind.setdefault(kind, []).append(asked)
    for kind, all_of_it in by_kind.items():
        does = ports.outside(kind)
        if does:
            does(all_of_it, at)


def _placed(deed: RuleDeed, sent: Sent | None) -> RuleDeed:
    if sent is None or deed.where is None:
        return deed
    where = Where(competence=sent.competence, unit=sent.unit, assignee=sent.colleague, free=deed.where.free)
    names_of = {name: getattr(deed, name) for name in ("cause", "conversation", "reason", "did", "put_on", "take_off", "status")}
    return RuleDeed(**names_of, until=deed.until, tell=deed.tell, notes=deed.notes, where=where)


def _keep(doing: Sequence[Doing], at: datetime) -> None:
    outcome = {d.id: "stopped" if d.planned.stopped else "failed" if d.failed else "done" for d in doing}
    sql.copy(
        Run._meta.db_table,  # noqa: SLF001 - Django's documented interface
        ("id", "rule_id", "version_id", "fact", "conversation_id", "at", "outcome", "why", "did", "answered", "chain"),
        [
            (
                d.id,
                d.planned.active.rule,
                d.planned.active.version,
                d.planned.seen.fact,
                d.planned.seen.conversation,
                at,
                outcome[d.id],
                d.why,
                sql.Jsonb(d.did),
                d.answered,
                sql.Jsonb([str(r) for r in d.planned.seen.chain]),
            )
            for d in doing
        ],
    )
