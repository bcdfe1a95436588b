"""When an answer is soon due, due, or late: who is told, step by step, each step once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.conversation.actions import Assignment, assign_many, notify, tell
from samspil.hours.queries import lines, on_duty
from samspil.organisation.queries.rights import Right, who_may_in
from samspil.promise.actions.prioritise import set_priority
from samspil.promise.models import Priority
from samspil.promise.queries import courses
from samspil.promise.rules import Course, course_of, told

SOON, DUE, LATE = 1, 2, 3
NAMES = {SOON: "soon", DUE: "due", LATE: "late"}
_TAKEN = (
    "WITH chosen AS (SELECT d.conversation_id FROM promise_due d JOIN conversation c ON c.id = d.conversation_id"
    "  WHERE d.step_at <= %s AND c.status = 'open' AND c.waiting_since = d.since AND c.merged_into_id IS NULL"
    "  ORDER BY d.step_at, d.conversation_id LIMIT %s FOR NO KEY UPDATE OF c, d SKIP LOCKED)"
    " UPDATE promise_due d SET told = d.told + 1,"
    "  step_at = CASE d.told WHEN 0 THEN d.answer_due WHEN 1 THEN d.late_at ELSE NULL END"
    " FROM chosen JOIN conversation c ON c.id = chosen.conversation_id WHERE d.conversation_id = chosen.conversation_id"
    " RETURNING d.conversation_id, d.told, d.answer_due, c.unit_id, c.competence_id, c.assignee_id"
)


class _Taken(NamedTuple):
    conversation: UUID
    step: int
    due: datetime
    unit: UUID | None
    competence: UUID | None
    assignee: UUID | None


def escalate(*, at: datetime, limit: int = 200) -> int:
    """Take the next step of those whose time has come; the number taken, one each. Call it until there is none.

    Who is told, whether what is late becomes urgent, and whether it goes back to the queue when the assignee is not on duty, is as the
    unit's escalation says (rules.Course). Rows that another worker holds are its to do. A constant number of statements.
    """
    with step():
        taken = [_Taken(*row) for row in sql.run(_TAKEN, [at, limit])]
        if not taken:
            return 0
        leads, followed = _leads({t.unit for t in taken if t.unit}), courses()
        above = lines(list({t.unit for t in taken}))
        course = {unit: course_of(followed, line=line) for unit, line in above.items()}
        for number, name in NAMES.items():
            here = [t for t in taken if t.step == number]
            to = {
                (who, t.conversation): None
                for t in here
                for who in told(course[t.unit], number, assignee=t.assignee, leads=leads.get(t.unit, ()) if t.unit else ())
            }
            notify(kind=f"promise_{name}", to=list(to), by=None, at=at)
        late = [t for t in taken if t.step == LATE]
        set_priority(wanted={t.conversation: Priority.URGENT.value for t in late if course[t.unit].urgent})
        freed = _free([t for t in late if course[t.unit].freed], at)
        tell(kind="promise", rows=[(t.conversation, _data(t, course[t.unit], freed)) for t in taken], at=at)
    return len(taken)


def _data(taken: _Taken, course: Course, freed: set[UUID]) -> dict[str, object]:
    said = {"step": NAMES[taken.step], "due": taken.due.isoformat(), "freed": taken.conversation in freed}
    return {**said, "to": course.to(taken.step), "urgent": taken.step == LATE and course.urgent}


_PASSED = (
    "UPDATE promise_due SET told = (soon_at <= %(at)s)::int + (answer_due <= %(at)s)::int + (late_at <= %(at)s)::int,"
    " step_at = CASE WHEN late_at <= %(at)s THEN NULL WHEN answer_due <= %(at)s THEN late_at ELSE answer_due END"
    " WHERE step_at <= %(at)s RETURNING 1"
)


def let_pass(*, at: datetime) -> int:
    """Hold the steps whose time has come for taken: nobody is told, nothing is given back. The number of conversations.

    For waits that are older than the promise, as in a company that is made up. One statement.
    """
    with step():
        return len(sql.run(_PASSED, {"at": at}))


def _leads(units: set[UUID]) -> dict[UUID, list[UUID]]:
    """Whom it is said to, by unit. One statement."""
    return who_may_in(Right.LATE, units)


def _free(late: Sequence[_Taken], at: datetime) -> set[UUID]:
    """Put back into the queue what lies with somebody who is not on duty."""
    duty = on_duty([t.assignee for t in late if t.assignee], at)
    gone = [t for t in late if t.assignee and duty[t.assignee] is not None]
    assign_many(assignments=[Assignment(conversation=t.conversation, competence=t.competence, unit=t.unit) for t in gone], at=at)
    return {t.conversation for t in gone}
