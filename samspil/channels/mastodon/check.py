"""Trying an account for real, without posting."""

from collections.abc import Sequence

from samspil.channels.mastodon.pull import instance_of, stream_of
from samspil.channels.mastodon.send import limit_of
from samspil.channels.mastodon.settings import Settings, settings_of
from samspil.channels.mastodon.stream import tried
from samspil.kit import Account, ChannelError, Check, NotUnderstood
from samspil.kit.web import Web

_FORBIDDEN = (401, 403)
_NEW_KEY = "Make a token with read and write under Preferences, Development, on the server."
_ADDRESS = "Look whether the address is right, as https://social.example, and whether the server is up."


def check(account: Account) -> Sequence[Check]:
    """Sign in, read notifications, and ask to change a status that is not there. Raises nothing."""
    settings = settings_of(account)
    if not settings.host:
        return [Check(name="Server", ok=False, detail="not set", remedy=_ADDRESS)]
    web = settings.web()
    try:
        return [*(lines := _tries(web, settings.host)), *(_way(web, settings) if lines[-1].name == "Answers" else ())]
    except (ChannelError, ValueError) as error:
        return [Check(name="Server", ok=False, detail=str(error)[:300], remedy=_ADDRESS)]


def _way(web: Web, settings: Settings) -> list[Check]:
    streams = tried(settings, stream_of(instance_of(web), settings))
    return [Check(name="Way", ok=True, detail=streams or "no stream here: notifications are asked for every 20 seconds")]


def _tries(web: Web, host: str) -> list[Check]:
    server = Check(name="Server", ok=True, detail=f"{host}, {limit_of(web)} characters a message")
    who = web.call("GET", "/api/v1/accounts/verify_credentials")
    if not who.ok:
        return [server, Check(name="Sign-in", ok=False, detail=f"refused with {who.status}", remedy=_NEW_KEY)]
    try:
        found = who.json()
        name = str(found.get("acct") or "") if isinstance(found, dict) else ""
    except NotUnderstood:
        name = ""
    if not name:
        return [server, Check(name="Sign-in", ok=False, detail="this is no server with Mastodon's API", remedy=_ADDRESS)]
    reads = web.call("GET", "/api/v1/notifications", query={"limit": 1})
    # A change to a status that is not there: 404 for who may write, 401 or 403 for who may not. An empty status was rejected as
    # the question, because a tolerant server might post it.
    writes = web.call("PUT", "/api/v1/statuses/0", json={"status": "."})
    return [
        server,
        Check(name="Sign-in", ok=True, detail=f"as @{name}"),
        Check(name="Notifications", ok=reads.ok, detail=str(reads.status), remedy="" if reads.ok else _NEW_KEY),
        Check(
            name="Answers",
            ok=writes.status not in _FORBIDDEN,
            detail="may write" if writes.status not in _FORBIDDEN else f"refused with {writes.status}",
            remedy="" if writes.status not in _FORBIDDEN else _NEW_KEY,
        ),
    ]
