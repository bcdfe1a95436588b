"""Who may see which aside, and how much of what it is about: the only door to one for anybody who signs in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from samspil.aside.models import Aside, Member
from samspil.base.errors import NotFound
from samspil.conversation.models import Conversation
from samspil.conversation.queries import visible
from samspil.organisation.models import Colleague


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What stands open to a colleague. ``whole``: the conversation too; else the question, who asks, and the excerpt alone."""

    aside: Aside
    whole: bool
    member: Member | None
    is_asker: bool


def access_aside(*, by: Colleague, aside: UUID, lock: bool = False) -> Door:
    """The aside, if the colleague may see its conversation, was asked, or asks. Raises NotFound, also for what is hidden.

    ``lock`` keeps every other deed in it waiting until the step ends.
    """
    row = _seen(by, Q(pk=aside), lock=lock).first()
    if row is None:
        raise NotFound("There is no such question, or it is not for you")
    member = Member.objects.filter(aside=row, colleague=by).first()
    is_asker = row.asked_by_id == by.pk
    if not (row.is_whole or member or is_asker):
        raise NotFound("There is no such question, or it is not for you")
    return Door(aside=row, whole=row.is_whole, member=member, is_asker=is_asker)


def whole_among(*, by: Colleague, asides: Sequence[UUID]) -> set[UUID]:
    """Those of the asides whose conversation the colleague may see. One statement."""
    if not asides:
        return set()
    return set(_seen(by, Q(pk__in=asides)).filter(is_whole=True).values_list("pk", flat=True))


def _seen(by: Colleague, which: Q, *, lock: bool = False) -> QuerySet[Any]:
    seen = Conversation.objects.filter(visible(by), pk=OuterRef("conversation"))
    rows = Aside.objects.filter(which).annotate(is_whole=Exists(seen)).select_related("asked_by", "closed_by")
    return rows.select_for_update(of=("self",), no_key=True) if lock else rows
