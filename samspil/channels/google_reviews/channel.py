"""The channel for reviews on Google. Source: developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.google_reviews import changes, check, files, pull, send, understand
from samspil.channels.google_reviews.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Change, Channel, Check, Envelope, Event, Field, Outbound, Sent


class GoogleReviews:
    """Satisfies Channel, Pulls, Sends, Changes and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "google_reviews"
    # An answer is put in its place, and putting it twice is the same: so a lost answer is tried again. The length is counted in bytes by send().
    capabilities = Capabilities(
        threads=True,
        sends=True,
        public=True,
        idempotent=True,
        edits=True,
        deletes=True,
        changes=frozenset({"edit", "delete"}),
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one review or answer. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Reviews for ever. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Put one answer. Raises TryLater, Unreachable."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """Other words for our answer, or none. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a picture in a review. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return GoogleReviews()
