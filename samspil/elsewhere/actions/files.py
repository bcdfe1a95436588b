"""The files of a colleague's answer, as files of the reply."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samspil import kit
from samspil.base import registry
from samspil.elsewhere.models import Arrival
from samspil.intake.models import Envelope
from samspil.intake.queries import envelope_view
from samspil.organisation.models import Colleague
from samspil.reply.actions import attach

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
"""What belongs to the mail and not to what is said."""


def taken_files(*, arrival: Arrival, conversation: UUID, by: Colleague, at: datetime) -> Sequence[UUID]:
    """Keep the files that came with an answer as files of its reply; none where the envelope is gone. Raises blobs.TooLarge, NotFound."""
    wanted = [file for file in arrival.files if file[2] not in SIGNATURES]
    row = Envelope.objects.filter(pk=arrival.envelope).select_related("account").first() if wanted and arrival.envelope else None
    channel = registry.channel(row.account.channel) if row else None
    if row is None or not isinstance(channel, kit.HasAttachments):
        return []
    view = envelope_view(row)
    return [
        attach(
            conversation=conversation,
            by=by,
            name=name,
            content_type=kind,
            pieces=[channel.attachment(view, part)],
            at=at,
        ).pk
        for part, name, kind, _size in wanted
    ]
