"""A notice to a colleague as a post of the bot's own conversation with them. Source: api.mattermost.com (posts, channels/direct)."""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.mattermost import tokens
from samspil.channels.mattermost.api import call, me, person_of, thing
from samspil.channels.mattermost.settings import ID, Settings, settings_of
from samspil.channels.mattermost.words import LONGEST, escaped, quoted
from samspil.kit import Account, Notice, Sent, Uncertain, Unreachable
from samspil.kit.notices import BUTTONS, LINK, worded
from samspil.kit.reading import text

SHORT = 300
PIECE = 2800
"""Characters of one thing that was written; the rest is at the desk."""
MOST = 12


def words_of(notice: Notice) -> str:
    """The post's words: what happened, what was written, what an answer does."""
    parts = [escaped(notice.text.strip())]
    for name, said in notice.quoted[-MOST:]:
        parts.append(f"**{escaped(' '.join(name.split()))[:SHORT]}**\n{quoted(said.strip()[:PIECE])}")
    parts += [escaped(notice.foot.strip())] if notice.foot.strip() else []
    parts += [link] if (link := link_of(notice.link, notice.language)) else []
    return "\n\n".join(parts)[:LONGEST]


def link_of(link: str, language: str) -> str:
    """Our own link, the only one that is shown; "" where there is none."""
    return f"[{worded(LINK, language)}]({link})" if link and not set(link) & set(" ()<>\n") else ""


def buttons_of(notice: Notice, key: bytes, user: str, words: Sequence[str], address: str) -> Mapping[str, Any]:
    """The post's properties: a button for each of the words, where Mattermost knows whom to call."""
    if not address or not words:
        return {}
    actions = [
        {
            "id": word.replace("_", ""),
            "type": "button",
            "name": worded(BUTTONS[word], notice.language),
            "integration": {"url": address, "context": tokens.context(key, notice.id, word, user)},
        }
        for word in words
    ]
    return {"attachments": [{"fallback": "", "actions": actions}]}


def place_of(settings: Settings, user: str) -> str:
    """The bot's own conversation with a person; made where there is none, and only with a full member of the server. Raises Unreachable."""
    person_of(settings, user)
    bot = text(me(settings).get("id"), 40)
    # Asked twice it is the same conversation.
    found = text(thing(call(settings, "POST", "channels/direct", [bot, user], repeatable=True)).get("id"), 40)
    if not ID.fullmatch(found):
        raise Unreachable("Mattermost named no conversation with this person")
    return found


def post(
    settings: Settings, place: str, *, ident: str, words: str, props: Mapping[str, Any] | None = None, root: str = ""
) -> Sent:
    """Write into a conversation; ``words`` are markdown. Raises SignInAgain, TryLater, Unreachable, Uncertain.

    The server takes the same ``ident`` twice for the same post, for half a minute.
    """
    said: dict[str, Any] = {"channel_id": place, "message": words[:LONGEST] or "–", "pending_post_id": f"samspil:{ident}"[:100]}
    said |= {"props": dict(props)} if props else {}
    said |= {"root_id": root} if root else {}
    found = text(thing(call(settings, "POST", "posts", said, repeatable=False)).get("id"), 40)
    if not ID.fullmatch(found):
        raise Uncertain("Mattermost took the post and did not name it")
    return Sent(external_id=found)


def notify(notice: Notice, account: Account) -> Sent:
    """One notice. Raises SignInAgain, TryLater, Unreachable, Uncertain."""
    settings, user = settings_of(account), notice.to.address
    if notice.to.scope != settings.host:
        raise Unreachable("The colleague is known on another server")
    place = place_of(settings, user)
    words = [word for word in notice.buttons if word in BUTTONS]
    props = buttons_of(notice, account.key, user, words, settings.buttons)
    return post(settings, place, ident=notice.id, words=words_of(notice), props=props)
