"""The pages of answers by themselves: off with its reason, tried, switched on, seen in the conversation, stopped, corrected; each for whom it is."""

import pytest
from django.test import override_settings
from django.urls import reverse

from samspil.assist.actions import answer_due, consider
from samspil.assist.models import AutoAnswer, AutoCase, AutoLabel, AutoRun, AutoSetting, AutoTrial
from samspil.assist.queries.auto import setting_of
from samspil.base.clock import now
from samspil.organisation.actions import add_unit
from samspil.organisation.models import Colleague, Unit
from samspil.reply.models import Draft, Reply
from tests.journeys.auto import ASKS, chat_account, lamp, messages_of, switched_on, writes
from tests.journeys.conftest import jonas, mailbox, mette, organisation  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(tmp_path):
    with override_settings(SAMSPIL_ASSIST=tmp_path):
        yield


@pytest.fixture
def unit(organisation) -> Unit:  # noqa: F811 - the fixture
    return Unit.objects.get(triage=True)


def test_it_is_off_and_says_why(client, mette, unit):  # noqa: F811 - the fixture
    client.force_login(mette)
    assert reverse("auto_units") in client.get(reverse("assist_figures")).text
    assert unit.name in client.get(reverse("auto_units")).text
    page = client.get(reverse("auto_unit", args=[unit.pk])).text
    assert "Det kan ikke slås til endnu." in page
    assert "Intet svar er godkendt. Godkend mindst et nedenfor." in page
    ready = lamp(mette)
    client.post(reverse("auto_approve", args=[unit.pk]), {"ready": str(ready.pk)})
    assert AutoAnswer.objects.filter(unit=unit).count() == 2
    assert client.post(reverse("auto_approve", args=[unit.pk]), {"ready": "nobody"}).status_code == 404
    assert "Der er ikke lavet en prøvekørsel." in client.get(reverse("auto_unit", args=[unit.pk])).text
    assert client.post(reverse("auto_switch", args=[unit.pk]), {"on": "1"}).status_code == 302
    assert AutoSetting.objects.count() == 0
    client.post(reverse("auto_try", args=[unit.pk]), {"days": "30"})
    assert (AutoTrial.objects.get().days, AutoTrial.objects.get().state) == (30, "waiting")
    assert "Prøvekørslen begynder om lidt" in client.get(reverse("auto_progress", args=[unit.pk])).text
    one = AutoAnswer.objects.filter(language="da").get()
    client.post(reverse("auto_withdraw", args=[unit.pk, one.pk]))
    assert AutoAnswer.objects.filter(ended_at=None).count() == 1


def test_it_is_seen_stopped_and_corrected(client, mette, jonas, unit):  # noqa: F811 - the fixtures
    chat = chat_account()
    switched_on(unit, mette, chat)
    client.force_login(mette)
    page = client.get(reverse("auto_unit", args=[unit.pk])).text
    assert 'name="on" value="0"' in page
    assert "/144" in page
    case = AutoCase.objects.filter(held_out=True, answer__isnull=False).first()
    assert case is not None
    assert "Ville blive sendt" in client.get(reverse("auto_cases", args=[unit.pk])).text
    assert "efter jeres ord" in client.post(reverse("auto_label", args=[case.pk]), {"said": "wrong"}).text
    assert AutoLabel.objects.get().right is False
    client.post(reverse("auto_label", args=[case.pk]), {"said": "none"})
    assert AutoLabel.objects.count() == 0

    row = writes(chat, ASKS)
    consider(interactions=messages_of(row), at=now())
    client.force_login(jonas)
    assert reverse("auto_pending", args=[row.pk]) in client.get(reverse("conversation", args=[row.pk])).text
    pending = client.get(reverse("auto_pending", args=[row.pk])).text
    assert "Sendes af sig selv kl." in pending
    assert 'data-key="shift+x"' in pending
    run = AutoRun.objects.get()
    assert client.post(reverse("auto_stop", args=[run.pk])).headers["HX-Refresh"] == "true"
    assert Draft.objects.get().colleague == jonas
    assert "nogen stoppet det" in client.post(reverse("auto_stop", args=[run.pk])).text
    assert client.get(reverse("auto_pending", args=[row.pk])).text.strip() == ""

    other = writes(chat, f"{ASKS} Thanks", visitor="b" * 32)
    consider(interactions=messages_of(other), at=now())
    AutoRun.objects.filter(conversation=other).update(send_at=now())
    answer_due(at=now())
    reply = Reply.objects.get()
    mark = client.get(reverse("auto_mark", args=[reply.pk])).text
    assert "Det var forkert" in mark
    run = AutoRun.objects.get(reply=reply)
    assert "Fortryd" in client.post(reverse("auto_wrong", args=[run.pk])).text
    client.post(reverse("auto_wrong", args=[run.pk]), {"on": "0"})
    run.refresh_from_db()
    assert run.right is None
    client.post(reverse("auto_refuse", args=[run.pk]))
    assert [c.state for h in [reply.handle] for c in h.consents.filter(purpose="automatic", ended_at=None)] == ["refused"]
    Unit.objects.filter(pk=unit.pk).update(closed=True)
    Colleague.objects.filter(pk=jonas.pk).update(unit=add_unit(name="Andre"))
    for name, args in (("auto_stop", [run.pk]), ("auto_wrong", [run.pk]), ("auto_refuse", [run.pk])):
        assert client.post(reverse(name, args=args)).status_code == 404
    assert client.get(reverse("auto_mark", args=[reply.pk])).status_code == 404
    run.refresh_from_db()
    assert run.right is None


def test_saving_and_going_back(client, mette, jonas, unit):  # noqa: F811 - the fixtures
    client.force_login(mette)
    said = {
        "threshold": "0.8",
        "delay_minutes": "7",
        "per_hour": "3",
        "expires_days": "90",
        "line_da": "Automatisk.",
        "line_en": "Automatic.",
    }
    assert client.post(reverse("auto_save", args=[unit.pk]), said).status_code == 302
    held = setting_of(unit.pk)
    assert (held.threshold, held.delay_minutes, held.lines["en"], held.enabled) == (0.8, 7, "Automatic.", False)
    assert client.post(reverse("auto_save", args=[unit.pk]), {**said, "line_da": ""}).status_code == 422
    assert client.post(reverse("auto_save", args=[unit.pk]), {**said, "threshold": "0.5"}).status_code == 422
    client.post(reverse("auto_save", args=[unit.pk]), {**said, "per_hour": "9"})
    client.post(reverse("auto_back", args=[unit.pk, 1]))
    assert [(v.number, v.per_hour, v.restored) for v in AutoSetting.objects.order_by("number")] == [
        (1, 3, None),
        (2, 9, None),
        (3, 3, 1),
    ]
    client.force_login(jonas)
    assert client.get(reverse("auto_unit", args=[unit.pk])).status_code == 403
    Colleague.objects.filter(pk=jonas.pk).update(role="lead", unit=add_unit(name="Andre"))
    assert client.get(reverse("auto_unit", args=[unit.pk])).status_code == 404
    assert client.post(reverse("auto_save", args=[unit.pk]), said).status_code == 404
    assert AutoSetting.objects.count() == 3
