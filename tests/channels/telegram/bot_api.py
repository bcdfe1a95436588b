"""A stand-in for Telegram's Bot API, after its documentation: what it answers, what it refuses, and when an update counts as taken.

It is strict where the documentation is: unknown methods and arguments, texts that are too long and chats that nobody began are refused in
Telegram's own words. No bot of the real network can be had in tests.
"""

import json
import threading
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "990001:" + "A" * 35
ARGUMENTS = {
    "getMe": set(),
    "getWebhookInfo": set(),
    "getUpdates": {"offset", "timeout", "allowed_updates", "limit"},
    "getFile": {"file_id"},
    "sendMessage": {"chat_id", "text", "reply_parameters"},
    "sendDocument": {"chat_id", "caption", "document", "reply_parameters"},
    "sendMediaGroup": {"chat_id", "media", "reply_parameters"},
}


class BotApi:
    """One bot. ``updates`` wait until an offset confirms them; ``sent`` are the calls that sent something, with their files' bytes."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.confirmed: list[int] = []
        self.sent: list[tuple[str, dict[str, Any], dict[str, bytes]]] = []
        self.files: dict[str, bytes] = {}
        self.chats: set[str] = set()
        self.faults: list[tuple[int, dict[str, Any]]] = []
        self.webhook = ""
        self.number = 100

    def write(self, update: dict[str, Any]) -> None:
        """Somebody does something."""
        self.number += 1
        self.updates.append({"update_id": self.number, **update})
        for part in update.values():
            self.chats.add(str(part["chat"]["id"]))

    def answer(self, token: str, method: str, what: dict[str, Any], files: dict[str, bytes]) -> tuple[int, dict[str, Any]]:
        """Status and body of one call."""
        if token != TOKEN:
            return _no(401, "Unauthorized")
        if method not in ARGUMENTS or not set(what) | set(files) - {f"f{n}" for n in range(10)} <= ARGUMENTS[method]:
            return _no(404 if method not in ARGUMENTS else 400, f"Not Found: {method} {sorted(what)}")
        if self.faults and method.startswith("send"):
            return self.faults.pop(0)
        return 200, {"ok": True, "result": getattr(self, f"_{method}")(what)} if method.startswith("get") else self._send(
            method, what, files
        )

    def _getMe(self, _what: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Telegram's name
        return {
            "id": 990001,
            "is_bot": True,
            "first_name": "Nordlys",
            "username": "nordlysbot",
            "can_read_all_group_messages": False,
        }

    def _getWebhookInfo(self, _what: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"url": self.webhook, "has_custom_certificate": False, "pending_update_count": len(self.updates)}

    def _getUpdates(self, what: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        taken = [u["update_id"] for u in self.updates if u["update_id"] < what.get("offset", 0)]
        self.confirmed += taken
        self.updates = [u for u in self.updates if u["update_id"] not in taken]
        wanted = set(what["allowed_updates"])
        return [u for u in self.updates if wanted & set(u)]

    def _getFile(self, what: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"file_id": what["file_id"], "file_path": f"photos/{what['file_id']}.jpg"}

    def _send(self, method: str, what: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
        limits = {"sendMessage": ("text", 4096), "sendDocument": ("caption", 1024)}
        name, limit = limits.get(method, ("", 0))
        if name and len(what.get(name, "")) > limit:
            return {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}
        if str(what["chat_id"]) not in self.chats:
            return {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
        self.sent.append((method, what, files))
        self.number += 1
        made = {"message_id": self.number, "chat": {"id": int(what["chat_id"])}, "date": 1764000000}
        return {"ok": True, "result": [made] if method == "sendMediaGroup" else made}


def _no(code: int, words: str) -> tuple[int, dict[str, Any]]:
    return code, {"ok": False, "error_code": code, "description": words}


class _Server(ThreadingHTTPServer):
    bot: BotApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        token, _, method = self.path.removeprefix("/bot").partition("/")
        what, files = _read(self.headers["content-type"], body)
        self._say(*self.server.bot.answer(token, method, what, files))

    def do_GET(self) -> None:
        found = self.server.bot.files.get(self.path.rpartition("/")[2].removesuffix(".jpg"))
        self.send_response(200 if found is not None else 404)
        self.send_header("content-length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(said.get("error_code", status))
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def _read(kind: str, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    if not kind.startswith("multipart/"):
        return json.loads(body), {}
    whole = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    what, files = {}, {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename():
            files[name] = part.get_payload(decode=True)
        else:
            what[name] = part.get_payload(decode=True).decode()
    return what, files


def serve() -> tuple[BotApi, _Server]:
    """The stand-in, listening on a port of this machine; ``shutdown`` ends it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.bot = BotApi()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.bot, server
