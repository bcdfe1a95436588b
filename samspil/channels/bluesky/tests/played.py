"""A server that is played, and an account on it."""

import json
from dataclasses import replace
from typing import Any

from samspil.kit import Account, Handle, TryLater
from samspil.kit.web import Answer, Web

DID, THEIRS = "did:plc:butiknordlysaaaaaaaaaaaa", "did:plc:karolineaaaaaaaaaaaaaaaa"
ACCOUNT = Account(
    id="1",
    name="Butik",
    config={"identifier": "butik.example.com", "app_password": "hemmelig", "direct_messages": False},
    key=b"0" * 32,
)
WITH_DIRECT = replace(ACCOUNT, config=ACCOUNT.config | {"direct_messages": True})
TO = Handle(network="bluesky", address=THEIRS)
ASKED = f"at://{THEIRS}/app.bsky.feed.post/3lzasked"
ROOT = {"uri": f"at://{THEIRS}/app.bsky.feed.post/3lzroot", "cid": "bafyroot"}
REPLY = "019354e0-7b00-7abc-8def-0123456789ab"
JPEG = b"\xff\xd8\xff"


class Server:
    """Answers as the protocol's documents say, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokens = ["a0"]
        self.records: dict[str, dict[str, Any]] = {}
        self.notes: list[dict[str, Any]] = []
        self.answers: dict[str, tuple[int, Any]] = {
            "com.atproto.server.describeServer": (200, {"did": "did:web:bsky.social"}),
            "com.atproto.server.getSession": (200, {"did": DID, "handle": "butik.example.com"}),
            "app.bsky.feed.getPosts": (200, {"posts": [{"uri": ASKED, "cid": "bafyasked", "record": {"text": "?"}}]}),
            "com.atproto.repo.uploadBlob": (200, {"blob": {"$type": "blob", "ref": {"$link": "bafkrei"}, "size": 3}}),
            "com.atproto.identity.resolveHandle": (200, {"did": THEIRS}),
            "chat.bsky.convo.getConvoForMembers": (200, {"convo": {"id": "3lzconvo"}}),
            "chat.bsky.convo.sendMessage": (200, {"id": "3lzdm"}),
            "chat.bsky.convo.listConvos": (200, {"convos": []}),
            "chat.bsky.convo.getLog": (200, {"logs": [], "cursor": "r1"}),
        }

    def call(self, web: Web, method: str, path: str, **given: Any) -> Answer:
        name = path.removeprefix("/xrpc/")
        given = {key: value for key, value in given.items() if value is not None}
        self.asked.append((name, given | {"headers": {**web.headers, **given.get("headers", {})}, "base": web.base}))
        status, body = self.answer(name, web.headers.get("authorization", ""), given)
        answer = Answer(status=status, headers={"ratelimit-reset": "7"}, body=json.dumps(body).encode())
        if status == 429 and not given.get("every"):
            raise TryLater("patience", after=7)
        return answer

    def answer(self, name: str, token: str, given: dict[str, Any]) -> tuple[int, Any]:
        made = {"com.atproto.server.createSession", "com.atproto.server.refreshSession"}
        if name in made:
            return self.answers.get(name) or self.session(name, token)
        if name != "com.atproto.server.describeServer" and token != f"Bearer {self.tokens[-1]}":
            return 400, {"error": "ExpiredToken", "message": "Token has expired"}
        own = {
            "app.bsky.notification.listNotifications": lambda: self.page(given["query"]),
            "com.atproto.repo.putRecord": lambda: self.put(given["json"]),
            "com.atproto.repo.deleteRecord": lambda: self.delete(given["json"]["rkey"]),
            "com.atproto.repo.getRecord": lambda: self.get(given["query"]["rkey"]),
        }
        return self.answers.get(name) or (own[name]() if name in own else (501, {"error": "MethodNotImplemented"}))

    def session(self, name: str, token: str) -> tuple[int, Any]:
        number = len(self.tokens)
        assert name.endswith("createSession") or token == f"Bearer r{number - 1}"
        self.tokens.append(f"a{number}")
        return 200, {"accessJwt": f"a{number}", "refreshJwt": f"r{number}", "did": DID, "handle": "butik.example.com"}

    def get(self, key: str) -> tuple[int, Any]:
        if key not in self.records:
            return 400, {"error": "RecordNotFound", "message": "Could not locate record"}
        return 200, {"uri": f"at://{DID}/app.bsky.feed.post/{key}", "cid": f"bafy{key}", "value": self.records[key]}

    def put(self, body: dict[str, Any]) -> tuple[int, Any]:
        key = body["rkey"]
        if body["swapRecord"] is None and key in self.records:
            return 400, {"error": "InvalidSwap", "message": "Record was at bafy"}
        self.records[key] = body["record"]
        return 200, {"uri": f"at://{DID}/app.bsky.feed.post/{key}", "cid": f"bafy{key}"}

    def delete(self, key: str) -> tuple[int, Any]:
        self.records.pop(key, None)
        return 200, {}

    def page(self, query: dict[str, Any]) -> tuple[int, Any]:
        start = int(query.get("cursor", 0))
        found = self.notes[::-1][start : start + query["limit"]]
        return 200, {"notifications": found} | ({"cursor": str(start + len(found))} if found else {})

    def names(self) -> list[str]:
        return [name.rpartition(".")[2] for name, _ in self.asked]

    def given(self, name: str) -> dict[str, Any]:
        return next(given for asked, given in self.asked if asked.endswith(name))
