"""The pipe way in: an LMTP server (RFC 2033) to which a mail server delivers, and the envelope for a mail from standard input.

The server answers 250 only after ``store`` has returned, so nothing is acknowledged that is not on disk.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Self

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from samspil.channels.mail.understand import external_id
from samspil.kit import Envelope

log = logging.getLogger(__name__)

Store = Callable[[Envelope], None]
MAX_RECEIVERS = 1000
MAX_LINE = 4 * 1024 * 1024


class _Lmtp(LMTP):
    """Takes long lines, which RFC 5321 forbids and mail programs write: refused, the mail would be lost to a bounce."""

    line_length_limit = MAX_LINE


def envelope_of(payload: bytes, *, transport: str, mail_from: str = "", rcpt_to: Sequence[str] = ()) -> Envelope:
    """A mail that was handed to us whole, with what the envelope around it said."""
    headers = {"transport": transport}
    if mail_from:
        headers["mail_from"] = mail_from[:320]
    if rcpt_to:
        headers["rcpt_to"] = ", ".join(one[:320] for one in rcpt_to[:MAX_RECEIVERS])
    return Envelope(external_id=external_id(payload), payload=payload, headers=headers)


class _Handler:
    def __init__(self, store: Store) -> None:
        self.store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802 - the library's name
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode("utf-8", "replace")
        made = envelope_of(content, transport="lmtp", mail_from=envelope.mail_from or "", rcpt_to=envelope.rcpt_tos)
        try:
            # A thread: storing blocks, and one slow commit must not hold up the other connections.
            await asyncio.get_running_loop().run_in_executor(None, self.store, made)
        except Exception:
            log.exception("a mail over LMTP was not stored")
            answer = "451 4.3.0 Not stored just now, try again later"
        else:
            answer = "250 2.0.0 Stored"
        # LMTP answers once for each receiver.
        return "\r\n".join([answer] * max(1, len(envelope.rcpt_tos)))


class LmtpServer:
    """A running server; ``port`` is the one it listens on. Use it as a context manager, or call :meth:`stop`."""

    def __init__(self, host: str, port: int, store: Store, max_bytes: int) -> None:
        self._handler = _Handler(store)
        self._max_bytes = max_bytes
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server((host, port), reuse_port=False)
        self.port: int = self._socket.getsockname()[1]
        self._server: asyncio.AbstractServer = self._loop.run_until_complete(
            self._loop.create_server(self._factory, sock=self._socket)
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="lmtp", daemon=True)
        self._thread.start()

    def _factory(self) -> _Lmtp:
        options: dict[str, Any] = {
            "data_size_limit": self._max_bytes,
            "enable_SMTPUTF8": True,
            "ident": "Samspil",
            "hostname": "samspil",
            "loop": self._loop,
        }
        return _Lmtp(self._handler, **options)

    def stop(self) -> None:
        """Stop listening and end the thread; a mail that is being stored is stored to its end."""
        if self._loop.is_closed():
            return

        async def close() -> None:
            self._server.close()
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._loop.shutdown_default_executor()

        with suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(close(), self._loop).result(timeout=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def serve_lmtp(host: str, port: int, store: Store, max_bytes: int = 50 * 1024 * 1024) -> LmtpServer:
    """Begin to listen (port 0 picks a free one). 250 after ``store`` returned, 451 when it raised, 552 for too large a mail."""
    return LmtpServer(host, port, store, max_bytes)
