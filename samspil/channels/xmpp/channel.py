"""The XMPP channel: an account on any server, signed in as a client. Source: xmpp.org/rfcs and xmpp.org/extensions."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.xmpp import changes, check, files, pull, send, understand, upload
from samspil.channels.xmpp.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Change, Channel, Check, Envelope, Event, Field, Outbound, Sent


class XmppChannel:
    """Satisfies Channel, Pulls, Sends, Changes and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "xmpp"
    # A connection that broke is looked up in our server's archive; where there is none, the answer is left uncertain and not sent twice.
    capabilities = Capabilities(
        sends=True,
        starts=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        max_attachment=upload.LARGEST,
        changes=frozenset({"edit", "delete", "react", "read"}),
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The events of one stanza. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """What was kept for us, then what comes. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Send one answer. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """New words, taken back, a sign, read. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a file that the message tells of. Raises TryLater, Unreachable."""
        return files.fetch_file(part, understand.files_told(envelope, account), account)


def channel() -> Channel:
    """The channel, for the registry."""
    return XmppChannel()
