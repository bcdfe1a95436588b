"""A stand-in for Meta's Graph API, after its documentation: tokens, times for answers, refusals with their codes, allowances, and signed webhooks.

It is strict where the documentation is. No account of the real network can be had in tests.
"""

import hmac
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN, APP, SECRET, VERIFY = "EAAtoken", "1181201234567890", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "nordlys-lytter-her"
PHONE, WABA, PAGE, INSTAGRAM = "106540352242922", "102290129340398", "101234567890123", "17841405822304914"
DAY, WEEK = timedelta(days=1), timedelta(days=7)
TAGS_CLOSED = datetime(2026, 4, 27, tzinfo=UTC)
LOST = "lost"
"""A fault: the message is taken, and the connection breaks before the answer."""
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
Said = tuple[int, dict[str, Any]]


class GraphApi:
    """One app with a number, a page and an account on Instagram. ``wrote`` says when people last did, ``comments`` when these were made."""

    def __init__(self) -> None:
        self.token = TOKEN
        self.now: datetime | None = None
        self.wrote: dict[str, datetime] = {}
        self.comments: dict[str, datetime] = {}
        self.answered: set[str] = set()
        self.hidden: set[str] = set()
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.files: list[tuple[str, bytes]] = []
        self.media: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.templates: list[dict[str, Any]] = []
        self.nowhere: list[dict[str, Any]] = []
        self.faults: list[Said | str | None] = []
        self.headers: dict[str, str] = {}
        self.scopes = [
            "whatsapp_business_messaging", "whatsapp_business_management", "pages_messaging", "pages_manage_metadata",
            "pages_read_engagement", "pages_manage_engagement", "pages_read_user_content",
        ]  # fmt: skip
        self.status = "CONNECTED"
        self.subscribed = [APP]
        self.fields = ["messages", "message_echoes", "feed", "comments"]
        self.calls = 0

    def at(self) -> datetime:
        return self.now or datetime.now(UTC)

    def answer(self, method: str, path: str, query: dict[str, str], token: str, body: dict[str, Any]) -> Said | str:
        """Status and body of one call, or LOST."""
        self.calls += 1
        version, _, rest = path.lstrip("/").partition("/")
        if not re.fullmatch(r"v\d+\.\d", version):
            return _no(400, 2500, "Unknown path components")
        if rest == "debug_token":
            return self._debug(token, query)
        if token != self.token:
            return _no(401, 190, "Error validating access token: the session has been invalidated")
        if self.faults and method == "POST":
            fault = self.faults.pop(0)
            if fault == LOST:
                self._post(rest, body)
            if fault is not None:
                return fault
        return self._get(rest, query) if method == "GET" else self._post(rest, body) if method == "POST" else self._delete(rest)

    def _delete(self, rest: str) -> Said:
        target, _, what = rest.partition("/")
        if target not in self.comments or what not in {"", "likes"}:
            return _no(400, 100, f"Unsupported delete request. Object with ID '{rest}' does not exist", 33)
        self.sent.append((f"DELETE {rest}", {}))
        if not what:
            del self.comments[target]
        return 200, {"success": True}

    def _debug(self, token: str, query: dict[str, str]) -> Said:
        if token != f"{APP}|{SECRET}":
            return _no(400, 101, "Error validating application. Cannot get application info due to a system error.")
        if query.get("input_token") != self.token:
            return 200, {
                "data": {
                    "app_id": APP,
                    "is_valid": False,
                    "error": {"code": 190, "message": "The access token is broken."},
                    "scopes": [],
                }
            }
        return 200, {"data": {"app_id": APP, "is_valid": True, "expires_at": 0, "scopes": self.scopes}}

    def _get(self, rest: str, query: dict[str, str]) -> Said:
        known: dict[str, dict[str, Any]] = {
            PHONE: {"id": PHONE, "display_phone_number": "+45 92 45 12 34", "verified_name": "Havblik",
 "status": self.status, "quality_rating": "GREEN"},
            PAGE: {"id": PAGE, "name": "Havblik"},
            INSTAGRAM: {"id": "9" * 17, "user_id": INSTAGRAM, "username": "havblik"},
            f"{WABA}/subscribed_apps": {"data": [{"whatsapp_business_api_data": {"id": a, "name": "App"}} for a in self.subscribed]},
            f"{PAGE}/subscribed_apps": {"data": [{"id": a, "subscribed_fields": self.fields} for a in self.subscribed]},
            f"{INSTAGRAM}/subscribed_apps": {"data": [{"subscribed_fields": self.fields}]},
        }  # fmt: skip
        if rest == f"{WABA}/message_templates":
            return self._templates(query)
        if rest in self.media:
            return 200, {"messaging_product": "whatsapp", "id": rest, **self.media[rest]}
        return (
            (200, known[rest])
            if rest in known
            else _no(400, 100, f"Unsupported get request. Object with ID '{rest}' does not exist", 33)
        )

    def _templates(self, query: dict[str, str]) -> Said:
        """Two to a page."""
        rows = [t for t in self.templates if query.get("status") in {None, t["status"]}]
        first = int(query.get("after", "0"))
        paging = {"cursors": {"before": str(first), "after": str(first + 2)}}
        return 200, {"data": rows[first : first + 2], "paging": paging | ({"next": "https://x"} if rows[first + 2 :] else {})}

    def _template(self, about: dict[str, Any]) -> Said | None:
        """What WhatsApp refuses of a template that is sent; None where it takes it. Without any it knows all."""
        if not self.templates:
            return None
        known = [t for t in self.templates if (t["name"], t["language"]) == (about["name"], about["language"]["code"])]
        if not known or known[0]["status"] != "APPROVED":
            return _no(404, 132001, "Template name does not exist in the translation")
        body = next(c["text"] for c in known[0]["components"] if c["type"] == "BODY")
        given = [p for c in about.get("components", ()) for p in c["parameters"]]
        if len(given) != len(set(re.findall(r"{{(\w+)}}", body))):
            return _no(400, 132000, "Number of parameters does not match the expected number of params")
        odd = any("\n" in p["text"] or "    " in p["text"] for p in given)
        return (
            _no(400, 132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces") if odd else None
        )

    def _post(self, rest: str, body: dict[str, Any]) -> Said:
        target, _, what = rest.partition("/")
        if rest == f"{PHONE}/messages":
            is_mark = body.get("status") == "read" and set(body) <= {
                "messaging_product",
                "status",
                "message_id",
                "typing_indicator",
            }
            return self._take(rest, body, {"success": True}) if is_mark else self._whatsapp(body)
        if rest in {f"{PHONE}/media", f"{PAGE}/message_attachments"}:
            return self._put_up(rest, body)
        if rest in {f"{PAGE}/messages", f"{INSTAGRAM}/messages"}:
            talk = self._action if "sender_action" in body else self._private
            return talk(rest, body, instagram=target == INSTAGRAM)
        if target in self.comments and what == ("replies" if target.isdigit() else "comments") and set(body) == {"message"}:
            return self._take(
                rest,
                body,
                {"id": f"{target}9{len(self.sent)}" if target.isdigit() else f"{target.split('_')[0]}_9{len(self.sent)}"},
            )
        if (
            target in self.comments
            and not target.isdigit()
            and (what, frozenset(body)) in {("", frozenset({"message"})), ("likes", frozenset())}
        ):
            return self._take(rest, body, {"success": True})
        return _no(400, 100, f"Unsupported post request: {rest}", 33)

    def _put_up(self, rest: str, body: dict[str, Any]) -> Said:
        if rest == f"{PHONE}/media" and set(body) == {"messaging_product", "type", "file"}:
            self.files.append((body["type"].decode(), body["file"]))
            return 200, {"id": f"media-{len(self.files)}"}
        about = json.loads(body["message"])["attachment"] if set(body) == {"message", "filedata"} else {}
        if about.get("type") not in {"image", "video", "audio", "file"} or about["payload"] != {"is_reusable": True}:
            return _no(400, 100, "(#100) Invalid parameter")
        self.files.append((about["type"], body["filedata"]))
        return 200, {"attachment_id": f"1857{len(self.files)}"}

    def _take(self, rest: str, body: dict[str, Any], said: dict[str, Any]) -> Said:
        self.sent.append((rest, body))
        return 200, said

    def _whatsapp(self, body: dict[str, Any]) -> Said:
        known = {
            "messaging_product",
            "recipient_type",
            "to",
            "recipient",
            "type",
            "context",
            "biz_opaque_callback_data",
            body.get("type"),
        }
        if body.get("messaging_product") != "whatsapp" or body.get("recipient_type") != "individual" or set(body) - known:
            return _no(400, 100, "(#100) Invalid parameter")
        who = body.get("to") or body.get("recipient") or ""
        ident = f"wamid.{sha256(json.dumps([body, len(self.sent)]).encode()).hexdigest()[:40]}"
        said = {"messaging_product": "whatsapp", "contacts": [{"input": who, "wa_id": who}], "messages": [{"id": ident}]}
        if _BSUID.fullmatch(body.get("to") or ""):
            self.nowhere.append(body)  # taken with thanks, and delivered to nobody
            return 200, said
        refused = self._template(body["template"]) if body["type"] == "template" else None
        if refused:
            return refused
        if body["type"] == "text":
            if len(body["text"]["body"]) > 4096:
                return _no(400, 100, "Param text['body'] must be at most 4096 characters long.")
            if self.at() - self.wrote.get(who, datetime.min.replace(tzinfo=UTC)) > DAY:
                return _no(400, 131047, "Re-engagement message")
        return self._take(f"{PHONE}/messages", body, said)

    def _private(self, rest: str, body: dict[str, Any], *, instagram: bool) -> Said:
        file = body["message"].get("attachment")
        known = self._is_fetched if instagram else self._is_put_up
        odd = file and ("text" in body["message"] or not known(file))
        if odd or set(body) - {"recipient", "message", "messaging_type", "tag"} or (instagram and "metadata" in body["message"]):
            return _no(400, 100, "(#100) Invalid parameter")
        text = "" if file else body["message"]["text"]
        if len(text.encode()) > 1000 if instagram else len(text) > 2000:
            return _no(400, 100, "Length of param message[text] must be less than or equal to 2000", 2018109)
        comment = body["recipient"].get("comment_id")
        if comment:
            if comment in self.answered:
                return _no(400, 10900, "Activity already replied to")
            if comment not in self.comments or self.at() - self.comments[comment] > WEEK:
                return _no(400, 10901, "Activity is too old")
            self.answered.add(comment)
        else:
            refused = self._outside(body)
            if refused:
                return refused
        number = len(self.sent)
        return self._take(
            rest,
            body,
            {"recipient_id": body["recipient"].get("id", "1"), "message_id": f"{'aWd' if instagram else 'm_'}OUT{number}"},
        )

    def _is_fetched(self, file: dict[str, Any]) -> bool:
        return file["type"] in {"image", "video", "audio", "file"} and file["payload"]["url"].startswith("https://")

    def _is_put_up(self, file: dict[str, Any]) -> bool:
        number = str(file["payload"]["attachment_id"]).removeprefix("1857")
        return number.isdecimal() and 0 < int(number) <= len(self.files) and self.files[int(number) - 1][0] == file["type"]

    def _action(self, rest: str, body: dict[str, Any], *, instagram: bool) -> Said:
        name, payload = body["sender_action"], body.get("payload")
        good = {
            "typing_on": payload is None,
            "mark_seen": payload is None,
            "unreact": bool(payload) and set(payload) == {"message_id"},
        }
        good["react"] = (
            bool(payload) and set(payload) == {"message_id", "reaction"} and (not instagram or payload["reaction"] == "love")
        )
        if set(body) - {"recipient", "sender_action", "payload"} or not good.get(name):
            return _no(400, 100, "(#100) Invalid parameter")
        if body["recipient"]["id"] not in self.wrote:
            return _no(400, 100, "No matching user found", 2018001)
        return self._take(rest, body, {"recipient_id": body["recipient"]["id"]})

    def _outside(self, body: dict[str, Any]) -> Said | None:
        who, tag = body["recipient"]["id"], body.get("tag")
        if who not in self.wrote:
            return _no(400, 100, "No matching user found", 2018001)
        age = self.at() - self.wrote[who]
        if body.get("messaging_type") == "RESPONSE" and not tag:
            return None if age <= DAY else _no(400, 10, "This message is sent outside of allowed window.", 2018278)
        if tag != "HUMAN_AGENT":
            closed = self.at() >= TAGS_CLOSED
            return _no(400, 100, "This message tag is no longer supported", 1893061) if closed else None
        return None if age <= WEEK else _no(400, 10, "This message is sent outside of allowed window.", 2018278)


def _no(status: int, code: int, words: str, subcode: int = 0) -> Said:
    error: dict[str, Any] = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    return status, {"error": error | ({"error_subcode": subcode} if subcode else {})}


def refusal(code: int, status: int = 400, words: str = "Something", subcode: int = 0, **more: Any) -> Said:
    """A refusal, to be put among the faults."""
    _, said = _no(status, code, words, subcode)
    return status, {"error": said["error"] | more}


def signed(body: object) -> tuple[bytes, dict[str, str]]:
    """A webhook's body and headers, as Meta sends them: with escapes that no other program would write just so."""
    raw = json.dumps(body, ensure_ascii=True).replace("/", "\\/").encode()
    signature = hmac.new(SECRET.encode(), raw, sha256).hexdigest()
    return raw, {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}


def _form(kind: str, raw: bytes) -> dict[str, Any]:
    whole = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + raw)
    return {p.get_param("name", header="content-disposition"): p.get_payload(decode=True) for p in whole.iter_parts()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    graph: GraphApi


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        raw, kind = self.rfile.read(int(self.headers.get("content-length") or 0)), self.headers.get("content-type") or ""
        self._call(_form(kind, raw) if kind.startswith("multipart/") else json.loads(raw or b"{}"))

    def do_DELETE(self) -> None:
        self._call({})

    def do_GET(self) -> None:
        self._call({})

    def _call(self, body: dict[str, Any]) -> None:
        parts = urlsplit(self.path)
        query = {n: v[0] for n, v in parse_qs(parts.query).items()}
        if parts.path in self.server.graph.contents:
            self._file(self.server.graph.contents[parts.path])
            return
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        said = self.server.graph.answer(self.command, parts.path, query, token, body)
        if isinstance(said, str):
            self.close_connection = True
            return
        status, answer = said
        raw = answer["raw"].encode() if "raw" in answer else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **self.server.graph.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _file(self, content: bytes) -> None:
        """Only who has the token gets the bytes."""
        allowed = self.headers.get("authorization") == f"Bearer {self.server.graph.token}"
        self.send_response(200 if allowed else 401)
        self.send_header("content-length", str(len(content) if allowed else 0))
        self.end_headers()
        self.wfile.write(content if allowed else b"")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def serve() -> tuple[GraphApi, _Server]:
    """The stand-in, listening on a port of this machine; ``shutdown`` ends it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.graph = GraphApi()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server.graph, server
