"""A stand-in for the Business Profile API's reviews and Google's tokens, after their documentation. No place of business could be had."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PLACE = "accounts/1/locations/22"
KEYS = {"place": PLACE, "client_id": "klient", "client_secret": "hemmelig", "refresh_token": "1//fornyelse"}
STARS = ("", "ONE", "TWO", "THREE", "FOUR", "FIVE")


class ReviewsApi:
    """One place. ``puts`` are the answers put, in order."""

    def __init__(self) -> None:
        self.reviews: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()
        self.puts: list[tuple[str, str]] = []
        self.number = 0
        self.faults: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.lose: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def now(self) -> str:
        self.number += 1
        return (datetime(2026, 11, 20, 9, tzinfo=UTC) + timedelta(seconds=self.number)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")

    def review(self, text: str, stars: int = 5, *, by: str = "Karoline Vang") -> str:
        """Somebody reviews."""
        at = self.now()
        ident = f"AbFvOq{self.number:05}"
        self.reviews[ident] = {
            "name": f"{PLACE}/reviews/{ident}", "reviewId": ident, "starRating": STARS[stars], "comment": text,
            "reviewer": {"displayName": by}, "createTime": at, "updateTime": at,
        }  # fmt: skip
        return ident

    def change(self, ident: str, text: str, stars: int) -> None:
        """The reviewer changes it."""
        self.reviews[ident] |= {"comment": text, "starRating": STARS[stars], "updateTime": self.now()}

    def reply(self, ident: str, text: str, state: str = "APPROVED") -> dict[str, Any]:
        """Our answer, from anywhere."""
        made = {"comment": text, "updateTime": self.now(), "reviewReplyState": state}
        self.reviews[ident]["reviewReply"] = made
        return made

    def call(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if method == "GET" and path == f"{PLACE}/reviews":
            if not set(query) <= {"pageSize", "pageToken", "orderBy"} or not 1 <= int(query["pageSize"]) <= 50:
                return 400, no("Request contains an invalid argument.")
            every = sorted(self.reviews.values(), key=lambda r: r["updateTime"], reverse=True)
            start, size = int(query.get("pageToken", "0")), int(query["pageSize"])
            more = {"nextPageToken": str(start + size)} if len(every) > start + size else {}
            page = {"reviews": every[start : start + size]} if every[start : start + size] else {}
            return 200, {**page, "averageRating": 4.5, "totalReviewCount": len(every), **more}
        ident = path.removeprefix(f"{PLACE}/reviews/").removesuffix("/reply")
        if ident not in self.reviews:
            return 404, no("Requested entity was not found.")
        if method == "GET":
            return 200, self.reviews[ident]
        if method == "PUT" and path.endswith("/reply") and set(body) == {"comment"} and len(body["comment"].encode()) <= 4096:
            self.puts.append((ident, body["comment"]))
            return 200, self.reply(ident, body["comment"])
        return 400, no("Request contains an invalid argument.")


def no(words: str) -> dict[str, Any]:
    return {"error": {"message": words}}


class _Server(ThreadingHTTPServer):
    api: ReviewsApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer("GET")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        if form.get("refresh_token") != KEYS["refresh_token"]:
            return self._say(400, {"error": "invalid_grant"})
        token = f"ya29.{len(self.server.api.tokens)}"
        self.server.api.tokens.add(token)
        return self._say(200, {"access_token": token, "expires_in": 3599})

    def _answer(self, method: str) -> None:
        api, parts = self.server.api, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = parts.path.removeprefix("/v4/")
        api.asked.append((method, path))
        if self.headers.get("authorization", "").removeprefix("Bearer ") not in api.tokens:
            return self._say(401, no("Request had invalid authentication credentials."))
        if api.faults.get(method):
            status, headers = api.faults[method].pop(0)
            return self._say(status, no(f"No: {status}"), headers)
        status, said = api.call(method, path, dict(parse_qsl(parts.query)), json.loads(body or b"null"))
        if method in api.lose:
            api.lose.discard(method)
            self.close_connection = True
            return None  # the answer is lost after the work was done
        return self._say(status, said)

    def _say(self, status: int, said: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def serve() -> tuple[ReviewsApi, _Server]:
    """The stand-in, listening on a port of this machine; ``shutdown`` ends it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = ReviewsApi()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.api, server
