"""What the pages of imports show beside what exchange knows: examples of columns, and what goes with a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from samspil.base import blobs, sql
from samspil.base.tables import MANY, CannotReadPeople
from samspil.exchange.actions.people import rows_from
from samspil.exchange.models import PeopleRun

ROWS = 50
EXAMPLES = 3


def examples(run: PeopleRun) -> Sequence[Sequence[str]]:
    """The first different values of each column, from the first rows of the file; nothing where it cannot be read any more."""
    found: list[list[str]] = [[] for _ in run.options["columns"]]
    try:
        with blobs.read(run.digest) as file:
            for row in islice(iter(rows_from(file=file, run=run)), ROWS):
                for values, cell in zip(found, row.cells, strict=False):
                    text = " ".join(cell.replace(MANY, ", ").split())[:60]
                    if text and text not in values and len(values) < EXAMPLES:
                        values.append(text)
    except (CannotReadPeople, OSError, ValueError):
        return found
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How much of a person there is."""

    interactions: int
    conversations: int
    notes: int
    details: int
    files: int


_HELD = (
    "WITH mine AS (SELECT handle_id FROM identity_link WHERE consumer_id = %(c)s AND ended_at IS NULL)"
    " SELECT (SELECT count(*) FROM intake_interaction WHERE handle_id IN (SELECT handle_id FROM mine)),"
    " (SELECT count(*) FROM conversation WHERE consumer_id = %(c)s AND merged_into_id IS NULL),"
    " (SELECT count(*) FROM identity_note WHERE handle_id IN (SELECT handle_id FROM mine) AND deleted_at IS NULL),"
    " (SELECT count(*) FROM identity_detail WHERE handle_id IN (SELECT handle_id FROM mine) AND ended_at IS NULL),"
    " (SELECT count(*) FROM identity_file WHERE handle_id IN (SELECT handle_id FROM mine) AND deleted_at IS NULL)"
)


def held(consumer: UUID) -> Held:
    """What goes when the person is forgotten. One statement."""
    row = sql.run(_HELD, {"c": consumer})[0]
    return Held(interactions=row[0], conversations=row[1], notes=row[2], details=row[3], files=row[4])
