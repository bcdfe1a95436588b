"""IRC against real servers, InspIRCd (IRCv3) and ngIRCd (the old protocol): heard, answered, cut off, and the whole way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from samspil.base.clock import now
from samspil.channels.irc import pull as pulling
from samspil.channels.irc.channel import channel
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.kit import Account, Batch, Message, Outbound, TryLater, Unreachable
from samspil.kit import Handle as To
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.irc.servers import HOST, Person, Server, running
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", params=["inspircd", "ngircd"])
def server(request, tmp_path_factory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("irc") / "s", request.param) as one:
        yield one


def config(server: Server) -> dict[str, Any]:
    return {"server": HOST, "port": server.port, "nick": "butik", "channels": "#cykler", "no_tls": True}


def account(server: Server, **more: Any) -> Account:
    return Account(id="irc", name="IRC", config=config(server) | more, key=b"i" * 32)


@contextmanager
def hearing(of: Account) -> Iterator[Iterator[Batch]]:
    batches = pulling.pull(of, None, 0.5)
    try:
        next(batches)
        yield batches
    finally:
        batches.close()


def events(batches: Iterator[Batch], of: Account, wanted: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(20):
        for envelope in next(batches).envelopes:
            found += channel().understand(replace(envelope, received_at=now()), of)
        if len(found) >= wanted:
            break
    return found


def answer(message: Message, text: str) -> Outbound:
    return Outbound(id=str(uuid4()), conversation="c", to=message.author, text=text, in_reply_to=message.external_id)


@contextmanager
def person(server: Server, nick: str = "karoline", **more: Any) -> Iterator[Person]:
    one = Person(server, nick, tags=server.program == "inspircd", **more)
    try:
        yield one
    finally:
        one.write("QUIT :")
        one.leave()


def test_mentions_and_private_lines_are_heard_and_answered_where_they_were(server):
    us = account(server)
    with hearing(us) as batches, person(server) as karoline:
        karoline.join("#cykler")
        karoline.write("PRIVMSG #cykler :snak uden jer")
        karoline.write("PRIVMSG #cykler :butik: er I der? æøå")
        karoline.write("PRIVMSG butik :privat")
        public, private = events(batches, us, 2)
        assert [(m.text, m.public, m.author.name) for m in (public, private)] == [
            ("butik: er I der? æøå", True, "karoline"),
            ("privat", False, "karoline"),
        ]
        karoline.write("PRIVMSG butik :\x01VERSION\x01")
        karoline.sees("NOTICE karoline :\x01VERSION Samspil\x01")
        sent = channel().send(answer(public, "Ja, " + "æ" * 500 + " slut"), us)
        assert sent.external_id.startswith("#cykler ")
        assert "PRIVMSG #cykler :karoline: Ja, æ" in karoline.sees(" slut\r\n")
        assert karoline.seen.count("æ") == 500
        channel().send(answer(private, "Kun til dig"), us)
        karoline.sees("PRIVMSG karoline :Kun til dig")
        if server.program == "inspircd":
            assert public.external_id != f"#cykler ~{public.external_id}"
            assert f"+draft/reply={public.external_id.partition(' ')[2]}" in karoline.seen
            karoline.write(f"@+draft/reply={sent.external_id.partition(' ')[2]} PRIVMSG #cykler :butik: tak")
            [thanks] = events(batches, us, 1)
            assert list(thanks.references) == [sent.external_id]
            karoline.write(f"@+draft/react=👍;+draft/reply={sent.external_id.partition(' ')[2]} TAGMSG #cykler")
            [reaction] = events(batches, us, 1)
            assert (reaction.emoji, reaction.target) == ("👍", sent.external_id)


def test_who_takes_a_name_is_another_person_and_gets_nothing(server):
    us = account(server)
    with hearing(us) as batches:
        with person(server, user="karo") as karoline:
            karoline.write("PRIVMSG butik :min kode er væk")
            [asked] = events(batches, us, 1)
        with pytest.raises(Unreachable, match="not on IRC"):
            channel().send(answer(asked, "hemmeligt"), us)
        with person(server, user="ond") as other:
            with pytest.raises(Unreachable, match="somebody else's"):
                channel().send(answer(asked, "hemmeligt"), us)
            other.write("PRIVMSG butik :det er mig")
            [claimed] = events(batches, us, 1)
            assert claimed.author.address != asked.author.address
            assert "hemmeligt" not in other.seen


def test_a_name_that_is_taken(server):
    with person(server, "butik"), hearing(account(server)) as batches, person(server) as karoline:
        karoline.write("PRIVMSG butik_ :er det jer?")
        assert [e.text for e in events(batches, account(server), 1)] == ["er det jer?"]


def test_check(server):
    assert [c.ok for c in channel().check(account(server))] == [True, True]
    assert [c.ok for c in channel().check(account(server, port=1))] == [False]
    with hearing(account(server)):
        assert [(c.name, c.ok) for c in channel().check(account(server))] == [("Sign-in", True), ("Channels", True)]


def test_a_server_without_tls_gets_nothing(server):
    with pytest.raises(TryLater):
        next(pulling.pull(account(server, no_tls=False), None, 0.5))


def test_an_encrypted_connection_is_verified(tmp_path, monkeypatch):
    with running(tmp_path / "s", "ngircd", tls=True) as server:
        us = account(server, no_tls=False)
        with pytest.raises(TryLater, match="certificate"):
            next(pulling.pull(us, None, 0.5))
        monkeypatch.setenv("SSL_CERT_FILE", str(server.folder / "cert.pem"))
        # One good connection only: ngIRCd 26.1 fails to shake hands at a place where one has just ended well.
        nobody = Outbound(id="1", conversation="c", to=To(network="irc", scope=HOST, address="karoline!a@b"), text="hej")
        with hearing(us):
            assert [c.ok for c in channel().check(us)] == [True, True]
            with pytest.raises(Unreachable, match="not on IRC"):
                channel().send(nobody, us)


@pytest.mark.parametrize("program", ["inspircd", "ngircd"])
def test_a_killed_server_is_told_and_come_back_to(tmp_path, program):
    with running(tmp_path / "s", program) as server:
        us = account(server)
        batches = pulling.pull(us, None, 0.5)
        next(batches)
        server.stop(kill=True)
        with pytest.raises(TryLater):
            [next(batches) for _ in range(10)]
        with pytest.raises(TryLater):
            next(pulling.pull(us, None, 0.5))
        server.start()
        with hearing(us) as again, person(server) as karoline:
            karoline.write("PRIVMSG butik :I er her igen")
            assert [e.text for e in events(again, us, 1)] == ["I er her igen"]


@pytest.mark.django_db(transaction=True)
def test_the_whole_way(server, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="irc", name="IRC", config=config(server), own=[])
    heard: list[Batch] = []
    stop, ready = threading.Event(), threading.Event()

    def run() -> None:
        for batch in pulling.pull(account_view(row), None, 0.3):
            heard.append(batch)
            ready.set()
            if stop.is_set():
                return

    runner = threading.Thread(target=run)
    runner.start()
    assert ready.wait(20)

    def take() -> None:
        for _ in range(60):
            if any(batch.envelopes for batch in heard):
                break
            stop.wait(0.2)
        while heard:
            batch = heard.pop(0)
            keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        while understand_waiting(at=now()):
            pass

    try:
        with person(server) as karoline:
            karoline.join("#cykler")
            karoline.write("PRIVMSG #cykler :butik, mit batteri er fladt")
            take()
            handle = Handle.objects.get(network="irc")
            assert (str(handle), handle.scope) == ("karoline", HOST)
            assert (Interaction.objects.get().text, Interaction.objects.get().public) == ("butik, mit batteri er fladt", True)
            write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
            while send_due(at=now()):
                pass
            assert Reply.objects.get().state == "accepted", Reply.objects.get().detail
            karoline.sees("PRIVMSG #cykler :karoline: Det klarer vi")
            karoline.write("PRIVMSG butik :Tak!")
            take()
            assert [(i.text, i.outgoing) for i in Interaction.objects.order_by("at")] == [
                ("butik, mit batteri er fladt", False), ("Det klarer vi", True), ("Tak!", False),
            ]  # fmt: skip
            assert Conversation.objects.get().messages == 3
    finally:
        stop.set()
        runner.join(10)
