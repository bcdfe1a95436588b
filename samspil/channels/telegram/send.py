"""Sending one message, in one call, so that it is sent whole or not at all."""

import json
from collections.abc import Mapping
from typing import Any

from samspil.channels.telegram.settings import Refused, ask
from samspil.kit import Account, File, Outbound, Sent, Uncertain, Unreachable

TEXT, CAPTION, FILES = 4096, 1024, 10
"""Characters of a message and of a text beside files, and files of one message (https://core.telegram.org/bots/api)."""
LARGEST = 50 * 1024 * 1024
_GONE = ("bot was blocked", "user is deactivated", "chat not found", "bot was kicked", "peer_id_invalid", "can't initiate")


def send(outbound: Outbound, account: Account) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    where = _where(outbound)
    files = list(outbound.files)
    limit = CAPTION if files else TEXT
    if len(outbound.text.encode("utf-16-le")) // 2 > limit:
        raise Unreachable(
            f"Telegram takes at most {limit} characters" + (" beside files: send the text by itself" if files else "")
        )
    if len(files) > FILES or sum(f.size for f in files) > LARGEST:
        raise Unreachable("Telegram takes at most 10 files of together 50 MB")
    try:
        if not files:
            said = ask(account, "sendMessage", {"text": outbound.text, **where}, repeatable=False)
        elif len(files) == 1:
            what = {"caption": outbound.text, **_flat(where)}
            said = ask(account, "sendDocument", what, repeatable=False, files=[("document", _form(files[0]))])
        else:
            media: list[dict[str, str]] = [{"type": "document", "media": f"attach://f{n}"} for n in range(len(files))]
            media[-1]["caption"] = outbound.text  # shown below the last, where people look for it
            sent = [(f"f{n}", _form(file)) for n, file in enumerate(files)]
            what = {"media": json.dumps(media), **_flat(where)}
            said = ask(account, "sendMediaGroup", what, repeatable=False, files=sent)
    except Refused as error:
        words = str(error)
        raise Unreachable(f"Telegram: {words}", permanent=any(gone in words.lower() for gone in _GONE)) from error
    first = said[0] if isinstance(said, list) and said else said
    return Sent(external_id=_ident(first))


def _where(outbound: Outbound) -> dict[str, Any]:
    """The chat of what is answered, which may be a group; else the person's own."""
    chat, _, number = outbound.in_reply_to.partition(":")
    if not (_number(chat) and _number(number)):
        return {"chat_id": outbound.to.address}
    return {"chat_id": chat, "reply_parameters": {"message_id": int(number), "allow_sending_without_reply": True}}


def _number(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()


def _flat(where: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in where.items()}


def _form(file: File) -> tuple[str, Any, str]:
    return (file.name, file.open(), file.content_type)


def _ident(said: object) -> str:
    chat = said.get("chat") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(chat, dict) or not isinstance(said.get("message_id"), int):
        raise Uncertain("Telegram's answer did not say which message it made")
    return f"{chat.get('id')}:{said['message_id']}"
