"""Why a conversation is due when it is: which promise, whose hours, whether the clock runs, what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.conversation.models import Conversation
from samspil.hours.queries import lines, week_units
from samspil.organisation.models import Unit
from samspil.promise.models import Due, Priority
from samspil.promise.queries.dues import courses, levels
from samspil.promise.rules import Course, Level, course_of, level_of

_ANSWERED = (
    "SELECT EXISTS (SELECT 1 FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    " WHERE p.conversation_id = %s AND i.outgoing AND i.kind = 'message')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """When one conversation is due, and why. ``unit`` and ``hours`` None: all units' promise, open day and night.

    ``stands``: "runs", or why the clock of the answer stands still: "done", "snoozed", "nobody" (waits for us).
    """

    due: Due | None
    priority: str
    level: Level | None
    unit: Unit | None
    hours: Unit | None
    stands: str
    since: datetime | None
    answered: bool
    course: Course

    @property
    def minutes(self) -> int | None:
        """Within how many minutes the answer was promised that is to come."""
        return None if self.level is None else self.level.next if self.answered else self.level.first


def explained(conversation: Conversation) -> Explained:
    """Why a conversation is due when it is. Seven statements. Needs its account."""
    line = lines([conversation.unit_id])[conversation.unit_id]
    due = Due.objects.filter(conversation=conversation.pk).first()
    priority = due.priority if due else Priority.NORMAL.value
    level = level_of(levels(), line=line, priority=priority, channel=conversation.account.channel)
    hours = _first(line, week_units())
    units = {u.pk: u for u in Unit.objects.filter(pk__in=[u for u in (level.unit if level else None, hours) if u])}
    return Explained(
        due=due,
        priority=priority,
        level=level,
        unit=units.get(level.unit) if level and level.unit else None,
        hours=units.get(hours) if hours else None,
        stands=_stands(conversation),
        since=conversation.waiting_since,
        answered=bool(sql.run(_ANSWERED, [conversation.pk])[0][0]),
        course=course_of(courses(), line=line),
    )


def _first(line: Sequence[UUID | None], said: frozenset[UUID]) -> UUID | None:
    return next((u for u in line if u in said), None)


def _stands(conversation: Conversation) -> str:
    if conversation.status != Conversation.Status.OPEN:
        return str(conversation.status)
    return "runs" if conversation.waiting_since else "nobody"
