"""Carrying an import on: a batch a transaction, so that a killed one goes on where it was and nothing is done twice."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import OperationalError

from samspil.base import blobs, clock
from samspil.base.flow import retried, step
from samspil.provision.actions.apply import apply_rows, make_units, undo_rows
from samspil.provision.models import Run, RunRow
from samspil.provision.queries import acting

log = logging.getLogger(__name__)
BATCH = 200
State = Run.State


def carry_on(*, run: UUID, stop: Callable[[], bool] = lambda: False) -> None:
    """Do or undo an import until it is done or ``stop`` says so. Another process that is at it is left alone."""
    while not stop():
        try:
            if not carry_batch(run=run, at=clock.now()):
                return
        except OperationalError:
            raise
        except Exception as error:
            log.exception("an import failed")
            with step():
                Run.objects.filter(pk=run).update(state=State.FAILED, error=type(error).__name__, moved_at=clock.now())
            return


@retried
def carry_batch(*, run: UUID, at: datetime) -> bool:
    """One batch, with the run's position in the same transaction; whether there is more."""
    with step():
        row = Run.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=run).first()
        if row is None or row.state not in {State.RUNNING, State.UNDOING}:
            return False
        by = acting(row.by_id, whole=row.whole)
        if by is None:
            raise RuntimeError("nobody administers")
        if row.state == State.RUNNING and row.position == 0 and row.units:
            make_units(paths=[tuple(p) for p in row.units], by=by)
        rows = list(RunRow.objects.filter(run=row, place__gt=row.position).order_by("place")[:BATCH])
        if rows:
            (apply_rows if row.state == State.RUNNING else undo_rows)(run=row, rows=rows, by=by, at=at)
            row.position, row.moved_at = rows[-1].place, at
        else:
            _finish(row, at)
        row.save(update_fields=["position", "moved_at", "state", "counts", "digest"])
        return bool(rows)


def _finish(row: Run, at: datetime) -> None:
    row.counts = dict(Counter(RunRow.objects.filter(run=row).values_list("outcome", flat=True)))
    row.moved_at, row.state = at, State.DONE if row.state == State.RUNNING else State.UNDONE
    if row.digest:
        blobs.release_after_commit([row.digest])
        row.digest = ""
