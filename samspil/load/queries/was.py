"""Waiting as it was: quantiles with their intervals, by what one asks for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from samspil.base import sql
from samspil.load.queries.scope import Scope
from samspil.load.rules.quantiles import Quantile, quantile

DIMENSIONS = ("unit", "competence", "channel", "day", "hour", "weekday")
MOST = 200_000
"""Cells that are read at most, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Figures of one value of a dimension: waits until the first answer and times a place was held, median and 90th percentile."""

    key: object
    arrived: int
    half: Quantile | None
    most: Quantile | None
    held_half: Quantile | None
    held_most: Quantile | None

    @property
    def answered(self) -> int:
        """How many were answered."""
        return self.half.n if self.half else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """A period. ``week``: arrivals and median wait by (weekday, hour) of the zone. ``cut``: older cells were left out."""

    whole: Group
    groups: Sequence[Group]
    week: Mapping[tuple[int, int], tuple[int, Quantile | None]]
    cut: bool


class _Sum:
    """Figures as they are added up."""

    def __init__(self) -> None:
        self.arrived = 0
        self.waits: list[Any] = []
        self.held: list[Any] = []

    def add(self, arrived: int, waits: Any, held: Any) -> None:
        self.arrived += arrived
        self.waits.append(waits)
        self.held.append(held)

    def group(self, key: object) -> Group:
        waits, held = (np.concatenate(x) if x else () for x in (self.waits, self.held))
        return Group(
            key=key,
            arrived=self.arrived,
            half=quantile(waits, 0.5),
            most=quantile(waits, 0.9),
            held_half=quantile(held, 0.5),
            held_most=quantile(held, 0.9),
        )


# Lists travel as text: the driver makes an object of every element, numpy reads a hundred thousand at once.
_WAS = (
    "SELECT {key}, extract(isodow FROM local)::int - 1, extract(hour FROM local)::int, sum(arrived)::bigint,"
    " coalesce(string_agg(array_to_string({waits}, ' '), ' ') FILTER (WHERE cardinality({waits}) > 0), ''),"
    " coalesce(string_agg(array_to_string(held, ' '), ' ') FILTER (WHERE cardinality(held) > 0), ''), count(*)::bigint"
    " FROM (SELECT *, hour AT TIME ZONE %(zone)s AS local FROM load_cell"
    "  WHERE hour >= %(since)s AND hour < %(until)s AND {where} ORDER BY hour DESC LIMIT %(most)s) x GROUP BY 1, 2, 3 ORDER BY 2, 3"
)
_KEYS = {
    "unit": "unit_id",
    "competence": "competence_id",
    "channel": "channel",
    "day": "local::date",
    "hour": "extract(hour FROM local)::int",
    "weekday": "extract(isodow FROM local)::int - 1",
}


def waits_of(
    seen: Scope,
    *,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    by: str = "unit",
    is_open: bool = True,
    unit: UUID | None = None,
    competence: UUID | None = None,
) -> Was:
    """How long those who wrote in a period waited. ``is_open``: in opening hours, else by the clock. One statement."""
    where, params = seen.where()
    named = {"unit_id": unit, "competence_id": competence}
    more = "".join(f" AND {column} = %({column})s" for column, value in named.items() if value)
    rows = sql.run(
        _WAS.format(key=_KEYS[by], waits="open_waits" if is_open else "waits", where=f"{where}{more}"),
        {
            **params,
            **{c: v for c, v in named.items() if v},
            "since": since,
            "until": until,
            "zone": str(zone),
            "most": MOST,
        },
    )
    whole, groups, week = _Sum(), defaultdict[object, _Sum](_Sum), defaultdict[tuple[int, int], _Sum](_Sum)
    for key, day, hour, arrived, waits, held, _cells in rows:
        numbers = [np.array(text.split(), dtype=float) for text in (waits, held)]
        for each in (whole, groups[key], week[day, hour]):
            each.add(arrived, *numbers)
    return Was(
        whole=whole.group(None),
        groups=[total.group(key) for key, total in groups.items() if total.arrived],
        week={key: (total.arrived, quantile(np.concatenate(total.waits), 0.5)) for key, total in week.items()},
        cut=sum(row[-1] for row in rows) == MOST,
    )
