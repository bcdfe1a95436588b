"""Counting what comes by the hour, so that an account's rhythm is known and a silence can be told from a quiet night."""

from datetime import UTC, datetime, timedelta

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.ids import first_id
from samspil.intake.models import Hour
from samspil.intake.rules import WEEKS

KEPT = timedelta(weeks=WEEKS, days=2)
_COUNT = (
    "INSERT INTO intake_hour (account_id, hour, envelopes, last_at)"
    " SELECT e.account_id, date_trunc('hour', e.received_at, 'UTC'), count(*), max(e.received_at) FROM intake_envelope e"
    " JOIN intake_account a ON a.id = e.account_id AND NOT a.history"
    " WHERE e.id >= %(first)s AND e.received_at >= %(since)s GROUP BY 1, 2"
    " ON CONFLICT (account_id, hour) DO UPDATE SET envelopes = excluded.envelopes, last_at = excluded.last_at"
)


def count_hours(*, at: datetime) -> None:
    """Count the envelopes of every hour since the newest that is counted, that one anew; forget hours that no rhythm needs. Three statements."""
    with step():
        newest = Hour.objects.order_by("-hour").values_list("hour", flat=True).first()
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        since = max(min(newest or hour, hour - timedelta(hours=1)), hour - KEPT) if newest else hour - KEPT
        sql.run(_COUNT, {"first": first_id(since), "since": since})
        Hour.objects.filter(hour__lt=at - KEPT).delete()
