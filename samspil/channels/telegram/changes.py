"""What can be done to a message that stands there: other words, taken back, a sign; and showing that we write.

Source: https://core.telegram.org/bots/api#updating-messages, #setmessagereaction and #sendchataction. The same call twice does what it does
once: Telegram then says that nothing has changed, which is as good as done.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.telegram.send import CAPTION, TEXT, place_of, units_of
from samspil.channels.telegram.settings import Refused, ask
from samspil.kit import Account, Change, Handle, Sent, Unreachable

DELETE_WINDOW = 48 * 3600
"""Seconds after which Telegram does not take a message back."""
SIGNS: Sequence[str] = tuple(
    "👍 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻"
    " 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 👎 😡".split()
)
"""What a bot may give (https://core.telegram.org/bots/api#reactiontypeemoji), one to a message: another takes its place."""
_DONE: Mapping[str, tuple[str, ...]] = {
    "edit": ("message is not modified",),
    "delete": ("message to delete not found",),
    "unreact": ("reaction_empty",),
}
"""How Telegram says that it was so already."""
_GONE = ("message to edit not found", "message to react not found")
_OLD = ("message can't be deleted",)
_NO_TEXT = "there is no text in the message to edit"


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out. Raises TryLater, Unreachable."""
    chat, number = place_of(change.target)
    if not number:
        raise Unreachable("This is no message of Telegram's")
    if change.kind in {"edit", "delete"} and not change.own:
        raise Unreachable("Only messages of our own can be changed")
    try:
        _CALLS[change.kind](change, {"chat_id": chat, "message_id": number}, account)
    except KeyError as error:
        raise Unreachable("Telegram does not let a bot do that") from error
    except Refused as error:
        words = str(error).lower()
        if not any(done in words for done in _DONE.get(change.kind, ())):
            raise Unreachable(_meaning(words) or f"Telegram: {error}") from error
    return Sent(external_id="", kept=change.kept)


def typing(to: Handle, answering: str, account: Account) -> None:
    """Show for some seconds that somebody writes, in the chat of what is answered. Raises TryLater, Unreachable."""
    chat, _ = place_of(answering)
    try:
        ask(account, "sendChatAction", {"chat_id": chat or to.address, "action": "typing"}, repeatable=True)
    except Refused as error:
        raise Unreachable(f"Telegram: {error}") from error


def _edit(change: Change, where: dict[str, Any], account: Account) -> None:
    """The text, or where the message is of files, the words beside them: below the last of several."""
    files = bool(change.sent and change.sent.files)
    limit = CAPTION if files else TEXT
    if units_of(change.text) > limit:
        raise Unreachable(f"Telegram takes at most {limit} characters" + (" beside files" if files else ""))
    if files:
        where["message_id"] = _numbers(change, where)[-1]
    else:
        try:
            ask(account, "editMessageText", {**where, "text": change.text}, repeatable=True)
        except Refused as error:
            if _NO_TEXT not in str(error).lower():
                raise
        else:
            return
    ask(account, "editMessageCaption", {**where, "caption": change.text}, repeatable=True)


def _delete(change: Change, where: dict[str, Any], account: Account) -> None:
    for number in _numbers(change, where):
        ask(account, "deleteMessage", {**where, "message_id": number}, repeatable=True)


def _react(change: Change, where: dict[str, Any], account: Account) -> None:
    sign = change.emoji.replace("\ufe0f", "")  # Telegram's list has the signs without it
    if sign not in SIGNS:
        raise Unreachable("Telegram does not let a bot give this sign")
    ask(account, "setMessageReaction", {**where, "reaction": [{"type": "emoji", "emoji": sign}]}, repeatable=True)


def _unreact(_change: Change, where: dict[str, Any], account: Account) -> None:
    ask(account, "setMessageReaction", {**where, "reaction": []}, repeatable=True)


_CALLS = {"edit": _edit, "delete": _delete, "react": _react, "unreact": _unreact}


def _numbers(change: Change, where: Mapping[str, Any]) -> list[int]:
    """The messages that ours is made of: Telegram makes one of each file."""
    kept = change.kept.get("messages")
    found = [n for n in kept if isinstance(n, int) and not isinstance(n, bool)] if isinstance(kept, list) else []
    return found or [where["message_id"]]


def _meaning(words: str) -> str:
    if any(gone in words for gone in _GONE):
        return "The message is not there any more"
    if any(old in words for old in _OLD):
        return "Telegram does not take a message back after 48 hours"
    return ""
