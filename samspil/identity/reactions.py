"""Recognising who acted: a batch at a time, in a constant number of statements."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from samspil.base import clock, sql
from samspil.base.flow import publish
from samspil.base.ids import new_id
from samspil.base.text import fold
from samspil.identity.actions import merge_by_evidence, set_free
from samspil.identity.actions.compare import compare
from samspil.identity.actions.door import Seen, look, warn
from samspil.identity.actions.veto import vetoes_among
from samspil.identity.facts import HandleLinked, SenderRecognised
from samspil.identity.rules.recognise import WORDS, Sighting, Verdict, evidence, recognise
from samspil.intake.facts import ActReceived, HandlesAppeared, MessageReceived


def recognise_sender(received: Sequence[MessageReceived | ActReceived]) -> None:
    """Find or make the consumer of every handle in the batch. The handles' rows are locked by intake, so nobody else does it now."""
    sightings = [Sighting(r.handle, r.display, r.claims) for r in received]
    handles = list({h for s in sightings for h in (s.handle, *(c for c, _ in s.claims))})
    watch = look(seen=[s for r in received for s in _seen(r)])
    those, values = sql.among("l.handle_id", handles)
    rows = sql.run(
        "SELECT l.handle_id, l.consumer_id, c.name, c.named_by_hand, l.evidence->0->>'kind' = 'typed'"
        " FROM identity_link l JOIN identity_consumer c ON c.id = l.consumer_id"
        f" WHERE {those} AND l.ended_at IS NULL",
        [values],
    )
    owners = {row[0]: row[1] for row in rows}
    claimed = any(s.claims for s in sightings)
    verdict = recognise(
        sightings,
        owners,
        [new_id() for _ in sightings],
        vetoes_among(consumers=set(owners.values())) if claimed else frozenset(),
        shared=_shared(handles) if claimed else frozenset(),
        typed=frozenset(row[0] for row in rows if row[4]),
    )
    _write(verdict, received)
    for handle, consumer, alone in verdict.freed:
        set_free(handle=handle, consumer=consumer, to=alone, why=WORDS["freed"], at=clock.now())
    _name({row[1]: row[2] for row in rows if not row[3]}, verdict.owner, sightings)
    warn(watch=watch, at=clock.now())
    for kept, absorbed, how in verdict.merges:
        merge_by_evidence(kept=kept, absorbed=absorbed, how=how, at=clock.now())
    publish(
        *[
            SenderRecognised(
                interaction=r.interaction,
                consumer=verdict.owner[r.handle],
                new=verdict.owner[r.handle] in verdict.consumers,
                received=r,
            )
            for r in received
        ]
    )


def _seen(received: MessageReceived | ActReceived) -> Iterator[Seen]:
    """The handles that came from outside with it: who acted, and what they claim."""
    event = received.message if isinstance(received, MessageReceived) else received.event
    author = getattr(event, "author", None)
    if author is not None and not getattr(event, "outgoing", False):
        yield Seen(received.handle, author.network, author.address, author.display)
    for (handle, _), claim in zip(received.claims, getattr(event, "claims", ()), strict=False):
        yield Seen(handle, claim.handle.network, claim.handle.address, claim.handle.display)


def _shared(handles: Sequence[UUID]) -> frozenset[UUID]:
    rows = sql.run(
        "SELECT handle_id FROM identity_mark WHERE kind = 'shared' AND ended_at IS NULL AND handle_id = ANY(%s)", [list(handles)]
    )
    return frozenset(handle for (handle,) in rows)


def _write(verdict: Verdict, received: Sequence[MessageReceived | ActReceived]) -> None:
    if not verdict.links and not verdict.consumers:
        return
    since: dict[UUID, datetime] = {}
    for r in received:
        owner = verdict.owner[r.handle]
        since[owner] = min(since.get(owner, r.at), r.at)
    now = clock.now()
    if verdict.consumers:
        sql.copy(
            "identity_consumer",
            ("id", "name", "folded", "named_by_hand", "place", "language", "since"),
            [(c, name[:200], fold(name)[:400], False, "", "", since.get(c, now)) for c, name in verdict.consumers.items()],
        )
    sql.copy(
        "identity_link",
        ("id", "handle_id", "consumer_id", "evidence", "began_at", "via_id"),
        [(new_id(), handle, consumer, sql.Jsonb(evidence(how)), now, via) for handle, consumer, how, via in verdict.links],
    )
    others = [(handle, consumer) for handle, consumer, how, _ in verdict.links if how != "same"]
    publish(*[HandleLinked(handle=handle, consumer=consumer) for handle, consumer in others])


def _name(known: dict[UUID, str], owners: dict[UUID, UUID], sightings: Sequence[Sighting]) -> None:
    """A name for who has none, and the name that our own site signed for who has only what a network shows."""
    names = {}
    for seen in sightings:
        owner = owners[seen.handle]
        signed = any(how == "hmac" for _, how in seen.claims)
        if seen.display and owner in known and known[owner] != seen.display and (signed or not known[owner]):
            names[owner] = seen.display[:200]
    if names:
        sql.run(
            "UPDATE identity_consumer c SET name = t.n, folded = t.f FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS t(id, n, f)"
            " WHERE c.id = t.id AND NOT c.named_by_hand",
            [list(names), list(names.values()), [fold(n)[:400] for n in names.values()]],
        )


def compare_new(appeared: Sequence[HandlesAppeared]) -> None:
    """Look whom new handles might be the same person as."""
    compare(handles=[handle for fact in appeared for handle in fact.handles], at=clock.now())
