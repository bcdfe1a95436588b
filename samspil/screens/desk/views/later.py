"""Times to put something off to."""

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from samspil.base.errors import SamspilError
from samspil.look.templatetags.look import clock
from samspil.screens.desk.when import when


class NoTime(SamspilError):
    """The words name no time to come."""

    code = "desk.no_time"


def presets(at: datetime | None = None) -> list[dict[str, Any]]:
    """Those that most want: {value: ISO time, label, note}. Only times to come."""
    here = timezone.localtime(at)
    today, zone = here.date(), here.tzinfo
    monday = today + timedelta(days=7 - today.weekday())
    found = []
    if here.time() < time(15):
        found.append((_("This afternoon"), datetime.combine(today, time(15), zone)))
    elif here.time() < time(18):
        found.append((_("This evening"), datetime.combine(today, time(19), zone)))
    found.append((_("Tomorrow morning"), datetime.combine(today + timedelta(days=1), time(8), zone)))
    friday = today + timedelta(days=(4 - today.weekday()) % 7)
    if (friday - today).days > 1:
        found.append((_("Friday"), datetime.combine(friday, time(8), zone)))
    found.append((_("Next week"), datetime.combine(monday, time(8), zone)))
    return [
        {"value": then.isoformat(), "label": label, "note": f"{date_format(then, 'D')} {clock(then)}"} for label, then in found
    ]


def time_from(text: str) -> datetime:
    """The time that was chosen or typed, in the reader's zone. Raises NoTime."""
    found = when(text, timezone.localtime())
    if found is None:
        raise NoTime(text[:80])
    return found
