"""What stands beside the timeline of a consumer. A text that lies in a conversation is shown only to who may see that one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from samspil.base import sql
from samspil.base.question import Question
from samspil.conversation.models import Conversation
from samspil.conversation.queries.access import open_to
from samspil.intake.models import Account, Interaction
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import sees_everything

CONVERSATIONS = 50
PURCHASES = 50


def conversations(by: Colleague, consumer: UUID) -> Sequence[Conversation]:
    """The consumer's newest conversations that the colleague may see. One statement."""
    return _ALL(consumer) if sees_everything(by) else _OPEN(consumer, by.unit_id, by.pk)


def _theirs(consumer: UUID) -> QuerySet[Conversation]:
    found = Conversation.objects.filter(consumer=consumer, merged_into=None)
    return found.select_related("assignee", "competence", "account").order_by("-last_at", "-id")


_ALL = Question(lambda consumer: _theirs(consumer)[:CONVERSATIONS])
_OPEN = Question(lambda consumer, unit, me: _theirs(consumer).filter(open_to(unit, me))[:CONVERSATIONS])


@dataclass(slots=True, kw_only=True)
class Purchases:
    """The newest purchases, the whole number and the sum in each currency."""

    newest: Sequence[Interaction]
    count: int
    sums: Sequence[tuple[Decimal, str]]


_OWN = "handle_id IN (SELECT handle_id FROM identity_link WHERE consumer_id = %s AND ended_at IS NULL)"


_PURCHASES = Question(
    lambda consumer: (
        Interaction.objects.filter(kind="purchase", handle__links__consumer=consumer, handle__links__ended_at=None)
        .select_related("handle", "account")
        .defer("search")
        .order_by("-at", "-id")[:PURCHASES]
    )
)


def purchases(consumer: UUID) -> Purchases:
    """What the consumer bought. Two statements at most."""
    sums = sql.run(
        "SELECT coalesce(sum(amount), 0), currency, count(*) FROM intake_interaction"
        f" WHERE kind = 'purchase' AND {_OWN} GROUP BY currency ORDER BY 1 DESC, 2",
        [consumer],
    )
    return Purchases(
        newest=_PURCHASES(consumer) if sums else [],
        count=sum(int(r[2]) for r in sums),
        sums=[(r[0], r[1]) for r in sums],
    )


_ALL_OF = "SELECT consumer_id, count(*) FROM conversation WHERE consumer_id = ANY(%s) AND merged_into_id IS NULL GROUP BY 1"
# A conversation goes where its opener goes: the same rule as conversation.reactions.follow_move.
_FIRST_BY = "SELECT opener_id, count(*) FROM conversation WHERE consumer_id = ANY(%s) AND opener_id = ANY(%s) AND merged_into_id IS NULL GROUP BY 1"


def conversations_of(consumers: Sequence[UUID]) -> Mapping[UUID, int]:
    """{consumer: how many conversations}, also those that the reader may not see: they go with a join all the same. One statement."""
    return {row[0]: int(row[1]) for row in sql.run(_ALL_OF, [list(consumers)])}


def conversations_begun(consumers: Sequence[UUID], handles: Sequence[UUID]) -> Mapping[UUID, int]:
    """{handle: how many conversations of these consumers it began}: they go with it in a move. One statement."""
    return {row[0]: int(row[1]) for row in sql.run(_FIRST_BY, [list(consumers), list(handles)])}


def accounts_named() -> Mapping[str, Account]:
    """{the id as a text: our account}: what the scope of a handle may be. One statement."""
    return {str(a.pk): a for a in Account.objects.only("id", "name").order_by("id")}
