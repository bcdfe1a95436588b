"""A channel of a team, which the bot is in: what waits for anybody of it is told there (api.mattermost.com, channels, posts/patch)."""

import re

from samspil.channels.mattermost.api import call, me, thing
from samspil.channels.mattermost.notify import post, words_of
from samspil.channels.mattermost.settings import ID, settings_of
from samspil.channels.mattermost.words import escaped
from samspil.kit import Account, Notice, Room, Sent, Unreachable
from samspil.kit.reading import text

OPEN = ("O", "P")
"""Channels and private channels; talks of two and of some are nobody's team."""
_LINK = re.compile(r"https?://[^\s/]{1,200}/([a-z0-9_-]{1,64})/channels/([a-z0-9_-]{1,64})/?", re.ASCII)


def room(name: str, account: Account) -> Room:
    """The channel of this id, or at this address of the server's. Raises SignInAgain, TryLater, Unreachable."""
    settings, said = settings_of(account), name.strip()
    link = _LINK.fullmatch(said)
    if not link and not ID.fullmatch(said):
        raise Unreachable("That is no id of a channel on Mattermost, and no address of one")
    path = f"teams/name/{link[1]}/channels/name/{link[2]}" if link else f"channels/{said}"
    found = thing(call(settings, "GET", path))
    ident = text(found.get("id"), 40)
    if not ID.fullmatch(ident) or found.get("type") not in OPEN or found.get("delete_at"):
        raise Unreachable("That is no channel of a team")
    bot = text(me(settings).get("id"), 40)
    if thing(call(settings, "GET", f"channels/{ident}/members/{bot}")).get("user_id") != bot:
        raise Unreachable("The bot is not in the channel: add it there")
    return Room(ident, text(found.get("display_name"), 100) or ident)


def tell_room(notice: Notice, ident: str, account: Account) -> Sent:
    """One notice to a channel. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    if not ID.fullmatch(ident):
        raise Unreachable("Mattermost knows no such channel")
    return post(settings_of(account), ident, ident=notice.id, words=words_of(notice))


def mark_told(place: str, words: str, account: Account) -> None:
    """New words for a post of ours. Raises SignInAgain, TryLater, Unreachable."""
    if not ID.fullmatch(place):
        raise Unreachable("Mattermost knows no such post")
    call(settings_of(account), "PUT", f"posts/{place}/patch", {"message": escaped(words)}, repeatable=True)
