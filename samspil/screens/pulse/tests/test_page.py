"""The page of one question, and the figures of all."""

from datetime import timedelta

import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.models import Account
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Unit
from samspil.pulse.models import Asked, Said, Setting
from samspil.pulse.queries import page_path

pytestmark = pytest.mark.django_db


@pytest.fixture
def mette(db):
    found(name="Prøve", language="da")
    return take_in(
        email="mette@firma.example", name="Mette Krogh", password="cykelkurv-i-regn", role="admin", unit=Unit.objects.get()
    )


@pytest.fixture
def asked(mette) -> Asked:
    account = Account.objects.create(channel="mail", name="Service", key=b"k", language="da")
    row = Conversation.objects.create(
        consumer=Consumer.objects.create(name="Karoline", since=now()), account=account, opened_at=now(), last_at=now()
    )
    return Asked.objects.create(
        conversation=row, colleague=mette, unit=mette.unit, at=now(), open_until=now() + timedelta(days=7)
    )


def test_opening_the_link_says_nothing_and_a_press_does(client, asked):
    path = page_path(asked.pk)
    opened = client.get(path)
    assert (opened.status_code, opened["Referrer-Policy"], Said.objects.count()) == (200, "same-origin", 0)
    assert "Mette og de andre her ser det" in opened.text
    pressed = client.post(path, {"score": "4"})
    assert (pressed.status_code, pressed.url) == (302, path)
    client.post(path, {"score": "4", "words": "Hurtigt svar"})
    assert list(Said.objects.order_by("at", "id").values_list("score", "words", "via")) == [
        (4, "", "page"), (4, "Hurtigt svar", "page"),
    ]  # fmt: skip
    again = client.get(path).text
    assert 'aria-pressed="true"' in again
    assert "Hurtigt svar</textarea>" in again


@pytest.mark.parametrize("score", ["", "0", "6", "4.0", "fire", "44"])
def test_no_other_score_is_kept(client, asked, score):
    assert client.post(page_path(asked.pk), {"score": score}).status_code == 200
    assert Said.objects.count() == 0


def test_a_wrong_mark_and_a_question_never_put_are_not_found(client, asked):
    path = page_path(asked.pk)
    for wrong in (path[:-4] + "000/", path.replace(str(asked.pk)[-4:], "0000")):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong, {"score": "4"}).status_code == 404
    Asked.objects.update(why_not="no_way")
    assert client.post(path, {"score": "4"}).status_code == 404
    assert Said.objects.count() == 0


def test_after_its_time_the_page_says_so(client, asked):
    Asked.objects.update(open_until=now())
    assert "Tiden til at svare" in client.get(page_path(asked.pk)).text
    late = client.post(page_path(asked.pk), {"score": "4"})
    assert (late.status_code, Said.objects.count()) == (410, 0)


def test_the_figures_with_how_sure_one_can_be(client, asked, mette):
    client.force_login(mette)
    assert "Ingen bliver spurgt endnu" in client.get(reverse("feeling")).text
    Said.objects.create(asked=asked, score=5, via="page", at=now())
    shown = client.get(reverse("feeling")).text
    assert "100 %" in shown
    assert "27–100 % med 90 % sikkerhed" in shown


def test_who_may_sets_when_one_asks(client, mette):
    client.force_login(mette)
    edit = reverse("edit_feeling", args=["all"])
    assert client.post(edit, {"wait_minutes": "30", "apart_days": "0"}).status_code == 422
    assert Setting.objects.count() == 0
    assert client.post(edit, {"active": "on", "wait_minutes": "30", "apart_days": "14"}).status_code == 302
    held = Setting.objects.get()
    assert (held.unit, held.active, held.apart_days, held.needs_yes, held.changed_by) == (None, True, 14, False, mette)
    assert "højst en gang på 14 dage" in client.get(reverse("feeling")).text
    jonas = take_in(email="jonas@firma.example", name="Jonas", password="cykelkurv-i-sol", unit=mette.unit)
    client.force_login(jonas)
    assert client.get(edit).status_code == 403
    assert client.post(edit, {"wait_minutes": "30", "apart_days": "1"}).status_code == 403
    assert client.get(reverse("edit_feeling", args=["nobody"])).status_code == 404
    assert Setting.objects.get().apart_days == 14
