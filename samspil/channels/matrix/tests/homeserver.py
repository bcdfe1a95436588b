"""A homeserver that is played by the test."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from samspil.kit import Account, Handle, TryLater
from samspil.kit.web import Answer

BUTIK, KAROLINE, ROOM = "@butik:x.example", "@karoline:y.example", "!r:x.example"
CONFIG = {"server": "https://matrix.x.example", "user": BUTIK, "access_token": "hemmelig"}
ACCOUNT = Account(id="1", name="Butik", config=CONFIG, key=b"0" * 32, language="da")
TO = Handle(network="matrix", address=KAROLINE)
API = "/_matrix/client/v3"
Said = tuple[int, Any] | Callable[[dict[str, Any]], tuple[int, Any]]


class Homeserver:
    """Answers by method and path, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.syncs: list[dict[str, Any]] = []
        self.answers: dict[tuple[str, str], Said] = {
            ("GET", "/_matrix/client/versions"): (200, {"versions": ["v1.15"]}),
            ("GET", f"{API}/account/whoami"): (200, {"user_id": BUTIK}),
            ("GET", f"{API}/joined_rooms"): (200, {"joined_rooms": [ROOM]}),
            ("GET", f"{API}/rooms/{ROOM}/joined_members"): (200, {"joined": {BUTIK: {}, KAROLINE: {"display_name": "Karoline"}}}),
            ("GET", f"{API}/rooms/{ROOM}/state/m.room.member/{KAROLINE}"): (200, {"membership": "join"}),
            ("GET", f"{API}/rooms/{ROOM}/state/m.room.member/{BUTIK}"): (200, {"membership": "join"}),
            ("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1"): (200, {"event_id": "$svar"}),
            ("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1.0"): (200, {"event_id": "$fil"}),
        }

    def call(self, method: str, path: str, **given: Any) -> Answer:
        path = unquote(path)
        self.asked.append((method, path, given))
        if path == f"{API}/sync":
            if not self.syncs:
                raise TryLater("no more")
            return self.answer((200, {"next_batch": "s9", **self.syncs.pop(0)}))
        said = self.answers.get((method, path), (404, {"errcode": "M_NOT_FOUND", "error": "not found"}))
        return self.answer(said(given) if callable(said) else said)

    def answer(self, said: tuple[int, Any]) -> Answer:
        return Answer(status=said[0], headers={}, body=json.dumps(said[1]).encode())

    def given(self, method: str, path: str) -> list[dict[str, Any]]:
        return [given for m, p, given in self.asked if (m, p) == (method, path)]

    def written(self) -> dict[str, Any]:
        return dict(self.given("PUT", f"{API}/rooms/{ROOM}/send/m.room.message/r1")[0]["json"])


def said(ident: str, body: str = "Hej", **more: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message", "event_id": ident, "sender": KAROLINE, "origin_server_ts": 1772442900000,
        "content": {"msgtype": "m.text", "body": body}, **more,
    }  # fmt: skip
