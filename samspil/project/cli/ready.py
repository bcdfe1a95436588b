"""What a command needs before it can work. Imported lightly: Django comes in with the call."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from samspil.project.database import Embedded
from samspil.project.settings import settings

DJANGO_SETTINGS = "samspil.project.django_settings"


@contextmanager
def database() -> Iterator[str]:
    """The database for the time of a command, the embedded one started if need be. Gives the dsn."""
    found = settings()
    if found.database_url:
        yield found.database_url
        return
    with Embedded.of(found).running() as dsn:
        yield dsn


@contextmanager
def ready() -> Iterator[None]:
    """The database and Django, set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", DJANGO_SETTINGS)
    with database():
        import django

        django.setup()
        yield
