"""What intake holds of a person, and how it is forgotten. Whose handles they are, identity knows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samspil.base import blobs, sql
from samspil.base.flow import step
from samspil.intake.models import Attachment, Envelope, Handle, Interaction


def export_of(*, handles: Sequence[UUID]) -> dict[str, Any]:
    """The handles and everything in the log at them, as JSON values, oldest first."""
    rows = Interaction.objects.filter(handle__in=handles).order_by("at", "id")
    files: dict[UUID, list[dict[str, Any]]] = {}
    for file in Attachment.objects.filter(interaction__handle__in=handles).order_by("id"):
        one = {"name": file.name, "type": file.content_type, "size": file.size, "alt": file.alt, "state": file.state or "there"}
        files.setdefault(file.interaction_id, []).append(one)
    return {
        "handles": list(
            Handle.objects.filter(pk__in=handles).order_by("first_at", "id").values("network", "scope", "address", "display")
        ),
        "interactions": [
            {
                "at": i.at.isoformat(),
                "kind": i.kind,
                "from_us": i.outgoing,
                "subject": i.subject,
                "text": i.text,
                "amount": str(i.amount) if i.amount is not None else None,
                "currency": i.currency,
                "files": files.get(i.pk, []),
            }
            for i in rows.iterator()
        ],
    }


def forget(*, handles: Sequence[UUID]) -> None:
    """Delete the handles, their interactions, and the envelopes in which nobody else's interaction came. Later stages forget first."""
    with step():
        own = Interaction.objects.filter(handle__in=handles)
        envelopes = {e for e in own.values_list("envelope_id", flat=True) if e}
        # Told by the deletion itself: a file that is fetched just now is waited for, and its bytes go too.
        gone = sql.run(
            "DELETE FROM intake_attachment WHERE interaction_id IN (SELECT id FROM intake_interaction WHERE handle_id = ANY(%s))"
            " RETURNING digest",
            [list(handles)],
        )
        files = {digest for (digest,) in gone}
        own.delete()
        shared = (
            set(Interaction.objects.filter(envelope_id__in=envelopes).values_list("envelope_id", flat=True))
            if envelopes
            else set()
        )
        alone = Envelope.objects.filter(pk__in=envelopes - shared)
        files |= set(alone.values_list("blob", flat=True))
        alone.delete()
        sql.run("DELETE FROM intake_handle WHERE id = ANY(%s)", [list(handles)])
        blobs.release_after_commit(files)
