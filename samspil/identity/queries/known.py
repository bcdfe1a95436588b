"""What is known of handles, as the matching reads it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.identity.rules.profile import Profile, profile

PIECE = 5_000
OPAQUE = re.compile(r"^[0-9a-f]{8}-[0-9a-f-]{27}$|^\d{9,}$|^[0-9a-f]{24,}$")
"""Addresses that a machine made: they prove, and look like nobody."""
SPOKEN = 20
"""Newest messages of a handle that tell its language and its hours."""
_FIELDS = {
    "given_name": "given",
    "surname": "surname",
    "company": "company",
    "title": "job",
    "street": "street",
    "postcode": "postcode",
    "city": "place",
    "born": "born",
    "gender": "gender",
    "website": "links",
    "customer_number": "customers",
    "order_number": "orders",
    "avatar": "avatar",
}
_KNOWN = (
    "SELECT h.id, h.network, h.address, h.display, h.name,"
    " (SELECT jsonb_agg(jsonb_build_array(d.field, d.value) ORDER BY d.id) FROM identity_detail d"
    "  WHERE d.handle_id = h.id AND d.ended_at IS NULL),"
    " s.languages, s.hours, s.orders FROM intake_handle h LEFT JOIN LATERAL ("
    " SELECT array_agg(DISTINCT i.language) FILTER (WHERE i.language <> '') AS languages,"
    " array_agg(DISTINCT extract(hour FROM i.at AT TIME ZONE 'UTC')::int) FILTER (WHERE i.kind = 'message') AS hours,"
    " array_agg(DISTINCT i.subject) FILTER (WHERE i.kind = 'purchase' AND i.subject <> '') AS orders"
    " FROM (SELECT language, at, kind, subject FROM intake_interaction x WHERE x.handle_id = h.id AND NOT x.outgoing"
    f"  ORDER BY x.at DESC, x.id DESC LIMIT {SPOKEN}) i) s ON true"
)


def profiles(handles: Sequence[UUID]) -> Mapping[UUID, Profile]:
    """What is compared of these handles. One statement."""
    return {row[0]: profile(_raw(row)) for row in sql.run(f"{_KNOWN} WHERE h.id = ANY(%s)", [list(handles)])}


def all_profiles() -> Iterator[tuple[UUID, Profile]]:
    """The same of every handle that is somebody's and bears no mark, in the order of their ids; a statement for PIECE handles."""
    after = UUID(int=0)
    while True:
        rows = sql.run(
            f"{_KNOWN} WHERE h.id > %s AND EXISTS (SELECT 1 FROM identity_link l WHERE l.handle_id = h.id AND l.ended_at IS NULL)"
            " AND NOT EXISTS (SELECT 1 FROM identity_mark m WHERE m.handle_id = h.id AND m.ended_at IS NULL)"
            f" ORDER BY h.id LIMIT {PIECE}",
            [after],
        )
        yield from ((row[0], profile(_raw(row))) for row in rows)
        if len(rows) < PIECE:
            return
        after = rows[-1][0]


def _raw(row: tuple[Any, ...]) -> dict[str, Any]:
    _, network, address, display, name, details, languages, hours, orders = row
    raw: dict[str, Any] = {
        "network": network,
        "address": "" if OPAQUE.match(address) else address,
        "display": display,
        "username": name,
    }
    several: dict[str, list[str]] = {}
    for field, value in details or ():
        if field in _FIELDS:
            several.setdefault(_FIELDS[field], []).append(value)
    for number in orders or ():
        several.setdefault("orders", []).append(number)
    raw |= {field: values if len(values) > 1 else values[0] for field, values in several.items()}
    if languages:
        raw["languages"] = languages
    if hours:
        raw["hours"] = [str(hour) for hour in hours]
    return raw
