"""The LINE channel: an official account, by the Messaging API. Source: developers.line.biz."""

from collections.abc import Sequence

from samspil.channels.line import changes, check, files, hear, send, understand
from samspil.channels.line.settings import FIELDS
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
)


class LineChannel:
    """Satisfies Channel, Hears, Sends, Changes, Types and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "line"
    # An account may write first to those who follow it, and to nobody else; we do not know who does, so it does not start.
    capabilities = Capabilities(
        sends=True,
        deletes=True,
        idempotent=True,
        max_length=send.LONGEST,
        max_attachment=send.LARGEST,
        changes=frozenset({"read"}),
    )
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

    def change(self, change: Change, account: Account) -> Sent:
        """Mark as read; LINE has no other change. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def typing(self, to: Handle, answering: str, account: Account) -> None:
        """Show that one of us writes. Raises TryLater, Unreachable."""
        changes.typing(to, answering, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture, a film, a sound or a file. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return LineChannel()
