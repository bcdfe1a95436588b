"""A stand-in for LinkedIn's REST API and its tokens, after their documentation: posts, comments and answers below them, people's names.

It insists on the version and the protocol, refuses what is not documented, and can lose answers. No approved app could be had.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

OWN, KAROLINE, ANTON = "urn:li:organization:2414183", "urn:li:person:yrZCpj2Z12", "urn:li:person:aNt0n"
POST, ACTIVITY = "urn:li:share:6635885000000000000", "urn:li:activity:6635886000000000000"
KEYS = {"organization": "2414183", "client_id": "klient", "client_secret": "hemmelig", "refresh_token": "AQfornyelse"}
NAMES = {"yrZCpj2Z12": ("Karoline", "Vang")}


class LinkedInApi:
    """One page with one post. ``comments`` are by what they stand below."""

    def __init__(self) -> None:
        self.comments: dict[str, list[dict[str, Any]]] = {POST: []}
        self.tokens: set[str] = set()
        self.number = 0
        self.names = True
        self.faults: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.lose: set[str] = set()
        self.asked: list[tuple[str, str]] = []

    def comment(self, text: str, *, by: str = KAROLINE, below: str = POST) -> str:
        """Somebody comments on the post, or answers a comment."""
        self.number += 1
        at = 1795166100000 + self.number * 1000
        urn = f"urn:li:comment:({ACTIVITY},{6636062862760560000 + self.number})"
        made = {
            "actor": by, "commentUrn": urn, "id": str(6636062862760560000 + self.number), "object": ACTIVITY, "message": {"text": text},
            "created": {"actor": by, "time": at}, "lastModified": {"actor": by, "time": at},
            **({"parentComment": below} if below != POST else {}),
        }  # fmt: skip
        self.comments.setdefault(below, []).append(made)
        return urn

    def edit(self, urn: str, text: str) -> None:
        """The author changes a comment."""
        self.number += 1
        row = next(r for rows in self.comments.values() for r in rows if r["commentUrn"] == urn)
        row["message"], row["lastModified"] = {"text": text}, {"actor": row["actor"], "time": 1795166100000 + self.number * 1000}

    def get(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        if path == "posts" and set(query) == {"q", "author", "count", "sortBy"} and query["author"] == OWN:
            return 200, {"elements": [{"id": POST, "author": OWN}], "paging": {"start": 0, "count": 1}}
        if path.startswith("people/(id:"):
            found = NAMES.get(path.removeprefix("people/(id:").removesuffix(")"))
            if not self.names:
                return 403, {"message": "Not enough permissions to access: people.GET", "status": 403}
            return (
                (200, {"localizedFirstName": found[0], "localizedLastName": found[1]})
                if found
                else (404, {"message": "Not found"})
            )
        above = unquote(path.removeprefix("socialActions/").removesuffix("/comments"))
        if not path.endswith("/comments") or set(query) != {"start", "count"} or above == path:
            return 400, {"message": f"Invalid param {sorted(query)}", "status": 400}
        every = [self._counted(row) for row in self.comments.get(above, [])]
        start, size = int(query["start"]), int(query["count"])
        return 200, {"elements": every[start : start + size], "paging": {"start": start, "count": size, "total": len(every)}}

    def _counted(self, row: dict[str, Any]) -> dict[str, Any]:
        below = len(self.comments.get(row["commentUrn"], []))
        return {**row, "commentsSummary": {"aggregatedTotalComments": below, "totalFirstLevelComments": below}} if below else row

    def create(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        above = unquote(path.removeprefix("socialActions/").removesuffix("/comments"))
        if set(body) != {"actor", "object", "message", "parentComment"} or body["parentComment"] != above or body["actor"] != OWN:
            return 400, {"message": "ERROR :: /parentComment :: invalid", "status": 400}
        if not any(row["commentUrn"] == above for row in self.comments[POST]):
            return 404, {"message": f"{above} was not found", "status": 404}
        if any(row["message"] == body["message"] and row["actor"] == OWN for rows in self.comments.values() for row in rows):
            return 409, {"message": "Content is a duplicate", "status": 409}
        return 201, {"made": self.comment(body["message"]["text"], by=OWN, below=above)}


class _Server(ThreadingHTTPServer):
    api: LinkedInApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_POST(self) -> None:
        self._answer("POST", self.rfile.read(int(self.headers["content-length"])))

    def _answer(self, method: str, body: bytes) -> None:
        api, parts = self.server.api, urlsplit(self.path)
        path = parts.path.removeprefix("/rest/")
        if parts.path == "/oauth/v2/accessToken":
            return self._say(*self._token(dict(parse_qsl(body.decode()))))
        api.asked.append((method, path))
        if self.headers.get("authorization", "").removeprefix("Bearer ") not in api.tokens:
            return self._say(401, {"message": "The token used in the request has been revoked by the user", "status": 401})
        if self.headers["linkedin-version"] != "202601" or self.headers["x-restli-protocol-version"] != "2.0.0":
            return self._say(426, {"message": "Requested version is not active", "code": "NONEXISTENT_VERSION", "status": 426})
        if api.faults.get(method):
            status, headers = api.faults[method].pop(0)
            return self._say(status, {"message": f"No: {status}", "status": status}, headers)
        status, said = api.get(path, dict(parse_qsl(parts.query))) if method == "GET" else api.create(path, json.loads(body))
        if method in api.lose:
            api.lose.discard(method)
            self.close_connection = True
            return None  # the answer is lost after the work was done
        made = said.pop("made", "")
        return self._say(status, said, {"x-restli-id": made.rpartition(",")[2].rstrip(")")} if made else {})

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        if form != {**{k: KEYS[k] for k in ("client_id", "client_secret", "refresh_token")}, "grant_type": "refresh_token"}:
            return 400, {"error": "invalid_grant", "error_description": "The provided refresh token is invalid"}
        token = f"AQX{len(self.server.api.tokens)}"
        self.server.api.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 5183999, "refresh_token": KEYS["refresh_token"]}

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


def serve() -> tuple[LinkedInApi, _Server]:
    """The stand-in, listening on a port of this machine; ``shutdown`` ends it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = LinkedInApi()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.api, server
