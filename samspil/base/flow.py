"""The flow runner: carries facts to the reactions that the journey's page names, in the same transaction or later.

``step()`` is the transaction of an action. Facts published inside it run through the reactions of ``TOGETHER`` before it
commits, batch by batch; those that are kept are written in one statement; the bell rings after the commit.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

from samspil.base import bell, sql
from samspil.base.facts import Fact, by_kind

log = logging.getLogger(__name__)

Reaction = Callable[[Sequence[Any]], None]
Flow = Mapping[type[Fact], Sequence[Reaction]]

_together: dict[type[Fact], Sequence[Reaction]] = {}
_later: dict[type[Fact], Sequence[Reaction]] = {}
_kinds: dict[str, type[Fact]] = {}
_open: ContextVar[list[Fact] | None] = ContextVar("facts of the open step", default=None)


class Place(NamedTuple):
    """Where a fact stands in the log: the same whenever it is read. ``at`` is when it was written."""

    key: str
    at: datetime


_places: ContextVar[Sequence[Place]] = ContextVar("places of the facts that are read", default=())

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 6
LOST = frozenset({"40P01", "40001"})
"""PostgreSQL's words for: another transaction was in the way, try again."""
BATCH = 200
"""Rows of the log that one reaction reads at a time."""


def install(*, together: Flow, later: Flow, others: Sequence[type[Fact]] = ()) -> None:
    """Take the journey's two tables; called once by the assembly. ``others`` are facts that only open pages wait for."""
    _together.clear()
    _together.update(together)
    _later.clear()
    _later.update(later)
    _kinds.clear()
    for fact in [*together, *later, *others]:
        if _kinds.setdefault(fact.kind, fact) is not fact:
            raise ValueError(f"two facts are called {fact.kind}")


def kinds() -> Mapping[str, type[Fact]]:
    """Every installed fact by its kind."""
    return _kinds


def later() -> Flow:
    """The reactions that read the log, by fact."""
    return _later


@contextmanager
def step() -> Iterator[None]:
    """The transaction of one action or one batch; a step within a step joins it. Rolls back as a whole."""
    if _open.get() is not None:
        yield
        return
    published: list[Fact] = []
    token = _open.set(published)
    own = not connection.in_atomic_block
    try:
        with transaction.atomic(), sql.deferring(commit=own):
            yield
            _settle(published)
    finally:
        _open.reset(token)


def retried(deed: Callable[P, R]) -> Callable[P, R]:
    """Do an action again that lost a race for locks (a deadlock, or a serialization failure): it has changed nothing.

    Within somebody's step it is that one's to do again, and the error passes on.
    """

    @wraps(deed)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for tried in range(TRIES):
            try:
                return deed(*args, **kwargs)
            except OperationalError as error:
                lost = getattr(error.__cause__, "sqlstate", "") in LOST
                if not lost or tried == TRIES - 1 or _open.get() is not None or connection.in_atomic_block:
                    raise
                time.sleep(random.uniform(0, 0.05 * 2**tried))  # noqa: S311 - so that two do not meet again
        raise AssertionError  # the last try returns or raises

    return again


def publish(*facts: Fact) -> None:
    """Record facts in the open step. Raises RuntimeError outside one: a fact belongs to the transaction that made it true."""
    published = _open.get()
    if published is None:
        raise RuntimeError("publish() outside a step")
    published.extend(facts)


@contextmanager
def part() -> Iterator[None]:
    """A part of a step that can fail alone: an error takes back what it wrote and published, and passes on; the step may go on.

    Raises RuntimeError outside a step.
    """
    published = _open.get()
    if published is None:
        raise RuntimeError("part() outside a step")
    sql.flush()
    before = len(published)
    try:
        with transaction.atomic():
            try:
                yield
                sql.flush()
            except BaseException:
                sql.drop()
                raise
    except BaseException:
        del published[before:]
        raise


def places() -> Sequence[Place]:
    """For a later reaction: the place in the log of each fact that it was given, in the same order."""
    return _places.get()


def _settle(published: list[Fact]) -> None:
    done = 0
    while done < len(published):
        fresh = published[done:]
        done = len(published)
        for kind, facts in by_kind(fresh).items():
            for reaction in _together.get(kind, ()):
                reaction(facts)
    kept = by_kind([fact for fact in published if fact.kept])
    if kept:
        # A value list and no arrays: within an array every quote of the JSON would be escaped, a tenth of a large batch's time.
        rows = ", ".join(["(%s, %s)"] * len(kept))
        values = [v for kind, facts in kept.items() for v in (kind.kind, sql.Jsonb([f.data() for f in facts]))]
        sql.write(f"INSERT INTO base_fact (kind, data) VALUES {rows}", values)
        bell.ring_after_commit("facts")


def react(fact: type[Fact], reaction: Reaction) -> int:
    """Let one reaction read on in the log: one batch, in one transaction with its cursor. The number of rows read.

    Only rows are read whose transaction is older than every one still running, so one that commits late is not skipped.
    Raises what the reaction raises, with the cursor where it was.
    """
    name = f"{fact.kind}>{reaction.__module__.removeprefix('samspil.')}.{reaction.__name__}"
    with step():
        sql.run(
            "INSERT INTO base_cursor (name, xid, fact, failures, error) VALUES (%s, 0, 0, 0, '') ON CONFLICT DO NOTHING",
            [name],
        )
        place = sql.run("SELECT xid, fact FROM base_cursor WHERE name = %s FOR UPDATE SKIP LOCKED", [name])
        if not place:
            return 0
        rows = sql.run(
            "SELECT xid, id, kind, data, at FROM base_fact WHERE (xid, id) > (%s, %s)"
            " AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid, id LIMIT %s",
            [*place[0], BATCH],
        )
        mine = [row for row in rows if row[2] == fact.kind]
        facts = [fact.load(data) for row in mine for data in row[3]]
        if facts:
            token = _places.set([Place(f"{row[1]}.{n}", row[4]) for row in mine for n in range(len(row[3]))])
            try:
                reaction(facts)
            finally:
                _places.reset(token)
        if rows:
            sql.run(
                "UPDATE base_cursor SET xid = %s, fact = %s, failures = 0, error = '' WHERE name = %s",
                [rows[-1][0], rows[-1][1], name],
            )
        return len(rows)


def hold_back(fact: type[Fact], reaction: str) -> tuple[str, list[Any]]:
    """For who rebuilds what a later reaction keeps: it reads nothing until the open step ends. ``reaction`` is ``package.module.name``.

    Gives a SELECT with its parameters: the ``data`` of every fact that is still to be read. As a part of the statement that reads the log
    it sees what that one sees, so that nothing is counted twice and nothing is left out.
    """
    name = f"{fact.kind}>{reaction}"
    sql.run("INSERT INTO base_cursor (name, xid, fact, failures, error) VALUES (%s, 0, 0, 0, '') ON CONFLICT DO NOTHING", [name])
    place = sql.run("SELECT xid, fact FROM base_cursor WHERE name = %s FOR UPDATE", [name])
    unread = (
        "SELECT one AS data FROM base_fact f CROSS JOIN LATERAL jsonb_array_elements(f.data) AS one"
        " WHERE f.kind = %s AND (f.xid, f.id) > (%s, %s)"
    )
    return unread, [fact.kind, *place[0]]


def note_failure(fact: type[Fact], reaction: Reaction, error: str) -> int:
    """Count a failed reading at its cursor and show why. The number of failures in a row."""
    name = f"{fact.kind}>{reaction.__module__.removeprefix('samspil.')}.{reaction.__name__}"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE base_cursor SET failures = failures + 1, error = %s WHERE name = %s RETURNING failures", [error[:2000], name]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
