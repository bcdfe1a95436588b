"""The erasure list: what is older than the forgetting of its person is not taken in again (docs/decisions/erasure-list.md).

The list holds keyed hashes and times, nothing else. Forgetting waits until no batch is under way and lets none begin, so a batch
that asked once whether the list is empty may believe it to its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from samspil import kit
from samspil.base import counters, sql
from samspil.base.flow import step
from samspil.intake.actions.write import Key, Received, key
from samspil.intake.queries import forgotten, marks_of

LOCK = "samspil.forgotten"


def hold() -> None:
    """Nobody is forgotten before the open transaction ends. It travels with the next statement, at no round trip of its own."""
    sql.write("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [LOCK])


def stand_still() -> None:
    """Wait until no batch is under way; none begins before the open transaction ends. For whoever forgets."""
    sql.run("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def put_on_list(*, handles: Sequence[UUID], at: datetime) -> int:
    """Put handles on the erasure list, as keyed hashes; those that are there get the newer time. The number of handles.

    Joins the caller's step, which has called :func:`stand_still` first.
    """
    with step():
        rows = sql.run("SELECT network, scope, address FROM intake_handle WHERE id = ANY(%s)", [list(handles)])
        put_keys_on_list(keys=[(network, scope, address) for network, scope, address in rows], at=at)
    return len(rows)


def put_keys_on_list(*, keys: Iterable[Key], at: datetime) -> None:
    """The same for handles that have no row (any more), given as network, scope and address."""
    marks = sorted(marks_of(one)[0] for one in keys)
    with step():
        sql.run(
            "INSERT INTO intake_forgotten (mark, at) SELECT m, %s FROM unnest(%s::bytea[]) AS u(m)"
            " ON CONFLICT (mark) DO UPDATE SET at = greatest(intake_forgotten.at, excluded.at)",
            [at, marks],
        )


def screen(*, received: Sequence[Received], kept_at: Mapping[UUID, datetime]) -> tuple[list[Received], set[UUID]]:
    """Leave out what is older than the forgetting of its person; what is left, and the envelopes of what is not. One statement.

    ``kept_at`` is when each envelope came: a message that dates itself into the future was written before it was here.
    """
    keys = {key(h) for item in received for h in _handles(item)}
    since = forgotten(keys)
    if not since:
        return list(received), set()
    left: list[Received] = []
    out: list[Received] = []
    for item in received:
        when = _when(item, kept_at)
        whom = item.whom
        if whom is not None and when is not None and key(whom) in since and when <= since[key(whom)]:
            out.append(item)
            continue
        claims: Sequence[kit.Claim] = getattr(item.event, "claims", ())
        kept = tuple(c for c in claims if when is None or key(c.handle) not in since or when > since[key(c.handle)])
        if len(kept) < len(claims) and isinstance(item.event, (kit.Message, kit.Order)):
            item.event = replace(item.event, claims=kept)
        left.append(item)
    _count(out)
    return left, {item.envelope for item in out if item.envelope is not None}


def _handles(item: Received) -> Iterable[kit.Handle]:
    if item.whom is not None:
        yield item.whom
        yield from (c.handle for c in getattr(item.event, "claims", ()))


def _when(item: Received, kept_at: Mapping[UUID, datetime]) -> datetime | None:
    said: datetime | None = getattr(item.event, "at", None)
    came = kept_at.get(item.envelope) if item.envelope is not None else None
    return min(said, came) if said is not None and came is not None else said


def _count(out: Sequence[Received]) -> None:
    by_account: dict[str, int] = {}
    for item in out:
        by_account[item.account.name] = by_account.get(item.account.name, 0) + 1
    for name, number in sorted(by_account.items()):
        counters.count(f"forgotten.{name}"[:100], number)
