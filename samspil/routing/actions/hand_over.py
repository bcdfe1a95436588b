"""Handing over what waits with a colleague who has gone away."""

from datetime import datetime, timedelta

from samspil.base import sql
from samspil.base.flow import step
from samspil.routing import ports
from samspil.routing.actions.pull import pull_waiting
from samspil.routing.actions.record import Decided, one_at_a_time, record
from samspil.routing.queries.policy import policy
from samspil.routing.rules.choose import Reason

_UNANSWERED = "c.status = 'open' AND c.assignee_id IS NOT NULL AND c.merged_into_id IS NULL AND c.waiting_since <= %s"
_HOLDERS = (
    "SELECT g.id, g.name, g.away_until FROM organisation_colleague g WHERE g.is_active AND NOT g.outside"
    f" AND EXISTS (SELECT 1 FROM conversation c WHERE c.assignee_id = g.id AND {_UNANSWERED}) ORDER BY g.id"
)
_EVERYBODY = "SELECT id FROM organisation_colleague WHERE is_active AND NOT outside ORDER BY id"
_THEIRS = (
    f"SELECT c.id, c.assignee_id, c.competence_id, c.unit_id FROM conversation c WHERE {_UNANSWERED} AND c.assignee_id = ANY(%s)"
    " ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED"
)


def hand_over(*, at: datetime) -> int:
    """Put back what consumers have waited for longer than the grace, with colleagues who stay away longer than that; the number.

    It goes to the queue of its competence with the reason, whoever had given it to them, and free places take it at once. While nobody
    at all is on duty, at night say, nothing is put back: nobody could take it sooner. Nothing to hand over costs two statements.
    """
    grace_minutes = policy().grace_minutes
    if grace_minutes is None:
        return 0
    grace = timedelta(minutes=grace_minutes)
    with step():
        holders = sql.run(_HOLDERS, [at - grace])
        off = ports.on_duty([row[0] for row in holders], at)
        gone = {
            ident: name
            for ident, name, away in holders
            if (until := max((u for u in (away, off.get(ident)) if u), default=None)) is not None and until > at + grace
        }
        if not gone or not _somebody_is_here(at):
            return 0
        one_at_a_time()
        rows = sql.run(_THEIRS, [at - grace, sorted(gone)])
        decided = [
            Decided(
                conversation=conversation,
                reasons=[Reason(kind="handed_over", words=(gone[holder],))],
                competence=competence,
                unit=unit,
            )
            for conversation, holder, competence, unit in rows
        ]
        record(decided=decided, at=at)
    pull_waiting(at=at)
    return len(decided)


def _somebody_is_here(at: datetime) -> bool:
    off = ports.on_duty([row[0] for row in sql.run(_EVERYBODY)], at)
    return any(until is None for until in off.values())
