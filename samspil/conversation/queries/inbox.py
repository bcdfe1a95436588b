"""The lists: mine, where I can help, all; filtered, searched, page by page with keys and never with offsets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.networks import network_of
from samspil.conversation.models import Notification
from samspil.conversation.ports import orders, term
from samspil.conversation.queries.paged import NEWEST, PLACED, Key, newest_page, ordered_page
from samspil.conversation.queries.search import search_ids
from samspil.conversation.rules import Wanted, parse
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import sees_everything

PAGE = 40
CAPPED = 99
"""Counts stop here: nobody needs to know whether it is 3,012 or 3,013, and counting them all costs."""


@dataclass(slots=True, kw_only=True)
class Row:
    """One line of a list."""

    id: UUID
    subject: str
    snippet: str
    status: str
    last_at: datetime
    opened_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    messages: int
    consumer: UUID
    consumer_name: str
    account: UUID
    channel: str
    account_name: str
    network: str
    """Of the account; of the newest message where the account is history, which may be of many networks."""
    unit: str
    competence: str
    assignee: UUID | None
    assignee_name: str
    unread: bool
    labels: list[dict[str, str]] = field(default_factory=list)
    placed_at: datetime | None = None
    """Its time in the order of a later stage that the list was asked for in; None where it has none, and in the usual order."""

    def key(self) -> Key:
        """What the page after this row is asked for with."""
        return Key(self.placed_at or self.last_at, self.id, placed=self.placed_at is not None)


_SELECT = (
    "SELECT c.id, c.subject, c.snippet, c.status, c.last_at, c.opened_at, c.waiting_since, c.snoozed_until, c.messages, c.consumer_id,"
    " k.name, c.account_id, a.channel, a.name, coalesce(w.network, ''), coalesce(u.name, ''), coalesce(m.name, ''), c.assignee_id,"
    " coalesce(g.name, ''),"
    " (c.status <> 'done' AND (r.at IS NULL OR r.at < c.last_at) AND c.waiting_since IS NOT NULL),"
    " coalesce((SELECT jsonb_agg(jsonb_build_object('name', l.name, 'colour', l.colour) ORDER BY l.name)"
    "  FROM conversation_labelling x JOIN conversation_label l ON l.id = x.label_id WHERE x.conversation_id = c.id), '[]'), {placed}"
    " FROM {source} JOIN identity_consumer k ON k.id = c.consumer_id JOIN intake_account a ON a.id = c.account_id"
    " LEFT JOIN LATERAL (SELECT h.network FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  JOIN intake_handle h ON h.id = i.handle_id WHERE p.conversation_id = c.id ORDER BY p.at DESC, p.interaction_id DESC LIMIT 1) w"
    " ON a.history LEFT JOIN organisation_unit u ON u.id = c.unit_id LEFT JOIN organisation_competence m ON m.id = c.competence_id"
    " LEFT JOIN organisation_colleague g ON g.id = c.assignee_id"
    " LEFT JOIN conversation_read_mark r ON r.conversation_id = c.id AND r.colleague_id = %(me)s"
    " ORDER BY {order}"
)
VISIBLE = (
    "(%(admin)s OR c.unit_id IS NULL OR c.unit_id = %(unit)s OR c.assignee_id = %(me)s"
    " OR NOT EXISTS (SELECT 1 FROM organisation_unit v WHERE v.id = c.unit_id AND v.closed))"
)
_HELP = (
    "c.assignee_id IS NULL AND c.status = 'open' AND (c.unit_id = %(unit)s OR c.competence_id IN"
    " (SELECT competence_id FROM organisation_competence_held WHERE colleague_id = %(me)s AND level >= 2))"
)
VIEWS = {
    "mine": "c.assignee_id = %(me)s AND c.status = 'open'",
    "help": _HELP,
    "open": "c.status = 'open'",
    "snoozed": "c.status = 'snoozed'",
    "done": "c.status = 'done'",
    "all": "true",
}


def _params(by: Colleague) -> dict[str, Any]:
    return {"me": by.pk, "unit": by.unit_id, "admin": sees_everything(by)}


def inbox(
    *,
    by: Colleague,
    view: str = "mine",
    query: str = "",
    order: str = "",
    before: Key | None = None,
    only: Sequence[UUID] | None = None,
    limit: int = PAGE,
) -> Sequence[Row]:
    """One page of a list, newest first, or in an ``order`` of conversation.ports.

    ``view`` is one of VIEWS, ``query`` what stands in the search field (see rules.parse), ``before`` the key of the last row
    seen, ``only`` the conversations to look at (which of them belong to the list?). At most five statements, whatever the size.
    """
    return _rows(*page(by=by, view=view, query=query, order=order, before=before, only=only, limit=limit))


def page(
    *, by: Colleague, view: str, query: str, order: str, before: Key | None, only: Sequence[UUID] | None, limit: int
) -> tuple[str, dict[str, Any]]:
    """The statement of a page and its parameters; words to search for are looked up here."""
    params = {**_params(by), "limit": limit}
    where = _where(view, query, params)
    if only is not None:
        params["only"] = list(only)
        where.append("c.id = ANY(%(only)s)")
    if order in orders():
        return _lines(ordered_page(orders()[order], where, params, before), placed="c.placed_at", order=PLACED), params
    return _lines(newest_page(where, params, before)), params


def _lines(chosen: str, *, placed: str = "NULL::timestamptz", order: str = NEWEST) -> str:
    return _SELECT.format(source=f"({chosen}) c", placed=placed, order=order)


def _where(view: str, query: str, params: dict[str, Any]) -> list[str]:
    wanted = parse(query)
    where = [VISIBLE, "c.merged_into_id IS NULL", VIEWS.get(view, VIEWS["mine"]), *_conditions(wanted, params)]
    if wanted.words:
        params["ids"] = search_ids(wanted.words)
        where.append("c.id = ANY(%(ids)s)")
    return where


def size(*, by: Colleague, view: str = "mine", query: str = "") -> tuple[int, datetime | None]:
    """How many conversations a list has, counted up to 99, and since when the one waits who has waited longest.

    Of those newest 99. One statement, with words to search for five.
    """
    params = {**_params(by), "cap": CAPPED}
    where = " AND ".join(_where(view, query, params))
    row = sql.run(
        "SELECT count(*), min(x.waiting_since) FROM (SELECT c.waiting_since FROM conversation c"
        f" WHERE {where} ORDER BY c.last_at DESC, c.id DESC LIMIT %(cap)s) x",
        params,
    )[0]
    return int(row[0]), row[1]


def of_consumer(*, by: Colleague, consumer: UUID, but: UUID | None = None, limit: int = 6) -> Sequence[Row]:
    """The newest conversations of one consumer, without the one named. One statement."""
    chosen = (
        f"SELECT * FROM conversation c WHERE c.consumer_id = %(consumer)s AND c.merged_into_id IS NULL AND {VISIBLE}"
        " AND c.id IS DISTINCT FROM %(but)s ORDER BY c.last_at DESC, c.id DESC LIMIT %(limit)s"
    )
    return _rows(_lines(chosen), {**_params(by), "consumer": consumer, "but": but, "limit": limit})


def rows_of(*, by: Colleague, conversations: Sequence[UUID]) -> Sequence[Row]:
    """The lines of certain conversations, those that the colleague may see. One statement."""
    chosen = f"SELECT * FROM conversation c WHERE c.id = ANY(%(ids)s) AND {VISIBLE}"
    return _rows(_lines(chosen), {**_params(by), "ids": list(conversations)})


def _rows(query: str, params: dict[str, Any]) -> list[Row]:
    names = list(Row.__dataclass_fields__)
    rows = [Row(**dict(zip(names, row, strict=True))) for row in sql.run(query, params)]
    for row in rows:
        row.network = row.network or network_of(row.channel)
    return rows


_IS = {
    "unread": "NOT EXISTS (SELECT 1 FROM conversation_read_mark r WHERE r.conversation_id = c.id AND r.colleague_id = %(me)s"
    " AND r.at >= c.last_at)",
    "waiting": "c.waiting_since IS NOT NULL",
    "unassigned": "c.assignee_id IS NULL",
}
_DANISH_IS = {"ulæst": "unread", "venter": "waiting", "ledig": "unassigned"}
_STATUS = {"åben": "open", "udsat": "snoozed", "færdig": "done"}


def _conditions(wanted: Wanted, params: dict[str, Any]) -> list[str]:
    where: list[str] = []
    for number, (name, value) in enumerate(wanted.terms):
        slot = f"v{number}"
        params[slot] = value.lower()
        pattern = f"%({slot})s"
        if name == "status":
            params[slot] = _STATUS.get(value.lower(), value.lower())
            where.append(f"c.status = {pattern}")
        elif name == "is":
            where.append(_IS.get(_DANISH_IS.get(value.lower(), value.lower()), "false"))
        elif name == "label":
            where.append(
                "EXISTS (SELECT 1 FROM conversation_labelling x JOIN conversation_label l ON l.id = x.label_id"
                f" WHERE x.conversation_id = c.id AND lower(l.name) = {pattern})"
            )
        elif name == "channel":
            where.append(
                f"c.account_id IN (SELECT id FROM intake_account WHERE lower(channel) = {pattern} OR lower(name) = {pattern})"
            )
        elif name == "assignee":
            where.append(_assignee(value.lower(), pattern))
        elif name in ("unit", "competence"):
            table = f"organisation_{name}"
            where.append(f"c.{name}_id IN (SELECT id FROM {table} WHERE lower(name) = {pattern} OR lower(name_en) = {pattern})")
        elif name == "consumer":
            where.append(f"c.consumer_id IN (SELECT id FROM identity_consumer WHERE folded LIKE '%%' || {pattern} || '%%')")
        elif name in ("before", "after"):
            where.append(_when(name, value, slot, params))
        else:  # a later stage knows
            condition, given = term(name, value.lower(), slot)
            params.update(given)
            where.append(condition)
    return where


def _assignee(value: str, pattern: str) -> str:
    if value in ("me", "mig"):
        return "c.assignee_id = %(me)s"
    if value in ("none", "ingen"):
        return "c.assignee_id IS NULL"
    return f"c.assignee_id IN (SELECT id FROM organisation_colleague WHERE lower(name) LIKE {pattern} || '%%')"


def _when(name: str, value: str, slot: str, params: dict[str, Any]) -> str:
    try:
        params[slot] = datetime.fromisoformat(value).astimezone()
    except ValueError:
        return "false"
    return f"c.last_at {'<' if name == 'before' else '>='} %({slot})s"


def counts(*, by: Colleague) -> dict[str, int]:
    """How many conversations wait in mine, help and open, and what is new for the colleague; each counted up to 99. One statement."""
    parts = [
        f"(SELECT count(*) FROM (SELECT 1 FROM conversation c WHERE {VIEWS[view]} AND {VISIBLE} AND c.merged_into_id IS NULL LIMIT %(cap)s) x)"
        for view in ("mine", "help", "open")
    ]
    news = (
        "(SELECT count(*) FROM (SELECT 1 FROM conversation_notification n WHERE n.colleague_id = %(me)s AND n.seen_at IS NULL"
        " UNION ALL SELECT 1 FROM hours_change h WHERE h.colleague_id = %(me)s AND h.seen_at IS NULL LIMIT %(cap)s) x)"
    )
    row = sql.run(f"SELECT {', '.join([*parts, news])}", {**_params(by), "cap": CAPPED})[0]
    return dict(zip(("mine", "help", "open", "news"), map(int, row), strict=True))


def notifications(by: Colleague, limit: int = 30) -> Sequence[Notification]:
    """A colleague's newest notifications."""
    rows = Notification.objects.filter(colleague=by).select_related("conversation", "conversation__consumer", "by")
    return list(rows.order_by("-at", "-id")[:limit])
