"""Fetching updates by long polling: nothing needs to reach us from outside. What is on disk is confirmed with the next question."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from samspil.channels.telegram.settings import Refused, ask, load
from samspil.channels.telegram.understand import ASKED, file_of, message_in
from samspil.kit import Account, Batch, Envelope, TryLater

WAIT = 50
"""Seconds that Telegram keeps a question open; an answer with updates comes at once."""
LARGEST = 20 * 1024 * 1024
"""Bytes of a file that a bot may fetch (https://core.telegram.org/bots/api#getfile)."""
CONFLICT = 409


def pull(account: Account, cursor: Any, wait: int = WAIT) -> Iterator[Batch]:
    """Batches of updates from the one after ``cursor``, for ever. Raises TryLater."""
    after = cursor if isinstance(cursor, int) else 0
    while True:
        try:
            updates = ask(
                account,
                "getUpdates",
                {"offset": after, "timeout": wait, "allowed_updates": list(ASKED)},
                repeatable=True,
                patience=wait + 20.0,
            )
        except Refused as error:
            if error.code == CONFLICT:
                raise TryLater(
                    "Another program fetches the bot's messages, or a webhook is set: remove it there, or make a new token",
                    after=60,
                ) from error
            raise TryLater(f"Telegram: {error}") from error
        found = [u for u in updates if isinstance(u, dict) and isinstance(u.get("update_id"), int)] if updates else []
        if found:
            after = max(u["update_id"] for u in found) + 1
            yield Batch(envelopes=[_envelope(account, u) for u in found], cursor=after)
            for update in found:
                _thank(account, update)


def _envelope(account: Account, update: Mapping[str, Any]) -> Envelope:
    kept: dict[str, Any] = {"update": update}
    found = file_of(message_in(update))
    if found and (loaded := _load(account, found[1])) is not None:
        kept["files"] = {found[1]["file_id"]: {"size": len(loaded), "bytes": base64.b64encode(loaded).decode()}}
    payload = json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Envelope(external_id=str(update["update_id"]), payload=payload, headers={"content-type": "application/json"})


def _thank(account: Account, update: Mapping[str, Any]) -> None:
    """Tell who pressed a button that it was heard: until then their button turns. Once it is on disk; a lost word is no harm."""
    pressed = update.get("callback_query")
    if isinstance(pressed, dict) and isinstance(pressed.get("id"), str):
        with suppress(Refused, TryLater):
            ask(account, "answerCallbackQuery", {"callback_query_id": pressed["id"]}, repeatable=True)


def _load(account: Account, about: Mapping[str, Any]) -> bytes | None:
    """The file's bytes; None for one that a bot may not fetch, or that is gone: the message is shown without it."""
    size = about.get("file_size")
    if isinstance(size, int) and size > LARGEST:
        return None
    try:
        where = ask(account, "getFile", {"file_id": about["file_id"]}, repeatable=True)
        path = where.get("file_path") if isinstance(where, dict) else None
        if not isinstance(path, str) or ".." in path or "://" in path:
            return None
        return load(account, path, LARGEST)
    except Refused:
        return None
