"""The server's stream of what happens to an account: it wakes who waits for notifications, and alone tells what was taken back.

Nothing that must not be lost comes by it: notifications are asked for from where we were, and the stream says when to ask. Source:
docs.joinmastodon.org, methods/streaming. By WebSocket, which Mastodon, GoToSocial and Pleroma have; the others have events over HTTP.
"""

import json
import re
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection

from samspil.channels.mastodon.settings import Settings
from samspil.kit import sockets

PAUSES = (1.0, 5.0, 30.0, 300.0)
"""Seconds before the next try of a connection that was lost; the last one again and again."""
AFTER_REFUSED = 900.0
MANY = 1000
"""What was taken back and nobody asked for yet; of more, the oldest are left."""
WAKING = frozenset({"notification", "status.update", "conversation"})
_NO_TLS = {"http": "ws", "https": "wss"}
_TOKEN = re.compile(r"[A-Za-z0-9._~+-]+")
_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")


def address_of(settings: Settings, told: object) -> str:
    """Where the stream is: what the server says (``told``) if that is at its own domain, else its own address. Our token goes there."""
    own = urlsplit(settings.server)
    scheme = _NO_TLS.get(own.scheme, "wss")
    try:
        parts = urlsplit(told if isinstance(told, str) else "")
        named = parts.hostname or ""
    except ValueError:
        named = ""
    near = named == own.hostname or named.endswith(f".{own.hostname}")
    if near and parts.scheme == scheme and parts.username is None:
        return f"{scheme}://{parts.netloc}/api/v1/streaming?stream=user"
    return f"{scheme}://{settings.host}/api/v1/streaming?stream=user"


def opened(settings: Settings, address: str) -> ClientConnection:
    """A connection. Raises OSError, InvalidHandshake (InvalidStatus where the server said no), WebSocketException."""
    # The token goes in a header and never in the address, which servers write into their logs.
    known: dict[str, Any] = {"subprotocols": [settings.token]} if _TOKEN.fullmatch(settings.token) else {}
    return sockets.opened(address, additional_headers={"Authorization": f"Bearer {settings.token}"}, **known)


def tried(settings: Settings, address: str) -> str:
    """Whether there is a stream, in words; "" where there is none."""
    try:
        with opened(settings, address):
            return "what comes is told at once"
    except (OSError, WebSocketException):
        return ""


class Stream:
    """One account's stream, in a thread, until the context ends. ``live`` while there is a connection."""

    def __init__(self, settings: Settings, address: str) -> None:
        self._settings, self._address = settings, address
        self._bell, self._ends, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._gone: list[str] = []
        self._connection: ClientConnection | None = None
        self._thread = threading.Thread(target=self._live, name="mastodon stream", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._ends.set()
        with self._lock:
            connection = self._connection
        if connection is not None:
            connection.close()
        self._thread.join(5)

    @property
    def live(self) -> bool:
        return self._connection is not None

    def wait(self, seconds: float) -> bool:
        """Wait until something happened, or so long; whether something did."""
        woken = self._bell.wait(seconds)
        self._bell.clear()
        return woken

    def gone(self) -> Sequence[str]:
        """The ids of statuses that were taken back since this was last asked."""
        with self._lock:
            found, self._gone = self._gone, []
        return found

    def _live(self) -> None:
        tries = 0
        while not self._ends.is_set():
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            tries += 1
            try:
                with opened(self._settings, self._address) as connection:
                    with self._lock:
                        self._connection = connection
                    self._bell.set()  # what came while we did not listen is asked for
                    for said in connection:
                        tries = 0
                        self._take(said)
            except InvalidStatus as refused:
                pause = AFTER_REFUSED if refused.response.status_code < 500 else pause  # noqa: PLR2004
            except (OSError, InvalidHandshake, WebSocketException):
                pass  # the next try says more, and notifications are asked for meanwhile
            finally:
                with self._lock:
                    self._connection = None
            self._ends.wait(pause)

    def _take(self, said: str | bytes) -> None:
        try:
            event = json.loads(said)
        except (ValueError, RecursionError):
            return
        kind, payload = (event.get("event"), event.get("payload")) if isinstance(event, dict) else (None, None)
        if kind == "delete" and _ID.fullmatch(str(payload)):
            with self._lock:
                self._gone = [*self._gone, str(payload)][-MANY:]
            self._bell.set()
        elif kind in WAKING:
            self._bell.set()
