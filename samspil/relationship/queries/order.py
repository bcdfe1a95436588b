"""Consumers by how strong the relationship is."""

from collections.abc import Sequence
from uuid import UUID

from samspil.base import sql

Place = tuple[float, UUID] | None

_STRONGEST = (
    "SELECT r.consumer_id, r.force, r.stage FROM relationship r JOIN identity_consumer k ON k.id = r.consumer_id"
    " WHERE {stage} AND (%(force)s::float8 IS NULL OR r.force < %(force)s OR (r.force = %(force)s AND r.consumer_id > %(id)s))"
    " ORDER BY r.force DESC, r.consumer_id LIMIT %(limit)s"
)


def strongest(*, stage: str = "", after: Place = None, limit: int) -> Sequence[tuple[UUID, float, str]]:
    """Consumers with their force and stage, the strongest first, of one stage or of all. ``after`` is the last of a page. One statement.

    Weights all fade alike, so whoever has more force is the stronger at any time, and an index keeps them in order.
    """
    force, ident = after or (None, None)
    values = {"stage": stage, "force": force, "id": ident, "limit": limit}
    return [
        (row[0], row[1], row[2]) for row in sql.run(_STRONGEST.format(stage="r.stage = %(stage)s" if stage else "true"), values)
    ]
