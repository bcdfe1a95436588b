"""A channel of a team, into which the app was invited: what waits for anybody of it is told there (docs.slack.dev/reference/methods)."""

import re

from samspil.channels.slack.api import call, look
from samspil.channels.slack.notify import blocks_of, post, rich, section
from samspil.channels.slack.settings import PLACE, STAMP, settings_of
from samspil.channels.slack.words import escaped
from samspil.kit import Account, Notice, Room, Sent, Unreachable

_ROOM = re.compile(r"[CG][A-Z0-9]{2,30}", re.ASCII)
_LINK = re.compile(r"https://[a-z0-9.-]{1,100}\.slack\.com/archives/([A-Z0-9]{3,31})/?", re.ASCII)


def room(name: str, account: Account) -> Room:
    """The channel of this id, or at this link of Slack's own. Raises SignInAgain, TryLater, Unreachable."""
    said = name.strip()
    found = _LINK.fullmatch(said)
    ident = found[1] if found else said
    if not _ROOM.fullmatch(ident):
        raise Unreachable("That is no id of a channel on Slack, as C0123ABCD, and no link to one")
    # The last message is asked for and not looked at: Slack refuses where the app is not in the channel.
    look(settings_of(account), "conversations.history", {"channel": ident, "limit": "1"})
    return Room(ident, ident)


def tell_room(notice: Notice, ident: str, account: Account) -> Sent:
    """One notice to a channel. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    if not _ROOM.fullmatch(ident):
        raise Unreachable("Slack knows no such channel")
    return post(settings_of(account), ident, ident=notice.id, words=notice.text, blocks=blocks_of(notice, account.key, []))


def mark_told(place: str, words: str, account: Account) -> None:
    """New words for a message of ours. Raises SignInAgain, TryLater, Unreachable."""
    channel, _, stamp = place.partition(":")
    if not PLACE.fullmatch(channel) or not STAMP.fullmatch(stamp):
        raise Unreachable("Slack knows no such message")
    said = {
        "channel": channel,
        "ts": stamp,
        "text": escaped(words),
        "blocks": [rich(section(words))],
        "parse": "none",
        "link_names": False,
    }
    call(settings_of(account), "chat.update", said)
