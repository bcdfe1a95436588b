"""The database's part of ``samspil doctor``."""

from samspil.kit import Check
from samspil.project.database.checks import checks_of
from samspil.project.database.places import home_of
from samspil.project.settings import settings


def database_checks() -> list[Check]:
    """The checks of this installation's database. Raises nothing."""
    found = settings()
    return checks_of(found.database_dsn(), folder=None if found.database_url else home_of(found.data_dir))
