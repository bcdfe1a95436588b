"""Who may see which conversation: the only door to a row for anybody who signs in."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from samspil.base.errors import NotFound
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague


def visible(by: Colleague) -> Q:
    """The conversations that a colleague may see: all but those of closed units that are not one's own, unless one is their assignee.

    An administrator sees all. The same condition as SQL is in ``inbox.VISIBLE``; a test holds the two together.
    """
    if by.role == Colleague.Role.ADMIN:
        return Q()
    return Q(unit=None) | Q(unit__closed=False) | Q(unit=by.unit_id) | Q(assignee=by)


def access_conversation(*, by: Colleague, conversation: UUID, lock: bool = False, whole: bool = False) -> Conversation:
    """The conversation, or the one that took it in, if the colleague may see it. Raises NotFound, also for what is hidden.

    ``whole`` brings its consumer, account and unit along, for a page that shows them.
    """
    return access_conversations(by=by, conversations=[conversation], lock=lock, whole=whole)[0]


def access_conversations(
    *, by: Colleague, conversations: Sequence[UUID], lock: bool = False, whole: bool = False
) -> list[Conversation]:
    """The same for many, in one statement and in the given order. Raises NotFound if one of them is not there or hidden."""
    seen = Conversation.objects.filter(visible(by))
    if whole:
        seen = seen.select_related("consumer", "account", "unit")
    rows = seen.filter(pk__in=conversations).order_by("pk")
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    found = {c.pk: c for c in rows}
    merged = {c.pk: c.merged_into_id for c in found.values() if c.merged_into_id}
    if merged:
        others = {c.pk: c for c in seen.filter(pk__in=[m for m in merged.values() if m])}
        found.update({old: others[new] for old, new in merged.items() if new in others})
    if any(c not in found or found[c].merged_into_id for c in conversations):
        raise NotFound("There is no such conversation, or it is not for you")
    return [found[c] for c in conversations]
