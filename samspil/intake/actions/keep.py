"""Putting on disk: envelopes as they come, and what left us as a line of the log.

A payload over LARGE lies in a file of its own, which is on disk before the row that names it is committed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from samspil.base import bell, blobs, sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.intake.facts import InteractionsLogged
from samspil.intake.rules import clean, clean_json, language
from samspil.kit import Envelope

UNMOVED: Any = object()
"""The cursor stays where it is."""

FEW = 8
"""Up to so many envelopes go in by one INSERT; more by COPY through a staging table."""


LARGE = 256 * 1024
"""Payloads of more bytes lie outside the database: TOAST takes no more than 1 GB, and a copy of every large file would go through
the write-ahead log and into every backup of the database."""
LARGEST = 1 << 30


def keep(*, account: UUID, envelopes: Sequence[Envelope], at: datetime, cursor: Any = UNMOVED) -> int:
    """Put envelopes on disk, each once, and move the account's cursor in the same transaction. The number that were new.

    When it returns the envelopes are durable, and only then may the channel acknowledge them. Rings the workers.
    """
    return keep_many(envelopes=[(account, e) for e in envelopes], at=at, cursors={} if cursor is UNMOVED else {account: cursor})


def keep_many(*, envelopes: Sequence[tuple[UUID, Envelope]], at: datetime, cursors: dict[UUID, Any] | None = None) -> int:
    """The same for envelopes of several accounts in one transaction."""
    new = sql.Answer(rows=[])
    with step():
        if any(len(e.payload) > LARGE for _, e in envelopes):
            blobs.hold()
        if envelopes:
            new = _insert([_row(account, e, at) for account, e in envelopes])
            transaction.on_commit(lambda: bell.ring("envelopes") if new.rows else None)
        for account, cursor in (cursors or {}).items():
            sql.run(
                "UPDATE intake_account SET cursor = %s, seen_at = %s, error = '',"
                " state = CASE state WHEN 'broken' THEN 'active' ELSE state END WHERE id = %s AND state <> 'closed'",
                [sql.Jsonb(cursor), at, account],
            )
    return len(new.rows)


def _row(account: UUID, e: Envelope, at: datetime) -> tuple[Any, ...]:
    payload, blob, size = e.payload, "", 0
    if len(payload) > LARGE:
        blob, size = blobs.keep([payload], limit=LARGEST)
        payload = b""
    headers = sql.Jsonb(clean_json(dict(e.headers)))
    return new_id(), account, clean(e.external_id, 200), payload, headers, e.received_at or at, blob, size


_COLUMNS = ("id", "account_id", "external_id", "payload", "headers", "received_at", "blob", "blob_size")
_INSERT = (
    "INSERT INTO intake_envelope (id, account_id, external_id, payload, headers, received_at, blob, blob_size, state, error, attempts)"
    " SELECT id, account_id, external_id, payload, headers, received_at, blob, blob_size, 'arrived', '', 0 FROM {source}"
    " ORDER BY account_id, external_id ON CONFLICT (account_id, external_id) DO NOTHING RETURNING 1"
)


def _insert(rows: list[tuple[Any, ...]]) -> sql.Answer:
    """A row of the answer for each that was new; it is known when the step has ended, or when it is asked."""
    if len(rows) <= FEW:
        source, values = sql.table("uuid uuid text bytea jsonb timestamptz text bigint", rows)
        return sql.ask(_INSERT.format(source=f"{source} AS t({', '.join(_COLUMNS)})"), values)
    sql.run(
        "CREATE TEMP TABLE IF NOT EXISTS arriving (id uuid, account_id uuid, external_id text, payload bytea,"
        " headers jsonb, received_at timestamptz, blob text, blob_size bigint) ON COMMIT DELETE ROWS"
    )
    sql.copy("arriving", _COLUMNS, rows)
    return sql.ask(_INSERT.format(source="arriving"))


def record_outgoing(
    *,
    interaction: UUID,
    handle: UUID,
    account: UUID,
    colleague: UUID | None,
    at: datetime,
    external_id: str,
    subject: str,
    text: str,
    public: bool,
    data: dict[str, Any],
    kind: str = "message",
) -> None:
    """Append what we wrote, or changed afterwards (``kind`` edit, delete or reaction), to the log, at the handle that it went to.

    Joins the caller's step.
    """
    with step():
        sql.copy(
            "intake_interaction",
            INTERACTION,
            [
                (
                    interaction, handle, account, None, kind, True, colleague, at, clean(external_id, 1000),
                    clean(subject, 1000), clean(text), public, None, "", sql.Jsonb(clean_json(data)), language(text),
                )
            ],
        )  # fmt: skip
        publish(InteractionsLogged(interactions=(interaction,)))


INTERACTION = (
    "id", "handle_id", "account_id", "envelope_id", "kind", "outgoing", "colleague_id", "at", "external_id",
    "subject", "text", "public", "amount", "currency", "data", "language",
)  # fmt: skip
"""Columns of the log in the order in which rows are written."""
