"""Posts of Mastodon's API and of Lemmy's. Sources: docs.joinmastodon.org/methods/timelines, join-lemmy.org/api.

People of both have the form in which a Mastodon account of ours meets them, user@domain in lower case, so that they are one person.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from samspil.channels.listening.posts import Post, ident, mapping, moment, needed, rows
from samspil.channels.listening.settings import line, text
from samspil.kit import Handle, NotUnderstood
from samspil.kit.html import text_of_post
from samspil.kit.reading import host_of

NETWORK = "mastodon"
_ACCT = re.compile(r"[^\s@/]{1,200}@[^\s@/]{1,253}")


def status(row: Mapping[str, Any], host: str, domain: str) -> Post:
    """A status of a public timeline. Raises NotUnderstood."""
    who = mapping(row.get("account"))
    author = _person(text(who.get("acct"), 500), domain, who.get("display_name"))
    reply = row.get("in_reply_to_id")
    return Post(
        # As the Mastodon channel calls it, so that what we hear and what later mentions us lie together where it is one server.
        id=f"{host}/{ident(row.get('id'), 'status')}",
        author=author,
        at=needed(moment(row.get("created_at"))),
        edited=moment(row.get("edited_at")),
        said=_said(row),
        html=text(row.get("content")),
        url=web(row.get("url")) or web(row.get("uri")),
        references=[f"{host}/{ident(reply, 'post answered')}"] if reply not in (None, "") else [],
        language=text(row.get("language"), 35),
        tags=frozenset(line(tag.get("name"), 100).casefold() for tag in rows(row.get("tags"))),
        about=_about(who),
        private=_private(row, who),
        extra={"visibility": "public", "uri": text(row.get("uri"), 2000)},
    )


def _person(acct: str, domain: str, shown: object) -> Handle:
    acct = acct.strip().lstrip("@")
    whole = acct if "@" in acct else f"{acct}@{domain}"
    if not _ACCT.fullmatch(whole):
        raise NotUnderstood("The account has no name")
    return Handle(network=NETWORK, address=whole.lower(), display=line(shown, 200), name=f"@{whole}")


def _about(who: Mapping[str, Any]) -> str:
    fields = " ".join(f"{text(row.get('name'), 500)} {text(row.get('value'), 500)}" for row in rows(who.get("fields"), 20))
    return f"{_plain(text(who.get('note'), 10_000))} {_plain(fields)} {text(who.get('display_name'), 500)}"


def _private(row: Mapping[str, Any], who: Mapping[str, Any]) -> str:
    if row.get("visibility") != "public" or row.get("local_only") is True:
        return "it is not public"
    if row.get("reblog"):
        return "it only repeats another's"
    if who.get("noindex") is True:
        return "the author does not want programs to read along"
    if who.get("suspended") is True or who.get("limited") is True:
        return "the server holds the author back"
    return "a machine wrote it" if who.get("bot") is True else ""


def _said(row: Mapping[str, Any]) -> str:
    parts = [text(row.get("spoiler_text"), 5000).strip(), _plain(text(row.get("content")))]
    for media in rows(row.get("media_attachments"), 20):
        kind, alt = text(media.get("type"), 40) or "file", text(media.get("description"), 5000).strip()
        parts.append(f"[{kind}: {alt}]" if alt else f"[{kind}]")
    return "\n\n".join(part for part in parts if part)


def lemmy(row: Mapping[str, Any], host: str) -> Post:
    """A post or a comment of a search. Raises NotUnderstood."""
    comment, post, who = mapping(row.get("comment")), mapping(row.get("post")), mapping(row.get("creator"))
    what = comment or post
    actor = web(who.get("actor_id"))
    author = _person(text(who.get("name"), 200), urlsplit(actor).netloc.lower() if actor else host, who.get("display_name"))
    address = web(what.get("ap_id"))
    gone = any(what.get(name) is True for name in ("deleted", "removed"))
    hidden = text(mapping(row.get("community")).get("visibility"), 20) in {"LocalOnly", "Private"}
    return Post(
        id=address or f"{host}/{'comment' if comment else 'post'}/{ident(what.get('id'), 'post')}",
        author=author,
        at=needed(moment(what.get("published"))),
        edited=moment(what.get("updated")),
        subject=line(post.get("name")),
        said=text(comment.get("content") if comment else post.get("body")).strip(),
        url=address,
        references=[parent] if comment and (parent := web(post.get("ap_id"))) else [],
        about=f"{text(who.get('bio'), 10_000)} {text(who.get('display_name'), 500)}",
        private="it is not public"
        if gone or hidden
        else "a machine wrote it"
        if who.get("bot_account") is True
        else "the server holds the author back"
        if who.get("banned") is True or who.get("deleted") is True
        else "",
    )


def web(value: object) -> str:
    """A web address, or ""."""
    url = text(value, 2000).strip()
    return url if host_of(url) else ""


def _plain(html: str) -> str:
    return text(text_of_post(html)).strip()
