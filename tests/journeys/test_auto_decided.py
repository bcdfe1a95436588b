"""What leads decide of answers by themselves: approved, tried on the past, switched on where it is sure, and the way back."""

import pytest
from django.test import override_settings

from samspil.assist import ports
from samspil.assist.actions import (
    NotApprovable,
    NotReady,
    approve,
    arrange_auto,
    consider,
    go_back,
    label_case,
    withdraw,
)
from samspil.assist.models import AutoAnswer, AutoCase, AutoSetting, AutoTrial, Pair
from samspil.assist.queries.auto import readiness, setting_of
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.models import Conversation
from samspil.intake.models import Account
from samspil.organisation.actions import add_unit, take_in
from samspil.organisation.models import Unit
from samspil.reply.actions import keep_ready
from samspil.reply.models import Reply
from tests.journeys.auto import ASKS, LAMP, chat_account, lamp, messages_of, past, switched_on, tried, writes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(tmp_path):
    with override_settings(SAMSPIL_ASSIST=tmp_path / "assist"):
        yield
    ports.fill(verdicts=lambda _: {})


@pytest.fixture
def unit(organisation) -> Unit:
    return Unit.objects.get(triage=True)


@pytest.fixture
def chat(organisation) -> Account:
    return chat_account()


def look(*conversations: Conversation) -> int:
    """What the reaction does with their first messages."""
    return consider(interactions=[messages_of(c)[0] for c in conversations], at=now())


def test_it_cannot_be_on_without_a_dry_run_of_what_stands_now(mette, unit, chat):
    assert not setting_of(unit.pk).enabled
    with pytest.raises(NotReady) as told:
        arrange_auto(unit=unit.pk, by=mette, at=now(), values={}, enabled=True)
    assert told.value.why == "no_answers"
    [answer] = [a for a in approve(unit=unit.pk, by=mette, at=now(), ready=lamp(mette).pk) if a.language == "en"]
    assert (answer.text, answer.approved_by, (answer.expires_at - answer.approved_at).days) == (LAMP, mette, 180)
    with pytest.raises(NotReady, match="no_trial"):
        arrange_auto(unit=unit.pk, by=mette, at=now(), values={}, enabled=True)
    past(unit, chat, mette, count=60)
    trial = tried(unit, mette)
    assert (trial.state, trial.total, trial.known) == ("done", 60, 60)
    with pytest.raises(NotReady, match="few"):
        arrange_auto(unit=unit.pk, by=mette, at=now(), values={}, enabled=True)
    assert AutoSetting.objects.count() == 0
    assert readiness(unit.pk, 0.95, now()).why_not == "few"


def test_it_cannot_be_on_where_too_few_were_right(mette, unit, chat):
    past(unit, chat, mette, wrong=0.4)
    approve(unit=unit.pk, by=mette, at=now(), ready=lamp(mette).pk)
    trial = tried(unit, mette)
    assert trial.known == 360
    with pytest.raises(NotReady, match="below"):
        arrange_auto(unit=unit.pk, by=mette, at=now(), values={"threshold": 0.9}, enabled=True)
    assert AutoSetting.objects.count() == 0


def test_the_dry_run_looks_at_the_past_as_it_was_and_hears_leads(mette, jonas, unit, chat):
    past(unit, chat, mette)
    approve(unit=unit.pk, by=mette, at=now(), ready=lamp(mette).pk)
    trial = tried(unit, mette)
    cases = AutoCase.objects.filter(trial=trial)
    assert (cases.count(), cases.filter(held_out=True).count(), trial.held_out) == (360, 144, 144)
    step = readiness(unit.pk, 0.9, now()).step
    assert step is not None
    assert step.holds
    assert step.right / step.answered > 0.95
    assert 0.5 < step.answered / step.of < 0.8
    assert trial.calibration_error is not None
    assert trial.calibration_error < 0.1
    first = cases.order_by("interaction__at").first()
    assert first is not None
    assert first.likely is not None
    wrong = cases.filter(held_out=True, right=True).first()
    assert wrong is not None
    with pytest.raises(NotFound):
        label_case(case=wrong.pk, by=jonas, right=False, at=now())
    label_case(case=wrong.pk, by=mette, right=False, at=now())
    again = tried(unit, mette)
    assert again.pk != trial.pk
    assert AutoCase.objects.get(trial=again, interaction=wrong.interaction_id).right is False
    assert not AutoCase.objects.filter(trial=trial).exists()
    assert Reply.objects.count() == 0


def test_what_was_approved_anew_needs_a_dry_run_anew(mette, unit, chat):
    switched_on(unit, mette, chat)
    other = keep_ready(
        by=mette, at=now(), key="open", name="Open", text="Vi har åbent lørdag.", text_en="We are open on Saturdays."
    )
    approve(unit=unit.pk, by=mette, at=now(), ready=other.pk)
    assert readiness(unit.pk, 0.9, now()).why_not == "other_answers"
    row = writes(chat, ASKS)
    assert look(row) == 1  # what was tried goes on


def test_a_past_answer_with_something_taken_out_cannot_be_approved(mette, jonas, unit, chat):
    past(unit, chat, mette, count=3)
    pair = Pair.objects.first()
    assert pair is not None
    [answer] = approve(unit=unit.pk, by=mette, at=now(), pair=pair.pk)
    assert (answer.text, answer.language) == (pair.said, "en")
    Pair.objects.filter(pk=pair.pk).update(said="Call •••")
    with pytest.raises(NotApprovable):
        approve(unit=unit.pk, by=mette, at=now(), pair=pair.pk)
    with pytest.raises(NotFound):
        approve(unit=unit.pk, by=jonas, at=now(), pair=pair.pk)
    assert [a.text for a in AutoAnswer.objects.filter(ended_at=None)] == [pair.said]
    withdraw(answer=answer.pk, by=mette, at=now())
    assert AutoAnswer.objects.filter(ended_at=None).count() == 0


def test_versions_and_the_way_back(mette, unit, chat):
    switched_on(unit, mette, chat)
    assert arrange_auto(unit=unit.pk, by=mette, at=now(), values={}, enabled=True).number == 1
    arrange_auto(unit=unit.pk, by=mette, at=now(), values={"delay_minutes": 20}, why="Monday", enabled=True)
    off = arrange_auto(unit=unit.pk, by=mette, at=now(), values={}, enabled=False)
    assert (off.number, off.delay_minutes, off.enabled, off.speaker) == (3, 20, False, None)
    back = go_back(unit=unit.pk, number=1, by=mette, at=now())
    assert (back.number, back.delay_minutes, back.enabled, back.restored) == (4, 5, True, 1)
    assert AutoSetting.objects.count() == 4


def test_a_closed_unit_says_so_itself(mette, unit, chat):
    Unit.objects.filter(pk=unit.pk).update(closed=True)
    with pytest.raises(NotReady, match="closed"):
        switched_on(unit, mette, chat)
    assert arrange_auto(unit=unit.pk, by=mette, at=now(), values={"threshold": 0.9, "closed_too": True}, enabled=True).enabled


def test_only_leads_of_the_unit_decide(mette, jonas, unit, chat):
    other = take_in(email="lea@firma.example", name="Lea", password="cykelkurv-i-sne", role="lead", unit=add_unit(name="Andre"))
    ready = lamp(mette)
    for by in (jonas, other):
        with pytest.raises(NotFound):
            arrange_auto(unit=unit.pk, by=by, at=now(), values={}, enabled=False)
        with pytest.raises(NotFound):
            approve(unit=unit.pk, by=by, at=now(), ready=ready.pk)
    assert (AutoSetting.objects.count(), AutoAnswer.objects.count(), AutoTrial.objects.count()) == (0, 0, 0)
