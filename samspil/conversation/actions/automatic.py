"""What Samspil does to many conversations by itself because a rule says so: in the journal, with the reason, and each can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.base.text import fold
from samspil.conversation.actions import journal
from samspil.conversation.actions.notify import notify
from samspil.conversation.facts import ConversationChanged
from samspil.conversation.models import Conversation
from samspil.conversation.rules import mentioned
from samspil.organisation.queries import names_of_colleagues
from samspil.organisation.queries.rights import SEES_EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """To whom a conversation goes; None leaves what it has, ``free`` takes it from its colleague."""

    competence: UUID | None = None
    unit: UUID | None = None
    assignee: UUID | None = None
    free: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDeed:
    """What a rule does to one conversation. ``cause`` is the deed's id, by which it is undone and its facts are known.

    ``reason`` and ``did`` are for the journal: plain JSON values with the names as they were. ``status`` None leaves it. ``tell`` are
    colleagues to be told, ``notes`` texts of which those are told whom they mention.
    """

    cause: UUID
    conversation: UUID
    reason: Mapping[str, Any]
    did: Sequence[Mapping[str, Any]]
    where: Where | None = None
    put_on: Sequence[UUID] = ()
    take_off: Sequence[UUID] = ()
    status: Literal["open", "snoozed", "done"] | None = None
    until: datetime | None = None
    tell: Sequence[UUID] = ()
    notes: Sequence[str] = ()


@dataclass(slots=True)
class _Now:
    """A conversation while the deeds go over it."""

    row: Conversation
    labels: set[UUID]
    had: set[UUID] = field(default_factory=set)


_KIND = {"open": "reopened", "snoozed": "snoozed", "done": "done"}


def carry_out(*, deeds: Sequence[RuleDeed], at: datetime) -> None:
    """Do all of them, in their order. Joins the caller's step; a constant number of statements. A conversation that is gone is left out."""
    if not deeds:
        return
    with step():
        now = _locked([d.conversation for d in deeds])
        there = [d for d in deeds if d.conversation in now]
        events = [_apply(now[deed.conversation], deed, at) for deed in there]
        _write(now, events)
        _tell(there, now, at)
        publish(*[fact for d in there for fact in _facts(d, now[d.conversation].row)])


def _locked(conversations: Sequence[UUID]) -> dict[UUID, _Now]:
    ids = sorted(set(conversations))
    rows = Conversation.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids, merged_into=None).order_by("pk")
    now = {row.pk: _Now(row, set()) for row in rows}
    those, values = sql.among("conversation_id", ids)
    for conversation, label in sql.run(f"SELECT conversation_id, label_id FROM conversation_labelling WHERE {those}", [values]):
        if conversation in now:
            now[conversation].labels.add(label)
    for item in now.values():
        item.had = set(item.labels)
    return now


def _apply(now: _Now, deed: RuleDeed, at: datetime) -> tuple[Any, ...]:
    row = now.row
    data = {"rule": dict(deed.reason), "did": [dict(d) for d in deed.did], "before": journal.before(row)}
    data["put_on"] = [str(x) for x in deed.put_on if x not in now.labels]
    data["taken_off"] = [str(x) for x in deed.take_off if x in now.labels]
    now.labels = (now.labels | set(deed.put_on)) - set(deed.take_off)
    if deed.where:
        row.competence_id = deed.where.competence or row.competence_id
        row.unit_id = deed.where.unit or row.unit_id
        row.assignee_id = deed.where.assignee or (None if deed.where.free else row.assignee_id)
    if deed.status:
        row.status, row.snoozed_until, row.snoozed_for = deed.status, deed.until, ""
        row.done_at = at if deed.status == "done" else None
        row.waiting_since = None if deed.status == "done" else row.waiting_since
    return (new_id(), row.pk, "ruled", at, None, sql.Jsonb(data), deed.cause)


_SEE = (
    "SELECT DISTINCT t.who, t.c FROM {source} AS t(who, c) JOIN organisation_colleague g ON g.id = t.who"
    " JOIN conversation c ON c.id = t.c LEFT JOIN organisation_unit u ON u.id = c.unit_id WHERE g.is_active AND NOT g.outside"
    " AND ({everything} OR u.id IS NULL OR NOT u.closed OR u.id = g.unit_id OR c.assignee_id = g.id)"
)


def _tell(deeds: Sequence[RuleDeed], now: Mapping[UUID, _Now], at: datetime) -> None:
    """Tell colleagues, if they may see the conversation as it is afterwards."""
    names = names_of_colleagues() if any(d.notes for d in deeds) else {}
    mentions = [(who, d.conversation) for d in deeds for text in d.notes for who in mentioned(text, names, fold)]
    told = [(who, d.conversation) for d in deeds for who in d.tell]
    given = [(a, d.conversation) for d in deeds if d.where and (a := now[d.conversation].row.assignee_id)]
    if not (mentions or told or given):
        return
    source, values = sql.table("uuid uuid", [*mentions, *told, *given])
    allowed = set(sql.run(_SEE.format(source=source, everything=SEES_EVERYTHING), values))
    for kind, pairs in (("assigned", given), ("rule", told), ("mentioned", mentions)):
        notify(kind=kind, to=[pair for pair in dict.fromkeys(pairs) if pair in allowed], by=None, at=at)


_COLUMNS = ("id", "status", "snoozed_until", "snoozed_for", "assignee_id", "unit_id", "competence_id", "done_at", "waiting_since")


def _write(now: Mapping[UUID, _Now], events: Sequence[tuple[Any, ...]]) -> None:
    if not now:
        return
    source, values = sql.table(
        "uuid text timestamptz text uuid uuid uuid timestamptz timestamptz",
        [[getattr(item.row, name) for name in _COLUMNS] for item in now.values()],
    )
    sets = ", ".join(f"{name} = t.{name}" for name in _COLUMNS[1:])
    sql.write(f"UPDATE conversation c SET {sets} FROM {source} AS t({', '.join(_COLUMNS)}) WHERE c.id = t.id", values)
    fresh = [(new_id(), c, label) for c, item in now.items() for label in sorted(item.labels - item.had)]
    gone = [(c, label) for c, item in now.items() for label in sorted(item.had - item.labels)]
    if fresh:
        source, values = sql.table("uuid uuid uuid", fresh)
        sql.write(
            f"INSERT INTO conversation_labelling (id, conversation_id, label_id) SELECT * FROM {source} AS t(i, c, l)"
            " ON CONFLICT DO NOTHING",
            values,
        )
    if gone:
        source, values = sql.table("uuid uuid", gone)
        sql.write(
            f"DELETE FROM conversation_labelling x USING {source} AS t(c, l) WHERE x.conversation_id = t.c AND x.label_id = t.l",
            values,
        )
    sql.copy("conversation_event", ("id", "conversation_id", "kind", "at", "by_id", "data", "batch"), events)


def _facts(deed: RuleDeed, row: Conversation) -> list[ConversationChanged]:
    what = ["assigned"] if deed.where else []
    what += ["labelled"] if deed.put_on or deed.take_off else []
    what += [_KIND[deed.status]] if deed.status else []
    return [
        ConversationChanged(conversation=row.pk, what=kind, assignee=row.assignee_id, cause=deed.cause)
        for kind in what or ["ruled"]
    ]
