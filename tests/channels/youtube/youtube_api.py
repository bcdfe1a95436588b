"""A stand-in for YouTube's Data API and Google's tokens, after their documentation: threads, answers, quota, and what is refused.

Access tokens end after an hour, the quota is counted, unknown parameters are refused, and answers can be lost. No channel could be had.
"""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

OWN, KAROLINE, ANTON = "UC" + "n" * 22, "UC" + "k" * 22, "UC" + "a" * 22
KEYS = {"channel": OWN, "client_id": "klient", "client_secret": "hemmelig", "refresh_token": "1//fornyelse"}
NAMES = {OWN: "@nordlyscykler", KAROLINE: "@karolinevang", ANTON: "Anton"}
PARAMETERS = {
    "commentThreads": {"part", "allThreadsRelatedToChannelId", "order", "textFormat", "maxResults", "pageToken"},
    "comments": {"part", "parentId", "textFormat", "maxResults", "pageToken"},
    "channels": {"part", "mine"},
}
EMBEDDED = 5


class YouTubeApi:
    """One channel. ``used`` are the units of its quota."""

    def __init__(self) -> None:
        self.threads: list[dict[str, Any]] = []
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.tokens: set[str] = set()
        self.used, self.quota, self.number = 0, 10_000, 0
        self.refresh = KEYS["refresh_token"]
        self.faults: dict[str, list[tuple[int, str]]] = {}
        self.lose: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def comment(self, text: str, *, by: str = KAROLINE, below: str = "") -> str:
        """Somebody comments, or answers in a thread."""
        self.number += 1
        ident = f"{below}.r{self.number:04}" if below else f"Ugz{self.number:04}"
        at = (datetime(2026, 11, 20, 9, tzinfo=UTC) + timedelta(seconds=self.number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        snippet = {
            "authorDisplayName": NAMES[by], "authorChannelId": {"value": by}, "channelId": OWN, "textDisplay": text, "textOriginal": text,
            "publishedAt": at, "updatedAt": at, **({"parentId": below} if below else {}),
        }  # fmt: skip
        made = {"kind": "youtube#comment", "id": ident, "snippet": snippet}
        if below:
            self.replies.setdefault(below, []).append(made)
        else:
            self.threads.insert(0, made)
        return ident

    def edit(self, ident: str, text: str) -> None:
        """The author changes a comment."""
        self.number += 1
        at = (datetime(2026, 11, 20, 9, tzinfo=UTC) + timedelta(seconds=self.number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        every = [*self.threads, *(r for rows in self.replies.values() for r in rows)]
        next(c for c in every if c["id"] == ident)["snippet"] |= {"textDisplay": text, "textOriginal": text, "updatedAt": at}

    def get(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path not in PARAMETERS or not set(query) <= PARAMETERS[path]:
            return 400, no("invalidParameter", f"{path} {sorted(query)}")
        if path == "channels":
            return 200, {"items": [{"id": OWN, "snippet": {"title": "Nordlys Cykler"}}]}
        start, size = int(query.get("pageToken", "p0")[1:]), int(query["maxResults"])
        if path == "comments":
            every = self.replies.get(query["parentId"], [])
            return 200, page(every, start, size)
        return 200, page([self._thread(t) for t in self.threads], start, size)

    def _thread(self, top: dict[str, Any]) -> dict[str, Any]:
        replies = self.replies.get(top["id"], [])
        said = {
            "kind": "youtube#commentThread",
            "id": top["id"],
            "snippet": {"channelId": OWN, "videoId": "dQw4w9WgXcQ", "topLevelComment": top, "totalReplyCount": len(replies)},
        }
        return said | ({"replies": {"comments": list(reversed(replies[-EMBEDDED:]))}} if replies else {})

    def insert(self, body: dict[str, Any]) -> tuple[int, Any]:
        snippet = body["snippet"]
        if set(snippet) != {"parentId", "textOriginal"} or "." in snippet["parentId"]:
            return 400, no("invalidCommentMetadata", "The metadata is invalid.")
        if not any(t["id"] == snippet["parentId"] for t in self.threads):
            return 404, no("parentCommentNotFound", "The specified parent comment could not be found.")
        ident = self.comment(snippet["textOriginal"], by=OWN, below=snippet["parentId"])
        return 200, {"kind": "youtube#comment", "id": ident}


def no(reason: str, words: str, code: int = 403) -> dict[str, Any]:
    return {"error": {"code": code, "message": words, "errors": [{"message": words, "domain": "youtube", "reason": reason}]}}


def page(every: list[Any], start: int, size: int) -> dict[str, Any]:
    more = {"nextPageToken": f"p{start + size}"} if len(every) > start + size else {}
    return {"items": every[start : start + size], **more}


class _Server(ThreadingHTTPServer):
    api: YouTubeApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        self._answer("POST", self.rfile.read(int(self.headers["content-length"])))

    def _answer(self, method: str, body: bytes) -> None:
        api, parts = self.server.api, urlsplit(self.path)
        path = parts.path.removeprefix("/youtube/v3/")
        if parts.path == "/token":
            return self._say(*self._token(dict(parse_qsl(body.decode()))))
        api.asked.append((method, path))
        if self.headers.get("authorization", "").removeprefix("Bearer ") not in api.tokens:
            return self._say(401, no("authError", "Invalid Credentials", 401))
        if api.faults.get(method):
            status, reason = api.faults[method].pop(0)
            return self._say(status, no(reason, f"No: {reason}", status))
        api.used += 50 if method == "POST" else 1
        if api.used > api.quota:
            return self._say(403, no("quotaExceeded", "The request cannot be completed because you have exceeded your quota."))
        status, said = api.get(path, dict(parse_qsl(parts.query))) if method == "GET" else api.insert(json.loads(body))
        if method in api.lose:
            api.lose.discard(method)
            self.close_connection = True
            return None  # the answer is lost after the work was done
        return self._say(status, said)

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        wanted = {**{k: KEYS[k] for k in ("client_id", "client_secret")}, "grant_type": "refresh_token"}
        if any(form.get(k) != v for k, v in wanted.items()):
            return 401, {"error": "invalid_client"}
        if form.get("refresh_token") != self.server.api.refresh:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        token = f"ya29.{len(self.server.api.tokens)}"
        self.server.api.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def _say(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def serve() -> tuple[YouTubeApi, _Server]:
    """The stand-in, listening on a port of this machine; ``shutdown`` ends it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = YouTubeApi()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.api, server
