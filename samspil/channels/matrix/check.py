"""Trying an account for real, without writing anything."""

from collections.abc import Callable, Sequence

from samspil.channels.matrix.crypto.identity import seen
from samspil.channels.matrix.server import Server, path, result
from samspil.kit import Account, ChannelError, Check, TryLater
from samspil.kit.web import Web

_ADDRESS = "Look whether the homeserver's address is right, as https://matrix.example.org, and whether it is up."
_KEYS = (
    "Sign this device out in Element (Settings, Sessions) and give a new access token; with a password nothing need be done: "
    "another device is signed in."
)
_SIGN_IN = "Give the account's full name (@name:server.example) and a new access token, or its password."


def check(account: Account) -> Sequence[Check]:
    """Reach the homeserver, sign in, and look. Raises nothing."""
    try:
        server = Server(account, "in")
    except ChannelError as error:
        return [Check(name="Homeserver", ok=False, detail=str(error), remedy=_ADDRESS)]
    lines: list[Check] = []
    for name, tries, remedy in (("Homeserver", _reach, _ADDRESS), ("Sign-in", _who, _SIGN_IN), ("Messages", _look, _SIGN_IN)):
        lines.append(_tried(name, tries, remedy, server))
        if not lines[-1].ok:
            return lines
    service = bool(server.settings.hs_token)
    lines.append(Check(name="Way", ok=True, detail="the homeserver brings them" if service else "they are fetched"))
    return [*lines, _tried("Encryption", lambda known: seen(known, account), _KEYS, server)]


def _tried(name: str, tries: Callable[[Server], str], remedy: str, server: Server) -> Check:
    try:
        return Check(name=name, ok=True, detail=tries(server))
    except (ChannelError, ValueError) as error:
        return Check(name=name, ok=False, detail=str(error)[:300], remedy=remedy)


def _reach(server: Server) -> str:
    versions = result(Web(base=server.settings.server).call("GET", "/_matrix/client/versions", every=True)).get("versions")
    known = [one for one in versions if isinstance(one, str)] if isinstance(versions, list) else []
    if not known:
        raise TryLater("this is no Matrix homeserver")
    return f"{server.settings.server}, {known[-1][:20]}"


def _who(server: Server) -> str:
    if not server.settings.token and not server.settings.password:
        raise TryLater("neither an access token nor a password is set")
    server.be_known()
    who = str(server.call("GET", path("account", "whoami")).get("user_id"))[:255]
    if who.lower() != server.settings.user.lower():
        raise TryLater(f"the access token is that of {who}")
    return f"as {who}"


def _look(server: Server) -> str:
    joined = server.call("GET", path("joined_rooms")).get("joined_rooms")
    return f"in {len(joined) if isinstance(joined, list) else 0} rooms"
