"""An import of people, step by step: a file is taken, its columns are mapped, it is looked through, run, and can be taken back."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction

from samspil.base import bell, blobs
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import step
from samspil.base.tables import SAMPLE, CannotReadPeople, Row, encoding_of, storable, table
from samspil.exchange.models import PeopleRow, PeopleRun
from samspil.exchange.queries.people import own_fields
from samspil.exchange.rules.cards import COLUMNS as CARD
from samspil.exchange.rules.cards import MEANINGS as CARD_MEANINGS
from samspil.exchange.rules.cards import cards
from samspil.exchange.rules.exports import export, is_json, preset_of, told_by
from samspil.exchange.rules.meanings import guess, is_meaning
from samspil.identity.actions.bring import DETAILS
from samspil.organisation.models import Colleague

LARGEST = 200_000_000
"""Bytes of a file."""
KEPT = timedelta(days=30)
"""How long what was read of a file is kept after its last step."""
TOPIC = "people"
State = PeopleRun.State


class CannotRead(SamspilError):
    """The file is not one that people can be read from."""

    code = "people.cannot_read"


class NotNow(SamspilError):
    """The import is not at a point where that can be done."""

    code = "people.not_now"


class NoHandleColumn(SamspilError):
    """No column is an address: nobody could be recognised by it."""

    code = "people.no_handle_column"


def take_file(*, name: str, pieces: Iterable[bytes], by: Colleague | None, country: str, at: datetime) -> PeopleRun:
    """Keep a file and guess what its columns mean. ``country`` (ISO) reads phone numbers without one. Raises CannotRead, TooLarge."""
    digest = ""
    try:
        with step():
            blobs.hold()
            digest, size = blobs.keep(pieces, limit=LARGEST)
            with blobs.read(digest) as file:
                program, options = inspected(file=file, country=country)
            called = storable(name)[:255] or "file"
            return PeopleRun.objects.create(
                name=called, format=program, digest=digest, size=size, options=options, by=by, started_at=at, moved_at=at
            )
    except CannotReadPeople as error:
        with transaction.atomic():
            blobs.release([digest])
        raise CannotRead(str(error)) from None


def inspected(*, file: BinaryIO, country: str, encoding: str = "", delimiter: str = "") -> tuple[str, dict[str, Any]]:
    """The format of a file and how it is read: {encoding, delimiter, country, columns: [[name, meaning]]}. Raises CannotReadPeople."""
    beginning = file.read(SAMPLE)
    file.seek(0)
    text = beginning.decode(encoding_of(beginning), "replace")
    options: dict[str, Any] = {"country": country, "encoding": encoding, "delimiter": delimiter}
    if "BEGIN:VCARD" in text[:2000].upper():
        next(cards(file))
        return "vcard", options | {"shape": "cards", "columns": [[n, CARD_MEANINGS.get(n, f"handle.{n}")] for n in CARD]}
    if is_json(beginning):
        program, header, _ = export(file)
        options["shape"] = "json"
    else:
        header, options["encoding"], options["delimiter"], _ = table(file, encoding=encoding, delimiter=delimiter)
        program = told_by(header)
        options["shape"] = "table"
    meanings = guess(header, preset_of(program, header))
    return program, options | {"columns": [[n, m] for n, m in zip(header, meanings, strict=True)]}


def rows_from(*, file: BinaryIO, run: PeopleRun) -> Iterable[Row]:
    """The rows of an import's file as it is to be read. Raises CannotReadPeople."""
    shape = run.options["shape"]
    if shape == "cards":
        return cards(file)
    if shape == "json":
        return export(file, source=run.format)[2]
    return table(file, encoding=run.options["encoding"], delimiter=run.options["delimiter"])[3]


def read_otherwise(*, run: UUID, encoding: str, delimiter: str, country: str) -> PeopleRun:
    """Read the file by another encoding, delimiter or country; columns of the same name keep their meaning. Raises CannotRead, NotNow."""
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED, State.FAILED})
        before: dict[str, str] = dict(row.options["columns"])
        try:
            with blobs.read(row.digest) as file:
                row.format, row.options = inspected(file=file, country=country, encoding=encoding, delimiter=delimiter)
        except CannotReadPeople as error:
            raise CannotRead(str(error)) from None
        row.options["columns"] = [[n, before.get(n, m)] for n, m in row.options["columns"]]
        row.state = State.CHOSEN
        row.save(update_fields=["format", "options", "state"])
    return row


def map_columns(*, run: UUID, meanings: Sequence[str], country: str | None = None) -> PeopleRun:
    """Say what each column means, in their order. Raises NotNow, NoHandleColumn, ValueError for what is no meaning."""
    fields = own_fields()
    for meaning in meanings:
        if not is_meaning(meaning, details=DETAILS, fields=fields):
            raise ValueError(f"{meaning!r} is no meaning of a column")
    if not any(m.startswith("handle.") for m in meanings):
        raise NoHandleColumn("Say which column is the mail address, the phone number or another address")
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED, State.FAILED})
        names = [name for name, _ in row.options["columns"]]
        if len(names) != len(meanings):
            raise ValueError("as many meanings as columns")
        columns = [[n, m] for n, m in zip(names, meanings, strict=True)]
        row.options = row.options | {"columns": columns} | ({"country": country} if country is not None else {})
        row.state = State.CHOSEN
        row.save(update_fields=["options", "state"])
    return row


def look(*, run: UUID, at: datetime) -> None:
    """Begin the dry run: nothing but its own rows is written. Raises NotNow, NoHandleColumn."""
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED, State.FAILED})
        if not any(m.startswith("handle.") for _, m in row.options["columns"]):
            raise NoHandleColumn("Say which column is the mail address, the phone number or another address")
        if row.counts:
            raise NotNow("It has been run in part: go on, or take it back")
        _set(row, State.LOOKING, at, total=None, looked={})


def go(*, run: UUID, at: datetime) -> None:
    """Begin the run, or go on with one that was stopped. Raises NotNow."""
    with step():
        row = _locked(run, {State.LOOKED, State.CANCELLED, State.FAILED})
        if row.total is None:
            raise NotNow("Look at it first")
        _set(row, State.RUNNING, at, position=row.position if row.state == State.CANCELLED else 0)


def cancel(*, run: UUID, at: datetime) -> None:
    """Stop what is under way after the batch in hand. What a run has done stays and can be taken back. Raises NotNow."""
    with step():
        row = _locked(run, {State.LOOKING, State.RUNNING})
        looking = row.state == State.LOOKING
        _set(row, State.CHOSEN if looking else State.CANCELLED, at, position=0 if looking else row.position)


def undo_import(*, run: UUID, at: datetime) -> None:
    """Begin to take a run back as a whole. Raises NotNow."""
    with step():
        row = _locked(run, {State.DONE, State.CANCELLED, State.FAILED})
        if not row.counts:
            raise NotNow("It has not been run")
        _set(row, State.UNDOING, at)


def drop_run(*, run: UUID) -> None:
    """Throw away a file that has not been run, with what was read of it. Raises NotNow."""
    with step():
        row = _locked(run, {State.CHOSEN, State.LOOKED, State.FAILED, State.UNDONE})
        if row.counts and row.state != State.UNDONE:
            raise NotNow("It has been run in part: go on, or take it back")
        PeopleRow.objects.filter(run=row).delete()
        digest = row.digest
        row.delete()
        release_after(digest=digest)


def release_after(*, digest: str) -> None:
    """Let a file go once the step is committed. Joins the caller's step."""

    def release() -> None:
        with transaction.atomic():
            blobs.release([digest])

    if digest:
        transaction.on_commit(release)


def tidy_people(*, at: datetime) -> int:
    """Let go what was read of files whose last step is a month ago; the links and details of a run bear its name for ever. The number."""
    with step():
        old = list(
            PeopleRun.objects.filter(moved_at__lt=at - KEPT).exclude(state__in=[State.LOOKING, State.RUNNING, State.UNDOING])
        )
        for row in old:
            PeopleRow.objects.filter(run=row, consumer=None).delete()
            PeopleRow.objects.filter(run=row).update(shown="", raw=None, why=[])
            if row.digest:
                PeopleRun.objects.filter(pk=row.pk).update(digest="")
                release_after(digest=row.digest)
    return len(old)


def _locked(run: UUID, states: set[PeopleRun.State]) -> PeopleRun:
    row = PeopleRun.objects.select_for_update(of=("self",)).filter(pk=run).first()
    if row is None:
        raise NotFound("no such import")
    if row.state not in states:
        raise NotNow("That cannot be done with this import now")
    return row


def _set(row: PeopleRun, state: PeopleRun.State, at: datetime, *, position: int = 0, **more: Any) -> None:
    values = {"state": state, "position": position, "moved_at": at, "error": "", "finished_at": None, **more}
    PeopleRun.objects.filter(pk=row.pk).update(**values)
    bell.ring_after_commit(TOPIC)
