"""When a feed is asked again: as seldom as it wishes, and more seldom while it is broken. Pure; times are seconds since 1970."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from samspil.channels.feeds.document import Document

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
USUAL = 15 * MINUTE
LONGEST = DAY
FIRST_TROUBLE = 10 * MINUTE


def wish(document: Document, headers: Mapping[str, str]) -> float:
    """Seconds that a feed wants between two visits: its ttl or update period, else the server's max-age; within 15 minutes and a day."""
    age = re.search(r"max-age\s*=\s*([0-9]{1,9})\b", headers.get("cache-control", ""), re.IGNORECASE | re.ASCII)
    return min(max(document.minutes * MINUTE, float(age[1]) if age else 0.0, USUAL), LONGEST)


def after(now: float, interval: float, document: Document, chance: float) -> float:
    """When to come again; ``chance`` (0 to 1) spreads many feeds by a tenth. Hours and days that the feed wants left alone are left alone."""
    at = now + interval * (1 + chance / 10)
    for _ in range(8 * 24):
        moment = datetime.fromtimestamp(at, UTC)
        if moment.hour not in document.hours and moment.strftime("%A") not in document.days:
            return at
        at = (moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)).timestamp() + chance * MINUTE
    return now + LONGEST  # a feed that skips every hour is asked once a day


def after_trouble(now: float, failures: int, asked: float | None, chance: float) -> float:
    """When to try a broken feed again: from ten minutes, doubled each time, up to a day; never before the server's own word."""
    pause = min(FIRST_TROUBLE * 2.0 ** min(failures - 1, 10), LONGEST)
    return now + max(pause * (1 + chance / 10), asked or 0.0)
