"""An account on Instagram: comments on what it shows, and private messages to it."""

from collections.abc import Sequence

from samspil.channels._meta import webhook
from samspil.channels.instagram import check, send, settings, understand
from samspil.kit import Account, Capabilities, Channel, Check, Envelope, Event, Field, Heard, Outbound, Request, Sent


class Instagram:
    """Satisfies Channel, Hears and Sends. Stateless."""

    name = "instagram"
    # The window is that of private messages with the permission Human Agent; send() says so where the app does not have it.
    capabilities = Capabilities(sends=True, public=True, private=True, max_length=send.TEXT, window=send.WINDOW)
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of Meta's. Raises Forged."""
        return webhook.hear(request, account)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event of one webhook. Raises NotUnderstood."""
        return understand.meaning(envelope, account)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One comment or private message. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return Instagram()
