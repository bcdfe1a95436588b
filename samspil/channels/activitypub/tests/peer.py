"""Another server for tests, without a network: actors with keys, what is fetched from it, and requests that it signs."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from samspil.channels.activitypub import signatures
from samspil.channels.activitypub.prepare import prepare
from samspil.kit import Account, Request
from samspil.kit.web import Answer

US = "https://firma.example/in/1"
KAROLINE = "https://norrebro.example/users/karoline"


@cache
def private(number: int = 0) -> RSAPrivateKey:
    """A key, the same for the same number."""
    del number
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _config() -> dict[str, Any]:
    return dict(prepare({"host": "firma.example", "username": "Firma"}))


def account(**config: Any) -> Account:
    """An account of ours."""
    return Account(id="1", name="F", config={**_config(), **config}, key=b"0" * 32)


def pem(key: RSAPrivateKey) -> str:
    """The public half."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def actor(ident: str = KAROLINE, key: RSAPrivateKey | None = None, **more: Any) -> dict[str, Any]:
    """An actor's document."""
    user = ident.rpartition("/")[2]
    host = urlsplit(ident).netloc
    return {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": ident,
        "type": "Person",
        "preferredUsername": user,
        "name": user.title(),
        "inbox": f"{ident}/inbox",
        "endpoints": {"sharedInbox": f"https://{host}/inbox"},
        "publicKey": {"id": f"{ident}#main-key", "owner": ident, "publicKeyPem": pem(key or private())},
        **more,
    }


@dataclass
class Net:
    """What stands on the network; ``asked`` are the addresses that were fetched."""

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, document: dict[str, Any], finger: str = "") -> None:
        """An actor with WebFinger at its own host."""
        self.pages[document["id"]] = document
        host = urlsplit(document["id"]).netloc
        acct = finger or f"{document['preferredUsername']}@{host}"
        links = [{"rel": "self", "type": "application/activity+json", "href": document["id"]}]
        for name in {acct, f"{document['preferredUsername']}@{host}"}:
            self.pages[f"acct:{name}@@{name.rpartition('@')[2]}"] = {"subject": f"acct:{acct}", "links": links}

    def get(self, url: str, **_more: Any) -> Answer:
        """As samspil.kit.web.fetch."""
        self.asked.append(url)
        parts = urlsplit(url)
        place = url
        if parts.path == "/.well-known/webfinger":
            place = f"{parse_qs(parts.query)['resource'][0]}@@{parts.netloc}"
        found = self.pages.get(place)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, int):
            return Answer(status=found, headers={}, url=url)
        if found is None:
            return Answer(status=404, headers={}, url=url)
        return Answer(status=200, headers={"content-type": "application/activity+json"}, body=json.dumps(found).encode(), url=url)


def delivery(
    activity: Any,
    *,
    place: str = "inbox",
    key: RSAPrivateKey | None = None,
    key_id: str = f"{KAROLINE}#main-key",
    rfc: bool = False,
    at: datetime | None = None,
    url: str = "",
    **headers: str,
) -> Request:
    """A signed POST of an activity to us."""
    body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
    target = url or f"{US}/{place}"
    signed = signatures.sign("POST", target, key=key or private(), key_id=key_id, body=body, at=at, rfc=rfc)
    return Request(method="POST", url=target, headers={**signed, **headers}, body=body)


def create(**note: Any) -> dict[str, Any]:
    """A note to us."""
    whole = {
        "id": f"{KAROLINE}/statuses/1",
        "type": "Note",
        "attributedTo": KAROLINE,
        "content": "<p>Mit batteri er fladt</p>",
        "published": "2026-03-02T09:15:00Z",
        "to": [f"{US}/actor"],
        "tag": [{"type": "Mention", "href": f"{US}/actor", "name": "@Firma@firma.example"}],
        **note,
    }
    return {"id": f"{KAROLINE}/statuses/1/activity", "type": "Create", "actor": KAROLINE, "object": whole, "to": whole["to"]}
