"""Statements as the spine sends them: values, errors, what waits and what a lost session leaves behind; on a real PostgreSQL."""

import os
import signal
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samspil.base import sql
from samspil.base.flow import step

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9998, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is given beside them
STORED = {
    "text": TEXT,
    "uuid": st.uuids(),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "float8": st.floats(allow_nan=False),
    "bytea": st.binary(max_size=60),
    "timestamptz": TIMES,
    "date": st.dates(date(1, 1, 2)),
    "interval": st.timedeltas(timedelta(days=-9000), timedelta(days=9000)),
    "numeric": st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
}
VALUES = st.sampled_from(sorted(STORED)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.none() | STORED[kind], st.lists(st.none() | STORED[kind], max_size=5))
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=VALUES)
def test_a_value_comes_back_as_it_was_sent(case):
    kind, value, several = case
    assert sql.run(f"SELECT %s::{kind}, %s::{kind}[]", [value, several]) == [(value, several)]
    query, params = sql.table(f"{kind} int", [(value, 1)])
    assert sql.run(f"SELECT * FROM {query} AS t(a, b)", params) == [(value, 1)]
    query, params = sql.table(f"{kind} int", [(value, 1), (value, 2)])
    assert sql.run(f"SELECT * FROM {query} AS t(a, b)", params) == [(value, 1), (value, 2)]


def test_names_json_and_the_sign_of_percent():
    given = {"a": 7, "b": {"æ": [1, None, '"\\']}}
    rows = sql.run("SELECT %(b)s, %(a)s::int, '100 %%', %(a)s::int", {**given, "b": sql.Jsonb(given["b"])})
    assert rows == [(given["b"], 7, "100 %", 7)]
    assert sql.run("SELECT %s::jsonb[]", [[sql.Jsonb({"x": 'a"b'}), None]]) == [([{"x": 'a"b'}, None],)]


def test_what_cannot_be_sent_is_told_and_the_session_goes_on():
    with pytest.raises(DataError, match="NUL"):
        sql.run("SELECT %s::text", ["a\x00b"])
    with pytest.raises(ProgrammingError, match="type set"):
        sql.run("SELECT %s", [{1}])
    with pytest.raises(ProgrammingError, match="nowhere"):
        sql.run("SELECT * FROM nowhere")
    assert sql.run("SELECT 1") == [(1,)]


def test_a_statement_that_fails_twice_is_never_taken_for_prepared():
    for _ in range(4):
        with pytest.raises(ProgrammingError):
            sql.run("SELECT * FROM not_yet_there")
    sql.run("CREATE TABLE not_yet_there (a int)")
    assert [sql.run("SELECT * FROM not_yet_there") for _ in range(3)] == [[], [], []]
    sql.run("DROP TABLE not_yet_there")


def test_a_step_is_one_transaction_and_its_last_statement_takes_the_commit_along():
    sql.run("CREATE TABLE tried (a int PRIMARY KEY)")
    done = []
    with step():
        sql.write("INSERT INTO tried VALUES (%s)", [1])
        answer = sql.ask("SELECT count(*) FROM tried")
        transaction.on_commit(lambda: done.append(answer.rows))
        assert not connection.connection.info.transaction_status  # nothing has been sent
    assert done == [[(1,)]]
    with pytest.raises(IntegrityError), step():  # noqa: PT012  it comes out at the end
        sql.write("INSERT INTO tried VALUES (%s)", [2])
        sql.write("INSERT INTO tried VALUES (%s)", [1])
    with pytest.raises(ZeroDivisionError), step():  # noqa: PT012  it comes out at the end
        lost = sql.ask("INSERT INTO tried VALUES (%s) RETURNING a", [3])
        raise ZeroDivisionError
    with pytest.raises(RuntimeError, match="never sent"):
        _ = lost.rows
    assert sql.run("SELECT a FROM tried") == [(1,)]
    sql.run("DROP TABLE tried")


def test_an_error_that_shows_at_the_commit_rolls_the_step_back():
    sql.run("CREATE TABLE tried (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    called = []
    with pytest.raises(IntegrityError), step():  # noqa: PT012  it comes out at the end
        transaction.on_commit(lambda: called.append(1))
        sql.write("INSERT INTO tried VALUES (1)")
        sql.write("INSERT INTO tried VALUES (1)")
    assert (called, sql.run("SELECT a FROM tried")) == ([], [])
    sql.run("DROP TABLE tried")


def test_a_step_within_another_transaction_leaves_the_commit_to_it():
    sql.run("CREATE TABLE tried (a int)")
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012  it comes out at the end
        with step():
            sql.write("INSERT INTO tried VALUES (1)")
        raise ZeroDivisionError
    assert sql.run("SELECT a FROM tried") == []
    sql.run("DROP TABLE tried")


def test_megabytes_pass_both_ways_at_once():
    large = "x" * 3_000_000
    with step():
        for _ in range(3):
            sql.write("SELECT %s::text", [large])
        assert sql.run("SELECT length(%s::text), repeat('y', 3000000)", [large]) == [(3_000_000, "y" * 3_000_000)]


def test_a_session_that_is_cut_is_told_and_the_next_one_works():
    pid = sql.run("SELECT pg_backend_pid()")[0][0]
    with pytest.raises(OperationalError), step():  # noqa: PT012  it comes out at the end
        sql.run("SELECT pg_terminate_backend(%s)", [pid])
        sql.run("SELECT 1")
    connection.close()
    assert sql.run("SELECT 1") == [(1,)]


def test_control_c_leaves_a_long_statement_at_once_and_undoes_the_step():
    sql.run("CREATE TABLE tried (a int)")
    threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt), step():  # noqa: PT012  it comes out at the end
        sql.write("INSERT INTO tried VALUES (1)")
        sql.run("SELECT pg_sleep(20)")
    connection.close()
    assert sql.run("SELECT a FROM tried") == []
    sql.run("DROP TABLE tried")


def test_ids_are_compared_one_by_one_or_many_at_once():
    ids = [UUID(int=n) for n in range(3)]
    for some in (ids, ids[:1], []):
        those, values = sql.among("t.a", some)
        assert sql.run(f"SELECT a FROM unnest(%s::uuid[]) AS t(a) WHERE {those} ORDER BY a", [ids, values]) == [
            (i,) for i in some
        ]
    assert Decimal("1.50") == sql.run("SELECT %s::numeric", [Decimal("1.50")])[0][0]
