"""The Mastodon channel: an account on any server with Mastodon's client API. Source: docs.joinmastodon.org."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.mastodon import changes, check, files, pull, send, understand
from samspil.channels.mastodon.settings import FIELDS, STAR
from samspil.kit import Account, Batch, Capabilities, Change, Channel, Check, Envelope, Event, Field, Outbound, Sent


class MastodonChannel:
    """Satisfies Channel, Pulls, Sends, Changes and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "mastodon"
    # max_length is the server's to say, and send() asks it. Every try bears the same key, but only Mastodon itself is known to heed it:
    # an answer that was lost is left uncertain rather than posted twice in public.
    capabilities = Capabilities(
        threads=True,
        sends=True,
        public=True,
        private=True,
        edits=True,
        reactions=True,
        changes=frozenset({"edit", "delete", "react"}),
        signs=(STAR,),
        max_attachment=8 * 1024 * 1024,
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one notification. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without posting. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Notifications for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Post one answer. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """New words, taken back, a favourite. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture, film or sound. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return MastodonChannel()
