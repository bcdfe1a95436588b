"""What came back, for the thread and for who decides."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Count, Q

from samspil.elsewhere.models import Arrival

AWAY = (Arrival.Verdict.HELD, Arrival.Verdict.REFUSED)
"""Held for somebody to decide, and not signed by us."""


def arrivals_of(conversation: UUID) -> Sequence[Arrival]:
    """What is held of a conversation, the oldest first. Ask for access to the conversation before. One statement."""
    rows = Arrival.objects.filter(Q(notice__conversation=conversation) | Q(post__conversation=conversation), verdict="held")
    return list(rows.select_related("notice__colleague", "post__room").order_by("at", "id"))


def said_by(replies: Iterable[UUID]) -> Mapping[UUID, str]:
    """Those of the replies that were written outside of Samspil, each with the network on which. One statement."""
    return dict(Arrival.objects.filter(reply__in=list(replies)).values_list("reply", "network"))


def turned_away(*, before: UUID | None = None, limit: int = 50) -> tuple[Sequence[Arrival], bool]:
    """One page of what came to where colleagues answer and was not sent on, the newest first; and whether there are more. One statement.

    Its words are not for this: who may see the conversation reads them there.
    """
    rows = Arrival.objects.filter(verdict__in=AWAY)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.defer("text").select_related("account", "notice__colleague").order_by("-id")[: limit + 1])
    return found[:limit], len(found) > limit


def turned_away_counts() -> Mapping[str, int]:
    """How many of what came is held or refused. One statement."""
    return dict(Arrival.objects.filter(verdict__in=AWAY).values_list("verdict").annotate(n=Count("id")).order_by())
