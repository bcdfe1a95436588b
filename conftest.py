"""What every test gets: no network beyond this machine. Its database comes from ``samspil.project.testing``."""

from collections.abc import Iterator

import pytest
from pytest_django.plugin import DjangoDbBlocker
from pytest_socket import socket_allow_hosts


def pytest_runtest_setup(item: pytest.Item) -> None:  # noqa: ARG001 - pytest matches arguments by name
    """Refuse every connection that leaves the machine."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """End the bell that a test has rung, whose session would keep the test's database from being dropped; forget what was cached of it."""
    from samspil.base import bell
    from samspil.routing.queries.active import look_again

    bell.stop()
    look_again()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001 - it is replaced
    """The tests' database; at the end the sessions of threads that outlive their test are closed, or it could not be dropped."""
    yield
    from django.db import connection

    connection.close()  # a module beside running processes has cut every session, this one's among them
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
