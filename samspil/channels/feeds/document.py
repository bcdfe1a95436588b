"""A feed as it came over the wire, taken apart into its entries: pure, bounded, and without trust.

Nothing in a document makes us look elsewhere: its DOCTYPE is cut away before it is parsed, so it has no entities to grow and none
outside to fetch. RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed 1.x. Sources: rssboard.org/rss-specification,
web.resource.org/rss/1.0/spec, RFC 4287, jsonfeed.org/version/1.1.
"""

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.entities import html5
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from samspil.channels.feeds.settings import line, plain
from samspil.kit import NotUnderstood

LARGEST = 10 * 1024 * 1024
MANY = 300
"""Entries of one document that are looked at."""
MANY_BARE = 200_000
"""Signs "&" that stand by themselves in a document."""
_XML = ("amp", "lt", "gt", "quot", "apos")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_ENCODINGS = re.compile(
    r"(utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp125\d|cp874|koi8-[rut]|shift_jis|euc_\w+|gb\w+|big5\w*|mac-\w+)", re.ASCII
)
_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_CDATA = "<![CDATA["
_BARE = re.compile(r"&(?!#?[A-Za-z0-9]{1,31};)")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_DOCTYPE = re.compile(r"(?:\s|<!--(?:[^-]|-(?!->))*+-->|<\?[^>]*+>)*+<!DOCTYPE", re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """One entry as it stood: XML or JSON. ``base`` is what its addresses are relative to."""

    payload: bytes
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed. ``minutes`` is how long it asks not to be fetched again; ``hours`` and ``days`` (in English) when it is not to be at all, UTC."""

    title: str = ""
    link: str = ""
    author: Mapping[str, str] = field(default_factory=dict)
    hub: str = ""
    topic: str = ""
    minutes: float = 0.0
    hours: frozenset[int] = frozenset()
    days: frozenset[str] = frozenset()
    entries: Sequence[Raw] = ()


def read(body: bytes, content_type: str, url: str) -> Document:
    """Take a feed apart. Raises NotUnderstood with what it is instead."""
    if len(body) > LARGEST:
        raise NotUnderstood(f"The feed has {len(body)} bytes, and {LARGEST} are read at most")
    text = decode(body, content_type)
    if text.lstrip()[:1] == "{":
        return _json_feed(text, url)
    root = tree(text)
    if root is None or not isinstance(root.tag, str):
        raise NotUnderstood("This is neither XML nor JSON")
    name = local(root)
    if name in {"rss", "RDF"}:
        return _rss(root, url)
    if name == "feed":
        return _atom(root, url)
    raise NotUnderstood("This is a web page, not a feed" if name.lower() == "html" else f"A document <{name[:40]}> is no feed")


def decode(body: bytes, content_type: str) -> str:
    """The text: its mark tells the encoding, else the server, else the document; one that does not fit is passed over."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    told = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", content_type[:300], re.IGNORECASE)
    declared = _DECLARED.match(body[:300])
    for label in (told[1] if told else "", declared[1].decode() if declared else "", "utf-8"):
        try:
            if label and _ENCODINGS.fullmatch(codecs.lookup(label).name):
                return body.decode(label)
        except (LookupError, ValueError):
            continue
    return body.decode("cp1252", "replace")


def tree(text: str) -> Any:
    """The document as a tree, or None. Names of HTML that XML does not know (&nbsp;) become the characters they stand for."""
    text = plain(_without_doctype(text), LARGEST)
    if text.count("&") - text.count(";") > MANY_BARE:
        return None  # nobody's feed, and it would keep us busy
    mended = "".join(part if part.startswith(_CDATA) else _mended(part) for part in _sections(text))
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(mended.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _without_doctype(text: str) -> str:
    text = re.sub(r"^\s*<\?xml[^>]{0,300}\?>", "", text)
    start = _DOCTYPE.match(text[:20_000])  # what stands within the document is an entry's own words
    if start is None:
        return text.lstrip()
    # The subset within [ ] may hold ">"; a DOCTYPE that does not end takes the rest of the document with it.
    bracket, end = text.find("[", start.end()), text.find(">", start.end())
    if 0 <= bracket < end:
        inner = re.compile(r"\]\s{0,100}>").search(text, bracket)
        end = inner.end() - 1 if inner else -1
    return text[end + 1 :].lstrip() if end >= 0 else ""


def _sections(text: str) -> Iterator[str]:
    """The text in order, each CDATA section by itself: there an "&" is only an "&"."""
    at = 0
    while (start := text.find(_CDATA, at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        yield text[at:start]
        yield text[start : end + 3]
        at = end + 3
    yield text[at:]


def _mended(part: str) -> str:
    """Text outside of CDATA with what XML does not know of "&": HTML's names, "&#X", and an address that was pasted as it is."""
    part = _BARE.sub("&amp;", part).replace("&#X", "&#x")
    return _NAMED.sub(lambda found: found[0] if found[1] in _XML else html5.get(f"{found[1]};", ""), part)


def local(node: Any) -> str:
    """The name of an element without its namespace; "" for what is none."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def children(node: Any, *wanted: str) -> list[Any]:
    """The direct children of these names, the first name's first."""
    return [child for name in wanted for child in node if local(child) == name]


def said(node: Any, *wanted: str) -> str:
    """The text of the first such child that has any."""
    for child in children(node, *wanted):
        if text := plain("".join(child.itertext())).strip():
            return text
    return ""


def _rss(root: Any, url: str) -> Document:
    channel = next(iter(children(root, "channel")), root)
    items = children(channel, "item") or children(root, "item")
    base = _based(url, channel.get(_BASE) or root.get(_BASE))
    return Document(
        title=line(said(channel, "title")),
        link=urljoin_safe(base, _text_link(channel)),
        minutes=_minutes(channel),
        hours=_hours(channel),
        days=frozenset(
            line(day.text, 20).capitalize() for hold in children(channel, "skipDays") for day in children(hold, "day")
        ),
        entries=[_raw(item, base) for item in items[:MANY]],
        **_hub(channel, base),
    )


def _text_link(channel: Any) -> str:
    # An Atom link in RSS stands in the attribute; the channel's own in the text.
    return next((line(node.text) for node in children(channel, "link") if line(node.text)), "")


def _atom(root: Any, url: str) -> Document:
    base = _based(url, root.get(_BASE))
    who = next(iter(children(root, "author")), None)
    author = {name: line(said(who, name), 1000) for name in ("name", "uri", "email")} if who is not None else {}
    links = [node for node in children(root, "link") if node.get("rel") in {None, "alternate"}]
    return Document(
        title=line(said(root, "title")),
        link=urljoin_safe(base, line(links[0].get("href"))) if links else "",
        author=author,
        minutes=_minutes(root),
        entries=[_raw(entry, base) for entry in children(root, "entry")[:MANY]],
        **_hub(root, base),
    )


def _raw(node: Any, base: str) -> Raw:
    return Raw(payload=etree.tostring(node, encoding="utf-8", with_tail=False), base=_based(base, node.get(_BASE)))


def _hub(node: Any, base: str) -> dict[str, Any]:
    links = {line(link.get("rel"), 40): line(link.get("href"), 2000) for link in reversed(children(node, "link"))}
    return {"hub": urljoin_safe(base, links.get("hub", "")), "topic": urljoin_safe(base, links.get("self", ""))}


def urljoin_safe(base: str, url: str) -> str:
    """The whole address of one that may be relative; "" for none and for what cannot be one."""
    try:
        whole = urljoin(base, url.strip()) if url.strip() else ""
    except ValueError:
        return ""
    return whole if len(whole) <= 2000 else ""  # noqa: PLR2004 - longer than any address that servers take


def _based(url: str, told: str | None) -> str:
    return urljoin_safe(url, told or "") or url


def _minutes(node: Any) -> float:
    period = {"hourly": 60, "daily": 1440, "weekly": 10080, "monthly": 43200, "yearly": 525600}
    each = period.get(said(node, "updatePeriod").lower(), 0) / max(_number(said(node, "updateFrequency")), 1.0)
    return max(_number(said(node, "ttl")), each)


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"[0-9]{1,7}", text, re.ASCII) else 0.0


def _hours(channel: Any) -> frozenset[int]:
    told = [line(hour.text, 4) for hold in children(channel, "skipHours") for hour in children(hold, "hour")]
    return frozenset(int(hour) % 24 for hour in told if re.fullmatch(r"[0-9]{1,2}", hour, re.ASCII) and int(hour) <= 24)  # noqa: PLR2004


def _json_feed(text: str, url: str) -> Document:
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("The feed begins like JSON and is none") from error
    if (
        not isinstance(feed, dict)
        or "jsonfeed.org/version" not in line(feed.get("version"))
        or not isinstance(feed.get("items"), list)
    ):
        raise NotUnderstood("This JSON is no JSON Feed")
    hubs = [hub for hub in rows(feed.get("hubs")) if line(hub.get("type")).lower() == "websub"]
    author = next(iter(rows(feed.get("authors"))), feed.get("author"))
    return Document(
        title=line(feed.get("title")),
        link=urljoin_safe(url, line(feed.get("home_page_url"), 2000)),
        author={"name": line(author.get("name"), 300), "uri": line(author.get("url"))} if isinstance(author, dict) else {},
        hub=urljoin_safe(url, line(hubs[0].get("url"), 2000)) if hubs else "",
        topic=urljoin_safe(url, line(feed.get("feed_url"), 2000)),
        entries=[Raw(payload=json.dumps(item).encode(), base=url) for item in rows(feed["items"])[:MANY]],
    )


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; [] for anything else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
