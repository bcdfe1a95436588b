"""Questions about checklists: what runs in a conversation, how far it is, what hinders finishing, what can be begun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F
from django.utils.translation import get_language

from samspil.base import sql
from samspil.base.question import Question
from samspil.checklist.models import Checklist, Step, Template, Version
from samspil.checklist.rules import Candidate, Progress, offers, progress
from samspil.conversation.models import Conversation
from samspil.conversation.ports import Hindrance
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may

__all__ = [
    "Offer",
    "Running",
    "called",
    "checklists_of",
    "hindrances",
    "may_arrange",
    "offered",
    "progress_of",
    "template",
    "templates",
    "versions_of",
]


def called(row: Template | Version) -> str:
    """What a checklist is called in the reader's language; the other name where there is none."""
    english = (get_language() or "da").startswith("en")
    return (row.name_en if english else "") or row.name


def may_arrange(by: Colleague) -> bool:
    """Whether a colleague makes and changes templates: who leads, and administrators."""
    return may(by, Right.CHECKLISTS)


@dataclass(slots=True, kw_only=True)
class Running:
    """One list of a conversation, with its steps in order."""

    checklist: Checklist
    steps: list[Step] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called in the reader's language; "" for steps of one's own."""
        return called(self.checklist.version) if self.checklist.version else ""

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return progress((s.state, s.must) for s in self.steps)


_OF = Question(
    lambda conversation: (
        Checklist.objects.filter(conversation=conversation, removed_at=None)
        .select_related("version", "begun_by")
        .order_by("begun_at", "id")
    )
)
_STEPS = Question(
    lambda ids: (
        Step.objects.filter(checklist__in=ids).select_related("by", "given_to", "given_by").order_by("checklist", "place", "id")
    )
)


def checklists_of(conversation: UUID) -> Sequence[Running]:
    """What runs in a conversation, the oldest first, steps of one's own last. Ask for access before. Two statements; one for none."""
    found = {row.pk: Running(checklist=row) for row in _OF(conversation)}
    for step in _STEPS(list(found)) if found else ():
        found[step.checklist_id].steps.append(step)
    return sorted(found.values(), key=lambda r: r.checklist.version_id is None)


_PROGRESS = (
    "SELECT k.conversation_id, count(*) FILTER (WHERE s.state <> 'open'), count(*), count(*) FILTER (WHERE s.state = 'open' AND s.must)"
    " FROM checklist k JOIN checklist_step s ON s.checklist_id = k.id"
    " WHERE k.conversation_id = ANY(%s) AND k.removed_at IS NULL GROUP BY k.conversation_id"
)


def progress_of(conversations: Sequence[UUID]) -> Mapping[UUID, Progress]:
    """How far each of the conversations is; those without a list are absent. One statement."""
    if not conversations:
        return {}
    return {c: Progress(done, total, musts) for c, done, total, musts in sql.run(_PROGRESS, [list(conversations)])}


_HINDER = (
    "SELECT k.conversation_id, s.text, v.anyway FROM checklist k JOIN checklist_step s ON s.checklist_id = k.id"
    " JOIN checklist_version v ON v.id = k.version_id WHERE k.conversation_id = ANY(%s) AND k.removed_at IS NULL"
    " AND s.must AND s.state = 'open' ORDER BY k.conversation_id, k.begun_at, k.id, s.place"
)


def hindrances(conversations: Sequence[UUID]) -> Sequence[Hindrance]:
    """The steps that must be done before these conversations are finished, in order. One statement."""
    rows = sql.run(_HINDER, [list(conversations)])
    return [Hindrance(conversation=c, what=text, anyway=anyway) for c, text, anyway in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A template that can be begun; ``suggested`` first. ``steps``: how many it has."""

    template: UUID
    name: str
    suggested: bool
    running: bool
    steps: int


_OFFERS = (
    "SELECT t.id, t.name, t.name_en, t.unit_id, jsonb_array_length(v.steps),"
    " coalesce((SELECT array_agg(o.competence_id) FROM checklist_offered o WHERE o.template_id = t.id), '{}'),"
    " EXISTS (SELECT 1 FROM checklist k JOIN checklist_version w ON w.id = k.version_id"
    "  WHERE k.conversation_id = %s AND w.template_id = t.id AND k.removed_at IS NULL)"
    " FROM checklist_template t JOIN checklist_version v ON v.template_id = t.id AND v.number = t.number WHERE t.ended_at IS NULL"
)


def offered(*, conversation: Conversation, by: Colleague) -> Sequence[Offer]:
    """What can be begun in a conversation, what fits its competence first. One statement."""
    english = (get_language() or "da").startswith("en")
    rows = {row[0]: row for row in sql.run(_OFFERS, [conversation.pk])}
    found = offers(
        [
            Candidate(template=i, name=(name_en if english else "") or name, unit=unit, competences=frozenset(skills))
            for i, name, name_en, unit, _, skills, _ in rows.values()
        ],
        units={conversation.unit_id, by.unit_id} - {None},
        competence=conversation.competence_id,
        running={i for i, *_, runs in rows.values() if runs},
    )
    return [
        Offer(template=c.template, name=c.name, suggested=is_first, running=rows[c.template][6], steps=rows[c.template][4])
        for c, is_first in found
    ]


def templates(*, ended: bool = False) -> Sequence[Version]:
    """The newest version of every template in use (or out of use), by name, with its competences. Two statements."""
    rows = Version.objects.filter(template__ended_at__isnull=not ended, number=_newest())
    return list(
        rows.select_related("template__unit", "by").prefetch_related("template__offered__competence").order_by("name", "template")
    )


def template(ident: UUID) -> Version | None:
    """The newest version of one template, also when it is out of use."""
    return Version.objects.filter(template=ident, number=_newest()).select_related("template__unit", "by").first()


def versions_of(ident: UUID) -> Sequence[Version]:
    """Every version of a template, the newest first, with who made it. One statement."""
    return list(Version.objects.filter(template=ident).select_related("by").order_by("-number"))


def _newest() -> F:
    return F("template__number")
