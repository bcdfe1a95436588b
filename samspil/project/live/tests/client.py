"""A client that calls the application directly, for tests: no server, no port."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from samspil.project.live.app import Live


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


def scope(method: str, target: str, headers: Mapping[str, str], client: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in {"host": "localhost:8001", **headers}.items()]
    return {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw, "scheme": "http",
        "client": (client, 4711),
    }  # fmt: skip


class Stream:
    """An open stream: :meth:`event` gives the next as (name, data, id)."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.leave = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._events: asyncio.Queue[tuple[str, Any, str]] = asyncio.Queue()
        self._rest = ""

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.answer.status = message["status"]
            self.answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            self.begun.set()
            return
        if not message.get("more_body"):
            self.answer.body += message.get("body", b"")
            self.ended.set()
            return
        self._rest += message["body"].decode()
        *blocks, self._rest = self._rest.split("\n\n")
        for block in blocks:
            found = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
            if "data" in found:
                self._events.put_nowait((found.get("event", "message"), json.loads(found["data"]), found.get("id", "")))

    async def receive(self) -> dict[str, Any]:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def event(self, within: float = 5) -> tuple[str, Any, str]:
        return await asyncio.wait_for(self._events.get(), within)

    async def silent(self, seconds: float = 0.4) -> bool:
        try:
            await self.event(seconds)
        except TimeoutError:
            return True
        return False

    async def close(self) -> None:
        self.leave.set()
        if self.task:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.task, 5)


class Client:
    def __init__(self, live: Live, address: str = "127.0.0.1") -> None:
        self.live, self.address = live, address

    async def call(self, method: str, target: str, body: Any = b"", headers: Mapping[str, str] | None = None) -> Answer:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = Answer()
        pieces = [raw[i : i + 65536] for i in range(0, len(raw), 65536)] or [b""]

        async def receive() -> dict[str, Any]:
            if not pieces:
                await asyncio.sleep(3600)
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                answer.body += message.get("body", b"")

        await self.live(scope(method, target, headers or {}, self.address), receive, send)
        return answer

    async def post(self, target: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.call("POST", target, body, headers)

    async def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.call("GET", target, b"", headers)

    async def open(self, target: str, headers: Mapping[str, str] | None = None) -> Stream:
        stream = Stream()
        stream.task = asyncio.ensure_future(
            self.live(scope("GET", target, headers or {}, self.address), stream.receive, stream.send)
        )
        await asyncio.wait_for(stream.begun.wait(), 10)
        return stream
