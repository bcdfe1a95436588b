"""Group chats against a real Prosody: who is who, what is for us, answers and changes in the room, and what comes while we are away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from samspil.base.clock import now
from samspil.channels.xmpp import pull as pulling
from samspil.channels.xmpp import rooms as being_in
from samspil.channels.xmpp import said as saying
from samspil.channels.xmpp.channel import channel
from samspil.channels.xmpp.connection import signed_in
from samspil.channels.xmpp.settings import settings_of
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Interaction
from samspil.intake.queries import account_view
from samspil.kit import Account, Change, Delete, Edit, File, Handle, Outbound, Reaction, Uncertain, Unreachable
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.xmpp.prosody import DOMAIN, HOST, PASSWORD, ROOMS, Prosody, running
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers
USERS = ("support", "kunde", "anden")
ROOM = f"kunder@{ROOMS}"


@pytest.fixture
def server(tmp_path) -> Iterator[Prosody]:
    with running(tmp_path / "p", USERS) as server:
        yield server


def config(server: Prosody, user: str = "support", **more: Any) -> dict[str, Any]:
    settings = {"address": f"{user}@{DOMAIN}", "password": PASSWORD, "host": HOST, "port": server.port, "no_tls": True}
    return settings | {"rooms": ROOM, "nick": "Cykelhjælpen"} | more


def account(server: Prosody, user: str = "support", **more: Any) -> Account:
    return Account(id=user, name="B", config=config(server, user, **more), key=b"0" * 32, own=frozenset({f"{user}@{DOMAIN}"}))


class Person:
    """Somebody in the room with another program."""

    def __init__(self, link: Any, nick: str, room: str) -> None:
        self.link, self.nick, self.room = link, nick, room
        self.heard: list[Any] = []
        self.gone: list[str] = []

    def say(self, text: str = "", more: str = "", ident: str = "") -> str:
        ident = ident or uuid4().hex
        body = f"<body>{text}</body>" if text else ""
        raw = f'<message xmlns="jabber:client" type="groupchat" to="{self.room}" id="{ident}">{body}{more}</message>'
        self.link.run(self._hand_over(ET.XML(raw)))
        return ident

    def hear(self, ident: str, seconds: float = 10) -> Any:
        """The message with this id of the sender's, as the room said it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [m for m in self.heard if m.get("id") == ident]
            if found:
                return found[0]
            time.sleep(0.02)
        raise AssertionError([ET.tostring(m) for m in self.heard])

    def room_id(self, ident: str) -> str:
        return next(e.get("id") for e in self.hear(ident).findall("{urn:xmpp:sid:0}stanza-id") if e.get("by") == self.room)

    async def _hand_over(self, message: Any) -> None:
        self.link.client.Message(xml=message).send()
        ping = self.link.client.make_iq_get(ito=DOMAIN)
        ping.xml.append(ET.Element("{urn:xmpp:ping}ping"))
        await ping.send(timeout=10)


@contextmanager
def being(server: Prosody, user: str, nick: str, room: str = ROOM) -> Iterator[Person]:
    from slixmpp.xmlstream.handler import Callback
    from slixmpp.xmlstream.matcher import MatchXPath

    person = Person(None, nick, room)

    def prepare(link: Any) -> None:
        path = MatchXPath("{jabber:client}message")
        link.client.register_handler(Callback("room", path, lambda s: person.heard.append(s.xml)))
        link.client.add_event_handler("presence_unavailable", lambda s: person.gone.append(str(s["from"])))

    async def enter(link: Any) -> None:
        link.client.register_plugin("xep_0045")
        await link.client.plugin["xep_0045"].join_muc_wait(room, nick, maxstanzas=0, timeout=10)

    with signed_in(settings_of(account(server, user)), "telefon", prepare) as link:
        person.link = link
        link.run(enter(link))
        yield person


def out(text: str, to: Handle, answers: str, **more: Any) -> Outbound:
    return Outbound(id=str(uuid4()), conversation="c", to=to, text=text, in_reply_to=answers, public=True, **more)


def events(batches: Iterator[Any], of: Account, wanted: int, seconds: float = 15) -> tuple[list[Any], Any]:
    """The events as the core would see them: an envelope that comes twice is one."""
    found: dict[str, list[Any]] = {}
    cursor, end = None, time.monotonic() + seconds
    while sum(map(len, found.values())) < wanted and time.monotonic() < end:
        batch = next(batches)
        cursor = batch.cursor
        for envelope in batch.envelopes:
            found.setdefault(envelope.external_id, list(channel().understand(replace(envelope, received_at=now()), of)))
    return [event for some in found.values() for event in some], cursor


def in_it(server: Prosody, cursor: Any = None, **more: Any) -> Iterator[Any]:
    """Batches of an account that has gone in."""
    batches = pulling.pull(account(server, **more), cursor, 1)
    next(batches)
    return batches


def test_only_what_names_or_answers_us_is_taken_in_and_people_are_known(server):
    with being(server, "kunde", "Karl") as karl, being(server, "anden", "Anna") as anna:
        batches = in_it(server)
        karl.say("Nogen her?")
        asked = karl.say("Hej cykelhjælpen, hvor er I?")
        anna.say("cykelhjælpens dag")  # another word
        pointed = anna.say("Se her", '<reference xmlns="urn:xmpp:reference:0" type="mention" uri="xmpp:support@brand.test"/>')
        found, _ = events(batches, account(server), 2)
        assert [(e.text, e.author, e.external_id, e.public, e.thread) for e in found] == [
            (
                text,
                Handle(network="xmpp", address=address, display=nick),
                f"{ROOM}/{karl.room_id(ident)}",
                True,
                f"{ROOM}/{address}",
            )
            for text, address, nick, ident in (
                ("Hej cykelhjælpen, hvor er I?", f"kunde@{DOMAIN}", "Karl", asked),
                ("Se her", f"anden@{DOMAIN}", "Anna", pointed),
            )
        ]
        batches.close()


def test_all_of_a_room_by_the_settings(server):
    with being(server, "kunde", "Karl") as karl:
        batches = in_it(server, groups="all")
        karl.say("Nogen her?")
        assert [e.text for e in events(batches, account(server), 1)[0]] == ["Nogen her?"]
        batches.close()


def test_an_answer_stands_in_the_room_once_and_is_answered(server):
    with being(server, "kunde", "Karl") as karl, being(server, "anden", "Anna") as anna:
        batches = in_it(server)
        asked = karl.say("Cykelhjælpen: hvornår åbner I?")
        [question], _ = events(batches, account(server), 1)
        answer = out("Klokken ni", question.author, question.external_id)
        sent = channel().send(answer, account(server))
        seen = anna.hear(answer.id)
        assert (seen.findtext("{jabber:client}body"), seen.get("from")) == ("Karl: Klokken ni", f"{ROOM}/Cykelhjælpen")
        reply = seen.find("{urn:xmpp:reply:0}reply")
        assert (reply.get("to"), reply.get("id")) == (f"{ROOM}/Karl", karl.room_id(asked))
        assert (sent.external_id, sent.public) == (f"{ROOM}/{anna.room_id(answer.id)}", True)
        assert [e for e in seen if "receipts" in e.tag or "chat-markers" in e.tag] == []
        # The connection that said it has left by now, and nobody saw us go: the one that hears is there.
        assert (anna.gone, karl.gone) == ([], [])
        ours = sent.external_id.partition("/")[2]
        # It answers ours by the room's id, and names nobody.
        anna.say("Også søndag?", f'<reply xmlns="urn:xmpp:reply:0" to="{ROOM}/Cykelhjælpen" id="{ours}"/>')
        [more], _ = events(batches, account(server), 1)
        assert (more.text, list(more.references), more.thread) == ("Også søndag?", [sent.external_id], "")
        batches.close()


def test_files_stand_in_the_room(server):
    with being(server, "kunde", "Karl") as karl:
        batches = in_it(server)
        karl.say("Cykelhjælpen, har I et billede?")
        [question], _ = events(batches, account(server), 1)
        file = File(name="lås.png", content_type="image/png", size=3, open=lambda: BytesIO(b"png"))
        answer = out("Her", question.author, question.external_id, files=[file])
        channel().send(answer, account(server))
        url = karl.hear(f"{answer.id}.0").findtext("{jabber:x:oob}x/{jabber:x:oob}url")
        assert url.startswith("http://127.0.0.1:")
        assert karl.hear(answer.id).findtext("{jabber:client}body") == "Karl: Her"
        batches.close()


def test_we_change_what_we_said_in_the_room(server):
    with being(server, "kunde", "Karl") as karl:
        batches = in_it(server)
        asked = karl.say("Cykelhjælpen: hvornår åbner I?")
        [question], _ = events(batches, account(server), 1)
        answer = out("Klokken ti", question.author, question.external_id)
        sent = channel().send(answer, account(server))

        def change(kind: str, target: str, *, own: bool = True, **more: Any) -> Any:
            made = Change(id=str(uuid4()), kind=kind, to=question.author, target=target, own=own, public=True, **more)
            channel().change(made, account(server))
            return karl.hear(made.id)

        edited = change("edit", sent.external_id, text="Klokken ni", sent=answer)
        assert edited.find("{urn:xmpp:message-correct:0}replace").get("id") == answer.id
        assert edited.findtext("{jabber:client}body") == "Karl: Klokken ni"
        given = change("react", question.external_id, own=False, emoji="👍", signs=["👍"])
        reactions = given.find("{urn:xmpp:reactions:0}reactions")
        assert (reactions.get("id"), [e.text for e in reactions]) == (karl.room_id(asked), ["👍"])
        gone = change("delete", sent.external_id)
        assert gone.find("{urn:xmpp:message-retract:1}retract").get("id") == sent.external_id.partition("/")[2]
        with pytest.raises(Unreachable, match="what we have read"):
            change("read", question.external_id, own=False)
        with pytest.raises(Unreachable, match="Another program"):
            change("edit", sent.external_id, text="x")
        assert {m.get("from") for m in (edited, given, gone)} == {f"{ROOM}/Cykelhjælpen"}
        batches.close()


def test_they_change_what_they_said_to_us_and_what_they_do_to_others_is_not_for_us(server):
    with being(server, "kunde", "Karl") as karl, being(server, "anden", "Anna") as anna:
        batches = in_it(server)
        asked = karl.say("Cykelhjælpen: hvornår åbner I?")
        aside = anna.say("God morgen")
        [question], _ = events(batches, account(server), 1)
        sid, other = karl.room_id(asked), karl.room_id(aside)
        react = '<reactions xmlns="urn:xmpp:reactions:0" id="{}"><reaction>{}</reaction></reactions>'
        karl.say(more=react.format(other, "❌"))
        anna.say("God aften", f'<replace xmlns="urn:xmpp:message-correct:0" id="{aside}"/>')
        # The same id as Karl's, by somebody else: not Karl's message.
        anna.say("Forfalsket", f'<replace xmlns="urn:xmpp:message-correct:0" id="{asked}"/>')
        karl.say("Cykelhjælpen: hvornår lukker I?", f'<replace xmlns="urn:xmpp:message-correct:0" id="{asked}"/>')
        anna.say(more=react.format(sid, "👍"))
        karl.say("trukket", f'<retract xmlns="urn:xmpp:message-retract:1" id="{sid}"/>')
        found, _ = events(batches, account(server), 3)
        assert [(type(e), e.target, e.author.address) for e in found] == [
            (Edit, question.external_id, f"kunde@{DOMAIN}"),
            (Reaction, question.external_id, f"anden@{DOMAIN}"),
            (Delete, question.external_id, f"kunde@{DOMAIN}"),
        ]
        assert (found[0].text, found[1].emoji) == ("Cykelhjælpen: hvornår lukker I?", "👍")
        batches.close()


def test_what_was_said_while_we_were_away_comes_once_and_in_order(server):
    with being(server, "kunde", "Karl") as karl:
        karl.say("Cykelhjælpen før vi kom")
        batches = in_it(server)
        karl.say("Cykelhjælpen 0")
        found, cursor = events(batches, account(server), 1)
        assert [e.text for e in found] == ["Cykelhjælpen 0"]
        batches.close()
        for number in range(60):  # more than a page
            karl.say(f"Cykelhjælpen {number + 1}" if number % 2 else "de andre")
        again = pulling.pull(account(server), cursor, 1)
        found, cursor = events(again, account(server), 30)
        assert [e.text for e in found] == [f"Cykelhjælpen {number + 1}" for number in range(1, 60, 2)]
        assert {e.author.address for e in found} == {f"kunde@{DOMAIN}"}
        again.close()
        third = pulling.pull(account(server), cursor, 1)
        assert events(third, account(server), 1, 3)[0] == []
        third.close()


def test_a_room_that_does_not_tell_who_is_who_knows_people_by_its_own_id_and_nobody_takes_a_name_over(tmp_path):
    with running(tmp_path / "p", USERS, known=False) as server:
        with being(server, "anden", "Ejer"), being(server, "kunde", "Karl") as karl:
            batches = in_it(server)
            karl.say("Cykelhjælpen: her er Karl")
            [first], cursor = events(batches, account(server), 1)
        assert (first.author.scope, first.author.name, first.author.address[:3]) == (ROOM, "Karl", "id:")
        with being(server, "anden", "Karl") as other:
            other.say("Cykelhjælpen: jeg er Karl")
            [second], _ = events(batches, account(server), 1)
        assert second.author.name == "Karl"
        assert second.author.address != first.author.address
        batches.close()
        with being(server, "kunde", "Karlo") as karl:
            karl.say("Cykelhjælpen: nyt navn")
            again = pulling.pull(account(server), cursor, 1)
            found, _ = events(again, account(server), 2)
            assert [(e.author.address, e.author.name) for e in found] == [
                (second.author.address, "Karl"),
                (first.author.address, "Karlo"),
            ]
            again.close()
        with pytest.raises(Unreachable, match="group chat alone"):
            channel().send(replace(out("hej", first.author, ""), public=False), account(server))


WITHIN = (
    '<forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client" type="groupchat" '
    f'from="{ROOM}/Anna" id="1"><body>Cykelhjælpen, falsk</body></message></forwarded>'
)
FORGED = (
    f'<result xmlns="urn:xmpp:mam:2" id="x">{WITHIN}</result>',
    f'<sent xmlns="urn:xmpp:carbons:2">{WITHIN}</sent>',
    '<x xmlns="http://jabber.org/protocol/muc#user"><item jid="anden@brand.test"/></x>',
    '<occupant-id xmlns="urn:xmpp:occupant-id:0" id="annas"/>',
    f'<stanza-id xmlns="urn:xmpp:sid:0" by="{ROOM}" id="valgt"/>',
    '<delay xmlns="urn:xmpp:delay" from="anden@brand.test" stamp="2001-01-01T00:00:00Z"/>',
)


@pytest.mark.parametrize("away", [False, True], ids=["live", "from the archive"])
def test_whatever_somebody_writes_into_a_message_it_is_theirs(server, away):
    with being(server, "kunde", "Karl") as karl, being(server, "anden", "Anna"):
        batches = in_it(server)
        karl.say("Cykelhjælpen, her")
        [_], cursor = events(batches, account(server), 1)
        if away:
            batches.close()
        said = [karl.say(f"Cykelhjælpen {number}", more) for number, more in enumerate(FORGED)]
        # The server carries it along, so that it is for us to see through.
        assert (
            karl.hear(said[2]).find("{http://jabber.org/protocol/muc#user}x/{http://jabber.org/protocol/muc#user}item")
            is not None
        )
        if away:
            batches = pulling.pull(account(server), cursor, 1)
        found, _ = events(batches, account(server), len(FORGED) - 2, 8)
        # Those with a message within are dropped, or they are Karl's; they are never Anna's.
        assert {e.author.address for e in found} == {f"kunde@{DOMAIN}"}
        assert {f"Cykelhjælpen {number}" for number in range(2, len(FORGED))} <= {e.text for e in found}
        assert "Cykelhjælpen, falsk" not in {e.text for e in found}
        assert {e.external_id.partition("/")[2] for e in found} <= {karl.room_id(ident) for ident in said}
        assert min(e.at.year for e in found) > 2001
        batches.close()


def test_a_room_that_is_not_there_is_not_made_and_stops_nothing(server):
    nowhere = f"findes-ikke@{ROOMS}"
    us = account(server, rooms=f"{nowhere} {ROOM}")
    with being(server, "kunde", "Karl") as karl:
        batches = pulling.pull(us, None, 1)
        next(batches)
        karl.say("Cykelhjælpen?")
        assert [e.text for e in events(batches, us, 1)[0]] == ["Cykelhjælpen?"]
        batches.close()
        checks = {c.name: c for c in channel().check(us)}
        assert (checks[nowhere].ok, checks[nowhere].detail) == (False, "There is no such room (item-not-found)")
        assert (checks[ROOM].ok, checks[ROOM].detail) == (True, "the room says who people are, and keeps what is said")
    with pytest.raises(Unreachable, match="no such room"):
        channel().send(out("hej", Handle(network="xmpp", address=f"kunde@{DOMAIN}"), f"{nowhere}/1"), us)
    with pytest.raises(Unreachable, match="not in the settings"):
        channel().send(out("hej", Handle(network="xmpp", address=f"kunde@{DOMAIN}"), f"{nowhere}/1"), account(server))


def test_we_go_in_again_when_the_room_knows_us_no_more(server, monkeypatch):
    monkeypatch.setattr(being_in, "LOOK_AGAIN", 1.0)
    with being(server, "kunde", "Karl") as karl:
        batches = in_it(server)
        karl.say("Cykelhjælpen 1")
        assert [e.text for e in events(batches, account(server), 1)[0]] == ["Cykelhjælpen 1"]

        async def put_out(link: Any) -> None:
            await link.client.plugin["xep_0045"].set_role(ROOM, "Cykelhjælpen", "none", timeout=10)

        karl.link.run(put_out(karl.link))  # Karl made the room, and owns it
        karl.say("Cykelhjælpen 2")
        karl.say("Cykelhjælpen 3")
        found, _ = events(batches, account(server), 2)
        assert [e.text for e in found] == ["Cykelhjælpen 2", "Cykelhjælpen 3"]
        batches.close()


def test_an_answer_that_the_room_does_not_say_again_is_uncertain(server, monkeypatch):
    monkeypatch.setattr(saying, "SECONDS", 1.0)
    monkeypatch.setattr(saying.Saying, "_hear", lambda *_: None)
    with being(server, "kunde", "Karl") as karl:
        answer = out("Hej", Handle(network="xmpp", address=f"kunde@{DOMAIN}", display="Karl"), f"{ROOM}/1")
        with pytest.raises(Uncertain):
            channel().send(answer, account(server))
        assert karl.hear(answer.id).findtext("{jabber:client}body") == "Karl: Hej"


def test_a_name_that_somebody_else_has_is_told(server):
    with being(server, "kunde", "Cykelhjælpen"), pytest.raises(Unreachable, match="has our name"):
        channel().send(out("hej", Handle(network="xmpp", address=f"kunde@{DOMAIN}"), f"{ROOM}/1"), account(server))


@pytest.mark.django_db
def test_the_whole_way_in_a_room(server, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="xmpp", name="X", config=config(server), own=[f"support@{DOMAIN}"])
    with being(server, "kunde", "Karl") as karl:
        batches = pulling.pull(account_view(row), row.cursor, 1)

        def take(until: int) -> None:
            end = time.monotonic() + 15
            while Interaction.objects.count() < until and time.monotonic() < end:
                batch = next(batches)
                keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
                while understand_waiting(at=now()):
                    pass

        next(batches)
        asked = karl.say("Cykelhjælpen, er I der?")
        take(1)
        talk = Conversation.objects.get()
        write(conversation=talk.pk, by=mette, text="Ja!", at=now())
        while send_due(at=now()):
            pass
        reply = Reply.objects.get()
        assert (reply.state, reply.external_id) == ("accepted", f"{ROOM}/{karl.room_id(str(reply.pk))}")
        karl.say("Tak", f'<reply xmlns="urn:xmpp:reply:0" to="{ROOM}/Cykelhjælpen" id="{karl.room_id(str(reply.pk))}"/>')
        take(3)
        karl.say("Cykelhjælpen, er I her?", f'<replace xmlns="urn:xmpp:message-correct:0" id="{asked}"/>')
        take(4)
        rows = Interaction.objects.order_by("at").values_list("kind", "text", "outgoing", "public")
        assert list(rows) == [
            ("message", "Cykelhjælpen, er I der?", False, True),
            ("message", "Ja!", True, True),
            ("message", "Tak", False, True),
            ("edit", "Cykelhjælpen, er I her?", False, False),
        ]
        assert Conversation.objects.get().messages == 3
        batches.close()
