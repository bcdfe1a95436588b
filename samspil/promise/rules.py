"""Which promise holds, and when a conversation is due by it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

After = Callable[[datetime, timedelta], datetime | None]
"""When it has been open for so long since a time; None where it never has."""
SOON, LATE = 80, 150
"""Percent of a promise that are used up when one is told that it is soon due, and when it is taken further; a unit may say others."""
SOONEST, LATEST = 10, 1000
"""The least that can be said of the first, and the most of the second."""
ASSIGNEE, LEADS, BOTH, NOBODY = TOLD = ("assignee", "leads", "both", "nobody")
"""Who can be told at a step: who has it (the unit's leads where nobody has), the unit's leads, both, nobody."""
STEPS = 3
"""The assignee; the unit's leads; a higher priority, and the queue where the assignee is not at work."""
LONGEST = 60 * 24 * 90
"""Minutes that can be promised at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A promise: minutes within which the first and the next answer come and all is done; None promises nothing."""

    unit: UUID | None = None
    priority: str = ""
    channel: str = ""
    first: int | None = None
    next: int | None = None
    done: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What follows in a unit, or in all (None): at which percent of a promise, who is told at each step, what becomes of what is late.

    ``urgent``: late it becomes urgent. ``freed``: late it goes back to everybody if who has it is not at work.
    """

    unit: UUID | None = None
    soon: int = SOON
    late: int = LATE
    soon_to: str = ASSIGNEE
    due_to: str = LEADS
    late_to: str = LEADS
    urgent: bool = True
    freed: bool = True

    def makes_sense(self) -> bool:
        """Soon is before it is due, late is after; whom to tell is known."""
        known = all(to in TOLD for to in (self.soon_to, self.due_to, self.late_to))
        return known and SOONEST <= self.soon < 100 < self.late <= LATEST  # noqa: PLR2004 - percent

    def to(self, number: int) -> str:
        """Who is told at a step, counted from one."""
        return (self.soon_to, self.due_to, self.late_to)[number - 1]


USUAL = Course()


@dataclass(frozen=True, slots=True)
class Dates:
    """When one wait is soon due, due, and late; each None where nothing is promised, or it is never open that long."""

    soon_at: datetime | None = None
    answer_due: datetime | None = None
    late_at: datetime | None = None
    done_due: datetime | None = None

    def steps(self) -> tuple[datetime | None, datetime | None, datetime | None]:
        """When each step of the escalation is taken."""
        return self.soon_at, self.answer_due, self.late_at


def level_of(levels: Sequence[Level], *, line: Sequence[UUID | None], priority: str, channel: str) -> Level | None:
    """The promise that holds: of the nearest unit in ``line`` that made one, and of those the one that says most."""
    fitting = [x for x in levels if x.unit in line and x.priority in ("", priority) and x.channel in ("", channel)]
    return min(fitting, key=lambda x: (line.index(x.unit), -bool(x.priority), -bool(x.channel)), default=None)


def course_of(courses: Sequence[Course], *, line: Sequence[UUID | None]) -> Course:
    """What follows: as the nearest unit in ``line`` said, else as usual."""
    return min((c for c in courses if c.unit in line), key=lambda c: line.index(c.unit), default=USUAL)


def dates(
    level: Level | None,
    after: After,
    *,
    since: datetime | None,
    opened_at: datetime,
    answered: bool,
    done: bool,
    course: Course = USUAL,
) -> Dates:
    """When it is due. ``since`` None: nobody waits, the clock of the answer stands still."""
    if level is None or done:
        return Dates()
    minutes = level.next if answered else level.first
    soon = due = late = None
    if since is not None and minutes is not None:
        soon, due, late = (after(since, timedelta(minutes=share * minutes) / 100) for share in (course.soon, 100, course.late))
    return Dates(soon, due, late, None if level.done is None else after(opened_at, timedelta(minutes=level.done)))


def state(*, at: datetime, soon_at: datetime | None, answer_due: datetime | None) -> str:
    """How it stands: "" nothing is due, "fine", "soon", or "past"."""
    if answer_due is None:
        return ""
    if at >= answer_due:
        return "past"
    return "soon" if soon_at is not None and at >= soon_at else "fine"


def told(course: Course, number: int, *, assignee: UUID | None, leads: Sequence[UUID]) -> list[UUID]:
    """Who is told at a step, counted from one; nobody twice."""
    to = course.to(number)
    own = [assignee] if assignee and to in (ASSIGNEE, BOTH) else []
    theirs = list(leads) if to in (LEADS, BOTH) or (to == ASSIGNEE and assignee is None) else []
    return list(dict.fromkeys([*own, *theirs]))


def next_step(found: Dates, told: int) -> datetime | None:
    """When the step after ``told`` is taken; None where there is none."""
    return found.steps()[told] if told < STEPS else None
