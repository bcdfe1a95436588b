"""The XMPP channel against a real Prosody: both directions, cut off and taken up again, refused, and the whole way."""

import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from samspil.base.clock import now
from samspil.channels.xmpp import pull as pulling
from samspil.channels.xmpp import send as sending
from samspil.channels.xmpp.channel import channel
from samspil.channels.xmpp.connection import signed_in
from samspil.channels.xmpp.settings import settings_of
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle as HandleRow
from samspil.intake.models import Interaction
from samspil.intake.queries import account_view
from samspil.kit import (
    Account,
    Batch,
    Change,
    Delete,
    DeliveryReport,
    Edit,
    File,
    Follow,
    Handle,
    Message,
    Outbound,
    Reaction,
    Receipt,
    TryLater,
    Uncertain,
    Unreachable,
)
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.xmpp.prosody import DOMAIN, HOST, PASSWORD, Prosody, Wire, running
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers
USERS = ("support", "kunde", "anden")
SUPPORT, KUNDE = f"support@{DOMAIN}", f"kunde@{DOMAIN}"


@pytest.fixture(scope="module")
def prosody(tmp_path_factory) -> Iterator[Prosody]:
    with running(tmp_path_factory.mktemp("xmpp") / "p", USERS) as server:
        yield server


@pytest.fixture
def fresh(tmp_path) -> Iterator[Prosody]:
    """A server of the test's own, which it may kill."""
    with running(tmp_path / "p", USERS) as server:
        yield server


def config(server: Prosody, user: str = "support") -> dict[str, Any]:
    return {"address": f"{user}@{DOMAIN}", "password": PASSWORD, "host": HOST, "port": server.port, "no_tls": True}


def account(server: Prosody, user: str = "support", **more: Any) -> Account:
    return Account(id=user, name="Brand", config=config(server, user) | more, key=b"0" * 32, own=frozenset({f"{user}@{DOMAIN}"}))


def out(text: str, to: str = SUPPORT, **more: Any) -> Outbound:
    return Outbound(id=str(uuid4()), conversation="c", to=Handle(network="xmpp", address=to), text=text, **more)


def say(server: Prosody, text: str, user: str = "kunde", to: str = SUPPORT) -> str:
    return channel().send(out(text, to), account(server, user)).external_id


def stanza(server: Prosody, parts: str, user: str = "kunde", *, to: str = SUPPORT, ident: str = "") -> str:
    """A message with these parts, as another program of the user sends it."""
    ident = ident or uuid4().hex
    text = f'<message xmlns="jabber:client" type="chat" id="{ident}" to="{to}">{parts}</message>'

    async def hand_over(link):
        link.client.Message(xml=ET.XML(text)).send()
        ping = link.client.make_iq_get(ito=DOMAIN)
        ping.xml.append(ET.Element("{urn:xmpp:ping}ping"))
        await ping.send(timeout=10)

    with signed_in(settings_of(account(server, user)), "telefon") as link:
        link.run(hand_over(link))
    return ident


def events(batches: Iterator[Batch], of: Account, wanted: int, seconds: float = 20) -> tuple[list[Any], Any]:
    """The events of what comes, as the core would see them: an envelope that comes twice is one."""
    found: dict[str, list[Any]] = {}
    cursor, end = None, time.monotonic() + seconds
    while sum(map(len, found.values())) < wanted and time.monotonic() < end:
        batch = next(batches)
        cursor = batch.cursor
        for envelope in batch.envelopes:
            found.setdefault(envelope.external_id, list(channel().understand(replace(envelope, received_at=now()), of)))
    return [event for some in found.values() for event in some], cursor


def texts(found: list[Any]) -> list[str]:
    return [event.text for event in found if isinstance(event, Message)]


def test_check_says_what_works(prosody):
    assert [(c.name, c.ok) for c in channel().check(account(prosody))] == [
        ("Sign-in", True),
        ("Archive", True),
        ("Carbons", True),
    ]
    [wrong] = channel().check(account(prosody, password="forkert"))
    assert (wrong.ok, bool(wrong.remedy)) == (False, True)
    assert "forkert" not in wrong.detail
    [nobody] = channel().check(account(prosody, port=1))
    assert (nobody.ok, "refused" in nobody.detail.lower() or "connect" in nobody.detail.lower()) == (False, True)


def test_what_was_written_before_and_what_comes_now(fresh):
    say(fresh, "før")
    batches = pulling.pull(account(fresh), None, 1)
    assert texts(events(batches, account(fresh), 1)[0]) == ["før"]
    ident = say(fresh, "nu")
    found, cursor = events(batches, account(fresh), 1)
    assert (found[-1].text, found[-1].external_id, found[-1].author.address) == ("nu", f"{KUNDE}/{ident}", KUNDE)
    batches.close()
    again = pulling.pull(account(fresh), cursor, 1)
    assert texts(events(again, account(fresh), 1, 2)[0]) == []
    again.close()


def test_a_killed_server_loses_nothing(fresh):
    batches = pulling.pull(account(fresh), None, 1)
    say(fresh, "en")
    found, cursor = events(batches, account(fresh), 1)
    assert texts(found) == ["en"]
    fresh.stop(kill=True)
    with pytest.raises(TryLater):
        list(batches)
    with pytest.raises(TryLater):
        next(pulling.pull(account(fresh), cursor, 1))
    fresh.start()
    for number in range(3):
        stanza(fresh, f"<body>imens {number}</body>")
    again = pulling.pull(account(fresh), cursor, 1)
    assert texts(events(again, account(fresh), 3)[0]) == ["imens 0", "imens 1", "imens 2"]
    again.close()


def test_a_line_that_is_cut_loses_nothing_whatever_was_on_it(fresh):
    wire = Wire(fresh.port)
    us = account(fresh, port=wire.port)
    batches = pulling.pull(us, None, 1)
    next(batches)
    say(fresh, "på disk")
    _, cursor = events(batches, us, 1)
    say(fresh, "hørt, og ikke på disk")  # it is in our queue, or on its way, when the line is cut
    wire.cut()
    say(fresh, "sagt imens")
    batches.close()
    again = pulling.pull(us, cursor, 1)
    assert texts(events(again, us, 2)[0]) == ["hørt, og ikke på disk", "sagt imens"]
    wire.cut()
    with pytest.raises(TryLater, match="lost"):
        [next(again) for _ in range(5)]
    wire.close()


def test_more_than_a_page_comes_whole_and_in_order(fresh):
    async def write_many(link):
        for number in range(120):
            link.client.send_message(mto=SUPPORT, mbody=str(number), mtype="chat")
        ping = link.client.make_iq_get(ito=DOMAIN)
        ping.xml.append(ET.Element("{urn:xmpp:ping}ping"))
        await ping.send(timeout=20)

    with signed_in(settings_of(account(fresh, "kunde")), "telefon") as link:
        link.run(write_many(link))
    batches = pulling.pull(account(fresh), None, 1)
    found, _ = events(batches, account(fresh), 120)
    assert texts(found) == [str(number) for number in range(120)]
    batches.close()


def test_what_the_archive_no_longer_has_is_asked_for_by_time(fresh):
    say(fresh, "stadig her")
    batches = pulling.pull(account(fresh), {"after": "gone-long-ago", "at": now().isoformat()}, 1)
    assert texts(events(batches, account(fresh), 1)[0]) == ["stadig her"]
    batches.close()


def test_an_archive_that_is_out_of_order_moves_nothing_on(fresh, monkeypatch):
    from slixmpp.exceptions import IqError
    from slixmpp.stanza import Iq

    say(fresh, "venter")
    whole = Iq.send

    def refuse(iq, *rest, **more):
        if iq.xml.find("{urn:xmpp:mam:2}query") is None:
            return whole(iq, *rest, **more)
        iq["error"]["condition"] = "internal-server-error"
        raise IqError(iq)

    with monkeypatch.context() as patched:
        patched.setattr(Iq, "send", refuse)
        with pytest.raises(TryLater, match="internal-server-error"):
            next(pulling.pull(account(fresh), None, 1))
    batches = pulling.pull(account(fresh), None, 1)
    assert texts(events(batches, account(fresh), 1)[0]) == ["venter"]
    batches.close()


def test_without_an_archive_what_is_not_on_disk_comes_again(tmp_path):
    with running(tmp_path / "p", USERS, archive=False) as server:
        assert [c.ok for c in channel().check(account(server))] == [True, False, True]
        first = pulling.pull(account(server), None, 1)
        next(first)
        say(server, "ikke på disk")
        assert texts(events(first, account(server), 1)[0]) == ["ikke på disk"]
        first.close()  # the process dies before the batch is on disk
        second = pulling.pull(account(server), None, 1)
        assert texts(events(second, account(server), 1)[0]) == ["ikke på disk"]
        next(second)  # on disk
        second.close()
        third = pulling.pull(account(server), None, 1)
        assert texts(events(third, account(server), 1, 2)[0]) == []
        third.close()


def test_people_are_told_that_it_came_only_when_it_is_on_disk(fresh):
    ours, theirs = pulling.pull(account(fresh), None, 1), pulling.pull(account(fresh, "kunde"), None, 1)
    next(theirs)
    ident = say(fresh, "kvittering?")
    found, _ = events(ours, account(fresh), 1)
    assert texts(found) == ["kvittering?"]
    assert [e for e in events(theirs, account(fresh, "kunde"), 1, 1.5)[0] if isinstance(e, DeliveryReport)] == []
    next(ours)
    [report] = [e for e in events(theirs, account(fresh, "kunde"), 1)[0] if isinstance(e, DeliveryReport)]
    assert (report.target, report.state) == (ident, "delivered")
    ours.close()
    theirs.close()


def test_acts_of_people(fresh):
    batches = pulling.pull(account(fresh), None, 1)
    next(batches)
    first = stanza(fresh, "<body>hej</body>")
    stanza(fresh, f'<body>hej!</body><replace xmlns="urn:xmpp:message-correct:0" id="{first}"/>')
    stanza(fresh, f'<retract xmlns="urn:xmpp:message-retract:1" id="{first}"/><store xmlns="urn:xmpp:hints"/>')
    stanza(fresh, '<reactions xmlns="urn:xmpp:reactions:0" id="vores"><reaction>👍</reaction></reactions>')
    stanza(fresh, '<displayed xmlns="urn:xmpp:chat-markers:0" id="vores"/>')
    stanza(fresh, '<composing xmlns="http://jabber.org/protocol/chatstates"/>')
    found, _ = events(batches, account(fresh), 5)
    assert [type(event) for event in found] == [Message, Edit, Delete, Reaction, Receipt]
    assert [event.target for event in found[1:]] == [f"{KUNDE}/{first}"] * 2 + ["vores"] * 2
    batches.close()


def test_what_we_do_to_messages_arrives_there(fresh):
    theirs = pulling.pull(account(fresh, "kunde"), None, 1)
    next(theirs)
    asked, answer = f"{KUNDE}/{say(fresh, 'hvornår?')}", say(fresh, "kl. 9", "support", KUNDE)
    to = Handle(network="xmpp", address=KUNDE)

    def does(kind, target, **more):
        made = Change(id=str(uuid4()), kind=kind, to=to, target=target, **more)
        assert channel().change(made, account(fresh)).external_id == made.id

    does("edit", answer, text="kl. 10", own=True)
    does("react", asked, emoji="👍", signs=["👍"])
    does("react", asked, emoji="❤️", signs=["👍", "❤️"])
    does("unreact", asked, emoji="👍", signs=["❤️"])
    does("read", asked)
    does("delete", answer, own=True)
    found, _ = events(theirs, account(fresh, "kunde"), 7)
    told = [e for e in found if not (isinstance(e, Message) and e.outgoing)]
    assert [type(e) for e in told[:2]] == [Message, Edit]
    assert (told[1].target, told[1].text) == (f"{SUPPORT}/{answer}", "kl. 10")
    ident = asked.partition("/")[2]
    signs = [(e.target, e.emoji, e.removed) for e in told if isinstance(e, Reaction)]
    assert {target for target, *_ in signs} == {ident}
    assert [emoji for _, emoji, removed in signs if not removed][-1] == "❤️"
    assert [e.target for e in told if isinstance(e, Receipt)] == [ident]
    assert [e.target for e in told if isinstance(e, Delete)] == [f"{SUPPORT}/{answer}"]
    theirs.close()


def test_files_go_up_and_are_fetched_by_who_they_are_for(fresh):
    theirs = pulling.pull(account(fresh, "kunde"), None, 1)
    next(theirs)
    contents = [b"\x89PNG\r\n\x1a\n billede", b"vejledning"]
    files = [
        File(name=name, content_type=kind, size=len(c), open=lambda c=c: BytesIO(c), alt=alt)
        for (name, kind, alt), c in zip(
            [("å lampe.png", "image/png", "En lampe"), ("b.txt", "text/plain", "")], contents, strict=True
        )
    ]
    answer = replace(out("Se her", KUNDE), files=files)
    assert channel().send(answer, account(fresh)).external_id == answer.id
    alone = replace(out("", KUNDE), files=files[1:])
    assert channel().send(alone, account(fresh)).external_id == alone.id
    found: dict[str, Any] = {}
    while len(found) < 4:
        for envelope in next(theirs).envelopes:
            for event in channel().understand(replace(envelope, received_at=now()), account(fresh, "kunde")):
                found[event.external_id.partition("/")[2]] = (event, replace(envelope, received_at=now()))
    first, second, words, last = (found[i] for i in (f"{answer.id}.0", f"{answer.id}.1", answer.id, alone.id))
    assert (words[0].text, words[0].attachments) == ("Se her", ())
    assert [(e.attachments[0].content_type, e.attachments[0].alt) for e, _ in (first, second)] == [
        ("image/png", "En lampe"),
        ("text/plain", ""),
    ]
    kunde = account(fresh, "kunde")
    assert [channel().fetch_file(e.attachments[0].part, kept, kunde) for e, kept in (first, second, last)] == [
        *contents,
        contents[1],
    ]
    theirs.close()


def test_what_the_server_does_not_take_is_told_before_anything_is_sent(fresh):
    large = File(name="film.mp4", content_type="video/mp4", size=1_000_001, open=lambda: BytesIO(bytes(1_000_001)))
    with pytest.raises(Unreachable, match=r"does not take film\.mp4"):
        channel().send(replace(out("Se her", KUNDE), files=[large]), account(fresh))
    kept = next(pulling.pull(account(fresh, "kunde"), None, 1))
    assert kept.envelopes == []


def test_a_request_to_be_a_contact_is_accepted_and_told(fresh):
    batches = pulling.pull(account(fresh), None, 1)
    next(batches)

    async def ask(link):
        await link.client.get_roster()
        link.client.send_presence()
        link.client.send_presence(pto=SUPPORT, ptype="subscribe")
        await link.client.wait_until("presence_subscribed", 10)

    with signed_in(settings_of(account(fresh, "kunde")), "telefon") as link:
        link.run(ask(link))
    [follow] = events(batches, account(fresh), 1)[0]
    assert (type(follow), follow.author.address) == (Follow, KUNDE)
    batches.close()


def test_what_we_write_from_another_program_is_ours_and_our_answers_come_once(fresh):
    batches = pulling.pull(account(fresh), None, 1)
    next(batches)
    say(fresh, "herfra", "support", KUNDE)
    stanza(fresh, "<body>fra telefonen</body>", "support", to=KUNDE)
    found, cursor = events(batches, account(fresh), 1)
    assert [(e.text, e.outgoing, e.to[0].address) for e in found] == [("fra telefonen", True, KUNDE)]
    batches.close()
    again = pulling.pull(account(fresh), {}, 1)
    assert texts(events(again, account(fresh), 1)[0]) == ["fra telefonen"]
    again.close()
    assert cursor["after"]


def test_what_cannot_be_delivered_is_told(prosody):
    with pytest.raises(Unreachable, match="service-unavailable"):
        channel().send(out("hej", f"ingen@{DOMAIN}"), account(prosody))
    with pytest.raises((Unreachable, TryLater), match="remote-server"):
        channel().send(out("hej", "nogen@findes.invalid"), account(prosody))
    with pytest.raises(Unreachable, match="no XMPP address"):
        channel().send(out("hej", "a b@c"), account(prosody))
    with pytest.raises(TryLater, match="does not accept"):
        channel().send(out("hej", KUNDE), account(prosody, password="forkert"))


def test_a_broken_connection_is_looked_up_in_the_archive(fresh, monkeypatch):
    whole = sending.hand_over

    async def break_after(link, *rest):
        await whole(link, *rest)
        link.client.abort()
        raise TimeoutError

    async def break_before(link, *_rest):
        link.client.abort()
        raise TimeoutError

    monkeypatch.setattr(sending, "hand_over", break_after)
    assert "archive" in channel().send(out("kom frem", KUNDE), account(fresh)).detail
    monkeypatch.setattr(sending, "hand_over", break_before)
    with pytest.raises(TryLater):
        channel().send(out("kom ikke frem", KUNDE), account(fresh))
    assert texts(events(pulling.pull(account(fresh, "kunde"), None, 1), account(fresh, "kunde"), 2, 3)[0]) == ["kom frem"]


def test_without_an_archive_a_broken_connection_is_uncertain(tmp_path, monkeypatch):
    async def break_before(link, *_rest):
        link.client.abort()
        raise TimeoutError

    monkeypatch.setattr(sending, "hand_over", break_before)
    with running(tmp_path / "p", USERS, archive=False) as server, pytest.raises(Uncertain):
        channel().send(out("kom den frem?", KUNDE), account(server))


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    with running(tmp_path / "p", USERS, tls=True) as server:
        for more in ({"no_tls": False}, {"no_tls": True, "host": "localhost"}):
            with pytest.raises(TryLater, match="certificate"):
                channel().send(out("hej", KUNDE), account(server, **more))


def test_an_encrypted_connection_hears_and_says(tmp_path, monkeypatch):
    with running(tmp_path / "p", USERS, tls=True) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.folder / "cert.pem"))
        us, them = account(server, no_tls=False), account(server, "kunde", no_tls=False)
        assert next((c.ok, c.detail) for c in channel().check(us)) == (True, f"as {SUPPORT}, encrypted")
        channel().send(out("fortroligt"), them)
        batches = pulling.pull(us, None, 1)
        assert texts(events(batches, us, 1)[0]) == ["fortroligt"]
        batches.close()


def test_a_domain_that_is_nowhere_is_told():
    lost = Account(id="x", name="X", config={"address": "a@findes.invalid", "password": "p"}, key=b"0" * 32)
    with pytest.raises(TryLater):
        next(pulling.pull(lost, None, 1))


def test_a_server_without_encryption_gets_no_password(prosody):
    with pytest.raises(TryLater):
        channel().send(out("hej", KUNDE), account(prosody, no_tls=False))
    assert "Authenticated" not in (prosody.folder / "prosody.log").read_text().splitlines()[-1]


@pytest.mark.django_db
def test_the_whole_way(fresh, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="xmpp", name="X", config=config(fresh), own=[SUPPORT])
    asked = stanza(fresh, '<body>Mit batteri er fladt</body><nick xmlns="http://jabber.org/protocol/nick">Karoline</nick>')
    batches = pulling.pull(account_view(row), row.cursor, 1)

    def take() -> None:
        batch = next(batches)
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        while understand_waiting(at=now()):
            pass

    take()
    assert str(HandleRow.objects.get(network="xmpp")) == KUNDE
    assert Consumer.objects.get().name == "Karoline"
    assert Interaction.objects.get().external_id == f"{KUNDE}/{asked}"
    theirs = pulling.pull(account(fresh, "kunde"), None, 1)
    next(theirs)
    write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert (reply.state, reply.external_id) == ("accepted", str(reply.pk))
    [seen] = [m for m in events(theirs, account(fresh, "kunde"), 2)[0] if isinstance(m, Message) and not m.outgoing]
    assert (seen.text, seen.author.address, list(seen.references)) == ("Det klarer vi", SUPPORT, [asked])
    next(theirs)  # theirs is on disk: the receipt goes out
    stanza(fresh, "<body>Tak!</body>")
    end = time.monotonic() + 15
    while time.monotonic() < end and (Interaction.objects.count() < 3 or Reply.objects.get().state != "delivered"):
        take()
    assert Reply.objects.get().state == "delivered"
    assert [(i.text, i.outgoing) for i in Interaction.objects.order_by("at")] == [
        ("Mit batteri er fladt", False),
        ("Det klarer vi", True),
        ("Tak!", False),
    ]
    assert Conversation.objects.get().messages == 3
    batches.close()
    theirs.close()
