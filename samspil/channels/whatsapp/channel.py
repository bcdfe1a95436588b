"""WhatsApp by Meta's Cloud API: a number that people write to. Writing first needs a template that Meta has approved."""

from collections.abc import Sequence

from samspil.channels._meta import webhook
from samspil.channels.whatsapp import changes, check, files, media, send, settings, templates, understand
from samspil.kit import (
    Account,
    Capabilities,
    Change,
    Channel,
    Check,
    Envelope,
    Event,
    Field,
    Handle,
    Heard,
    Outbound,
    Request,
    Sent,
    Template,
)


class WhatsApp:
    """Satisfies Channel, Hears, Sends, Changes, Types, Templates and FetchesFiles. Stateless."""

    name = "whatsapp"
    capabilities = Capabilities(
        sends=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        max_length=send.TEXT,
        max_attachment=files.LARGEST,
        window=send.WINDOW,
        changes=frozenset({"react", "read"}),
    )
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of Meta's. Raises Forged."""
        return webhook.hear(request, account, understand.LISTS)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event of one webhook. Raises NotUnderstood."""
        return understand.meaning(envelope, account)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One message. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """A sign, or that a message was read. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def templates(self, account: Account) -> Sequence[Template]:
        """The approved templates. Raises TryLater, Unreachable."""
        return templates.templates(account)

    def typing(self, to: Handle, answering: str, account: Account) -> None:  # noqa: ARG002 - WhatsApp goes by the message
        """Show that one of us writes. Raises TryLater, Unreachable."""
        changes.typing(answering, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:  # noqa: ARG002 - the id is enough
        """The bytes of a file that somebody sent. Raises TryLater, Unreachable."""
        return media.fetch_file(part, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without sending. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return WhatsApp()
