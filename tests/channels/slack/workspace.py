"""A stand-in for Slack that speaks the documented contract: the Web API over HTTP, calls signed as Slack signs them, and Socket Mode.

Built after docs.slack.dev; nothing of it was tried on the live service.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from samspil.channels.slack.hear import signed
from samspil.kit import Request
from tests.channels.stand_in import Call, StandIn, listening

TEAM, OTHER_TEAM, BOT, APP = "T0NORDLYS", "T0FREMMED", "U0BOTTEN", "A0SAMSPIL"
SECRET, TOKEN, APP_TOKEN = (
    "8f742231b10e8888abcd99yyyzzz85a5".translate(str.maketrans("yz", "01")),
    "xoxb-1-2-abcdef",
    "xapp-1-A0-abc",
)
READS = {"users.info", "users.lookupByEmail", "auth.test", "files.info", "conversations.replies", "conversations.history"}
SCOPES = "chat:write,im:write,im:history,users:read,users:read.email,reactions:read,files:read"


class Workspace(StandIn):
    """``people`` by id, ``posted`` what we wrote; ``limited`` calls are answered 429 first. ``push`` hands an event to whoever listens."""

    prefix = "/api/"

    def __init__(self) -> None:
        super().__init__()
        self.tokens = {TOKEN, APP_TOKEN}
        self.people: dict[str, dict[str, Any]] = {}
        self.posted: list[dict[str, Any]] = []
        self.rooms: set[str] = set()
        self.updated: list[dict[str, Any]] = []
        self.limited: dict[str, int] = {}
        self.errors: dict[str, list[str]] = {}
        self.stored: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, tuple[int, bytes, Mapping[str, str]]] = {}
        self.stream = ""
        self.acknowledged: list[str] = []
        self.waiting: dict[str, dict[str, Any]] = {}
        self.links: list[ServerConnection] = []
        self.clock = 1_795_000_000
        self.lock = threading.Lock()

    def person(self, ident: str, mail: str, **more: Any) -> str:
        """Somebody of the workspace; ``more`` as in Slack's user object."""
        self.people[ident] = {
            "id": ident, "team_id": TEAM, "name": mail.partition("@")[0], "deleted": False, "is_bot": False, "is_restricted": False,
            "is_ultra_restricted": False, "profile": {"email": mail, "display_name": mail.partition("@")[0]},
        } | more  # fmt: skip
        return ident

    def refused(self, call: Call) -> tuple[int, Any] | None:
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        wanted = APP_TOKEN if call.path == "apps.connections.open" else TOKEN
        return None if given == wanted and given in self.tokens else (200, {"ok": False, "error": "invalid_auth"})

    def broken(self, fault: Any) -> tuple[int, Any, Mapping[str, str]]:
        return fault, {"ok": False, "error": "internal_error"}, {}

    def answer(self, call: Call) -> tuple[Any, ...]:
        method = call.path
        if method.startswith("/files-pri/"):
            return self.kept.get(method, (404, b"", {}))
        if self.limited.get(method):
            self.limited[method] -= 1
            return 429, {"ok": False, "error": "ratelimited"}, {"retry-after": "30"}
        if self.errors.get(method):
            return 200, {"ok": False, "error": self.errors[method].pop(0)}
        # Methods that only look read a query, the others JSON.
        if method in READS:
            said: Mapping[str, Any] = call.query
        else:
            if call.method != "POST" or not isinstance(call.body, dict):
                return 200, {"ok": False, "error": "invalid_post_type"}
            said = call.body
        found = getattr(self, "_" + method.replace(".", "_"), None)
        if found is None:
            return 200, {"ok": False, "error": "unknown_method"}
        word = found(said)
        answer = {"ok": False, "error": word} if isinstance(word, str) else {"ok": True, **word}
        return 200, answer, {"x-oauth-scopes": SCOPES}

    def _auth_test(self, _said: Mapping[str, Any]) -> Any:
        return {"team": "Nordlys", "team_id": TEAM, "user": "samspil", "user_id": BOT, "bot_id": "B0BOTTEN"}

    def _users_info(self, said: Mapping[str, Any]) -> Any:
        found = self.people.get(said.get("user", ""))
        return {"user": found} if found else "user_not_found"

    def _users_lookupByEmail(self, said: Mapping[str, Any]) -> Any:  # noqa: N802 - Slack's name
        found = [p for p in self.people.values() if p["profile"]["email"] == said.get("email")]
        return {"user": found[0]} if found else "users_not_found"

    def _conversations_open(self, said: Mapping[str, Any]) -> Any:
        user = said.get("users", "")
        return {"channel": {"id": "D" + user[1:]}} if user in self.people else "user_not_found"

    def _conversations_history(self, said: Mapping[str, Any]) -> Any:
        return {"messages": []} if said.get("channel") in self.rooms else "channel_not_found"

    def _chat_postMessage(self, said: Mapping[str, Any]) -> Any:  # noqa: N802 - Slack's name
        if not said.get("text") and not said.get("blocks"):
            return "no_text"
        if len(said.get("blocks", [])) > 50:
            return "invalid_blocks"
        known = [p for p in self.posted if said.get("client_msg_id") and p.get("client_msg_id") == said["client_msg_id"]]
        if known:
            return {"channel": known[0]["channel"], "ts": known[0]["ts"]}
        self.clock += 1
        self.posted.append({**said, "ts": f"{self.clock}.000100"})
        return {"channel": said["channel"], "ts": self.posted[-1]["ts"], "message": {"text": said.get("text")}}

    def _chat_update(self, said: Mapping[str, Any]) -> Any:
        found = [p for p in self.posted if (p["channel"], p["ts"]) == (said.get("channel"), said.get("ts"))]
        if not found:
            return "message_not_found"
        self.updated.append(dict(said))
        return {"channel": said["channel"], "ts": said["ts"]}

    def keep(self, ident: str, name: str, kind: str, content: bytes, **more: Any) -> dict[str, Any]:
        """A file that somebody shares, for who is signed in; as it stands in a message. ``more`` as in Slack's file object."""
        path = f"/files-pri/{ident}/{name}"
        self.kept[path] = (200, content, {"content-type": kind})
        self.stored[ident] = {
            "id": ident, "name": name, "mimetype": kind, "size": len(content), "mode": "hosted", "url_private": self.address + path,
        } | more  # fmt: skip
        return dict(self.stored[ident])

    def _files_info(self, said: Mapping[str, Any]) -> Any:
        found = self.stored.get(said.get("file", ""))
        return {"file": found} if found else "file_not_found"

    def _apps_connections_open(self, _said: Mapping[str, Any]) -> Any:
        return {"url": f"{self.stream}/link/?ticket=1&app_id={APP}"}

    def _send(self, connection: ServerConnection, one: Mapping[str, Any]) -> None:
        connection.send(json.dumps(one))

    def push(self, payload: Mapping[str, Any], kind: str = "events_api") -> str:
        """Hand a call to the stream; until it is acknowledged it comes again at each new connection."""
        with self.lock:
            ident = f"env-{len(self.waiting) + len(self.acknowledged) + 1}"
            one = {"envelope_id": ident, "type": kind, "payload": payload, "accepts_response_payload": False, "retry_attempt": 0}
            self.waiting[ident] = one
            for link in self.links:
                self._send(link, one)
        return ident

    def linked(self, connection: ServerConnection) -> None:
        """One connection of Socket Mode."""
        with self.lock:
            self._send(connection, {"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})
            self.links.append(connection)
            for one in self.waiting.values():
                self._send(connection, {**one, "retry_attempt": 1, "retry_reason": "timeout"})
        try:
            for said in connection:
                ident = json.loads(said)["envelope_id"]
                with self.lock:
                    self.waiting.pop(ident, None)
                    self.acknowledged.append(ident)
        except ConnectionClosed:
            pass
        finally:
            with self.lock:
                self.links.remove(connection)


@contextmanager
def workspace() -> Iterator[Workspace]:
    """The stand-in at ports of this machine."""
    with listening(Workspace()) as slack, serve(slack.linked, "127.0.0.1", 0) as server:
        slack.stream = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield slack


def config_of(slack: Workspace, **more: Any) -> dict[str, Any]:
    """The settings of an account at the stand-in."""
    given = {"bot_token": TOKEN, "team": TEAM, "signing_secret": SECRET, "server": f"{slack.address}/api"}
    return given | more


def event(inner: Mapping[str, Any], *, ident: str = "Ev01", team: str = TEAM, **more: Any) -> dict[str, Any]:
    """An event as the Events API calls it."""
    return {
        "token": "gone", "team_id": team, "api_app_id": APP, "type": "event_callback", "event_id": ident, "event_time": 1_795_000_100,
        "authorizations": [{"team_id": team, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False, "event": dict(inner),
    } | more  # fmt: skip


def said(user: str, text: str, *, thread: str, stamp: str = "1795000200.000200", place: str = "", **more: Any) -> dict[str, Any]:
    """A message event: somebody wrote in the thread of a message."""
    return {
        "type": "message", "user": user, "text": text, "ts": stamp, "event_ts": stamp, "thread_ts": thread, "parent_user_id": BOT,
        "channel": place or "D" + user[1:], "channel_type": "im", "team": TEAM, "client_msg_id": f"m-{stamp}",
    } | more  # fmt: skip


def pressed(
    user: str, value: str, *, place: str, stamp: str, trigger: str = "trig-1", team: str = TEAM, **more: Any
) -> dict[str, Any]:
    """The press of a button, as an interactive component tells it."""
    return {
        "type": "block_actions", "user": {"id": user, "username": "x", "team_id": team}, "team": {"id": team, "domain": "nordlys"},
        "api_app_id": APP, "trigger_id": trigger, "channel": {"id": place, "name": "directmessage"},
        "container": {"type": "message", "message_ts": stamp, "channel_id": place, "is_ephemeral": False},
        "message": {"ts": stamp, "user": BOT},
        "actions": [{"action_id": "samspil_done", "type": "button", "value": value, "action_ts": "1795000300.1"}],
    } | more  # fmt: skip


def request(
    payload: Mapping[str, Any] | bytes, *, secret: str = SECRET, at: float | None = None, form: bool = False, **headers: str
) -> Request:
    """A call of Slack's, signed."""
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    if form:
        content = urlencode({"payload": content.decode()}).encode()
    stamp = str(int(time.time() if at is None else at))
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    given = {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": signed(content, stamp, secret)}
    return Request(method="POST", url="https://live.example/in/1", headers=given | headers, body=content)
