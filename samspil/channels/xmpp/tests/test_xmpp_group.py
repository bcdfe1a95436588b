"""What of a room is for us, and by whom: also in rooms of old servers, which give nobody an id; and whatever stands in a stanza."""

from contextlib import suppress
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.xmpp import rooms as being_in
from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.channel import channel
from samspil.channels.xmpp.inbox import Inbox
from samspil.channels.xmpp.rooms import NICK, OCCUPANT, PERSON, ROOM, STANZA, TARGET, Room
from samspil.channels.xmpp.settings import Settings, settings_of
from samspil.channels.xmpp.tests.test_xmpp_understand import STANZAS
from samspil.kit import Account, Envelope, NotUnderstood

PLACE = "rum@muc.example"
CONFIG = {"address": "os@x.example", "rooms": PLACE, "nick": "Cykelhjælpen"}
ACCOUNT = Account(id="1", name="B", config=CONFIG, key=b"0" * 32)


def settings(**more: str) -> Settings:
    return settings_of(Account(id="1", name="B", config=CONFIG | more, key=b"0" * 32))


def xml(text: str) -> ET.Element:
    return ET.XML(text)


def came(room: Room, nick: str, inner: str = "", *, kind: str = "") -> None:
    kind = f' type="{kind}"' if kind else ""
    room.presence(xml(f'<presence xmlns="jabber:client" from="{PLACE}/{nick}"{kind}>{inner}</presence>'))


def who(jid: str = "", code: str = "") -> str:
    item = f'<item jid="{jid}"/>' if jid else "<item/>"
    status = f'<status code="{code}"/>' if code else ""
    return f'<x xmlns="http://jabber.org/protocol/muc#user">{item}{status}</x>'


def occupant(ident: str) -> str:
    return f'<occupant-id xmlns="urn:xmpp:occupant-id:0" id="{ident}"/>'


def said(text: str, nick: str = "Karl", more: str = "", ident: str = "m1", stanza: str = "s1") -> ET.Element:
    given = f'<stanza-id xmlns="urn:xmpp:sid:0" by="{PLACE}" id="{stanza}"/>' if stanza else ""
    body = f"<body>{text}</body>" if text else ""
    return xml(
        f'<message xmlns="jabber:client" type="groupchat" id="{ident}" from="{PLACE}/{nick}">{body}{more}{given}</message>'
    )


def archived(sender: str) -> ET.Element:
    kept = xml(
        f'<message xmlns="jabber:client" from="{sender}"><result xmlns="urn:xmpp:mam:2" id="s1" queryid="q">'
        '<forwarded xmlns="urn:xmpp:forward:0"/></result></message>'
    )
    kept[0][0].append(said("Cykelhjælpen?"))
    return kept


@pytest.fixture
def old() -> Room:
    """A room of a server that knows no ids of people, but tells addresses."""
    room = Room(PLACE)
    came(room, "Karl", who("kunde@x.example/telefon"))
    came(room, "Cykelhjælpen", who("os@x.example/samspil", "110"))
    return room


def test_in_an_old_room_people_are_known_while_they_are_there_and_no_id_of_theirs_is_believed(old):
    live = old.heard(said("Cykelhjælpen?", more=occupant("annas")), settings())
    assert (live.matters, dict(live.headers)) == (
        True,
        {ROOM: PLACE, NICK: "Karl", PERSON: "kunde@x.example", STANZA: "s1"},
    )
    away = old.heard(archived(PLACE), settings())
    # The name may have been somebody else's then. It is the same message all the same.
    assert dict(away.headers) == {ROOM: PLACE, NICK: "Karl", STANZA: "s1"}
    assert (away.key, away.archived) == (live.key, "s1")
    came(old, "Karl", who("kunde@x.example"), kind="unavailable")
    assert PERSON not in old.heard(said("Cykelhjælpen?", ident="m2", stanza="s2"), settings()).headers


def test_somebody_who_takes_a_name_is_not_who_had_it():
    room = Room(PLACE, ids=True)
    came(room, "Karl", who("kunde@x.example") + occupant("o-1"))
    came(room, "Karl", who("kunde@x.example"), kind="unavailable")
    came(room, "Karl", who("anden@x.example") + occupant("o-2"))
    first, second, nobody = (room.heard(said("x", more=occupant(i)), settings()) for i in ("o-1", "o-2", "o-3"))
    assert [a.headers.get(PERSON) for a in (first, second, nobody)] == ["kunde@x.example", "anden@x.example", None]
    assert nobody.headers[OCCUPANT] == "o-3"


@pytest.mark.parametrize(
    ("text", "more", "wanted"),
    [
        ("hej cykelhjælpen!", "", True),
        ("CYKELHJÆLPEN: hej", "", True),
        ("cykelhjælpens", "", False),
        ("hej alle", "", False),
        ("", '<x xmlns="jabber:x:oob"><url>https://a.example/1</url></x>', False),
        ("hej", f'<reply xmlns="urn:xmpp:reply:0" to="{PLACE}/Cykelhjælpen" id="s9"/>', True),
        ("hej", f'<reply xmlns="urn:xmpp:reply:0" to="{PLACE}/Anna" id="s9"/>', False),
        ("hej", '<reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:os@x.example"/>', True),
        ("hej", '<reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:anna@x.example"/>', False),
        ("cykelhjælpen", '<replace xmlns="urn:xmpp:message-correct:0" id="m9"/>', False),
        ("cykelhjælpen", '<retract xmlns="urn:xmpp:message-retract:1" id="s9"/>', False),
        ("", '<composing xmlns="http://jabber.org/protocol/chatstates"/>', False),
    ],
)
def test_what_is_for_us(old, text, more, wanted):
    assert old.heard(said(text, more=more), settings()).matters is wanted
    if not words.is_act(said("", more=more)):
        assert old.heard(said(text, more=more), settings(groups="all")).matters is ("chatstates" not in more)


def test_ours_are_not_taken_in_and_are_answered_by_their_id(old):
    ours = old.heard(said("Cykelhjælpen: ni", nick="Cykelhjælpen", stanza="s7"), settings(groups="all"))
    assert (ours.matters, ours.archived) == (False, "s7")
    answer = said("og søndag?", more='<reply xmlns="urn:xmpp:reply:0" id="s7"/>', ident="m2", stanza="s8")
    assert old.heard(answer, settings()).matters is True
    sign = said("", more='<reactions xmlns="urn:xmpp:reactions:0" id="s7"><reaction>x</reaction></reactions>', stanza="s9")
    assert old.heard(sign, settings()).matters is True


def test_a_correction_is_its_authors_alone(old):
    came(old, "Anna", who("anna@x.example"))
    old.heard(said("Cykelhjælpen?"), settings())
    change = '<replace xmlns="urn:xmpp:message-correct:0" id="m1"/>'
    assert old.heard(said("nyt", more=change, ident="m2", stanza="s2"), settings()).headers[TARGET] == "s1"
    assert old.heard(said("nyt", nick="Anna", more=change, ident="m3", stanza="s3"), settings()).matters is False


def test_what_a_room_remembers_has_an_end(old, monkeypatch):
    monkeypatch.setattr(being_in, "REMEMBERED", 3)
    for number in range(9):
        old.heard(said("Cykelhjælpen", ident=f"m{number}", stanza=f"s{number}"), settings())
        came(old, f"n{number}", who(f"n{number}@x.example"))
    assert list(old.known) == ["s6", "s7", "s8"]
    assert (len(old.written), len(old.persons)) == (3, 3)


def test_put_out_and_renamed(old):
    came(old, "Cykelhjælpen", who("os@x.example", "303"), kind="unavailable")
    assert old.nick == "Cykelhjælpen"
    came(old, "Cykelhjælpen", who("os@x.example", "110"), kind="unavailable")
    assert (old.nick, old.why) == ("", "We were put out of the room, or it was closed")


def test_the_rooms_and_the_name_of_the_settings():
    found = settings(
        rooms=f"{PLACE}, xmpp:{PLACE.upper()} uden-snabel a b@c@d rum2@muc.example/nick", nick=" Cykel\u200b  hjælpen\x00 "
    )
    assert (found.rooms, found.nick, found.all_in_rooms) == ((PLACE, "rum2@muc.example"), "Cykel hjælpen", False)
    assert (settings(nick="").nick, settings(groups="ALL").all_in_rooms) == ("os", True)
    assert len(settings(rooms=" ".join(f"r{n}@muc.example" for n in range(99))).rooms) == 50


def test_only_who_was_asked_for_an_archive_gives_it():
    inbox = Inbox(settings())

    def page(whose: str, sender: str) -> list[str]:
        inbox._pages["q"] = (whose, [])
        inbox._hear(archived(sender), None)
        return [arrived.room for arrived in inbox._pages["q"][1]]

    forged = [("os@x.example", PLACE), ("os@x.example", "ond@x.example"), (PLACE, f"{PLACE}/Karl"), (PLACE, "os@x.example")]
    assert [page(*one) for one in forged] == [[], [], [], []]
    assert [page("os@x.example", "os@x.example"), page(PLACE, PLACE)] == [[""], [PLACE]]


@given(
    STANZAS,
    st.sampled_from(["groupchat", "chat", ""]),
    st.sampled_from([f"{PLACE}/Karl", PLACE, "rum@muc.example/"]),
    st.booleans(),
)
def test_any_stanza_of_a_room_is_understood_or_refused_in_words(inner, kind, sender, ids):
    room = Room(PLACE, ids=ids)
    message = ET.Element(f"{words.CLIENT}message", {"from": sender, "type": kind, "id": "m1"})
    message.append(inner)
    room.presence(message)
    arrived = room.heard(message, settings(groups="all"))
    assert (arrived is None) == (kind != "groupchat" or sender != f"{PLACE}/Karl")
    if arrived is None:
        return
    envelope = Envelope(
        external_id=arrived.key, payload=arrived.payload, headers=arrived.headers, received_at=datetime(2026, 11, 26, tzinfo=UTC)
    )
    with suppress(NotUnderstood):
        assert all(event.external_id for event in channel().understand(envelope, ACCOUNT))
