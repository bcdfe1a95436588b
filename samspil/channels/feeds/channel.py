"""The channel of feeds: RSS, Atom and JSON Feed, fetched politely or sent by a hub. What is new is an offer to read; nobody waits for an answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.feeds import check, pull, understand, websub
from samspil.channels.feeds.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Channel, Check, Envelope, Event, Field, Heard, Request


class Feeds:
    """Satisfies Channel, Pulls and Hears. Stateless; the work is in the modules beside."""

    name = "feeds"
    # threads: every entry is a matter of its own, also where one author wrote many.
    capabilities = Capabilities(threads=True, sends=False, public=True, edits=True, subject=True)
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one entry. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Fetch the feeds and look. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """What is new, for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def hear(self, request: Request, account: Account) -> Heard:
        """A hub's question or contents. Raises Forged, NotUnderstood."""
        return websub.hear(request, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return Feeds()
