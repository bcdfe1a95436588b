"""What the pages of consumers show side by side. Every text that lies in a conversation is shown only to who may see that one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from samspil.base import sql
from samspil.base.question import Question
from samspil.conversation.models import Conversation
from samspil.conversation.queries.access import open_to
from samspil.conversation.queries.inbox import VISIBLE
from samspil.identity.models import Consumer
from samspil.intake.models import Interaction
from samspil.organisation.models import Colleague

PAGE = 40
STRIP = 30
"""Entries of the timeline at a time."""
FOUND = 60
CONVERSATIONS = 50
PURCHASES = 50

Place = tuple[datetime, UUID] | None


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of the list. ``networks`` are those of the handles; ``last_at`` is None where one may see no conversation."""

    consumer: Consumer
    last_at: datetime | None = None
    conversation: UUID | None = None
    subject: str = ""
    snippet: str = ""
    waiting: bool = False
    conversations: int = 0
    networks: list[str] = field(default_factory=list)
    address: str = ""

    @property
    def name(self) -> str:
        """The consumer's name, or the address that stands for it."""
        return self.consumer.name or self.address


def may(by: Colleague) -> dict[str, Any]:
    """The parameters of VISIBLE."""
    return {"me": by.pk, "unit": by.unit_id, "admin": by.role == Colleague.Role.ADMIN}


# The newest conversation of each consumer, newest first: three ordered walks over an index, each as long as a page at most,
# because a newer one of the same consumer is looked up in another index. Sorting all consumers by their last act reads them all.
_NEWER = VISIBLE.replace("c.", "n.")
_WALK = (
    "(SELECT c.consumer_id, c.last_at, c.id FROM conversation c WHERE c.status = '{status}' AND c.merged_into_id IS NULL AND "
    + VISIBLE
    + " {before} AND NOT EXISTS (SELECT 1 FROM conversation n WHERE n.consumer_id = c.consumer_id AND n.merged_into_id IS NULL"
    " AND (n.last_at, n.id) > (c.last_at, c.id) AND " + _NEWER + ") ORDER BY c.last_at DESC, c.id DESC LIMIT %(limit)s)"
)
_REST = (
    "SELECT k.id FROM identity_consumer k WHERE (%(after)s::uuid IS NULL OR k.id < %(after)s)"
    " AND EXISTS (SELECT 1 FROM identity_link l WHERE l.consumer_id = k.id AND l.ended_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.consumer_id = k.id AND c.merged_into_id IS NULL AND "
    + VISIBLE
    + ") ORDER BY k.id DESC LIMIT %(limit)s"
)


def recent(by: Colleague, *, before: Place = None, after: UUID | None = None, limit: int = PAGE) -> tuple[Sequence[Row], str]:
    """Consumers, who was last in touch first; after them those without a conversation that one may see, the newest first.

    ``before`` is (last_at, conversation) of the last line, ``after`` the consumer of the last line without one. Gives the page
    and the query string of the next, "" at the end. Four statements at most.
    """
    found: list[UUID] = []
    params = {**may(by), "limit": limit + 1, "at": before[0] if before else None, "id": before[1] if before else None}
    if after is None:
        line = "AND (c.last_at, c.id) < (%(at)s, %(id)s)" if before else ""
        walks = " UNION ALL ".join(_WALK.format(status=status, before=line) for status in ("open", "snoozed", "done"))
        walked = sql.run(f"SELECT * FROM ({walks}) t ORDER BY last_at DESC, id DESC LIMIT %(limit)s", params)
        if len(walked) > limit:
            _, at, conversation = walked[limit - 1]
            return rows(by, [r[0] for r in walked[:limit]]), f"at={at.isoformat()}&id={conversation}".replace("+", "%2B")
        found = [r[0] for r in walked]
    room = limit - len(found)
    others = [r[0] for r in sql.run(_REST, {**may(by), "after": after, "limit": room + 1})]
    more = f"after={others[room - 1] if room else UUID(int=2**128 - 1)}" if len(others) > room else ""
    return rows(by, [*found, *others[:room]]), more


_ROWS = (
    "SELECT k.id, n.last_at, n.id, coalesce(n.subject, ''), coalesce(n.snippet, ''), n.waiting_since IS NOT NULL,"
    " coalesce(t.n, 0), coalesce(h.networks, '{{}}'), coalesce(h.address, '') FROM unnest(%(ids)s::uuid[]) AS k(id)"
    " LEFT JOIN LATERAL (SELECT * FROM conversation c WHERE c.consumer_id = k.id AND c.merged_into_id IS NULL AND {visible}"
    "  ORDER BY c.last_at DESC, c.id DESC LIMIT 1) n ON true"
    " LEFT JOIN LATERAL (SELECT count(*) AS n FROM (SELECT 1 FROM conversation c WHERE c.consumer_id = k.id"
    "  AND c.merged_into_id IS NULL AND {visible} LIMIT 100) x) t ON true"
    " LEFT JOIN LATERAL (SELECT array_agg(DISTINCT a.network) AS networks,"
    "  (array_agg(coalesce(nullif(a.name, ''), a.address) ORDER BY a.first_at, a.id))[1] AS address"
    "  FROM identity_link l JOIN intake_handle a ON a.id = l.handle_id"
    "  WHERE l.consumer_id = k.id AND l.ended_at IS NULL) h ON true"
)


def rows(by: Colleague, ids: Sequence[UUID]) -> Sequence[Row]:
    """The lines of these consumers, in this order. Two statements."""
    if not ids:
        return []
    consumers = Consumer.objects.in_bulk(list(ids))
    lines = {r[0]: r[1:] for r in sql.run(_ROWS.format(visible=VISIBLE), {**may(by), "ids": list(ids)})}
    names = ("last_at", "conversation", "subject", "snippet", "waiting", "conversations", "networks", "address")
    return [Row(consumer=consumers[i], **dict(zip(names, lines[i], strict=True))) for i in ids]


def heir(consumer: UUID) -> UUID | None:
    """Who has the handles that were this consumer's; None when nobody has. One statement."""
    found = sql.run(
        "SELECT now.consumer_id FROM identity_link gone JOIN identity_link now ON now.handle_id = gone.handle_id"
        " AND now.ended_at IS NULL WHERE gone.from_consumer_id = %s AND now.consumer_id <> %s"
        " GROUP BY 1 ORDER BY count(DISTINCT now.handle_id) DESC, 1 LIMIT 1",
        [consumer, consumer],
    )
    return found[0][0] if found else None


def conversations(by: Colleague, consumer: UUID) -> Sequence[Conversation]:
    """The consumer's newest conversations that the colleague may see. One statement."""
    return _ALL(consumer) if by.role == Colleague.Role.ADMIN else _OPEN(consumer, by.unit_id, by.pk)


def _theirs(consumer: UUID) -> QuerySet[Conversation]:
    found = Conversation.objects.filter(consumer=consumer, merged_into=None)
    return found.select_related("assignee", "competence", "account").order_by("-last_at", "-id")


_ALL = Question(lambda consumer: _theirs(consumer)[:CONVERSATIONS])
_OPEN = Question(lambda consumer, unit, me: _theirs(consumer).filter(open_to(unit, me))[:CONVERSATIONS])


@dataclass(slots=True, kw_only=True)
class Entry:
    """One thing of the timeline. ``text`` is the newest wording; ``deleted`` when whoever wrote it took it back."""

    interaction: Interaction
    text: str
    edited: bool = False
    deleted: bool = False
    conversation: UUID | None = None


KINDS = {"all": ("message", "reaction", "follow", "purchase"), "messages": ("message",), "purchases": ("purchase",)}
_TIMELINE = (
    "SELECT t.id, t.conversation_id FROM identity_link l CROSS JOIN LATERAL ("
    " SELECT i.id, i.at, p.conversation_id FROM intake_interaction i"
    " LEFT JOIN conversation_placement p ON p.interaction_id = i.id LEFT JOIN conversation c ON c.id = p.conversation_id"
    " WHERE i.handle_id = l.handle_id AND i.kind = ANY(%(kinds)s) {before} AND (c.id IS NULL OR {visible})"
    " ORDER BY i.at DESC, i.id DESC LIMIT %(limit)s) t"
    " WHERE l.consumer_id = %(consumer)s AND l.ended_at IS NULL ORDER BY t.at DESC, t.id DESC LIMIT %(limit)s"
)


_INTERACTIONS = Question(
    lambda ids: Interaction.objects.filter(pk__in=ids).select_related("handle", "account", "colleague").defer("search")
)


def timeline(
    by: Colleague, consumer: UUID, *, kind: str = "all", before: Place = None, limit: int = STRIP
) -> tuple[Sequence[Entry], str]:
    """What was between us over all handles, newest first, and the query string of what comes before, "" at the end.

    Three statements. ``kind`` is one of KINDS. Edits and deletions are applied to what they are about.
    """
    params = {**may(by), "consumer": consumer, "kinds": list(KINDS[kind]), "limit": limit + 1}
    if before:
        params["at"], params["id"] = before
    line = "AND (i.at, i.id) < (%(at)s, %(id)s)" if before else ""
    placed: dict[UUID, UUID | None] = dict(sql.run(_TIMELINE.format(before=line, visible=VISIBLE), params))
    ordered = sorted(_INTERACTIONS(list(placed)), key=lambda i: (i.at, i.pk), reverse=True) if placed else []
    entries = [Entry(interaction=i, text=i.text, conversation=placed[i.pk]) for i in ordered[:limit]]
    _amend(entries)
    last = entries[-1].interaction if len(ordered) > limit else None
    return entries, f"kind={kind}&at={last.at.isoformat()}&id={last.pk}".replace("+", "%2B") if last else ""


def _amend(entries: Sequence[Entry]) -> None:
    """Apply what was changed or taken back later, by the handle that wrote it."""
    if not entries:
        return
    by_target = {(e.interaction.handle_id, e.interaction.external_id): e for e in entries}
    changes = Interaction.objects.filter(
        handle__in={e.interaction.handle_id for e in entries},
        at__gte=entries[-1].interaction.at,
        kind__in=["edit", "delete"],
        data__target__in=[e.interaction.external_id for e in entries],
    )
    for change in changes.defer("search").order_by("at", "id"):
        entry = by_target.get((change.handle_id, str(change.data.get("target"))))
        if entry is not None and entry.interaction.outgoing == change.outgoing:
            entry.edited = entry.edited or change.kind == "edit"
            entry.deleted = entry.deleted or change.kind == "delete"
            entry.text = "" if entry.deleted else change.text


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


@dataclass(slots=True, kw_only=True)
class Weight:
    """What a merge would move. ``interactions`` is counted up to COUNTED a handle."""

    handles: int
    conversations: int
    interactions: int


COUNTED = 1000


def weight(consumer: UUID) -> Weight:
    """How much hangs on a consumer. One statement."""
    row = sql.run(
        "SELECT (SELECT count(*) FROM identity_link WHERE consumer_id = %(c)s AND ended_at IS NULL),"
        " (SELECT count(*) FROM conversation WHERE consumer_id = %(c)s AND merged_into_id IS NULL),"
        " (SELECT coalesce(sum(x.n), 0) FROM identity_link l CROSS JOIN LATERAL (SELECT count(*) AS n FROM"
        f"  (SELECT 1 FROM intake_interaction WHERE handle_id = l.handle_id LIMIT {COUNTED}) y) x"
        "  WHERE l.consumer_id = %(c)s AND l.ended_at IS NULL)",
        {"c": consumer},
    )[0]
    return Weight(handles=int(row[0]), conversations=int(row[1]), interactions=int(row[2]))
