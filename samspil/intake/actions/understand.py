"""The first stage of the spine: waiting envelopes become interactions at handles, a whole batch at a time.

One transaction is one batch: claimed with SKIP LOCKED, understood by the channel's pure function, written set-based, and
carried on by the flow through identity, conversation and routing before it commits. A batch that fails is halved until the
culprit stands alone; that envelope is quarantined with its error and the rest goes on.
"""

import logging
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import DatabaseError, DataError, transaction

from samspil.base import bell, blobs, registry, sql
from samspil.base.flow import publish, step
from samspil.intake.actions.forgotten import hold, screen
from samspil.intake.actions.write import Received, write
from samspil.intake.facts import EnvelopeRefused
from samspil.intake.models import Envelope
from samspil.intake.queries import known_accounts, payload_of
from samspil.kit import Channel, Event, NotUnderstood
from samspil.kit import Envelope as Arrived

log = logging.getLogger(__name__)

BATCH = 400
"""Envelopes of one transaction when there is much to do."""
BYTES = 32_000_000
"""Payload of one batch, in bytes; a single larger envelope is a batch of its own."""
PATIENCE = 5
"""Tries of one envelope when the database itself is in trouble, before it is quarantined."""

_CLAIM = (
    "UPDATE intake_envelope SET state = 'understood' WHERE id = ANY(ARRAY("
    " SELECT id FROM intake_envelope WHERE state = 'arrived' AND (retry_at IS NULL OR retry_at <= now())"
    " {also} ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))"
    " RETURNING id, account_id, external_id, payload, headers, received_at, blob, blob_size, EXISTS (SELECT 1 FROM intake_forgotten)"
)
"""Claimed as understood, which most turn out to be: the others are put right, and a batch that fails rolls back."""


_EMPTY = (
    "UPDATE intake_envelope SET state = 'forgotten', payload = '', headers = '{}', blob = '', blob_size = 0, error = ''"
    " WHERE id = ANY(%s)"
)
"""The row stays, so that the same mail read again is not stored again."""


def understand_waiting(*, limit: int = BATCH, at: datetime) -> int:
    """Take up to ``limit`` waiting envelopes through the whole spine. The number taken; 0 when none waits."""
    taken: list[UUID] = []
    try:
        with step():
            _take(None, limit, at, taken)
    except Exception as error:
        if not taken:
            raise
        _halve(taken, error, at)
    return len(taken)


def replay(*, envelopes: Sequence[UUID], at: datetime) -> int:
    """Understand envelopes anew that were not understood or quarantined. The number put back in line."""
    with step():
        rows = sql.run(
            "UPDATE intake_envelope SET state = 'arrived', error = '', attempts = 0, retry_at = NULL"
            " WHERE id = ANY(%s) AND state IN ('not_understood', 'quarantined', 'empty') RETURNING 1",
            [list(envelopes)],
        )
        if rows:
            bell.ring_after_commit("envelopes", at.isoformat())
    return len(rows)


def _take(only: Sequence[UUID] | None, limit: int, at: datetime, claimed: list[UUID]) -> None:
    """Claim a batch and understand it; ``claimed`` is filled first, so that whoever catches an error knows whom it concerns."""
    hold()
    query = _CLAIM.format(also="" if only is None else "AND id = ANY(%s)")
    rows = sorted(sql.run(query, [limit] if only is None else [list(only), limit]), key=itemgetter(0))
    taken: list[tuple[Any, ...]] = []
    size = 0
    for row in rows:
        size += len(row[3]) + row[7]
        if taken and size > BYTES:
            break
        taken.append(row)
    if len(taken) < len(rows):
        left = [row[0] for row in rows[len(taken) :]]
        sql.run("UPDATE intake_envelope SET state = 'arrived' WHERE id = ANY(%s)", [left])
    claimed.extend(row[0] for row in taken)
    if taken:
        _understand(taken, at)


def _understand(rows: Sequence[tuple[Any, ...]], at: datetime) -> None:
    accounts = known_accounts({row[1] for row in rows})
    received: list[Received] = []
    outcome: dict[str, list[tuple[UUID, str]]] = {"understood": [], "empty": [], "not_understood": [], "quarantined": []}
    for ident, account_id, external_id, payload, headers, received_at, blob, *_ in rows:
        account, view = accounts[account_id]
        try:
            whole = payload_of(bytes(payload), blob)
        except OSError as gone:
            outcome["quarantined"].append((ident, _words(gone)))
            publish(EnvelopeRefused(envelope=ident, account=account_id, state="quarantined"))
            continue
        envelope = Arrived(external_id=external_id, payload=whole, headers=headers, received_at=received_at)
        events, state, error = _events(registry.channel(account.channel), envelope, view)
        outcome[state].append((ident, error))
        if error:
            publish(EnvelopeRefused(envelope=ident, account=account_id, state=state))
        received.extend(Received(envelope=ident, account=account, event=event) for event in events)
    if rows[0][-1]:
        received = _without_forgotten(rows, received, outcome)
    write(received, at)
    for state, done in outcome.items():
        if done and state != "understood":
            sql.run(
                "UPDATE intake_envelope e SET state = %s, error = t.error FROM unnest(%s::uuid[], %s::text[]) AS t(id, error)"
                " WHERE e.id = t.id",
                [state, [ident for ident, _ in done], [error for _, error in done]],
            )


def _without_forgotten(
    rows: Sequence[tuple[Any, ...]], received: list[Received], outcome: dict[str, list[tuple[UUID, str]]]
) -> list[Received]:
    """What is older than the forgetting of its person is left out, and where that is all, the envelope is emptied."""
    left, touched = screen(received=received, kept_at={row[0]: row[5] for row in rows})
    bare = touched - {item.envelope for item in left}
    if bare:
        sql.run(_EMPTY, [list(bare)])
        outcome["understood"] = [done for done in outcome["understood"] if done[0] not in bare]
        files = {row[6] for row in rows if row[0] in bare and row[6]}
        if files:
            transaction.on_commit(lambda: _release(files))
    return left


def _release(files: set[str]) -> None:
    # Not before the rows are gone for good: a batch that is rolled back must find its files.
    with transaction.atomic():
        blobs.release(files)


def _events(channel: Channel, envelope: Arrived, account: Any) -> tuple[Sequence[Event], str, str]:
    try:
        events = channel.understand(envelope, account)
    except NotUnderstood as error:
        return (), "not_understood", str(error)[:2000] or "not understood"
    except Exception as error:  # noqa: BLE001  a defect of one channel must not stop the others' messages
        log.warning("channel %s failed on an envelope: %s", channel.name, type(error).__name__)
        return (), "quarantined", _words(error)
    return events, "understood" if events else "empty", ""


def _halve(envelopes: list[UUID], error: BaseException, at: datetime) -> None:
    if len(envelopes) == 1:
        return _set_aside(envelopes[0], error, at)
    middle = len(envelopes) // 2
    for half in (envelopes[:middle], envelopes[middle:]):
        try:
            with step():
                _take(half, len(half), at, [])
        except Exception as inner:  # noqa: BLE001  as above
            _halve(half, inner, at)
    return None


def _set_aside(envelope: UUID, error: BaseException, at: datetime) -> None:
    passing = isinstance(error, DatabaseError) and not isinstance(error, DataError)
    with transaction.atomic():
        row = Envelope.objects.select_for_update().only("attempts", "account_id").get(pk=envelope)
        row.attempts += 1
        if passing and row.attempts < PATIENCE:
            row.retry_at = at + timedelta(seconds=0.2 * 4**row.attempts)
            row.save(update_fields=["attempts", "retry_at"])
            return
        row.state = Envelope.State.QUARANTINED
        row.error = _words(error)
        row.save(update_fields=["attempts", "state", "error"])
    log.warning("envelope %s is quarantined: %s", envelope, type(error).__name__)
    with step():
        publish(EnvelopeRefused(envelope=envelope, account=row.account_id, state="quarantined"))


def _words(error: BaseException) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1:] or []
    place = f" ({where[0].filename.rsplit('/', 1)[-1]}:{where[0].lineno})" if where else ""
    return f"{type(error).__name__}: {error}{place}"[:2000].replace("\x00", "")
