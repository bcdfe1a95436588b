"""Signing in at the network: who may, what comes back to whom, and what a refusal says. The network is played."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.base.seal import Unsealable
from samspil.intake.actions import connect, disconnect, note_trouble
from samspil.intake.models import Account
from samspil.screens.setup import ports
from samspil.screens.setup.tests.conftest import signed_in
from samspil.screens.setup.views import sign_in

pytestmark = pytest.mark.django_db
AWAY = "https://loft.example/authorize?request=1&x=%3Cb%3E"


class Homing:
    """A channel that signs in, and remembers what it was asked."""

    name = "homing"
    capabilities = kit.Capabilities()
    fields = (kit.Field(name="loft", label={"en": "Loft"}, kind="address"),)
    asked: ClassVar[list[Any]] = []
    fails: ClassVar[list[Exception]] = []

    def understand(self, _envelope, _account):
        return []

    def send(self, _outbound, _account):
        return kit.Sent(external_id="1")

    def check(self, _account):
        return [kit.Check(name="bird", ok=True, detail="is home")]

    def sign_in(self, account, *, back, state):
        self.asked.append(("in", account.id, back, state))
        if self.fails:
            raise self.fails[0]
        return AWAY

    def signed_in(self, account, query):
        self.asked.append(("back", account.id, dict(query)))
        if self.fails:
            raise self.fails[0]

    def sign_out(self, account):
        self.asked.append(("out", account.id))
        if self.fails:
            raise self.fails[0]


@pytest.fixture
def homing(monkeypatch):
    made, known = Homing(), registry.channel
    made.asked.clear()
    made.fails.clear()
    names = (*registry.names(), "homing")
    monkeypatch.setattr(registry, "channel", lambda name: made if name == "homing" else known(name))
    monkeypatch.setattr(registry, "names", lambda: names)
    return made


@pytest.fixture
def row(homing, organisation):
    return connect(channel="homing", name="Roof", config={"loft": "roof-7"})


def begin(client, row):
    """The state that the network was given."""
    assert client.post(reverse("account_sign_in", args=[row.pk])).status_code == 200
    return Homing.asked[-1][3]


def back(client, row, **query):
    return client.get(reverse("account_signed_in", args=[row.pk]), query)


def told(client, row):
    return client.get(reverse("account_try", args=[row.pk])).content.decode()


def test_the_page_leads_on_without_a_script_and_holds_no_state(hers, row):
    answer = hers.post(reverse("account_sign_in", args=[row.pk]))
    text = answer.content.decode()
    shown = "https://loft.example/authorize?request=1&amp;x=%3Cb%3E"
    assert f'<meta http-equiv="refresh" content="0;url={shown}">' in text
    assert f'href="{shown}"' in text
    assert answer.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    [(_, ident, address, state)] = Homing.asked
    assert (ident, address) == (str(row.pk), f"http://testserver/settings/channels/{row.pk}/signed-in/")
    assert len(state) == 43
    assert state not in text


def test_the_public_address_is_the_one_to_come_back_to(hers, row, monkeypatch):
    monkeypatch.setattr(
        sign_in,
        "offered",
        lambda: ports.Offered(
            diagnose=dict,
            check_account=lambda _: [],
            setup_code=str,
            live_address=str,
            public_address=lambda: "https://samspil.firma.example",
        ),
    )
    begin(hers, row)
    assert Homing.asked[0][2] == f"https://samspil.firma.example/settings/channels/{row.pk}/signed-in/"


def test_who_comes_back_is_signed_in_and_it_is_tried_at_once(hers, row):
    note_trouble(account=row.pk, error="Sign in again", at=now(), sign_in=True)
    row.refresh_from_db()
    assert row.state == "broken"
    sealed = bytes(row.secrets)
    state = begin(hers, row)
    answer = back(hers, row, state=state, code="c", iss="https://loft.example")
    assert (answer.status_code, answer.url) == (302, reverse("account_try", args=[row.pk]) + "?checked")
    assert Homing.asked[-1] == ("back", str(row.pk), {"state": state, "code": "c", "iss": "https://loft.example"})
    row.refresh_from_db()
    assert (row.state, row.error) == ("active", "")
    assert bytes(row.secrets) != sealed  # which is how the process that fetches knows
    assert "is home" in hers.get(answer.url).content.decode()


def test_a_paused_account_stays_paused(hers, row):
    Account.objects.update(state="paused")
    back(hers, row, state=begin(hers, row))
    row.refresh_from_db()
    assert row.state == "paused"


def test_an_answer_counts_once(hers, row):
    state = begin(hers, row)
    back(hers, row, state=state)
    asked = len(Homing.asked)
    back(hers, row, state=state)
    assert len(Homing.asked) == asked
    assert "is used already" in told(hers, row)
    assert "is used already" not in told(hers, row)  # said once


def test_a_state_of_another_session_is_refused_and_the_own_one_still_counts(hers, mette, row):
    state, another = begin(hers, row), signed_in(mette)
    back(another, row, state=state, code="c")
    assert [one[0] for one in Homing.asked] == ["in"]
    assert "in another browser" in told(another, row)
    back(hers, row, state="x", code="c")
    assert [one[0] for one in Homing.asked] == ["in"]
    back(hers, row, state=state, code="c")
    assert [one[0] for one in Homing.asked] == ["in", "back"]


def test_a_state_of_another_account_is_refused(hers, row):
    other = connect(channel="homing", name="Attic", config={"loft": "attic"})
    back(hers, other, state=begin(hers, row))
    assert [one[0] for one in Homing.asked] == ["in"]


@pytest.mark.parametrize(("later", "counts"), [(590, True), (601, False)])
def test_a_sign_in_lasts_ten_minutes(hers, row, monkeypatch, later, counts):
    state = begin(hers, row)
    moment = now() + timedelta(seconds=later)
    monkeypatch.setattr(sign_in, "now", lambda: moment)
    back(hers, row, state=state)
    assert ("back" in [one[0] for one in Homing.asked]) is counts


@pytest.mark.parametrize(
    ("language", "why", "words"),
    [
        ("en", "denied", "The access was not allowed there"),
        ("en", "old", "begun too long ago"),
        ("en", "elsewhere", "Another server answered"),
        ("en", "other", "Somebody else signed in there"),
        ("en", "address", "cannot send you back to this address"),
        ("en", "refused", "did not let you sign in"),
        ("da", "denied", "Adgangen blev ikke tilladt derovre"),
        ("da", "old", "for længe siden"),
        ("da", "elsewhere", "En anden server svarede"),
        ("da", "other", "En anden loggede ind derovre"),
        ("da", "address", "kan ikke sende dig tilbage"),
        ("da", "refused", "Netværket lod dig ikke logge ind"),
    ],
)
def test_what_a_refusal_says_in_both_languages(hers, mette, row, language, why, words):
    mette.language = language
    mette.save()
    state = begin(hers, row)
    before = list(Account.objects.values())
    Homing.fails.append(kit.NotSignedIn("they said <b>no</b>", why=why))
    answer = back(hers, row, state=state)
    assert (answer.status_code, answer.url) == (302, reverse("account_try", args=[row.pk]))
    text = told(hers, row)
    assert words in text
    assert "they said &lt;b&gt;no" in text
    assert list(Account.objects.values()) == before


def test_a_network_that_is_away_is_told(hers, row):
    Homing.fails.append(kit.TryLater("loft.example: connection refused"))
    answer = hers.post(reverse("account_sign_in", args=[row.pk]))
    assert answer.url == reverse("account_try", args=[row.pk])
    assert "could not be reached just now" in told(hers, row)
    assert sign_in.BEGUN not in hers.session


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", ""])
def test_only_the_address_of_a_page_is_led_to(hers, row, monkeypatch, address):
    monkeypatch.setattr(Homing, "sign_in", lambda *_, **__: address)
    assert hers.post(reverse("account_sign_in", args=[row.pk])).status_code == 302
    assert "did not let you sign in" in told(hers, row)


@pytest.mark.parametrize("who", ["his", "leads"])
def test_only_administrators_sign_in(row, who, request):
    client = request.getfixturevalue(who)
    assert client.post(reverse("account_sign_in", args=[row.pk])).status_code == 403
    assert back(client, row, state="x").status_code == 403
    assert Homing.asked == []


def test_strangers_are_asked_who_they_are(row):
    for answer in (Client().post(reverse("account_sign_in", args=[row.pk])), back(Client(), row, state="x")):
        assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))
    assert Homing.asked == []


def test_another_site_cannot_begin_a_sign_in(mette, row):
    client = Client(enforce_csrf_checks=True)
    client.force_login(mette)
    assert client.post(reverse("account_sign_in", args=[row.pk])).status_code == 403
    assert client.get(reverse("account_sign_in", args=[row.pk])).status_code == 405
    assert Homing.asked == []


def test_where_there_is_no_sign_in_there_is_no_button(hers, row):
    assert reverse("account_sign_in", args=[row.pk]) in told(hers, row)
    assert "Sign in at homing" in hers.get(reverse("account_edit", args=[row.pk])).content.decode()
    chat = connect(channel="webchat", name="Chat", config={})
    assert "sign-in/" not in told(hers, chat)
    assert hers.post(reverse("account_sign_in", args=[chat.pk])).status_code == 404
    disconnect(account=row.pk, by=None)
    assert "sign-in/" not in hers.get(reverse("account_edit", args=[row.pk])).content.decode()
    assert hers.post(reverse("account_sign_in", args=[row.pk])).status_code == 404
    assert back(hers, row, state="x").status_code == 404
    assert Homing.asked == []


@pytest.mark.parametrize("fails", [None, kit.TryLater("away"), Unsealable("another key")])
def test_who_disconnects_signs_out_and_an_absent_network_hinders_nobody(hers, row, fails):
    Homing.fails.extend([fails] if fails else [])
    hers.post(reverse("account_leave", args=[row.pk]))
    assert Homing.asked == [("out", str(row.pk))]
    row.refresh_from_db()
    assert row.state == "closed"
