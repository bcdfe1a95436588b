"""Questions about approvals: what needs a yes, who can say it, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.conversation.models import Conversation
from samspil.hours.queries import on_duty
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries.rights import SEES_EVERYTHING, Reach, Right, holds, may_in
from samspil.reply.models import Approval, ApprovalPolicy
from samspil.reply.rules.approval import KNOWS, Answer, Conditions, Reason, reasons

_POLICIES = (
    "SELECT p.unit_id, p.everybody, p.below_level, p.first_answers, p.accounts, p.words, p.amount, coalesce((SELECT h.level"
    "  FROM organisation_competence_held h WHERE h.colleague_id = %(me)s AND h.competence_id = %(competence)s), 0),"
    " CASE WHEN p.first_answers IS NULL THEN 0 ELSE (SELECT count(*) FROM (SELECT 1 FROM reply r WHERE r.colleague_id = %(me)s"
    "  AND r.interaction_id IS NOT NULL AND r.choices IS NULL LIMIT p.first_answers) sent) END"
    " FROM reply_approval_policy p WHERE p.ended_at IS NULL AND p.active AND p.unit_id IN (%(unit)s, %(own)s)"
    " ORDER BY (p.unit_id = %(unit)s) DESC NULLS LAST"
)


def conditions_of(row: Sequence[Any]) -> Conditions:
    """The conditions of a policy: everybody, below_level, first_answers, accounts, words, amount."""
    everybody, level, first, accounts, words, amount = row
    return Conditions(
        everybody=everybody,
        below_level=level,
        first_answers=first,
        accounts=frozenset(UUID(str(a)) for a in accounts),
        words=tuple(words),
        amount=None if amount is None else Decimal(amount),
    )


def wanted(*, conversation: Conversation, by: Colleague, account: UUID, text: str) -> tuple[UUID, list[Reason]] | None:
    """Whose policy wants a yes for this answer, and why; None: it may leave. The conversation's unit goes before the author's. One statement."""
    values = {"me": by.pk, "competence": conversation.competence_id, "unit": conversation.unit_id, "own": by.unit_id}
    for unit, *conditions, level, sent in sql.run(_POLICIES, values):
        known = level if conversation.competence_id else None
        answer = Answer(account=account, text=text, level=known, sent=int(sent))
        if found := reasons(conditions_of(conditions), answer):
            return unit, found
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer for which a yes is asked, as far as it decides who can say it. ``raised``: those above are asked too."""

    id: UUID
    conversation: UUID
    unit: UUID | None
    author: UUID
    raised: bool = False


_ABOVE = (
    "WITH RECURSIVE up(id) AS (SELECT parent_id FROM organisation_unit WHERE id = a.unit"
    " UNION SELECT u.parent_id FROM organisation_unit u JOIN up ON u.id = up.id) SELECT id FROM up WHERE id IS NOT NULL"
)
LEADS = holds(Right.APPROVALS, Reach.UNIT, Reach.EVERYWHERE)
"""The colleague ``g`` is asked where a unit asks who leads it."""
ANYWHERE = holds(Right.APPROVALS, Reach.EVERYWHERE)
_CAN = (
    "SELECT a.id, g.id, g.name FROM {source} AS a(id, conversation, unit, author, raised)"
    " JOIN conversation c ON c.id = a.conversation"
    " LEFT JOIN reply_approval_policy p ON p.unit_id = a.unit AND p.ended_at IS NULL"
    " LEFT JOIN organisation_unit u ON u.id = c.unit_id"
    " JOIN organisation_colleague g ON g.is_active AND NOT g.outside AND g.id <> a.author"
    f" WHERE ({SEES_EVERYTHING} OR u.id IS NULL OR NOT u.closed OR u.id = g.unit_id OR c.assignee_id = g.id)"
    f" AND ((p.by_leads AND {LEADS} AND g.unit_id = a.unit) OR jsonb_exists(p.named, g.id::text)"
    "  OR (p.by_level AND EXISTS (SELECT 1 FROM organisation_competence_held h WHERE h.colleague_id = g.id"
    f"   AND h.competence_id = c.competence_id AND h.level >= {KNOWS}))"
    f"  OR ((a.raised OR a.unit IS NULL) AND ({ANYWHERE} OR ({LEADS} AND g.unit_id IN ({_ABOVE})))))"
)


def who_can(asked: Sequence[Asked]) -> Mapping[UUID, Mapping[UUID, str]]:
    """Who can say yes to each: {asked: {colleague: name}} by name. Never its author. One statement."""
    found: dict[UUID, dict[UUID, str]] = {a.id: {} for a in asked}
    if asked:
        source, values = sql.table(
            "uuid uuid uuid uuid bool", [(a.id, a.conversation, a.unit, a.author, a.raised) for a in asked]
        )
        for ident, colleague, name in sql.run(_CAN.format(source=source) + " ORDER BY g.name, g.id", values):
            found[ident][colleague] = name
    return found


def asked_of(row: Approval) -> Asked:
    """The same of a row."""
    return Asked(
        id=row.pk, conversation=row.conversation_id, unit=row.unit_id, author=row.author_id, raised=row.raised_at is not None
    )


def yes_of(*, reply: UUID) -> Sequence[str]:
    """The names of those who can say yes to a reply that waits, the nearest eight. Two statements."""
    row = Approval.objects.filter(reply=reply, state=Approval.State.WAITING).first()
    return list(who_can([asked_of(row)])[row.pk].values())[:8] if row else []


def waiting_in(*, conversation: UUID, colleague: UUID) -> Sequence[Approval]:
    """What waits for a colleague's yes in one conversation, oldest first. Two statements."""
    rows = Approval.objects.filter(conversation=conversation, state=Approval.State.WAITING)
    found = list(rows.select_related("author", "reply", "change").order_by("asked_at", "id"))
    who = who_can([asked_of(row) for row in found])
    return [row for row in found if colleague in who[row.pk]]


def word_back(*, conversation: UUID, author: UUID) -> str:
    """What was said when an answer of the author's was last sent back in a conversation. One statement."""
    rows = Approval.objects.filter(conversation=conversation, author=author, state=Approval.State.RETURNED)
    return rows.order_by("-decided_at", "-id").values_list("word", flat=True).first() or ""


_NEWER = (
    "SELECT a.id, (SELECT p.interaction_id FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = a.conversation_id AND p.interaction_id > a.id AND i.kind = 'message' AND NOT i.outgoing"
    "  AND NOT i.data ? 'automatic' ORDER BY p.interaction_id DESC LIMIT 1) FROM reply_approval a WHERE a.id = ANY(%s)"
)


def written_since(approvals: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """The newest message that the consumer wrote since a yes was asked for; where there is none it is absent. One statement."""
    return {ident: message for ident, message in sql.run(_NEWER, [list(approvals)]) if message}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An approval as a thread shows it. Of one that waits: who can say yes, who of them is on duty, the newest message since."""

    row: Approval
    who: Mapping[UUID, str] = field(default_factory=dict)
    here: int = 0
    back_at: datetime | None = None
    since: UUID | None = None


def approvals_in(conversation: Conversation, *, at: datetime) -> Mapping[UUID, Shown]:
    """Every approval of the conversation, by the reply or change that it is of. One statement; where one waits seven more."""
    rows = list(Approval.objects.filter(conversation=conversation).select_related("decided_by", "author", "reply", "change"))
    waiting = [row for row in rows if row.state == Approval.State.WAITING]
    return {(row.reply_id or row.change_id): shown for row, shown in _shown(rows, waiting, at)}  # type: ignore[misc]


def _shown(rows: Sequence[Approval], waiting: Sequence[Approval], at: datetime) -> list[tuple[Approval, Shown]]:
    if not waiting:
        return [(row, Shown(row=row)) for row in rows]
    who = who_can([asked_of(row) for row in waiting])
    since = written_since([row.pk for row in waiting])
    duty = on_duty(sorted({c for names in who.values() for c in names}), at)
    found = []
    for row in rows:
        names = who.get(row.pk, {})
        back = [duty[c] for c in names]
        times = [t for t in back if t is not None]
        shown = Shown(
            row=row,
            who=names,
            here=len(back) - len(times),
            back_at=min(times) if times and len(times) == len(back) else None,
            since=since.get(row.pk),
        )
        found.append((row, shown))
    return found


_MINE = "SELECT id, conversation_id, unit_id, author_id, raised_at IS NOT NULL FROM reply_approval WHERE state = 'waiting'"
YES_COUNT = (
    "SELECT count(DISTINCT x.a) FROM ("
    + _CAN.format(source=f"({_MINE})").replace("SELECT a.id, g.id, g.name", "SELECT a.id AS a", 1)
    + " AND g.id = %s) x"
)
"""How many wait for a colleague's yes; for the shell, which asks several things in one round trip."""


def yes_count(by: Colleague) -> int:
    """How many answers wait for this colleague's yes. One statement."""
    return int(sql.run(YES_COUNT, [by.pk])[0][0])


def waiting_for(by: Colleague, *, at: datetime, limit: int = 100) -> Sequence[Shown]:
    """What waits for this colleague's yes, the longest first. Nine statements at most."""
    mine = sql.run(_CAN.format(source=f"({_MINE})") + " AND g.id = %s", [by.pk])
    rows = Approval.objects.filter(pk__in=[row[0] for row in mine], state=Approval.State.WAITING)
    related = rows.select_related("author", "reply__handle", "reply__account", "change__account", "conversation__consumer")
    found = list(related.order_by("asked_at", "id")[:limit])
    return [shown for _, shown in _shown(found, found, at)]


def may_set(by: Colleague, unit: Unit) -> bool:
    """Whether somebody may say when answers of the unit need a yes: its leads and administrators."""
    return may_in(by, Right.APPROVALS, unit.pk)


def policies_of(unit: UUID, *, limit: int = 50) -> Sequence[ApprovalPolicy]:
    """Everything that was ever said for a unit, the newest first."""
    return list(ApprovalPolicy.objects.filter(unit=unit).select_related("by").order_by("-at", "-id")[:limit])


def approvals_told(*, replies: Sequence[UUID] = (), changes: Sequence[UUID] = ()) -> Sequence[Approval]:
    """The approvals of some replies and changes, for an explanation."""
    rows = Approval.objects.filter(reply__in=replies) | Approval.objects.filter(change__in=changes)
    return list(rows.select_related("author", "decided_by", "unit").order_by("asked_at", "id"))
