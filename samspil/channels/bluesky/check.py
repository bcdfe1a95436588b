"""Trying an account for real, without posting."""

from collections.abc import Sequence

from samspil.channels.bluesky.session import Net
from samspil.channels.bluesky.settings import DEFAULT_SERVER, settings_of
from samspil.kit import Account, ChannelError, Check
from samspil.kit.web import Web

_ADDRESS = f"Look whether the address is right: {DEFAULT_SERVER}, unless the account was made elsewhere."
_PASSWORD = "Make an app password under Settings, Privacy and security, App passwords, and write it at this account."  # noqa: S105
_SIGN_IN = "Sign in at Bluesky from this account's page, or write an app password there."
_DIRECT = "Sign in at Bluesky again, or make an app password with access to direct messages; or switch them off at this account."


def check(account: Account) -> Sequence[Check]:
    """Ask the server what it is, sign in, and read notifications and direct messages. Raises nothing."""
    settings = settings_of(account)
    if not settings.host:
        return [Check(name="Server", ok=False, detail="the address is none", remedy=_ADDRESS)]
    try:
        answer = Web(base=settings.server).call("GET", "/xrpc/com.atproto.server.describeServer")
    except (ChannelError, ValueError) as error:
        return [Check(name="Server", ok=False, detail=str(error)[:300], remedy=_ADDRESS)]
    if not answer.ok:
        return [Check(name="Server", ok=False, detail=f"{settings.host} is no server of the AT Protocol", remedy=_ADDRESS)]
    return [Check(name="Server", ok=True, detail=settings.host), *_signed_in(account)]


def _signed_in(account: Account) -> list[Check]:
    try:
        net = Net(account)
        found = net.ask("com.atproto.server.getSession")
    except (ChannelError, ValueError) as error:
        return [
            Check(
                name="Sign-in", ok=False, detail=str(error)[:300], remedy=_PASSWORD if settings_of(account).password else _SIGN_IN
            )
        ]
    lines = [Check(name="Sign-in", ok=True, detail=f"as @{str(found.get('handle') or net.did)[:253]}")]
    if found.get("active") is False:
        lines = [Check(name="Sign-in", ok=False, detail="the account is not active", remedy="Sign in to it and look.")]
    asked = [
        ("Notifications", "app.bsky.notification.listNotifications", False, "Look whether the network is up, and try again.")
    ]
    if net.settings.direct:
        asked.append(("Direct messages", "chat.bsky.convo.listConvos", True, _DIRECT))
    return [*lines, *(_reads(net, *one) for one in asked)]


def _reads(net: Net, name: str, method: str, chat: bool, remedy: str) -> Check:  # noqa: FBT001 - a row of the table above
    try:
        net.ask(method, chat=chat, limit=1)
    except (ChannelError, ValueError) as error:
        return Check(name=name, ok=False, detail=str(error)[:300], remedy=remedy)
    return Check(name=name, ok=True, detail="may read")
