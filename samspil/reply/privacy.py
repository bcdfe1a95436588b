"""What reply holds of a person, and how it is forgotten."""

from typing import Any
from uuid import UUID

from django.db.models import Q

from samspil.base import blobs, sql
from samspil.base.flow import step
from samspil.reply.models import Approval, Change, Delivery, Draft, Reply


def export_of(*, consumer: UUID) -> dict[str, Any]:
    """What we wrote to the person and what became of it, as JSON values, oldest first."""
    rows = Reply.objects.filter(conversation__consumer=consumer).order_by("written_at", "id")
    return {"replies": [{"at": r.written_at.isoformat(), "text": r.text, "state": r.state} for r in rows]}


def forget(*, consumer: UUID, handles: list[UUID]) -> None:
    """Delete replies to the person's handles, their ledger, approvals, changes, files and drafts. The first stage to forget."""
    with step():
        own = Reply.objects.filter(Q(handle__in=handles) | Q(conversation__consumer=consumer))
        ids = list(own.values_list("pk", flat=True))
        Approval.objects.filter(Q(reply__in=ids) | Q(conversation__consumer=consumer)).delete()
        Change.objects.filter(Q(interaction__handle__in=handles) | Q(conversation__consumer=consumer)).delete()
        Delivery.objects.filter(reply__in=ids).delete()
        gone = sql.run(
            "DELETE FROM reply_file WHERE reply_id = ANY(%s) OR conversation_id IN (SELECT id FROM conversation WHERE consumer_id = %s)"
            " RETURNING digest",
            [ids, consumer],
        )
        blobs.release_after_commit(digest for (digest,) in gone)
        Draft.objects.filter(conversation__consumer=consumer).delete()
        Reply.objects.filter(resend_of__in=ids).update(resend_of=None)
        Reply.objects.filter(pk__in=ids).delete()
