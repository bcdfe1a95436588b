"""Carrying an import of people on: a batch a transaction, so that a killed one goes on where it was and nothing is done twice."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection

from samspil import kit
from samspil.base import blobs, clock, sql
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.base.tables import CannotReadPeople, Row
from samspil.exchange.actions.people import release_after, rows_from
from samspil.exchange.actions.people_memory import Memory
from samspil.exchange.models import PeopleRow, PeopleRun
from samspil.exchange.queries.people import known_of, own_fields
from samspil.exchange.rules.meanings import slug_of
from samspil.exchange.rules.persons import Key, Person, Reading, person_of
from samspil.exchange.rules.plan import GIVEN_BACK, Planned, number_key, plan
from samspil.identity.actions.bring import DETAILS, MANY, Brought, bring_fields, bring_people, take_back, tidy
from samspil.intake.actions.forgotten import hold
from samspil.intake.actions.record import know_handles

log = logging.getLogger(__name__)

BATCH = 500
TRIES = 6
State = PeopleRun.State
Say = Callable[[PeopleRun], None]


class Stopped(Exception):
    """Somebody else has moved the run on, or has stopped it."""


class Again(Exception):
    """A handle came to somebody while the batch was planned: it is planned anew."""


def carry_on(*, run: UUID, say: Say = lambda _: None, stop: Callable[[], bool] = lambda: False) -> bool:
    """Do what an import waits for until it is done, stopped or ``stop`` says so. False when another process is at it."""
    with _alone(run) as mine:
        if not mine:
            return False
        row = PeopleRun.objects.filter(pk=run).first()
        work = {State.LOOKING: _look, State.RUNNING: _run, State.UNDOING: _undo}
        if row is None or row.state not in work:
            return True
        try:
            work[State(row.state)](row, say, stop)
        except Stopped:
            log.info("an import of people was stopped")
        except (CannotReadPeople, OSError) as error:
            _fail(row, str(error))
        except OperationalError:
            raise
        except Exception as error:
            log.exception("an import of people failed")
            _fail(row, type(error).__name__)
    return True


@contextmanager
def _alone(run: UUID) -> Iterator[bool]:
    """One process at a time: the lock is the session's and goes with it, also when it is killed."""
    name = f"samspil.people.{run}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        mine = bool((cursor.fetchone() or [False])[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _fail(row: PeopleRun, error: str) -> None:
    with step():
        PeopleRun.objects.filter(pk=row.pk).update(state=State.FAILED, error=error[:500], moved_at=clock.now())


def reading_of(*, run: PeopleRun) -> tuple[Reading, list[tuple[str, str, str]]]:
    """How the run's rows are read, and the attributes that it makes as (slug, name, kind)."""
    have = own_fields()
    shapes: dict[str, str] = dict(DETAILS) | {slug: _shape(kind) for slug, (_, kind) in have.items()}
    made: list[tuple[str, str, str]] = []
    meanings = []
    for name, meaning in run.options["columns"]:
        kind, _, rest = meaning.partition(".")
        if kind == "new":
            called = name.removeprefix("attribute: ")
            slug = slug_of(called)
            slug = f"{slug}_own"[:60] if slug in DETAILS else slug
            if slug not in have:
                made.append((slug, called, rest))
                shapes[slug] = _shape(rest)
            meanings.append(f"field.{slug}")
        else:
            meanings.append(meaning)
    names = [name for name, _ in run.options["columns"]]
    return Reading(names, meanings, run.options["country"], shapes, tidy), made


def _shape(kind: str) -> str:
    return "text" if kind == "choice" else kind


def _batches(run: PeopleRun, reading: Reading, file: Any) -> Iterator[list[Person]]:
    rows: Iterator[Row] = iter(rows_from(file=file, run=run))
    for _ in islice(rows, run.position):
        pass
    while batch := [person_of(row, reading) for row in islice(rows, BATCH)]:
        yield batch


def _look(run: PeopleRun, say: Say, stop: Callable[[], bool]) -> None:
    reading, _ = reading_of(run=run)
    counts: Counter[str] = Counter()
    memory = Memory()
    with step():  # what an earlier try had found is found again
        PeopleRow.objects.filter(run=run).delete()
        PeopleRun.objects.filter(pk=run.pk).update(position=0)
        run.position = 0
    try:
        with blobs.read(run.digest) as file:
            for persons in _batches(run, reading, file):
                if stop():
                    return
                keys, numbers = _asked(persons)
                with step():
                    _plan_anew()
                    known = known_of(keys, numbers)
                memory.recall(known, keys, numbers)
                planned = plan(persons, known, iter(new_id, None), MANY)
                memory.keep(planned, known)
                counts.update(_counted(planned))
                with step():
                    _move(run, len(persons), looked=dict(counts))
                    _write_rows(run, planned, {})
                say(run)
    finally:
        memory.close()
    _finish(run, State.LOOKED, total=run.position, looked=dict(counts))
    say(run)


def _run(run: PeopleRun, say: Say, stop: Callable[[], bool]) -> None:
    reading, made = reading_of(run=run)
    counts = Counter(run.counts if run.position else {})
    if made:
        bring_fields(fields=made)
    with blobs.read(run.digest) as file:
        for batches, persons in enumerate(_batches(run, reading, file)):
            if stop():
                return
            _analyze(batches)
            _try(lambda p=persons: _bring(run, p, counts))  # type: ignore[misc]  # bound at once
            say(run)
    _finish(run, State.DONE, counts=dict(counts), digest="")
    say(run)


ANALYZED = ("intake_handle", "identity_consumer", "identity_link", "identity_detail", "exchange_people_row")
"""Tables that an import makes large; the database's own round comes only once a minute, and may be off."""


def _plan_anew() -> None:
    """Plan each statement of the batch by itself, by index.

    Every question is about some hundred rows. While tables grow from nothing, a plan that was made for small ones would be kept,
    and read them whole each time.
    """
    sql.write("SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true)")


def _analyze(batches: int) -> None:
    """After 4, 20, 100, 500 ... batches."""
    if batches in {4 * 5**n for n in range(6)}:
        for table in ANALYZED:
            sql.run(f"ANALYZE {table}")


def _try(batch: Callable[[], None]) -> None:
    """Once more where a handle came to somebody meanwhile, or where two waited for each other."""
    for left in reversed(range(TRIES)):
        try:
            return batch()
        except Again:
            if not left:
                raise
        except OperationalError as error:
            if not left or getattr(error.__cause__, "sqlstate", "") not in {"40P01", "40001"}:
                raise
    return None


def _bring(run: PeopleRun, persons: Sequence[Person], counts: Counter[str]) -> None:
    at = clock.now()
    keys, numbers = _asked(persons)
    with step():
        hold()
        _plan_anew()
        ordered = sorted(keys)
        sql.run(_LOCK, [[k[i] for k in ordered] for i in range(3)])
        known = known_of(keys, numbers)
        planned = plan(persons, known, iter(new_id, None), MANY)
        handles = _handles(planned, at)
        people = [_brought(p, handles) for p in planned if p.consumer is not None and p.outcome != "same"]
        fresh = [h for p in people for h, _ in p.links]
        if sql.run("SELECT 1 FROM identity_link WHERE handle_id = ANY(%s) AND ended_at IS NULL LIMIT 1", [fresh]):
            raise Again
        bring_people(people=people, run=run.pk, words=f"Import: {run.name}", by=run.by_id, at=at)
        total = counts + Counter(_counted(planned))
        _move(run, len(persons), counts=dict(total))
        _write_rows(run, planned, handles)
    counts.clear()
    counts.update(total)


_LOCK = (
    "SELECT h.id FROM intake_handle h JOIN unnest(%s::text[], %s::text[], %s::text[]) AS u(n, s, a)"
    " ON h.network = u.n AND h.scope = u.s AND h.address = u.a ORDER BY h.network, h.scope, h.address FOR UPDATE OF h"
)


def _handles(planned: Sequence[Planned], at: datetime) -> dict[Key, UUID]:
    """The rows of all handles that are linked or named, made where they are new."""
    shown = {key: display for p in planned for key, display in p.person.handles}
    wanted = {key for p in planned for key, _ in p.links}
    wanted |= {key for p in planned if p.consumer is not None for key in (p.anchor, *p.alike) if key is not None}
    if not wanted:
        return {}
    return know_handles(
        handles=[(kit.Handle(network=k[0], scope=k[1], address=k[2], display=shown.get(k, "")), at) for k in sorted(wanted)]
    )


def _brought(p: Planned, handles: Mapping[Key, UUID]) -> Brought:
    assert p.consumer is not None  # noqa: S101  the caller has asked
    assert p.anchor is not None  # noqa: S101  whoever has a consumer has one
    anchor = handles[p.anchor]
    number = next((value for word, value in p.person.details if word == "customer_number"), "")
    return Brought(
        consumer=p.consumer,
        new=p.outcome == "new",
        name=p.name,
        since=p.since,
        links=[(handles[key], handles.get(via) if via else None) for key, via in p.links],
        details=[(anchor, word, value) for word, value in p.details],
        alike=[(anchor, handles[key], number) for key in p.alike],
    )


def _undo(run: PeopleRun, say: Say, stop: Callable[[], bool]) -> None:
    """Row by row from the first: whoever stands in several is taken back at once with the first of them."""
    while not stop():
        rows = list(
            PeopleRow.objects.filter(
                run=run, number__gt=run.position, consumer__isnull=False, outcome__in=("new", "joins", "changes")
            )
            .order_by("number")
            .values_list("number", "consumer", "named")[:BATCH]
        )
        if not rows:
            break
        consumers: dict[UUID, str | None] = {}
        for _, consumer, named in rows:
            assert consumer is not None  # noqa: S101  asked for above
            consumers[consumer] = consumers.get(consumer) if named is None else named
        at = clock.now()

        def batch(consumers: dict[UUID, str | None] = consumers, last: int = rows[-1][0], at: datetime = at) -> None:
            with step():
                # No plans anew here: the checks of foreign keys, fifteen for a handle that goes, would be planned for each row.
                sql.write("SELECT set_config('enable_seqscan', 'off', true)")
                take_back(consumers=consumers, run=run.pk, why=f"Import taken back: {run.name}", by=run.by_id, at=at)
                _move(run, last - run.position)

        _try(batch)
        say(run)
    else:
        return
    with step():
        PeopleRow.objects.filter(run=run).update(consumer=None, named=None)
    _finish(run, State.UNDONE)
    say(run)


def _asked(persons: Sequence[Person]) -> tuple[set[Key], set[str]]:
    keys = {key for p in persons if not p.error for key, _ in p.handles}
    numbers = {number_key(v) for p in persons if not p.error for word, v in p.details if word == "customer_number"}
    return keys, numbers


def _counted(planned: Sequence[Planned]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for p in planned:
        counts[p.outcome] += 1
        if p.consumer is not None:
            counts["_handles"] += len(p.links)
            counts["_details"] += len(p.details)
            counts["_suggested"] += bool(p.alike)
            counts["_flagged"] += any(code in {"control", "lookalike", "role", "bad_handle", "bad_value"} for code, _ in p.why)
    return {name: number for name, number in counts.items() if number}


def _move(run: PeopleRun, rows: int, **values: Any) -> None:
    """Move the run on; raises Stopped, and the batch is rolled back, when it is not where this process believes it is."""
    there = PeopleRun.objects.filter(pk=run.pk, position=run.position, state=run.state)
    if not there.update(position=run.position + rows, moved_at=clock.now(), **values):
        raise Stopped
    run.position += rows
    for name, value in values.items():
        setattr(run, name, value)


def _finish(run: PeopleRun, state: PeopleRun.State, **values: Any) -> None:
    with step():
        now = clock.now()
        if not PeopleRun.objects.filter(pk=run.pk, state=run.state).update(state=state, moved_at=now, finished_at=now, **values):
            raise Stopped
        if values.get("digest") == "":
            release_after(digest=run.digest)
    run.state = state
    for name, value in values.items():
        setattr(run, name, value)


_ROWS = (
    "INSERT INTO exchange_people_row (id, run_id, number, outcome, shown, why, raw, consumer, named)"
    " SELECT i, %s, n, o, s, w, r, c, b FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[],"
    " %s::uuid[], %s::text[]) AS u(i, n, o, s, w, r, c, b) ON CONFLICT (run_id, number) DO UPDATE SET outcome = excluded.outcome,"
    " shown = excluded.shown, why = excluded.why, raw = excluded.raw, consumer = excluded.consumer, named = excluded.named"
)


def _write_rows(run: PeopleRun, planned: Sequence[Planned], handles: Mapping[Key, UUID]) -> None:
    """What is said of each row. Of one that is forgotten nothing is shown: nothing of it is to be kept."""
    real = bool(handles) or run.state == State.RUNNING
    sql.run(
        _ROWS,
        [
            run.pk,
            [new_id() for _ in planned],
            [p.person.number for p in planned],
            [p.outcome for p in planned],
            ["" if p.outcome == "forgotten" else p.person.shown for p in planned],
            [sql.Jsonb([[code, about[:200]] for code, about in p.why[:20]]) for p in planned],
            [sql.Jsonb(list(p.person.raw)) if p.outcome in GIVEN_BACK else None for p in planned],
            [p.consumer if real else None for p in planned],
            [p.named for p in planned],
        ],
    )
