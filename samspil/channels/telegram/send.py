"""Sending one message, in one call, so that it is sent whole or not at all."""

import json
import re
from collections.abc import Mapping
from typing import Any

from samspil.channels.telegram.settings import Refused, ask
from samspil.kit import Account, File, Outbound, Sent, Uncertain, Unreachable

TEXT, CAPTION, FILES = 4096, 1024, 10
"""Characters of a message and of a text beside files, and files of one message (https://core.telegram.org/bots/api)."""
LARGEST = 50 * 1024 * 1024
_PLACE = re.compile(r"(-?\d{1,20}):(\d{1,20})", re.ASCII)
_GONE = ("bot was blocked", "user is deactivated", "chat not found", "bot was kicked", "peer_id_invalid", "can't initiate")


def send(outbound: Outbound, account: Account) -> Sent:
    """Raises TryLater, Unreachable, Uncertain."""
    where = _where(outbound)
    files = list(outbound.files)
    limit = CAPTION if files else TEXT
    if units_of(outbound.text) > limit:
        raise Unreachable(
            f"Telegram takes at most {limit} characters" + (" beside files: send the text by itself" if files else "")
        )
    if len(files) > FILES or sum(f.size for f in files) > LARGEST:
        raise Unreachable("Telegram takes at most 10 files of together 50 MB")
    try:
        if not files:
            said = ask(account, "sendMessage", {"text": outbound.text, **where, **_buttons(outbound)}, repeatable=False)
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
    every = said if isinstance(said, list) and said else [said]
    # Telegram makes a message of each file: whoever changes ours later must know them all.
    several = [place_of(_ident(one))[1] for one in every] if len(every) > 1 else []
    return Sent(external_id=_ident(every[0]), kept={"messages": several} if several else {})


def units_of(text: str) -> int:
    """Characters as Telegram counts them: in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def place_of(ident: str) -> tuple[str, int]:
    """The chat and the number that a message's id is made of; ("", 0) for what is none."""
    found = _PLACE.fullmatch(ident)
    return (found[1], int(found[2])) if found else ("", 0)


def _where(outbound: Outbound) -> dict[str, Any]:
    """The chat of what is answered, which may be a group; else the person's own."""
    chat, number = place_of(outbound.in_reply_to)
    if not number:
        return {"chat_id": outbound.to.address}
    return {"chat_id": chat, "reply_parameters": {"message_id": number, "allow_sending_without_reply": True}}


def _buttons(outbound: Outbound) -> dict[str, Any]:
    """The answers that are offered, one row below the message; what each sends back is its sign (1 to 64 bytes)."""
    row = [{"text": choice.sign, "callback_data": choice.sign} for choice in outbound.choices]
    return {"reply_markup": {"inline_keyboard": [row]}} if row else {}


def _flat(where: Mapping[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in where.items()}


def _form(file: File) -> tuple[str, Any, str]:
    return (file.name, file.open(), file.content_type)


def _ident(said: object) -> str:
    chat = said.get("chat") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(chat, dict) or not isinstance(said.get("message_id"), int):
        raise Uncertain("Telegram's answer did not say which message it made")
    return f"{chat.get('id')}:{said['message_id']}"
