"""Sending an answer to the app: one signed webhook, the same id at every try."""

import json
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.api.settings import inside, name_of, outside, secrets
from samspil.kit import Account, Change, Handle, Outbound, Sent, SignInAgain, Unreachable
from samspil.kit.web import Answer, Web
from samspil.kit.webhooks import signed

LONGEST, LARGEST = 100_000, 5_000_000
PATIENCE = 15.0
KNOWN_ALREADY, NOT_ACCEPTED = 409, {401, 403}


def send(outbound: Outbound, account: Account) -> Sent:
    """One message. Raises TryLater, Unreachable."""
    if sum(file.size for file in outbound.files) > LARGEST:
        raise Unreachable(f"Files of one message have at most {LARGEST // 1_000_000} MB together")
    message = said(outbound, account)
    for file, shown in zip(outbound.files, message.get("attachments", ()), strict=True):
        shown["content"] = b64encode(file.open().read()).decode()
    answer = call(account, outbound.id, message)
    _refused(answer)
    return Sent(external_id=inside(_ident(answer) or outbound.id, account))


def change(change: Change, account: Account) -> Sent:
    """What was done to a message, or that theirs was read. Raises TryLater, Unreachable."""
    kinds = {"react": "reaction", "unreact": "reaction"}
    told: dict[str, Any] = {
        "type": kinds.get(change.kind, change.kind),
        "id": change.id,
        "target": outside(change.target, account),
        "to": {"id": change.to.address, "name": change.to.display},
        "author": change.author,
    }
    if change.kind == "edit":
        told["text"] = change.text
    if change.kind in kinds:
        told |= {"emoji": change.emoji, "removed": change.kind == "unreact"}
    answer = call(account, change.id, told)
    _refused(answer)
    return Sent(external_id=inside(_ident(answer) or change.id, account))


def typing(to: Handle, account: Account) -> None:
    """That one of us writes. Raises ChannelError."""
    ident = f"typing-{time.time_ns()}"
    told = {"type": "typing", "id": ident, "to": {"id": to.address, "name": to.display}}
    _refused(call(account, ident, told))


def _refused(answer: Answer) -> None:
    if answer.ok or answer.status == KNOWN_ALREADY:
        return
    words = _error(answer)
    if answer.status in NOT_ACCEPTED:
        raise SignInAgain(f"The app does not accept the signature: do both have the same secret? {words}".strip())
    raise Unreachable(f"The app: {words or answer.status}", permanent=answer.said.get("permanent") is True)


def said(outbound: Outbound, account: Account) -> dict[str, Any]:
    """The message as the app gets it; its files are named, and their bytes are added only where it is sent."""
    message: dict[str, Any] = {
        "type": "message",
        "id": outbound.id,
        "conversation": name_of(outbound.conversation, account),
        "to": {"id": outbound.to.address, "name": outbound.to.display},
        "author": outbound.author,
        "text": outbound.text,
    }
    if outbound.automatic:
        message["automatic"] = True
    if outbound.in_reply_to:
        message["in_reply_to"] = outside(outbound.in_reply_to, account)
    now = outbound.extra.get("now")
    if now in {"edit", "delete"}:
        message["edited" if now == "edit" else "deleted"] = True
    if outbound.files:
        message["attachments"] = [{"name": f.name, "type": f.content_type, "size": f.size} for f in outbound.files]
    return message


def page(messages: Sequence[Outbound], following: str, account: Account) -> bytes:
    """What was sent, for an app that asks for it again. ``following`` is where the next page begins, "" at the end."""
    return json.dumps({"messages": [said(m, account) for m in messages], "next": following}, ensure_ascii=False).encode()


def call(account: Account, ident: str, value: Mapping[str, Any]) -> Answer:
    """POST one value, signed. Raises TryLater, Unreachable (no address, no secret)."""
    url, keys = str(account.config.get("url") or "").strip(), secrets(account)
    if not url.startswith(("https://", "http://")):
        raise Unreachable("The channel has no address to send to: give it in its settings")
    if not keys:
        raise Unreachable("The channel has no secret to sign with: give it in its settings")
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers = {"content-type": "application/json", **signed(ident=ident, at=int(time.time()), body=body, secrets=keys)}
    return Web(patience=PATIENCE, largest=LONGEST).call("POST", url, content=body, headers=headers, repeatable=True)


def _ident(answer: Answer) -> str:
    value = answer.said.get("id")
    return value[:200] if isinstance(value, str) and value.strip() and not any(c.isspace() for c in value) else ""


def _error(answer: Answer) -> str:
    value = answer.said.get("error")
    return value[:300] if isinstance(value, str) else ""
