"""What is begun: text saved as one types, files waiting to go with it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from samspil.base import blobs
from samspil.base.flow import step
from samspil.conversation.queries import access_conversation
from samspil.organisation.models import Colleague
from samspil.reply.models import Draft, ReplyFile

FILE_LIMIT = 25_000_000
"""Bytes of one file that goes with a reply; a channel may allow less."""
ALT_LIMIT = 4_000
"""Characters that say what a picture shows; a channel may carry less."""


def save_draft(
    *, conversation: UUID, by: Colleague, text: str, note: bool = False, handle: UUID | None = None, at: datetime
) -> None:
    """Save what a colleague has written so far; an empty text forgets it. Raises NotFound."""
    with step():
        row = access_conversation(by=by, conversation=conversation)
        if not text.strip():
            Draft.objects.filter(conversation=row, colleague=by).delete()
            return
        Draft.objects.update_or_create(
            conversation=row,
            colleague=by,
            defaults={"text": text.replace("\x00", ""), "note": note, "handle_id": handle, "saved_at": at},
        )


def forget_draft(*, conversation: UUID, by: Colleague) -> None:
    """Throw a draft away."""
    with step():
        Draft.objects.filter(conversation=conversation, colleague=by).delete()


def attach(
    *,
    conversation: UUID,
    by: Colleague,
    name: str,
    content_type: str,
    pieces: Iterable[bytes],
    at: datetime,
    alt: str = "",
) -> ReplyFile:
    """Keep a file that is to go with the next reply. Streams to disk. ``alt`` says what it shows. Raises NotFound, blobs.TooLarge."""
    row = access_conversation(by=by, conversation=conversation)
    with step():
        blobs.hold()
        digest, size = blobs.keep(pieces, limit=FILE_LIMIT)
        return ReplyFile.objects.create(
            conversation=row,
            colleague=by,
            name=name[-255:] or "file",
            content_type=content_type[:127],
            size=size,
            digest=digest,
            alt=_words(alt),
            at=at,
        )


def describe(*, files: Mapping[UUID, str], by: Colleague) -> None:
    """Say what files show that wait to go with the next reply; what is not one's own, or has gone, stays as it is."""
    with step():
        rows = ReplyFile.objects.select_for_update(no_key=True).filter(pk__in=files, colleague=by, reply=None)
        changed = list(rows.order_by("pk"))
        for row in changed:
            row.alt = _words(files[row.pk])
        ReplyFile.objects.bulk_update(changed, ["alt"])


def _words(alt: str) -> str:
    return alt.replace("\x00", "").strip()[:ALT_LIMIT]


def detach(*, file: UUID, by: Colleague) -> None:
    """Take a file off again before it is sent."""
    with step():
        ReplyFile.objects.filter(pk=file, colleague=by, reply=None).delete()
