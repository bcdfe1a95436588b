"""The server's stream of events, by WebSocket (api.mattermost.com, WebSocket): signed in by a challenge, to an address that was looked at.

What is looked at is what is connected to: a name that leads inside the second time leads nowhere.
"""

import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection

from samspil.channels.mattermost.api import AFTER_REFUSED
from samspil.channels.mattermost.settings import Settings
from samspil.kit import SignInAgain, TryLater, sockets
from samspil.kit.sockets import PATIENCE
from samspil.kit.web import is_public

FIRST = 20
"""Messages until the answer to the challenge must have come."""
PORTS = {"ws": 80, "wss": 443}


def opened(settings: Settings) -> ClientConnection:
    """A connection that is signed in. Raises OSError, WebSocketException, TryLater, SignInAgain."""
    # What was missed between two connections is to be asked for.
    connection = sockets.opened(settings.stream, sock=_socket(settings), proxy=None)
    try:
        _sign_in(connection, settings)
    except BaseException:
        connection.close()
        raise
    return connection


def _socket(settings: Settings) -> socket.socket:
    """A socket to one of the server's addresses, public ones unless the settings allow others. Raises OSError, TryLater."""
    parts = urlsplit(settings.stream)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, proto=socket.IPPROTO_TCP)]
    except UnicodeError as error:
        raise OSError(f"{host} is not known") from error
    if host not in settings.allowed and not all(is_public(address) for address in found):
        raise TryLater(
            f"{host} is not a public address: say in the settings that the server stands in our own network", after=AFTER_REFUSED
        )
    last: OSError = OSError(f"{host} is not known")
    for address in found[:3]:
        try:
            return socket.create_connection((address, port), timeout=PATIENCE)
        except OSError as error:
            last = error
    raise last


def _sign_in(connection: ClientConnection, settings: Settings) -> None:
    """The token goes within the connection and never in the address. Raises SignInAgain, TryLater."""
    connection.send(json.dumps({"seq": 1, "action": "authentication_challenge", "data": {"token": settings.token}}))
    for _ in range(FIRST):
        said = read(connection.recv(timeout=PATIENCE))
        if said.get("seq_reply") == 1:
            if said.get("status") == "OK":
                return
            raise SignInAgain(
                "Mattermost does not accept the bot's token: give the new one in the settings of the channel", after=AFTER_REFUSED
            )
    raise TryLater("Mattermost did not answer the sign-in")


def read(said: str | bytes) -> Mapping[str, Any]:
    """A message of the stream; empty for what is none."""
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
