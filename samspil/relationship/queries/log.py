"""What of the log counts, and as what: the one place that says so, in SQL, for counting, rebuilding, walking and drawing alike."""

from datetime import datetime
from typing import NamedTuple

from samspil.base import sql
from samspil.relationship.rules.strength import DAY, HALF_LIFE, LANDMARK, LONG, SHORT


class Pace(NamedTuple):
    """How fast is forgotten, in days, and what the counters are relative to."""

    half_life: float
    landmark: datetime


def pace() -> Pace:
    """What holds. One statement."""
    rows = sql.run("SELECT half_life, landmark FROM relationship_setting")
    return Pace(*rows[0]) if rows else Pace(HALF_LIFE, LANDMARK)


# The time of what somebody did; never after it came to us, which its id says (UUIDv7): a clock that is wrong would weigh for years.
HAPPENED = "least(i.at, to_timestamp(('x' || substr(replace(i.id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0))"
# Not what a machine wrote, nor our own question how it feels; not what was taken back, nor given back.
COUNTS = (
    "(i.kind = 'message' AND coalesce(i.data->>'automatic', '') = '' AND NOT (i.outgoing AND i.data ? 'choices')"
    " OR NOT i.outgoing AND (i.kind IN ('reaction', 'follow') AND coalesce(i.data->>'removed', 'false') <> 'true'"
    " OR i.kind = 'purchase' AND coalesce(i.data->>'kind', '') <> 'refund'))"
)
WHAT = (
    "CASE WHEN i.kind = 'purchase' THEN 'purchases' WHEN i.kind <> 'message' THEN 'acts' WHEN i.outgoing THEN 'ours'"
    f" WHEN length(i.text) < {SHORT} THEN 'short' WHEN length(i.text) < {LONG} THEN 'medium' ELSE 'long' END"
)


def weight(at: str) -> str:
    """What something at that time weighs relative to the landmark; needs the pace as ``pace(half_life, landmark)`` in FROM."""
    return f"power(2::float8, (extract(epoch FROM {at}) - extract(epoch FROM pace.landmark))::float8 / {DAY} / pace.half_life)"


# The newest answer to each question how it feels, at the handle that was asked, from -1 to 1.
PULSES = (
    "SELECT q.id AS asked, r.handle_id AS handle, q.colleague_id AS colleague, d.at, (d.score - 3) / 2.0::float8 AS score"
    " FROM pulse_asked q JOIN reply r ON r.id = q.reply_id"
    " CROSS JOIN LATERAL (SELECT at, score FROM pulse_said s WHERE s.asked_id = q.id ORDER BY s.at DESC, s.id DESC LIMIT 1) d"
    " WHERE q.why_not = ''"
)


def built() -> bool:
    """Whether all that was in the log when relationships came to this installation has been counted. One statement."""
    return bool(sql.run("SELECT 1 FROM relationship_setting WHERE built_at IS NOT NULL"))
