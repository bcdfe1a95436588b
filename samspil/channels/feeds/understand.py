"""What an envelope means: one entry, as an offer to read that nobody waits for an answer to."""

import json
from collections.abc import Mapping, Sequence
from email.utils import parseaddr
from html import escape

from samspil.channels.feeds import entry as entries
from samspil.channels.feeds.entry import Entry, folded
from samspil.channels.feeds.settings import NETWORK, feed_scope, line, plain
from samspil.kit import Account, Edit, Envelope, Event, Handle, Message, NotUnderstood
from samspil.kit.reading import host_of

OFFER = "offer"
_NOBODY = ("noreply", "no-reply", "donotreply", "do-not-reply")


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The message of a new entry, or the edit of one that changed. Raises NotUnderstood."""
    told = envelope.headers
    if trouble := told.get("trouble"):
        raise NotUnderstood(plain(trouble, 1000))
    feed, key = told.get("feed", ""), told.get("key", "")
    if not host_of(feed) or not key:
        raise NotUnderstood("The entry does not say which feed it is of")
    entry = entries.read(envelope.payload, told.get("base") or feed)
    now = envelope.received_at or entry.updated or entry.published
    if now is None:
        raise NotUnderstood("The entry has no time")
    author = handle_of(entry, feed, told)
    if told.get("changed"):
        at = min(entry.updated or now, now)
        return [
            Edit(
                external_id=envelope.external_id, target=key, author=author, at=at, text=_text(entry, account), html=_html(entry)
            )
        ]
    return [
        Message(
            external_id=key,
            author=author,
            at=min(entry.published or entry.updated or now, now),  # an entry from the future would stand on top for ever
            subject=entry.title,
            text=_text(entry, account),
            html=_html(entry),
            automatic=OFFER,
            public=True,
            outgoing=author.address in account.own,
            language=entry.language,
            extra=_extra(entry, feed, told),
        )
    ]


def _text(entry: Entry, account: Account) -> str:
    """All it says, and where it and its comments can be read: a feed itself takes no answers."""
    parts = [entry.text.strip() or entry.title, *(f"[{kind}: {url}]" for url, kind in entry.files), entry.link]
    if entry.comments and entry.comments != entry.link:
        parts.append(f"{'Comments' if account.language.startswith('en') else 'Kommentarer'}: {entry.comments}")
    return "\n\n".join(part for part in parts if part)


def _html(entry: Entry) -> str:
    """The same as markup; "" where the text says it all."""
    links = [url for url in dict.fromkeys((*(url for url, _ in entry.files), entry.link, entry.comments)) if url]
    return entry.html and entry.html + "".join(f'<p><a href="{escape(url)}">{escape(url)}</a></p>' for url in links)


def _extra(entry: Entry, feed: str, told: Mapping[str, str]) -> dict[str, object]:
    found = {
        "url": entry.link,
        "comments": entry.comments,
        "feed": feed,
        "feed_title": line(told.get("title"), 300),
        "id": entry.id[:1000],
        "mail": entry.author.get("email", ""),
        "files": [list(file) for file in entry.files],
    }
    return {key: value for key, value in found.items() if value}


# Whoever writes a feed can write any name, mail address and uri in it. So nobody is joined across feeds by what a feed says: a name is
# valid in the feed that tells it, and a mail address never becomes the handle "mail". Within a feed, the uri and the name together are
# the person: many programs give every author the site's own address as uri, and one address of mail stands for a whole desk of writers.
# A person who changes name becomes two, which a colleague can join; two who became one would be the worse mistake.
def handle_of(entry: Entry, feed: str, told: Mapping[str, str]) -> Handle:
    """The author within the feed; the feed itself where it names none."""
    who = entry.author or _author_of_feed(told)
    name, uri, mail = line(who.get("name"), 300), entries.web(line(who.get("uri"), 2000)), line(who.get("email"), 300)
    if name and "@" in name and not mail:
        mail = parseaddr(name)[1]
    personal = uri if uri and not _is_site(uri, feed, told.get("link", "")) else ""
    address = " ".join(part for part in (personal, folded(name)) if part)
    if not address and mail and not mail.lower().startswith(_NOBODY):
        address = mail.lower()
    site = line(told.get("title"), 200) or host_of(feed)
    return Handle(
        network=NETWORK,
        scope=feed_scope(feed),
        address=address or host_of(feed),
        display=(name or mail if address else site)[:200],
        name=(f"{name or mail or uri} ({site})" if address else site)[:200],
    )


def _author_of_feed(told: Mapping[str, str]) -> Mapping[str, str]:
    try:
        found = json.loads(told.get("author") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {key: line(value, 2000) for key, value in found.items()} if isinstance(found, dict) else {}


def _is_site(uri: str, feed: str, link: str) -> bool:
    """Whether an address is the whole site's and not one person's."""
    bare = uri.partition("://")[2].partition("#")[0].rstrip("/").lower()
    home = link.partition("://")[2].partition("#")[0].rstrip("/").lower()
    return bare in {host_of(feed), home} and bool(bare)
