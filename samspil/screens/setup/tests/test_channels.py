from datetime import timedelta
from typing import ClassVar

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.intake.actions import count_hours, keep, note_trouble
from samspil.intake.models import Account, Hour
from samspil.intake.queries import account_view
from samspil.screens.setup.templatetags.setup_words import ago

pytestmark = pytest.mark.django_db


class Pigeon:
    """A channel with a field of every kind."""

    name = "pigeon"
    capabilities = kit.Capabilities()
    fields = (
        kit.Field(name="loft", label={"da": "Dueslag", "en": "Loft"}, kind="address"),
        kit.Field(name="whistle", label={"en": "Whistle"}, kind="secret", help={"en": "Three <b>notes</b>"}),
        kit.Field(name="birds", label={"en": "Birds"}, kind="number", required=False, default=3),
        kit.Field(name="night", label={"en": "At night"}, kind="switch", required=False, default=True),
        kit.Field(name="map", label={"en": "Map"}, kind="url", required=False),
        kit.Field(name="note", label={"en": "Note"}, required=False),
    )
    checked: ClassVar[list[kit.Account]] = []

    def understand(self, _envelope, _account):
        return []

    def send(self, _outbound, _account):
        return kit.Sent(external_id="1")

    def check(self, account):
        self.checked.append(account)
        return [
            kit.Check(name="bird", ok=True, detail="flies"),
            kit.Check(name="hawk", ok=False, detail="<script>alert(1)</script>", remedy="Wait for dusk."),
        ]


@pytest.fixture
def pigeon(monkeypatch):
    made, known = Pigeon(), registry.channel
    made.checked.clear()
    names = (*registry.names(), "pigeon")
    monkeypatch.setattr(registry, "channel", lambda name: made if name == "pigeon" else known(name))
    monkeypatch.setattr(registry, "names", lambda: names)
    return made


GIVEN = {
    "name": "Roof", "language": "en", "f-loft": "Roof-7", "f-whistle": " do re mi ", "f-birds": "4", "f-map": "https://m.example/a",
    "f-note": "",
}  # fmt: skip


@pytest.fixture
def account(hers, pigeon):
    hers.post(reverse("account_connect", args=["pigeon"]), GIVEN)
    return Account.objects.get()


def test_a_channel_is_connected_in_three_steps(hers, pigeon):
    assert reverse("account_connect", args=["pigeon"]) in hers.get(reverse("account_choose")).content.decode()
    form = hers.get(reverse("account_connect", args=["pigeon"])).content.decode()
    for words in ("Loft", "Three &lt;b&gt;notes", 'type="password"', 'type="number"', 'type="url"', 'type="checkbox"'):
        assert words in form, words
    answer = hers.post(reverse("account_connect", args=["pigeon"]), GIVEN)
    row = Account.objects.get()
    assert answer.url == reverse("account_try", args=[row.pk])
    assert row.config == {"loft": "Roof-7", "birds": 4, "night": False, "map": "https://m.example/a"}
    assert row.own == ["roof-7"]
    assert account_view(row).config["whistle"] == " do re mi "
    assert b"do re mi" not in bytes(row.secrets)
    assert hers.get(answer.url).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"), [("f-loft", ""), ("f-whistle", ""), ("f-birds", "many"), ("f-map", "javascript:x"), ("name", "")]
)
def test_errors_stand_at_the_field_and_nothing_is_connected(hers, pigeon, field, value):
    answer = hers.post(reverse("account_connect", args=["pigeon"]), {**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert "do re mi" not in answer.content.decode()
    assert Account.objects.count() == 0


def test_an_empty_secret_stays_and_a_new_one_is_taken(hers, account):
    edit = reverse("account_edit", args=[account.pk])
    shown = hers.get(edit).content.decode()
    assert "do re mi" not in shown
    assert "Roof-7" in shown
    hers.post(edit, {**GIVEN, "name": "Attic", "f-whistle": "", "f-birds": "", "f-night": "on"})
    account.refresh_from_db()
    assert account.name == "Attic"
    assert account.config == {"loft": "Roof-7", "night": True, "map": "https://m.example/a"}
    assert account_view(account).config["whistle"] == " do re mi "
    hers.post(edit, {**GIVEN, "f-whistle": "fa"})
    account.refresh_from_db()
    assert account_view(account).config["whistle"] == "fa"


def test_a_test_shows_what_works_and_the_remedy(hers, account, pigeon):
    answer = hers.post(reverse("account_test", args=[account.pk]), headers={"hx-request": "true"})
    text = answer.content.decode()
    assert "flies" in text
    assert "Wait for dusk." in text
    assert "<script>" not in text
    assert pigeon.checked[0].config["whistle"] == " do re mi "
    whole = hers.post(reverse("account_test", args=[account.pk])).content.decode()
    assert "Wait for dusk." in whole
    assert "<html" in whole


def test_pause_and_go_on(hers, account):
    hold = reverse("account_hold", args=[account.pk])
    hers.post(hold, {"pause": ""})
    account.refresh_from_db()
    assert account.state == "paused"
    assert "Paused" in hers.get(reverse("accounts")).content.decode()
    hers.post(hold, {"resume": ""})
    account.refresh_from_db()
    assert account.state == "active"


def test_the_cards_say_what_went_wrong(hers, account):
    note_trouble(account=account.pk, error="No bird <b>came</b>", at=now())
    text = hers.get(reverse("accounts")).content.decode()
    assert "In trouble" in text
    assert "No bird &lt;b&gt;came" in text


def test_a_channel_in_web_pages_shows_its_tag(hers, account):
    widgets = [n for n in registry.names() if registry.channel(n).capabilities.widget]
    assert widgets
    name = widgets[0]
    given = {f"f-{f.name}": f.default or "x" for f in registry.channel(name).fields if f.required}
    hers.post(reverse("account_connect", args=[name]), {"name": "Chat", "language": "da", **given})
    row = Account.objects.get(name="Chat")
    text = hers.get(reverse("account_try", args=[row.pk])).content.decode()
    assert f"/widget/chat.js&quot; data-account=&quot;{row.pk}&quot; defer" in text
    assert "data-account" not in hers.get(reverse("account_try", args=[account.pk])).content.decode()


def test_a_channel_that_is_called_shows_its_address_and_a_channel_in_web_pages_does_not(hers, account):
    called = [n for n in registry.names() if isinstance(registry.channel(n), kit.Hears)]
    assert len(called) >= 2
    for name in called:
        filled = {"url": "https://x.example", "number": "1"}
        given = {
            f"f-{f.name}": f.default or filled.get(f.kind, "+4592451234") for f in registry.channel(name).fields if f.required
        }
        hers.post(reverse("account_connect", args=[name]), {"name": name, "language": "da", **given})
        row = Account.objects.get(name=name)
        text = hers.get(reverse("account_try", args=[row.pk])).content.decode()
        assert (f"/in/{row.pk}" in text) is not registry.channel(name).capabilities.widget
    assert "/in/" not in hers.get(reverse("account_try", args=[account.pk])).content.decode()


def test_labels_are_in_the_readers_language(hers, mette, pigeon):
    mette.language = "da"
    mette.save()
    assert "Dueslag" in hers.get(reverse("account_connect", args=["pigeon"])).content.decode()


def test_there_is_no_such_channel(hers):
    assert hers.get(reverse("account_connect", args=["nonesuch"])).status_code == 404


def test_who_waits_for_the_first_message_sees_it_come(hers, account):
    waits = hers.get(reverse("account_try", args=[account.pk])).content.decode()
    assert f'hx-get="{reverse("account_heard", args=[account.pk])}"' in waits
    assert "Nothing has come yet" in hers.get(reverse("account_heard", args=[account.pk])).content.decode()
    keep(account=account.pk, envelopes=[kit.Envelope(external_id="1", payload=b"coo")], at=now() - timedelta(seconds=4))
    came = hers.get(reverse("account_heard", args=[account.pk])).content.decode()
    assert "The newest came 4 seconds ago." in came
    assert "hx-trigger" not in came
    cards = hers.get(reverse("accounts")).content.decode()
    assert "1 in four weeks" not in cards  # it is counted a little later
    count_hours(at=now())
    cards = hers.get(reverse("accounts")).content.decode()
    assert "1 in four weeks" in cards
    assert "Works" in cards


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (1, "1 second ago"),
        (61, "1 minute ago"),
        (7200, "2 hours ago"),
        (200_000, "2 days ago"),
        (-9, "just now"),
    ],
)
def test_how_long_ago(seconds, words):
    assert ago(now() - timedelta(seconds=seconds)) == words


def test_an_unusual_silence_is_told_with_what_is_missed(hers, account):
    begin = now().replace(minute=0, second=0, microsecond=0)
    for n in range(6, 24 * 28):
        hour = begin - timedelta(hours=n)
        Hour.objects.create(account=account, hour=hour, envelopes=3, last_at=hour + timedelta(minutes=59))
    text = hers.get(reverse("accounts")).content.decode()
    assert "Unusually silent" in text
    assert "About 15 should have come since" in text


def test_a_network_that_wants_a_new_sign_in_leads_to_the_settings(hers, account):
    note_trouble(account=account.pk, error="401", at=now(), sign_in=True)
    text = hers.get(reverse("accounts")).content.decode()
    assert "Wants a new sign-in" in text
    assert "Sign in again" in text
    hers.post(reverse("account_edit", args=[account.pk]), {**GIVEN, "f-whistle": "fa"})
    assert "Wants a new sign-in" not in hers.get(reverse("accounts")).content.decode()


def test_disconnecting_says_what_happens_and_can_be_undone_with_the_secret(hers, account):
    leave = reverse("account_leave", args=[account.pk])
    page = hers.get(leave).content.decode()
    for words in ("Disconnect Roof?", "This ends", "This stays", "are deleted"):
        assert words in page, words
    hers.post(leave)
    account.refresh_from_db()
    assert (account.state, bytes(account.secrets)) == ("closed", b"")
    cards = hers.get(reverse("accounts")).content.decode()
    assert "Disconnected" in cards
    assert reverse("account_test", args=[account.pk]) not in cards
    assert hers.get(leave).status_code == 404
    edit = reverse("account_edit", args=[account.pk])
    assert "Connect again" in hers.get(edit).content.decode()
    assert hers.post(edit, {**GIVEN, "f-whistle": ""}).status_code == 422
    hers.post(edit, GIVEN)
    account.refresh_from_db()
    assert account.state == "active"
    assert account_view(account).config["whistle"] == " do re mi "
