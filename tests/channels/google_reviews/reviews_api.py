"""A stand-in for the Business Profile API's reviews and Google's tokens, after their documentation. No place of business could be had."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.channels.stand_in import Call, StandIn

PLACE = "accounts/1/locations/22"
KEYS = {"place": PLACE, "client_id": "klient", "client_secret": "hemmelig", "refresh_token": "1//fornyelse"}
STARS = ("", "ONE", "TWO", "THREE", "FOUR", "FIVE")


class ReviewsApi(StandIn):
    """One place. ``puts`` are the answers put, in order."""

    prefix, tokens_at = "/v4/", "/token"

    def __init__(self) -> None:
        super().__init__()
        self.reviews: dict[str, dict[str, Any]] = {}
        self.puts: list[tuple[str, str]] = []
        self.number = 0

    def renew(self, form: Mapping[str, str]) -> tuple[int, Any]:
        if form.get("refresh_token") != KEYS["refresh_token"]:
            return 400, {"error": "invalid_grant"}
        token = f"ya29.{len(self.tokens)}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3599}

    def refused(self, call: Call) -> tuple[int, Any] | None:
        return None if self.bearer(call) else (401, no("Request had invalid authentication credentials."))

    def broken(self, fault: tuple[int, dict[str, str]]) -> tuple[int, Any, Mapping[str, str]]:
        return fault[0], no(f"No: {fault[0]}"), fault[1]

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

    def answer(self, call: Call) -> tuple[int, Any]:
        method, path, query, body = call.method, call.path, call.query, call.body
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
        if method == "GET" and not path.endswith("/reply"):
            return 200, self.reviews[ident]
        return self._reply(method, ident, body) if path.endswith("/reply") else (400, no("Request contains an invalid argument."))

    def _reply(self, method: str, ident: str, body: Any) -> tuple[int, Any]:
        """There is one answer to a review: put, put anew, or deleted."""
        if method == "PUT" and set(body) == {"comment"} and body["comment"] and len(body["comment"].encode()) <= 4096:
            self.puts.append((ident, body["comment"]))
            return 200, self.reply(ident, body["comment"])
        if method == "DELETE" and body is None:
            gone = self.reviews[ident].pop("reviewReply", None)
            return (200, {}) if gone else (404, no("Requested entity was not found."))
        return 400, no("Request contains an invalid argument.")


def no(words: str) -> dict[str, Any]:
    return {"error": {"message": words}}
