"""The panel above the composer: loaded after the page, put in, called of no use; and the page of how suggestions fare."""

from uuid import uuid4

import pytest
from django.test import override_settings
from django.urls import reverse

from samspil.assist.actions import read_ready
from samspil.assist.models import Offer
from samspil.conversation.models import Conversation
from samspil.organisation.actions import add_unit
from samspil.organisation.models import Colleague
from samspil.reply.actions import make_canned
from tests.journeys.conftest import jonas, mail, mailbox, mette, organisation, receive  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _place(tmp_path):
    with override_settings(SAMSPIL_ASSIST=tmp_path):
        yield


@pytest.fixture
def conversation(mailbox) -> Conversation:  # noqa: F811 - the fixture
    receive(mailbox, mail("Lampen på batteriet blinker rødt, og det lader ikke.\n", ident="a@x.example"))
    make_canned(key="lampe", name="Lampen på batteriet blinker rødt, lader ikke", text="Hej {fornavn}, hold <knappen> inde.")
    read_ready()
    return Conversation.objects.get()


def test_the_page_asks_for_it_later_and_knows_nothing_of_it(client, conversation, mette):  # noqa: F811 - the fixture
    client.force_login(mette)
    page = client.get(reverse("conversation", args=[conversation.pk])).text
    assert f'hx-get="{reverse("assist", args=[conversation.pk])}"' in page
    assert "assist.css" not in page
    assert Offer.objects.count() == 0


def test_it_is_shown_put_in_and_called_of_no_use(client, conversation, mette, jonas):  # noqa: F811 - the fixtures
    client.force_login(mette)
    panel = client.get(reverse("assist", args=[conversation.pk])).text
    row = Offer.objects.get()
    assert "Hej Karoline, hold &lt;knappen&gt; inde." in panel
    assert "<knappen>" not in panel
    assert 'data-key="v"' in panel
    assert "data-make" not in panel
    if row.shown_at is None:
        assert client.post(reverse("assist_shown", args=[conversation.pk]), {"offers": f"{row.pk} "}).status_code == 204
        assert client.post(reverse("assist_shown", args=[conversation.pk]), {"offers": "nobody"}).status_code == 400
    row.refresh_from_db()
    assert row.shown_at is not None
    client.force_login(jonas)
    for name in ("assist_inserted", "assist_useless"):
        assert client.post(reverse(name, args=[row.pk])).status_code == 404
    assert Offer.objects.filter(inserted_at=None, useless_at=None).count() == 1
    client.force_login(mette)
    assert client.post(reverse("assist_inserted", args=[row.pk])).status_code == 200
    row.refresh_from_db()
    assert row.put_in == "Hej Karoline, hold <knappen> inde."
    assert "Fortryd" in client.post(reverse("assist_useless", args=[row.pk])).text
    assert client.get(reverse("assist", args=[conversation.pk])).text.strip() == ""
    client.post(reverse("assist_useless", args=[row.pk]), {"on": "0"})
    assert "assist-offer" in client.get(reverse("assist", args=[conversation.pk])).text


def test_what_is_hidden_is_not_there(client, conversation, jonas):  # noqa: F811 - the fixture
    assert client.get(reverse("assist", args=[conversation.pk])).status_code == 302
    Conversation.objects.update(unit=add_unit(name="Lukket", closed=True))
    client.force_login(jonas)
    for name in ("assist", "assist_leaves"):
        assert client.get(reverse(name, args=[conversation.pk])).status_code == 404
    for name in ("assist_shown", "assist_make"):
        assert client.post(reverse(name, args=[conversation.pk])).status_code == 404
    assert client.post(reverse("assist_inserted", args=[uuid4()])).status_code == 404
    assert Offer.objects.count() == 0


def test_leads_see_their_own_unit_and_colleagues_nothing(client, conversation, mette, jonas):  # noqa: F811 - the fixtures
    client.force_login(mette)
    assert "Der er ikke foreslået noget endnu" in client.get(reverse("assist_figures")).text
    client.get(reverse("assist", args=[conversation.pk]))
    assert conversation.unit is not None
    assert conversation.unit.name in client.get(reverse("assist_figures")).text
    client.force_login(jonas)
    assert client.get(reverse("assist_figures")).status_code == 403
    other = add_unit(name="Værksted")
    Colleague.objects.filter(pk=jonas.pk).update(role="lead", unit=other)
    page = client.get(reverse("assist_figures"))
    assert page.status_code == 200
    assert "Der er ikke foreslået noget endnu" in page.text
    assert client.get(reverse("assist_model")).status_code == 403
