"""What a test beside running processes needs: ports, patience, a bell that rings on the tests' database."""

import json
import os
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from urllib.error import URLError

import psycopg
import pytest
from django.db import connection, connections
from psycopg.conninfo import make_conninfo

from samspil.base import bell
from tests.browser.installation import free_port  # noqa: F401 - the tests take it from here

# Playwright keeps a loop in the tests' thread; their questions to the database, and the flush after each, are between its turns.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def until(true: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def listen_for_complaints(page, *, into: list[str] | None = None, refusals: bool = False) -> None:
    """Collect what the browser complains of, in ``page.complaints`` unless told where; ``refusals``: answers with 4xx are meant to come.

    A transition between two pages that a busy machine breaks off is the browser's own business.
    """
    page.complaints = [] if into is None else into

    def keep(said) -> None:
        expected = "Transition was " in said.text or (refusals and "status of 4" in said.text)
        if said.type == "error" and not expected:
            page.complaints.append(said.text)

    def fail(error) -> None:
        if "Transition was " not in str(error):
            page.complaints.append(str(error))

    page.on("console", keep)
    page.on("pageerror", fail)


_OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
PATIENCE = 90.0
"""Seconds until a session that is never done is a failure of the test, with what it was doing."""


def quiet() -> None:
    """Wait until no other session is in the middle of something, so that the flush after a test meets no lock."""
    _calm(f"SELECT pid, state, left(query, 200), wait_event {_OTHERS} AND state <> 'idle'", times=4, pause=0.1)


def cut_others() -> None:
    """End the sessions that ended processes have left on the tests' database; some come back once before they are gone."""
    _calm(f"SELECT pid, state, left(query, 200), pg_terminate_backend(pid) {_OTHERS}", times=5, pause=0.2)
    connection.close()  # while Playwright's loop runs this is another connection than the one that drops the database


def fresh() -> None:
    """Begin with a new session. While Playwright's loop runs there is one beside that of the thread, which a module before may have cut."""
    if connections["default"].connection is not None:
        with suppress(psycopg.Error):
            connections["default"].connection.close()
        del connections["default"]


def _calm(question: str, *, times: int, pause: float) -> None:
    calm, end = 0, time.monotonic() + PATIENCE
    while calm < times:
        with connection.cursor() as cursor:
            cursor.execute(question)
            found = cursor.fetchall()
        calm = 0 if found else calm + 1
        assert time.monotonic() < end, found
        time.sleep(pause)


@pytest.fixture(autouse=True)
def beside_playwright(monkeypatch, settings):
    """Let the bell ring on the tests' database, whatever the settings say."""
    dsn = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])

    def ring(topic: str, data: object = None) -> None:
        with psycopg.connect(dsn, autocommit=True) as ringing:
            ringing.execute("SELECT pg_notify(%s, %s)", [bell.CHANNEL, json.dumps([topic, data])])

    monkeypatch.setattr(bell, "ring", ring)
