"""A colleague proves who they are on Matrix, is told there and answers in the thread; whatever else comes there is said in nobody's name."""

import base64
import json
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.channels.matrix import server
from samspil.channels.matrix.channel import channel
from samspil.channels.matrix.tests.homeserver import API, CONFIG, ROOM, Homeserver
from samspil.conversation.actions import assign, finish
from samspil.conversation.models import Conversation, Note
from samspil.elsewhere.actions import plan, prefer_account, prove, say_remark, send_code, send_notice
from samspil.elsewhere.actions.plan import Wanted
from samspil.elsewhere.actions.take import take_arrivals
from samspil.elsewhere.models import Arrival, Notice, Remark, Seat
from samspil.elsewhere.queries import linking, reached_elsewhere, tellers
from samspil.intake.actions import connect
from samspil.intake.models import Envelope, Interaction
from samspil.intake.queries import account_view
from samspil.kit.web import Web
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Unit
from samspil.reply.models import Reply
from samspil.reply.queries import files_of
from tests.journeys.elsewhere import arrives, write_in_chat

pytestmark = pytest.mark.django_db
BO, EVE = "@bo:x.example", "@eve:x.example"
PLACE = f"{ROOM}/$besked"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Homeserver:
    played = Homeserver()
    members = [{"state_key": one, "content": {"membership": "join"}} for one in (CONFIG["user"], BO)]
    played.answers |= {
        ("GET", f"{API}/user/{CONFIG['user']}/account_data/m.direct"): (200, {BO: [ROOM]}),
        ("GET", f"{API}/rooms/{ROOM}/state/m.room.member/{BO}"): (200, {"membership": "join"}),
        ("GET", f"{API}/rooms/{ROOM}/members"): (200, {"chunk": members}),
    }
    played.wrote = []  # type: ignore[attr-defined]

    def call(_web: Web, method: str, path: str, **given: Any) -> Any:
        if method == "PUT" and "/send/m.room.message/" in unquote(path):
            played.wrote.append(given["json"])  # type: ignore[attr-defined]
            return played.answer((200, {"event_id": "$besked"}))
        return played.call(method, path, **given)

    monkeypatch.setattr(Web, "call", call)
    return played


@pytest.fixture
def house(home: Homeserver) -> SimpleNamespace:
    """Bo and Jonas; a Matrix account for colleagues, and a web chat in which somebody has written, and Bo has it."""
    found(name="Nordlys", language="da")
    triage = Unit.objects.get(triage=True)
    people = {
        name: take_in(email=f"{name}@brand.test", name=name.title(), password="cykelkurv-i-regn", unit=triage, role=role)
        for name, role in (("bo", "employee"), ("jonas", "employee"), ("mette", "admin"))
    }
    teller = connect(channel="matrix", name="Team", config={**CONFIG, "people": "colleagues"})
    chat = connect(channel="webchat", name="Chat", config={"origins": "*"})
    server.Server(account_view(teller), "out").forget()
    write_in_chat(chat, "Mine bremser hviner")
    conversation = Conversation.objects.get()
    assign(conversations=[conversation.pk], to=people["bo"], by=people["mette"], at=now())
    return SimpleNamespace(**people, teller=teller, chat=chat, conversation=conversation, home=home)


def code_of(house: SimpleNamespace) -> str:
    found_ = re.search(r"\b\d{8}\b", house.home.wrote[-1]["body"])
    assert found_
    return found_[0]


def linked(house: SimpleNamespace) -> Seat:
    asked = send_code(colleague=house.bo, account=house.teller.pk, name=BO, at=now())
    return prove(colleague=house.bo, asked=asked, code=code_of(house), at=now())


def told(house: SimpleNamespace) -> Notice:
    """Bo is linked and has been told."""
    linked(house)
    Notice.objects.all().delete()
    plan(
        wanted=[Wanted(colleague=house.bo.pk, conversation=house.conversation.pk, kind="assigned", into=None, by=None)], at=now()
    )
    Notice.objects.update(send_at=now() - timedelta(seconds=1))
    assert send_notice(at=now())
    notice: Notice = Notice.objects.get()
    assert (notice.state, notice.place) == ("sent", PLACE)
    return notice


def event(
    ident: str = "$svar", body: str = "Kom forbi i morgen.", *, sender: str = BO, root: str = "$besked", **more: Any
) -> dict:
    relation = {"m.relates_to": {"rel_type": "m.thread", "event_id": root, "m.in_reply_to": {"event_id": root}}} if root else {}
    content = {"msgtype": "m.text", "body": body, **relation}
    at = int(now().timestamp() * 1000)
    return {"type": "m.room.message", "event_id": ident, "sender": sender, "origin_server_ts": at, "content": content} | more


def comes(house: SimpleNamespace, said: dict, **more: Any) -> list[str]:
    """What became of it: (verdict why) of each arrival, the oldest first."""
    room = {"id": ROOM, "direct": True, "others": [BO], "names": {BO: "Bo", EVE: "Bo"}}
    payload = json.dumps({"event": said, "room": room} | more).encode()
    ident = f"{said['event_id']}{more.get('late', '')}"
    arrives(house.teller, kit.Envelope(external_id=ident, payload=payload, received_at=now()))
    take_arrivals(envelopes=list(Envelope.objects.filter(account=house.teller).values_list("pk", flat=True)), at=now())
    return [f"{a.verdict} {a.why}".strip() for a in Arrival.objects.order_by("id")]


def test_a_code_proves_who_one_is_and_nothing_else_does(house: SimpleNamespace) -> None:
    assert [a.pk for a in tellers(house.bo.pk)] == []
    asked = send_code(colleague=house.bo, account=house.teller.pk, name=f" {BO} ", at=now())
    code = code_of(house)
    assert code not in json.dumps(asked)
    wrong = "00000000" if code != "00000000" else "11111111"
    for who, with_, given, at in (
        (house.bo, asked, wrong, now()),
        (house.jonas, asked, code, now()),
        (house.bo, asked, code, now() + timedelta(minutes=11)),
        (house.bo, asked | {"tries": "0"}, code, now()),
        (house.bo, asked | {"address": EVE}, code, now()),
    ):
        with pytest.raises(NotAllowed):
            prove(colleague=who, asked=with_, code=given, at=at)
    assert not Seat.objects.exists()
    assert reached_elsewhere([house.bo.pk], now()) == frozenset()
    prove(colleague=house.bo, asked=asked, code=f"{code[:4]} {code[4:]}", at=now())
    assert list(Seat.objects.values_list("colleague", "network", "address")) == [(house.bo.pk, "matrix", BO)]
    assert reached_elsewhere([house.bo.pk, house.jonas.pk], now()) == {house.bo.pk}
    assert [a.pk for a in tellers(house.bo.pk)] == [house.teller.pk]
    other = send_code(colleague=house.jonas, account=house.teller.pk, name=BO, at=now())
    with pytest.raises(NotAllowed):
        prove(colleague=house.jonas, asked=other, code=code_of(house), at=now())
    assert Seat.objects.count() == 1


def test_an_account_for_consumers_tells_nobody(house: SimpleNamespace) -> None:
    shop = connect(channel="matrix", name="Butik", config=dict(CONFIG))
    assert [a.pk for a in linking()] == [house.teller.pk]
    with pytest.raises(NotFound):
        send_code(colleague=house.bo, account=shop.pk, name=BO, at=now())
    with pytest.raises(NotFound):
        prefer_account(colleague=house.bo, account=shop.pk)
    out = kit.Outbound(id="r", conversation="c", to=kit.Handle(network="matrix", address=BO), text="Hej")
    with pytest.raises(kit.Unreachable):
        channel().send(out, account_view(house.teller))  # type: ignore[attr-defined]
    assert house.home.wrote == []


def test_a_colleague_answers_in_the_thread_once(house: SimpleNamespace) -> None:
    told(house)
    assert "Mine bremser hviner" in house.home.wrote[-1]["body"]
    before = Interaction.objects.count()
    assert comes(house, event()) == ["answered"]
    assert comes(house, event()) == ["answered"]
    assert list(Reply.objects.values_list("text", "colleague")) == [("Kom forbi i morgen.", house.bo.pk)]
    assert Interaction.objects.filter(account=house.teller).count() == 0
    assert Interaction.objects.count() >= before


def test_nobody_is_told_where_somebody_else_reads_along(house: SimpleNamespace) -> None:
    linked(house)
    wrote = len(house.home.wrote)
    eve = {"state_key": EVE, "content": {"membership": "invite"}}
    house.home.answers["GET", f"{API}/rooms/{ROOM}/members"] = (200, {"chunk": [eve]})
    Notice.objects.all().delete()
    plan(
        wanted=[Wanted(colleague=house.bo.pk, conversation=house.conversation.pk, kind="assigned", into=None, by=None)], at=now()
    )
    Notice.objects.update(send_at=now() - timedelta(seconds=1))
    send_notice(at=now())
    assert list(Notice.objects.values_list("state", "place")) == [("failed", "")]
    assert len(house.home.wrote) == wrote


def sign(key: str, *, sender: str = BO, target: str = "$besked") -> dict:
    content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}}
    return event(sender=sender) | {"type": "m.reaction", "content": content}


HOSTILE: list[tuple[str, dict, dict, list[str]]] = [
    ("another user in the room", event(sender=EVE), {}, ["held stranger"]),
    ("a look-alike of Bo's id", event(sender="@Bo:x.example"), {}, ["held stranger"]),
    ("the same name on another server", event(sender="@bo:evil.example"), {}, ["held stranger"]),
    ("outside of any thread", event(root=""), {}, ["refused signature"]),
    ("a thread of something else", event(root="$andet"), {}, ["refused signature"]),
    (
        "the notice of another room",
        event(),
        {"room": {"id": "!x:x.example", "direct": True, "others": [BO]}},
        ["refused signature"],
    ),
    ("a group", event(), {"room": {"id": ROOM, "direct": False}}, []),
    ("a room of which nothing is known", event(), {"room": {"id": ROOM}}, []),
    ("in the open in an encrypted room", event(), {"open": True}, ["held not encrypted"]),
    ("what cannot be read", event() | {"type": "m.room.encrypted"}, {}, []),
    ("a program", event() | {"content": {**event()["content"], "msgtype": "m.notice"}}, {}, ["automatic bot"]),
    ("a sign by another", sign("✅", sender=EVE), {}, ["dropped stranger"]),
    ("a sign that says nothing", sign("👍"), {}, ["dropped sign"]),
    ("a sign on something else", sign("✅", target="$andet"), {}, ["refused signature"]),
    ("huge", event(body="a" * 60_000), {}, ["held too_long"]),
    ("a body that is none", event() | {"content": {"msgtype": "m.text", "body": 7}}, {}, []),
    ("written by the account itself", event(sender=CONFIG["user"]), {}, []),
    (
        "taken back by another",
        {**event(sender=EVE), "type": "m.room.redaction", "content": {}, "redacts": "$x"},
        {},
        ["refused signature"],
    ),
    ("an invitation", event(state_key=BO) | {"type": "m.room.member", "content": {"membership": "invite"}}, {}, []),
    ("a poll", event() | {"type": "m.poll.start"}, {}, []),
]


@pytest.mark.parametrize(("said", "more", "verdicts"), [c[1:] for c in HOSTILE], ids=[c[0] for c in HOSTILE])
def test_what_else_comes_there_is_said_in_nobodys_name(
    house: SimpleNamespace, said: dict, more: dict, verdicts: list[str]
) -> None:
    told(house)
    before = Interaction.objects.count()
    assert comes(house, said, **more) == verdicts
    assert (Reply.objects.count(), Note.objects.count(), Interaction.objects.count()) == (0, 0, before)
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee_id) == ("open", house.bo.pk)


def test_notes_signs_changes_and_giving_back(house: SimpleNamespace) -> None:
    told(house)
    assert comes(house, event("$1", "note: ring til hende")) == ["noted"]
    assert comes(house, event("$2", "Kom i morgen")) == ["noted", "answered"]
    change = event("$3", "Kom i dag") | {
        "content": {
            "body": "* x",
            "m.new_content": {"body": "Kom i dag"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$2"},
        }
    }
    assert comes(house, change) == ["noted", "answered", "changed edited"]
    assert list(Reply.objects.values_list("text", flat=True)) == ["Kom i dag"]
    other = change | {"event_id": "$5", "sender": EVE}
    assert comes(house, other)[-1] == "dropped stranger"
    assert list(Reply.objects.values_list("text", flat=True)) == ["Kom i dag"]
    assert comes(house, sign("🚫") | {"event_id": "$4"})[-1] == "given_back"
    house.conversation.refresh_from_db()
    assert house.conversation.assignee_id is None


def with_file(ident: str, **more: Any) -> dict:
    said = event(ident)
    said["content"] |= {"msgtype": "m.file", "body": "kvittering.pdf", "info": {"mimetype": "application/pdf", "size": 8}} | more
    return said


def test_a_file_goes_with_the_answer_and_one_that_did_not_come_is_no_answer(house: SimpleNamespace) -> None:
    told(house)
    kept = {"file": {"size": 8, "bytes": base64.b64encode(b"%PDF-1.7").decode()}}
    assert comes(house, with_file("$1", url="mxc://x.example/a"), **kept) == ["answered"]
    [reply] = Reply.objects.prefetch_related("files")
    assert [(f.name, f.open().read()) for f in files_of(reply)] == [("kvittering.pdf", b"%PDF-1.7")]
    assert comes(house, with_file("$2", url="mxc://x.example/b"))[-1] == "held files"
    secret = {"url": "mxc://x.example/c", "key": {"k": "x"}, "v": "v2"}
    assert comes(house, with_file("$3", file=secret))[-1] == "held files"
    assert Reply.objects.count() == 1


def test_what_became_of_it_is_said_in_the_thread_as_a_program_says_it(house: SimpleNamespace) -> None:
    told(house)
    comes(house, event("$1"))
    assert say_remark(at=now())
    assert say_remark(at=now()) is None
    said = house.home.wrote[-1]
    assert said["msgtype"] == "m.notice"
    assert said["body"].startswith("Det går til ")
    relation = said["m.relates_to"]
    assert (relation["rel_type"], relation["event_id"], said["m.mentions"]) == ("m.thread", "$besked", {})
    ours = event("$2", said["body"], sender=CONFIG["user"]) | {"content": said}
    assert comes(house, ours) == ["answered"]


def test_nothing_is_said_where_somebody_else_reads_along(house: SimpleNamespace) -> None:
    told(house)
    comes(house, event("$1"))
    wrote = len(house.home.wrote)
    eve = {"state_key": EVE, "content": {"membership": "join"}}
    house.home.answers["GET", f"{API}/rooms/{ROOM}/members"] = (200, {"chunk": [eve]})
    assert say_remark(at=now())
    assert list(Remark.objects.values_list("state", flat=True)) == ["failed"]
    assert len(house.home.wrote) == wrote


def test_who_unlinked_or_left_says_nothing(house: SimpleNamespace) -> None:
    told(house)
    Seat.objects.all().delete()
    assert comes(house, event("$1")) == ["held stranger"]
    assert Reply.objects.count() == 0


def test_an_answer_to_what_is_finished_is_an_answer_all_the_same(house: SimpleNamespace) -> None:
    told(house)
    finish(conversations=[house.conversation.pk], by=house.bo, at=now())
    assert comes(house, event("$1")) == ["answered"]


def test_the_settings_page_links(house: SimpleNamespace, client: Any) -> None:
    client.force_login(house.bo)
    page = client.get(reverse("settings")).content.decode()
    assert f'value="{house.teller.pk}"' in page
    client.post(reverse("settings_link"), {"account": str(house.teller.pk), "name": BO})
    assert BO in client.get(reverse("settings")).content.decode()
    for _ in range(5):
        client.post(reverse("settings_link"), {"code": "x"})
    client.post(reverse("settings_link"), {"code": code_of(house)})
    assert not Seat.objects.exists()
    client.post(reverse("settings_link"), {"again": "1"})
    client.post(reverse("settings_link"), {"account": str(house.teller.pk), "name": BO})
    client.post(reverse("settings_link"), {"code": code_of(house)})
    seat = Seat.objects.get()
    assert (seat.colleague_id, seat.address) == (house.bo.pk, BO)
    client.post(reverse("settings_seat", args=[UUID(str(seat.pk))]))
    assert not Seat.objects.exists()
