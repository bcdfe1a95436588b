"""Waiting as it was: quantiles with their intervals, by what one asks for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from samspil.base import sql
from samspil.load.queries.scope import Scope
from samspil.load.rules.quantiles import Quantile, quantile

DIMENSIONS = ("unit", "competence", "channel", "day", "hour", "weekday")
MOST = 40_000
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


@dataclass(slots=True)
class _Sum:
    arrived: int = 0
    waits: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)

    def add(self, arrived: int, waits: Sequence[int], held: Sequence[int]) -> None:
        self.arrived += arrived
        self.waits += waits
        self.held += held

    def group(self, key: object) -> Group:
        return Group(
            key=key,
            arrived=self.arrived,
            half=quantile(self.waits, 0.5),
            most=quantile(self.waits, 0.9),
            held_half=quantile(self.held, 0.5),
            held_most=quantile(self.held, 0.9),
        )


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
        f"SELECT hour, unit_id, competence_id, channel, arrived, {'open_waits' if is_open else 'waits'}, held FROM load_cell"
        f" WHERE hour >= %(since)s AND hour < %(until)s AND {where}{more} ORDER BY hour DESC LIMIT %(most)s",
        {**params, **{c: v for c, v in named.items() if v}, "since": since, "until": until, "most": MOST},
    )
    whole, groups, week = _Sum(), defaultdict[object, _Sum](_Sum), defaultdict[tuple[int, int], _Sum](_Sum)
    for hour, of_unit, of_competence, channel, arrived, waits, held in rows:
        local = hour.astimezone(zone)
        keys = {
            "unit": of_unit, "competence": of_competence, "channel": channel, "day": local.date(), "hour": local.hour,
            "weekday": local.weekday(),
        }  # fmt: skip
        for each in (whole, groups[keys[by]], week[local.weekday(), local.hour]):
            each.add(arrived, waits, held)
    return Was(
        whole=whole.group(None),
        groups=[total.group(key) for key, total in groups.items() if total.arrived],
        week={key: (total.arrived, quantile(total.waits, 0.5)) for key, total in week.items()},
        cut=len(rows) == MOST,
    )
