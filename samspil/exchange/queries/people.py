"""Questions about imports of people."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.base.tables import MANY, harmless
from samspil.exchange.models import PeopleRow, PeopleRun
from samspil.exchange.rules.persons import Key
from samspil.exchange.rules.plan import GIVEN_BACK, Known
from samspil.identity.models import Field
from samspil.intake.queries import forgotten

PAGE = 50
UNDER_WAY = ("looking", "running", "undoing")


def runs(limit: int = 20) -> Sequence[PeopleRun]:
    """The newest imports of people, the newest first."""
    return list(PeopleRun.objects.select_related("by").order_by("-id")[:limit])


def run_of(ident: UUID) -> PeopleRun:
    """One import of people. Raises NotFound."""
    row = PeopleRun.objects.select_related("by").filter(pk=ident).first()
    if row is None:
        raise NotFound("no such import")
    return row


def waiting() -> Sequence[UUID]:
    """Imports that somebody should carry on, the oldest first. One statement."""
    return [i for (i,) in sql.run("SELECT id FROM exchange_people_run WHERE state = ANY(%s) ORDER BY id", [list(UNDER_WAY)])]


def page_of(run: UUID, *, outcome: str = "", after: int = 0, limit: int = PAGE) -> tuple[Sequence[PeopleRow], int]:
    """Rows of an import in their order, of one outcome or of all, and after which row the next page begins (0: none). One statement."""
    rows = PeopleRow.objects.filter(run=run, number__gt=after)
    if outcome:
        rows = rows.filter(outcome=outcome)
    found = list(rows.order_by("number")[: limit + 1])
    return found[:limit], found[limit - 1].number if len(found) > limit else 0


def known_of(keys: Collection[Key], numbers: Collection[str]) -> Known:
    """What is known of these handles, their persons, and who has these customer numbers (in small letters). Four statements at most."""
    known = Known()
    ordered = sorted(keys)
    columns = [[k[i] for k in ordered] for i in range(3)]
    for network, scope, address, consumer, name, by_hand, shared in sql.run(_HANDLES, columns):
        key = (network, scope, address)
        if shared:
            known.shared.add(key)
        if consumer is not None:
            known.owners[key] = consumer
            known.names[consumer] = (name, by_hand)
    known.forgotten = set(forgotten(ordered))
    if known.names:
        for consumer, word, value in sql.run(_DETAILS, [list(known.names)]):
            known.details.setdefault((consumer, word), []).append(value)
    if numbers:
        for value, consumer, name, by_hand, *rest in sql.run(_NUMBERS, [sorted(numbers)]):
            known.numbers.setdefault(value, {}).setdefault(consumer, (rest[0], rest[1], rest[2]))
            known.names.setdefault(consumer, (name, by_hand))
    return known


_HANDLES = (
    "SELECT h.network, h.scope, h.address, l.consumer_id, c.name, c.named_by_hand,"
    " EXISTS (SELECT 1 FROM identity_mark m WHERE m.handle_id = h.id AND m.kind = 'shared' AND m.ended_at IS NULL)"
    " FROM unnest(%s::text[], %s::text[], %s::text[]) AS u(n, s, a)"
    " JOIN intake_handle h ON h.network = u.n AND h.scope = u.s AND h.address = u.a"
    " LEFT JOIN identity_link l ON l.handle_id = h.id AND l.ended_at IS NULL LEFT JOIN identity_consumer c ON c.id = l.consumer_id"
)
_DETAILS = (
    "SELECT u.c, d.field, d.value FROM unnest(%s::uuid[]) AS u(c) CROSS JOIN LATERAL"
    " (SELECT handle_id FROM identity_link WHERE consumer_id = u.c AND ended_at IS NULL OFFSET 0) l CROSS JOIN LATERAL"
    " (SELECT id, field, value, at FROM identity_detail WHERE handle_id = l.handle_id AND ended_at IS NULL OFFSET 0) d"
    " ORDER BY d.at DESC, d.id DESC"
)
_NUMBERS = (
    "SELECT left(lower(d.value), 200), l.consumer_id, c.name, c.named_by_hand, h.network, h.scope, h.address"
    " FROM identity_detail d JOIN identity_link l ON l.handle_id = d.handle_id AND l.ended_at IS NULL"
    " JOIN identity_consumer c ON c.id = l.consumer_id JOIN intake_handle h ON h.id = d.handle_id"
    " WHERE d.field = 'customer_number' AND d.ended_at IS NULL AND left(lower(d.value), 200) = ANY(%s) ORDER BY d.id"
)


def own_fields() -> Mapping[str, tuple[str, str]]:
    """The organisation's own attributes: {slug: (name, kind)}."""
    rows = Field.objects.filter(archived_at=None).order_by("place", "name", "slug")
    return {f.slug: (f.name, f.kind) for f in rows}


def given_back(run: PeopleRun) -> Iterator[str]:
    """The rows that were not taken, as lines of a CSV file with the reason first; no cell of it is a formula to a spreadsheet."""
    header = [name for name, _ in run.options.get("columns", [])]
    yield "\ufeff" + _line(["row", "reason", *header])
    after = 0
    while True:
        found = list(PeopleRow.objects.filter(run=run, outcome__in=GIVEN_BACK, number__gt=after).order_by("number")[:PAGE])
        for row in found:
            why = "; ".join(": ".join(filter(None, (REASONS.get(code, code), about))) for code, about in row.why)
            yield _line([str(row.number), why, *[c.replace(MANY, ", ") for c in row.raw or []]])
        if not found:
            return
        after = found[-1].number


REASONS = {
    "not_csv": "the row cannot be read",
    "too_many_cells": "more cells than there are columns",
    "too_long": "a cell is longer than 10,000 characters",
    "not_text": "the row is not text in the file's encoding",
    "not_a_card": "the card cannot be read",
    "not_a_person": "this is no person",
    "no_handle": "there is no address",
    "bad_handle": "the address cannot be understood",
    "too_many_handles": "more than 20 addresses",
    "conflict": "the addresses are of different persons",
}
"""Why a row comes back, for the file of what was not taken."""


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()


_ABOUT = (
    "(r.consumer = %s OR EXISTS (SELECT 1 FROM intake_handle h WHERE h.id = ANY(%s)"
    " AND (strpos(lower(r.shown), lower(h.address)) > 0 OR strpos(lower(r.raw::text), lower(h.address)) > 0)))"
)


def rows_of(*, consumer: UUID, handles: Sequence[UUID]) -> list[dict[str, Any]]:
    """The rows of imports that are about the person, as JSON values. One statement."""
    found = sql.run(
        "SELECT p.name, r.number, r.outcome, r.shown FROM exchange_people_row r JOIN exchange_people_run p ON p.id = r.run_id"
        f" WHERE {_ABOUT} ORDER BY r.id",
        [consumer, list(handles)],
    )
    return [{"file": name, "row": number, "outcome": outcome, "shown": shown} for name, number, outcome, shown in found]
