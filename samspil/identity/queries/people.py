"""Questions about consumers: who, which handles and why, the timeline over all of them."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from django.db.models import Q
from django.db.models.expressions import RawSQL

from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.question import Question
from samspil.identity.models import Consumer, Decision, Link
from samspil.intake.models import Interaction

PAGE = 50


_CONSUMER = Question(lambda ident: Consumer.objects.filter(pk=ident))


def consumer(ident: UUID) -> Consumer:
    """One consumer. Raises NotFound."""
    row = _CONSUMER.first(ident)
    if row is None:
        raise NotFound("no such consumer")
    return row


_LINKS = Question(
    lambda consumer: (
        Link.objects.filter(consumer=consumer, ended_at=None)
        .select_related("handle", "made_by")
        .order_by("handle__first_at", "id")
    )
)


def links(consumer: UUID) -> Sequence[Link]:
    """The handles that are the consumer's now, first seen first, with their evidence."""
    return _LINKS(consumer)


_DECISIONS = Question(
    lambda consumer: (
        Decision.objects.filter(Q(kept=consumer) | Q(absorbed=consumer))
        .select_related("kept", "absorbed", "by", "undone_by", "undoes")
        .order_by("-id")
    )
)


def decisions(consumer: UUID) -> Sequence[Decision]:
    """Every join, move, split and undo that the consumer had part in, newest first."""
    return _DECISIONS(consumer)


def owner_of(handle: UUID) -> UUID | None:
    """Whose the handle is now."""
    return Link.objects.filter(handle=handle, ended_at=None).values_list("consumer_id", flat=True).first()


_TIMELINE = (
    "SELECT i.id FROM identity_link l CROSS JOIN LATERAL ("
    " SELECT id, at FROM intake_interaction WHERE handle_id = l.handle_id AND kind NOT IN ('edit', 'delete')"
    " {before} ORDER BY at DESC, id DESC LIMIT {limit}) i"
    " WHERE l.consumer_id = %s AND l.ended_at IS NULL ORDER BY i.at DESC, i.id DESC LIMIT {limit}"
)


def timeline(consumer: UUID, *, before: tuple[datetime, UUID] | None = None, limit: int = PAGE) -> Sequence[Interaction]:
    """The consumer's newest interactions but edits and deletions over all handles, newest first. One statement.

    ``before`` is (at, id) of the last one seen.
    """
    if before:
        return _newest(limit, going_on=True)(*before, consumer)
    return _newest(limit)(consumer)


@cache
def _newest(limit: int, *, going_on: bool = False) -> Question[Interaction]:
    # The limit stands in the statement: a plan for any limit would be one for millions.
    ids = _TIMELINE.format(before="AND (at, id) < (%s, %s)" if going_on else "", limit=int(limit))
    rows = Interaction.objects.select_related("handle", "account", "colleague").defer("search").order_by("-at", "-id")
    if going_on:
        return Question(lambda until, ident, consumer: rows.filter(pk__in=RawSQL(ids, [until, ident, consumer])))  # noqa: S611
    return Question(lambda consumer: rows.filter(pk__in=RawSQL(ids, [consumer])))  # noqa: S611 - text of ours


_ANSWERED = (
    "SELECT i.colleague_id, count(*), max(i.at) FROM identity_link l CROSS JOIN LATERAL ("
    " SELECT colleague_id, at FROM intake_interaction WHERE handle_id = l.handle_id AND outgoing AND kind = 'message'"
    "  ORDER BY at DESC, id DESC LIMIT 500) i"
    " WHERE l.consumer_id = %s AND l.ended_at IS NULL AND i.colleague_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 3 DESC LIMIT %s"
)


def answered_by(consumer: UUID, *, limit: int = 5) -> Sequence[tuple[UUID, int, datetime]]:
    """Who of us has answered the consumer: (colleague, times, last), most often first; of each handle the newest 500 count. One statement."""
    return [(row[0], int(row[1]), row[2]) for row in sql.run(_ANSWERED, [consumer, limit])]


def consumer_count() -> int:
    """How many consumers have a handle now."""
    return int(sql.run("SELECT count(DISTINCT consumer_id) FROM identity_link WHERE ended_at IS NULL")[0][0])
