"""What is to be known of a handle: several people share it, it looks like another, somebody poses. Never deleted, only ended."""

from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.identity.facts import HandleMarked
from samspil.identity.models import Mark
from samspil.identity.queries import owner_of
from samspil.intake.models import Handle
from samspil.organisation.models import Colleague


class AlreadyMarked(SamspilError):
    """The handle has this mark already."""

    code = "identity.already_marked"


class NotMarked(SamspilError):
    """The mark has been taken off before."""

    code = "identity.not_marked"


def put_mark(*, handle: UUID, kind: str, by: Colleague, at: datetime, why: str = "") -> Mark:
    """Mark a handle: ``shared`` joins nobody from now on, ``lookalike`` and ``impostor`` warn. Raises NotFound, AlreadyMarked, ValueError."""
    kind = Mark.Kind(kind).value
    with step():
        _lock(handle)
        if Mark.objects.filter(handle=handle, kind=kind, ended_at=None).exists():
            raise AlreadyMarked("The handle is marked so already")
        row = Mark.objects.create(handle_id=handle, kind=kind, why=why[:300], at=at, by=by)
        publish(HandleMarked(handle=handle, consumer=owner_of(handle), mark=kind, ended=False, at=at, by=by.pk))
    return row


def end_mark(*, mark: UUID, by: Colleague, at: datetime) -> Mark:
    """Take a mark off; it stays in the history. Raises NotFound, NotMarked."""
    with step():
        row = Mark.objects.filter(pk=mark).first()
        if row is None:
            raise NotFound("no such mark")
        _lock(row.handle_id)
        if not Mark.objects.filter(pk=mark, ended_at=None).update(ended_at=at, ended_by=by):
            raise NotMarked("The mark has been taken off already")
        row.refresh_from_db()
        publish(HandleMarked(handle=row.handle_id, consumer=owner_of(row.handle_id), mark=row.kind, ended=True, at=at, by=by.pk))
    return row


def put_mark_again(*, mark: UUID, by: Colleague, at: datetime) -> Mark:
    """Undo taking a mark off: a new one of the same kind, for the same reason. Raises NotFound, AlreadyMarked."""
    row = Mark.objects.filter(pk=mark).first()
    if row is None:
        raise NotFound("no such mark")
    return put_mark(handle=row.handle_id, kind=row.kind, by=by, at=at, why=row.why)


def _lock(handle: UUID) -> None:
    if Handle.objects.select_for_update().filter(pk=handle).first() is None:
        raise NotFound("no such handle")
