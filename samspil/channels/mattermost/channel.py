"""The Mattermost channel: a bot account of one server, for colleagues alone. Source: api.mattermost.com."""

from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.mattermost import api, check, files, hear, notify, pull, understand
from samspil.channels.mattermost import room as rooms
from samspil.channels.mattermost.remark import remark as speak
from samspil.channels.mattermost.settings import FIELDS, NETWORK, settings_of
from samspil.kit import (
    Account,
    Batch,
    Capabilities,
    Channel,
    Check,
    Envelope,
    Event,
    Field,
    Handle,
    Heard,
    Notice,
    Remark,
    Request,
    Room,
    Sent,
)


class MattermostChannel:
    """Satisfies Channel, Hears, Pulls, Notifies, KnowsColleagues, Remarks, TellsRooms and FetchesFiles. Stateless."""

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

    def remark(self, remark: Remark, account: Account) -> Sent:
        """Say something in the thread of a notice. Raises TryLater, Unreachable, Uncertain."""
        return speak(remark, account)

    def room(self, name: str, account: Account) -> Room:
        """A channel of a team. Raises TryLater, Unreachable."""
        return rooms.room(name, account)

    def tell_room(self, notice: Notice, room: str, account: Account) -> Sent:
        """Tell a team. Raises TryLater, Unreachable, Uncertain."""
        return rooms.tell_room(notice, room, account)

    def mark_told(self, place: str, text: str, account: Account) -> None:
        """New words for what was told a team. Raises TryLater, Unreachable, Uncertain."""
        rooms.mark_told(place, text, account)

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:  # noqa: ARG002 - the file is asked for by its id
        """The bytes of a file that a colleague sent along. Raises TryLater, Unreachable."""
        return files.fetch_file(part, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)


def channel() -> Channel:
    """The channel, for the registry."""
    return MattermostChannel()
