"""Which conversation a handle is in just now."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql

_NEWEST = (
    "SELECT h.id, c.id FROM unnest(%s::uuid[]) AS h(id) JOIN identity_link l ON l.handle_id = h.id AND l.ended_at IS NULL"
    " CROSS JOIN LATERAL (SELECT c.id FROM conversation c WHERE c.consumer_id = l.consumer_id AND c.merged_into_id IS NULL"
    "  AND c.status <> 'done' ORDER BY c.last_at DESC, c.id DESC LIMIT 1) c"
)


def conversations_of(handles: Sequence[UUID]) -> dict[UUID, UUID]:
    """The newest conversation that is not done of the consumer of each handle. One statement at most."""
    return dict(sql.run(_NEWEST, [list(handles)])) if handles else {}
