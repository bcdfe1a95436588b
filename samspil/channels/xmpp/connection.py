"""One signed-in connection. slixmpp lives in an event loop, in a thread of its own; who calls from outside waits for it.

slixmpp takes a third of a second to import, and is imported when the first connection is made.
"""

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, wait
from contextlib import contextmanager
from typing import Any, TypeVar

from samspil.channels.xmpp.settings import DIRECT_TLS, Settings
from samspil.kit import SignInAgain, TryLater

PATIENCE = 25.0
"""Seconds for signing in, and for each answer of the server."""
GOODBYE = 2.0
AFTER_REFUSED = 600.0
REFUSED = "The XMPP server does not accept the address and password"
KEEP_ALIVE = 60
T = TypeVar("T")


class Connection:
    """Signed in until it is ``lost``. ``client`` belongs to the loop's thread: touch it only within :meth:`run`."""

    def __init__(self, settings: Settings, resource: str, prepare: Callable[["Connection"], None] | None) -> None:
        self.settings = settings
        self.client: Any = None
        self.lost = threading.Event()
        self.why = ""
        self._after: float | None = None
        self._refused = False
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, args=(resource, prepare), name="xmpp", daemon=True)

    def open(self) -> None:
        """Sign in. Raises TryLater, SignInAgain."""
        self._thread.start()
        if not self._ready.wait(PATIENCE) or self.lost.is_set():
            error = SignInAgain if self._refused else TryLater
            raise error(self.why or "The XMPP server does not answer", after=self._after)

    def run(self, work: Coroutine[Any, Any, T], seconds: float = PATIENCE) -> T:
        """Do it in the loop's thread and wait for it. Raises TryLater when the connection is lost or the server does not answer."""
        if self.lost.is_set():
            work.close()
            raise TryLater(self.why, after=self._after)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        end = time.monotonic() + seconds
        while not future.done() and not self.lost.is_set() and time.monotonic() < end:
            wait([future], timeout=0.2)
        try:
            return future.result(0)
        except Exception as error:
            future.cancel()
            if self.lost.is_set() or isinstance(error, (TimeoutError, CancelledError)):
                raise TryLater(self.why or "The XMPP server does not answer", after=self._after) from error
            raise

    def close(self) -> None:
        """Say goodbye, and end the thread."""
        if self._thread.is_alive():
            with contextlib.suppress(TimeoutError, CancelledError, RuntimeError):
                asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(GOODBYE + 1)
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(GOODBYE)

    def end(self, why: str, after: float | None = None, *, refused: bool = False) -> None:
        """The connection is of no more use; the first reason is the one that is told. ``refused``: the address and password were."""
        if not self.lost.is_set():
            self.why, self._after, self._refused = why, after, refused
        self.lost.set()
        self._ready.set()

    def _live(self, resource: str, prepare: Callable[["Connection"], None] | None) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._begin(resource, prepare)
            self._loop.run_forever()
        except Exception as error:  # noqa: BLE001 - the thread's end must reach who waits, whatever it is
            self.end(f"{type(error).__name__}: {error}"[:300])
        finally:
            self.end(self.why or "The connection was closed")
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def _begin(self, resource: str, prepare: Callable[["Connection"], None] | None) -> None:
        from slixmpp import ClientXMPP
        from slixmpp.jid import InvalidJID

        settings = self.settings
        try:
            self.client = client = ClientXMPP(f"{settings.address}/{resource}", settings.password)
        except InvalidJID:
            self.end(f"{settings.address} is no XMPP address", AFTER_REFUSED)
            return
        client.loop = self._loop
        client.enable_direct_tls = not settings.host or settings.port == DIRECT_TLS
        client.enable_starttls = not client.enable_direct_tls or not settings.host
        client.auto_authorize, client.auto_subscribe = (True if settings.accept_contacts else None), False
        client.register_plugin("xep_0198", {"allow_resume": False})
        client.register_plugin("xep_0199", {"keepalive": True, "interval": KEEP_ALIVE, "timeout": 30})
        if settings.plain:
            client.enable_plaintext, client.enable_starttls, client.enable_direct_tls = True, False, False
            for name in ("unencrypted_plain", "unencrypted_scram"):
                setattr(client.plugin["feature_mechanisms"], name, True)
        self._listen()
        if prepare is not None:
            prepare(self)
        client.connect(settings.host or None, settings.port if settings.host else None)

    def _listen(self) -> None:
        handlers: dict[str, Callable[[Any], None]] = {
            "session_start": lambda _: self._started(),
            "disconnected": lambda why: self.end(f"The connection was lost: {why}"[:300] if why else "The connection was lost"),
            "connection_failed": self._failed,
            "reconnect_delay": lambda _: self.end(self.why or "The XMPP server cannot be reached"),
            "failed_all_auth": lambda _: self.end(REFUSED, AFTER_REFUSED, refused=True),
            "ssl_invalid_chain": lambda error: self.end(f"The server's certificate is not good: {error}"[:300], AFTER_REFUSED),
            "stream_error": lambda error: self.end(f"The server ended the connection: {error['condition']}"),
        }
        for name, handler in handlers.items():
            self.client.add_event_handler(name, handler)

    def _failed(self, error: Any) -> None:
        if not self.lost.is_set():
            self.why = f"{self.settings.host or self.settings.domain}: {error}"[:300]

    def _started(self) -> None:
        # slixmpp does not go on without TLS by itself; this is the second lock of the same door.
        if not self.settings.plain and not isinstance(self.client.socket, (ssl.SSLObject, ssl.SSLSocket)):
            self.end("The server offers no encryption", AFTER_REFUSED)
            self.client.abort()
            return
        self.why = ""
        self._ready.set()

    async def _leave(self) -> None:
        if self.client is not None:
            self.client.cancel_connection_attempt()
            if self.client.transport:
                await self.client.disconnect(wait=GOODBYE)


@contextmanager
def signed_in(settings: Settings, resource: str, prepare: Callable[[Connection], None] | None = None) -> Iterator[Connection]:
    """A connection until the context ends; ``prepare`` may add handlers before the first stanza comes. Raises TryLater."""
    if not settings.address or not settings.password:
        raise TryLater("The XMPP address or its password is not set.", after=AFTER_REFUSED)
    connection = Connection(settings, resource, prepare)
    try:
        connection.open()
        yield connection
    finally:
        connection.close()
