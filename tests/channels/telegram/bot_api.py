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
    "sendMessage": {"chat_id", "text", "reply_parameters", "reply_markup"},
    "sendDocument": {"chat_id", "caption", "document", "reply_parameters"},
    "sendMediaGroup": {"chat_id", "media", "reply_parameters"},
    "editMessageText": {"chat_id", "message_id", "text"},
    "editMessageCaption": {"chat_id", "message_id", "caption"},
    "deleteMessage": {"chat_id", "message_id"},
    "setMessageReaction": {"chat_id", "message_id", "reaction"},
    "sendChatAction": {"chat_id", "action"},
    "answerCallbackQuery": {"callback_query_id"},
}
EMOJI = {"👍", "❤", "🔥", "🎉", "😢", "👏"}
"""Some of those that a bot may give."""


class BotApi:
    """One bot. ``updates`` wait until an offset confirms them; ``sent`` are the calls that sent something, with their files' bytes."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.thanked: list[str] = []
        self.confirmed: list[int] = []
        self.sent: list[tuple[str, dict[str, Any], dict[str, bytes]]] = []
        self.files: dict[str, bytes] = {}
        self.chats: set[str] = set()
        self.faults: list[tuple[int, dict[str, Any]]] = []
        self.webhook = ""
        self.number = 100
        self.now = 1_764_000_000
        self.messages: dict[tuple[str, int], dict[str, Any]] = {}
        self.reactions: dict[tuple[str, int], str] = {}
        self.actions: list[dict[str, Any]] = []

    def write(self, update: dict[str, Any]) -> None:
        """Somebody does something."""
        self.number += 1
        self.updates.append({"update_id": self.number, **update})
        for part in update.values():
            about = part.get("message", part)
            self.chats.add(str(about["chat"]["id"]))
            self.messages[str(about["chat"]["id"]), about.get("message_id", 0)] = {"from": "them", "at": self.now, "text": "x"}

    def answer(self, token: str, method: str, what: dict[str, Any], files: dict[str, bytes]) -> tuple[int, dict[str, Any]]:
        """Status and body of one call."""
        if token != TOKEN:
            return _no(401, "Unauthorized")
        if method not in ARGUMENTS or not set(what) | set(files) - {f"f{n}" for n in range(10)} <= ARGUMENTS[method]:
            return _no(404 if method not in ARGUMENTS else 400, f"Not Found: {method} {sorted(what)}")
        if self.faults and not method.startswith("get"):
            return self.faults.pop(0)
        if method == "answerCallbackQuery":
            self.thanked.append(what["callback_query_id"])
            return 200, {"ok": True, "result": True}
        if method.startswith(("edit", "delete", "set")) or method == "sendChatAction":
            return 200, getattr(self, f"_{method}")(what, (str(what["chat_id"]), what.get("message_id", 0)))
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

    def _editMessageText(self, what: dict[str, Any], key: tuple[str, int]) -> dict[str, Any]:  # noqa: N802
        return self._edit(what, key, "text", 4096)

    def _editMessageCaption(self, what: dict[str, Any], key: tuple[str, int]) -> dict[str, Any]:  # noqa: N802
        return self._edit(what, key, "caption", 1024)

    def _edit(self, what: dict[str, Any], key: tuple[str, int], name: str, limit: int) -> dict[str, Any]:
        row = self.messages.get(key)
        if row is None:
            return _no(400, "Bad Request: message to edit not found")[1]
        if row["from"] != "us":
            return _no(400, "Bad Request: message can't be edited")[1]
        if name not in row:
            return _no(400, f"Bad Request: there is no {name} in the message to edit")[1]
        if len(what[name]) > limit:
            return _no(400, "Bad Request: message is too long")[1]
        if row[name] == what[name]:
            return _no(400, "Bad Request: message is not modified: specified new message content is exactly the same")[1]
        row[name] = what[name]
        return {"ok": True, "result": {"message_id": key[1], "chat": {"id": int(key[0])}, "date": row["at"]}}

    def _deleteMessage(self, _what: dict[str, Any], key: tuple[str, int]) -> dict[str, Any]:  # noqa: N802
        if key not in self.messages:
            return _no(400, "Bad Request: message to delete not found")[1]
        if self.now - self.messages[key]["at"] >= 48 * 3600:
            return _no(400, "Bad Request: message can't be deleted for everyone")[1]
        del self.messages[key]
        return {"ok": True, "result": True}

    def _setMessageReaction(self, what: dict[str, Any], key: tuple[str, int]) -> dict[str, Any]:  # noqa: N802
        if key not in self.messages:
            return _no(400, "Bad Request: message to react not found")[1]
        signs = [one["emoji"] for one in what["reaction"] if one["type"] == "emoji"]
        if len(signs) > 1 or not set(signs) <= EMOJI:
            return _no(400, "Bad Request: REACTIONS_TOO_MANY" if len(signs) > 1 else "Bad Request: REACTION_INVALID")[1]
        if not signs and key not in self.reactions:
            return _no(400, "Bad Request: REACTION_EMPTY")[1]
        self.reactions.pop(key, None)
        self.reactions |= {key: signs[0]} if signs else {}
        return {"ok": True, "result": True}

    def _sendChatAction(self, what: dict[str, Any], key: tuple[str, int]) -> dict[str, Any]:  # noqa: N802
        if key[0] not in self.chats:
            return _no(400, "Bad Request: chat not found")[1]
        self.actions.append(what)
        return {"ok": True, "result": True}

    def _send(self, method: str, what: dict[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
        limits = {"sendMessage": ("text", 4096), "sendDocument": ("caption", 1024)}
        name, limit = limits.get(method, ("", 0))
        if name and len(what.get(name, "")) > limit:
            return {"ok": False, "error_code": 400, "description": "Bad Request: message is too long"}
        if str(what["chat_id"]) not in self.chats:
            return {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
        self.sent.append((method, what, files))
        captions = [one.get("caption", "") for one in json.loads(what["media"])] if "media" in what else [what.get("caption", "")]
        made = [self._made(str(what["chat_id"]), {"caption": c} if files else {"text": what["text"]}) for c in captions]
        return {"ok": True, "result": made if method == "sendMediaGroup" else made[0]}

    def _made(self, chat: str, words: dict[str, str]) -> dict[str, Any]:
        self.number += 1
        self.messages[chat, self.number] = {"from": "us", "at": self.now, **words}
        return {"message_id": self.number, "chat": {"id": int(chat)}, "date": self.now}


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
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server.bot, server
