"""Forgetting what nobody needs any more."""

from datetime import datetime, timedelta

from samspil.base import sql
from samspil.base.flow import step

KEPT = timedelta(days=14)


def forget_old_facts(*, at: datetime) -> int:
    """Delete facts older than two weeks that every reaction has read. The number of rows."""
    with step():
        rows = sql.run(
            "DELETE FROM base_fact WHERE at < %s AND (NOT EXISTS (SELECT 1 FROM base_cursor)"
            " OR (xid, id) <= (SELECT xid, fact FROM base_cursor ORDER BY xid, fact LIMIT 1)) RETURNING 1",
            [at - KEPT],
        )
    return len(rows)
