"""The ActivityPub channel: the organisation as a server of the fediverse. Source: w3.org/TR/activitypub, docs.joinmastodon.org/spec."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from samspil.channels.activitypub import changes, check, files, inbox, pages, prepare, quotes, send, understand
from samspil.channels.activitypub.actors import Actor, Actors
from samspil.channels.activitypub.settings import FIELDS, settings_of
from samspil.kit import (
    Account,
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


class ActivityPubChannel:
    """Satisfies Channel, Hosts, Prepares, Sends, Changes and FetchesFiles. Stateless but for a memory of what other servers said of themselves."""

    name = "activitypub"
    # A note has the same id at every try, and receivers know it again: a lost answer is sent once more instead of left uncertain.
    capabilities = Capabilities(
        threads=True,
        sends=True,
        public=True,
        private=True,
        edits=True,
        deletes=True,
        reactions=True,
        idempotent=True,
        max_length=send.LENGTH,
        max_attachment=files.LARGEST,
        changes=frozenset({"edit", "delete", "react"}),
        signs=(changes.LIKE, "❤️", "👍", "😂", "😮", "😢", "🙏", "🎉"),
    )
    fields: Sequence[Field] = FIELDS

    def __init__(self, actors: Actors | None = None) -> None:
        self.actors = actors or Actors()

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The events of one activity. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Look at ourselves as others would. Raises nothing."""
        return check.check(account)

    def prepare(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings with a pair of keys. Raises NotUnderstood."""
        return prepare.prepare(config)

    def hosts(self, account: Account) -> Collection[str]:
        """The account's public name."""
        host = settings_of(account).host
        return (host,) if host else ()

    def host(self, request: Request, account: Account, ours: Ours) -> Heard | None:
        """Show a page, or take in an activity. Raises Forged, TryLater, NotUnderstood."""
        settings = settings_of(account)
        if request.method != "POST":
            kind, *names = urlsplit(request.url).path.partition(f"/in/{account.id}/")[2].split("/")
            if kind == "files" and len(names) == files.PARTS:
                return files.page(names, settings, ours, account.key)
            if kind == "quotes" and len(names) == quotes.PARTS:
                return quotes.page(names, settings, ours, account.key)
            return pages.page(request, settings, ours, self.actors)
        place = urlsplit(request.url).path.partition(f"/in/{account.id}")[2].strip("/")
        if place not in {"inbox", "shared"}:
            return None

        def quoted(activity: Mapping[str, Any], actor: Actor) -> None:
            quotes.answer(activity, actor, settings, ours, account.key)

        return inbox.hear(request, settings, self.actors, personal=place == "inbox", quoted=quoted)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Deliver one answer. Raises TryLater, Unreachable."""
        return send.send(outbound, account, self.actors)

    def change(self, change: Change, account: Account) -> Sent:
        """Tell of new words, of a note taken back, of a sign. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account, self.actors)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of a file of a note. Raises TryLater, Unreachable."""
        return files.fetch_file(part, envelope, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return ActivityPubChannel()
