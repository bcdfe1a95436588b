"""What is promised, when conversations are due, and how far the reckoning is."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from samspil.base import sql
from samspil.hours.queries import lines
from samspil.promise.models import Due, Promise, Reckoning
from samspil.promise.rules import Course, Level, level_of

_LEVELS = (
    "SELECT DISTINCT ON (unit_id, priority, channel) id, unit_id, priority, channel, first_minutes, next_minutes, done_minutes"
    " FROM promise WHERE taken_back_at IS NULL ORDER BY unit_id, priority, channel, at DESC, id DESC"
)


def levels() -> Sequence[Level]:
    """All promises that hold. One statement."""
    return [Level(unit=u, priority=p, channel=c, first=f, next=n, done=d) for _, u, p, c, f, n, d in sql.run(_LEVELS)]


_COURSES = (
    "SELECT DISTINCT ON (unit_id) unit_id, soon_share, late_share, soon_to, due_to, late_to, urgent, freed FROM promise_escalation"
    " WHERE taken_back_at IS NULL ORDER BY unit_id, at DESC, id DESC"
)


def courses() -> Sequence[Course]:
    """What follows when a promise is not kept, for each unit that said it and for all. One statement."""
    names = ("unit", "soon", "late", "soon_to", "due_to", "late_to", "urgent", "freed")
    return [Course(**dict(zip(names, row, strict=True))) for row in sql.run(_COURSES)]


def is_reckoning() -> Reckoning | None:
    """What is being reckoned anew now, as far as it is; None where nothing is. One statement."""
    return Reckoning.objects.filter(finished_at=None).order_by("-asked_at", "-id").first()


def reckoned(ident: UUID) -> Reckoning | None:
    """One reckoning, also one that is over. One statement."""
    return Reckoning.objects.filter(pk=ident).first()


def promises_of(unit: UUID | None) -> Sequence[Promise]:
    """The promises that hold and are a unit's own, or all units' (None), the widest first. Two statements."""
    ids = [row[0] for row in sql.run(_LEVELS) if row[1] == unit]
    return list(Promise.objects.filter(pk__in=ids).select_related("by").order_by("priority", "channel", "id"))


def promised(unit: UUID | None) -> Level | None:
    """What a unit promises when nothing presses and whatever the channel; its own, or of those above. Two statements."""
    return level_of(levels(), line=lines([unit])[unit], priority="normal", channel="")


def dues(conversations: Sequence[UUID]) -> Mapping[UUID, Due]:
    """When conversations are due; those of which nothing was ever reckoned are absent. One statement."""
    return {d.conversation_id: d for d in Due.objects.filter(conversation__in=list(conversations))}


def next_due(*, unit: UUID | None = None, limit: int = 50) -> Sequence[Due]:
    """Who is due first, of open conversations in which somebody waits. One statement."""
    rows = Due.objects.filter(answer_due__isnull=False, conversation__status="open", conversation__merged_into=None)
    if unit:
        rows = rows.filter(conversation__unit=unit)
    return list(rows.select_related("conversation").order_by("answer_due", "conversation_id")[:limit])
