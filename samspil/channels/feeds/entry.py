"""What one entry says: pure, and without trust in any field."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr, parsedate_to_datetime
from html import escape
from typing import Any

from lxml import etree, html

from samspil.channels.feeds.document import children, local, rows, said, tree, urljoin_safe
from samspil.channels.feeds.settings import line, plain, short
from samspil.kit import NotUnderstood
from samspil.kit.html import parse, text_of, text_of_tree
from samspil.kit.reading import host_of

LARGEST = 4 * 1024 * 1024
LONGEST = 200_000
"""Characters of an entry's text."""
_ZONES = {"CET": "+0100", "CEST": "+0200", "BST": "+0100", "WET": "+0000", "WEST": "+0100", "EET": "+0200", "EEST": "+0300"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``id`` is its own word for itself, "" without one; ``published`` and ``updated`` are None where it tells none that can be read."""

    id: str = ""
    title: str = ""
    text: str = ""
    html: str = ""
    link: str = ""
    comments: str = ""
    author: Mapping[str, str] = field(default_factory=dict)
    published: datetime | None = None
    updated: datetime | None = None
    files: tuple[tuple[str, str], ...] = ()
    language: str = ""

    @property
    def digest(self) -> str:
        """Changes with what it says, and with nothing else."""
        return short(f"{self.title}\n{' '.join(self.text.split())}")

    def key(self, *, by_id: bool = True) -> str:
        """The same for the same entry of one feed: by its id, else by its address and title, else by its words."""
        told = self.id if by_id else ""
        return short(
            f"id {told}" if told else f"link {self.link} {self.title}" if self.link or self.title else f"text {self.text}", 40
        )


def read(payload: bytes, base: str) -> Entry:
    """One entry of any of the formats. Raises NotUnderstood."""
    if len(payload) > LARGEST:
        raise NotUnderstood(f"The entry has {len(payload)} bytes, and {LARGEST} are read at most")
    if payload.lstrip()[:1] == b"{":
        return _filled(_json(payload, base))
    root = tree(payload.decode("utf-8", "replace"))
    if root is None or local(root) not in {"item", "entry"}:
        raise NotUnderstood("This is no entry of a feed")
    return _filled(_xml(root, base))


def _filled(entry: Entry) -> Entry:
    if not entry.title and not entry.text.strip() and not entry.link:
        raise NotUnderstood("The entry says nothing: no title, no text and no address")
    return entry


def _xml(node: Any, base: str) -> Entry:
    atom = local(node) == "entry"
    markup = _markup(node)
    text, marked = words(markup, base) if markup is not None else (_plain_content(node), "")
    return Entry(
        id=line(said(node, "guid", "id") or node.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"), 4000),
        title=_title(node),
        text=text[:LONGEST],
        html=marked,
        link=_link(node, base, atom=atom),
        comments=web(urljoin_safe(base, line(_comments(node), 2000))),
        author=_author(node, base),
        published=moment(said(node, "pubDate", "published", "issued", "date", "created")),
        updated=moment(said(node, "updated", "modified")),
        files=_files(node, base),
        language=line(node.get("{http://www.w3.org/XML/1998/namespace}lang"), 35),
    )


def _title(node: Any) -> str:
    found = next(iter(children(node, "title")), None)
    if found is None:
        return ""
    if found.get("type") == "xhtml":
        return line(" ".join(found.itertext()))
    title = said(node, "title")
    as_markup = (found.get("type") or "").lower() in {"html", "text/html"} or (
        local(node) == "item" and re.search(r"</?[a-z]|&[a-z#0-9]+;", title, re.IGNORECASE)
    )
    return line(text_of(title)) if as_markup else line(title)


def _markup(node: Any) -> str | None:
    """The entry's own markup, the whole text before a summary; None where it is plain text."""
    for found in children(node, "encoded", "content", "description", "summary"):
        kind = (found.get("type") or "").lower()
        if local(found) == "content" and (found.get("src") or (found.get("url") and not (found.text or "").strip())):
            continue  # it lies elsewhere, or is a picture of Media RSS
        if kind == "xhtml" or (len(found) and kind != "text"):
            return _inner(found)
        text = plain("".join(found.itertext())).strip()
        if text and (local(node) == "item" or kind in {"html", "text/html"}):
            return text
        if text:
            return None
    return None


def _inner(node: Any) -> str:
    """Markup that stands within the XML itself (XHTML), as HTML."""
    for part in node.iter():
        if isinstance(part.tag, str):
            part.tag = local(part)  # HTML has no prefixes
    inside = "".join(etree.tostring(part, encoding="unicode", method="html") for part in node)
    return plain(escape(node.text or "") + inside)


def _plain_content(node: Any) -> str:
    return said(node, "content", "summary")


def _link(node: Any, base: str, *, atom: bool) -> str:
    for found in children(node, "link"):
        told = found.get("href") if atom or found.get("href") else found.text
        if found.get("rel") in {None, "alternate"} and (link := web(urljoin_safe(base, line(told, 2000)))):
            return link
    guid = next(iter(children(node, "guid")), None)
    permanent = guid is not None and (guid.get("isPermaLink") or "true").lower() == "true"
    return web(line(guid.text, 2000)) if guid is not None and permanent else ""


def _comments(node: Any) -> str:
    # slash:comments is a number, wfw:comment an address to post to: what people open is RSS's own <comments>, or Atom's link of replies.
    for found in children(node, "comments"):
        if "slash" not in str(found.tag) and (address := line(found.text, 2000)):
            return address
    replies = [link for link in children(node, "link") if link.get("rel") == "replies"]
    pages = [link for link in replies if (link.get("type") or "text/html") == "text/html"]
    return pages[0].get("href") or "" if pages else ""


def _files(node: Any, base: str) -> tuple[tuple[str, str], ...]:
    links = [(n.get("href"), n.get("type")) for n in children(node, "link") if n.get("rel") == "enclosure"]
    links += [(n.get("url"), n.get("type")) for n in children(node, "enclosure")]
    return _known([(urljoin_safe(base, line(url, 2000)), line(kind, 100)) for url, kind in links])


def _known(found: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((url, kind or "file") for url, kind in found[:20] if web(url))


def _author(node: Any, base: str) -> dict[str, str]:
    for who in [*children(node, "author"), *(a for source in children(node, "source") for a in children(source, "author"))]:
        if len(who):  # Atom: a person of three parts
            found = {name: line(said(who, name), 1000) for name in ("name", "uri", "email")}
            found["uri"] = web(urljoin_safe(base, found["uri"]))
            return {key: value for key, value in found.items() if value}
    if creator := line(said(node, "creator"), 300):
        return {"name": creator}
    return person(said(node, "author"))


def person(text: str) -> dict[str, str]:
    """An author as RSS writes it: "mail (name)", "name <mail>", a mail address or a name."""
    text = line(text, 300)
    turned = re.fullmatch(r"(\S+@\S+)\s*\((.{1,200})\)", text)
    name, mail = (turned[2], turned[1]) if turned else parseaddr(text) if "@" in text else (text, "")
    found = {"name": line(name, 300), "email": line(mail, 300) if "@" in mail else ""}
    return {key: value for key, value in found.items() if value}


def _json(payload: bytes, base: str) -> Entry:
    try:
        item = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("The entry is not JSON") from error
    if not isinstance(item, dict):
        raise NotUnderstood("The entry is no JSON object")
    ident = item.get("id")
    text, marked = words(plain(item.get("content_html"), LONGEST * 5), base) if item.get("content_html") else ("", "")
    who = next(iter(rows(item.get("authors"))), item.get("author"))
    author = {"name": line(who.get("name"), 300), "uri": web(line(who.get("url"), 2000))} if isinstance(who, dict) else {}
    files = [(urljoin_safe(base, line(f.get("url"), 2000)), line(f.get("mime_type"), 100)) for f in rows(item.get("attachments"))]
    return Entry(
        id=line(str(ident) if isinstance(ident, int | float) and not isinstance(ident, bool) else ident, 4000),
        title=line(item.get("title")),
        text=(text or plain(item.get("content_text")) or plain(item.get("summary")))[:LONGEST],
        html=marked,
        link=web(urljoin_safe(base, line(item.get("url"), 2000)))
        or web(urljoin_safe(base, line(item.get("external_url"), 2000))),
        author={key: value for key, value in author.items() if value},
        published=moment(item.get("date_published")),
        updated=moment(item.get("date_modified")),
        files=_known(files),
        language=line(item.get("language"), 35),
    )


def words(markup: str, base: str) -> tuple[str, str]:
    """(text, markup) with every link whole. The markup is a stranger's still."""
    root = parse(markup)
    if root is None:
        return "", ""
    for node in root.iter("a", "img"):
        for name in ("href", "src"):
            if node.get(name):
                node.set(name, web(urljoin_safe(base, node.get(name))) or "#")
    return plain(text_of_tree(root)).strip() or plain(text_of(markup)), html.tostring(root, encoding="unicode")


def web(url: str) -> str:
    """A web address, or ""."""
    return url if host_of(url) else ""


def moment(value: object) -> datetime | None:
    """A time as feeds write it (RFC 822 or RFC 3339, with what people make of them), in UTC; None for what cannot be read."""
    text = line(value, 64)
    try:
        at = datetime.fromisoformat(text) if re.match(r"\d{4}-", text) else _mail_time(text)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return at if at.year >= 1990 else None  # noqa: PLR2004 - before there were feeds it is a default of somebody's program


def _mail_time(text: str) -> datetime:
    text = re.sub(r"\b([A-Z]{3,4})$", lambda zone: _ZONES.get(zone[1], zone[1]), text)
    return parsedate_to_datetime(text)


def folded(name: str) -> str:
    """A name for comparing: one form of each character, without case."""
    return unicodedata.normalize("NFC", name).casefold()
