"""Listening: public posts that name us on Mastodon, Bluesky, Lemmy and Discourse, without an account, as offers that nobody waits in."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.listening import check, pull, understand
from samspil.channels.listening.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Channel, Check, Envelope, Event, Field


class Listening:
    """Satisfies Channel and Pulls. Stateless; the work is in the modules beside."""

    name = "listening"
    # Without an account there is nothing to answer from: one answers from an account of ours on that network.
    capabilities = Capabilities(threads=True, sends=False, public=True, edits=True)
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The offer of one post. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Ask every source once. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Offers, for ever. Raises TryLater."""
        return pull.pull(account, cursor)


def channel() -> Channel:
    """The channel, for the registry."""
    return Listening()
