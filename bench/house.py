"""An installation of one's own to measure in: a folder and a PostgreSQL that are gone afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_installation(folder: Path | None = None, *, buffers_mb: int | None = None) -> Iterator[None]:
    """Empty, migrated and ready inside, in ``folder`` where one is given. Nothing of Samspil may be imported at the top of who uses it."""
    with tempfile.TemporaryDirectory(prefix="samspil-bench-", ignore_cleanup_errors=True) as name:
        place = folder or Path(name)
        place.mkdir(exist_ok=True)
        place.chmod(0o755)
        os.environ |= {"SAMSPIL_DATA_DIR": f"{place}/data", "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings"}
        os.environ["SAMSPIL_LOG_LEVEL"] = "error"
        if buffers_mb is not None:
            os.environ["SAMSPIL_DATABASE_BUFFERS_MB"] = str(buffers_mb)
        os.environ.pop("SAMSPIL_DATABASE_URL", None)
        from samspil.project.cli.ready import ready

        with ready():
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            yield
