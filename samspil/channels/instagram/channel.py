"""An account on Instagram: comments on what it shows, and private messages to it."""

from collections.abc import Sequence

from samspil.channels._meta import files, webhook
from samspil.channels._meta.changes import HEART
from samspil.channels.instagram import changes, check, send, settings, understand
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


class Instagram:
    """Satisfies Channel, Hears, Sends, Changes, Types and FetchesFiles. Stateless."""

    name = "instagram"
    # The window is that of private messages with the permission Human Agent; send() says so where the app does not have it.
    capabilities = Capabilities(
        sends=True,
        public=True,
        private=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        max_length=send.TEXT,
        max_attachment=send.LARGEST,
        window=send.WINDOW,
        changes=frozenset({"delete", "react", "read"}),
        signs=(HEART,),
    )
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One call of Meta's. Raises Forged."""
        return webhook.hear(request, account)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event of one webhook. Raises NotUnderstood."""
        return understand.meaning(envelope, account)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One comment or private message. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """What is done to a comment or a private message. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def typing(self, to: Handle, answering: str, account: Account) -> None:
        """Show that one of us writes, where they wrote in private. Raises TryLater, Unreachable."""
        changes.typing(to, answering, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture, video, sound or file. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return Instagram()
