"""That we have read a message, and that we write. Nothing else can be done to what stands in a chat of LINE's.

Sources: https://developers.line.biz/en/docs/messaging-api/mark-as-read/ and .../use-loading-indicator/.
"""

from samspil.channels.line.send import refuse
from samspil.channels.line.settings import PERSON, web
from samspil.kit import Account, Change, Handle, Sent, Unreachable

SECONDS = 5
"""That LINE shows the indicator, unless a message comes: five at least, in steps of five."""


def carry_out(change: Change, account: Account) -> Sent:
    """Mark a message and all before it as read, with the token that came with it, which lasts. Raises TryLater, Unreachable."""
    token = change.extra.get("read_token")
    if change.kind != "read" or not isinstance(token, str) or not token:
        raise Unreachable(
            "LINE gave nothing to mark this message as read with" if change.kind == "read" else "LINE cannot do that"
        )
    answer = web(account).call("POST", "/v2/bot/chat/markAsRead", json={"markAsReadToken": token}, repeatable=True, every=True)
    if not answer.ok:
        refuse(answer)
    return Sent(external_id="")


def typing(to: Handle, answering: str, account: Account) -> None:
    """Show the indicator in a chat of two; a group has none. Raises TryLater, Unreachable."""
    chat = answering.partition(":")[0] or to.address
    if not PERSON.fullmatch(chat):
        raise Unreachable("LINE shows in chats of two alone that somebody writes")
    body = {"chatId": chat, "loadingSeconds": SECONDS}
    answer = web(account).call("POST", "/v2/bot/chat/loading/start", json=body, repeatable=True, every=True)
    if not answer.ok:
        refuse(answer)
