"""A unit's room: what nobody has is told there, who answers first has it, and everybody sees who."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base.clock import now
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation, Note
from samspil.elsewhere.actions import drop, leave_room, mark_post, plan_posts, recover_posts, send_post, set_room, use_as_note
from samspil.elsewhere.models import Arrival, Post, Room, Seat
from samspil.elsewhere.rules import BURST
from samspil.exchange.actions.forget import forget
from samspil.organisation.actions import take_in
from samspil.organisation.models import Unit
from samspil.reply.actions import send_due
from samspil.reply.models import Reply
from tests.channels.slack.workspace import Workspace, event, said
from tests.journeys.elsewhere import begin, later, write_in_chat
from tests.journeys.slack_house import colleagues_in_slack, comes, replies, sign_at, slack_house, under, verdicts, words

pytestmark = pytest.mark.django_db
ROOM = "C0TEAM"


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def slack():
    with colleagues_in_slack() as at:
        at.rooms.add(ROOM)
        yield at


@pytest.fixture
def house(slack: Workspace) -> SimpleNamespace:
    """Bo and Jonas, whose unit has a room; Eva of another unit; a new conversation that nobody has."""
    made = slack_house(slack)
    made.unit = Unit.objects.get(triage=True)
    other = Unit.objects.create(name="Andre")
    made.eva = take_in(email="eva@brand.test", name="Eva Bech", password="cykelkurv-i-regn", unit=other, role="employee")
    slack.person("U0EVA", "eva@brand.test")
    set_room(unit=made.unit, account=made.teller.pk, name=f"https://nordlys.slack.com/archives/{ROOM}", by=made.mette, at=now())
    later()
    return made


def new_one(house: SimpleNamespace, **more: Any) -> Conversation:
    """Somebody new writes, and nobody has it."""
    write_in_chat(house.chat, "Mit *hjul* <!channel> er skævt", visitor="b" * 32)
    made: Conversation = Conversation.objects.exclude(pk=house.conversation.pk).get()
    Conversation.objects.filter(pk=made.pk).update(**({"assignee": None, "unit": house.unit} | more))
    return made


def told_room(house: SimpleNamespace, slack: Workspace, **more: Any) -> dict[str, Any]:
    """The room has been told of it: the message that it can answer."""
    house.new = new_one(house, **more)
    later()
    assert send_post(at=now() + BURST) is not None
    assert send_post(at=now() + BURST) is None
    return slack.posted[-1]


def answers(message: dict[str, Any], text: str, user: str = "U0BO", stamp: str = "1795000200.000200", **more: Any) -> Any:
    inner = said(user, text, thread=message["ts"], place=ROOM, channel_type="channel", stamp=stamp, **more)
    return event(inner, ident=f"Ev{user}{stamp}")


def has(house: SimpleNamespace) -> Any:
    house.new.refresh_from_db()
    return house.new.assignee


def test_the_room_is_told_once_of_what_nobody_has(house, slack):
    message = told_room(house, slack)
    assert message["channel"] == ROOM
    shown = json.dumps(message["blocks"], ensure_ascii=False)
    assert "ingen har samtalen" in shown
    assert "Mit *hjul* <!channel> er skævt" in shown
    assert "mrkdwn" not in shown
    assert not any(message[name] for name in ("unfurl_links", "link_names", "mrkdwn"))
    [post] = Post.objects.all()
    assert (post.state, post.place, post.conversation) == ("sent", f"{ROOM}:{message['ts']}", house.new)
    plan_posts(conversations=[house.new.pk], at=now())
    later()
    assert send_post(at=now() + BURST) is None
    assert sorted(Seat.objects.values_list("address", flat=True)) == ["U0BO", "U0JONAS"]


def test_who_answers_first_has_it_and_everybody_sees_who(house, slack):
    message = told_room(house, slack)
    comes(house, answers(message, "Kom forbi med det"))
    assert (has(house), replies()) == (house.bo, [("Bo Holm", "Kom forbi med det")])
    assert mark_post(at=now()) is not None
    assert mark_post(at=now()) is None
    [shown] = slack.updated
    assert (shown["channel"], shown["ts"]) == (ROOM, message["ts"])
    assert words(shown).endswith("Taget af Bo Holm.")
    assert "hjul" not in json.dumps(shown)
    [remark] = under(slack, message)
    assert remark.startswith("Bo Holm har den. Det går til ")
    assert send_due(at=now() + timedelta(minutes=1)) is not None
    assert Reply.objects.get().interaction.colleague == house.bo


def test_of_two_the_second_is_held_and_told(house, slack, client):
    message = told_room(house, slack)
    comes(house, answers(message, "Kom forbi"))
    comes(house, answers(message, "Nej, kom i morgen", "U0JONAS", "1795000201.000200"))
    assert (has(house), replies()) == (house.bo, [("Bo Holm", "Kom forbi")])
    assert verdicts() == [("answered", ""), ("held", "taken")]
    assert (
        under(slack, message)[1]
        == "Intet blev sendt: det holdes tilbage, til en kollega afgør det. Bo Holm har taget den allerede."
    )
    client.force_login(house.bo)
    page = client.get(reverse("conversation", args=[house.new.pk])).text
    assert "efter at en anden havde taget den" in page
    held = Arrival.objects.get(verdict="held")
    use_as_note(arrival=held.pk, by=house.bo, at=now())
    assert [n.text for n in Note.objects.all()] == ["U0JONAS:\nNej, kom i morgen"]


def test_who_has_it_goes_on_in_the_thread_changes_and_takes_back(house, slack):
    message = told_room(house, slack)
    comes(house, answers(message, "Kom forbi"))
    comes(house, answers(message, "Og tag kvitteringen med", stamp="1795000201.000200"))
    assert [text for _, text in replies()] == ["Kom forbi", "Og tag kvitteringen med"]
    for number, (user, text) in enumerate((("U0JONAS", "Kom aldrig"), ("U0BO", "Kom i dag"))):
        inner = said(user, text, thread=message["ts"], place=ROOM, edited={"user": user, "ts": f"179500040{number}.000000"})
        outer = {"type": "message", "subtype": "message_changed", "channel": ROOM, "channel_type": "channel", "message": inner}
        comes(house, event(outer, ident=f"EvE{number}"))
    assert [text for _, text in replies()] == ["Kom i dag", "Og tag kvitteringen med"]
    assert ("dropped", "other_author") in verdicts()


HOSTILE = [
    ("a stranger", {"user": "U0EVE"}, ("held", "stranger")),
    ("a guest", {"user": "U0GAEST"}, ("held", "stranger")),
    ("a program", {"bot_id": "B0ANDEN"}, None),
    ("another workspace", {"team": "T0FREMMED", "user_team": "T0FREMMED"}, ("held", "stranger")),
    ("not theirs", {"text": "ikke mig"}, ("dropped", "room")),
    ("done", {"text": "færdig"}, ("dropped", "room")),
    ("nothing", {"text": "\u200b"}, ("told", "empty")),
]


@pytest.mark.parametrize(("more", "verdict"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_what_takes_nothing(house, slack, more, verdict):
    message = told_room(house, slack)
    given = {"text": "Send pengene", **more}
    comes(house, answers(message, given.pop("text"), **given))
    assert verdicts() == ([verdict] if verdict else [])
    assert (has(house), house.new.status, replies(), Note.objects.count()) == (None, "open", [], 0)


def test_a_sign_in_the_room_takes_nothing_and_a_note_neither(house, slack):
    message = told_room(house, slack)
    comes(house, sign_at(message, "white_check_mark"))
    comes(house, answers(message, "notat: det er nok baghjulet"))
    assert (has(house), house.new.status) == (None, "open")
    assert [n.text for n in Note.objects.all()] == ["det er nok baghjulet"]
    assert sorted(verdicts()) == [("dropped", "room"), ("noted", "")]


def test_of_a_closed_unit_the_room_hears_neither_who_nor_what_and_only_its_own_take_it(house, slack):
    Unit.objects.filter(pk=house.unit.pk).update(closed=True)
    house.eva_seat = Seat.objects.create(colleague=house.eva, network="slack", scope="T0NORDLYS", address="U0EVA", at=now())
    message = told_room(house, slack)
    name = house.new.consumer.name or "–"
    shown = json.dumps(message["blocks"], ensure_ascii=False)
    assert "hjul" not in shown
    assert name not in shown
    comes(house, answers(message, "Kom forbi", "U0EVA"))
    assert (has(house), verdicts(), replies()) == (None, [("held", "not_theirs")], [])
    comes(house, answers(message, "Kom forbi", stamp="1795000201.000200"))
    assert has(house) == house.bo
    assert mark_post(at=now())
    assert words(slack.updated[-1]) == "Taget af Bo Holm."
    assert under(slack, message)[-1].startswith("Bo Holm har den. Det går til Nogen på ")


def test_who_left_takes_nothing(house, slack):
    message = told_room(house, slack)
    house.bo.is_active = False
    house.bo.save(update_fields=["is_active"])
    comes(house, answers(message, "Kom forbi"))
    assert (has(house), verdicts(), replies()) == (None, [("held", "left")], [])


def test_files_come_along_and_it_is_taken_before_they_are_fetched(house, slack):
    from samspil.elsewhere.actions import fetch_answer

    message = told_room(house, slack)
    file = slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", b"%PDF-1.7 kvittering")
    comes(house, answers(message, "Her er den", subtype="file_share", files=[file]))
    assert (has(house), replies()) == (house.bo, [])
    assert fetch_answer(at=now()) is not None
    assert (replies(), verdicts()) == ([("Bo Holm", "Her er den")], [("answered", "")])


def test_taken_at_the_desk_is_shown_in_the_room_and_an_answer_there_is_held(house, slack):
    message = told_room(house, slack)
    assign(conversations=[house.new.pk], to=house.jonas, by=house.jonas, at=now())
    later()
    assert mark_post(at=now())
    assert words(slack.updated[-1]).endswith("Taget af Jonas Holm.")
    comes(house, answers(message, "Kom forbi"))
    assert (has(house), verdicts()) == (house.jonas, [("held", "taken")])


@pytest.mark.parametrize("more", [{"status": "done"}, {"unit": None}, {"assignee": "bo"}])
def test_nothing_is_told_of_what_somebody_has_or_of_another_unit(house, slack, more):
    given = {name: getattr(house, value) if value == "bo" else value for name, value in more.items()}
    new_one(house, **given)
    later()
    assert (send_post(at=now() + BURST), Post.objects.count()) == (None, 0)


def test_taken_before_it_was_told_it_is_not_told(house, slack):
    house.new = new_one(house)
    later()
    before = len(slack.posted)
    assign(conversations=[house.new.pk], to=house.bo, by=house.bo, at=now())
    assert send_post(at=now() + BURST)
    assert (Post.objects.get().state, len(slack.posted)) == ("not_needed", before)


def test_what_the_network_refuses_stands_on_the_page_and_patience_is_tried_again(house, slack, client):
    slack.limited["chat.postMessage"] = 1
    house.new = new_one(house)
    later()
    assert send_post(at=now() + BURST)
    assert Post.objects.get().state == "queued"
    slack.errors["chat.postMessage"] = ["is_archived"]
    Post.objects.update(send_at=now())
    assert send_post(at=now())
    assert (Post.objects.get().state, Room.objects.get().trouble) == ("failed", "Slack: the channel is archived")
    client.force_login(house.mette)
    assert "the channel is archived" in client.get(reverse("unit_room", args=[house.unit.pk])).text
    Post.objects.update(state="sending", claimed_at=now() - timedelta(hours=1))
    assert recover_posts(at=now()) == 1


def test_a_lead_and_an_administrator_set_the_room_and_nobody_else(house, slack, client):
    place = reverse("unit_room", args=[house.unit.pk])
    given = {"account": str(house.teller.pk), "name": "C0ANDET"}
    slack.rooms.add("C0ANDET")
    client.force_login(house.bo)
    assert (client.get(place).status_code, client.post(place, given).status_code) == (403, 403)
    assert Room.objects.get().place == ROOM
    house.bo.role = "lead"
    house.bo.save(update_fields=["role"])
    other = reverse("unit_room", args=[house.eva.unit_id])
    assert client.post(other, given).status_code == 403
    for name in ("C0UKENDT", "D0BO", "https://evil.example/archives/C0ANDET", "C0ANDET/../x"):
        assert client.post(place, {**given, "name": name}).status_code == 422
        assert Room.objects.get().place == ROOM
    assert client.post(place, {**given, "account": str(house.chat.pk)}).status_code == 422
    assert client.post(place, given).status_code == 302
    assert (Room.objects.get().place, Room.objects.get().set_by) == ("C0ANDET", house.bo)
    assert "C0ANDET" in client.get(place).text
    client.post(place, {"leave": "1"})
    assert Room.objects.count() == 0
    with pytest.raises(kit.Unreachable):
        set_room(unit=house.unit, account=house.teller.pk, name="C0UKENDT", by=house.mette, at=now())


def test_a_forgotten_person_is_forgotten_in_the_rooms_too(house, slack):
    message = told_room(house, slack)
    comes(house, answers(message, "Send pengene", "U0EVE"))
    held = Arrival.objects.get()
    drop(arrival=held.pk, by=house.bo, at=now())
    forget(consumer=house.new.consumer_id, by=house.mette, at=now())
    assert (Post.objects.count(), Arrival.objects.count()) == (0, 0)
    leave_room(unit=house.unit, by=house.mette)
