"""A list begins in a conversation: by hand, with steps of one's own, or because a rule says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.checklist.facts import ChecklistChanged
from samspil.checklist.models import Checklist, Step, Version
from samspil.checklist.rules import LONGEST_STEP, MOST_STEPS, plain
from samspil.conversation.models import Placement
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague


class NothingWritten(SamspilError):
    """A step needs words."""

    code = "checklist.nothing_written"


class TooMany(SamspilError):
    """The list is as long as a list can be."""

    code = "checklist.too_many"


def begin(*, conversation: UUID, template: UUID, by: Colleague, at: datetime, ident: UUID | None = None) -> Checklist:
    """Begin a template's newest version in a conversation. ``ident`` is the page's own id: twice is once.

    Raises NotFound, also for a template that is out of use or another unit's.
    """
    with step():
        row = access_conversation(by=by, conversation=conversation, lock=True)
        twice = Checklist.objects.filter(pk=ident, conversation=row).first() if ident else None
        if twice is not None:
            return twice
        version = _newest(template, {None, row.unit_id, by.unit_id})
        made = Checklist(
            pk=ident or new_id(), conversation=row, version=version, begun_at=at, begun_by=by, about_id=_about(row.pk)
        )
        made.save(force_insert=True)
        Step.objects.bulk_create(_steps(made.pk, version.steps))
        publish(ChecklistChanged(checklist=made.pk, conversation=row.pk, what="begun", by=by.pk))
    return made


def add(*, conversation: UUID, text: str, by: Colleague, at: datetime, ident: UUID | None = None) -> Step:
    """Put a step of one's own at the end of the conversation's own list, which begins with it. Raises NotFound, NothingWritten, TooMany."""
    words = plain(text, LONGEST_STEP)
    if not words:
        raise NothingWritten("Write what is to be done")
    with step():
        row = access_conversation(by=by, conversation=conversation, lock=True)
        if ident and (twice := Step.objects.filter(pk=ident, checklist__conversation=row).first()):
            return twice
        own = Checklist.objects.filter(conversation=row, version=None, removed_at=None).order_by("begun_at", "id").first()
        if own is None:
            own = Checklist.objects.create(conversation=row, begun_at=at, begun_by=by, about_id=_about(row.pk))
        places = list(Step.objects.filter(checklist=own).order_by("-place").values_list("place", flat=True))
        if len(places) >= MOST_STEPS:
            raise TooMany(f"{MOST_STEPS} steps are the most")
        made = Step(pk=ident or new_id(), checklist=own, place=places[0] + 1 if places else 0, text=words)
        made.save(force_insert=True)
        publish(ChecklistChanged(checklist=own.pk, conversation=row.pk, what="added", by=by.pk))
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """A rule begins a template in a conversation. ``cause`` is the rule's deed."""

    conversation: UUID
    template: UUID
    cause: UUID


_READY = (
    "SELECT DISTINCT ON (w.conversation, v.id) w.conversation, w.cause, v.id, v.steps,"
    " (SELECT p.interaction_id FROM conversation_placement p WHERE p.conversation_id = w.conversation"
    "  ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1)"
    " FROM {source} AS w(conversation, template, cause) JOIN checklist_template t ON t.id = w.template AND t.ended_at IS NULL"
    " JOIN checklist_version v ON v.template_id = t.id AND v.number = t.number"
    " JOIN conversation c ON c.id = w.conversation AND c.merged_into_id IS NULL"
    " WHERE NOT EXISTS (SELECT 1 FROM checklist k JOIN checklist_version o ON o.id = k.version_id"
    "  WHERE k.conversation_id = w.conversation AND o.template_id = t.id AND (k.removed_at IS NULL OR k.cause = w.cause))"
    " ORDER BY w.conversation, v.id, w.cause"
)


def begin_many(*, begins: Sequence[Begin], at: datetime) -> int:
    """Begin them where the same checklist does not run already; the number. Joins the caller's step, which has locked the conversations.

    The same rule's deed again begins nothing, and not again what somebody has removed. A constant number of statements.
    """
    if not begins:
        return 0
    with step():
        source, values = sql.table("uuid uuid uuid", [(b.conversation, b.template, b.cause) for b in begins])
        ready = sql.run(_READY.format(source=source), values)
        made = [(new_id(), *row) for row in ready]
        if not made:
            return 0
        sql.copy(
            "checklist",
            ("id", "conversation_id", "version_id", "about_id", "begun_at", "cause"),
            [(ident, conversation, version, about, at, cause) for ident, conversation, cause, version, _, about in made],
        )
        sql.copy(
            "checklist_step",
            ("id", "checklist_id", "place", "text", "hint", "link", "must", "state", "word"),
            [
                (s.pk, ident, s.place, s.text, s.hint, s.link, s.must, "open", "")
                for ident, _, _, _, steps, _ in made
                for s in _steps(ident, steps)
            ],
        )
        publish(*[ChecklistChanged(checklist=ident, conversation=row[0], what="begun") for ident, *row in made])
    return len(made)


def _steps(checklist: UUID, steps: Iterable[dict[str, Any]]) -> list[Step]:
    return [
        Step(checklist_id=checklist, place=n, text=s["text"], hint=s["hint"], link=s["link"], must=s["must"])
        for n, s in enumerate(steps)
    ]


def _newest(template: UUID, units: set[UUID | None]) -> Version:
    found = (
        Version.objects.filter(template=template, template__ended_at=None).select_related("template").order_by("-number").first()
    )
    if found is None or found.template.unit_id not in units:
        raise NotFound("no such checklist")
    return found


def _about(conversation: UUID) -> UUID | None:
    rows = Placement.objects.filter(conversation=conversation).order_by("-at", "-interaction")
    return rows.values_list("interaction_id", flat=True).first()
