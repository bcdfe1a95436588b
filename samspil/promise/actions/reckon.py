"""When conversations are due: reckoned anew whenever something happens to them, set by set."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.hours.queries import after, calendars, lines
from samspil.promise.queries import levels
from samspil.promise.rules import Dates, dates, level_of, next_step

BATCH = 500
_FOUND = (
    "SELECT c.id, c.unit_id, a.channel, c.opened_at, c.status, c.waiting_since, coalesce(d.priority, 'normal'), d.since, coalesce(d.told, 0),"
    " EXISTS (SELECT 1 FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.outgoing AND i.kind = 'message')"
    " FROM conversation c JOIN intake_account a ON a.id = c.account_id LEFT JOIN promise_due d ON d.conversation_id = c.id"
    " WHERE c.id = ANY(%s) AND c.merged_into_id IS NULL ORDER BY c.id FOR NO KEY UPDATE OF c"
)
_KEEP = (
    "INSERT INTO promise_due AS d (conversation_id, priority, since, soon_at, answer_due, late_at, done_due, told, step_at)"
    " SELECT id, priority, since, soon, due, late, done, told, next FROM {source}"
    " AS t(id, priority, since, soon, due, late, done, told, next) WHERE true ON CONFLICT (conversation_id) DO UPDATE SET"
    " since = excluded.since, soon_at = excluded.soon_at, answer_due = excluded.answer_due, late_at = excluded.late_at,"
    " done_due = excluded.done_due, told = excluded.told, step_at = excluded.step_at"
)


def reckon(*, conversations: Sequence[UUID]) -> int:
    """Reckon when these are due, from the hours and promises that hold now. The number reckoned.

    While nobody waits for us, or it is put off or done, no answer is due. The steps that were taken in the same wait stay taken.
    Seven statements, whatever the number. Locks the conversations, so that no step of the escalation falls in between.
    """
    if not conversations:
        return 0
    with step():
        rows = sql.run(_FOUND, [sorted(set(conversations))])
        if not rows:
            return 0
        promised, opening = levels(), calendars()
        above = lines(list({row[1] for row in rows}))
        kept = []
        for ident, unit, channel, opened, status, waiting, priority, since, told, answered in rows:
            waits = waiting if status == "open" else None
            level = level_of(promised, line=above[unit], priority=priority, channel=channel)
            calendar = opening.get(unit) if unit else None
            found = dates(
                level, partial(after, calendar), since=waits, opened_at=opened, answered=answered, done=status == "done"
            )
            # Put off and woken is the same wait: what was told in it is not told again.
            fresh = waits is not None and waits != since
            wait, taken = (waits, 0) if fresh else (since, told)
            kept.append((ident, priority, wait, *_times(found), taken, next_step(found, taken)))
        source, values = sql.table("uuid text timestamptz timestamptz timestamptz timestamptz timestamptz int timestamptz", kept)
        sql.run(_KEEP.format(source=source) + " RETURNING 1", values)
    return len(kept)


def _times(found: Dates) -> tuple[object, ...]:
    return found.soon_at, found.answer_due, found.late_at, found.done_due


def reckon_open() -> int:
    """Reckon all that are not done, in batches: hours or a promise changed. The number."""
    ids = [row[0] for row in sql.run("SELECT id FROM conversation WHERE status <> 'done' AND merged_into_id IS NULL ORDER BY id")]
    return sum(reckon(conversations=ids[n : n + BATCH]) for n in range(0, len(ids), BATCH))
