"""The Mattermost channel: a bot account of one server, for colleagues alone. Source: api.mattermost.com."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.mattermost import api, check, files, hear, notify, pull, understand
from samspil.channels.mattermost.settings import FIELDS, NETWORK, settings_of
from samspil.kit import Account, Batch, Capabilities, Channel, Check, Envelope, Event, Field, Handle, Heard, Notice, Request, Sent


class MattermostChannel:
    """Satisfies Channel, Hears, Pulls, Notifies, KnowsColleagues and FetchesFiles. Stateless; the work is in the modules beside."""

    name = "mattermost"
    # No consumer writes here, and none is answered: it carries notices to colleagues, and what they answer.
    capabilities = Capabilities(sends=False)
    fields: Sequence[Field] = FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """The press of a button. Raises Forged, NotUnderstood."""
        return hear.hear(request, account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Posts as they come, and those that were missed. Raises TryLater."""
        return pull.pull(account, cursor)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """What one post means. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def colleague(self, mail: str, account: Account) -> Handle:
        """Who has this mail address on the server. Raises TryLater, Unreachable."""
        settings = settings_of(account)
        return Handle(network=NETWORK, scope=settings.host, address=api.colleague(settings, mail))

    def notify(self, notice: Notice, account: Account) -> Sent:
        """Write one notice into the bot's own conversation with a colleague. Raises TryLater, Unreachable, Uncertain."""
        return notify.notify(notice, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:  # noqa: ARG002 - the file is asked for by its id
        """The bytes of a file that a colleague sent along. Raises TryLater, Unreachable."""
        return files.fetch_file(part, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return MattermostChannel()
