"""What a test beside running processes needs: ports, patience, a bell that rings on the tests' database."""

import json
import os
import time
import urllib.request
from collections.abc import Callable
from urllib.error import URLError

import psycopg
import pytest
from django.db import connection
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


_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def quiet() -> None:
    """Wait until no other session is in the middle of something, so that the flush after a test meets no lock."""
    calm = 0
    while calm < 4:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {_OTHERS} AND state <> 'idle'")
            calm = calm + 1 if cursor.fetchone()[0] == 0 else 0
        time.sleep(0.1)


def cut_others() -> None:
    """End the sessions that ended processes have left on the tests' database; some come back once before they are gone."""
    calm = 0
    while calm < 5:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}")
            calm = 0 if cursor.fetchall() else calm + 1
        time.sleep(0.2)
    connection.close()  # while Playwright's loop runs this is another connection than the one that drops the database


@pytest.fixture(autouse=True)
def beside_playwright(monkeypatch, settings):
    """Let the bell ring on the tests' database, whatever the settings say."""
    dsn = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])

    def ring(topic: str, data: object = None) -> None:
        with psycopg.connect(dsn, autocommit=True) as ringing:
            ringing.execute("SELECT pg_notify(%s, %s)", [bell.CHANNEL, json.dumps([topic, data])])

    monkeypatch.setattr(bell, "ring", ring)
