"""What the demo company has arranged, and how much came to it before the conversations that are told."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import exp, log
from typing import Any

from samspil.exchange.actions.demo_talks import Company
from samspil.hours.actions import set_week
from samspil.hours.queries import Calendar, Span, after, calendars
from samspil.load.actions import Figures, bring, count_all
from samspil.organisation.models import Colleague
from samspil.promise.actions import let_pass, promise, reckon_open
from samspil.pulse.actions import arrange as arrange_pulse

ZONE = "Europe/Copenhagen"
SEED = 1_887
WEEKS = 12
BY_DAY = (1.3, 1.1, 1.0, 1.0, 0.9, 0.45, 0.35)
"""How much comes on each day of the week, beside the usual."""
BY_HOUR = (1, 1, 0, 0, 0, 1, 3, 8, 14, 16, 15, 13, 11, 12, 12, 11, 9, 7, 7, 8, 8, 6, 4, 2)
"""The same for the hours of a day."""
SPREAD = 0.8
"""Of the logarithm of a wait."""


def arrange(*, company: Company, arranged: Mapping[str, Any], now: datetime) -> None:
    """Set hours, promises and pulse, as an administrator would have, and bring the figures of the weeks before."""
    by = next(c for c in company.colleagues.values() if c.role == Colleague.Role.ADMIN)
    before = now - timedelta(weeks=WEEKS + 1)
    for row in arranged["hours"]:
        spans = [Span(day, a, b) for first, last, a, b in row["spans"] for day in range(first, last + 1)]
        set_week(by=by, at=before, zone=ZONE, spans=spans, unit=company.units[row["unit"]], country=row["country"])
    # Whoever looks at the demo does so at any hour, and finds what is theirs.
    set_week(by=by, at=before, zone=ZONE, spans=[Span(day, 0, 24 * 60) for day in range(7)], colleague=by)
    for row in arranged["promise"]:
        said = {name: row.get(name) for name in ("first", "next", "done")}
        promise(unit=company.units[row["unit"]], by=by, at=before, channel=row.get("channel", ""), **said)
    reckon_open()
    let_pass(at=now)  # the conversations are older than the promises: nobody was to be told then, and none is given back
    arrange_pulse(unit=None, by=by, at=before, active=True, **arranged["pulse"])
    bring(cells=[cell for row in arranged["came"] for cell in _came(company, row, now)])
    count_all(at=now)


def _came(company: Company, row: Mapping[str, Any], now: datetime) -> Sequence[Figures]:
    """Made-up hours of the last weeks: the same ones in every demo."""
    chance = random.Random(f"{SEED} {row['competence']} {row['channel']}")  # noqa: S311 - figures, no secrets
    unit, start = company.units[row["unit"]].pk, now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    calendar = calendars().get(unit)
    whole = sum(BY_DAY) * sum(BY_HOUR)
    found = []
    for back in range(1, WEEKS * 7 * 24 + 1):
        hour = start - timedelta(hours=back)
        expected = row["weekly"] * BY_DAY[hour.weekday()] * BY_HOUR[(hour.hour + 1) % 24] / whole
        arrived = _poisson(chance, expected)
        if arrived:
            found.append(_figures(chance, row, hour, arrived, calendar, (unit, company.competences[row["competence"]].pk)))
    return found


def _figures(
    chance: random.Random, row: Mapping[str, Any], hour: datetime, arrived: int, calendar: Calendar | None, of: tuple[Any, Any]
) -> Figures:
    opened = [min(8 * 60.0, chance.lognormvariate(log(row["answer"]), SPREAD)) for _ in range(arrived)]
    answered = [after(calendar, hour, timedelta(minutes=m)) or hour for m in opened]
    return Figures(
        hour=hour,
        unit=of[0],
        competence=of[1],
        channel=row["channel"],
        arrived=arrived,
        answered=arrived,
        hands=round(arrived * row["held"] / 60, 3),
        waits=[round((end - hour).total_seconds()) for end in answered],
        open_waits=[round(60 * m) for m in opened],
        held=[round(60 * chance.lognormvariate(log(row["held"]), SPREAD)) for _ in range(arrived)],
    )


def _poisson(chance: random.Random, mean: float) -> int:
    """A count at random, by multiplying (Knuth): the means are small."""
    number, product, limit = 0, chance.random(), exp(-mean)
    while product > limit:
        number += 1
        product *= chance.random()
    return number
