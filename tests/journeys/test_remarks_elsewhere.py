"""What became of an answer is said in its thread; while it waits its author changes it or takes it back where it was written."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest

from samspil.base.clock import now
from samspil.conversation.actions import assign
from samspil.conversation.models import Note
from samspil.elsewhere import ports
from samspil.elsewhere.actions import recover_remarks, say_remark
from samspil.elsewhere.models import Notice, Remark, Seat
from samspil.intake.models import Handle
from samspil.organisation.models import Organisation, Unit
from samspil.reply.actions import cancel, send_due, write
from samspil.reply.actions.policy import set_policy
from samspil.reply.models import Reply
from tests.channels.slack.workspace import TEAM, Workspace
from tests.journeys.elsewhere import begin, later
from tests.journeys.slack_house import (
    answer,
    colleagues_in_slack,
    comes,
    edited,
    replies,
    slack_house,
    taken_back,
    told,
    under,
    verdicts,
)

pytestmark = pytest.mark.django_db
BACK, LATE = "Kaldt tilbage: det sendes ikke.", "For sent: det er sendt, som det var. Ret det i samtalen."


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def slack():
    with colleagues_in_slack() as at:
        yield at


@pytest.fixture
def house(slack: Workspace) -> SimpleNamespace:
    Organisation.objects.update(undo_seconds=30)
    made = slack_house(slack)
    Organisation.objects.update(undo_seconds=30)
    made.conversation.consumer.name = "Karla"
    made.conversation.consumer.save(update_fields=["name"])
    return made


def test_it_says_to_whom_it_goes_and_for_how_long_it_can_be_called_back(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    [said] = under(slack, message)
    assert said.startswith("Det går til Karla på Webchat. Du kan kalde det tilbage i ")
    assert "ret eller slet din besked" in said
    assert "Kom forbi" not in json.dumps(slack.posted[-1])
    assert "skivebremser" not in json.dumps(slack.posted[-1])
    assert slack.posted[-1]["channel"] == "D0BO"
    assert not any(slack.posted[-1][name] for name in ("unfurl_links", "link_names", "mrkdwn"))


def test_once_it_was_sent_it_says_so_and_however_often_it_comes_it_is_said_once(house, slack):
    message = told(slack)
    once = answer("Kom forbi", message["ts"], ident="EvONE")
    comes(house, once)
    assert send_due(at=now() + timedelta(minutes=1)) is not None
    for _ in range(2):
        comes(house, once)
        assert under(slack, message) == ["Sendt til Karla på Webchat."]
    assert Remark.objects.count() == 1


def test_in_the_colleagues_own_language(house, slack):
    house.bo.language = "en"
    house.bo.save(update_fields=["language"])
    message = told(slack)
    comes(house, answer("Come by on Friday", message["ts"]))
    [said] = under(slack, message)
    assert said.startswith("It goes to Karla on ")
    assert "change or delete your message" in said


def test_a_lost_answer_of_slacks_is_one_remark_and_a_dead_process_is_taken_over(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi", message["ts"]))
    slack.lose.add("POST")
    assert say_remark(at=now())
    [row] = Remark.objects.all()
    assert row.state == "queued"
    Remark.objects.update(state="sending", claimed_at=now() - timedelta(hours=1), send_at=now())
    assert recover_remarks(at=now()) == 1
    assert len(under(slack, message)) == 1
    row.refresh_from_db()
    assert row.state == "sent"


KINDS = [
    ("notat: hun har ringet to gange", "Gemt som notat til dine kolleger. Forbrugeren ser det ikke."),
    ("færdig", "Den er færdig."),
    ("ikke mig", "Givet tilbage: nogen anden bliver spurgt."),
    ("\u200b", "Intet blev sendt: der stod ingen ord i det"),
]


@pytest.mark.parametrize(("text", "words"), KINDS, ids=["note", "done", "not me", "empty"])
def test_whatever_became_of_it_is_said(house, slack, text, words):
    message = told(slack)
    comes(house, answer(text, message["ts"]))
    assert under(slack, message) == [words]


HELD = "Intet blev sendt: det holdes tilbage, til en kollega afgør det."


def test_what_is_held_says_why_and_not_for_ever(house, slack):
    message = told(slack)
    for number in range(8):
        comes(house, answer("Send pengene", message["ts"], user="U0EVE", stamp=f"17950002{number:02}.000200"))
    assert under(slack, message) == [f"{HELD} Samspil ved ikke, at det er dig, der fik besked her."] * 5
    assert (replies(), verdicts()) == ([], [("held", "stranger")] * 8)
    assert "Karla" not in json.dumps(slack.posted[1:])


def test_what_stands_in_no_thread_of_a_notice_is_refused_and_says_so_to_a_colleague_in_his_own_talk_alone(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi", "1795999999.000100", stamp="1795000201.000200"))
    comes(house, answer("Kom forbi", "1795999999.000100", stamp="1795000202.000200", user="U0EVE"))
    comes(house, answer("Kom forbi", "1795999999.000100", stamp="1795000203.000200", place="C0ALLE", channel_type="channel"))
    while say_remark(at=now()):
        pass
    said = [(p["channel"], p["thread_ts"]) for p in slack.posted if p.get("thread_ts")]
    assert (said, under(slack, message)) == ([("D0BO", "1795999999.000100")], [])
    assert (verdicts(), replies()) == ([("refused", "signature")] * 3, [])


def test_what_fails_at_the_consumers_channel_later_is_said_in_the_thread(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi", message["ts"]))
    assert len(under(slack, message)) == 1
    Handle.objects.filter(network="webchat").update(network="nowhere")
    house.chat.channel = "slack"  # a channel that sends nothing to consumers
    house.chat.save(update_fields=["channel"])
    assert send_due(at=now() + timedelta(minutes=1)) is not None
    assert Reply.objects.get().state == "failed"
    for _ in range(2):
        later()
    assert under(slack, message)[1:] == ["Dit svar kunne ikke sendes til Karla på Nowhere: This channel cannot send"]


def test_an_answer_from_the_desk_that_fails_is_said_in_no_thread(house, slack):
    message = told(slack)
    write(conversation=house.conversation.pk, by=house.bo, text="Hej", at=now())
    house.chat.channel = "slack"
    house.chat.save(update_fields=["channel"])
    assert send_due(at=now() + timedelta(minutes=1)) is not None
    later()
    assert (under(slack, message), Notice.objects.filter(kind="trouble").count()) == ([], 0)


def test_where_nothing_can_be_said_in_the_thread_a_notice_tells_what_was_not_sent(house, slack):
    message = told(slack)
    comes(house, answer("\u200b", message["ts"]))
    slack.errors["chat.postMessage"] = ["channel_not_found"]
    assert under(slack, message) == []
    assert list(Notice.objects.filter(kind="trouble").values_list("colleague", "detail")) == [
        (house.bo.pk, "Intet blev sendt: der stod ingen ord i det")
    ]


def test_nothing_is_said_of_a_sign_that_says_nothing_or_by_whom_nobody_asked(house, slack):
    message = told(slack)
    comes(house, edited(message, "x", user="U0EVE"))
    assert (under(slack, message), verdicts()) == ([], [("dropped", "stranger")])


def test_new_words_go_in_place_of_the_old_and_the_time_begins_again(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    [before] = Reply.objects.all()
    Reply.objects.update(send_at=now() + timedelta(seconds=2))
    comes(house, edited(message, "Kom forbi lørdag"))
    [after] = Reply.objects.all()
    assert (after.pk, after.text, after.state) == (before.pk, "Kom forbi lørdag", "queued")
    assert after.send_at > now() + timedelta(seconds=20)
    assert verdicts() == [("answered", ""), ("changed", "edited")]
    assert under(slack, message)[-1].startswith("Ændret; det går til Karla på Webchat.")
    assert send_due(at=now() + timedelta(minutes=1)) == after.pk
    after.refresh_from_db()
    assert (after.state, after.interaction.text) == ("accepted", "Kom forbi lørdag")


def test_the_same_change_twice_is_one_and_without_new_words_none(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    for ident in ("1", "1", "22"):
        comes(house, edited(message, "Kom forbi lørdag", ident=ident))
    assert verdicts() == [("answered", ""), ("changed", "edited"), ("dropped", "same")]
    assert (replies(), len(under(slack, message))) == ([("Bo Holm", "Kom forbi lørdag")], 2)


def test_what_is_taken_back_is_not_sent_and_what_was_finished_with_it_is_open_again(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag\nfærdig", message["ts"]))
    house.conversation.refresh_from_db()
    assert house.conversation.status == "done"
    comes(house, taken_back(message))
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee) == ("open", house.bo)
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Kom forbi fredag", "cancelled")]
    assert send_due(at=now() + timedelta(minutes=1)) is None
    assert under(slack, message)[-1] == BACK
    comes(house, edited(message, "Kom alligevel", ident="333"))
    assert ("told", "taken_back") in verdicts()
    assert under(slack, message)[-1] == "Det blev kaldt tilbage i Samspil. Skriv igen, hvis det skal sendes."
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Kom forbi fredag", "cancelled")]


def test_a_change_can_finish_it_or_leave_it_open(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi", message["ts"]))
    comes(house, edited(message, "Kom forbi\nfærdig", ident="1"))
    house.conversation.refresh_from_db()
    assert (house.conversation.status, replies()) == ("done", [("Bo Holm", "Kom forbi")])
    comes(house, edited(message, "Kom forbi nu", ident="22"))
    house.conversation.refresh_from_db()
    assert (house.conversation.status, replies()) == ("open", [("Bo Holm", "Kom forbi nu")])


def test_what_becomes_a_note_is_no_answer_any_more_and_a_note_can_get_new_words(house, slack):
    message = told(slack)
    comes(house, answer("Hun er sur", message["ts"]))
    comes(house, edited(message, "notat: hun er sur", ident="1"))
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Hun er sur", "cancelled")]
    assert [n.text for n in Note.objects.all()] == ["hun er sur"]
    comes(house, edited(message, "notat: hun er ikke sur", ident="22"))
    assert [n.text for n in Note.objects.all()] == ["hun er ikke sur"]
    comes(house, taken_back(message))
    assert [n.text for n in Note.objects.all()] == ["hun er ikke sur"]
    assert verdicts() == [("answered", ""), ("noted", ""), ("changed", "edited"), ("told", "stands")]


def test_after_it_was_sent_it_is_too_late_and_the_link_leads_to_where_it_is_corrected(house, slack, monkeypatch):
    monkeypatch.setattr(ports._Filled, "public_address", staticmethod(lambda: "https://desk.example"))
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    assert send_due(at=now() + timedelta(minutes=1)) is not None
    comes(house, edited(message, "Kom forbi lørdag"))
    comes(house, taken_back(message))
    assert (replies(), verdicts()) == (
        [("Bo Holm", "Kom forbi fredag")],
        [("answered", ""), ("told", "too_late"), ("told", "too_late")],
    )
    assert under(slack, message)[1:] == [LATE, LATE]
    assert f"https://desk.example/c/{house.conversation.pk}/" in json.dumps(slack.posted[-1]["blocks"])


def test_what_was_called_back_at_the_desk_stays_so(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    cancel(reply=Reply.objects.get().pk, by=house.bo, at=now())
    comes(house, edited(message, "Kom forbi lørdag"))
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Kom forbi fredag", "cancelled")]
    assert verdicts()[-1] == ("told", "taken_back")


def test_what_could_not_be_sent_is_sent_when_its_words_are_mended(house, slack):
    message = told(slack)
    comes(house, answer("\u200b", message["ts"]))
    comes(house, edited(message, "Kom forbi lørdag"))
    assert (replies(), verdicts()) == ([("Bo Holm", "Kom forbi lørdag")], [("told", "empty"), ("answered", "")])


def test_a_change_that_cannot_be_sent_calls_the_first_words_back(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    comes(house, edited(message, "a" * 12_000))
    [reply] = Reply.objects.all()
    assert (reply.text, reply.state) == ("Kom forbi fredag", "cancelled")
    assert verdicts()[-1] == ("told", "reply.too_long")
    assert under(slack, message)[-1].startswith("Intet blev sendt: det er for langt til forbrugerens kanal (12000 characters")


def test_a_change_by_anybody_else_or_of_what_never_came_changes_nothing(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    Seat.objects.create(colleague=house.jonas, network="slack", scope=TEAM, address="U0JONAS", at=now())
    for number, made in enumerate(
        (
            edited(message, "Send pengene", user="U0EVE"),
            edited(message, "Send pengene", user="U0JONAS", ident="1"),
            edited(message, "Send pengene", by="U0EVE", ident="22"),
            taken_back(message, user="U0JONAS"),
        )
    ):
        comes(house, made | {"event_id": f"EvX{number}"})
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Kom forbi fredag", "queued")]
    assert {v for v in verdicts() if v != ("answered", "")} == {("dropped", "stranger"), ("dropped", "other_colleague")}
    assert len(under(slack, message)) == 1
    # The name of a message that nobody has heard of.
    gone = edited(message, "Kom forbi søndag", ident="4444")
    gone["event"]["message"]["ts"] = "1795000999.000100"
    comes(house, gone)
    assert ("told", "unknown") in verdicts()
    assert replies() == [("Bo Holm", "Kom forbi fredag")]


def test_who_may_not_see_it_any_more_changes_nothing(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    closed = Unit.objects.create(name="Lukket", closed=True)
    assign(conversations=[house.conversation.pk], to=house.jonas, by=house.mette, at=now())
    type(house.conversation).objects.update(unit=closed)
    comes(house, edited(message, "Kom forbi lørdag"))
    assert (replies(), verdicts()[-1]) == ([("Bo Holm", "Kom forbi fredag")], ("held", "not_theirs"))


def test_new_words_wait_for_a_yes_as_if_they_were_written_so(house, slack):
    message = told(slack)
    comes(house, answer("Kom forbi fredag", message["ts"]))
    unit = Unit.objects.get(triage=True)
    set_policy(unit=unit, by=house.mette, at=now(), active=True, words=["gratis"], by_leads=False, named=[house.jonas.pk])
    comes(house, edited(message, "Det er gratis", ident="1"))
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Det er gratis", "awaits_yes")]
    assert send_due(at=now() + timedelta(minutes=1)) is None
    assert under(slack, message)[-1] == "Det venter på en kollegas ja og bliver ikke sendt før."
    comes(house, edited(message, "Det er helt gratis", ident="22"))
    assert [(r.text, r.state) for r in Reply.objects.order_by("written_at")] == [
        ("Det er gratis", "cancelled"),
        ("Det er helt gratis", "awaits_yes"),
    ]
    comes(house, taken_back(message))
    assert {r.state for r in Reply.objects.all()} == {"cancelled"}
    assert send_due(at=now() + timedelta(minutes=1)) is None
