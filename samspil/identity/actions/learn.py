"""The whole base at once: weights learned from the organisation's own handles and answers, and every pair that is worth a question."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from samspil.base import sql
from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.identity.actions.compare import compared, conclude, keep_profiles
from samspil.identity.facts import WeightsLearned
from samspil.identity.models import Weights
from samspil.identity.queries.known import all_profiles
from samspil.identity.queries.weights import UNFINISHED, look_again, thresholds, under_way
from samspil.identity.rules.decide import turned
from samspil.identity.rules.model import Model, Score, shipped
from samspil.identity.rules.profile import Profile

PIECE = 5_000
ANSWERS = 20_000
"""The newest answers of colleagues are learned from."""
Say = Callable[[str, int], None]
"""Told the stage (reading, learning, comparing, writing) and how many handles or pairs of it are done."""


class NoEngine(SamspilError):
    """The engine is not installed, or there is none of that name."""

    code = "identity.no_engine"


@dataclass(slots=True)
class _Base:
    """Every handle with what is compared of it, in the order of the ids."""

    handles: list[UUID] = field(default_factory=list)
    profiles: list[Profile] = field(default_factory=list)


def learn(*, at: datetime, engine: str = "duckdb", say: Say | None = None) -> Weights:
    """Learn match weights from all handles, put them in force, and compare everybody with everybody who shares a key.

    Reading, learning and comparing run outside any transaction; what is written is written in pieces, so that a run that is broken off
    has lost nothing and the next one does it again. Raises NoEngine.
    """
    with _session(engine) as session:
        return _learn(engine, session, say, at)


def _learn(engine: str, session: Any, say: Say | None, at: datetime) -> Weights:
    began = time.monotonic()
    row = _begun(engine, at)
    tell = _teller(row, say)
    try:
        base = _read(tell)
        tell("learning", len(base.handles))
        model, answers = _learned(base)
        row.handles, row.decisions, row.weights = len(base.handles), answers, model.to_json()
        row.save(update_fields=["handles", "decisions", "weights"])
        look_again()
        tell("comparing", 0)
        join_at, suggest_at = thresholds(model)
        found = _compared(base, model, engine, suggest_at, session)
        tell("writing", 0)
        counts = _write(base, model, found, join_at=join_at, suggest_at=suggest_at, tell=tell, at=at)
    except BaseException as error:
        _ended(row, {"stage": "failed", "error": type(error).__name__})
        raise
    _ended(row, {"stage": "done", "pairs": len(found), **counts, "seconds": round(time.monotonic() - began, 1)})
    with step():
        publish(WeightsLearned(weights=row.pk, handles=row.handles, at=at))
    return row


def ask_to_learn(*, engine: str, at: datetime) -> Weights:
    """Let the worker learn at once; gives the run that waits or is going on already, if there is one."""
    with step():
        sql.run("SELECT pg_advisory_xact_lock(hashtext('samspil.identity.learn'))")
        row = under_way()
        return row or Weights.objects.create(at=at, engine=engine, handles=0, weights={}, report={"stage": "asked"})


def _begun(engine: str, at: datetime) -> Weights:
    """The run that was asked for, or a new one; one that a dead process left behind is said to be broken off."""
    with step():
        sql.run("SELECT pg_advisory_xact_lock(hashtext('samspil.identity.learn'))")
        for row in Weights.objects.filter(report__stage__in=[stage for stage in UNFINISHED if stage != "asked"]):
            _ended(row, {"stage": "failed", "error": "broken off"})
        asked = Weights.objects.filter(report__stage="asked").order_by("at", "id").first()
        row = asked or Weights(at=at, engine=engine, handles=0, weights={})
        row.engine, row.at, row.report = engine, at, {"stage": "reading", "done": 0}
        row.save()
    return row


@contextmanager
def _session(engine: str) -> Iterator[Any]:
    if engine == "duckdb":
        yield None
        return
    if engine != "spark":
        raise NoEngine(f"There is no engine {engine!r}: duckdb or spark")
    from samspil.identity.rules.spark import MASTER, NoSpark, spark

    try:
        with spark(settings.SAMSPIL_SPARK_MASTER or MASTER) as session:
            yield session
    except NoSpark as problem:
        raise NoEngine(str(problem)) from None


def _teller(row: Weights, say: Say | None) -> Say:
    def tell(stage: str, done: int) -> None:
        row.report = {"stage": stage, "done": done}
        row.save(update_fields=["report"])
        if say:
            say(stage, done)

    return tell


def _ended(row: Weights, report: Mapping[str, Any]) -> None:
    row.report = dict(report)
    row.save(update_fields=["report"])


def _read(tell: Say) -> _Base:
    base = _Base()
    for handle, profile in all_profiles():
        base.handles.append(handle)
        base.profiles.append(profile)
        if len(base.handles) % (4 * PIECE) == 0:
            tell("reading", len(base.handles))
    return base


_ANSWERS = (
    "SELECT one_id, other_id, state = 'same' FROM identity_suggestion s WHERE state IN ('same', 'apart') AND decided_by_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM identity_decision d WHERE d.id = s.decision_id AND d.undone_at IS NOT NULL)"
    " ORDER BY decided_at DESC, id LIMIT %s"
)


def _learned(base: _Base) -> tuple[Model, int]:
    """Weights without labels, and probabilities by what colleagues have answered; how many answers that were."""
    from samspil.identity.rules.learn import learn_from
    from samspil.identity.rules.train import train

    model = train(base.profiles, shipped())
    place = {handle: n for n, handle in enumerate(base.handles)}
    answers = [
        (base.profiles[place[one]], base.profiles[place[other]], bool(same))
        for one, other, same in sql.run(_ANSWERS, [ANSWERS])
        if one in place and other in place
    ]
    return learn_from(model, answers), len(answers)


def _compared(base: _Base, model: Model, engine: str, suggest_at: float, session: Any) -> list[tuple[UUID, UUID, Score]]:
    from samspil.identity.rules.batch import pairs

    table = pairs(base.profiles, model, engine=engine, threshold=suggest_at, session=session)
    left, right = table["left"].to_pylist(), table["right"].to_pylist()
    return [
        (base.handles[a], base.handles[b], model.score(base.profiles[a], base.profiles[b]))
        for a, b in zip(left, right, strict=True)
    ]


_GONE = (
    "UPDATE identity_suggestion s SET state = 'gone' WHERE state = 'open' AND found_at < %s"
    " AND NOT EXISTS (SELECT 1 FROM unnest(%s::uuid[], %s::uuid[]) AS f(one, other) WHERE f.one = s.one_id AND f.other = s.other_id)"
    " RETURNING id"
)


def _write(
    base: _Base,
    model: Model,
    found: Sequence[tuple[UUID, UUID, Score]],
    *,
    join_at: float | None,
    suggest_at: float,
    tell: Say,
    at: datetime,
) -> dict[str, int]:
    for start in range(0, len(base.handles), PIECE):
        part = dict(zip(base.handles[start : start + PIECE], base.profiles[start : start + PIECE], strict=True))
        with step():
            keep_profiles(profiles=_still(part), at=at)
        tell("writing", start + len(part))
    ordered = [(a, b, score) if a < b else (b, a, turned(score)) for a, b, score in found]
    with step():
        done = conclude(
            likely=compared(scores=ordered), model=model, join_at=join_at, suggest_at=suggest_at, source="batch", at=at
        )
        gone = sql.run(_GONE, [at, [a for a, _, _ in ordered], [b for _, b, _ in ordered]])
    return {"joined": done.joined, "suggested": done.suggested, "gone": len(gone)}


def _still(part: Mapping[UUID, Profile]) -> dict[UUID, Profile]:
    """Those that are still there: somebody may have been forgotten since they were read."""
    rows = sql.run("SELECT id FROM intake_handle WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(part)])
    return {handle: part[handle] for (handle,) in rows}
