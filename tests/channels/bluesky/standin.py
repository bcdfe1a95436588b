"""A stand-in for what no package brings: the network's view of all posts with its notifications, and the direct messages.

Built after the protocol's lexicons. By itself it is a server of accounts too, with sessions that expire when a test says so; behind a
real PDS it is asked for the rest alone.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
DID = "did:plc:butiknordlysaaaaaaaaaaaa"
PASSWORD = "xxxx-xxxx-xxxx-xxxx"
AT = "2026-03-02T10:{:02}:00.000Z"


def profile(did: str, handle: str, name: str) -> dict[str, Any]:
    """Somebody, as the network shows them."""
    return {"did": did, "handle": handle, "displayName": name}


class Network:
    """All that the stand-in knows; a test writes into it, and reads what came."""

    def __init__(self) -> None:
        self.notes: list[dict[str, Any]] = []
        self.posts: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.logs: list[dict[str, Any]] = []
        self.members: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.sessions = 0
        self.url = ""

    def written(self, reason: str, uri: str, author: dict[str, Any], record: dict[str, Any], cid: str = CID) -> None:
        """Somebody wrote, and we are told."""
        at = AT.format(len(self.notes))
        shown = {"uri": uri, "cid": cid, "author": author, "record": record, "indexedAt": at}
        self.posts[uri] = shown
        self.notes.append({**shown, "reason": reason, "isRead": False, "labels": []})

    def direct(self, author: str, text: str) -> dict[str, Any]:
        """Somebody wrote directly."""
        number = len(self.logs) + 1
        message = {"id": f"3lzdm{number:08}", "rev": f"22222222{number:05}", "text": text, "sender": {"did": author}}
        message |= {"$type": "chat.bsky.convo.defs#messageView", "sentAt": AT.format(number)}
        log = {"$type": "chat.bsky.convo.defs#logCreateMessage", "rev": message["rev"], "convoId": "3lzconvo", "message": message}
        self.logs.append(log)
        return message

    def answer(self, name: str, query: dict[str, list[str]], body: Any, token: str) -> tuple[int, Any]:
        """What the stand-in says to one call."""
        self.asked.append((name, token))
        known: dict[str, Callable[[], Any]] = {
            "com.atproto.server.describeServer": lambda: {"did": "did:web:localhost", "availableUserDomains": []},
            "com.atproto.server.createSession": self._session,
            "com.atproto.server.refreshSession": self._session,
            "com.atproto.server.getSession": lambda: {"did": DID, "handle": "butik.example.com"},
            "com.atproto.repo.putRecord": lambda: self._put(body),
            "com.atproto.identity.resolveHandle": lambda: {"did": DID},
            "app.bsky.notification.listNotifications": lambda: self._notes(query),
            "app.bsky.feed.getPosts": lambda: {"posts": [self.posts[uri] for uri in query["uris"] if uri in self.posts]},
            "chat.bsky.convo.getLog": lambda: self._log(query),
            "chat.bsky.convo.listConvos": lambda: {"convos": [self._convo()] if self.members else []},
            "chat.bsky.convo.getConvo": lambda: {"convo": self._convo()},
            "chat.bsky.convo.getConvoForMembers": lambda: {"convo": self._convo()},
            "chat.bsky.convo.getMessages": lambda: {"messages": [log["message"] for log in reversed(self.logs)]},
            "chat.bsky.convo.sendMessage": lambda: self._send(body, token),
        }
        if name not in known:
            return 501, {"error": "MethodNotImplemented", "message": name}
        found = known[name]()
        return (400, found) if "error" in found else (200, found)

    def _session(self) -> dict[str, Any]:
        self.sessions += 1
        return {"accessJwt": f"a{self.sessions}", "refreshJwt": f"r{self.sessions}", "did": DID, "handle": "butik.example.com"}

    def _put(self, body: Any) -> dict[str, Any]:
        uri = f"at://{body['repo']}/{body['collection']}/{body['rkey']}"
        if uri in self.records:
            return {"error": "InvalidSwap", "message": "Record was at another version"}
        self.records[uri] = body["record"]
        return {"uri": uri, "cid": CID}

    def _notes(self, query: dict[str, list[str]]) -> dict[str, Any]:
        start, limit = int(query.get("cursor", ["0"])[0]), int(query.get("limit", ["50"])[0])
        found = self.notes[::-1][start : start + limit]
        return {"notifications": found, "seenAt": AT.format(0)} | ({"cursor": str(start + limit)} if len(found) == limit else {})

    def _log(self, query: dict[str, list[str]]) -> dict[str, Any]:
        rev = query.get("cursor", [""])[0]
        found = [log for log in self.logs if rev and log["rev"] > rev]
        return {"logs": found, "cursor": self.logs[-1]["rev"] if self.logs else rev or "2222222200000"}

    def _convo(self) -> dict[str, Any]:
        return {"id": "3lzconvo", "rev": "2222222200000", "members": self.members, "muted": False, "unreadCount": len(self.logs)}

    def _send(self, body: Any, _token: str) -> dict[str, Any]:
        self.sent.append(body)
        return self.direct(DID, body["message"]["text"])


class _Handler(BaseHTTPRequestHandler):
    network: Network

    def do_GET(self) -> None:
        self._say(None)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        self._say(json.loads(raw) if raw else None)

    def _say(self, body: Any) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix("/xrpc/")
        status, found = self.network.answer(name, parse_qs(parts.query), body, self.headers.get("authorization", ""))
        answer = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def standing_in() -> Iterator[Network]:
    """The stand-in on loopback, until the context ends."""
    network = Network()
    handler = type("Handler", (_Handler,), {"network": network})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        network.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield network
        finally:
            server.shutdown()
