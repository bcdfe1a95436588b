"""What a webhook of Instagram means: private messages, and comments. Pure.

Source: https://developers.facebook.com/documentation/instagram-platform/webhooks/examples
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from samspil.channels._meta import messaging
from samspil.channels._meta.gather import gather
from samspil.channels._meta.messaging import Place
from samspil.channels._meta.read import fail, parts, text, time, word
from samspil.channels._meta.webhook import parsed
from samspil.channels.instagram.settings import place
from samspil.kit import Account, Envelope, Event, Message, NotUnderstood
from samspil.kit.reading import part

SAMPLE = "0"
"""The account that Meta's test button names."""
COMMENTS = frozenset({"comments", "live_comments"})


def meaning(envelope: Envelope, account: Account) -> Sequence[Event]:
    """Every event of one webhook: all entries, with all that stands in them. Raises NotUnderstood when none is understood."""
    body = parsed(envelope.payload)
    if body.get("object") != "instagram":
        raise NotUnderstood(f"this is of {word(body.get('object'), 40) or 'nothing'}, and not Instagram's")
    return gather(_things(body, place(account)), "a webhook of Instagram's with nothing in it")


def _things(body: Mapping[str, Any], where: Place) -> Iterator[Callable[[], Sequence[Event]]]:
    for entry in parts(body, "entry"):
        for name in ("messaging", "standby"):
            for one in parts(entry, name):
                yield partial(messaging.meaning, one, where, standby=name == "standby")
        for change in parts(entry, "changes"):
            yield partial(_change, entry, change, where)
        if "field" in entry:  # the documentation's form, without a list around it
            yield partial(_change, entry, entry, where)


def _change(entry: Mapping[str, Any], change: Mapping[str, Any], where: Place) -> Sequence[Event]:
    account = word(entry.get("id"), 60)
    if account not in {where.own, SAMPLE}:
        fail(f"this is for another account than this one ({account or 'none'})")
    field, value = word(change.get("field"), 60), part(change, "value")
    if part(value, "sender") and part(value, "recipient"):
        # The test button sends a private message in this form, and real ones come in ``messaging``.
        return messaging.meaning(value, where, sample=account == SAMPLE)
    if field in COMMENTS:
        return _comment(value, where, entry, live=field == "live_comments")
    if field == "mentions":
        at = word(value.get("comment_id"), 100) or word(value.get("media_id"), 100) or "?"
        return fail(f"somebody mentions you at Instagram ({at}); Instagram does not say who, so look there")
    return fail(f"Instagram tells of {field or 'nothing'}, which is no message")


def _comment(value: Mapping[str, Any], where: Place, entry: Mapping[str, Any], *, live: bool) -> Sequence[Event]:
    ident = word(value.get("id") or value.get("comment_id"), 100) or fail("a comment without an id")
    who, media = part(value, "from"), part(value, "media")
    author = where.handle(who.get("id"), called=who.get("username"))
    if where.own in {author.address, word(who.get("self_ig_scoped_id"), 60)}:
        return []  # what we wrote: by our answer, which is in the log, or at Instagram itself, which does not say whom it is for
    parent, about = word(value.get("parent_id"), 100), word(media.get("id"), 100)
    extra = {
        n: v
        for n, v in (("media", about), ("ad", word(media.get("ad_id"), 100)), ("kind", word(media.get("media_product_type"), 40)))
        if v
    }
    return [
        Message(
            external_id=ident,
            author=author,
            at=time(value.get("created_time") or entry.get("time")),
            text=text(value.get("text")) or fail("a comment with nothing in it"),
            # Not what it is written below: whoever writes there is not one conversation.
            references=[parent] if parent not in {"", ident, about} else [],
            public=True,
            notes=["written while you were live"] if live else [],
            extra=extra,
        )
    ]
