"""Everything that was ever decided about a person: who, when, why, and whether it still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q

from samspil.base import sql
from samspil.base.question import Question
from samspil.identity.models import Decision, Detail, File, Mark, Note, Veto
from samspil.organisation.models import Colleague

SHOWN = 200

Sort = Literal["decision", "mark", "mark_ended", "veto", "veto_lifted", "note", "file", "detail"]


@dataclass(slots=True, kw_only=True)
class Step:
    """One line of the history. ``row`` is what it is about; of note, file and detail it tells that they were taken away."""

    sort: Sort
    row: Decision | Mark | Veto | Note | File | Detail
    at: datetime
    by: Colleague | None = None
    why: str = ""
    what: str = ""
    """What a detail's attribute is called, where it is the organisation's own."""
    changed: bool = False
    """A note or a detail was not taken away, but put otherwise."""
    instead: UUID | None = None
    """What stands in its place now: goes when the old one is brought back."""
    undoable: bool = True
    """Whether it can be taken back now, not only after what came on top."""


# Joins and moves that the consumer had part in, or that brought one of its handles along; with every undo of them, and undos of those.
_OF = (
    "WITH RECURSIVE of(id) AS (SELECT d.id FROM identity_decision d WHERE d.kept_id = {c} OR d.absorbed_id = {c}"
    " UNION SELECT o.decision_id FROM identity_link m JOIN identity_link o ON o.handle_id = m.handle_id"
    " WHERE m.consumer_id = {c} AND m.ended_at IS NULL AND o.decision_id IS NOT NULL"
    " UNION SELECT u.id FROM of JOIN identity_decision u ON u.undoes_id = of.id) SELECT id FROM of ORDER BY id DESC LIMIT 200"
).replace("{c}", "%(c)s")

_DECISIONS = Question(
    lambda ids: (
        Decision.objects.filter(pk__in=ids)
        .select_related("kept", "absorbed", "by", "undone_by", "undoes", "undoes__kept", "undoes__absorbed")
        .order_by("-id")
    )
)
_MARKS = Question(
    lambda consumer: (
        Mark.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None)
        .select_related("handle", "by", "ended_by")
        .order_by("-at", "-id")[:SHOWN]
    )
)

_VETOES = Question(
    lambda ids: (
        Veto.objects.filter(Q(one__in=ids) | Q(other__in=ids), decision=None)
        .select_related("one", "other", "by", "lifted_by")
        .order_by("-at", "-id")[:SHOWN]
    )
)
_NOTES = Question(
    lambda consumer: (
        Note.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, deleted_at__isnull=False)
        .select_related("by")
        .order_by("-deleted_at", "-id")[:SHOWN]
    )
)
_FILES = Question(
    lambda consumer: (
        File.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, deleted_at__isnull=False)
        .select_related("by")
        .order_by("-deleted_at", "-id")[:SHOWN]
    )
)
_DETAILS = Question(
    lambda consumer: (
        Detail.objects.filter(handle__links__consumer=consumer, handle__links__ended_at=None, ended_at__isnull=False)
        .select_related("by", "ended_by")
        .order_by("-ended_at", "-id")[:SHOWN]
    )
)


def history_of(consumer: UUID, *, handles: Sequence[UUID]) -> Sequence[Step]:
    """Every step, newest first, SHOWN of each sort at most. ``handles`` are the consumer's now. Nine statements at most."""
    found: list[Step] = []
    found += [Step(sort="decision", row=d, at=d.at, by=d.by, why=d.why) for d in decisions_of(consumer)]
    marks = _MARKS(consumer)
    on = {(m.handle_id, m.kind) for m in marks if m.ended_at is None}
    for mark in marks:
        found.append(Step(sort="mark", row=mark, at=mark.at, by=mark.by, why=mark.why))
        if mark.ended_at is not None:
            found.append(
                Step(
                    sort="mark_ended",
                    row=mark,
                    at=mark.ended_at,
                    by=mark.ended_by,
                    undoable=(mark.handle_id, mark.kind) not in on,
                )
            )
    for veto in _VETOES(list(handles)):
        found.append(Step(sort="veto", row=veto, at=veto.at, by=veto.by, why=veto.why))
        if veto.lifted_at is not None:
            found.append(Step(sort="veto_lifted", row=veto, at=veto.lifted_at, by=veto.lifted_by))
    notes, details = _NOTES(consumer), _DETAILS(consumer)
    after = _after(handles, [n.deleted_at for n in notes], [d.ended_at for d in details])
    for note in notes:
        found.append(_replaced(Step(sort="note", row=note, at=note.deleted_at or note.at), after))
    found += [Step(sort="file", row=f, at=f.deleted_at or f.at) for f in _FILES(consumer)]
    for detail in details:
        found.append(_replaced(Step(sort="detail", row=detail, at=detail.ended_at or detail.at, by=detail.ended_by), after))
    found.sort(key=lambda step: (step.at, step.row.pk), reverse=True)
    return found


_After = Mapping[tuple[str, UUID, datetime], tuple[UUID, bool]]


def _after(handles: Sequence[UUID], deleted: Sequence[datetime | None], ended: Sequence[datetime | None]) -> _After:
    """What came in the place of what was put otherwise, as {(sort, handle, when): (id, whether it stands)}. Two statements.

    A change takes the old row away and makes the new one at the same moment.
    """
    found: dict[tuple[str, UUID, datetime], tuple[UUID, bool]] = {}
    for n in Note.objects.filter(handle__in=handles, changed_at__in=[at for at in deleted if at]):
        if n.changed_at is not None:
            found["note", n.handle_id, n.changed_at] = (n.pk, n.deleted_at is None)
    for d in Detail.objects.filter(handle__in=handles, at__in=[at for at in ended if at]):
        found[d.field, d.handle_id, d.at] = (d.pk, d.ended_at is None)
    return found


def _replaced(step: Step, after: _After) -> Step:
    row = step.row
    if isinstance(row, Note | Detail):
        sort = row.field if isinstance(row, Detail) else "note"
        ident, stands = after.get((sort, row.handle_id, step.at), (None, True))
        step.changed, step.instead, step.undoable = ident is not None, ident if stands else None, stands
    return step


def decisions_of(consumer: UUID) -> Sequence[Decision]:
    """Every decision that touched the person or one of the handles that are theirs now, and every undo of those. Two statements."""
    ids = [i for (i,) in sql.run(_OF, {"c": consumer})]
    return _DECISIONS(ids)
