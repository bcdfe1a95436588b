"""Trying a bot account for real, without writing to anybody."""

from collections.abc import Sequence

from websockets.exceptions import WebSocketException

from samspil.channels.mattermost.api import me
from samspil.channels.mattermost.settings import settings_of
from samspil.channels.mattermost.stream import opened
from samspil.kit import Account, ChannelError, Check, SignInAgain
from samspil.kit.reading import text

_COPY = "Make a bot account in Mattermost, Integrations, Bot Accounts, and copy its token."
_REACH = "Is the address right, can this machine reach it, and does it stand in our own network (a setting)?"
_BOT = "Use the token of a bot account, not that of a person: answers would be written in that person's name."
_STREAM = "Let WebSockets through at the proxy before Mattermost (/api/v4/websocket)."


def check(account: Account) -> Sequence[Check]:
    """Sign in, look whether it is a bot, and open the stream. Raises nothing."""
    settings = settings_of(account)
    try:
        who = me(settings)
    except ChannelError as error:
        remedy = _COPY if isinstance(error, SignInAgain) else _REACH
        return [Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=remedy)]
    bot = who.get("is_bot") is True
    found = [
        Check(name="Sign-in", ok=True, detail=f"as {text(who.get('username'), 100)}"),
        Check(name="Bot account", ok=bot, detail="" if bot else "it is a person's", remedy="" if bot else _BOT),
    ]
    try:
        with opened(settings):
            found.append(Check(name="Stream", ok=True, detail="what comes is told at once"))
    except (ChannelError, OSError, WebSocketException) as error:
        found.append(Check(name="Stream", ok=False, detail=str(error)[:300], remedy=_STREAM))
    words = "shown" if settings.buttons else "none, for no address is set: colleagues write the words instead"
    return [*found, Check(name="Buttons", ok=True, detail=words)]
