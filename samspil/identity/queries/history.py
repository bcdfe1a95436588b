"""Everything that was ever decided about a person: who, when, why, and whether it still holds."""

from collections.abc import Sequence
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
    """Every step, newest first, SHOWN of each sort at most. ``handles`` are the consumer's now. Seven statements."""
    found: list[Step] = []
    found += [Step(sort="decision", row=d, at=d.at, by=d.by, why=d.why) for d in decisions_of(consumer)]
    for mark in _MARKS(consumer):
        found.append(Step(sort="mark", row=mark, at=mark.at, by=mark.by, why=mark.why))
        if mark.ended_at is not None:
            found.append(Step(sort="mark_ended", row=mark, at=mark.ended_at, by=mark.ended_by))
    for veto in _VETOES(list(handles)):
        found.append(Step(sort="veto", row=veto, at=veto.at, by=veto.by, why=veto.why))
        if veto.lifted_at is not None:
            found.append(Step(sort="veto_lifted", row=veto, at=veto.lifted_at, by=veto.lifted_by))
    found += [Step(sort="note", row=n, at=n.deleted_at or n.at) for n in _NOTES(consumer)]
    found += [Step(sort="file", row=f, at=f.deleted_at or f.at) for f in _FILES(consumer)]
    found += [Step(sort="detail", row=d, at=d.ended_at or d.at, by=d.ended_by) for d in _DETAILS(consumer)]
    found.sort(key=lambda step: (step.at, step.row.pk), reverse=True)
    return found


def decisions_of(consumer: UUID) -> Sequence[Decision]:
    """Every decision that touched the person or one of the handles that are theirs now, and every undo of those. Two statements."""
    ids = [i for (i,) in sql.run(_OF, {"c": consumer})]
    return _DECISIONS(ids)
