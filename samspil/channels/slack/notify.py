"""A notice to a colleague as a message of the app's own conversation with them.

What consumers and colleagues wrote goes as rich text, whose pieces are words and never markup: nothing in it mentions anybody, makes a link or
calls everybody. The line for the phone's notification is escaped. Source: docs.slack.dev/reference/block-kit.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from samspil.channels.slack import tokens
from samspil.channels.slack.api import call, person_of
from samspil.channels.slack.settings import PLACE, STAMP, USER, Settings, settings_of
from samspil.channels.slack.words import escaped
from samspil.kit import Account, Notice, Sent, Uncertain, Unreachable
from samspil.kit.notices import BUTTONS, LINK, worded
from samspil.kit.reading import part, text

MOST = 45
"""Blocks of one message, of Slack's 50, and what stands below."""
LONGEST = 2800
"""Characters of one block, of Slack's 3000."""
SHORT = 300
_OURS = UUID("2f0c5a0e-6f8b-4f52-9a43-0f6d1b0c7d11")


def rich(*sections: Mapping[str, Any]) -> dict[str, Any]:
    """A block of words."""
    return {"type": "rich_text", "elements": list(sections)}


def section(words: str, *, kind: str = "rich_text_section", bold: bool = False) -> dict[str, Any]:
    """Words in a section, as they are."""
    piece: dict[str, Any] = {"type": "text", "text": words[:LONGEST] or "–"}
    return {"type": kind, "elements": [piece | ({"style": {"bold": True}} if bold else {})]}


def blocks_of(notice: Notice, key: bytes, words: Sequence[str]) -> list[dict[str, Any]]:
    """The message: what happened, what was written, what an answer does, and the buttons (``words``)."""
    found = [rich(section(_clean(notice.text)))]
    # The newest are told where there are too many.
    for name, said in notice.quoted[-(MOST // 2) :]:
        found.append(rich(section(f"{_clean(name)[:SHORT]}\n", bold=True), section(_clean(said), kind="rich_text_quote")))
    foot: list[dict[str, Any]] = (
        [{"type": "text", "text": _clean(notice.foot)[:LONGEST], "style": {"italic": True}}] if notice.foot else []
    )
    if notice.link:
        foot += [{"type": "text", "text": "\n"}] if foot else []
        foot.append({"type": "link", "url": notice.link[:LONGEST], "text": worded(LINK, notice.language)})
    if foot:
        found.append(rich({"type": "rich_text_section", "elements": foot}))
    if words:
        found.append({"type": "actions", "elements": [_button(notice, key, word) for word in words]})
    return found


def _button(notice: Notice, key: bytes, word: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": f"samspil_{word}",
        "text": {"type": "plain_text", "text": worded(BUTTONS[word], notice.language)},
        "value": tokens.signed(key, notice.id, word),
    }


def key_of(ident: str) -> str:
    """What names one message of ours at Slack, the same at every try: a UUID."""
    try:
        return str(UUID(ident))
    except ValueError:
        return str(uuid5(_OURS, ident))


def place_of(settings: Settings, user: str) -> str:
    """The app's own conversation with a person; made where there is none, and only with a full member of the workspace. Raises Unreachable."""
    if not USER.fullmatch(user):
        raise Unreachable("This is no id of a person on Slack", permanent=True)
    person_of(settings, user)
    found = text(part(call(settings, "conversations.open", {"users": user}), "channel").get("id"), 40)
    if not PLACE.fullmatch(found):
        raise Unreachable("Slack named no conversation with this person")
    return found


def post(
    settings: Settings, place: str, *, ident: str, words: str, blocks: Sequence[Mapping[str, Any]] = (), thread: str = ""
) -> Sent:
    """Write into a conversation; the same ``ident`` again is the same message to Slack. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    said: dict[str, Any] = {
        "channel": place, "text": escaped(_clean(words))[:LONGEST] or "–", "client_msg_id": key_of(ident), "mrkdwn": False,
        "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False,
    }  # fmt: skip
    said |= {"blocks": list(blocks)} if blocks else {}
    said |= {"thread_ts": thread} if thread else {}
    answer = call(settings, "chat.postMessage", said, repeatable=False)
    stamp, where = text(answer.get("ts"), 40), text(answer.get("channel"), 40)
    if not STAMP.fullmatch(stamp) or not PLACE.fullmatch(where):
        raise Uncertain("Slack took the message and did not name it")
    return Sent(external_id=f"{where}:{stamp}")


def _clean(words: str) -> str:
    return words.replace("\r", "").replace("\x00", "").strip()


def notify(notice: Notice, account: Account) -> Sent:
    """One notice. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    settings = settings_of(account)
    if notice.to.scope != settings.team:
        raise Unreachable("The colleague is known in another workspace")
    place = place_of(settings, notice.to.address)
    words = [word for word in notice.buttons if word in BUTTONS]
    return post(settings, place, ident=notice.id, words=notice.text, blocks=blocks_of(notice, account.key, words))
