"""A stand-in for a Mattermost server that speaks the documented contract: the REST API (version 4) and the WebSocket beside it, at one port.

Built after api.mattermost.com; nothing of it was tried on a real server.
"""

import json
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.channels.stand_in import Call, StandIn, listening

TOKEN = "t0kent0kent0kent0kent0ken1"
BOT = "botbotbotbotbotbotbotbotbo"
TYPES = {"D": "direct", "O": "open"}


def ident(letters: str) -> str:
    """An id of Mattermost's form that begins with these letters."""
    return (letters.lower() + "x" * 26)[:26]


class Server(StandIn):
    """``people`` and ``posts`` by id, ``channels`` with who is in them. ``tell`` hands an event to whoever listens."""

    prefix = "/api/v4/"

    def __init__(self) -> None:
        super().__init__()
        self.tokens = {TOKEN}
        self.people: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.posts: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, str] = {}
        self.files_of: dict[str, tuple[dict[str, Any], bytes, Mapping[str, str]]] = {}
        self.limited: list[str] = []
        self.links: list[ServerConnection] = []
        self.challenges: list[Any] = []
        self.clock = 1_795_000_000_000
        self.seq = 0
        self.verifies = True
        self.lock = threading.Lock()
        self.person(BOT, "samspil@brand.test", is_bot=True)

    def person(self, who: str, mail: str, **more: Any) -> str:
        """Somebody of the server; ``more`` as in Mattermost's user object."""
        self.people[who] = {
            "id": who, "username": mail.partition("@")[0], "email": mail, "roles": "system_user", "delete_at": 0, "is_bot": False,
        } | more  # fmt: skip
        return who

    def refused(self, call: Call) -> tuple[int, Any] | None:
        return None if self.bearer(call) else (401, {"id": "api.context.session_expired.app_error", "message": "Invalid session"})

    def broken(self, fault: Any) -> tuple[int, Any, Mapping[str, str]]:
        return fault, {"message": "broken"}, {}

    def answer(self, call: Call) -> tuple[Any, ...]:
        if f"{call.method} {call.path}" in self.limited:
            self.limited.remove(f"{call.method} {call.path}")
            return (
                429,
                {"message": "limit exceeded"},
                {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7"},
            )
        parts = call.path.split("/")
        if parts[0] == "files":
            info, content, headers = self.files_of.get(parts[1], ({}, b"", {}))
            return _one(info) if parts[2:] == ["info"] else (302 if "location" in headers else 200, content, headers)
        if call.method == "GET" and (parts[0] == "teams" or (parts[0] == "channels" and parts[2:3] != ["posts"])):
            return self._channel(parts)
        if call.method == "PUT":
            self.posts[parts[1]]["message"] = call.body["message"]
            return _one(self.posts[parts[1]])
        found = self._written(call, parts) if call.method == "POST" else self._read(call, parts)
        return found or (404, {"message": "no such page"})

    def _read(self, call: Call, parts: list[str]) -> tuple[Any, ...] | None:
        if parts[0] == "users" and len(parts) == 2:
            return _one(self.people.get(BOT if parts[1] == "me" else parts[1]))
        if parts[:2] == ["users", "email"]:
            return _one(next((p for p in self.people.values() if p["email"] == parts[2]), None))
        if parts[0] == "users" and parts[2] == "channels":
            return 200, [c for c in self.channels.values() if parts[1] in c["members"]]
        if parts[0] == "channels" and parts[2] == "posts":
            since = int(call.query["since"])
            found = {k: p for k, p in self.posts.items() if p["channel_id"] == parts[1] and p["update_at"] > since}
            return 200, {"order": list(found), "posts": found}
        if parts == ["config", "client"]:
            return 200, {"RequireEmailVerification": "true" if self.verifies else "false"}
        return _one(self.posts.get(parts[1])) if parts[0] == "posts" else None

    def _channel(self, parts: list[str]) -> tuple[Any, ...]:
        name = parts[-1] if parts[0] == "teams" else parts[1]
        one = next((c for c in self.channels.values() if name in (c["id"], c["name"])), None)
        if one is None or parts[2:3] != ["members"]:
            return _one(one)
        return _one({"user_id": parts[3]} if parts[3] in one["members"] else None)

    def _written(self, call: Call, parts: list[str]) -> tuple[Any, ...] | None:
        if parts == ["channels", "direct"]:
            first, second = call.body
            return (201, self.direct(first, second)) if second in self.people else _one(None)
        return self._posted(call.body) if parts == ["posts"] else None

    def _posted(self, said: Mapping[str, Any]) -> tuple[Any, ...]:
        if said["channel_id"] not in self.channels or len(said["message"]) > 16383:
            return 400, {"message": "invalid post"}
        if said.get("root_id") and said["root_id"] not in self.posts:
            return 400, {"message": "invalid root"}
        name = said.get("pending_post_id", "")
        if name not in self.pending:
            made = self.write(
                BOT, said["channel_id"], said["message"], root=said.get("root_id", ""), tell=False, props=said.get("props", {})
            )
            self.pending[name] = made["id"]
        return 201, self.posts[self.pending[name]]

    def direct(self, first: str, second: str) -> dict[str, Any]:
        """The conversation of two."""
        name = "__".join(sorted((first, second)))
        for one in self.channels.values():
            if one["name"] == name:
                return one
        return self.channel(ident("d" + second[:10]), "D", name, {first, second})

    def channel(self, who: str, kind: str, name: str, members: set[str]) -> dict[str, Any]:
        """A channel with who is in it."""
        self.channels[who] = {"id": who, "type": kind, "name": name, "members": sorted(members), "last_post_at": 0}
        return self.channels[who]

    def write(self, user: str, channel: str, message: str, *, root: str = "", tell: bool = True, **more: Any) -> dict[str, Any]:
        """Somebody writes a post, and whoever listens is told."""
        self.clock += 1000
        post = {
            "id": "".join(secrets.choice("abcdefghijkmnopqrstuwxyz13456789") for _ in range(26)), "create_at": self.clock, "update_at": self.clock,
            "edit_at": 0, "delete_at": 0, "user_id": user, "channel_id": channel, "root_id": root, "message": message, "type": "", "props": {},
            "metadata": {},
        } | more  # fmt: skip
        self.posts[post["id"]] = post
        self.channels[channel]["last_post_at"] = self.clock
        if tell:
            self.tell("posted", post=json.dumps(post), channel_type=self.channels[channel]["type"], sender_name="@x")
        return post

    def edit(self, post: dict[str, Any], message: str) -> None:
        """Its author gives a post new words."""
        self.clock += 1000
        post |= {"message": message, "edit_at": self.clock, "update_at": self.clock}
        self.tell("post_edited", post=json.dumps(post))

    def take_back(self, post: dict[str, Any]) -> None:
        """Its author takes a post back."""
        self.clock += 1000
        post |= {"delete_at": self.clock, "update_at": self.clock}
        self.tell("post_deleted", post=json.dumps(post), delete_by=post["user_id"])

    def keep(
        self, who: str, name: str, kind: str, content: bytes, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> dict:
        """A file that somebody sends along; what the post's metadata say of it. ``more`` as in the file's info."""
        info = {"id": who, "name": name, "mime_type": kind, "size": len(content), "delete_at": 0} | more
        self.files_of[who] = (info, content, {"content-type": kind} | dict(headers or {}))
        return info

    def react(self, user: str, post: str, name: str) -> None:
        """Somebody gives a post a sign."""
        self.clock += 1000
        given = {"user_id": user, "post_id": post, "emoji_name": name, "create_at": self.clock}
        self.tell("reaction_added", reaction=json.dumps(given))

    def tell(self, event: str, **data: Any) -> None:
        """An event to whoever listens."""
        with self.lock:
            self.seq += 1
            for link in self.links:
                with suppress(ConnectionClosed):
                    link.send(json.dumps({"event": event, "data": data, "broadcast": {}, "seq": self.seq}))

    def linked(self, connection: ServerConnection) -> None:
        """One stream: a challenge first, then events."""
        asked = json.loads(connection.recv(timeout=5))
        self.challenges.append(asked)
        if asked.get("action") != "authentication_challenge" or asked["data"]["token"] not in self.tokens:
            connection.send(json.dumps({"status": "FAIL", "seq_reply": asked["seq"], "error": {"message": "bad token"}}))
            return
        connection.send(json.dumps({"event": "hello", "data": {"server_version": "10.0.0"}, "broadcast": {}, "seq": 0}))
        connection.send(json.dumps({"status": "OK", "seq_reply": asked["seq"]}))
        with self.lock:
            self.links.append(connection)
        with suppress(ConnectionClosed):
            for _ in connection:
                pass
        with self.lock:
            self.links.remove(connection)


def _one(found: Any) -> tuple[int, Any]:
    return (200, found) if found else (404, {"message": "there is none"})


class Door:
    """One port for both, as a server has: what asks for a WebSocket goes to it, everything else to the API."""

    def __init__(self, api: tuple[str, int], stream: tuple[str, int]) -> None:
        self._api, self._stream = api, stream
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(inner,), daemon=True).start()

    def _one(self, inner: socket.socket) -> None:
        first = inner.recv(65536)
        if not first:
            inner.close()
            return
        outer = socket.create_connection(self._stream if b"/websocket" in first.split(b"\r\n")[0] else self._api)
        outer.sendall(first)
        for one, other in ((inner, outer), (outer, inner)):
            threading.Thread(target=self._pipe, args=(one, other), daemon=True).start()

    def _pipe(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65536):
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """No further connection."""
        self._listener.close()


@contextmanager
def server() -> Iterator[Server]:
    """The stand-in at a port of this machine."""
    with listening(Server()) as mattermost, serve(mattermost.linked, "127.0.0.1", 0) as stream:
        threading.Thread(target=stream.serve_forever, daemon=True).start()
        host, port = mattermost.address.removeprefix("http://").split(":")
        door = Door((host, int(port)), stream.socket.getsockname()[:2])
        mattermost.address = f"http://127.0.0.1:{door.port}"
        yield mattermost
        door.close()


def config_of(mattermost: Server, **more: Any) -> dict[str, Any]:
    """The settings of an account at the stand-in."""
    return {"server": mattermost.address, "token": TOKEN, "inside": True, "buttons": ""} | more
