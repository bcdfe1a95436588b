"""The Bluesky channel: an account on any server of the AT Protocol. Sources: docs.bsky.app, atproto.com/specs."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from samspil.channels.bluesky import changes, check, client, oauth, pictures, post, pull, send, understand
from samspil.channels.bluesky.settings import FIELDS
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
    Ours,
    Outbound,
    Request,
    Sent,
)


class BlueskyChannel:
    """Satisfies Channel, Pulls, Sends, Changes, SignsIn, Hosts and HasAttachments. All it keeps is who is signed in."""

    name = "bluesky"
    # A post cannot be posted twice, a direct message can: for the whole channel only the weaker may be said.
    capabilities = Capabilities(
        threads=True,
        sends=True,
        public=True,
        private=True,
        reactions=True,
        max_length=1200,
        max_attachment=post.LARGEST,
        changes=frozenset({"delete", "react", "read"}),
        signs=(changes.HEART,),
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one notification or direct message. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without posting. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Notifications and direct messages for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Post one answer, or send it directly. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """Taken back, a heart, read. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def sign_in(self, account: Account, *, back: str, state: str) -> str:
        """Where the account's server signs in. Raises NotSignedIn, TryLater."""
        return oauth.sign_in(account, back=back, state=state)

    def signed_in(self, account: Account, query: Mapping[str, str]) -> None:
        """Keep what the sign-in brings. Raises NotSignedIn, TryLater."""
        oauth.signed_in(account, query)

    def sign_out(self, account: Account) -> None:
        """Revoke the tokens. Raises TryLater."""
        oauth.sign_out(account)

    def hosts(self, account: Account) -> Collection[str]:  # noqa: ARG002
        """None: what servers ask for lies below the account's own address."""
        return ()

    def host(self, request: Request, account: Account, ours: Ours) -> Heard | None:  # noqa: ARG002
        """Who we are, for servers that sign in."""
        return client.page(request, account)

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of a picture. Raises NotUnderstood."""
        return pictures.attachment(envelope, part)


def channel() -> Channel:
    """The channel, for the registry."""
    return BlueskyChannel()
