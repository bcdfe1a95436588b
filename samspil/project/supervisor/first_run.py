"""Before the processes start: the tables, and the demo on the first run.

It is a process of its own, so that Django's weight leaves with it. Whether this is a first run is asked of the database before
its first migration, and kept in a file until the demo is whole: a first run that was interrupted is one again.
"""

import json
import sys
from pathlib import Path
from typing import Any

from samspil.project.supervisor import hooks

NOTE = "first_run.json"


def prepare(data_dir: Path, *, empty: bool, dsn: str) -> dict[str, Any]:
    """Migrate, and create the demo where it is due.

    Returns ``{"created": bool, "sign_in": [address, password] | None, "code": str}``; the first-run page asks for the code,
    "" where it asks for none or the organisation is founded.
    """
    from django.core.management import call_command

    from samspil.organisation.queries import organisation
    from samspil.project.setup_code import setup_code

    note = data_dir / NOTE
    if not note.exists():
        _keep(note, demo_due=not empty and not _has_tables(dsn))
    call_command("migrate", interactive=False, verbosity=0)
    created = False
    if json.loads(note.read_text())["demo_due"] and not empty:
        created = hooks.create_demo()
    if created or empty:
        _keep(note, demo_due=False)
    return {"created": created, "sign_in": hooks.demo_sign_in(), "code": "" if organisation() else setup_code()}


def _keep(note: Path, *, demo_due: bool) -> None:
    draft = note.with_suffix(".new")
    draft.write_text(json.dumps({"demo_due": demo_due}))
    draft.rename(note)


def _has_tables(dsn: str) -> bool:
    import psycopg

    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    return bool(row and row[0])


def main() -> None:
    """Print the answer as one line of JSON."""
    import django

    from samspil.project.settings import settings

    django.setup()
    found = settings()
    answer = prepare(found.data_dir, empty="--empty" in sys.argv, dsn=found.database_dsn())
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
