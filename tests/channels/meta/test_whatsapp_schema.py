"""WhatsApp's fixtures, and what we send, against Meta's own description of its Cloud API, where that lies beside the project."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from samspil.channels.whatsapp.send import message
from samspil.kit import Chosen, Handle, Outbound
from samspil.kit.testing import request_of

yaml = pytest.importorskip("yaml")
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "specs"
SPEC = DATA / "whatsapp-business-messaging-api_v23.0.yaml"
FIXTURES = Path(__file__).parents[3] / "samspil" / "channels" / "whatsapp" / "fixtures"
pytestmark = [pytest.mark.data, pytest.mark.skipif(not SPEC.exists(), reason=f"no data at {SPEC}; set SAMSPIL_DATA")]

NEWER = {"recipient", "biz_opaque_callback_data"}
"""Documented fields of a message that v23.0's description does not name: business-scoped ids, and our own word for tracking."""
INCOMING = {
    "text": "TextMessage_2",
    "reaction": "ReactionMessage_1",
    "audio": "AudioMessage_1",
    "document": "DocumentMessage_1",
    "image": "ImageMessage_1",
    "sticker": "StickerMessage_1",
    "video": "VideoMessage_1",
    "location": "LocationMessage_1",
    "contacts": "ContactSharingMessage",
    "unsupported": "UnsupportedMessage",
    "button": "ButtonMessage",
    "interactive": "InteractiveMessageReply",
    "order": "OrderMessage",
    "system": "SystemMessage",
}
"""The description was put together of several, and its references within webhooks lead to what is sent: this is where they should lead."""
UNDESCRIBED = {"edit", "revoke", "request_welcome", "hologram"}
ODD = {
    "no_sender", "no_time", "account_error", "account_update", "of_facebook", "not_json", "no_entries", "a_state_of_tomorrow",
    "echo_from_the_app", "text_without_number",
}  # fmt: skip
PLAIN = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(SPEC.read_text(encoding="utf-8"), Loader=loader)["components"]["schemas"]


class Described:
    """The schemas, with references of the webhook's half led to the webhook's half."""

    def __init__(self, schemas: dict[str, Any], *, incoming: bool) -> None:
        self.schemas, self.incoming = schemas, incoming

    def named(self, name: str) -> dict[str, Any]:
        if not self.incoming:
            name = {"MediaObject": "MediaObject_1"}.get(name, name)  # the first of that name is a template's
        else:
            name = {
                "BaseMessageProperties": "BaseMessageProperties_1",
                "ErrorObject": "ErrorObject_2",
                "ContactObject": "ContactObject_1",
            }.get(name, name)
        return self.whole(self.schemas[name])

    def whole(self, schema: dict[str, Any]) -> dict[str, Any]:
        """With references followed and allOf put together."""
        if "$ref" in schema:
            return self.named(schema["$ref"].rpartition("/")[2])
        found: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
        for one in schema.get("allOf", []):
            inner = self.whole(one)
            found["properties"] = found.get("properties", {}) | inner.get("properties", {})
            found["required"] = [*found.get("required", []), *inner.get("required", [])]
            found["additionalProperties"] = inner.get("additionalProperties", found.get("additionalProperties", True))
        return found

    def faults(self, value: Any, schema: dict[str, Any], where: str) -> list[str]:
        about = self.whole(schema)
        if "oneOf" in about and "properties" not in about:
            return min((self.faults(value, one, where) for one in about["oneOf"]), key=len)
        kind = about.get("type", "object")
        if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and kind != "boolean"):
            return [f"{where} is no {kind}"]
        if about.get("enum") and value not in about["enum"]:
            return [f"{where} is {value!r}, and none of {about['enum']}"]
        if kind == "array":
            return [f for n, one in enumerate(value) for f in self.faults(one, about.get("items", {}), f"{where}[{n}]")]
        return self._object(value, about, where) if kind == "object" else []

    def _object(self, value: dict[str, Any], about: dict[str, Any], where: str) -> list[str]:
        known = about.get("properties", {})
        missing = [f"{where}.{name} is missing" for name in about.get("required", []) if name not in value]
        unknown = [f"{where}.{name} is not known" for name in value if not self.incoming and name not in known and known]
        return missing + unknown + [f for n, v in value.items() if n in known for f in self.faults(v, known[n], f"{where}.{n}")]


def values(name: str) -> list[dict[str, Any]]:
    body = json.loads(request_of((FIXTURES / f"{name}.http").read_bytes()).body)
    return [change["value"] for entry in body["entry"] for change in entry["changes"]]


def _documented(fault: str) -> bool:
    """A context is described as that of a "Message business" button alone; an answer's and a forwarded message's have other fields."""
    return ".context." not in fault


@pytest.mark.parametrize("name", sorted({p.stem for p in FIXTURES.glob("*.http")} - ODD))
def test_every_fixture_is_a_webhook_as_meta_describes_it(described, name):
    spec = Described(described, incoming=True)
    for value in values(name):
        assert spec.faults(value["metadata"], spec.named("Metadata"), "metadata") == []
        for contact in value.get("contacts", []):
            assert spec.faults(contact, spec.named("ContactProfile"), "contact") == []
        for one in value.get("messages", []):
            if one["type"] in UNDESCRIBED:
                continue
            found = spec.faults(one, spec.named(INCOMING[one["type"]]), one["type"])
            assert list(filter(_documented, found)) == []
        for one in value.get("statuses", []):
            assert spec.faults(one, spec.named("Statuses"), "status") == []


@pytest.mark.parametrize(
    ("to", "template"),
    [
        ("+4520304050", None),
        ("DK.13491208655302741918", None),
        ("+4520304050", Chosen(name="vi_er_tilbage", language="da", values={"1": "Karoline"})),
    ],
    ids=["text", "to an id", "template"],
)
def test_what_we_send_is_as_meta_describes_it(described, to, template):
    handle = Handle(network="whatsapp", address=to)
    body = message(
        Outbound(id="r", conversation="c", to=handle, text="Hej", in_reply_to="wamid.1", template=template), date(2026, 6, 1)
    )
    spec = Described(described, incoming=False)
    plain = {("to" if name == "recipient" else name): value for name, value in body.items() if name != "biz_opaque_callback_data"}
    assert spec.faults(plain, spec.named("TemplateMessage" if template else "TextMessage"), "message") == []
    assert set(body) - set(spec.named("TemplateMessage" if template else "TextMessage")["properties"]) <= NEWER


@pytest.mark.parametrize(("kind", "schema"), [("image", "ImageMessage"), ("video", "VideoMessage"), ("audio", "AudioMessage")])
def test_a_file_we_send_is_as_meta_describes_it(described, kind, schema):
    spec = Described(described, incoming=False)
    shown = {"id": "1"} | ({} if kind == "audio" else {"caption": "Se"})
    body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "4520304050", "type": kind, kind: shown}
    assert spec.faults(body, spec.named(schema), "message") == []


def test_the_tables_are_of_what_is_described(described):
    assert set(INCOMING.values()) <= set(described)
    assert described["WhatsAppAccountNumberStatus"]["enum"][0] == "CONNECTED"
