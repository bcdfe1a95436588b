"""Warning of handles that look like others or are called what a colleague is. Nobody is joined or kept out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from samspil.base import sql
from samspil.base.ids import new_id
from samspil.identity.rules.door import TWIN, Found, called, examine, impostor, twins


class Seen(NamedTuple):
    """A handle as it was just seen."""

    handle: UUID
    network: str
    address: str
    display: str = ""


_COLLEAGUES = "SELECT name, email FROM organisation_colleague WHERE is_active AND NOT outside AND identity_loose(name) = ANY(%s)"
_TWINS = (
    "SELECT t.a, h.address FROM unnest(%s::text[], %s::text[], %s::text[]) AS t(a, network, twin)"
    " JOIN intake_handle h ON h.network = t.network AND h.scope = '' AND h.address = t.twin"
)
# What a colleague has ended is not said again: a mark of any time is enough.
_MARK = (
    "INSERT INTO identity_mark (id, handle_id, kind, why, at) SELECT t.id, t.handle, t.kind, t.why, %s"
    " FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) AS t(id, handle, kind, why)"
    " WHERE NOT EXISTS (SELECT 1 FROM identity_mark m WHERE m.handle_id = t.handle AND m.kind = t.kind) ON CONFLICT DO NOTHING"
)


class Watch(NamedTuple):
    """Who was seen, and what was asked about them."""

    seen: Sequence[Seen]
    alike: Sequence[tuple[Seen, str]]
    colleagues: sql.Answer | None
    twins: sql.Answer | None


def look(*, seen: Iterable[Seen]) -> Watch:
    """Ask what must be known to judge them: the questions travel with the caller's next. None for what is plainly honest."""
    each = list({(s.handle, s.display): s for s in seen}.values())
    names = sorted({name for s in each if (name := called(s.display))})
    alike = [(s, twin) for s in each for twin in twins(s.address)]
    columns = [[s.address for s, _ in alike], [s.network for s, _ in alike], [twin for _, twin in alike]]
    return Watch(each, alike, sql.ask(_COLLEAGUES, [names]) if names else None, sql.ask(_TWINS, columns) if alike else None)


def warn(*, watch: Watch, at: datetime) -> None:
    """Put marks where there is reason. Joins the caller's step; one statement, and none where there is no reason."""
    names = _colleagues(watch.colleagues)
    known = {str(address): str(other) for address, other in watch.twins.rows} if watch.twins else {}
    found: dict[tuple[UUID, str], Found] = {}
    for s in watch.seen:
        if s.address in known:
            _keep(found, s, Found("lookalike", f"{TWIN}: {known[s.address]}"[:300]))
        _keep(found, s, examine(s.address, s.display))
        _keep(found, s, impostor(s.address, s.display, names) if names else None)
    if found:
        handles, kinds = [h for h, _ in found], [k for _, k in found]
        sql.write(_MARK, [at, [new_id() for _ in found], handles, kinds, [f.why for f in found.values()]])


def _keep(found: dict[tuple[UUID, str], Found], seen: Seen, what: Found | None) -> None:
    if what is not None:
        found.setdefault((seen.handle, what.kind), what)


def _colleagues(answer: sql.Answer | None) -> dict[str, tuple[str, frozenset[str]]]:
    known: dict[str, tuple[str, frozenset[str]]] = {}
    for name, email in answer.rows if answer else ():
        _, own = known.get(called(name), ("", frozenset()))
        known[called(name)] = (name, own | {email.lower()})
    return known
