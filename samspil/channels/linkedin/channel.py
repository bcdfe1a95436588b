"""The LinkedIn channel: comments on our page's posts. Source: learn.microsoft.com/linkedin/marketing/community-management."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.linkedin import changes, check, files, hear, pull, send, understand
from samspil.channels.linkedin.settings import FIELDS
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


class LinkedInChannel:
    """Satisfies Channel, Pulls, Hears, Sends, Changes and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "linkedin"
    capabilities = Capabilities(
        threads=True,
        sends=True,
        public=True,
        edits=True,
        deletes=True,
        reactions=True,
        max_length=send.LONGEST,
        changes=frozenset({"edit", "delete", "react"}),
        signs=tuple(changes.REACTIONS),
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one comment or notification. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Comments for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of LinkedIn's webhook, or its challenge. Raises Forged, NotUnderstood."""
        return hear.hear(request, str(account.config.get("client_secret") or "").strip())

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One answer. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """Other words for a comment of ours, or none, or a reaction. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture in a comment. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return LinkedInChannel()
