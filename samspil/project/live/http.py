"""As much of HTTP as the live process needs, straight on ASGI."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT = 5_000_000


class Refused(Exception):
    """The request is answered with ``status`` and a code for programs; ``headers`` are added."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.headers = status, code, dict(headers or {})


class Call:
    """One request. ``headers`` have lower-case names; ``cors`` are headers that its answer gets for a page of another origin."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: dict[str, str] = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
        self.raw_query = scope.get("query_string", b"").decode("latin-1")
        self.headers: dict[str, str] = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        self.scheme: str = scope.get("scheme", "http")
        self.client: str = (scope.get("client") or ("",))[0]
        self.cors: dict[str, str] = {}
        self._receive, self._send = receive, send
        self.begun = False
        self.left = asyncio.Event()

    async def body(self, limit: int = BODY_LIMIT) -> bytes:
        """The whole body. Raises Refused (413) as soon as it is known to be too large."""
        if int(self.headers.get("content-length") or 0) > limit:
            raise Refused(413, "too_large", {"connection": "close"})
        pieces, size = [], 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, "gone")
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > limit:
                raise Refused(413, "too_large", {"connection": "close"})
            if not message.get("more_body"):
                return b"".join(pieces)

    async def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        """The whole answer at once."""
        found = {"content-length": str(len(body)), "x-content-type-options": "nosniff", **self.cors, **(headers or {})}
        self.begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": _raw(found)})
        await self._send({"type": "http.response.body", "body": body})

    async def json(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
        """A JSON value as the whole answer; never kept by a cache."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        await self.answer(status, body, {"content-type": "application/json", "cache-control": "no-store", **(headers or {})})

    async def stream(self) -> None:
        """Begin a stream of events; goes on with :meth:`write`. ``left`` is set when the other side has gone."""
        headers = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            "x-content-type-options": "nosniff",
            **self.cors,
        }
        self.begun = True
        await self._send({"type": "http.response.start", "status": 200, "headers": _raw(headers)})

    async def write(self, piece: bytes) -> None:
        """Send a piece of the stream."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        """End the stream."""
        with suppress(Exception):  # whoever reads it may have gone
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def watch(self) -> None:
        """Wait until the other side goes, and set ``left``."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left.set()


def event(name: str, data: Any) -> str:
    """One event of a stream, without an id."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
