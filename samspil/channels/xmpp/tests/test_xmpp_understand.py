"""Whatever comes, it is understood or refused in words; and what comes twice is known."""

import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.address import bare
from samspil.channels.xmpp.channel import channel
from samspil.channels.xmpp.settings import settings_of
from samspil.kit import Account, Envelope, Message, NotUnderstood, Unreachable
from samspil.kit.web import Answer

OWN = "support@brand.test"
ACCOUNT = Account(id="1", name="B", config={"address": OWN}, key=b"0" * 32, own=frozenset({OWN}))
AT = datetime(2026, 11, 26, tzinfo=UTC)
NAMES = [words.REPLACE, words.RETRACT, words.FASTEN, f"{words.REACTIONS}reactions", words.REPLY, words.DELAY, words.ORIGIN]
NAMES += [f"{words.CLIENT}{n}" for n in ("body", "subject", "error", "message")] + [
    f"{words.OOB}x",
    words.RESULT,
    words.FORWARDED,
]
NAMES += [
    f"{words.CARBON}sent",
    f"{words.FALLBACK}fallback",
    f"{words.FALLBACK}body",
    f"{{{words.RECEIPTS}}}received",
    words.NICK,
]
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])))
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "from", "to", "type", "stamp", "for", "start", "end"]),
    st.sampled_from([OWN, "kunde@brand.test/x", "chat", "error", "normal", "1", "-1", "9999999999"]) | TEXT,
)


def element(children):
    return st.tuples(st.sampled_from(NAMES), ATTRIBUTES, TEXT, children).map(build)


def build(parts):
    name, attributes, text, children = parts
    made = ET.Element(name, attributes)
    made.text = text
    made.extend(children)
    return made


STANZAS = st.recursive(element(st.just([])), lambda inner: element(st.lists(inner, max_size=4)), max_leaves=8)


def understood(payload: bytes, key: str = "k"):
    return channel().understand(Envelope(external_id=key, payload=payload, received_at=AT), ACCOUNT)


@given(st.binary(max_size=300) | TEXT.map(str.encode))
def test_any_bytes_are_refused_in_words(payload):
    with pytest.raises(NotUnderstood):
        understood(payload)


@given(STANZAS, st.sampled_from(["message", "presence"]), ATTRIBUTES)
def test_any_stanza_is_understood_or_refused_in_words(inner, kind, attributes):
    stanza = build((f"{words.CLIENT}{kind}", attributes, "", [inner]))
    with suppress(NotUnderstood):
        assert all(event.external_id for event in understood(ET.tostring(stanza)))


@pytest.mark.parametrize(
    "payload",
    [
        b"<message xmlns='jabber:client' from='a@b'><body>" + b"x" * 3_000_000 + b"</body></message>",
        b"<message xmlns='jabber:client' from='a@b'>" + b"<x>" * 5000 + b"</x>" * 5000 + b"</message>",
    ],
    ids=["large", "deep"],
)
def test_what_is_too_much_is_refused(payload):
    with pytest.raises(NotUnderstood):
        understood(payload)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Kunde@Brand.Test/telefon", "kunde@brand.test"),
        ("\uff2bunde@brand.test", "kunde@brand.test"),
        ("S\u0065\u0301@brand.test.", "s\u00e9@brand.test"),
        ("brand.test", "brand.test"),
        ("k@brand.test/a@b/c", "k@brand.test"),
    ],
)
def test_an_address_has_one_form(written, same):
    assert bare(written) == same


@pytest.mark.parametrize("text", ["", "@b.test", "a@", "a b@c", "a\u200bb@c", "a@b\x00", "a'b@c", "x" * 2000 + "@b", "a@b@c"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(NotUnderstood):
        bare(text)


def test_people_who_look_alike_are_not_the_same():
    assert bare("\u0430nna@brand.test") != bare("anna@brand.test")  # a Cyrillic letter


def message(**more):
    made = ET.Element(f"{words.CLIENT}message", {"from": "kunde@brand.test/x", "to": OWN, "type": "chat", **more})
    ET.SubElement(made, f"{words.CLIENT}body").text = "hej"
    return made


def test_the_same_message_by_two_ways_has_one_key():
    live, kept = message(id="1", to=OWN), ET.Element(f"{words.CLIENT}message", {"to": f"{OWN}/x"})
    ET.SubElement(live, words.STANZA_ID, {"id": "arkiv", "by": OWN})
    ET.SubElement(ET.SubElement(kept, words.RESULT, {"id": "arkiv"}), words.FORWARDED).append(message(id="1"))
    assert words.delivery_id(live, OWN) == words.delivery_id(kept, OWN)
    assert words.archive_id(live, OWN) == words.archive_id(kept, OWN) == "arkiv"


def test_two_people_and_two_texts_with_one_number_are_kept_apart():
    other = message(id="1")
    other[0].text = "farvel"
    keys = {words.delivery_id(m, OWN) for m in (message(id="1"), message(id="1", **{"from": "anden@brand.test/x"}), other)}
    assert len(keys) == 3
    [mine], [theirs] = (understood(ET.tostring(m)) for m in (message(id="1"), message(id="1", **{"from": "anden@brand.test"})))
    assert mine.external_id != theirs.external_id


def test_an_id_that_another_server_claims_to_be_the_archives_is_not():
    forged = message(id="1")
    ET.SubElement(forged, words.STANZA_ID, {"id": "x", "by": "ond.test"})
    assert words.archive_id(forged, OWN) == ""


def test_a_message_without_an_id_is_named_by_its_envelope():
    [event] = understood(ET.tostring(message()), "k9")
    assert isinstance(event, Message)
    assert event.external_id == "kunde@brand.test/~k9"


def test_plain_text_is_for_loopback_by_number_alone():
    def plain(host: str) -> bool:
        return settings_of(Account(id="1", name="B", config={"address": OWN, "host": host, "no_tls": True}, key=b"")).plain

    assert [plain(h) for h in ("127.0.0.1", "::1", "localhost", "brand.test", "127.0.0.1.brand.test", "")] == [True, True] + [
        False
    ] * 4


def test_slixmpp_is_not_imported_before_it_is_needed():
    code = "import sys, samspil.channels.xmpp.channel as c; c.channel(); assert 'slixmpp' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_files_are_fetched_from_where_they_lie_and_other_ways_are_not_gone(monkeypatch):
    asked = []

    def get(url, **given):
        asked.append((url, given["hosts"], given["server"]))
        return Answer(status=200, headers={}, body=b"bytes")

    monkeypatch.setattr("samspil.channels.xmpp.files.load", get)
    urls = ["https://filer.example/a%20b.png?x=1", "aesgcm://filer.example/c.png", "https://10.0.0.1/"]
    parts = "".join(f'<x xmlns="jabber:x:oob"><url>{url}</url><desc>En kat</desc></x>' for url in urls)
    payload = f'<message xmlns="jabber:client" from="kunde@x.example" id="1"><body>se</body>{parts}</message>'.encode()
    envelope = Envelope(external_id="e", payload=payload, headers={}, received_at=datetime(2026, 3, 2, tzinfo=UTC))
    account = Account(id="1", name="B", config={"address": "os@x.example", "host": "10.0.0.1"}, key=b"0" * 32)
    [message] = channel().understand(envelope, account)
    found = [(a.part, a.name, a.content_type, a.alt, a.remote) for a in message.attachments]
    assert found == [
        ("oob:0", "a b.png", "image/png", "En kat", True),
        ("oob:2", "file", "application/octet-stream", "En kat", True),
    ]
    xmpp = channel()
    assert [xmpp.fetch_file(part, envelope, account) for part, *_ in found] == [b"bytes"] * 2
    assert asked == [(urls[0], None, ""), (urls[2], None, "https://10.0.0.1")]
    for part in ("oob:1", "oob:9", "oob:x", "oob:-1", ""):
        with pytest.raises(Unreachable):
            xmpp.fetch_file(part, envelope, account)
