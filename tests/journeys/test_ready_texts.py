"""Ready texts: kept by leads, offered filled in and in the consumer's language, taken out of use and back."""

import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.conversation.models import Conversation
from samspil.organisation.actions import add_unit
from samspil.organisation.models import Colleague
from samspil.reply.actions import bring_back, end_ready, keep_ready
from samspil.reply.actions.ready import KeyTaken, UnknownVariable
from samspil.reply.actions.write import Empty
from samspil.reply.models import Canned
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(mailbox) -> Conversation:
    receive(mailbox, mail(ident="a@x.example"))
    return Conversation.objects.get()


def hello(by: Colleague, **values) -> Canned:
    given = {"key": "/Hej", "name": "Første ord", "text": "Hej {fornavn|der}, om {emne}. {mit fornavn}"}
    return keep_ready(by=by, at=now(), **{**given, "text_en": "Hi {first name|there}", **values})


def offered(client, conversation, typed: str = "") -> list[dict[str, str]]:
    return client.get(reverse("canned", args=[conversation.pk]), {"q": typed}).json()


def test_it_is_offered_filled_in(client, conversation, mette):
    hello(mette)
    client.force_login(mette)
    [one] = offered(client, conversation, "he")
    assert one == {"label": "Første ord", "note": "/hej", "text": "Hej Karoline, om Batteriet. Mette"}
    assert offered(client, conversation, "x") == []


def test_who_wrote_english_is_answered_in_english_whoever_answers(client, conversation, mette):
    hello(mette)
    conversation.placements.get().interaction.__class__.objects.update(language="en")
    client.force_login(mette)
    assert offered(client, conversation)[0]["text"] == "Hi Karoline"
    Canned.objects.update(text_en="")
    assert offered(client, conversation)[0]["text"].startswith("Hej Karoline")


def test_a_units_texts_are_offered_to_the_unit(client, conversation, mette, jonas):
    workshop = add_unit(name="Værksted")
    hello(mette, unit=workshop)
    client.force_login(jonas)
    assert offered(client, conversation) == []
    Colleague.objects.filter(pk=jonas.pk).update(unit=workshop)
    assert [one["note"] for one in offered(client, conversation)] == ["/hej"]


def test_who_may_not_see_the_conversation_is_offered_nothing(client, conversation, mette, jonas):
    hello(mette)
    Conversation.objects.update(unit=add_unit(name="Lukket", closed=True))
    client.force_login(jonas)
    assert client.get(reverse("canned", args=[conversation.pk])).status_code == 404


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"key": " / "}, Empty),
        ({"text": " "}, Empty),
        ({"text": "Hej {kundenummer}"}, UnknownVariable),
        ({"text_en": "Hi {number}"}, UnknownVariable),
    ],
)
def test_what_cannot_be_kept_is_refused(mette, values, error):
    with pytest.raises(error):
        hello(mette, **values)
    assert Canned.objects.count() == 0


def test_only_leads_change_them_and_a_key_is_one_texts(mette, jonas):
    with pytest.raises(NotAllowed):
        hello(jonas)
    first = hello(mette)
    with pytest.raises(KeyTaken):
        hello(mette)
    with pytest.raises(NotAllowed):
        end_ready(ready=first.pk, by=jonas, at=now())
    end_ready(ready=first.pk, by=mette, at=now())
    second = hello(mette)
    with pytest.raises(KeyTaken):
        bring_back(ready=first.pk, by=mette, at=now())
    with pytest.raises(NotFound):
        end_ready(ready=first.pk, by=mette, at=now())
    end_ready(ready=second.pk, by=mette, at=now())
    bring_back(ready=first.pk, by=mette, at=now())
    assert list(Canned.objects.filter(ended_at=None)) == [first]


def test_the_page_keeps_changes_ends_and_brings_back(client, mette, jonas):
    client.force_login(mette)
    assert "Ingen faste svar endnu" in client.get(reverse("ready")).text
    form = {"key": "retur", "name": "", "text": "Send det til {organisation}", "text_en": "", "unit": ""}
    refused = client.post(reverse("ready_new"), {**form, "text": "Send {dit}"})
    assert (refused.status_code, Canned.objects.count()) == (422, 0)
    assert "{dit}" in refused.text
    assert client.post(reverse("ready_new"), form).status_code == 302
    row = Canned.objects.get()
    assert (row.key, row.name, row.changed_by) == ("retur", "retur", mette)
    assert client.post(reverse("ready_new"), form).status_code == 422
    client.post(reverse("ready_edit", args=[row.pk]), {**form, "name": "Retur"})
    gone = client.post(reverse("ready_end", args=[row.pk]))
    assert "Teksten er taget ud af brug" in client.get(gone.url).text
    client.post(reverse("ready_back", args=[row.pk]))
    row.refresh_from_db()
    assert (row.name, row.ended_at) == ("Retur", None)
    client.force_login(jonas)
    assert "/retur" in client.get(reverse("ready")).text
    assert client.get(reverse("ready_new")).status_code == 403
    assert client.post(reverse("ready_end", args=[row.pk])).status_code == 403
    assert Canned.objects.get().ended_at is None
