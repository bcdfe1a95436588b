"""A stand-in for YouTube's Data API and Google's tokens, after their documentation: threads, answers, quota, and what is refused.

Access tokens end after an hour, the quota is counted, unknown parameters are refused, and answers can be lost. No channel could be had.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.channels.stand_in import Call, StandIn

OWN, KAROLINE, ANTON = "UC" + "n" * 22, "UC" + "k" * 22, "UC" + "a" * 22
KEYS = {"channel": OWN, "client_id": "klient", "client_secret": "hemmelig", "refresh_token": "1//fornyelse"}
NAMES = {OWN: "@nordlyscykler", KAROLINE: "@karolinevang", ANTON: "Anton"}
PARAMETERS = {
    "commentThreads": {"part", "allThreadsRelatedToChannelId", "order", "textFormat", "maxResults", "pageToken"},
    "comments": {"part", "parentId", "textFormat", "maxResults", "pageToken"},
    "channels": {"part", "mine"},
}
EMBEDDED, LONGEST = 5, 10_000


class YouTubeApi(StandIn):
    """One channel. ``used`` are the units of its quota."""

    prefix, tokens_at = "/youtube/v3/", "/token"

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[dict[str, Any]] = []
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.used, self.quota, self.number = 0, 10_000, 0
        self.refresh = KEYS["refresh_token"]

    def renew(self, form: Mapping[str, str]) -> tuple[int, Any]:
        wanted = {**{k: KEYS[k] for k in ("client_id", "client_secret")}, "grant_type": "refresh_token"}
        if any(form.get(k) != v for k, v in wanted.items()):
            return 401, {"error": "invalid_client"}
        if form.get("refresh_token") != self.refresh:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        token = f"ya29.{len(self.tokens)}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def refused(self, call: Call) -> tuple[int, Any] | None:
        return None if self.bearer(call) else (401, no("authError", "Invalid Credentials", 401))

    def broken(self, fault: tuple[int, str]) -> tuple[int, Any, Mapping[str, str]]:
        return fault[0], no(fault[1], f"No: {fault[1]}", fault[0]), {}

    def answer(self, call: Call) -> tuple[int, Any]:
        self.used += 1 if call.method == "GET" else 50
        if self.used > self.quota:
            return 403, no("quotaExceeded", "The request cannot be completed because you have exceeded your quota.")
        if call.method == "GET":
            return self.get(call.path, dict(call.query))
        return self.insert(call.body) if call.method == "POST" else self._change(call)

    def _change(self, call: Call) -> tuple[int, Any]:
        """A comment of our own is given other words, or deleted."""
        body = call.body or {}
        wanted = ({"part"}, {"id", "snippet"}) if call.method == "PUT" else ({"id"}, set())
        if call.path != "comments" or (set(call.query), set(body)) != wanted:
            return 400, no("invalidParameter", f"{call.path} {sorted(call.query)} {sorted(body)}", 400)
        ident = body["id"] if body else call.query["id"]
        every = [*self.threads, *(r for rows in self.replies.values() for r in rows)]
        row = next((c for c in every if c["id"] == ident), None)
        if row is None:
            return 404, no("commentNotFound", "The specified comment could not be found.", 404)
        if row["snippet"]["authorChannelId"]["value"] != OWN:
            return 403, no("forbidden", "The comment could not be changed because of insufficient permissions.")
        return self._edit(row, body["snippet"]) if body else self._delete(row)

    def _delete(self, row: dict[str, Any]) -> tuple[int, Any]:
        self.replies = {above: [r for r in rows if r is not row] for above, rows in self.replies.items()}
        return 204, None

    def _edit(self, row: dict[str, Any], snippet: dict[str, Any]) -> tuple[int, Any]:
        if set(snippet) != {"textOriginal"}:
            return 400, no("invalidCommentMetadata", "The metadata is invalid.", 400)
        if len(snippet["textOriginal"]) > LONGEST:
            return 400, no("commentTextTooLong", "The comment is too long.", 400)
        self.edit(row["id"], snippet["textOriginal"])
        return 200, row

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
