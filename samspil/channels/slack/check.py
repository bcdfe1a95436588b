"""Trying an app for real, without writing to anybody."""

from collections.abc import Mapping, Sequence

from websockets.exceptions import WebSocketException

from samspil.channels.slack.api import who_are_we
from samspil.channels.slack.pull import address_of
from samspil.channels.slack.settings import Settings, settings_of
from samspil.kit import Account, ChannelError, Check, SignInAgain
from samspil.kit.reading import text
from samspil.kit.sockets import opened

SCOPES = ("chat:write", "im:write", "im:history", "users:read", "users:read.email", "reactions:read", "files:read")
"""What the app must be allowed; the manifest asks for it."""
_COPY = "Copy the Bot User OAuth Token (xoxb-) at api.slack.com/apps, OAuth & Permissions."
_TEAM = "Write the id that stands in the detail: the app is installed there."
_SCOPES = "Make the app from the manifest of this channel's page, or add the permissions, and install it again."
_WAY = "Write an app-level token (xapp-) with connections:write, or the signing secret where Slack can reach this installation."
_SOCKET = "Switch Socket Mode on in the app, and give the app-level token connections:write."


def check(account: Account) -> Sequence[Check]:
    """Sign in, and look at the workspace, the permissions and the way in. Raises nothing."""
    settings = settings_of(account)
    found: list[Check] = []
    try:
        answer = who_are_we(settings)
    except ChannelError as error:
        remedy = _COPY if isinstance(error, SignInAgain) else "Can this machine reach slack.com?"
        return [Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=remedy), _way(settings)]
    who = answer.said
    name, team = text(who.get("user"), 100), text(who.get("team_id"), 40)
    found.append(Check(name="Sign-in", ok=True, detail=f"as {name} ({text(who.get('user_id'), 40)})"))
    ours = bool(team) and team == settings.team
    words = f"{text(who.get('team'), 100)} ({team})"
    found.append(Check(name="Workspace", ok=ours, detail=words, remedy="" if ours else _TEAM))
    return [*found, permissions(answer.headers), _way(settings)]


def permissions(headers: Mapping[str, str]) -> Check:
    """Which permissions are missing, by the headers of an answer: Slack says there what the token may."""
    has = {one.strip() for one in headers.get("x-oauth-scopes", "").split(",")}
    lacking = [one for one in SCOPES if one not in has]
    detail = f"missing: {', '.join(lacking)}" if lacking else ""
    return Check(name="Permissions", ok=not lacking, detail=detail, remedy=_SCOPES if lacking else "")


def _way(settings: Settings) -> Check:
    """By which way colleagues' answers come."""
    if not settings.app_token:
        words = "Slack calls us" if settings.secret else "none"
        return Check(name="Way in", ok=bool(settings.secret), detail=words, remedy="" if settings.secret else _WAY)
    try:
        with opened(address_of(settings)):
            return Check(name="Way in", ok=True, detail="Socket Mode: we fetch")
    except (ChannelError, OSError, WebSocketException) as error:
        return Check(name="Way in", ok=False, detail=str(error)[:300], remedy=_SOCKET)
