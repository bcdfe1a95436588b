"""History that comes without envelopes: known handles, and events as if they had been received."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from samspil import kit
from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.intake.actions.forgotten import hold, screen
from samspil.intake.actions.write import Key, Received, key, write
from samspil.intake.facts import HandlesAppeared
from samspil.intake.models import Account
from samspil.intake.queries import nobody_is_forgotten


def know_handles(*, handles: Sequence[tuple[kit.Handle, datetime]]) -> dict[Key, UUID]:
    """The row of each handle, given with when it was first seen, made where it is new. Joins the caller's step; one statement."""
    rows = {key(handle): (handle, at) for handle, at in handles}
    keys = sorted(rows)
    with step():
        found = sql.run(
            "INSERT INTO intake_handle (id, network, scope, address, display, name, verified, first_at, last_at, dead_why)"
            " SELECT id, n, s, a, d, l, '', t, t, '' FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::text[], %s::timestamptz[]) AS u(id, n, s, a, d, l, t)"
            " ON CONFLICT (network, scope, address) DO UPDATE SET first_at = least(intake_handle.first_at, excluded.first_at)"
            " RETURNING id, network, scope, address, xmax = 0",
            [
                [new_id() for _ in keys],
                *[[k[i] for k in keys] for i in range(3)],
                [rows[k][0].display[:200] for k in keys],
                [rows[k][0].name[:200] for k in keys],
                [rows[k][1] for k in keys],
            ],
        )
        if appeared := tuple(sorted(row[0] for row in found if row[4])):
            publish(HandlesAppeared(handles=appeared))
    return {(network, scope, address): ident for ident, network, scope, address, _ in found}


def record(
    *, events: Sequence[tuple[Account, kit.Event]], at: datetime, digests: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, UUID]:
    """Append events to the log as history, which notifies nobody and is not routed. The interactions by external id.

    ``digests`` says where the bytes of attachments lie, by external id and part. Joins the caller's step.
    """
    received = [
        Received(envelope=None, account=account, event=event, history=True, digests=(digests or {}).get(event.external_id, {}))
        for account, event in events
    ]
    with step():
        hold()
        if not nobody_is_forgotten():
            received, _ = screen(received=received, kept_at={})
        write(received, at)
    return {item.event.external_id: item.interaction for item in received}
