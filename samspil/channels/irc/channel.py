"""The IRC channel: a name on any network, in channels and in private. Source: modern.ircdocs.horse and ircv3.net."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.irc import check, pull, send, understand
from samspil.channels.irc.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Channel, Check, Envelope, Event, Field, Outbound, Sent


class IrcChannel:
    """Satisfies Channel, Pulls and Sends. Stateless; the work is in the modules beside."""

    name = "irc"
    capabilities = Capabilities(sends=True, max_length=send.LONGEST)
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The events of one line. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Look how the connection stands, or sign in. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """What people say to us. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Say one answer. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return IrcChannel()
