"""Writing a batch of understood events to the log with a constant number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.base import bell, registry, sql
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.intake.actions.keep import INTERACTION
from samspil.intake.facts import (
    ActReceived,
    FateReported,
    HandlesAppeared,
    InteractionsLogged,
    MessageReceived,
    NoticeAnswered,
)
from samspil.intake.models import Account
from samspil.intake.queries import capabilities
from samspil.intake.rules import ALT_LIMIT, HTML_LIMIT, clean, clean_json, language
from samspil.organisation.actions import outside_colleagues
from samspil.organisation.queries import colleagues_by_address, fold_address

Key = tuple[str, str, str]
"""Network, scope, address."""
ADDRESS = 500
"""Characters of an address."""


@dataclass(slots=True, kw_only=True)
class Received:
    """One event on its way into the log."""

    envelope: UUID | None
    account: Account
    event: kit.Event
    interaction: UUID = field(default_factory=new_id)
    history: bool = False
    digests: Mapping[str, str] = field(default_factory=dict)
    """Where the bytes of attachments lie already, by part."""

    @property
    def outgoing(self) -> bool:
        """Whether one of ours wrote it."""
        return isinstance(self.event, kit.Message) and self.event.outgoing

    @property
    def whom(self) -> kit.Handle | None:
        """The consumer's handle: the author, or for what we wrote the first receiver; None for a report."""
        if isinstance(self.event, (kit.DeliveryReport, kit.Receipt, kit.ColleagueWrote)):
            return None
        if isinstance(self.event, kit.Message) and self.event.outgoing and self.event.to:
            return self.event.to[0]
        return self.event.author


def write(received: Sequence[Received], at: datetime) -> None:
    """Append all events to the log and say so. Joins the caller's step."""
    received = _as_consumers(received)
    for item in received:
        if isinstance(item.event, (kit.DeliveryReport, kit.Receipt)):
            publish(FateReported(account=item.account.pk, report=item.event))
        elif isinstance(item.event, kit.ColleagueWrote):
            publish(NoticeAnswered(account=item.account.pk, envelope=item.envelope, answer=item.event))
    logged = [item for item in received if item.whom is not None]
    if not logged:
        return
    handles = _handles(logged, at)
    logged = _without_known(logged, handles)
    ours = outside_colleagues(
        handles=[(h.network, h.address, h.display or h.name) for item in logged if item.outgoing and (h := _author(item))]
    )
    rows, files = [], []
    for item in logged:
        rows.append(_row(item, handles[key(item.whom)], ours))  # type: ignore[arg-type]  # whom is there, see above
        files.extend(_files(item, at))
    sql.copy("intake_interaction", INTERACTION, rows)
    if files:
        sql.copy("intake_attachment", FILE, files)
        if any(file[STATE] == "waiting" for file in files):
            bell.ring_after_commit("files")
    publish(*[_fact(item, handles) for item in logged])
    if logged:
        publish(InteractionsLogged(interactions=tuple(item.interaction for item in logged)))


def _as_consumers(received: Sequence[Received]) -> Sequence[Received]:
    """What came to where a notice is answered, and also to where everybody may write, by nobody of ours: a message like any other.

    One statement where there is such a thing, none otherwise.
    """
    doubtful = [i for i in received if isinstance(i.event, kit.ColleagueWrote) and i.event.message is not None]
    if not doubtful:
        return received
    ours = colleagues_by_address([i.event.author.address for i in doubtful if isinstance(i.event, kit.ColleagueWrote)])
    return [
        replace(item, event=item.event.message)
        if isinstance(item.event, kit.ColleagueWrote)
        and item.event.message
        and fold_address(item.event.author.address) not in ours
        else item
        for item in received
    ]


def _without_known(items: list[Received], handles: dict[Key, UUID]) -> list[Received]:
    """Leave out what a network tells of our own messages that we sent ourselves: they are in the log already.

    Their handles' rows are locked by now, and the outbox takes the same lock before it looks, so that of the two one sees the other.
    """
    echoes = [i for i in items if i.outgoing and not (i.history or i.account.history or bool(getattr(i.event, "automatic", "")))]
    if not echoes:
        return items
    rows = sql.run(
        "SELECT handle_id, account_id, external_id FROM intake_interaction"
        " WHERE handle_id = ANY(%s) AND outgoing AND external_id = ANY(%s)",
        [[handles[key(i.whom)] for i in echoes if i.whom], [clean(i.event.external_id, 1000) for i in echoes]],
    )
    known = {tuple(row) for row in rows}
    ours = {
        i.interaction
        for i in echoes
        if i.whom and (handles[key(i.whom)], i.account.pk, clean(i.event.external_id, 1000)) in known
    }
    return [i for i in items if i.interaction not in ours]


def key(handle: kit.Handle) -> Key:
    """What makes the handle itself."""
    return clean(handle.network, 40), clean(handle.scope, 200), _whole(handle.address)


def _whole(address: str) -> str:
    """The address; of one longer than any is, the beginning and a digest, so that two which begin alike do not become one."""
    plain = clean(address)
    return plain if len(plain) <= ADDRESS else f"{plain[: ADDRESS - 65]}#{sha256(address.encode('utf-8', 'replace')).hexdigest()}"


def _author(item: Received) -> kit.Handle | None:
    return item.event.author if isinstance(item.event, kit.Message) else None


def _claims(event: kit.Event) -> Sequence[kit.Claim]:
    return event.claims if isinstance(event, (kit.Message, kit.Order)) else ()


_UPSERT = (
    "INSERT INTO intake_handle (id, network, scope, address, display, name, verified, verified_at, first_at, last_at, dead_why)"
    " SELECT id, n, s, a, d, l, '', NULL, f, t, '' FROM {source} AS u(id, n, s, a, d, l, f, t)"
    " ON CONFLICT (network, scope, address) DO UPDATE SET last_at = greatest(intake_handle.last_at, excluded.last_at),"
    " first_at = least(intake_handle.first_at, excluded.first_at),"
    " display = CASE WHEN excluded.display <> '' AND excluded.last_at >= intake_handle.last_at THEN excluded.display"
    " ELSE intake_handle.display END,"
    " name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE intake_handle.name END"
    " RETURNING id, network, scope, address, xmax = 0"
)


def _handles(items: Iterable[Received], at: datetime) -> dict[Key, UUID]:
    """The row of every handle in the batch, made where it is new.

    Rows are locked in one order, so that two workers never hold the same consumer at once and never wait for each other in a ring.
    """
    seen: dict[Key, list[Any]] = {}
    for item in items:
        whom = item.whom
        when = getattr(item.event, "at", at)
        for handle in [*([whom] if whom else []), *(c.handle for c in _claims(item.event))]:
            row = seen.setdefault(key(handle), ["", "", when, when])
            if handle.display and when >= row[3]:
                row[0] = clean(handle.display, 200)
            row[1] = clean(handle.name, 200) or row[1]
            row[2], row[3] = min(row[2], when), max(row[3], when)
    source, values = sql.table(
        "uuid text text text text text timestamptz timestamptz", [(new_id(), *k, *seen[k]) for k in sorted(seen)]
    )
    rows = sql.run(_UPSERT.format(source=source), values)
    if appeared := tuple(sorted(row[0] for row in rows if row[4])):  # without a row version before it: it is new
        publish(HandlesAppeared(handles=appeared))
    return {(network, scope, address): ident for ident, network, scope, address, _ in rows}


def _row(item: Received, handle: UUID, ours: dict[tuple[str, str], UUID]) -> tuple[Any, ...]:
    event = item.event
    author = _author(item)
    colleague = ours.get((author.network, author.address)) if item.outgoing and author else None
    kind, subject, text, public, amount, currency, data = _content(event)
    return (
        item.interaction, handle, item.account.pk, item.envelope, kind, item.outgoing, colleague, getattr(event, "at"),  # noqa: B009
        clean(event.external_id, 1000), subject, text, public, amount, currency, sql.Jsonb(clean_json(data)), language(text),
    )  # fmt: skip


def row_of(item: Received) -> dict[str, Any]:
    """The wording of one event as the log would hold it, by column: what comes from the envelope and nothing else."""
    event = item.event
    kind, subject, text, public, amount, currency, data = _content(event)
    return {
        "external_id": clean(event.external_id, 1000),
        "kind": kind,
        "at": getattr(event, "at"),  # noqa: B009  as above
        "outgoing": item.outgoing,
        "subject": subject,
        "text": text,
        "public": public,
        "amount": amount,
        "currency": currency,
        "data": clean_json(data),
        "language": language(text),
    }


def _content(event: kit.Event) -> tuple[str, str, str, bool, Any, str, dict[str, Any]]:
    if isinstance(event, kit.Message):
        return "message", clean(event.subject, 1000), clean(event.text), event.public, None, "", _data(event)
    if isinstance(event, kit.Edit):
        return "edit", "", clean(event.text), False, None, "", {"target": event.target}
    if isinstance(event, kit.Delete):
        return "delete", "", "", False, None, "", {"target": event.target}
    if isinstance(event, kit.Reaction):
        return "reaction", "", "", False, None, "", {"target": event.target, "emoji": event.emoji, "removed": event.removed}
    if isinstance(event, kit.Order):
        data = {"number": event.number, "kind": event.kind, **event.extra}
        return "purchase", clean(event.number, 1000), "", False, event.amount, clean(event.currency, 3), data
    data = {"removed": getattr(event, "removed", False), **getattr(event, "extra", {})}
    return "follow", "", "", False, None, "", data


def _data(event: kit.Message) -> dict[str, Any]:
    data: dict[str, Any] = dict(event.extra)
    if event.html and len(event.html) <= HTML_LIMIT:
        data["html"] = event.html
    if event.full_text and event.full_text != event.text:
        data["quoted"] = True
    if event.to:
        data["to"] = [[h.network, h.address, h.display] for h in event.to[:50]]
    for name in ("automatic", "thread"):
        if getattr(event, name):
            data[name] = getattr(event, name)
    if event.references:
        data["references"] = list(event.references)[-50:]
    if event.notes:
        data["notes"] = list(event.notes)[:50]
    return data


FILE = (
    "id", "interaction_id", "name", "content_type", "detected_type", "size", "part", "content_id", "digest", "alt",
    "account_id", "history", "state", "why", "error", "fetch_at", "attempts",
)  # fmt: skip
STATE = FILE.index("state")
PART = 100
"""Characters of a place."""


def _files(item: Received, at: datetime) -> list[tuple[Any, ...]]:
    if not isinstance(item.event, kit.Message):
        return []
    return [
        (
            new_id(), item.interaction, clean(f.name, 255) or "file", clean(f.content_type, 127), "", f.size,
            clean(f.part, PART), clean(f.content_id, 255), item.digests.get(f.part, ""), clean(f.alt, ALT_LIMIT),
            *_fate(item, f, at),
        )
        for f in item.event.attachments[:200]
    ]  # fmt: skip


def _fate(item: Received, file: kit.Attachment, at: datetime) -> tuple[Any, ...]:
    """The columns of FILE that say whether and when its bytes are fetched."""
    history = item.history or item.account.history
    if not file.remote or item.digests.get(file.part):
        return None, history, "", "", "", None, 0
    why = ""
    if file.size > kit.channel.LARGEST_FILE:
        why = "too_large"
    elif len(file.part) > PART or not isinstance(registry.channel(item.account.channel), kit.FetchesFiles):
        why = "unsupported"
    return item.account.pk, history, "gone" if why else "waiting", why, "", None if why else at, 0


def _fact(item: Received, handles: dict[Key, UUID]) -> MessageReceived | ActReceived:
    whom = item.whom
    assert whom is not None  # noqa: S101  write() has left out what has nobody
    common: dict[str, Any] = {
        "interaction": item.interaction,
        "handle": handles[key(whom)],
        "account": item.account.pk,
        "at": getattr(item.event, "at"),  # noqa: B009  every event but a report has a time
        "history": item.history or item.account.history,
        "claims": tuple((handles[key(c.handle)], c.by) for c in _claims(item.event)),
        "display": clean(whom.display or whom.name or whom.address, 200),
    }
    if isinstance(item.event, kit.Message):
        return MessageReceived(**common, outgoing=item.outgoing, threads=capabilities(item.account).threads, message=item.event)
    return ActReceived(**common, event=item.event)
