"""When conversations are due: reckoned anew whenever something happens to them, set by set."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from samspil.base import bell, sql
from samspil.base.flow import publish, retried, step
from samspil.hours.queries import after, calendars, lines
from samspil.promise.facts import DueChanged, DuesReckoned
from samspil.promise.models import Reckoning
from samspil.promise.queries import courses, levels
from samspil.promise.rules import Dates, course_of, dates, level_of, next_step

BATCH = 500
TOPIC = "promises"
"""The bell that wakes whoever carries a reckoning on."""
_FOUND = (
    "SELECT c.id, c.unit_id, a.channel, c.opened_at, c.status, c.waiting_since, coalesce(d.priority, 'normal'), d.since, coalesce(d.told, 0),"
    " EXISTS (SELECT 1 FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
    "  WHERE p.conversation_id = c.id AND i.outgoing AND i.kind = 'message'), d.answer_due, d.done_due"
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
_NOT_DONE = (
    "WITH RECURSIVE below(id) AS (SELECT %(unit)s::uuid UNION SELECT u.id FROM organisation_unit u JOIN below b ON u.parent_id = b.id)"
    " SELECT {what} FROM conversation c WHERE c.status <> 'done' AND c.merged_into_id IS NULL"
    " AND (%(unit)s::uuid IS NULL OR c.unit_id IN (SELECT id FROM below))"
)


def reckon(*, conversations: Sequence[UUID], told: bool = True) -> int:
    """Reckon when these are due, from the hours and promises that hold now. The number reckoned.

    While nobody waits for us, or it is put off or done, no answer is due. The steps that were taken in the same wait stay taken.
    Eight statements, whatever the number. Locks the conversations, so that no step of the escalation falls in between. Open pages
    are told of those that are due at another time, with one statement more, unless ``told`` is False.
    """
    if not conversations:
        return 0
    with step():
        rows = sql.run(_FOUND, [sorted(set(conversations))])
        if not rows:
            return 0
        promised, followed, opening = levels(), courses(), calendars()
        above = lines(list({row[1] for row in rows}))
        kept, moved = [], []
        for ident, unit, channel, opened, status, waiting, priority, since, steps, answered, answer_due, done_due in rows:
            waits = waiting if status == "open" else None
            found = dates(
                level_of(promised, line=above[unit], priority=priority, channel=channel),
                partial(after, opening.get(unit) if unit else None),
                since=waits,
                opened_at=opened,
                answered=answered,
                done=status == "done",
                course=course_of(followed, line=above[unit]),
            )
            # Put off and woken is the same wait: what was told in it is not told again.
            fresh = waits is not None and waits != since
            wait, taken = (waits, 0) if fresh else (since, steps)
            kept.append((ident, priority, wait, *_times(found), taken, next_step(found, taken)))
            if (found.answer_due, found.done_due) != (answer_due, done_due):
                moved.append(ident)
        source, values = sql.table("uuid text timestamptz timestamptz timestamptz timestamptz timestamptz int timestamptz", kept)
        sql.run(_KEEP.format(source=source) + " RETURNING 1", values)
        if told:
            publish(*[DueChanged(conversation=ident) for ident in moved])
    return len(kept)


def _times(found: Dates) -> tuple[object, ...]:
    return found.soon_at, found.answer_due, found.late_at, found.done_due


def reckon_open() -> int:
    """Reckon all that are not done, in batches, here and now: for a company that is made up. The number."""
    ids = [row[0] for row in sql.run(f"{_NOT_DONE.format(what='c.id')} ORDER BY c.id", {"unit": None})]
    return sum(reckon(conversations=ids[n : n + BATCH], told=False) for n in range(0, len(ids), BATCH))


def ask_to_reckon(*, unit: UUID | None, at: datetime) -> Reckoning:
    """Have all reckoned anew that is not done in a unit and those below it, or in all (None); ``reckon_on`` does it.

    One that is not over yet ends, and what it was to reckon is reckoned by this one. Joins the caller's step.
    """
    with step():
        ended = sql.run("UPDATE promise_reckoning SET finished_at = %s WHERE finished_at IS NULL RETURNING unit_id", [at])
        if any(other != unit for (other,) in ended):
            unit = None
        total = sql.run(_NOT_DONE.format(what="count(*)"), {"unit": unit})[0][0]
        row = Reckoning.objects.create(unit_id=unit, asked_at=at, total=total)
        bell.ring_after_commit(TOPIC)
    return row


@retried
def reckon_on(*, at: datetime) -> bool:
    """One batch of what was asked to be reckoned, with how far it is in the same transaction; whether there is more to do.

    One that another worker is at is left to it. Open pages are told when it is over, once for all.
    """
    with step():
        row = (
            Reckoning.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(finished_at=None)
            .order_by("asked_at", "id")
            .first()
        )
        if row is None:
            return False
        ids = [
            ident
            for (ident,) in sql.run(
                f"{_NOT_DONE.format(what='c.id')} AND (%(after)s::uuid IS NULL OR c.id > %(after)s) ORDER BY c.id LIMIT %(limit)s",
                {"unit": row.unit_id, "after": row.after, "limit": BATCH},
            )
        ]
        reckon(conversations=ids, told=False)
        row.done += len(ids)
        if ids:
            row.after = ids[-1]
        if len(ids) < BATCH:
            row.finished_at, row.total = at, row.done
            publish(DuesReckoned(unit=row.unit_id, number=row.done))
        row.save(update_fields=["done", "after", "total", "finished_at"])
        return True
