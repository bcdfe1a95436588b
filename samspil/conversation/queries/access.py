"""Who may see which conversation: the only door to a row for anybody who signs in."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from samspil.base.errors import NotFound
from samspil.base.question import Question
from samspil.conversation.models import Conversation, ReadMark
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import sees_everything


def visible(by: Colleague) -> Q:
    """The conversations that a colleague may see: all but those of closed units that are not one's own, unless one is their assignee.

    Who may see everything sees all. The same condition as SQL is in ``inbox.VISIBLE``; a test holds the two together.
    """
    if sees_everything(by):
        return Q()
    return open_to(by.unit_id, by.pk)


def open_to(unit: UUID | None, colleague: UUID) -> Q:
    """The same for a colleague of this unit who may not see everything, by ids alone: for a question that is compiled once."""
    return Q(unit=None) | Q(unit__closed=False) | Q(unit=unit) | Q(assignee=colleague)


def _whole(ids: Sequence[UUID], me: UUID, where: Q) -> QuerySet[Conversation]:
    read = ReadMark.objects.filter(conversation=OuterRef("pk"), colleague=me).values("at")
    rows = Conversation.objects.filter(where, pk__in=ids).annotate(read_at=Subquery(read))
    return rows.select_related("consumer", "account", "unit", "competence").order_by("pk")


_ANY = Question(lambda ids, me: _whole(ids, me, Q()))
_OPEN = Question(lambda ids, unit, me: _whole(ids, me, open_to(unit, me)))


def access_conversation(*, by: Colleague, conversation: UUID, lock: bool = False, whole: bool = False) -> Conversation:
    """The conversation, or the one that took it in, if the colleague may see it. Raises NotFound, also for what is hidden.

    ``whole`` brings its consumer, account, unit and competence along and how far the colleague has read, for a page that shows them.
    """
    return access_conversations(by=by, conversations=[conversation], lock=lock, whole=whole)[0]


def access_conversations(
    *, by: Colleague, conversations: Sequence[UUID], lock: bool = False, whole: bool = False
) -> list[Conversation]:
    """The same for many, in one statement and in the given order. Raises NotFound if one of them is not there or hidden."""
    found = {c.pk: c for c in _rows(by, list(conversations), lock=lock, whole=whole)}
    merged = {c.pk: c.merged_into_id for c in found.values() if c.merged_into_id}
    if merged:
        others = {c.pk: c for c in _rows(by, list(merged.values()), lock=False, whole=whole)}
        found.update({old: others[new] for old, new in merged.items() if new in others})
    if any(c not in found or found[c].merged_into_id for c in conversations):
        raise NotFound("There is no such conversation, or it is not for you")
    return [found[c] for c in conversations]


def _rows(by: Colleague, ids: list[UUID], *, lock: bool, whole: bool) -> Iterable[Conversation]:
    if whole and not lock:
        return _ANY(ids, by.pk) if sees_everything(by) else _OPEN(ids, by.unit_id, by.pk)
    rows = Conversation.objects.filter(visible(by), pk__in=ids).order_by("pk")
    return rows.select_for_update(of=("self",), no_key=True) if lock else rows
