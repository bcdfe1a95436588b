"""The embedded server: durable, private, attached to, never left behind."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from django.utils import translation

from samspil.project.database import DatabaseFailed, Embedded
from samspil.project.database.checks import checks_of
from samspil.project.database.guard import Guard
from samspil.project.database.options import Options
from samspil.project.database.places import home_of, make_private, prepare, socket_folder

USER = """
import sys, time
from pathlib import Path
from samspil.project.database import Embedded
with Embedded(Path(sys.argv[1]), fsync=False, connections=20, buffers_mb=16).running() as dsn:
    print("ready", flush=True)
    time.sleep(600)
"""
WAIT_SECONDS = 60


def make(folder: Path, **options: object) -> Embedded:
    return Embedded(folder, **{"fsync": False, "connections": 20, "buffers_mb": 16, "start_seconds": 60, **options})


@pytest.fixture(scope="module")
def embedded() -> Iterator[Embedded]:
    # pytest's own folders are closed to other users, and root's server runs as one.
    folder = Path(tempfile.mkdtemp(prefix="samspil-embedded-"))
    folder.chmod(0o711)
    found = make(folder)
    yield found
    assert found.wait_stopped(WAIT_SECONDS)
    shutil.rmtree(folder)


def postmaster(found: Embedded) -> int:
    return int((found.home / "cluster" / "postmaster.pid").read_text().split("\n")[0])


def alive(process: int) -> bool:
    path = Path(f"/proc/{process}/stat")
    return path.exists() and path.read_text().split()[2] != "Z"


def until(condition: object, seconds: float = WAIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def start_user(found: Embedded) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", USER, str(found.data_dir)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> None:
    process.send_signal(number)
    process.communicate()


def test_it_is_as_it_should_be(embedded: Embedded) -> None:
    with embedded.running() as dsn, psycopg.connect(dsn) as connection:
        names = (
            "listen_addresses",
            "password_encryption",
            "checkpoint_timeout",
            "max_wal_size",
            "TimeZone",
            "server_encoding",
            "max_connections",
        )
        found = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
        assert [row[0] for row in found if row] == ["", "scram-sha-256", "30min", "8GB", "UTC", "UTF8", "20"]
        locale = connection.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'samspil'").fetchone()
        assert locale == ("b", "C.UTF-8")
        assert connection.execute("SELECT to_tsvector('danish', 'cyklerne') @@ to_tsquery('danish', 'cykler')").fetchone() == (
            True,
        )
        for name in ("pg_trgm", "unaccent", "btree_gin"):
            connection.execute(f"CREATE EXTENSION {name}")
        assert postmaster_proc(embedded).stat().st_uid != 0
    home = embedded.home
    assert stat.S_IMODE((home / "cluster").stat().st_mode) == 0o700
    assert stat.S_IMODE(socket_folder(home, (home / "password").read_text()).stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "password").stat().st_mode) == 0o600
    assert not (home / "initdb.password").exists()


def postmaster_proc(found: Embedded) -> Path:
    return Path(f"/proc/{postmaster(found)}")


def test_a_wrong_password_is_refused(embedded: Embedded) -> None:
    with embedded.running() as dsn:
        password = (embedded.home / "password").read_text()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(dsn.replace(password, "guessed"))


def test_a_second_user_attaches_and_the_last_one_stops_it(embedded: Embedded) -> None:
    other = start_user(embedded)
    first = postmaster(embedded)
    with embedded.running():
        assert postmaster(embedded) == first
        end(other)
        time.sleep(1)
        assert alive(first)
    until(lambda: not alive(first))
    assert embedded.wait_stopped(WAIT_SECONDS)


def test_killed_users_leave_nothing_behind(embedded: Embedded) -> None:
    users = [start_user(embedded) for _ in range(2)]
    server = postmaster(embedded)
    for user in users:
        end(user)
    until(lambda: not alive(server))
    assert embedded.wait_stopped(WAIT_SECONDS)


def test_a_killed_guard_takes_its_server_along_and_the_next_start_works(embedded: Embedded) -> None:
    user = start_user(embedded)
    server = postmaster(embedded)
    guard = int((Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split())[1])
    os.kill(guard, signal.SIGKILL)
    until(lambda: not alive(server))
    end(user)
    with embedded.running() as dsn:
        assert psycopg.connect(dsn).execute("SELECT 1").fetchone() == (1,)
        assert postmaster(embedded) != server


def test_users_that_start_at_once_share_one_server(embedded: Embedded) -> None:
    assert embedded.wait_stopped(WAIT_SECONDS)
    command = [sys.executable, "-c", USER, str(embedded.data_dir)]
    users = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [user.stdout.readline() for user in users if user.stdout] == ["ready\n"] * 4
    one = postmaster(embedded)
    for user in users:
        end(user)
    until(lambda: not alive(one))


@pytest.mark.faults
def test_no_acknowledged_row_is_lost_when_the_server_is_killed(embedded: Embedded) -> None:
    """Ten kills of every process of the server while rows go in, one transaction each."""
    durable = make(embedded.data_dir, fsync=True)
    assert embedded.wait_stopped(WAIT_SECONDS)
    acknowledged: list[int] = []
    stopped = threading.Event()
    with durable.running() as dsn:
        with psycopg.connect(dsn, autocommit=True) as connection:
            assert connection.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')").fetchone() == (
                "on",
                "on",
            )
            connection.execute("CREATE TABLE kept (number integer PRIMARY KEY)")

        def insert() -> None:
            number = 0
            while not stopped.is_set():
                try:
                    with psycopg.connect(dsn, autocommit=True) as connection:
                        while not stopped.is_set():
                            number += 1
                            connection.execute("INSERT INTO kept VALUES (%s)", [number])
                            acknowledged.append(number)
                except psycopg.OperationalError:
                    time.sleep(0.02)

        writer = threading.Thread(target=insert, daemon=True)  # a failure here must not keep the run from ending
        writer.start()
        for _ in range(10):
            before = len(acknowledged)
            until(lambda before=before: len(acknowledged) > before + 50, 240)
            server = postmaster(durable)
            children = [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == server]
            for process in [server, *children]:
                with suppress(ProcessLookupError):  # a child that sees its server gone ends by itself
                    os.kill(process, signal.SIGKILL)
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before, 240)
        stopped.set()
        writer.join()
        until(durable.ready, 240)  # ten kills in a row, and a busy disk
        with psycopg.connect(dsn) as connection:
            kept = {row[0] for row in connection.execute("SELECT number FROM kept").fetchall()}
    assert len(acknowledged) > 500
    assert set(acknowledged) - kept == set()


def test_a_server_that_is_gone_when_asked_for_its_database_does_not_end_the_guard(embedded: Embedded) -> None:
    with embedded.running():
        guard = Guard(Options(data_dir=embedded.data_dir), prepare(embedded.data_dir, wanted_user=None))
        assert guard._make_database() is True
    assert embedded.wait_stopped(WAIT_SECONDS)
    assert guard._make_database() is False


def _parent(path: Path) -> int:
    try:
        return int(path.read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def test_a_deep_folder_gets_its_socket_elsewhere(embedded: Embedded) -> None:
    deep = embedded.data_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    found = make(deep)
    with found.running() as dsn:
        folder = socket_folder(found.home, (found.home / "password").read_text())
        assert folder.parent == Path("/tmp")  # noqa: S108 - the place under test
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert psycopg.connect(dsn).execute("SELECT 1").fetchone() == (1,)
    assert found.wait_stopped(WAIT_SECONDS)
    folder.rmdir()


@pytest.mark.parametrize("kind", ["link", "open", "file"])
def test_a_prepared_socket_folder_is_refused(tmp_path: Path, kind: str) -> None:
    folder, target = tmp_path / "socket", tmp_path / "target"
    target.mkdir(mode=0o700)
    if kind == "link":
        folder.symlink_to(target)
    elif kind == "open":
        folder.mkdir(mode=0o755)
    else:
        folder.write_text("")
    before = folder.lstat().st_mode
    with pytest.raises(DatabaseFailed, match="mode 0700"):
        make_private(folder, os.getuid())
    assert folder.lstat().st_mode == before


@pytest.mark.skipif(os.getuid() != 0, reason="only root's server runs as another user")
def test_a_folder_closed_to_the_server_keeps_its_data_outside_and_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = make(closed / "data")
    with found.running() as dsn, psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert found.wait_stopped(WAIT_SECONDS)
    home = home_of(closed / "data")
    assert home.parent == Path("/var/lib/samspil")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with found.running() as dsn, psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert found.wait_stopped(WAIT_SECONDS)
    subprocess.run(["rm", "-r", str(home)], check=True)


def test_files_of_another_version_are_refused_and_kept(embedded: Embedded) -> None:
    with embedded.running():
        pass
    assert embedded.wait_stopped(WAIT_SECONDS)
    version = embedded.home / "cluster" / "PG_VERSION"
    whole = version.read_text()
    version.write_text("15\n")
    try:
        with pytest.raises(DatabaseFailed, match="of PostgreSQL 15 and this is 18"), embedded.running():
            pytest.fail("it ran")
        assert embedded.wait_stopped(WAIT_SECONDS)
    finally:
        version.write_text(whole)
    with embedded.running() as dsn:
        assert psycopg.connect(dsn).execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_initialisation_is_begun_anew(embedded: Embedded) -> None:
    folder = embedded.data_dir / "interrupted"
    found = make(folder)
    half = folder / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with found.running() as dsn:
        assert psycopg.connect(dsn).execute("SELECT 1").fetchone() == (1,)
    assert not half.exists()
    assert found.wait_stopped(WAIT_SECONDS)


def test_checks_tell_of_an_unsafe_database(embedded: Embedded) -> None:
    with embedded.running() as dsn, translation.override("en"):
        found = {check.name: check for check in checks_of(dsn, folder=embedded.home)}
    assert found["database: answers"].ok
    assert not found["database: durable"].ok
    assert "fsync" in found["database: durable"].detail
    assert found["database: disk space"].ok
