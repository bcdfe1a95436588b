"""Our fixtures and our calls against LINE's own description of its API, where that lies beside the project."""

import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.line.changes import SECONDS
from samspil.channels.line.send import key_of, messages_of
from samspil.channels.line.settings import DATA as DATA_SERVER
from samspil.channels.line.understand import SILENT
from samspil.kit import File, Handle, Outbound

yaml = pytest.importorskip("yaml")
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "specs"
FIXTURES = Path(__file__).parents[3] / "samspil" / "channels" / "line" / "fixtures"
ODD = {"kind_of_tomorrow", "message_of_tomorrow", "no_json", "no_events", "no_time"}
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "line-webhook.yml").exists(), reason=f"no data at {DATA}; set SAMSPIL_DATA"),
]
PLAIN = {"integer": int, "string": str, "boolean": bool, "number": (int, float), "object": dict}


@pytest.fixture(scope="module")
def webhook() -> dict[str, Any]:
    return yaml.safe_load((DATA / "line-webhook.yml").read_text())["components"]["schemas"]


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    return yaml.safe_load((DATA / "line-messaging-api.yml").read_text())


def whole(schema: dict[str, Any], schemas: dict[str, Any], value: Any = None) -> dict[str, Any]:
    """The schema with what it refers to and is made of, and the one of its kinds that the value names."""
    if "$ref" in schema:
        return whole(schemas[schema["$ref"].rpartition("/")[2]], schemas, value)
    chosen = schema.get("discriminator")
    if chosen and isinstance(value, dict):
        common = {key: part for key, part in schema.items() if key != "discriminator"}
        named = chosen["mapping"].get(value.get(chosen["propertyName"]))
        if named is None:
            return common | {"unknown": value.get(chosen["propertyName"])}
        inner = dict(schemas[named.rpartition("/")[2]])
        parts = [common if "$ref" in part else part for part in inner.pop("allOf", [])]
        return merged([inner, *parts])
    return merged([schema, *(whole(part, schemas) for part in schema.get("allOf", []))])


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"properties": {}, "required": set()}
    for part in parts:
        found["properties"] |= part.get("properties", {})
        found["required"] |= set(part.get("required", []))
        found |= {key: value for key, value in part.items() if key in {"type", "items", "enum", "maxItems", "minItems"}}
    return found


def faults(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> list[str]:
    known = whole(schema, schemas, value)
    if "unknown" in known:
        return [f"{where}: {known['unknown']!r} is no kind"]
    kind = known.get("type")
    if kind == "array":
        if not isinstance(value, list) or not known.get("minItems", 0) <= len(value) <= known.get("maxItems", 999):
            return [f"{where} is no list, or of another length"]
        return [f for n, one in enumerate(value) for f in faults(one, known["items"], schemas, f"{where}[{n}]")]
    if kind in PLAIN and not isinstance(value, PLAIN[kind]):
        return [f"{where} is no {kind}"]
    if "enum" in known and value not in known["enum"]:
        return [f"{where} is {value!r}"]
    return _parts(value, known, schemas, where) if isinstance(value, dict) and known["properties"] else []


def _parts(value: dict[str, Any], known: dict[str, Any], schemas: dict[str, Any], where: str) -> list[str]:
    missing = [f"{where}.{name} is missing" for name in known["required"] if name not in value]
    unknown = [f"{where}.{name} is not known" for name in value if name not in known["properties"]]
    inner = [
        f for name, part in value.items() if name in known["properties"]
        for f in faults(part, known["properties"][name], schemas, f"{where}.{name}")
    ]  # fmt: skip
    return missing + unknown + inner


@pytest.mark.parametrize("path", sorted(p for p in FIXTURES.glob("*.http") if p.stem not in ODD), ids=lambda p: p.stem)
def test_every_fixture_is_a_call_as_line_describes_it(webhook, path):
    body = json.loads(path.read_bytes().partition(b"\n\n")[2])
    assert faults(body, {"$ref": "#/CallbackRequest"}, webhook, path.stem) == []


def test_the_judge_sees_what_is_wrong(webhook):
    event = {
        "type": "message",
        "timestamp": "x",
        "mode": "odd",
        "webhookEventId": "1",
        "deliveryContext": {},
        "message": {"type": "text"},
    }
    found = faults({"destination": "U", "events": [event]}, {"$ref": "#/CallbackRequest"}, webhook, "call")
    assert {fault.rpartition(".")[2] for fault in found} >= {
        "timestamp is no integer",
        "mode is 'odd'",
        "isRedelivery is missing",
    }
    assert any(fault.endswith("message.text is missing") for fault in found)


def test_every_kind_of_event_is_known(webhook):
    assert set(webhook["Event"]["discriminator"]["mapping"]) == SILENT | {"message", "unsend", "follow", "unfollow", "postback"}


def test_what_we_push_is_what_line_describes(api):
    push = api["paths"]["/v2/bot/message/push"]["post"]
    body = {"to": "U" + "4a" * 16, "messages": [{"type": "text", "text": "Hej"}]}
    assert faults(body, push["requestBody"]["content"]["application/json"]["schema"], api["components"]["schemas"], "push") == []
    picture = File(name="a.png", content_type="image/png", size=1, open=BytesIO, url="https://live.example/in/1/files/r/0/m")
    out = Outbound(id="r", conversation="c", to=Handle(network="line", address=body["to"]), text="Hej", files=[picture])
    shown = {"to": body["to"], "messages": messages_of(out)}
    assert [one["type"] for one in shown["messages"]] == ["image", "text"]
    assert faults(shown, push["requestBody"]["content"]["application/json"]["schema"], api["components"]["schemas"], "push") == []
    [key] = [p for p in push["parameters"] if p["name"] == "X-Line-Retry-Key"]
    assert (key["in"], key["schema"]["format"], len(key_of("r"))) == ("header", "uuid", 36)
    assert set(push["responses"]) >= {"200", "400", "403", "409", "429"}
    for path in ("info", "channel/webhook/endpoint", "message/quota", "message/quota/consumption"):
        assert "get" in api["paths"][f"/v2/bot/{path}"]


def test_what_we_tell_is_what_line_describes(api):
    schemas = api["components"]["schemas"]
    for path, body in (
        ("markAsRead", {"markAsReadToken": "30yhdy232"}),
        ("loading/start", {"chatId": "U" + "4a" * 16, "loadingSeconds": SECONDS}),
    ):
        call = api["paths"][f"/v2/bot/chat/{path}"]["post"]
        assert faults(body, call["requestBody"]["content"]["application/json"]["schema"], schemas, path) == []
    for path in ("content", "content/transcoding"):
        assert api["paths"][f"/v2/bot/message/{{messageId}}/{path}"]["get"]["servers"] == [{"url": DATA_SERVER}]
