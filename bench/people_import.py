"""How fast people come in from a file, and in how much memory: a table of names, mails, phones and details on a server with fsync on.

A dry run, the run, the run of the same file again, and taking it back; rows a second of each, and the peak of this process's memory.

    python -m bench.people_import                       100,000 rows, one in a hundred broken (some minutes)
    python -m bench.people_import --rows 10000
"""

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "people_import.json"
PIECE = 1000


def lines(rows: int) -> Iterator[bytes]:
    """The table, made as it is read: one row in a hundred is broken, one in fifty stands there twice."""
    yield b"Navn;E-mail;Telefon;Firma;By;Kundenummer\n"
    for start in range(0, rows, PIECE):
        piece = []
        for n in range(start, min(start + PIECE, rows)):
            one = n - 1 if n % 50 == 49 else n
            mail = "ikke en mail" if n % 100 == 0 else f"person{one}@firma{one % 5000}.example"
            phone = "" if n % 100 == 0 else f"26{one % 1_000_000:06d}"
            piece.append(f"Person {one} Hansen;{mail};{phone};Firma {one % 5000};By {one % 900};K{one}\n")
        yield "".join(piece).encode()


def measured(rows: int) -> dict[str, object]:
    """The whole of it, in the database that the settings name."""
    from samspil.base.clock import now
    from samspil.exchange.actions.people import go, look, take_file, undo_import
    from samspil.exchange.actions.people_carry import carry_on
    from samspil.identity.models import Consumer

    found: dict[str, object] = {"rows": rows}

    def timed(name: str, run, begin) -> None:
        begin(run=run.pk, at=now())
        began, cpu = time.monotonic(), time.process_time()
        assert carry_on(run=run.pk)
        run.refresh_from_db()
        seconds = time.monotonic() - began
        found[name] = {
            "state": run.state,
            "seconds": round(seconds, 1),
            "rows_a_second": round(rows / seconds),
            "cpu_ms_a_row": round((time.process_time() - cpu) / rows * 1000, 3),
            "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        print(name, found[name], flush=True)

    began = time.monotonic()
    found["peak_mb_before"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    run = take_file(name="people.csv", pieces=lines(rows), by=None, country="DK", at=now())
    found["upload_seconds"] = round(time.monotonic() - began, 2)
    timed("dry_run", run, look)
    timed("run", run, go)
    found["counts"] = run.counts
    assert run.counts == run.looked
    found["consumers"] = Consumer.objects.count()
    again = take_file(name="people.csv", pieces=lines(rows), by=None, country="DK", at=now())
    timed("dry_run_again", again, look)
    timed("run_again", again, go)
    assert "_handles" not in again.counts
    timed("undo", run, undo_import)
    assert Consumer.objects.exclude(name="").count() == 0
    return found


def main() -> None:
    """Measure on a server of its own, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--result", type=Path, default=RESULTS)
    args = parser.parse_args()
    from samspil.project.database import Embedded

    with tempfile.TemporaryDirectory(prefix="samspil-bench-") as folder:
        embedded = Embedded(Path(folder) / "postgres", fsync=True)
        with embedded.running() as dsn:
            os.environ |= {
                "SAMSPIL_DATABASE_URL": dsn,
                "SAMSPIL_DATA_DIR": folder,
                "SAMSPIL_SECRET_KEY": "for measuring only",
                "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings",
            }
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connection

            call_command("migrate", verbosity=0)
            found = measured(args.rows)
            from samspil.base import bell

            bell.stop()
            connection.close()
    args.result.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
