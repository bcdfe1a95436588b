"""The whole way of each of Meta's channels: a signed webhook at our door, a conversation, an answer, and Meta has it exactly once."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell, registry
from samspil.base.clock import now
from samspil.base.models import Counter
from samspil.channels._meta.graph import start_anew
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, understand_waiting
from samspil.intake.models import Account, Envelope, Handle, Interaction
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Organisation
from samspil.project.live.app import Live
from samspil.project.live.tests.client import Answer, Client
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from samspil.reply.queries import ways
from tests.channels.meta.graph_api import APP, INSTAGRAM, LOST, PAGE, PHONE, VERIFY, WABA, refusal, signed

pytestmark = pytest.mark.django_db(transaction=True)
KAROLINE, BSUID, THEM = "4520304050", "DK.13491208655302741918", "7654321098765432"
POST, COMMENT, IG_COMMENT = f"{PAGE}_1221", "1221_4555", "17865799348089039"
CONTACT = {"profile": {"name": "Karoline"}, "wa_id": KAROLINE, "user_id": BSUID}
Call = tuple[str, str, Any, dict[str, str]]


@pytest.fixture(autouse=True)
def _heard(settings, monkeypatch):
    """The tests' own database rings: a bell's thread would keep a connection to it."""
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])

    def ring(topic: str, data: object = None) -> None:
        with psycopg.connect(settings.SAMSPIL_DSN, autocommit=True) as ringing:
            ringing.execute("SELECT pg_notify(%s, %s)", [bell.CHANNEL, json.dumps([topic, data])])

    monkeypatch.setattr(bell, "ring", ring)


@pytest.fixture
def jonas(db):
    found(name="Havblik", language="da")
    Organisation.objects.update(undo_seconds=0)
    return take_in(email="jonas@firma.example", name="Jonas Lund", password="cykelkurv-i-sol", role="admin")


@pytest.fixture
def connected(config, jonas) -> Callable[..., Account]:
    def make(name: str, **more: Any) -> Account:
        fields = registry.channel(name).fields
        return connect(
            channel=name, name=name, config={f.name: config[f.name] for f in fields if f.name in config} | more, own=[]
        )

    return make


def at_our_door(*calls: Call) -> list[Answer]:
    """The answers of the live process to these calls, one after the other."""

    async def whole() -> list[Answer]:
        live = Live()
        try:
            client = Client(live)
            return [await asyncio.wait_for(client.call(*call), 30) for call in calls]
        finally:
            await live.close()

    return asyncio.run(whole())


def webhook(account: Account, body: object) -> Call:
    raw, headers = signed(body)
    return "POST", f"/in/{account.pk}", raw, headers


def come(account: Account, *bodies: object) -> None:
    answers = at_our_door(*(webhook(account, body) for body in bodies))
    assert [a.status for a in answers] == [200] * len(bodies)
    while understand_waiting(at=now()):
        pass


def answered(by: Any, text: str = "Klokken ti") -> Reply:
    reply = write(conversation=Conversation.objects.latest("id").pk, by=by, text=text, at=now())
    go()
    reply.refresh_from_db()
    return reply


def go(later: timedelta = timedelta(0)) -> None:
    while send_due(at=now() + later):
        pass


def whatsapp(*messages: dict[str, Any], statuses: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "4592451234", "phone_number_id": PHONE},
    }
    value |= {"contacts": [CONTACT], "messages": list(messages)} if messages else {}
    value |= {"statuses": statuses} if statuses else {}
    return {"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [{"value": value, "field": "messages"}]}]}


def wrote(ident: str, text: str, **more: Any) -> dict[str, Any]:
    common = {"from": KAROLINE, "from_user_id": BSUID, "id": ident, "timestamp": str(int(time.time()))}
    return common | {"type": "text", "text": {"body": text}} | more


def private(obj: str, own: str, **what: Any) -> dict[str, Any]:
    one = {"sender": {"id": THEM}, "recipient": {"id": own}, "timestamp": int(time.time() * 1000), **what}
    return {"object": obj, "entry": [{"id": own, "time": int(time.time() * 1000), "messaging": [one]}]}


def comment(text: str = "Hvornår åbner I?", ident: str = COMMENT, **more: Any) -> dict[str, Any]:
    value = {"item": "comment", "verb": "add", "from": {"id": THEM, "name": "Karoline"}, "post_id": POST, "parent_id": POST}
    value |= {"comment_id": ident, "created_time": int(time.time()), "message": text, **more}
    return {"object": "page", "entry": [{"id": PAGE, "time": int(time.time()), "changes": [{"field": "feed", "value": value}]}]}


def status(reply: Reply, state: str) -> dict[str, Any]:
    ident = reply.external_id or "wamid.NOBODYKNOWS"
    return {
        "id": ident,
        "status": state,
        "timestamp": str(int(time.time())),
        "recipient_id": KAROLINE,
        "biz_opaque_callback_data": str(reply.pk),
    }


def test_whatsapp(graph, connected, jonas):
    account = connected("whatsapp")
    graph.wrote[BSUID] = now()
    first = whatsapp(wrote("wamid.A", "Hej æøå 🌞"))
    come(account, first, first, whatsapp(wrote("wamid.A", "Hej æøå 🌞"), wrote("wamid.B", "Er I der?")))
    assert Conversation.objects.get().messages == 2  # told three times, in other bundles, and kept once
    assert Consumer.objects.count() == 1
    assert {(h.network, h.scope, h.address) for h in Handle.objects.all()} == {
        ("whatsapp", "506914307656634", BSUID),
        ("phone", "", "+4520304050"),
    }
    reply = answered(jonas)
    [(_, sent)] = graph.sent
    assert (sent["recipient"], sent["text"]["body"], sent["context"]) == (BSUID, "Klokken ti", {"message_id": "wamid.B"})
    assert reply.state == "accepted"
    for state in ("sent", "read", "delivered"):  # out of order, as they come
        come(account, whatsapp(statuses=[status(reply, state)]))
    reply.refresh_from_db()
    assert reply.state == "read"
    come(account, whatsapp(wrote("wamid.C", "", type="reaction", reaction={"message_id": reply.external_id, "emoji": "👍"})))
    assert Interaction.objects.filter(kind="reaction").count() == 1


def test_whatsapp_by_id_alone_and_by_number_before_is_one_person(graph, connected, jonas):
    account = connected("whatsapp")
    old = whatsapp(wrote("wamid.A", "Før"))
    value = old["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"name": "Karoline"}, "wa_id": KAROLINE}]
    del value["messages"][0]["from_user_id"]
    hidden = whatsapp(wrote("wamid.C", "Nu uden nummer"))
    del hidden["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
    hidden["entry"][0]["changes"][0]["value"]["contacts"] = [
        {"profile": {"name": "Karoline", "username": "karolinev"}, "user_id": BSUID}
    ]
    come(account, old, whatsapp(wrote("wamid.B", "Begge dele")), hidden)
    assert Consumer.objects.filter(links__isnull=False).distinct().count() == 1
    assert sum(c.messages for c in Conversation.objects.filter(merged_into=None)) == 3


def test_messenger(graph, connected, jonas):
    account = connected("facebook")
    graph.wrote[THEM] = now()
    first = private("page", PAGE, message={"mid": "m_1", "text": "Hej"})
    come(account, first, first)
    reply = answered(jonas)
    [(path, sent)] = graph.sent
    assert (path, sent) == (
        f"{PAGE}/messages",
        {"recipient": {"id": THEM}, "messaging_type": "RESPONSE", "message": {"text": "Klokken ti", "metadata": str(reply.pk)}},
    )
    echo = private(
        "page",
        PAGE,
        message={"mid": reply.external_id, "is_echo": True, "app_id": int(APP), "text": "Klokken ti", "metadata": str(reply.pk)},
    )
    echo["entry"][0]["messaging"][0] |= {"sender": {"id": PAGE}, "recipient": {"id": THEM}}
    come(account, echo, private("page", PAGE, delivery={"mids": [reply.external_id], "watermark": int(time.time() * 1000)}))
    reply.refresh_from_db()
    assert reply.state == "delivered"
    come(account, private("page", PAGE, read={"watermark": int(time.time() * 1000) + 1000}))
    reply.refresh_from_db()
    assert reply.state == "read"
    assert (Interaction.objects.filter(outgoing=True).count(), Conversation.objects.get().messages) == (1, 2)


def test_comments_on_facebook(graph, connected, jonas):
    account = connected("facebook")
    graph.comments[COMMENT] = now()
    come(account, comment())
    reply = answered(jonas)
    assert graph.sent == [(f"{COMMENT}/comments", {"message": "Klokken ti"})]
    ours = comment("Klokken ti", reply.external_id, parent_id=COMMENT, **{"from": {"id": PAGE, "name": "Havblik"}})
    come(account, ours, comment("Hvornår LUKKER I?", verb="edited"), comment(verb="remove"))
    assert Interaction.objects.filter(outgoing=True).count() == 1
    assert sorted(Interaction.objects.exclude(kind="message").values_list("kind", flat=True)) == ["delete", "edit"]
    Interaction.objects.update(at=now() - timedelta(days=30))
    assert [w.why_not for w in ways(Conversation.objects.get(), at=now())] == [""]  # a comment can be answered whenever


def test_two_people_below_one_post_are_two_conversations(graph, connected, jonas):
    come(connected("facebook"), comment(), comment("Og jeg?", "1221_4556", **{"from": {"id": "88", "name": "Mads"}}))
    assert (Conversation.objects.count(), Consumer.objects.count()) == (2, 2)


def test_instagram(graph, connected, jonas):
    account = connected("instagram")
    graph.wrote[THEM] = now()
    come(account, private("instagram", INSTAGRAM, message={"mid": "aWd1", "text": "Hej"}))
    reply = answered(jonas)
    assert graph.sent == [
        (f"{INSTAGRAM}/messages", {"recipient": {"id": THEM}, "messaging_type": "RESPONSE", "message": {"text": "Klokken ti"}})
    ]
    echo = private(
        "instagram", INSTAGRAM, message={"mid": reply.external_id, "is_echo": True, "text": "Klokken ti"}
    )  # it names no app
    other = private("instagram", INSTAGRAM, message={"mid": "aWdPHONE", "is_echo": True, "text": "Og velkommen"})
    for one in (echo, other):
        one["entry"][0]["messaging"][0] |= {"sender": {"id": INSTAGRAM}, "recipient": {"id": THEM}}
    come(account, echo, other, private("instagram", INSTAGRAM, read={"mid": reply.external_id}))
    reply.refresh_from_db()
    assert reply.state == "read"
    assert set(Interaction.objects.filter(outgoing=True).values_list("external_id", flat=True)) == {reply.external_id, "aWdPHONE"}
    assert Conversation.objects.get().messages == 3


def test_comments_on_instagram(graph, connected, jonas):
    account = connected("instagram")
    graph.comments[IG_COMMENT] = now()
    value = {
        "id": IG_COMMENT,
        "from": {"id": THEM, "username": "karolinev"},
        "media": {"id": "178", "media_product_type": "FEED"},
        "text": "Hvor?",
    }
    entry = {"id": INSTAGRAM, "time": int(time.time()), "changes": [{"field": "comments", "value": value}]}
    come(account, {"object": "instagram", "entry": [entry]})
    answered(jonas)
    assert graph.sent == [(f"{IG_COMMENT}/replies", {"message": "Klokken ti"})]
    assert str(Handle.objects.get()) == "@karolinev"


PLACES = {
    "whatsapp": lambda: whatsapp(wrote("wamid.A", "Hej")),
    "facebook": lambda: private("page", PAGE, message={"mid": "m_1", "text": "Hej"}),
    "instagram": lambda: private("instagram", INSTAGRAM, message={"mid": "aWd1", "text": "Hej"}),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_is_forged_is_refused_counted_and_nowhere(graph, connected, name):
    account = connected(name)
    _, path, raw, headers = webhook(account, PLACES[name]())
    forged = headers | {"x-hub-signature-256": "sha256=" + "0" * 64}
    unsigned = {"content-type": "application/json"}
    anew = json.dumps(json.loads(raw)).replace("Hej", "Hej!").encode()
    query = f"hub.mode=subscribe&hub.challenge=1158&hub.verify_token={VERIFY}"
    answers = at_our_door(
        ("POST", path, raw, forged),
        ("POST", path, raw, unsigned),
        ("POST", path, anew, headers),
        ("GET", f"{path}?{query}x", b"", {}),
        ("GET", f"{path}?{query}", b"", {}),
    )
    assert [a.status for a in answers] == [403, 403, 403, 403, 200]
    assert answers[-1].body == b"1158"
    assert Envelope.objects.count() == 0
    assert dict(Counter.objects.values_list("name", "count")) == {f"forged.{name}": 4}


@pytest.mark.parametrize("name", PLACES)
def test_nothing_is_dropped_while_the_token_is_dead(graph, connected, jonas, name):
    account = connected(name)
    graph.wrote = {THEM: now(), BSUID: now()}
    graph.token = "EAAmade-anew"
    come(account, PLACES[name]())
    reply = answered(jonas)
    assert (reply.state, graph.sent) == ("queued", [])
    assert "make a new one" in reply.detail
    come(account, PLACES[name](), json_of(PLACES[name](), "Er I der?"))
    assert Conversation.objects.get().messages == 2
    graph.token = "EAAtoken"
    go(timedelta(hours=1))
    reply.refresh_from_db()
    assert (reply.state, len(graph.sent)) == ("accepted", 1)


def json_of(body: dict[str, Any], text: str) -> dict[str, Any]:
    """The same message with another id and text."""
    plain = json.dumps(body).replace("wamid.A", "wamid.Z").replace("m_1", "m_2").replace("aWd1", "aWd2")
    return json.loads(plain.replace('"Hej"', json.dumps(text)))


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize(
    "fault", [refusal(4, 429), refusal(2, 500, is_transient=True), (503, {"raw": "<html>"})], ids=["429", "500", "503"]
)
def test_what_may_pass_is_sent_once_in_the_end(graph, connected, jonas, name, fault):
    graph.wrote = {THEM: now(), BSUID: now()}
    graph.faults = [fault]
    come(connected(name), PLACES[name]())
    reply = answered(jonas)
    assert (reply.state, graph.sent) == ("queued", [])
    start_anew()  # the time for which Meta asked has passed
    go(timedelta(hours=1))
    reply.refresh_from_db()
    assert (reply.state, len(graph.sent)) == ("accepted", 1)


@pytest.mark.parametrize("name", PLACES)
def test_a_lost_answer_is_uncertain_never_repeated_and_settled_by_what_meta_tells(graph, connected, jonas, name):
    account = connected(name)
    graph.wrote = {THEM: now(), BSUID: now()}
    graph.faults = [LOST]
    come(account, PLACES[name]())
    reply = answered(jonas)
    assert (reply.state, len(graph.sent)) == ("uncertain", 1)
    go(timedelta(days=1))
    assert len(graph.sent) == 1
    if name == "instagram":
        return  # its echo names neither the app nor our reply
    echo = private(
        "page", PAGE, message={"mid": "m_OUT0", "is_echo": True, "app_id": int(APP), "text": "x", "metadata": str(reply.pk)}
    )
    echo["entry"][0]["messaging"][0] |= {"sender": {"id": PAGE}, "recipient": {"id": THEM}}
    come(account, echo if name == "facebook" else whatsapp(statuses=[status(reply, "sent")]))
    reply.refresh_from_db()
    assert (reply.state, len(graph.sent)) == ("accepted", 1)


def test_the_composer_sees_when_the_time_has_passed(graph, connected, jonas):
    come(connected("whatsapp"), PLACES["whatsapp"]())
    [last] = Interaction.objects.all()
    conversation = Conversation.objects.get()
    assert [(w.why_not, w.only_templates) for w in ways(conversation, at=last.at + timedelta(hours=24))] == [("", False)]
    # Templates still go out.
    assert [(w.why_not, w.only_templates) for w in ways(conversation, at=last.at + timedelta(hours=24, seconds=1))] == [
        ("", True)
    ]
