"""Moves everything to another PostgreSQL, which may be older or newer than ours.

The wheel's pg_dump is newer than most servers, and what it writes is not promised to load into an older one. So the target's
tables are made by our own migrations, and the rows are copied table by table, within one snapshot here and one transaction there.
"""

import os
import subprocess
import sys
from collections.abc import Callable

import psycopg
from psycopg import sql

OLDEST = 150000
TABLES = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname"""
COLUMNS = """SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"


class CannotMove(Exception):
    """The move was not made; the target is as it was before, apart from empty tables."""


def move_to(source: str, target: str, *, say: Callable[[str], None]) -> dict[str, int]:
    """Copy every table of ``source`` into the empty ``target`` (both dsn); returns the rows of each. Raises CannotMove."""
    with psycopg.connect(target) as there:
        if there.info.server_version < OLDEST:
            raise CannotMove("The target is older than PostgreSQL 15.")
        if there.execute(TABLES).fetchone():
            raise CannotMove("The target is not empty: give a new database.")
    say("Making the tables there ...")
    make_tables(target)
    with psycopg.connect(source) as here, psycopg.connect(target) as there:
        here.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        here.read_only = True
        return copy_all(here, there, say=say)


def make_tables(target: str) -> None:
    """Run our migrations on ``target``, in a process of its own: this one's Django has its database already."""
    environment = {**os.environ, "SAMSPIL_DATABASE_URL": target}
    command = [sys.executable, "-m", "samspil.project.cli", "migrate"]
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        raise CannotMove("The tables could not be made there; the reason stands above.")


def copy_all(
    here: psycopg.Connection[tuple[object, ...]], there: psycopg.Connection[tuple[object, ...]], *, say: Callable[[str], None]
) -> dict[str, int]:
    """Copy rows and sequences; commits ``there`` only when every table has as many rows as here."""
    ours = [str(name) for (name,) in here.execute(TABLES).fetchall()]
    missing = set(ours) - {str(name) for (name,) in there.execute(TABLES).fetchall()}
    if missing:
        raise CannotMove(f"The target has no table {', '.join(sorted(missing))}: are both of the same version of Samspil?")
    # The rows come as they are: no check of foreign keys in between, and no trigger that would act on them again.
    there.execute("SET LOCAL session_replication_role = replica")
    names = sql.SQL(", ").join(map(sql.Identifier, ours))
    there.execute(sql.SQL("TRUNCATE {}").format(names))
    rows = {}
    for table in ours:
        rows[table] = _copy(here, there, table)
        if rows[table]:
            say(f"  {table}: {rows[table]:,} rows")
    for name, value in here.execute(SEQUENCES).fetchall():
        if value is not None:
            there.execute("SELECT setval(%s::regclass, %s)", [f'public."{name}"', value])
    there.commit()
    return rows


def _copy(here: psycopg.Connection[tuple[object, ...]], there: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    columns = [sql.Identifier(str(name)) for (name,) in here.execute(COLUMNS, [f'public."{table}"']).fetchall()]
    words = sql.SQL("COPY {} ({}) ").format(sql.Identifier(table), sql.SQL(", ").join(columns))
    with (
        here.cursor().copy(words + sql.SQL("TO STDOUT")) as outgoing,
        there.cursor().copy(words + sql.SQL("FROM STDIN")) as incoming,
    ):
        for data in outgoing:
            incoming.write(data)
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    found, wanted = there.execute(count).fetchone(), here.execute(count).fetchone()
    if found is None or found != wanted:
        raise CannotMove(f"{table} has {wanted} rows here and {found} there.")
    return int(str(found[0]))
