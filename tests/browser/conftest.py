"""What every test in a browser begins with: a session to the database that lives."""

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def _living_session(django_db_blocker):
    """A module that ends its processes cuts every session of the tests' database, this process's own of another context among them."""
    with django_db_blocker.unblock():
        if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
            connection.close()
