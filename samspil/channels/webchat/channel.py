"""The web chat channel: a visitor's JSON in, events out. Nothing is called to send: the visitor's stream brings what we wrote.

One request is one envelope. Its body is an object with ``token`` and ``id`` (made by the script, so that the same message sent
twice is stored once) and one of: ``text`` (a message; ``at`` is when it was written, by the browser's clock), ``file`` (a message,
with a text or none: ``name``, ``type``, and its bytes as base64 in ``data``), ``read`` (the id of our last message that was seen),
``delivered`` (the id of one that arrived). The envelope keeps what was said and whose token it was, never the token.
"""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from samspil.channels.webchat import settings, tokens
from samspil.kit import (
    Account,
    Attachment,
    Capabilities,
    Change,
    Channel,
    Check,
    Claim,
    Delete,
    DeliveryReport,
    Edit,
    Envelope,
    Event,
    Field,
    Forged,
    Handle,
    Heard,
    Message,
    NotUnderstood,
    Outbound,
    Reaction,
    Receipt,
    Request,
    Sent,
    Session,
    TooOld,
)
from samspil.kit.reading import CONTROLS

NETWORK = "webchat"
_ID = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)
_MAIL = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@[^@\s<>\"',;:\\()\[\]]{1,190}\.[^@\s<>\"',;:\\()\[\].]{2,63}")
PAGE = 500
NAME = 120
PART, UNKNOWN = "file", "application/octet-stream"
_KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}", re.ASCII)
SIGN = 16
"""Characters of one emoji."""


class WebChat:
    """Satisfies Channel, Hears, HasAttachments, Sends, Changes and Widget. Stateless."""

    name = "webchat"
    capabilities = Capabilities(
        sends=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        typing=True,
        idempotent=True,
        widget=True,
        max_length=settings.MAX_LENGTH,
        max_attachment=20 * 1024 * 1024,
        changes=frozenset({"edit", "delete", "react"}),
    )
    fields: Sequence[Field] = settings.FIELDS

    def hear(self, request: Request, account: Account) -> Heard:
        """One request of a visitor's script. Raises Forged (token, site's signature), NotUnderstood (no such form)."""
        said = _object(request.body)
        visitor = tokens.visitor_of(said.get("token"), account.key)
        ident = _ident(said.get("id"))
        kept: dict[str, Any] = {"visitor": visitor, "id": ident}
        if "read" in said or "delivered" in said:
            kind = "read" if "read" in said else "delivered"
            kept[kind] = _ident(said[kind])
            ident = f"{kind}-{kept[kind]}"
        elif act := next((name for name in ("edit", "delete", "react") if name in said), ""):
            kept |= _act(act, said)
        else:
            kept |= _message(said, account)
        payload = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        envelope = Envelope(external_id=f"{visitor}:{ident}", payload=payload, headers={"content-type": "application/json"})
        unless = None
        if "edit" in kept:
            # What was read and acted upon stays as it was; to take it back is free at all times.
            handle = _handle(visitor, account, "")
            unless = TooOld(handle=handle, external_id=f"{visitor}:{kept['edit']}", seconds=settings.EDITABLE)
        body = json.dumps({"id": kept["id"]}).encode()
        return Heard(envelopes=[envelope], status=202, body=body, sender=visitor, unless=unless)

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The message, receipt or report of one envelope. Raises NotUnderstood."""
        kept = _object(envelope.payload)
        try:
            author = _handle(kept["visitor"], account, str(kept.get("name") or ""))
        except (KeyError, TypeError) as error:
            raise NotUnderstood("no visitor") from error
        at = envelope.received_at or _time(kept.get("written"))
        if at is None:
            raise NotUnderstood("nobody knows when")
        if "read" in kept:
            return [Receipt(external_id=envelope.external_id, target=str(kept["read"]), author=author, at=at)]
        if "delivered" in kept:
            return [
                DeliveryReport(external_id=envelope.external_id, target=str(kept["delivered"]), state="delivered", at=at),
            ]
        if any(name in kept for name in ("edit", "delete", "react")):
            return [_acted(envelope.external_id, kept, author, at)]
        files = _attachments(kept)
        if "text" not in kept or not (kept["text"] or files):
            raise NotUnderstood("neither a message nor a receipt")
        return [
            Message(
                external_id=envelope.external_id,
                author=author,
                at=at,
                text=str(kept["text"]),
                attachments=files,
                claims=_claims(kept, account),
                language=str(kept.get("language") or ""),
                extra={name: kept[name] for name in ("page", "mail", "written") if kept.get(name)},
            ),
        ]

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of the file that came with a message. Raises NotUnderstood."""
        file = _object(envelope.payload).get("file")
        if part != PART or not isinstance(file, dict):
            raise NotUnderstood("no such file")
        return _bytes(file.get("data"))

    def check(self, account: Account) -> Sequence[Check]:
        """Whether the settings make sense; there is no server to try. Raises nothing."""
        everywhere = "*" in settings.origins(account)
        return [
            Check(
                name="origins",
                ok=True,
                detail="any web page may show the chat" if everywhere else ", ".join(sorted(settings.origins(account))),
            ),
            Check(
                name="identity",
                ok=True,
                detail="signed-in visitors are recognised" if settings.secret(account) else "no secret: nobody is signed in",
            ),
        ]

    def send(self, outbound: Outbound, account: Account) -> Sent:  # noqa: ARG002 - the contract's second argument
        """Nothing is called: the log holds the message, and the visitor's stream brings it. Its id is the reply's own."""
        return Sent(external_id=outbound.id)

    def change(self, change: Change, account: Account) -> Sent:  # noqa: ARG002 - as above
        """Nothing is called, as with a message: the visitor's stream brings what the log holds."""
        return Sent(external_id=change.id)

    def session(self, request: Request, account: Account) -> Session:
        """A new visitor, or the one whose token is in the body. Raises Forged for a site's signature that is wrong.

        An old token that is not ours any more begins a new visitor: the account's key may have been changed.
        """
        said = _object(request.body)
        _signed(said, account)
        try:
            visitor = tokens.visitor_of(said.get("token"), account.key)
        except Forged:
            visitor = secrets.token_hex(16)
        language = said.get("language")
        return Session(
            token=tokens.token_of(visitor, account.key),
            handle=_handle(visitor, account, ""),
            appearance=settings.appearance(account, language if isinstance(language, str) and language else account.language),
        )

    def visitor(self, token: str, account: Account) -> Handle:
        """Whose the token is. Raises Forged."""
        return _handle(tokens.visitor_of(token, account.key), account, "")

    def welcomes(self, origin: str, account: Account) -> bool:
        """Whether a page of this origin may show the chat."""
        return settings.welcomes(origin, account)


def channel() -> Channel:
    """The channel, for the registry."""
    return WebChat()


def _handle(visitor: str, account: Account, name: str) -> Handle:
    word = "Visitor" if account.language == "en" else "Besøgende"
    return Handle(network=NETWORK, scope=account.id, address=str(visitor), display=name, name=f"{word} {str(visitor)[:4]}")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(found, dict):
        raise NotUnderstood("not a JSON object")
    return found


def _time(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _ident(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise NotUnderstood("an id has 8 to 64 letters, digits and hyphens")
    return value


def _text(value: object, limit: int) -> str:
    return value.replace("\x00", "").strip()[:limit] if isinstance(value, str) else ""


def _mail(value: object) -> str:
    text = _text(value, 254).lower()
    return text if _MAIL.fullmatch(text) else ""


def _act(act: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """What a visitor does to a message: new words or taken back for one of its own, a sign for any (``own`` says whose it is)."""
    written = _time(said.get("at"))
    kept: dict[str, Any] = {act: _ident(said[act]), "written": written.isoformat() if written else ""}
    if act == "edit":
        kept["text"] = _text(said.get("text"), settings.MAX_LENGTH + 1)
        if not kept["text"]:
            raise NotUnderstood("a message has a text")
        if len(kept["text"]) > settings.MAX_LENGTH:
            raise NotUnderstood(f"a message has at most {settings.MAX_LENGTH} characters")
    if act == "react":
        emoji = said.get("emoji")
        if not isinstance(emoji, str) or not 0 < len(emoji) <= SIGN or any(c.isalnum() or c.isspace() or c < " " for c in emoji):
            raise NotUnderstood("a reaction is one sign")
        kept |= {"emoji": emoji, "removed": said.get("removed") is True, "own": said.get("own") is True}
    return kept


def _acted(ident: str, kept: Mapping[str, Any], author: Handle, at: datetime) -> Event:
    """The id of a visitor's message begins with the visitor's own, so that nobody reaches another's."""
    own = f"{kept['visitor']}:"
    if "edit" in kept:
        return Edit(external_id=ident, target=f"{own}{kept['edit']}", author=author, at=at, text=str(kept.get("text") or ""))
    if "delete" in kept:
        return Delete(external_id=ident, target=f"{own}{kept['delete']}", author=author, at=at)
    target = f"{own if kept.get('own') else ''}{kept['react']}"
    removed = bool(kept.get("removed"))
    return Reaction(external_id=ident, target=target, author=author, at=at, emoji=str(kept.get("emoji") or ""), removed=removed)


def _message(said: Mapping[str, Any], account: Account) -> dict[str, Any]:
    text, file = _text(said.get("text"), settings.MAX_LENGTH + 1), said.get("file")
    if not text and file is None:
        raise NotUnderstood("a message has a text or a file")
    if len(text) > settings.MAX_LENGTH:
        raise NotUnderstood(f"a message has at most {settings.MAX_LENGTH} characters")
    written = _time(said.get("at"))
    page = said.get("page")
    page = page if isinstance(page, dict) else {}
    return {
        "text": text,
        **({"file": _file(file, account)} if file is not None else {}),
        "written": written.isoformat() if written else "",
        "language": _text(said.get("language"), 2).lower(),
        "page": {name: found for name in ("url", "title") if (found := _text(page.get(name), PAGE))},
        "mail": _mail(said.get("mail")),
        **_signed(said, account),
    }


def _file(said: object, account: Account) -> dict[str, Any]:
    """A file as it is kept. Its name loses what could be a path; what it really is, is looked at when it is opened."""
    if not settings.takes_files(account):
        raise NotUnderstood("files are not taken here")
    if not isinstance(said, dict):
        raise NotUnderstood("a file is an object")
    data = said.get("data")
    size = len(_bytes(data))
    if not 0 < size <= settings.LARGEST_FILE:
        raise NotUnderstood(f"a file has 1 to {settings.LARGEST_FILE} bytes")
    kind = _text(said.get("type"), 127).lower()
    name = " ".join(re.split(r"[/\\]", CONTROLS.sub("", _text(said.get("name"), 1000)))[-1].split())[-200:]
    return {"name": name or "file", "type": kind if _KIND.fullmatch(kind) else UNKNOWN, "size": size, "data": data}


def _bytes(data: object) -> bytes:
    if not isinstance(data, str):
        raise NotUnderstood("a file has its bytes as base64")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotUnderstood("a file has its bytes as base64") from error


def _attachments(kept: Mapping[str, Any]) -> Sequence[Attachment]:
    file = kept.get("file")
    if not isinstance(file, dict) or not isinstance(file.get("size"), int):
        return ()
    name, kind = str(file.get("name") or "file"), str(file.get("type") or UNKNOWN)
    return (Attachment(part=PART, name=name, content_type=kind, size=file["size"]),)


def _signed(said: Mapping[str, Any], account: Account) -> dict[str, str]:
    """The signed-in visitor as the site has signed it; nothing when the page says nothing of one."""
    given = said.get("identity")
    if not given:
        return {}
    if not isinstance(given, dict):
        raise Forged("the identity has the wrong form")
    user, mail = given.get("user") or "", given.get("mail") or ""
    if not isinstance(user, str) or not isinstance(mail, str):
        raise Forged("the identity has the wrong form")
    tokens.check_signature(settings.secret(account), given.get("signature"), user=user, mail=mail)
    return {"signed_user": user, "signed_mail": _mail(mail), "name": _text(given.get("name"), NAME)}


def _claims(kept: Mapping[str, Any], account: Account) -> Sequence[Claim]:
    claims = []
    if kept.get("signed_user"):
        handle = Handle(network="site", scope=account.id, address=str(kept["signed_user"]))
        claims.append(Claim(handle=handle, by="hmac"))
    if kept.get("signed_mail"):
        claims.append(Claim(handle=Handle(network="mail", address=str(kept["signed_mail"])), by="hmac"))
    typed = kept.get("mail")
    if typed and typed != kept.get("signed_mail"):
        claims.append(Claim(handle=Handle(network="mail", address=str(typed)), by="typed"))
    return tuple(claims)
