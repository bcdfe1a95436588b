"""What a network's services do, against a stand-in: signing in by SASL, accounts of people, a name that is taken, a server that is rude."""

import base64
import socket
import threading
import time
from dataclasses import replace

import pytest

from samspil.base.clock import now
from samspil.channels.irc import pull as pulling
from samspil.channels.irc.channel import channel
from samspil.channels.irc.door import path_of
from samspil.kit import Account, Handle, Outbound, TryLater, Uncertain, Unreachable


class StandIn:
    """Says a line after each that it hears and knows; ``sasl`` are the accounts it accepts, ``taken`` the names that it does not give."""

    def __init__(
        self,
        *,
        sasl: dict[str, str] | None = None,
        taken: tuple[str, ...] = (),
        caps: str = "message-tags account-tag sasl=PLAIN",
    ):
        self.sasl, self.taken, self.caps = sasl or {}, taken, caps
        self.heard: list[str] = []
        self.whois: dict[str, tuple[str, str, str]] = {}
        self.silent = False
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.clients: list[socket.socket] = []
        self.nick = ""
        self.steps: set[str] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    def say(self, line: str) -> None:
        self.clients[-1].sendall(line.encode() + b"\r\n")

    def hears(self, start: str) -> bool:
        """Whether a line that begins so comes within five seconds: lines are read in a thread of their own."""
        until = time.monotonic() + 5
        while not any(line.startswith(start) for line in self.heard) and time.monotonic() < until:
            time.sleep(0.01)
        return any(line.startswith(start) for line in self.heard)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            self.clients.append(client)
            self.steps = set()
            with client, client.makefile("r", encoding="utf-8", newline="\r\n") as lines:
                try:
                    for line in lines:
                        self.heard.append(line.rstrip("\r\n"))
                        self._answer(line.rstrip("\r\n"))
                except (OSError, ValueError):
                    continue

    def _answer(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if not self.silent and hasattr(self, f"_on_{word.lower()}"):
            getattr(self, f"_on_{word.lower()}")(rest)

    def _on_cap(self, rest: str) -> None:
        if rest == "LS 302":
            self.say(f":s CAP * LS * :batch\r\n:s CAP * LS :{self.caps}" if self.caps else ":s 421 * CAP :Unknown command")
        elif rest == "END":
            self.steps.add("CAP")
            self._welcome()
        else:
            self.say(f":s CAP * ACK :{rest.partition(':')[2]}")

    def _on_authenticate(self, rest: str) -> None:
        if rest == "PLAIN":
            self.say("AUTHENTICATE +")
            return
        _, name, secret = base64.b64decode(rest).decode().split("\0")
        self.say(":s 903 x :ok" if self.sasl.get(name) == secret else ":s 904 x :SASL authentication failed")

    def _on_nick(self, rest: str) -> None:
        if rest in self.taken:
            self.say(f":s 433 * {rest} :Nickname is already in use")
            return
        self.nick = rest
        self.steps |= {"NICK"} if self.caps else {"NICK", "CAP"}
        self._welcome()

    def _on_join(self, _rest: str) -> None:
        self.say(f":{self.nick}!b@h JOIN #cykler\r\n:s 474 {self.nick} #lukket :Cannot join channel (+b)")

    def _on_ping(self, rest: str) -> None:
        self.say(f":s PONG s {rest}")

    def _on_whois(self, rest: str) -> None:
        if rest in self.whois:
            user, host, account = self.whois[rest]
            self.say(
                f":s 311 me {rest} {user} {host} * :x" + (f"\r\n:s 330 me {rest} {account} :is logged in as" if account else "")
            )

    def _welcome(self) -> None:
        if self.steps != {"NICK", "CAP"}:
            return
        self.say(f":s 001 {self.nick} :hi\r\n:s 005 {self.nick} CASEMAPPING=ascii :x\r\n:s 376 {self.nick} :End")

    def close(self) -> None:
        self.listening.close()
        for client in self.clients:
            client.close()


@pytest.fixture
def stand_in():
    made: list[StandIn] = []

    def make(**more) -> StandIn:
        made.append(StandIn(**more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def account(server: StandIn, **more) -> Account:
    config = {"server": "127.0.0.1", "port": server.port, "nick": "butik", "channels": "#cykler,#lukket", "no_tls": True}
    return Account(id="stand-in", name="IRC", config=config | more, key=b"s" * 32)


def out(address: str, *, nick: str = "karo", answers: str = "karo 1", ident: str = "r1", text: str = "Hej") -> Outbound:
    to = Handle(network="irc", scope="127.0.0.1", address=address, display=nick)
    return Outbound(id=ident, conversation="c", to=to, text=text, in_reply_to=answers)


def test_the_password_goes_by_sasl_and_people_are_their_accounts(stand_in):
    server = stand_in(sasl={"butikken": "hemmelig"})
    us = account(server, account="butikken", password="hemmelig")
    batches = pulling.pull(us, None, 0.3)
    next(batches)
    assert "CAP REQ :account-tag batch message-tags sasl" in server.heard
    server.say("@account=Karoline;msgid=1 :Karo!a@b PRIVMSG butik :hej")
    server.say("@account=Karoline;msgid=2 :andet_navn!c@d PRIVMSG butik :mig igen")
    server.say("@msgid=3 :Karo!ond@ond.example PRIVMSG butik :jeg er Karo")
    envelopes = [e for _ in range(3) for e in next(batches).envelopes]
    events = [channel().understand(replace(e, received_at=now()), us)[0] for e in envelopes]
    assert [e.author.address for e in events] == ["karoline", "karoline", "karo!ond@ond.example"]
    assert [bool(e.notes) for e in events] == [False, False, True]
    batches.close()
    assert server.hears("QUIT")
    assert not path_of(us).exists()


@pytest.mark.parametrize(
    ("more", "given", "says"),
    [
        ({"sasl": {"butikken": "andet"}}, {"account": "butikken", "password": "forkert"}, "do not accept"),
        ({"caps": "message-tags"}, {"account": "butikken", "password": "forkert"}, "no sign-in"),
        ({"caps": ""}, {"account": "butikken", "password": "forkert"}, "no sign-in"),
        ({"taken": ("butik", "butik_", "butik__")}, {}, None),
        ({}, {"no_tls": False}, "127.0.0.1"),
    ],
    ids=["wrong password", "no sasl", "no capabilities", "three names taken", "no tls"],
)
def test_who_is_not_let_in_is_told_why_and_the_password_is_in_no_word(stand_in, more, given, says):
    server = stand_in(**more)
    us = account(server, **given)
    if says is None:
        next(batches := pulling.pull(us, None, 0.1))
        assert server.nick.startswith("butik")
        assert len(server.nick) == len("butik") + 4
        batches.close()
        return
    with pytest.raises(TryLater, match=says) as caught:
        next(pulling.pull(us, None, 0.1))
    assert "forkert" not in str(caught.value)
    assert not any("forkert" in line or "NickServ" in line for line in server.heard)


def test_a_name_that_is_taken_gets_a_line_under_it_and_both_are_heard(stand_in):
    server = stand_in(taken=("butik",))
    batches = pulling.pull(account(server), None, 0.3)
    next(batches)
    assert server.nick == "butik_"
    server.say(":karo!a@b PRIVMSG #cykler :butik: er I der?")
    server.say(":karo!a@b PRIVMSG #cykler :butik_: eller her?")
    assert [e.headers["nick"] for _ in range(2) for e in next(batches).envelopes] == ["butik_"] * 2
    batches.close()


def test_an_answer_in_private_goes_to_the_person_and_not_to_the_name(stand_in):
    server = stand_in()
    us = account(server)
    with pytest.raises(TryLater, match="no connection"):
        channel().send(out("karoline"), us)
    batches = pulling.pull(us, None, 0.3)
    next(batches)
    server.whois["karo"] = ("a", "B.example", "Karoline")
    assert channel().send(out("karoline"), us).external_id == "karo r1"
    assert channel().send(out("karoline"), us).external_id == "karo r1"
    channel().send(out("karo!a@b.example", ident="r2"), us)
    assert [line for line in server.heard if "PRIVMSG" in line] == ["@+draft/reply=1 PRIVMSG karo :Hej"] * 2  # and not three
    for address in ("karoline2", "karo!x@b.example", "karo!a@ond.example", "karo"):
        with pytest.raises(Unreachable, match="somebody else's"):
            channel().send(out(address, ident=address), us)
    with pytest.raises(Unreachable, match="not on IRC"):
        channel().send(out("karoline", answers="vaek 1", ident="r3"), us)
    with pytest.raises(Unreachable, match="not in #lukket: Cannot join"):
        channel().send(out("karoline", answers="#lukket 1", ident="r4"), us)
    with pytest.raises(Unreachable, match="21 lines"):
        channel().send(out("karoline", ident="r5", text="a\n" * 21), us)
    with pytest.raises(Unreachable, match="no name"):
        channel().send(out("karoline", answers="a:QUIT 1", ident="r6"), us)
    checks = channel().check(us)
    assert [(c.name, c.ok) for c in checks] == [("Sign-in", True), ("Channels", False)]
    assert "#lukket" in checks[1].detail
    batches.close()


def test_a_line_of_an_answer_cannot_be_a_command(stand_in):
    server = stand_in()
    batches = pulling.pull(account(server), None, 0.3)
    next(batches)
    channel().send(out("karo!a@b", answers="#cykler 1", text="a\r\nQUIT :\r\n\x01VERSION\x01\0"), account(server))
    assert [line for line in server.heard if "PRIVMSG" in line] == [
        "@+draft/reply=1 PRIVMSG #cykler :karo: a",
        "PRIVMSG #cykler :QUIT :",
        "PRIVMSG #cykler :VERSION",
    ]
    batches.close()


def test_an_answer_that_is_lost_is_uncertain(stand_in, monkeypatch):
    server = stand_in()
    batches = pulling.pull(account(server), None, 0.3)
    next(batches)
    said = threading.Event()
    answer = server._answer

    def then_fall(line: str) -> None:
        if "PRIVMSG" in line:
            server.silent = True
            said.set()
            server.clients[-1].shutdown(socket.SHUT_RDWR)
        answer(line)

    monkeypatch.setattr(server, "_answer", then_fall)
    with pytest.raises(Uncertain):
        channel().send(out("karo!a@b", answers="#cykler 1"), account(server))
    assert said.is_set()
    with pytest.raises(TryLater):
        [next(batches) for _ in range(5)]


def test_a_rude_server_stops_nothing(stand_in):
    server = stand_in()
    batches = pulling.pull(account(server), None, 0.3)
    next(batches)
    server.clients[-1].sendall(b"\r\n\xff\xfe\r\n:\r\n@\r\n" + b" " * 300 + b"\r\n:karo!a@b PRIVMSG butik :stadig her\r\n")
    assert [b"stadig" in e.payload for _ in range(2) for e in next(batches).envelopes] == [True]
    server.say("PING :er du der")
    server.say("ERROR :Closing Link: du er for langsom")
    with pytest.raises(TryLater, match="for langsom"):
        [next(batches) for _ in range(5)]
    assert server.hears("PONG :er du der")


def test_what_others_do_with_each_other_is_not_kept(stand_in):
    server = stand_in()
    us = account(server)
    batches = pulling.pull(us, None, 0.3)
    next(batches)
    channel().send(out("karo!a@b", answers="#cykler 1"), us)
    for line in (
        "@msgid=5 :karo!a@b PRIVMSG #cykler :butik: hej",
        "@msgid=6 :karo!a@b PRIVMSG #cykler :snak uden jer",
        "@msgid=7 :karo!a@b PRIVMSG #cykler :",
        "@msgid=8;+draft/react=x;+draft/reply=6 :anden!a@b TAGMSG #cykler",
        "@msgid=9;+draft/react=x;+draft/reply=r1 :anden!a@b TAGMSG #cykler",
        "@msgid=10 :karo!a@b REDACT #cykler 6",
        "@msgid=11 :karo!a@b REDACT #cykler 5",
        ":irc.brand.test NOTICE butik :*** Looking up your hostname! PRIVMSG",
        ":karo!a@b PRIVMSG #cykler :\x01DCC SEND x 1 2 3\x01",
        ":karo!a@b PRIVMSG butik :\x01DCC SEND x 1 2 3\x01",
    ):
        server.say(line)
    kept = [e for _ in range(3) for e in next(batches).envelopes]
    assert [e.external_id for e in kept][:3] == ["PRIVMSG:5", "TAGMSG:9", "REDACT:11"]
    assert [e.payload for e in kept][3:] == [b":karo!a@b PRIVMSG butik :\x01DCC SEND x 1 2 3\x01\r"]
    batches.close()


def test_an_answer_that_was_refused_may_be_tried_again(stand_in):
    server = stand_in()
    us = account(server)
    batches = pulling.pull(us, None, 0.3)
    next(batches)
    with pytest.raises(Unreachable):
        channel().send(out("karoline"), us)
    server.whois["karo"] = ("a", "b", "karoline")
    assert channel().send(out("karoline"), us).external_id == "karo r1"
    batches.close()


def test_a_server_that_falls_silent_is_left(stand_in, monkeypatch):
    monkeypatch.setattr("samspil.channels.irc.connection.SILENCE", 0.4)
    server = stand_in()
    batches = pulling.pull(account(server), None, 3)
    next(batches)
    next(batches)  # it answers when it is asked whether it is there
    assert "PING :there" in server.heard
    server.silent = True
    with pytest.raises(TryLater, match="silent"):
        [next(batches) for _ in range(3)]


def test_a_line_without_end_ends_the_connection(stand_in):
    server = stand_in()
    batches = pulling.pull(account(server), None, 0.3)
    next(batches)
    server.clients[-1].sendall(b"x" * 60_000)
    with pytest.raises(TryLater, match="without end"):
        [next(batches) for _ in range(5)]


def test_a_folder_of_somebody_else_is_not_trusted(stand_in, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    us = account(stand_in())
    folder = path_of(us).parent
    folder.chmod(0o755)
    with pytest.raises(TryLater, match="own folder"):
        next(pulling.pull(us, None, 0.1))
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(TryLater, match="own folder"):
        path_of(us)
