"""A colleague is told in Slack and answers in the thread: over a real connection to a stand-in, and nothing is attributed wrongly."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.channels.slack import tokens
from samspil.channels.slack.pull import pull
from samspil.conversation.models import Note
from samspil.elsewhere.actions import leave_seat, prefer_account, send_notice
from samspil.elsewhere.models import Arrival, Notice, Preference, Seat
from samspil.elsewhere.rules import BURST
from samspil.intake.actions import connect
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.reply.actions import send_due
from samspil.reply.models import Reply
from tests.channels.slack.workspace import (
    BOT,
    OTHER_TEAM,
    TEAM,
    Workspace,
    event,
    pressed,
    request,
)
from tests.journeys.conftest import mail_config
from tests.journeys.elsewhere import arrives, begin, later
from tests.journeys.slack_house import (
    WORKSHOP,
    answer,
    colleagues_in_slack,
    comes,
    replies,
    slack_house,
    told,
    verdicts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def slack():
    with colleagues_in_slack() as at:
        yield at


@pytest.fixture
def house(slack: Workspace):
    return slack_house(slack)


def test_the_notice_says_who_wrote_what_and_nothing_in_it_is_markup(house, slack):
    message = told(slack)
    assert message["channel"] == "D0BO"
    assert not any(message[name] for name in ("unfurl_links", "unfurl_media", "mrkdwn", "link_names"))
    words = json.dumps(message["blocks"], ensure_ascii=False)
    assert WORKSHOP in words
    assert "Svar i tråden" in words
    assert [b["text"]["text"] for b in message["blocks"][-1]["elements"]] == ["Færdig", "Ikke mig"]
    assert "mrkdwn" not in words
    notice = Notice.objects.get(colleague=house.bo)
    assert (notice.state, notice.place, notice.account) == ("sent", f"D0BO:{message['ts']}", house.teller)
    assert list(Seat.objects.values_list("colleague", "network", "scope", "address")) == [(house.bo.pk, "slack", TEAM, "U0BO")]


def test_an_answer_in_the_thread_reaches_the_consumer_in_his_name_by_socket_mode(house, slack, client):
    message = told(slack)
    slack.push(answer("Kom forbi *fredag*, så ser jeg på det &amp; ringer.", message["ts"]))
    listening = pull(account_view(house.teller))
    batch = next(batch for batch in listening if batch.envelopes)
    arrives(house.teller, *batch.envelopes)
    listening.close()
    later()
    [reply] = Reply.objects.all()
    assert (reply.colleague, reply.text, reply.account) == (house.bo, "Kom forbi fredag, så ser jeg på det & ringer.", house.chat)
    assert send_due(at=now() + timedelta(minutes=1)) == reply.pk
    out = Interaction.objects.get(outgoing=True)
    assert (out.text, out.colleague, out.handle.network) == (reply.text, house.bo, "webchat")
    assert verdicts() == [("answered", "")]
    client.force_login(house.jonas)
    page = client.get(reverse("conversation", args=[house.conversation.pk])).text
    assert "Via Slack" in page
    assert "Pr. mail" not in page


def test_however_often_slack_tries_it_is_one_answer(house, slack):
    message = told(slack)
    once = answer("Kom forbi", message["ts"], ident="EvONE")
    for _ in range(3):
        comes(house, once)
    # Another call that tells of the same message, as where an app listens to two kinds of event.
    comes(house, {**once, "event_id": "EvTWO"})
    assert (replies(), verdicts()) == ([("Bo Holm", "Kom forbi")], [("answered", "")])


def value(house: Any, word: str, key: bytes | None = None) -> str:
    return tokens.signed(key or house.key, str(Notice.objects.get(colleague=house.bo).pk), word)


def test_a_button_gives_it_back_and_twice_is_once(house, slack):
    message = told(slack)
    for trigger in ("one", "two"):
        comes(house, pressed("U0BO", value(house, "not_me"), place="D0BO", stamp=message["ts"], trigger=trigger), form=True)
    house.conversation.refresh_from_db()
    assert (house.conversation.assignee, verdicts()) == (None, [("given_back", "")])


def test_a_button_and_a_sign_finish(house, slack):
    message = told(slack)
    comes(house, pressed("U0BO", value(house, "done"), place="D0BO", stamp=message["ts"]), form=True)
    house.conversation.refresh_from_db()
    assert (house.conversation.status, replies()) == ("done", [])


def sign(message: dict[str, Any], name: str, user: str = "U0BO") -> dict[str, Any]:
    inner = {
        "type": "reaction_added", "user": user, "reaction": name, "item_user": BOT, "event_ts": "1795000600.000100",
        "item": {"type": "message", "channel": message["channel"], "ts": message["ts"]},
    }  # fmt: skip
    return event(inner, ident=f"Ev{uuid4().hex}")


def test_signs_are_commands_where_they_say_something_and_by_whom_was_told(house, slack):
    message = told(slack)
    for name, user, verdict in (("eyes", "U0BO", ("dropped", "sign")), ("no_entry_sign", "U0JONAS", ("dropped", "stranger"))):
        comes(house, sign(message, name, user))
        assert verdict in verdicts()
    house.conversation.refresh_from_db()
    assert house.conversation.assignee == house.bo
    comes(house, sign(message, "white_check_mark"))
    house.conversation.refresh_from_db()
    assert (house.conversation.status, replies()) == ("done", [])


def test_a_note_is_for_colleagues_only(house, slack):
    comes(house, answer("notat: hun har ringet to gange", told(slack)["ts"]))
    assert (replies(), [n.text for n in Note.objects.all()], verdicts()) == ([], ["hun har ringet to gange"], [("noted", "")])


HOSTILE = [
    ("another colleague in the thread", {"user": "U0JONAS"}, ("held", "stranger")),
    ("a stranger with his name", {"user": "U0EVE", "user_profile": {"display_name": "Bo Holm"}, "username": "bo"}, ("held", "stranger")),
    ("a guest", {"user": "U0GAEST"}, ("held", "stranger")),
    ("his id in another workspace", {"team": OTHER_TEAM, "user_team": OTHER_TEAM, "is_ext_shared_channel": True}, ("held", "stranger")),
    ("his id in a shared channel and no workspace", {"team": None, "is_ext_shared_channel": True}, ("held", "another workspace")),
    ("another thread", {"thread": "1795999999.000100"}, ("refused", "signature")),
    ("the same time in another channel", {"place": "C0VAERKSTED"}, ("refused", "signature")),
    ("no thread", {"thread": ""}, ("refused", "signature")),
    ("our own echo", {"user": BOT}, None),
    ("another program in his name", {"bot_id": "B0ANDEN"}, None),
    ("another app in his name", {"app_id": "A0ANDEN"}, None),
    ("an old program", {"subtype": "bot_message"}, None),
    ("a thread of another's", {"parent_user_id": "U0EVE", "channel_type": "channel"}, None),
    ("what lies behind a link", {"subtype": "message_changed", "message": {"user": "U0BO", "text": "x", "ts": "1.1", "thread_ts": "1.0"}}, None),
    (
        "an edit in another's name",
        {"subtype": "message_changed", "message": {"user": "U0BO", "ts": "1.1", "edited": {"user": "U0EVE", "ts": "1.2"}}},
        None,
    ),
    ("a file from elsewhere", {"subtype": "file_share", "files": [{"id": "F0X", "name": "x.exe"}]}, ("fetching", "")),
    ("nothing but signs that are not seen", {"text": "\u200b\u202e"}, ("told", "empty")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "more", "verdict"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_odd_and_hostile_messages(house, slack, name, more, verdict):
    message = told(slack)
    given = {"thread": message["ts"], "text": "Send pengene", **more}
    comes(house, answer(given.pop("text"), given.pop("thread"), **given))
    assert verdicts() == ([verdict] if verdict else []), name
    assert (replies(), Interaction.objects.filter(outgoing=False).count(), Handle.objects.count()) == ([], 1, 1)
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee) == ("open", house.bo)


FORGED = [
    ("another workspace", lambda message: answer("Send pengene", message["ts"], team_id=OTHER_TEAM)),
    ("a button of another workspace", lambda message: pressed("U0BO", "x", place="D0BO", stamp=message["ts"], team=OTHER_TEAM)),
]


@pytest.mark.parametrize(("name", "made"), FORGED, ids=[case[0] for case in FORGED])
def test_what_is_forged_leaves_no_trace(house, slack, name, made):
    message = told(slack)
    with pytest.raises(kit.Forged):
        comes(house, made(message))
    assert (verdicts(), replies()) == ([], [])


def test_a_button_that_we_did_not_sign_or_that_another_presses_does_nothing(house, slack):
    message = told(slack)
    comes(house, pressed("U0BO", value(house, "done", b"x" * 32), place="D0BO", stamp=message["ts"], trigger="a"), form=True)
    comes(house, pressed("U0JONAS", value(house, "done"), place="D0BO", stamp=message["ts"], trigger="b"), form=True)
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee, verdicts()) == ("open", house.bo, [("held", "stranger")])


def test_slack_asks_for_patience_and_a_lost_answer_is_one_message(house, slack):
    slack.limited["chat.postMessage"] = 1
    later()
    assert send_notice(at=now() + BURST) is not None
    [notice] = Notice.objects.all()
    assert (notice.state, slack.posted) == ("queued", [])
    assert notice.send_at >= now() + timedelta(seconds=25)
    Notice.objects.update(send_at=now())
    slack.lose.add("POST")
    send_notice(at=now() + BURST)
    Notice.objects.update(send_at=now(), state="queued")
    send_notice(at=now() + BURST)
    notice.refresh_from_db()
    assert (notice.state, notice.place) == ("sent", f"D0BO:{slack.posted[0]['ts']}")
    assert len(slack.posted) == 1


@pytest.mark.parametrize("more", [{"is_restricted": True}, {"deleted": True}, {"team_id": OTHER_TEAM}, {"is_bot": True}])
def test_who_is_no_full_member_is_told_nothing(house, slack, more):
    slack.people["U0BO"] |= more
    later()
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, slack.posted, Seat.objects.count()) == ("failed", [], 0)


def test_somebody_who_takes_his_address_on_slack_does_not_become_another_colleague(house, slack):
    Seat.objects.create(colleague=house.jonas, network="slack", scope=TEAM, address="U0BO", at=now())
    later()
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, slack.posted) == ("failed", [])
    assert list(Seat.objects.values_list("colleague", flat=True)) == [house.jonas.pk]


def test_who_is_no_longer_known_there_is_held(house, slack):
    message = told(slack)
    [seat] = Seat.objects.all()
    with pytest.raises(NotAllowed):
        leave_seat(seat=seat.pk, by=house.jonas)
    assert Seat.objects.count() == 1
    leave_seat(seat=seat.pk, by=house.bo)
    comes(house, answer("Kom forbi", message["ts"]))
    assert (verdicts(), replies()) == ([("held", "stranger")], [])


def test_one_chooses_by_what_one_is_told(house, slack, client):
    with pytest.raises(NotFound):
        prefer_account(colleague=house.bo, account=house.chat.pk)
    assert Preference.objects.count() == 0
    connect(channel="mail", name="Service", config={**mail_config(), "address": "support@brand.test"}, own=["support@brand.test"])
    client.force_login(house.bo)
    page = client.get(reverse("settings")).text
    assert f'name="account" value="{house.teller.pk}" aria-pressed="true"' in page
    assert client.post(reverse("settings_reached"), {"account": str(house.teller.pk)}).status_code == 302
    assert Preference.objects.get(colleague=house.bo).account == house.teller
    client.post(reverse("settings_reached"), {"account": str(house.chat.pk)})
    assert Preference.objects.get(colleague=house.bo).account == house.teller


def test_an_answer_that_overtakes_the_settling_of_its_notice_is_found_later(house, slack):
    message = told(slack)
    place = Notice.objects.get().place
    Notice.objects.update(place="")
    channel = registry.channel("slack")
    assert isinstance(channel, kit.Hears)
    arrives(house.teller, *channel.hear(request(answer("Kom forbi", message["ts"])), account_view(house.teller)).envelopes)
    assert Arrival.objects.get().notice is None
    Notice.objects.update(place=place)
    later()
    assert (replies(), verdicts()) == ([("Bo Holm", "Kom forbi")], [("answered", "")])


def test_who_writes_outside_of_a_thread_is_told_that_it_went_nowhere(house, slack):
    told(slack)
    astray = answer("Kom forbi", "", stamp="1795000700.000100")
    del astray["event"]["thread_ts"], astray["event"]["parent_user_id"]
    channel = registry.channel("slack")
    assert isinstance(channel, kit.Hears)
    for _ in range(2):
        heard = channel.hear(request(astray), account_view(house.teller))
        arrives(house.teller, *heard.envelopes)
        assert heard.then is not None
        heard.then()
    later()
    assert (replies(), verdicts()) == ([], [("refused", "signature")])
    assert [(p["thread_ts"], p["text"][:30]) for p in slack.posted[1:]] == [
        ("1795000700.000100", "Det her er ikke sendt til noge")
    ]
    assert channel.hear(request(answer("Kom", slack.posted[0]["ts"])), account_view(house.teller)).then is None
