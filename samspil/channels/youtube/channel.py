"""The YouTube channel: comments below our own videos. Source: developers.google.com/youtube/v3/docs."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.youtube import changes, check, pull, send, understand
from samspil.channels.youtube.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Change, Channel, Check, Envelope, Event, Field, Outbound, Sent


class YouTube:
    """Satisfies Channel, Pulls, Sends and Changes. Stateless; the work is in the modules beside."""

    name = "youtube"
    capabilities = Capabilities(
        threads=True, sends=True, public=True, edits=True, max_length=send.LONGEST, changes=frozenset({"edit", "delete"})
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one comment. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Comments for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One answer. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """Other words for a comment of ours, or none. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return YouTube()
