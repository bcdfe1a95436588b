"""What the pages of the organisation show: who is here, who can what, how much is open. No business, only reading."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from samspil.conversation.models import Conversation
from samspil.intake.models import Envelope
from samspil.intake.queries import beginning_of
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.organisation.queries import present
from samspil.reply.models import Reply

STRONG = 4
"""From this level on somebody carries a competence alone."""
RAW = 64 * 1024
"""Bytes of a raw payload that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What hangs on an account: conversations that are open where the consumer last wrote there, and answers that wait to be sent."""

    open: int
    waiting: int


def held_by(account: UUID) -> Held:
    """What disconnecting an account would touch. Two statements."""
    return Held(
        open=Conversation.objects.filter(account=account, status=Conversation.Status.OPEN).count(),
        waiting=Reply.objects.filter(account=account, state=Reply.State.QUEUED).count(),
    )


@dataclass(slots=True, kw_only=True)
class Person:
    """A colleague with what the card shows. ``state`` is on, away or "" (not at the desk)."""

    colleague: Colleague
    state: str
    open: int
    held: list[CompetenceHeld] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Skill:
    """A competence with who holds it (best first), how many open conversations ask for it, and how many carry it."""

    competence: Competence
    open: int
    held: list[CompetenceHeld] = field(default_factory=list)
    children: list["Skill"] = field(default_factory=list)

    @property
    def strong(self) -> list[CompetenceHeld]:
        """Those who carry it."""
        return [h for h in self.held if h.level >= STRONG]

    @property
    def state(self) -> str:
        """``nobody`` carries it, ``one`` does and nobody else could, or ``fine``."""
        return {0: "nobody", 1: "one"}.get(len(self.strong), "fine")


@dataclass(slots=True, kw_only=True)
class Branch:
    """A unit in the tree; ``depth`` is 0 at the top."""

    unit: Unit
    depth: int
    colleagues: list[Colleague]
    open: int


def _state(colleague: Colleague, at: datetime) -> str:
    if colleague.away_until is not None and colleague.away_until > at:
        return "away"
    return "on" if present(colleague, at) else ""


def _held() -> Sequence[CompetenceHeld]:
    rows = CompetenceHeld.objects.filter(colleague__is_active=True, colleague__outside=False, competence__active=True)
    return list(rows.select_related("colleague", "competence").order_by("-level", "colleague__name", "id"))


def _open(column: str) -> Mapping[UUID, int]:
    rows = Conversation.objects.filter(status="open", merged_into=None).exclude(**{column: None})
    return dict(rows.values_list(column).annotate(n=Count("id")).order_by())


def people(at: datetime, *, only: UUID | None = None) -> Sequence[Person]:
    """Everybody who can sign in, by name, or one colleague. Three statements."""
    rows = Colleague.objects.filter(is_active=True, outside=False)
    rows = Colleague.objects.filter(pk=only, outside=False) if only else rows
    held, counted = defaultdict(list), _open("assignee")
    for row in _held():
        held[row.colleague_id].append(row)
    return [
        Person(colleague=c, state=_state(c, at), open=counted.get(c.pk, 0), held=held[c.pk])
        for c in rows.select_related("unit", "custom_role").order_by("name", "id")
    ]


def skills(*, only: UUID | None = None) -> Sequence[Skill]:
    """Every competence in use by name, or one whether in use or not. Three statements."""
    rows = Competence.objects.filter(pk=only) if only else Competence.objects.filter(active=True)
    counted, held = _open("competence"), defaultdict(list)
    for row in _held():
        held[row.competence_id].append(row)
    return [Skill(competence=c, open=counted.get(c.pk, 0), held=held[c.pk]) for c in rows.order_by("name", "id")]


def grown(rows: Sequence[Skill]) -> Sequence[Skill]:
    """The same as a tree: those at the top, each with those below it; whose wider one is out of use stands at the top."""
    by_id = {s.competence.pk: s for s in rows}
    for skill in rows:
        if skill.competence.parent_id in by_id:
            by_id[skill.competence.parent_id].children.append(skill)
    return [s for s in rows if s.competence.parent_id not in by_id]


def tree() -> Sequence[Branch]:
    """The units from the top down, each before those below it, with their own colleagues. Three statements."""
    counted, members, below = _open("unit"), defaultdict(list), defaultdict(list)
    for colleague in Colleague.objects.filter(is_active=True, outside=False).order_by("name", "id"):
        members[colleague.unit_id].append(colleague)
    for unit in Unit.objects.order_by("name", "id"):
        below[unit.parent_id].append(unit)
    found: list[Branch] = []
    waiting = [(unit, 0) for unit in reversed(below[None])]
    while waiting:
        unit, depth = waiting.pop()
        found.append(Branch(unit=unit, depth=depth, colleagues=members[unit.pk], open=counted.get(unit.pk, 0)))
        waiting += [(child, depth + 1) for child in reversed(below[unit.pk])]
    return found


@dataclass(slots=True, kw_only=True)
class Raw:
    """The beginning of an envelope as text. ``size`` is that of the whole, in bytes."""

    envelope: Envelope
    text: str
    size: int

    @property
    def cut(self) -> bool:
        """Whether there is more than is shown."""
        return self.size > RAW


def raw(ident: UUID) -> Raw | None:
    """One envelope, its payload read no further than RAW bytes. Two statements."""
    row = Envelope.objects.filter(pk=ident).defer("payload").select_related("account").first()
    if row is None:
        return None
    try:
        body, size = beginning_of(ident, RAW)
    except FileNotFoundError:  # its file was removed by hand: the row and its error are still worth seeing
        body, size = b"", 0
    return Raw(envelope=row, text=body.decode("utf-8", "replace").replace("\x00", "\ufffd"), size=size)


def undelivered(limit: int = 50) -> Sequence[Reply]:
    """Answers that failed or may not have arrived, newest first."""
    rows = Reply.objects.filter(state__in=[Reply.State.FAILED, Reply.State.UNCERTAIN])
    return list(
        rows.select_related("conversation__consumer", "colleague", "account", "handle").order_by("-written_at", "-id")[:limit]
    )
