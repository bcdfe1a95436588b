"""Questions about accounts, envelopes and handles."""

import hashlib
import hmac
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Count

from samspil import kit
from samspil.base import blobs, registry, sql
from samspil.base.errors import NotFound
from samspil.base.ids import first_id
from samspil.base.keeps import Keeps
from samspil.base.seal import keys, unseal
from samspil.intake.models import Account, Envelope, Handle, Hour, Interaction
from samspil.intake.rules import HEAD, detected_type, unusually_silent


def account_view(row: Account) -> kit.Account:
    """The account as its channel sees it, secrets in the clear."""
    return kit.Account(
        id=str(row.pk),
        name=row.name,
        config={**row.config, **_opened(bytes(row.secrets))},
        key=bytes(row.key),
        own=frozenset(row.own),
        language=row.language,
        cursor=row.cursor,
        keeps=Keeps(row.pk, bytes(row.key)),
    )


@lru_cache(maxsize=256)
def _opened(sealed: bytes) -> dict[str, Any]:
    return dict(unseal(sealed)) if sealed else {}


def accounts(ids: Sequence[UUID] | None = None) -> Sequence[Account]:
    """All accounts by name, or those of the given ids."""
    rows = Account.objects.all() if ids is None else Account.objects.filter(pk__in=ids)
    return list(rows.order_by("name", "id"))


_COLUMNS = [str(field.column) for field in Account._meta.concrete_fields]  # noqa: SLF001  Django's documented interface
BELIEVED = 1.0
"""Seconds for which an account that was read is believed: one small statement a second and process, not one a message."""
_known: dict[UUID, tuple[float, Account, kit.Account]] = {}


def known_accounts(ids: Collection[UUID]) -> dict[UUID, tuple[Account, kit.Account]]:
    """Accounts and what their channels see of them, at most BELIEVED seconds old. For the spine, which asks for every batch."""
    moment = time.monotonic()
    missing = [ident for ident in ids if ident not in _known or _known[ident][0] < moment]
    if missing:
        for row in sql.run(f"SELECT {', '.join(_COLUMNS)} FROM intake_account WHERE id = ANY(%s)", [missing]):
            found = Account.from_db("default", _COLUMNS, row)
            _known[found.pk] = (moment + BELIEVED, found, account_view(found))
    return {ident: _known[ident][1:] for ident in ids}


def look_again() -> None:
    """Believe nothing that was read before: the next question reads the database."""
    _known.clear()


def account(ident: UUID) -> Account:
    """One account. Raises NotFound."""
    row = Account.objects.filter(pk=ident).first()
    if row is None:
        raise NotFound("no such account")
    return row


TELL_READ = kit.Field(
    name="tell_read",
    label={"da": "Vis, når vi har læst en besked", "en": "Show when we have read a message"},
    kind="switch",
    required=False,
    default=True,
    help={
        "da": "Den, der har skrevet, ser det i sin egen app, når en kollega åbner samtalen.",
        "en": "Whoever wrote sees it in their own app when a colleague opens the conversation.",
    },
)


def fields_of(channel: kit.Channel) -> Sequence[kit.Field]:
    """The settings of the channel's accounts: its own, and what Samspil asks of every channel that can do it."""
    return [*channel.fields, *([TELL_READ] if "read" in channel.capabilities.changes else [])]


def capabilities(row: Account) -> kit.Capabilities:
    """What the account's channel can do."""
    return registry.channel(row.channel).capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an account has brought: its newest envelope, those of the last four weeks, and how many are missed where the silence is unusual."""

    last_at: datetime
    envelopes: int
    missed: float | None


_LAST = "SELECT account_id, max(received_at) FROM intake_envelope WHERE id >= %s AND account_id = ANY(%s) GROUP BY 1"
RECENT = timedelta(minutes=15)
"""What has come since is perhaps not counted yet."""


def heard(ids: Sequence[UUID], at: datetime) -> Mapping[UUID, Heard]:
    """What each of these accounts has brought lately; who has brought nothing is not named. Two statements."""
    newest: dict[UUID, datetime] = dict(sql.run(_LAST, [first_id(at - RECENT), list(ids)]))
    hours: dict[UUID, dict[datetime, int]] = {}
    for account_id, hour, number, last_at in Hour.objects.filter(account__in=ids).values_list(
        "account", "hour", "envelopes", "last_at"
    ):
        hours.setdefault(account_id, {})[hour] = number
        newest[account_id] = max(newest.get(account_id, last_at), last_at)
    found = {}
    for ident, last in newest.items():
        known = hours.get(ident, {})
        found[ident] = Heard(last_at=last, envelopes=sum(known.values()), missed=unusually_silent(known, last, at))
    return found


def envelope_counts() -> Mapping[str, int]:
    """How many envelopes are in each state; every state is named."""
    found = dict(Envelope.objects.values_list("state").annotate(n=Count("id")).order_by())
    return {state: found.get(state, 0) for state in Envelope.State.values}


def trouble_counts() -> tuple[int, int]:
    """How many envelopes could not be understood: of what is connected, and of imported history. One statement."""
    states = [Envelope.State.NOT_UNDERSTOOD, Envelope.State.QUARANTINED]
    found = dict(Envelope.objects.filter(state__in=states).values_list("account__history").annotate(n=Count("id")).order_by())
    return found.get(False, 0), found.get(True, 0)


def trouble(limit: int = 100) -> Sequence[Envelope]:
    """Envelopes that could not be understood, newest first, without their payloads."""
    states = [Envelope.State.NOT_UNDERSTOOD, Envelope.State.QUARANTINED]
    return list(Envelope.objects.filter(state__in=states).defer("payload").select_related("account").order_by("-id")[:limit])


def trouble_of(
    *, account: UUID | None = None, state: str = "", before: UUID | None = None, limit: int = 50
) -> tuple[Sequence[Envelope], bool]:
    """One page of the envelopes that could not be understood, newest first, without their payloads; and whether there are more. One statement."""
    states = [state] if state else [Envelope.State.NOT_UNDERSTOOD, Envelope.State.QUARANTINED]
    rows = Envelope.objects.filter(state__in=states)
    if account is not None:
        rows = rows.filter(account=account)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.defer("payload").select_related("account").order_by("-id")[: limit + 1])
    return found[:limit], len(found) > limit


def trouble_by() -> Mapping[tuple[UUID, str], int]:
    """How many envelopes could not be understood, by account and state. One statement."""
    states = [Envelope.State.NOT_UNDERSTOOD, Envelope.State.QUARANTINED]
    rows = Envelope.objects.filter(state__in=states).values_list("account", "state").annotate(n=Count("id")).order_by()
    return {(account, state): n for account, state, n in rows}


def original(interaction: Interaction) -> kit.Envelope | None:
    """The envelope that the interaction came in, as the channel sees it; None for what we wrote."""
    row = Envelope.objects.filter(pk=interaction.envelope_id).first() if interaction.envelope_id else None
    return envelope_view(row) if row else None


def payload_of(payload: bytes, blob: str) -> bytes:
    """The payload of an envelope, from its row or the file that the row names. Raises FileNotFoundError when that is gone."""
    if not blob:
        return payload
    with blobs.read(blob) as file:
        return file.read()


def beginning_of(envelope: UUID, size: int) -> tuple[bytes, int]:
    """The first bytes of a payload, and how many it has in all. Raises NotFound."""
    rows = sql.run(
        "SELECT substring(payload FROM 1 FOR %s), length(payload), blob, blob_size FROM intake_envelope WHERE id = %s",
        [size, envelope],
    )
    if not rows:
        raise NotFound("no such envelope")
    payload, length, blob, blob_size = rows[0]
    if not blob:
        return bytes(payload), int(length)
    with blobs.read(blob) as file:
        return file.read(size), int(blob_size)


def envelope_view(row: Envelope) -> kit.Envelope:
    """The stored row as the channel sees it."""
    payload = payload_of(bytes(row.payload), row.blob)
    return kit.Envelope(external_id=row.external_id, payload=payload, headers=row.headers, received_at=row.received_at)


def type_of(data: bytes) -> str:
    """What a file is by its first bytes, whatever it says it is; "" for what is not known."""
    return detected_type(data[:HEAD])


def handle_counts() -> Mapping[str, int]:
    """How many handles and interactions there are."""
    return {"handles": Handle.objects.count(), "interactions": Interaction.objects.count()}


def waiting_in(account: UUID) -> int:
    """How many envelopes of an account wait to be understood."""
    return Envelope.objects.filter(account=account, state=Envelope.State.ARRIVED).count()


def fate_of(*, account: UUID, external_ids: Sequence[str]) -> Mapping[str, int]:
    """How many of these envelopes are in each state; every state is named."""
    found = sql.run(
        "SELECT state, count(*) FROM intake_envelope WHERE account_id = %s AND external_id = ANY(%s) GROUP BY state",
        [account, list(external_ids)],
    )
    return dict.fromkeys(Envelope.State.values, 0) | {state: int(number) for state, number in found}


def refused_of(*, account: UUID, external_ids: Sequence[str]) -> Sequence[tuple[UUID, str, str, str]]:
    """Those that were not understood: id, external id, state and why, in the order in which they came."""
    rows = sql.run(
        "SELECT id, external_id, state, error FROM intake_envelope WHERE account_id = %s AND external_id = ANY(%s)"
        " AND state IN ('not_understood', 'quarantined') ORDER BY id",
        [account, list(external_ids)],
    )
    return [(ident, external, state, error) for ident, external, state, error in rows]


def troubled(
    *,
    states: Sequence[str],
    account: UUID | None = None,
    since: datetime | None = None,
    envelopes: Sequence[UUID] | None = None,
) -> Sequence[Envelope]:
    """Envelopes in these states, the oldest first, without their payloads; of one account, since a time, or of the given ones."""
    rows = Envelope.objects.filter(state__in=states)
    if account is not None:
        rows = rows.filter(account=account)
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    if envelopes is not None:
        rows = rows.filter(pk__in=envelopes)
    return list(rows.defer("payload").select_related("account").order_by("id"))


def accounts_of(envelopes: Sequence[UUID]) -> Sequence[UUID]:
    """The accounts that these envelopes came in on. Raises NotFound when one of them is not here."""
    found = dict(Envelope.objects.filter(pk__in=envelopes).values_list("id", "account"))
    if missing := set(envelopes) - set(found):
        raise NotFound(f"no envelope {min(missing)}")
    return sorted(set(found.values()))


Known = tuple[str, str, str]
"""A handle as network, scope and address."""
PURPOSE = "samspil.forgotten"


def marks_of(handle: Known) -> list[bytes]:
    """What stands for a handle on the erasure list: HMAC-SHA256 with the key of today, then with those before it."""
    text = "\0".join(handle).encode("utf-8", "surrogatepass")
    return [hmac.new(one, text, hashlib.sha256).digest() for one in keys(PURPOSE)]


def nobody_is_forgotten() -> bool:
    """Whether the erasure list is empty. One statement."""
    return not sql.run("SELECT EXISTS (SELECT 1 FROM intake_forgotten)")[0][0]


def forgotten(handles: Collection[Known]) -> dict[Known, datetime]:
    """Which of these handles are on the erasure list, and since when. One statement."""
    by_mark = {mark: handle for handle in handles for mark in marks_of(handle)}
    if not by_mark:
        return {}
    rows = sql.run("SELECT mark, at FROM intake_forgotten WHERE mark = ANY(%s::bytea[])", [sorted(by_mark)])
    found: dict[Known, datetime] = {}
    for mark, at in rows:
        handle = by_mark[bytes(mark)]
        found[handle] = max(at, found.get(handle, at))
    return found


_KEPT = (
    "SELECT data->'kept' FROM ((SELECT id, data FROM intake_interaction WHERE account_id = {account} AND external_id = {ident} AND data ? 'kept')"
    " UNION ALL (SELECT id, data FROM intake_interaction WHERE account_id = {account} AND data->>'target' = {ident} AND data ? 'kept'"
    "  AND outgoing)) k ORDER BY id DESC LIMIT 1"
)
"""The newest: of the message itself, or of what we did to it afterwards."""


def kept_with(*, account: UUID, external_id: str) -> Mapping[str, Any] | None:
    """What a channel left with a message of ours, or with the last change of it (``kit.Sent.kept``); None where there is none."""
    rows = sql.run(_KEPT.format(account="%(account)s", ident="%(ident)s"), {"account": account, "ident": external_id})
    return rows[0][0] if rows else None


_SHOWN = (
    "FROM intake_interaction i WHERE i.account_id = %(account)s AND i.public AND i.data ? 'kept' AND i.kind = 'message'"
    " AND NOT EXISTS (SELECT 1 FROM intake_interaction d WHERE d.account_id = i.account_id AND d.data->>'target' = i.external_id"
    "  AND d.data ? 'kept' AND d.outgoing AND d.kind = 'delete')"
)


def kept_with_public(*, account: UUID, before: str, most: int) -> Sequence[Mapping[str, Any]]:
    """The same of our public messages that were not taken back, the newest first, older than that with the external id ``before`` ("" for all)."""
    rows = sql.run(
        f"SELECT ({_KEPT.format(account='i.account_id', ident='i.external_id')}) {_SHOWN}"
        " AND (%(before)s = '' OR i.id < (SELECT min(id::text)::uuid FROM intake_interaction"
        " WHERE account_id = %(account)s AND external_id = %(before)s AND data ? 'kept')) ORDER BY i.id DESC LIMIT %(most)s",
        {"account": account, "before": before, "most": most},
    )
    return [row[0] for row in rows]


def kept_with_public_count(*, account: UUID) -> int:
    """How many public messages of ours a channel shows."""
    return int(sql.run(f"SELECT count(*) {_SHOWN}", {"account": account})[0][0])


_FOLLOWERS = (
    "SELECT DISTINCT ON (i.handle_id) i.handle_id, i.data FROM intake_interaction i WHERE i.account_id = %s AND i.kind = 'follow'"
    " ORDER BY i.handle_id, i.id DESC"
)
"""The last word of each, in the order in which it came: the time in a message is its sender's to choose."""


def followers(*, account: UUID) -> Sequence[tuple[UUID, Mapping[str, Any]]]:
    """Who follows an account: their handle, and how the channel reaches them. The dead are left out; ordered by handle."""
    rows = sql.run(
        f"SELECT f.handle_id, f.data FROM ({_FOLLOWERS}) f JOIN intake_handle h ON h.id = f.handle_id"
        " WHERE h.dead_at IS NULL AND NOT coalesce((f.data->>'removed')::boolean, false) ORDER BY f.handle_id",
        [account],
    )
    return [(handle, data) for handle, data in rows]


def followers_count(*, account: UUID) -> int:
    """How many follow an account."""
    rows = sql.run(
        f"SELECT count(*) FROM ({_FOLLOWERS}) f JOIN intake_handle h ON h.id = f.handle_id"
        " WHERE h.dead_at IS NULL AND NOT coalesce((f.data->>'removed')::boolean, false)",
        [account],
    )
    return int(rows[0][0])
