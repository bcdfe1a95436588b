"""When somebody is asked."""

from datetime import datetime

from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.flow import step
from samspil.organisation.models import Colleague, Unit
from samspil.pulse.models import Setting
from samspil.pulse.queries import may_arrange

LONGEST_WAIT, MOST_DAYS = 24 * 60, 730


class WrongTime(SamspilError):
    """One asks at most a day after, and leaves a person in peace for one day at least."""

    code = "pulse.wrong_time"


def arrange(
    *,
    unit: Unit | None,
    by: Colleague,
    at: datetime,
    active: bool,
    wait_minutes: int = 30,
    apart_days: int = 30,
    needs_yes: bool = True,
    question: str = "",
    question_en: str = "",
) -> Setting:
    """Say for one unit, or for all that have no word of their own (None), whether and when one asks. Raises NotAllowed, WrongTime."""
    if not may_arrange(by, unit):
        raise NotAllowed("Only an administrator, or the unit's own lead, can do that")
    if not (0 <= wait_minutes <= LONGEST_WAIT and 1 <= apart_days <= MOST_DAYS):
        raise WrongTime("At most a day after, and at least a day apart")
    values = {
        "active": active,
        "wait_minutes": wait_minutes,
        "apart_days": apart_days,
        "needs_yes": needs_yes,
        "question": question.strip()[:300],
        "question_en": question_en.strip()[:300],
        "changed_at": at,
        "changed_by": by,
    }
    with step():
        row, _ = Setting.objects.update_or_create(unit=unit, defaults=values)
    return row
