"""Notes and files about a person. Each hangs on a handle; nothing is overwritten, so everything can be taken back."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from samspil.base import blobs
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.identity.facts import KnowledgeChanged
from samspil.identity.models import File, Note
from samspil.identity.queries import owner_of
from samspil.identity.rules.sniff import HEAD, sniff
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague

LONGEST_NOTE = 20_000
FILE_LIMIT = 25_000_000
"""Bytes of one file."""


class NothingWritten(SamspilError):
    """A note without a word, or a file without a byte."""

    code = "identity.nothing_written"


class TooLong(SamspilError):
    """More than is kept."""

    code = "identity.too_long"


class ChangedMeanwhile(SamspilError):
    """Somebody else changed or took it away since the page was shown."""

    code = "identity.changed_meanwhile"


def add_note(*, handle: UUID, text: str, by: Colleague, at: datetime) -> Note:
    """Write a note about the person. Raises NotFound, NothingWritten, TooLong."""
    words = _words(text)
    with step():
        _known(handle)
        row = Note.objects.create(handle_id=handle, text=words, at=at, by=by)
        _told(handle, "note", by, at)
    return row


def change_note(*, note: UUID, text: str, by: Colleague, at: datetime) -> Note:
    """Put another wording in a note's place; the old one is kept and can be brought back. Raises NotFound, NothingWritten, ChangedMeanwhile."""
    words = _words(text)
    with step():
        old = _note(note)
        _gone(old, at)
        row = Note.objects.create(handle_id=old.handle_id, text=words, at=old.at, by_id=old.by_id, changed_at=at)
        _told(old.handle_id, "note", by, at)
    return row


def delete_note(*, note: UUID, by: Colleague, at: datetime) -> Note:
    """Take a note away. Raises NotFound, ChangedMeanwhile."""
    with step():
        row = _note(note)
        _gone(row, at)
        _told(row.handle_id, "note", by, at)
    return row


def restore_note(*, note: UUID, by: Colleague, at: datetime, instead_of: UUID | None = None) -> Note:
    """Bring a note back, and take the wording away that came in its place. Raises NotFound, ChangedMeanwhile."""
    with step():
        row = _note(note)
        if not Note.objects.filter(pk=note, deleted_at__isnull=False).update(deleted_at=None):
            raise ChangedMeanwhile("The note is there already")
        if instead_of is not None:
            _gone(_note(instead_of), at)
        _told(row.handle_id, "note", by, at)
    return row


def add_file(*, handle: UUID, name: str, pieces: Iterable[bytes], by: Colleague, at: datetime) -> File:
    """Keep a file about the person. Its type is what its first bytes say. Raises NotFound, NothingWritten, blobs.TooLarge."""
    with step():
        _known(handle)
        blobs.hold()
        head = bytearray()
        digest, size = blobs.keep(_watched(pieces, head), limit=FILE_LIMIT)
        if not size:
            raise NothingWritten("The file is empty")
        row = File.objects.create(
            handle_id=handle, name=name[-255:] or "file", content_type=sniff(bytes(head)), size=size, digest=digest, at=at, by=by
        )
        _told(handle, "file", by, at)
    return row


def delete_file(*, file: UUID, by: Colleague, at: datetime) -> File:
    """Take a file away; its bytes stay until the person is forgotten, so that it can be brought back. Raises NotFound, ChangedMeanwhile."""
    with step():
        row = _file(file)
        if not File.objects.filter(pk=file, deleted_at=None).update(deleted_at=at):
            raise ChangedMeanwhile("Somebody has deleted the file already")
        _told(row.handle_id, "file", by, at)
    return row


def restore_file(*, file: UUID, by: Colleague, at: datetime) -> File:
    """Bring a file back. Raises NotFound, ChangedMeanwhile."""
    with step():
        row = _file(file)
        if not File.objects.filter(pk=file, deleted_at__isnull=False).update(deleted_at=None):
            raise ChangedMeanwhile("The file is there already")
        _told(row.handle_id, "file", by, at)
    return row


def _words(text: str) -> str:
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not words:
        raise NothingWritten("Write something first")
    if len(words) > LONGEST_NOTE:
        raise TooLong(f"{len(words)} characters; a note has room for {LONGEST_NOTE}")
    return words


def _watched(pieces: Iterable[bytes], head: bytearray) -> Iterable[bytes]:
    for piece in pieces:
        if len(head) < HEAD:
            head += piece[: HEAD - len(head)]
        yield piece


def _known(handle: UUID) -> None:
    if not Handle.objects.filter(pk=handle).exists():
        raise NotFound("no such handle")


def _note(note: UUID) -> Note:
    row = Note.objects.select_for_update().filter(pk=note).first()
    if row is None:
        raise NotFound("no such note")
    return row


def _gone(row: Note, at: datetime) -> None:
    if row.deleted_at is not None:
        raise ChangedMeanwhile("Somebody has changed or deleted the note meanwhile")
    Note.objects.filter(pk=row.pk).update(deleted_at=at)


def _file(file: UUID) -> File:
    row = File.objects.select_for_update().filter(pk=file).first()
    if row is None:
        raise NotFound("no such file")
    return row


def _told(handle: UUID, what: str, by: Colleague, at: datetime) -> None:
    publish(KnowledgeChanged(handle=handle, consumer=owner_of(handle), what=what, at=at, by=by.pk))
