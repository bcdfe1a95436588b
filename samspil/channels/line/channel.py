"""The LINE channel: an official account, by the Messaging API. Source: developers.line.biz."""

from collections.abc import Sequence

from samspil.channels.line import check, hear, send, understand
from samspil.channels.line.settings import FIELDS
from samspil.kit import Account, Capabilities, Channel, Check, Envelope, Event, Field, Heard, Outbound, Request, Sent


class LineChannel:
    """Satisfies Channel, Hears and Sends. Stateless; the work is in the modules beside."""

    name = "line"
    # An account may write first to those who follow it, and to nobody else; we do not know who does, so it does not start.
    capabilities = Capabilities(sends=True, idempotent=True, max_length=send.LONGEST)
    fields: Sequence[Field] = FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """The events of one call. Raises Forged, NotUnderstood (no JSON)."""
        return hear.hear(request, account)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:  # noqa: ARG002 - the contract's second argument
        """What one event means. Raises NotUnderstood."""
        return understand.understand(envelope)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Push one message. Raises TryLater, Unreachable."""
        return send.send(outbound, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return LineChannel()
