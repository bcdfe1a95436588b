"""The X channel: an account's mentions and direct messages within a month's budget. Source: docs.x.com."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.x_com import changes, check, files, hear, pull, send, understand
from samspil.channels.x_com.settings import FIELDS, keys_of
from samspil.kit import (
    Account,
    Batch,
    Capabilities,
    Change,
    Channel,
    Check,
    Envelope,
    Event,
    Field,
    Heard,
    Outbound,
    Request,
    Sent,
)


class XChannel:
    """Satisfies Channel, Pulls, Hears, Sends, Changes and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "x_com"
    # What a post takes is counted by weight, and a direct message takes more: send() says it in words.
    capabilities = Capabilities(
        threads=True,
        sends=True,
        public=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        changes=frozenset({"delete", "react"}),
        signs=(changes.LIKE,),
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event of one post, message or call. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, and say what the month has cost. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Mentions, our own answers and direct messages for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of X's webhook, or its challenge. Raises Forged, NotUnderstood."""
        return hear.hear(request, keys_of(account).consumer_secret)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One answer. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """Delete a post of ours, like one, or like it no more. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture or a film. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return XChannel()
