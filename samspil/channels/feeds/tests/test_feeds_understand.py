"""What entries mean, and that nothing in them can do harm."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.feeds import document, entry
from samspil.channels.feeds.channel import channel
from samspil.channels.feeds.items import envelope_of, items_of
from samspil.channels.feeds.settings import names, settings_of
from samspil.kit import Account, Capabilities, Edit, Envelope, Event, Message, NotUnderstood, Sends
from samspil.kit.html import sanitise

ACCOUNT = Account(id="1", name="Feeds", config={"feeds": "https://a.example/feed"}, key=b"0" * 32)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = "https://a.example/feed"
RSS = b'<?xml version="1.0" encoding="%s"?><rss version="2.0"><channel><title>A</title>%s</channel></rss>'
PARTS = """<rss>|<channel>|<item>|<title>|x|</title>|<guid>|<author><name>|a@b (c)|<feed xmlns='http://www.w3.org/2005/Atom'>|<entry>|&nbsp;
<content type='xhtml'>|<div>|<link href='http://[' rel='alternate'/>|<pubDate>Mon, 32 Foo 99999 99:99:99 X</pubDate>|\0|<!--|-->|<?x ?>|&a;
<updated>9999-12-31T23:59:59-23:59</updated>|<!DOCTYPE x [<!ENTITY a 'b'>]>|<![CDATA[|]]>|</item>|<description>&lt;p&gt;|</description>
<skipHours><hour>25</hour></skipHours>|<ttl>\u0663</ttl>|<enclosure url='http://a/b' type='x'/>|<a:b>
<pubDate>Mon, 02 Mar 2026 09:15 +9999</pubDate>"""
ODD = st.sampled_from([*(part.encode() for part in PARTS.replace("\n", "|").split("|")), b"\xff"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
FIELDS = (
    "id",
    "url",
    "title",
    "content_html",
    "content_text",
    "date_published",
    "date_modified",
    "authors",
    "author",
    "attachments",
    "language",
)
ODD_ITEM = st.fixed_dictionaries({}, optional={name: JSON | st.just("2026-01-01T00:00:00Z") for name in FIELDS})


def understood(payload: bytes, **headers: str) -> list[Event]:
    envelope = Envelope(external_id="x", payload=payload, headers={"feed": FEED, "key": "k", **headers}, received_at=NOW)
    return list(channel().understand(envelope, ACCOUNT))


def messages(body: bytes, kind: str = "") -> list[Message]:
    found = []
    for item in items_of(body, kind, FEED).items:
        sent = envelope_of(item)
        kept = Envelope(external_id=sent.external_id, payload=sent.payload, headers=sent.headers, received_at=NOW)
        [event] = channel().understand(kept, ACCOUNT)
        assert isinstance(event, Message)
        found.append(event)
    return found


@given(
    st.binary(max_size=300) | st.lists(ODD, max_size=14).map(b"".join),
    st.sampled_from(["", "text/xml; charset=utf-16", "x; charset=zip"]),
)
def test_any_bytes_are_a_feed_or_are_not_understood(body: bytes, kind: str) -> None:
    try:
        found = messages(body, kind)
    except NotUnderstood:
        return
    for event in found:
        repr(event).encode()
        json.dumps(dict(event.extra))
        assert "\x00" not in event.text + event.subject


@given(st.binary(max_size=300) | st.lists(ODD, max_size=14).map(b"".join) | JSON.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_are_an_entry_or_are_not_understood(payload: bytes) -> None:
    for changed in ("", "yes"):
        try:
            [event] = understood(payload, changed=changed, author="[[", base="http://[")
        except NotUnderstood:
            continue
        assert isinstance(event, Message | Edit)
        repr(event).encode()


@given(ODD_ITEM)
def test_any_json_item_is_an_entry_or_is_not_understood(item: dict[str, object]) -> None:
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [item]}).encode()
    try:
        messages(body)
    except NotUnderstood:
        return


def test_entities_do_not_grow_and_nothing_outside_is_read(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hemmeligt")
    bomb = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    body = (
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a0 "ha">' + bomb + b'<!ENTITY out SYSTEM "file://%s">]>' % str(secret).encode()
        + b"<rss><channel><item><title>Hej &a11; &out;</title><guid>1</guid></item></channel></rss>"
    )  # fmt: skip
    begun = time.monotonic()
    [message] = messages(body)
    assert (message.subject, time.monotonic() - begun < 2) == ("Hej", True)


@pytest.mark.parametrize("part", [b"&lt;a ", b"<b>", b"&amp;", b"&nbsp;", b"<item>", b"<!DOCTYPE [", b"<![CDATA[", b"&", b"<!--"])
def test_ten_megabytes_of_anything_end_soon(part: bytes) -> None:
    begun = time.monotonic()
    body = RSS % (b"utf-8", b"<item><title>T</title><description>" + part * (9_900_000 // len(part)) + b"</description></item>")
    with suppress(NotUnderstood):
        messages(body)
    assert time.monotonic() - begun < 20
    with pytest.raises(NotUnderstood, match="are read at most"):
        items_of(b" " * (document.LARGEST + 1), "", FEED)


@pytest.mark.parametrize(
    ("declared", "sent", "kind"),
    [
        ("iso-8859-1", "iso-8859-1", ""),
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("utf-8", "cp1252", ""),
        ("iso-8859-1", "utf-8", 'application/rss+xml; charset="UTF-8"'),
        ("utf-16", "utf-8", ""),
        ("no-such", "utf-8", "text/xml; charset=base64"),
        ("utf-8", "utf-16", "text/xml"),
    ],
)
def test_a_wrong_or_missing_charset_does_no_harm(declared: str, sent: str, kind: str) -> None:
    text = (RSS % (declared.encode(), b"<item><title>R%sd gr%sd</title></item>")).decode().replace("%s", "ø")
    assert messages(text.encode(sent), kind)[0].subject == "Rød grød"


@pytest.mark.parametrize(
    ("item", "title", "link"),
    [
        (b"<title>A & B</title><link>https://a.example/?a=1&b=2&c</link>", "A & B", "https://a.example/?a=1&b=2&c"),
        (
            b"<title><![CDATA[A & B]]></title><link><![CDATA[https://a.example/?a=1&b=2]]></link>",
            "A & B",
            "https://a.example/?a=1&b=2",
        ),
        (b"<title>&#X41;&#66;&nbsp;&Uuml;&nope;</title>", "AB Ü", ""),
        (b"<title><![CDATA[<!DOCTYPE html> er n\xc3\xb8dvendigt]]></title>", "<!DOCTYPE html> er nødvendigt", ""),
    ],
)
def test_what_people_forget_to_escape_is_read(item: bytes, title: str, link: str) -> None:
    [message] = messages(RSS % (b"utf-8", b"<item>" + item + b"</item>"))
    assert (message.subject, message.extra.get("url", "")) == (title, link)


def test_web_pages_and_other_documents_are_named() -> None:
    for body, words in [
        (b"<!DOCTYPE html><html><body>Hej</body></html>", "a web page"),
        (b"<opml/>", "<opml> is no feed"),
        (b"", "neither XML nor JSON"),
        (b'{"a": 1}', "no JSON Feed"),
        (b"{" * 100_000, "is none"),
    ]:
        with pytest.raises(NotUnderstood, match=words):
            items_of(body, "", FEED)


def test_nobody_is_joined_by_what_a_feed_says() -> None:
    body = RSS % (
        b"utf-8",
        b"<item><title>1</title><author>mette@firma.example (Mette)</author></item><item><title>2</title></item>",
    )
    first, second = messages(body)
    assert (first.author.network, first.author.scope, first.author.address) == ("feeds", "a.example/feed", "mette")
    assert (second.author.address, second.author.display, list(first.claims)) == ("a.example", "A", [])
    assert first.extra["mail"] == "mette@firma.example"


def test_one_uri_for_all_authors_joins_none_of_them() -> None:
    entries = b"".join(
        b"<entry><title>%s</title><id>%s</id><updated>2026-03-01T10:00:00Z</updated><author><name>%s</name><uri>%s</uri></author></entry>"
        % (n, n, n, uri)
        for n, uri in [
            (b"Anna", b"https://a.example/"),
            (b"Bo", b"https://a.example/"),
            (b"Ib", b"https://a.example/om"),
            (b"Lis", b"https://a.example/om"),
        ]
    )
    found = messages(b'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title>' + entries + b"</feed>")
    assert [m.author.address for m in found] == ["anna", "bo", "https://a.example/om ib", "https://a.example/om lis"]


def test_an_offer_cannot_be_answered_and_asks_nobody_to() -> None:
    assert not isinstance(channel(), Sends)
    assert channel().capabilities == Capabilities(threads=True, sends=False, public=True, edits=True, subject=True)
    [message] = messages(RSS % (b"utf-8", b"<item><title>1</title></item>"))
    assert (message.automatic, message.public, message.outgoing) == ("offer", True, False)


def test_markup_is_safe_once_it_is_sanitised() -> None:
    markup = '<p onclick="x()">Hej<script>alert(1)</script> <a href="javascript:x()">her</a></p>'
    [message] = messages(RSS % (b"utf-8", f"<item><description>{escape(markup)}</description></item>".encode()))
    shown = sanitise(message.html)
    assert ("Hej" in shown, "script" in shown, "onclick" in shown) == (True, False, False)
    assert "javascript" not in shown


def test_an_id_that_all_entries_bear_is_not_believed() -> None:
    body = RSS % (b"utf-8", b"".join(b"<item><title>%d</title><guid>same</guid></item>" % n for n in range(3)))
    assert len({item.key for item in items_of(body, "", FEED).items}) == 3


def test_what_makes_an_edit_is_what_one_reads() -> None:
    def digest(item: bytes) -> str:
        return entry.read(b"<item><title>T</title><guid>1</guid>%s</item>" % item, FEED).digest

    same = digest(b"<description>Hej  du</description>")
    assert digest(b"<description>Hej du</description><link>https://a.example/?utm=1</link><pubDate>x</pubDate>") == same
    assert digest(b"<description>Hej</description>") != same


def test_words_are_whole_words_in_any_case() -> None:
    words = settings_of(Account(id="1", name="", config={"words": "Nordlys, el-cykel\nrød  grød"}, key=b"")).words
    assert words == ["nordlys", "el-cykel", "rød grød"]
    for text, named in [("NORDLYS!", True), ("nordlyset", False), ("min el-cykel.", True), ("Rød\ngrød", True), ("grød", False)]:
        assert names(words, text) is named
    assert names([], "hvad som helst")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Mon, 02 Mar 2026 09:15:00 +0100", "2026-03-02T08:15:00+00:00"),
        ("2 Mar 26 09:15 CEST", "2026-03-02T07:15:00+00:00"),
        ("2026-03-02T09:15:00.123Z", "2026-03-02T09:15:00.123000+00:00"),
        ("2026-03-02", "2026-03-02T00:00:00+00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("i går", None),
        (None, None),
    ],
)
def test_times_as_feeds_write_them(text: str | None, told: str | None) -> None:
    found = entry.moment(text)
    assert (found.isoformat() if found else None) == told
