"""A pytest plugin: the database and the folders of the tests.

It is named in pyproject.toml, for a ``conftest.py`` is read only after pytest-django has read the settings.
Without ``SAMSPIL_DATABASE_URL`` the tests use an embedded PostgreSQL of their own, one a machine and user, shared by every run
that goes on at the same time. A run's databases bear its process id, so that two runs never meet. The workers of a run inherit
its address.

Property tests try the same examples in every run, so that a change is judged by what it changed. ``HYPOTHESIS_PROFILE=hunt`` tries many
new ones.
"""

import os
import shutil
import stat
import tempfile
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from samspil.project.database import Embedded

STACK = pytest.StashKey[ExitStack]()
CONNECTIONS = 300
HUNT = 2_000
"""Examples of a property in a hunt."""
LOCKS_SECONDS = 90
"""Nothing in a test waits so long for a lock by right: the wait ends as an error there, in a program under test too, and the run goes on."""


hypothesis.settings.register_profile("same", derandomize=True, deadline=None)
hypothesis.settings.register_profile("hunt", max_examples=HUNT, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Point the settings at a database and a folder of this run, before anything reads them."""
    stack = early_config.stash[STACK] = ExitStack()
    os.environ.setdefault("SAMSPIL_SECRET_KEY", "a key for tests only, known to everybody")
    os.environ.setdefault("PGOPTIONS", f"-c lock_timeout={LOCKS_SECONDS}s")
    if "SAMSPIL_DATA_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="samspil-test-data-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        os.environ["SAMSPIL_DATA_DIR"] = folder
    if not os.environ.get("SAMSPIL_DATABASE_URL"):
        embedded = Embedded(tests_folder(), fsync=False, connections=CONNECTIONS)
        drop_left_behind(stack.enter_context(embedded.running()))
        os.environ["SAMSPIL_DATABASE_URL"] = embedded.dsn_of(f"run{os.getpid()}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the server go; it stops when no other run uses it."""
    config.stash[STACK].close()


def tests_folder() -> Path:
    """The folder of the tests' server: samspil-tests-<user id> among the temporary files, which must be ours."""
    folder = Path(tempfile.gettempdir()) / f"samspil-tests-{os.getuid()}"
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        pytest.exit(f"{folder} is somebody else's: remove it or set TMPDIR.", returncode=4)
    return folder


def drop_left_behind(dsn: str) -> None:
    """Drop the databases of runs that were killed before they could."""
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        for (name,) in connection.execute(r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_run%'").fetchall():
            process = name.removeprefix("test_run").split("_")[0]
            if process.isdigit() and not _alive(int(process)):
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
