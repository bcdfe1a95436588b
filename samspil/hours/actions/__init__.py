"""What one says about hours: a week, a day that is otherwise, an absence; each can be taken back."""

from samspil.hours.actions.absence import BadAbsence, be_absent, bring_absence_back, take_absence_back
from samspil.hours.actions.changes import see_changes
from samspil.hours.actions.days import DayTaken, say_day, take_day_back
from samspil.hours.actions.weeks import BadWeek, may_arrange, set_week, take_week_back

__all__ = [
    "BadAbsence",
    "BadWeek",
    "DayTaken",
    "be_absent",
    "bring_absence_back",
    "may_arrange",
    "say_day",
    "see_changes",
    "set_week",
    "take_absence_back",
    "take_day_back",
    "take_week_back",
]
