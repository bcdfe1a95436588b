"""An import, step by step: a file is taken, its columns are mapped, it is looked through, run, and can be taken back."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from samspil.base import bell, blobs, tables
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.organisation.models import Colleague
from samspil.organisation.queries import organisation
from samspil.organisation.queries.rights import Right, covers_all, may
from samspil.provision.models import Run, RunRow, Source
from samspil.provision.queries import competences_by_name, people_here, tree
from samspil.provision.rules.columns import MEANINGS, guess, wanted_of
from samspil.provision.rules.people import Wanted
from samspil.provision.rules.plan import Terms, counted, plan

LARGEST = 10_000_000
"""Bytes of a file."""
MOST = 20_000
"""People in one import."""
BRAKE = 20
"""Percent of all colleagues whose access is closed at once without asking again."""
KEPT = timedelta(days=30)
"""How long what was only looked at is kept."""
TOPIC = "arrivals"
State = Run.State


class CannotRead(SamspilError):
    """The file is not one that people can be read from."""

    code = "provision.cannot_read"


class NotNow(SamspilError):
    """The import is not at a point where that can be done."""

    code = "provision.not_now"


class NoAddressColumn(SamspilError):
    """No column is a mail address or an id: nobody could be recognised by it."""

    code = "provision.no_address_column"


class TooMany(SamspilError):
    """So many would lose their access at once that it must be said again."""

    code = "provision.too_many"


def take_file(*, name: str, pieces: Iterable[bytes], by: Colleague, at: datetime) -> Run:
    """Keep a table of people and guess what its columns mean. Raises NotAllowed, CannotRead, TooLarge."""
    administers(by=by)
    digest = ""
    try:
        with step():
            blobs.hold()
            digest, _size = blobs.keep(pieces, limit=LARGEST)
            options = {"separator": "/", "missing": "leave", "roles": False, "brake": BRAKE, **_inspected(digest, "", "")}
            called = tables.storable(name)[:255] or "file"
            return Run.objects.create(
                source=Source.CSV, name=called, digest=digest, options=options, by=by, whole=covers_all(by),
                started_at=at, moved_at=at,
            )  # fmt: skip
    except tables.CannotReadPeople as error:
        with transaction.atomic():
            blobs.release([digest])
        raise CannotRead(str(error)) from None


def _inspected(digest: str, encoding: str, delimiter: str) -> dict[str, Any]:
    with blobs.read(digest) as file:
        header, encoding, delimiter, _rows = tables.table(file, encoding=encoding, delimiter=delimiter)
    return {"encoding": encoding, "delimiter": delimiter, "columns": [list(p) for p in zip(header, guess(header), strict=True)]}


def read_otherwise(*, run: UUID, encoding: str, delimiter: str) -> Run:
    """Read the file by another encoding or delimiter. Raises CannotRead, NotNow."""
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED})
        try:
            row.options |= _inspected(row.digest, encoding, delimiter)
        except tables.CannotReadPeople as error:
            raise CannotRead(str(error)) from None
        row.save(update_fields=["options"])
    return row


def map_columns(*, run: UUID, meanings: Sequence[str], **terms: Any) -> Run:
    """Say what the columns mean, and ``separator``, ``missing``, ``roles``, ``brake``. Raises NoAddressColumn, NotNow, ValueError."""
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED})
        names = [name for name, _ in row.options["columns"]]
        said = [m for m in meanings if m]
        if len(meanings) != len(names) or not set(meanings) <= set(MEANINGS) or len(set(said)) != len(said):
            raise ValueError("A column cannot mean that")
        if not {"mail", "external"} & set(said):
            raise NoAddressColumn("Say which column is the mail address, or the number of the person")
        if not set(terms) <= {"separator", "missing", "roles", "brake"}:
            raise ValueError("An import has no such terms")
        row.options |= {**terms, "columns": [list(p) for p in zip(names, meanings, strict=True)]}
        row.save(update_fields=["options"])
    return row


def look(*, run: UUID, at: datetime) -> Run:
    """The dry run of a file: every row and what would become of it is written down, nothing else. Raises CannotRead, NotNow."""
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED})
        try:
            wanted = _wanted(row)
        except (tables.CannotReadPeople, OSError) as error:
            raise CannotRead(str(error)) from None
        return write_plan(run=row, wanted=wanted, at=at)


def _wanted(row: Run) -> list[Wanted]:
    options = row.options
    meanings = [m for _, m in options["columns"]]
    found: list[Wanted] = []
    with blobs.read(row.digest) as file:
        for line in tables.table(file, encoding=options["encoding"], delimiter=options["delimiter"])[3]:
            if not line.error and not any(cell.strip() for cell in line.cells):
                continue
            if len(found) >= MOST:
                raise tables.CannotReadPeople(f"More than {MOST:,} people: split the file")
            if line.error:
                found.append(Wanted(number=line.number, wrong=[(line.error, "")]))
            else:
                cells = [tables.storable(cell) for cell in line.cells]
                found.append(wanted_of(number=line.number, cells=cells, meanings=meanings, separator=str(options["separator"])))
    if not found:
        raise tables.CannotReadPeople("There is nobody in the file")
    return found


def write_plan(*, run: Run, wanted: Sequence[Wanted], at: datetime) -> Run:
    """Decide what would be done and write it down as the run's rows. Joins the caller's step."""
    ours = organisation()
    terms = Terms(
        missing=str(run.options.get("missing", "leave")),
        roles=bool(run.options.get("roles")),
        language=ours.language if ours else "da",
        spared=run.by_id,
        competences=competences_by_name(),
    )
    found = plan(wanted=wanted, here=people_here(run.source), tree=tree(), terms=terms)
    RunRow.objects.filter(run=run).delete()
    RunRow.objects.bulk_create(
        [
            RunRow(
                run=run,
                place=place,
                number=max(row.number, 0),
                outcome=row.outcome,
                shown=row.shown[:300],
                email=row.email,
                external=row.external,
                colleague_id=row.colleague,
                changes=row.changes,
                why=[[code, about[:300]] for code, about in row.why],
            )
            for place, row in enumerate(found.rows, 1)
        ],
        batch_size=1000,
    )
    run.total, run.position, run.counts, run.error = len(found.rows), 0, counted(found.rows), ""
    run.units, run.closing, run.active = [list(p) for p in found.units], found.closing, found.active
    run.state, run.moved_at = State.LOOKED, at
    run.save()
    return run


def braked(*, run: Run) -> bool:
    """Whether a run closes more than its brake allows without being asked again."""
    return run.closing > 1 and run.closing * 100 > int(run.options.get("brake", BRAKE)) * max(run.active, 1)


def go(*, run: UUID, by: Colleague, at: datetime, confirmed: bool = False) -> Run:
    """Let it be done as it was looked at. Raises NotAllowed, NotNow, TooMany."""
    administers(by=by)
    with step():
        row = _locked(run, {State.LOOKED, State.FAILED})
        if not row.total:
            raise NotNow("Look it through first")
        if braked(run=row) and not confirmed:
            raise TooMany(f"{row.closing} of {row.active} colleagues would lose their access")
        _as_whom(row, by)
        _move(row, State.RUNNING, at, position=row.position)
    return row


def undo(*, run: UUID, by: Colleague, at: datetime) -> Run:
    """Take a whole run back; what was changed by hand since is left, and said. Raises NotAllowed, NotNow."""
    administers(by=by)
    with step():
        row = _locked(run, {State.DONE, State.FAILED})
        _as_whom(row, by)
        _move(row, State.UNDOING, at)
    return row


def _as_whom(row: Run, by: Colleague) -> None:
    """An import works in the name of who begins it, where that is less than who prepared it may do."""
    if not covers_all(by):
        row.by, row.whole = by, False
        row.save(update_fields=["by", "whole"])


def drop(*, run: UUID, by: Colleague) -> None:
    """Throw away what was only looked at, with its file. Raises NotAllowed, NotNow."""
    administers(by=by)
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED})
        if row.position:
            raise NotNow("It has been run in part")
        digest = row.digest
        row.delete()
        blobs.release_after_commit([digest])


def tidy_runs(*, at: datetime) -> int:
    """Throw away what was chosen or looked at a month ago and never done, with its file. The number."""
    with step():
        old = list(Run.objects.filter(moved_at__lt=at - KEPT, state__in=[State.CHOSEN, State.LOOKED], position=0))
        Run.objects.filter(pk__in=[row.pk for row in old]).delete()
        blobs.release_after_commit([row.digest for row in old])
    return len(old)


def administers(*, by: Colleague) -> None:
    """Refuse whoever may not let colleagues come from files and directories. Raises NotAllowed."""
    if not may(by, Right.ARRIVALS):
        raise NotAllowed("Your role does not allow that")


def _locked(run: UUID, states: set[Run.State]) -> Run:
    row = Run.objects.select_for_update(of=("self",)).filter(pk=run).first()
    if row is None:
        raise NotFound("no such import")
    if row.state not in states:
        raise NotNow("That cannot be done with this import now")
    return row


def _move(row: Run, state: Run.State, at: datetime, *, position: int = 0) -> None:
    row.state, row.position, row.moved_at, row.error = state, position, at, ""
    row.save(update_fields=["state", "position", "moved_at", "error"])
    bell.ring_after_commit(TOPIC)
