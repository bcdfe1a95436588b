"""What an import of people writes here, a batch in a constant number of statements, and how it is taken back as a whole.

Every link and detail bears the run that made it: the link in its evidence, the detail in its source.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.base.text import fold
from samspil.identity.actions.decide import set_free
from samspil.identity.facts import HandleLinked
from samspil.identity.rules.details import DETAILS, MANY, tidy
from samspil.identity.rules.recognise import evidence
from samspil.intake.actions.drop import drop_unused

__all__ = ["DETAILS", "MANY", "Brought", "bring_fields", "bring_people", "source_of", "take_back", "tidy"]

SAME_NUMBER = 12.0
"""Bits that an equal customer number speaks for the same person with; a colleague decides."""


@dataclass(slots=True, kw_only=True)
class Brought:
    """One person of a file. ``links`` are (handle, beside which handle), ``details`` (handle, field, value)."""

    consumer: UUID
    new: bool
    name: str | None = None
    since: datetime | None = None
    links: Sequence[tuple[UUID, UUID | None]] = ()
    details: Sequence[tuple[UUID, str, str]] = ()
    alike: Sequence[tuple[UUID, UUID, str]] = field(default=())
    """Pairs of handles with the same customer number: a suggestion, and no more."""


def source_of(*, run: UUID) -> str:
    """What a detail of an import says of where it is from."""
    return f"import:{run.hex}"


def bring_fields(*, fields: Iterable[tuple[str, str, str]]) -> None:
    """Make attributes of the organisation's, given as (slug, name, kind); those that are there stay as they are."""
    rows = sorted(set(fields))
    with step():
        if rows:
            sql.run(
                "INSERT INTO identity_field (slug, name, kind, choices, place) SELECT s, n, k, '[]', 0"
                " FROM unnest(%s::text[], %s::text[], %s::text[]) AS u(s, n, k) ON CONFLICT (slug) DO NOTHING",
                [[r[0][:60] for r in rows], [r[1][:80] for r in rows], [r[2] for r in rows]],
            )


def bring_people(*, people: Sequence[Brought], run: UUID, words: str, by: UUID | None, at: datetime) -> None:
    """Write a batch. ``words`` are what the links say for evidence. The handles are locked by the caller, whose step this joins."""
    with step():
        _consumers([p for p in people if p.new], at)
        _names([p for p in people if not p.new and p.name is not None])
        said = sql.Jsonb([{"kind": "import", "strength": 1.0, "words": words[:200], "run": str(run)}])
        links = [
            (new_id(), handle, p.consumer, said, by, at, via if via != handle else None)
            for p in people
            for handle, via in p.links
        ]
        if links:
            columns = ("id", "handle_id", "consumer_id", "evidence", "made_by_id", "began_at", "via_id")
            sql.copy("identity_link", columns, links)
        details = [(new_id(), h, f[:60], v[:2000], source_of(run=run), at, by) for p in people for h, f, v in p.details]
        if details:
            sql.copy("identity_detail", ("id", "handle_id", "field", "value", "source", "at", "by_id"), details)
        _suggest([pair for p in people for pair in p.alike], at)
        publish(*[HandleLinked(handle=handle, consumer=p.consumer) for p in people for handle, _ in p.links])


def _consumers(people: Sequence[Brought], at: datetime) -> None:
    if people:
        sql.copy(
            "identity_consumer",
            ("id", "name", "folded", "named_by_hand", "place", "language", "since"),
            [(p.consumer, (p.name or "")[:200], fold(p.name or "")[:400], False, "", "", min(p.since or at, at)) for p in people],
        )


def _names(people: Sequence[Brought]) -> None:
    if people:
        sql.run(
            "UPDATE identity_consumer c SET name = t.n, folded = t.f FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS t(id, n, f)"
            " WHERE c.id = t.id AND NOT c.named_by_hand",
            [
                [p.consumer for p in people],
                [(p.name or "")[:200] for p in people],
                [fold(p.name or "")[:400] for p in people],
            ],
        )


def _suggest(pairs: Sequence[tuple[UUID, UUID, str]], at: datetime) -> None:
    once = {(min(a, b), max(a, b)): number for a, b, number in pairs if a != b}
    if not once:
        return
    parts = [
        sql.Jsonb([{"kind": "customer_number", "level": "same", "bits": SAME_NUMBER, "left": n, "right": n}])
        for n in once.values()
    ]
    sql.run(
        "INSERT INTO identity_suggestion (id, one_id, other_id, bits, probability, gain, parts, source, found_at, state)"
        " SELECT i, a, b, %s, 0.9, 1, p, 'import', %s, 'open'"
        " FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::jsonb[]) AS u(i, a, b, p) ON CONFLICT (one_id, other_id) DO NOTHING",
        [SAME_NUMBER, at, [new_id() for _ in once], [a for a, _ in once], [b for _, b in once], parts],
    )


# Whoever has acted, or of whom something else is known, is not taken away with the file that named them first.
_OF_RUN = (
    "SELECT l.id, l.handle_id, l.consumer_id, l.via_id,"
    " EXISTS (SELECT 1 FROM intake_interaction i WHERE i.handle_id = l.handle_id)"
    " OR EXISTS (SELECT 1 FROM identity_note n WHERE n.handle_id = l.handle_id)"
    " OR EXISTS (SELECT 1 FROM identity_file f WHERE f.handle_id = l.handle_id)"
    " OR EXISTS (SELECT 1 FROM identity_mark m WHERE m.handle_id = l.handle_id)"
    " OR EXISTS (SELECT 1 FROM identity_veto v WHERE v.one_id = l.handle_id OR v.other_id = l.handle_id)"
    " OR EXISTS (SELECT 1 FROM identity_detail d WHERE d.handle_id = l.handle_id AND d.source <> %(source)s)"
    " OR EXISTS (SELECT 1 FROM identity_link o WHERE o.handle_id = l.handle_id AND o.id <> l.id)"
    " FROM identity_link l JOIN intake_handle h ON h.id = l.handle_id"
    " WHERE l.consumer_id = ANY(%(consumers)s) AND l.evidence @> %(run)s AND l.ended_at IS NULL"
    " ORDER BY h.network, h.scope, h.address FOR UPDATE OF h"
)


def take_back(*, consumers: Mapping[UUID, str | None], run: UUID, why: str, by: UUID | None, at: datetime) -> int:
    """Take an import back for these consumers, given with the name before it (None: it gave none). The number of handles.

    Its details end. A handle that nothing else speaks for goes; one that has acted since, or of which more is known, keeps a consumer:
    its own, apart from those that only the file put it with. A constant number of statements, and some for each of the latter.
    """
    with step():
        params = {"source": source_of(run=run), "consumers": list(consumers), "run": sql.Jsonb([{"run": str(run)}])}
        rows = sql.run(_OF_RUN, params)
        idle = [handle for _, handle, _, _, kept in rows if not kept]
        sql.run(
            "UPDATE identity_detail d SET ended_at = %s, ended_by_id = %s FROM (SELECT handle_id FROM identity_link"
            " WHERE consumer_id = ANY(%s) AND ended_at IS NULL OFFSET 0) l"
            " WHERE l.handle_id = d.handle_id AND d.source = %s AND d.ended_at IS NULL",
            [at, by, _heirs(consumers), source_of(run=run)],
        )
        _remove(idle)
        _apart([row for row in rows if row[4]], why, at)
        before = {c: name for c, name in consumers.items() if name is not None}
        _names([Brought(consumer=c, new=False, name=name) for c, name in before.items()])
        _blank_nobodies(list(consumers))
        drop_unused(handles=idle)
    return len(rows)


def _heirs(consumers: Iterable[UUID]) -> list[UUID]:
    """The consumers and whoever has got handles of theirs since: details went along."""
    rows = sql.run(
        "WITH RECURSIVE heir(id) AS (SELECT unnest(%s::uuid[]) UNION SELECT d.kept_id FROM heir"
        " JOIN identity_decision d ON d.absorbed_id = heir.id AND d.kind <> 'undo') SELECT id FROM heir",
        [list(consumers)],
    )
    return [row[0] for row in rows]


def _remove(handles: Sequence[UUID]) -> None:
    """What hangs on handles that go, their links among it: nobody has ever acted on it."""
    if handles:
        ids = [list(handles)]
        sql.run("DELETE FROM identity_suggestion WHERE one_id = ANY(%s) OR other_id = ANY(%s)", [*ids, *ids])
        for table in ("detail", "key", "profile"):
            sql.run(f"DELETE FROM identity_{table} WHERE handle_id = ANY(%s)", ids)
        sql.run("UPDATE identity_link SET via_id = NULL WHERE via_id = ANY(%s)", ids)
        sql.run("DELETE FROM identity_link WHERE handle_id = ANY(%s)", ids)


def _apart(rows: Sequence[tuple[UUID, UUID, UUID, UUID | None, bool]], why: str, at: datetime) -> None:
    """Handles that stay: the first of a consumer who has no other keeps it, the others get one of their own."""
    if not rows:
        return
    ids = [row[0] for row in rows]
    alone = {
        c
        for (c,) in sql.run(
            "SELECT DISTINCT l.consumer_id FROM identity_link l WHERE l.id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM identity_link o"
            " WHERE o.consumer_id = l.consumer_id AND o.ended_at IS NULL AND NOT o.id = ANY(%s))",
            [ids, ids],
        )
    }
    for link, handle, consumer, _via, _ in rows:
        if consumer in alone:
            alone.discard(consumer)
            sql.run("UPDATE identity_link SET evidence = %s WHERE id = %s", [sql.Jsonb(evidence("same")), link])
            continue
        own = new_id()
        sql.run(
            "INSERT INTO identity_consumer (id, name, folded, named_by_hand, place, language, since)"
            " SELECT %s, coalesce(nullif(display, ''), address), lower(coalesce(nullif(display, ''), address)), false, '', '', first_at"
            " FROM intake_handle WHERE id = %s",
            [own, handle],
        )
        set_free(handle=handle, consumer=consumer, to=own, why=why, at=at)


def _blank_nobodies(consumers: Sequence[UUID]) -> None:
    """Consumers without a handle any more say nothing of anybody. The bare rows stay: to delete one, every link would be looked at."""
    sql.run(
        "UPDATE identity_consumer c SET name = '', folded = '', place = '', language = '' WHERE c.id = ANY(%s) AND NOT EXISTS"
        " (SELECT 1 FROM identity_link l WHERE l.consumer_id = c.id AND l.ended_at IS NULL)",
        [list(consumers)],
    )
