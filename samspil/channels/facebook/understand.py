"""What a webhook of a page means: private messages, and what people write and do on the page. Pure.

Source: https://developers.facebook.com/docs/graph-api/webhooks/reference/page
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from samspil.channels._meta import messaging
from samspil.channels._meta.files import attachments
from samspil.channels._meta.gather import gather
from samspil.channels._meta.messaging import NAMED, Place
from samspil.channels._meta.read import fail, parts, text, time, word
from samspil.channels._meta.webhook import parsed
from samspil.channels.facebook.settings import place
from samspil.kit import Account, Delete, Edit, Envelope, Event, Message, NotUnderstood, Reaction
from samspil.kit.reading import part

POSTS = frozenset({"post", "status", "photo", "video", "share", "album", "note", "event"})


def meaning(envelope: Envelope, account: Account) -> Sequence[Event]:
    """Every event of one webhook: all entries, with all that stands in them. Raises NotUnderstood when none is understood."""
    body = parsed(envelope.payload)
    if body.get("object") != "page":
        raise NotUnderstood(f"this is of {word(body.get('object'), 40) or 'nothing'}, and not a page's")
    return gather(_things(body, place(account)), "a webhook of Facebook's with nothing in it")


def _things(body: Mapping[str, Any], where: Place) -> Iterator[Callable[[], Sequence[Event]]]:
    for entry in parts(body, "entry"):
        for name in ("messaging", "standby"):
            for one in parts(entry, name):
                yield partial(messaging.meaning, one, where, standby=name == "standby")
        for change in parts(entry, "changes"):
            yield partial(_change, entry, change, where)


def _change(entry: Mapping[str, Any], change: Mapping[str, Any], where: Place) -> Sequence[Event]:
    if word(entry.get("id"), 60) != where.own:
        fail(f"this is for another page than this account's ({word(entry.get('id'), 60) or 'none'})")
    field, value = word(change.get("field"), 60), part(change, "value")
    at = time(value.get("created_time") or entry.get("time"))
    if field == "mention":
        return [_mention(value, where, at)]
    if field != "feed":
        return fail(f"Facebook tells of {field or 'nothing'}, which is no message")
    item = word(value.get("item"), 40)
    if item == "comment":
        return _comment(value, where, at)
    if item in {"reaction", "like"}:
        return _reaction(value, where, at)
    if item in POSTS:
        return _post(value, where, at)
    return fail(f"Facebook tells of a {item or 'nothing'} on the page, which is no message")


def _comment(value: Mapping[str, Any], where: Place, at: datetime) -> Sequence[Event]:
    ident = word(value.get("comment_id"), 200) or fail("a comment without an id")
    post, parent = word(value.get("post_id"), 200), word(value.get("parent_id"), 200)
    # Not the post itself: whoever writes below the same post is not one conversation.
    references = [parent] if parent not in {"", ident, post} else []
    return _written(value, where, at, ident, references)


def _post(value: Mapping[str, Any], where: Place, at: datetime) -> Sequence[Event]:
    """What somebody else writes on our page; what we publish there ourselves begins no conversation."""
    if word(part(value, "from").get("id"), 200) in {where.own, ""}:
        return []
    return _written(value, where, at, word(value.get("post_id"), 200) or fail("a post without an id"), [])


def _written(value: Mapping[str, Any], where: Place, at: datetime, ident: str, references: Sequence[str]) -> Sequence[Event]:
    verb = word(value.get("verb"), 20)
    if verb in {"hide", "unhide"}:
        return []  # a colleague's own doing at Facebook, and not the writer's
    who = part(value, "from")
    author = where.handle(who.get("id") or value.get("sender_id"), display=who.get("name") or value.get("sender_name"))
    if author.address == where.own:
        return []  # what we wrote: by our answer, which is in the log, or at Facebook itself, which does not say whom it is for
    if verb in {"remove", "delete"}:
        return [Delete(external_id=f"{ident}:removed", target=ident, author=author, at=at)]
    said = _text(value)
    if verb in {"edit", "edited"}:
        return [
            Edit(external_id=f"{ident}:edit:{int(at.timestamp())}:{len(said)}", target=ident, author=author, at=at, text=said)
        ]
    if verb != "add":
        return fail(f"Facebook says {verb or 'nothing'} of something on the page")
    link = word(part(value, "post").get("permalink_url"), 1000)
    extra = {
        n: v
        for n, v in (
            ("link", link),
            ("post", word(value.get("post_id"), 200)),
            ("photo", word(value.get("photo"), 2000)),
            ("video", word(value.get("video"), 2000)),
        )
        if v
    }
    return [
        Message(
            external_id=ident,
            author=author,
            at=at,
            text=said or fail("a comment with nothing in it"),
            references=references,
            public=True,
            attachments=attachments([(kind, extra[kind]) for kind in ("photo", "video") if kind in extra]),
            extra=extra,
        )
    ]


def _mention(value: Mapping[str, Any], where: Place, at: datetime) -> Message:
    """Another page, or somebody, names ours in a post or a comment of theirs."""
    ident = word(value.get("comment_id") or value.get("post_id"), 200) or fail("a mention of nothing")
    who = part(value, "from")
    author = where.handle(value.get("sender_id") or who.get("id"), display=value.get("sender_name") or who.get("name"))
    said = text(value.get("message")) or f"[they mention you: https://www.facebook.com/{ident}]"
    return Message(external_id=ident, author=author, at=at, text=said, public=True, notes=["they mention your page"])


def _reaction(value: Mapping[str, Any], where: Place, at: datetime) -> Sequence[Event]:
    target = word(value.get("comment_id") or value.get("post_id"), 200) or fail("a reaction to nothing")
    who = part(value, "from")
    author = where.handle(who.get("id") or value.get("sender_id"), display=who.get("name") or value.get("sender_name"))
    if author.address == where.own:
        return []
    kind, verb = word(value.get("reaction_type"), 20).lower() or "like", word(value.get("verb"), 20)
    sign = NAMED.get(kind, "\N{WHITE MEDIUM STAR}")
    ident = f"{target}:{author.address}:{kind}:{verb}:{int(at.timestamp())}"
    return [Reaction(external_id=ident, target=target, author=author, at=at, emoji=sign, removed=verb in {"remove", "delete"})]


def _text(value: Mapping[str, Any]) -> str:
    shown = [text(value.get("message"))]
    shown += ["[picture]"] if value.get("photo") or value.get("photos") else []
    shown += ["[video]"] if value.get("video") else []
    link = word(value.get("link"), 1000)
    if link and not any(shown):
        shown.append(link)
    return "\n".join(filter(None, shown))
