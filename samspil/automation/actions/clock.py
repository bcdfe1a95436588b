"""What happens by the clock: conversations that have waited so long without an answer."""

from datetime import datetime, timedelta
from uuid import UUID

from samspil.automation.actions.engine import act
from samspil.automation.queries.active import active_rules
from samspil.automation.queries.seen import Happened
from samspil.base import sql
from samspil.base.ids import digest

BATCH = 200
_WAITED = (
    "SELECT c.id, c.waiting_since, t.minutes FROM {source} AS t(minutes, since) JOIN conversation c"
    " ON c.status = 'open' AND c.merged_into_id IS NULL AND c.waiting_since IS NOT NULL"
    " AND c.waiting_since + make_interval(mins => t.minutes) <= %s AND c.waiting_since + make_interval(mins => t.minutes) >= t.since"
    " WHERE NOT EXISTS (SELECT 1 FROM automation_moment m WHERE m.conversation_id = c.id AND m.what = 'waited'"
    "  AND m.at = c.waiting_since + make_interval(mins => t.minutes) AND (m.state->>'minutes')::int = t.minutes)"
    " ORDER BY c.waiting_since, c.id LIMIT %s"
)


def wait(*, at: datetime) -> int:
    """Let rules act on conversations that wait longer than they say, once for each wait; the number of waits.

    Only what passes the time after the rule was switched on. A constant number of statements for each batch.
    """
    rules = active_rules()
    since: dict[int, datetime] = {}
    for rule in rules:
        for when in rule.meaning.whens:
            if when.kind == "waited":
                minutes = int(when.value)
                since[minutes] = min(since.get(minutes, rule.since), rule.since)
    if not since:
        return 0
    source, values = sql.table("int timestamptz", sorted(since.items()))
    rows = sql.run(_WAITED.format(source=source), [*values, at, BATCH])
    act(happened=[_waited(c, began, minutes) for c, began, minutes in rows], at=at)
    return len(rows)


def _waited(conversation: UUID, began: datetime, minutes: int) -> Happened:
    return Happened(
        fact=digest("waited", str(conversation), began.isoformat(), str(minutes)),
        conversation=conversation,
        what="waited",
        at=began + timedelta(minutes=minutes),
        minutes=minutes,
    )
