"""A stand-in for X's API, after its published description: what it answers and refuses, and what it takes money for.

It checks the signature of every request, knows what it has charged (each thing read once a day), refuses the same text twice, and can lose
answers, break down and ask for patience. The real network costs money and could not be had.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha1
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from tests.channels.stand_in import Call, StandIn

OWN, KAROLINE = "2244994945", "6253282"
KEYS = {
    "consumer_key": "forbruger",
    "consumer_secret": "hemmelig&1",
    "access_token": f"{OWN}-adgang",
    "access_token_secret": "hemmelig 2",
}
USERS = {
    OWN: {"id": OWN, "name": "Nordlys Cykler", "username": "nordlyscykler"},
    KAROLINE: {"id": KAROLINE, "name": "Karoline Vang", "username": "karolinevang"},
}
QUERIES = {
    "/2/users/{id}/mentions": {
        "max_results", "since_id", "until_id", "post.fields", "expansions", "user.fields", "media.fields", "pagination_token",
    },
    "/2/users/{id}/tweets": {"max_results", "since_id", "until_id", "post.fields", "expansions", "user.fields", "media.fields"},
    "/2/dm_events": {
        "max_results", "pagination_token", "dm_event.fields", "event_types", "expansions", "user.fields", "media.fields",
    },
    "/2/users/me": set(),
}  # fmt: skip
COST = {"post": 5, "own": 1, "user": 10, "message": 10, "write": 15, "link": 200, "like": 15, "unlike": 10}


class XApi(StandIn):
    """One account on X. ``charged`` is the bill in thousandths of a dollar; ``faults`` are answers given in place of the next ones."""

    prefix = ""

    def __init__(self) -> None:
        super().__init__()
        self.posts: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.number = 1000
        self.charged = 0
        self.paid: set[tuple[str, str]] = set()
        self.nonces: set[str] = set()
        self.liked: set[str] = set()
        self.enterprise = True
        self.queries: list[Mapping[str, str]] = []

    def refused(self, call: Call) -> tuple[int, Any] | None:
        good = self.signed(call.method, call.url, call.headers.get("authorization", ""))
        return None if good else (401, {"title": "Unauthorized", "status": 401})

    def broken(self, fault: tuple[int, dict[str, str], dict[str, Any]]) -> tuple[int, Any, Mapping[str, str]]:
        return fault[0], fault[2], fault[1]

    def answer(self, call: Call) -> tuple[int, dict[str, Any]]:
        self.queries.append(call.query)
        if call.method == "DELETE" or call.path.endswith("/likes"):
            return self.change(call.method, call.path, call.body)
        return self.get(call.path, dict(call.query)) if call.method == "GET" else self.create(call.path, call.body)

    def change(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        """A post of ours is deleted, or a post is liked and not any more: these only for who has a contract with X."""
        deleted = re.fullmatch(r"/2/tweets/(\d+)", path)
        if deleted:
            row = next((p for p in self.posts if p["id"] == deleted[1]), None)
            if row and row["author_id"] != OWN:
                return 403, {"detail": "You are not allowed to delete this Post.", "title": "Forbidden", "status": 403}
            self.posts = [p for p in self.posts if p is not row]
            return 200, {"data": {"deleted": row is not None}}
        if self.enterprise:
            return self._like(method, path, body)
        return 403, {"detail": "Your access does not include this endpoint.", "title": "Forbidden", "status": 403}

    def _like(self, method: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        likes = f"/2/users/{OWN}/likes"
        if method == "POST" and path == likes and set(body) == {"tweet_id"}:
            if not any(p["id"] == body["tweet_id"] for p in self.posts):
                return 404, {"detail": "Could not find the Post.", "title": "Not Found", "status": 404}
            self.charged += COST["like"]
            self.liked.add(body["tweet_id"])
            return 200, {"data": {"liked": True}}
        if method == "DELETE" and path.startswith(f"{likes}/"):
            self.charged += COST["unlike"]
            self.liked.discard(path.rpartition("/")[2])
            return 200, {"data": {"liked": False}}
        return 400, {"title": "Invalid Request", "status": 400}

    def post(self, text: str, *, by: str = KAROLINE, below: str = "", urls: int = 0) -> str:
        """Somebody posts."""
        self.number += 1
        ident = str(self.number)
        made: dict[str, Any] = {
            "id": ident, "author_id": by, "text": text, "created_at": "2026-11-20T09:15:00.000Z", "lang": "da",
            "conversation_id": below or ident, "edit_history_post_ids": [ident],
        }  # fmt: skip
        if below:
            answered = next(p for p in self.posts if p["id"] == below)
            made["referenced_posts"] = [{"type": "replied_to", "id": below}]
            made["in_reply_to_user_id"] = answered["author_id"]
        if urls:
            made["entities"] = {"urls": [{"start": 0, "end": 23, "url": "https://t.co/x", "expanded_url": "https://a.example"}]}
        self.posts.append(made)
        return ident

    def write(self, text: str, *, by: str = KAROLINE) -> str:
        """Somebody writes a direct message."""
        self.number += 1
        ident = str(self.number)
        self.messages.append({
            "id": ident, "event_type": "MessageCreate", "text": text, "sender_id": by,
            "dm_conversation_id": f"{KAROLINE}-{OWN}", "created_at": "2026-11-20T09:20:00.000Z",
        })  # fmt: skip
        return ident

    def charge(self, kind: str, idents: list[str]) -> None:
        new = {(kind, one) for one in idents} - self.paid
        self.paid |= new
        self.charged += COST[kind] * len(new)

    def get(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        general = re.sub(r"/2/users/\d+/", "/2/users/{id}/", path)
        if general not in QUERIES or not set(query) <= QUERIES[general]:
            return 400, {"errors": [{"message": f"{sorted(query)} for {path}"}], "title": "Invalid Request"}
        if path == "/2/users/me":
            self.charge("user", [OWN])
            return 200, {"data": USERS[OWN]}
        if path == "/2/dm_events":
            return self._messages(query)
        mine = path.endswith("/tweets")
        found = [p for p in reversed(self.posts) if (p["author_id"] == OWN) == mine]
        found = [p for p in found if int(query.get("since_id", "0")) < int(p["id"]) < int(query.get("until_id", "9" * 19))]
        page, size = found[: int(query["max_results"])], int(query["max_results"])
        if not 5 <= size <= 100:
            return 400, {"title": "Invalid Request"}
        self.charge("own" if mine else "post", [p["id"] for p in page])
        if "user.fields" in query:
            self.charge("user", [p["author_id"] for p in page])
        said: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            said |= {"data": page, "includes": {"users": [USERS[u] for u in sorted({p["author_id"] for p in page})]}}
        if len(found) > size:
            said["meta"]["next_token"] = "b26v89c19zqg8o3f"
        return 200, said

    def _messages(self, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        token = query.get("pagination_token", "")
        start, size = int(token.removeprefix("AAAAAAAAAAAAAAAA") or 0), int(query["max_results"])
        every = list(reversed(self.messages))
        page = every[start : start + size]
        self.charge("message", [m["id"] for m in page])
        self.charge("user", [m["sender_id"] for m in page])
        said: dict[str, Any] = {"meta": {"result_count": len(page)}}
        if page:
            said |= {"data": page, "includes": {"users": [USERS[u] for u in sorted({m["sender_id"] for m in page})]}}
        if len(every) > start + size:
            said["meta"]["next_token"] = f"AAAAAAAAAAAAAAAA{start + size}"
        return 200, said

    def create(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        text = body["text"]
        if path == "/2/tweets" and set(body) <= {"text", "reply"}:
            if any(p["author_id"] == OWN and p["text"].endswith(text) for p in self.posts):
                words = "You are not allowed to create a Tweet with duplicate content."
                return 403, {"detail": words, "type": "about:blank", "title": "Forbidden", "status": 403}
            below = body["reply"]["in_reply_to_tweet_id"]
            if not any(p["id"] == below for p in self.posts):
                return 400, {"detail": "The Post you answer is not there.", "title": "Invalid Request", "status": 400}
            self.charged += COST["link" if "://" in text else "write"]
            number = self.post(f"@karolinevang {text}", by=OWN, below=below, urls=int("://" in text))
            return 201, {"data": {"id": number, "text": text, "edit_history_post_ids": [number]}}
        if path == f"/2/dm_conversations/with/{KAROLINE}/messages" and set(body) == {"text"}:
            self.charged += COST["write"]
            return 201, {"data": {"dm_event_id": self.write(text, by=OWN), "dm_conversation_id": f"{KAROLINE}-{OWN}"}}
        return 400, {"detail": "User not found", "title": "Invalid Request", "status": 400}

    def signed(self, method: str, url: str, header: str) -> bool:
        """Whether the signature is right, put together here anew, and the request is not one that was made before."""
        given = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', header.removeprefix("OAuth "))}
        signature, nonce = given.pop("oauth_signature", ""), given.get("oauth_nonce", "")
        if nonce in self.nonces or given.get("oauth_token") != KEYS["access_token"]:
            return False
        self.nonces.add(nonce)
        parts = urlsplit(url)
        pairs = sorted((quote(k, safe="~"), quote(v, safe="~")) for k, v in [*given.items(), *parse_qsl(parts.query)])
        text = quote("&".join("=".join(pair) for pair in pairs), safe="~")
        base = f"{method}&{quote(f'{parts.scheme}://{parts.netloc}{parts.path}', safe='~')}&{text}"
        key = f"{quote(KEYS['consumer_secret'], safe='~')}&{quote(KEYS['access_token_secret'], safe='~')}"
        return hmac.compare_digest(signature, b64encode(hmac.new(key.encode(), base.encode(), sha1).digest()).decode())
