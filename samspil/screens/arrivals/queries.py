"""What the pages show beside what provision knows: examples of columns."""

from collections.abc import Sequence
from itertools import islice

from samspil.base import blobs
from samspil.base.tables import CannotReadPeople, table
from samspil.provision.models import Run
from samspil.provision.rules.columns import EXAMPLE

__all__ = ["EXAMPLE", "examples"]
ROWS = 50
SHOWN = 3


def examples(run: Run) -> Sequence[Sequence[str]]:
    """The first different values of each column; nothing where the file cannot be read any more."""
    found: list[list[str]] = [[] for _ in run.options["columns"]]
    try:
        with blobs.read(run.digest) as file:
            rows = table(file, encoding=run.options["encoding"], delimiter=run.options["delimiter"])[3]
            for row in islice(rows, ROWS):
                for values, cell in zip(found, row.cells, strict=False):
                    text = " ".join(cell.split())[:60]
                    if text and text not in values and len(values) < SHOWN:
                        values.append(text)
    except (CannotReadPeople, OSError, ValueError):
        return found
    return found
