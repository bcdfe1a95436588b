"""WhatsApp by Meta's Cloud API: a number that people write to. Writing first needs a template that Meta has approved."""

from collections.abc import Sequence

from samspil.channels._meta import webhook
from samspil.channels.whatsapp import check, files, send, settings, understand
from samspil.kit import Account, Capabilities, Channel, Check, Envelope, Event, Field, Heard, Outbound, Request, Sent


class WhatsApp:
    """Satisfies Channel, Hears and Sends. Stateless."""

    name = "whatsapp"
    capabilities = Capabilities(sends=True, max_length=send.TEXT, max_attachment=files.LARGEST, window=send.WINDOW)
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

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without sending. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return WhatsApp()
