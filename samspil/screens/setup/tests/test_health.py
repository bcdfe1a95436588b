from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import counters, sql
from samspil.base.clock import now
from samspil.base.models import Cursor
from samspil.intake.actions import connect
from samspil.intake.models import Envelope
from samspil.screens.setup.queries import RAW

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(organisation):
    return connect(channel="webchat", name="Chat", config={})


def envelope(account, n=1, *, state="quarantined", payload=b"<script>alert(1)</script>\xff\x00"):
    return Envelope.objects.create(
        account=account, external_id=str(n), payload=payload, received_at=now(), state=state, error="ValueError: <i>no</i>"
    )


def test_trouble_is_shown_and_escaped(hers, account):
    row = envelope(account)
    Cursor.objects.create(name="a>b", failures=2, error="<b>boom</b>")
    counters.count("forged.webchat", 7)
    text = hers.get(reverse("health")).content.decode()
    for words in (
        "ValueError: &lt;i&gt;no",
        "&lt;b&gt;boom",
        "Forged calls refused: webchat",
        reverse("envelope", args=[row.pk]),
    ):
        assert words in text, words
    assert "database: answers" in text
    shown = hers.get(reverse("envelope", args=[row.pk])).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\ufffd\ufffd" in shown
    assert "<script>alert" not in shown


def test_a_huge_envelope_is_cut(hers, account):
    row = envelope(account, payload=b"a" * (RAW * 3))
    shown = hers.get(reverse("envelope", args=[row.pk])).content.decode()
    assert shown.count("a" * RAW) == 1
    assert "a" * (RAW + 1) not in shown
    assert "The beginning of" in shown
    assert hers.get(reverse("envelope", args=[uuid4()])).status_code == 404


def test_an_envelope_whose_file_is_gone_is_still_shown(hers, account):
    row = envelope(account, payload=b"")
    Envelope.objects.filter(pk=row.pk).update(blob="0" * 64, blob_size=10)
    assert "ValueError" in hers.get(reverse("envelope", args=[row.pk])).content.decode()


def test_one_is_tried_again(hers, account):
    first, second = envelope(account, 1), envelope(account, 2, state="not_understood")
    done = envelope(account, 3, state="understood")
    answer = hers.post(reverse("health_again"), {"envelope": first.pk}, follow=True)
    assert "1 message is tried again" in answer.content.decode()
    assert dict(Envelope.objects.values_list("external_id", "state")) == {
        "1": "arrived",
        "2": "not_understood",
        "3": "understood",
    }
    hers.post(reverse("health_again"))
    second.refresh_from_db()
    done.refresh_from_db()
    assert (second.state, done.state) == ("arrived", "understood")
    assert hers.post(reverse("health_again"), {"envelope": "nonsense"}).status_code == 404


def test_the_number_of_statements_does_not_grow(hers, account):
    envelope(account)
    few = statements(hers)
    for n in range(2, 60):
        envelope(account, n)
        counters.count(f"forged.c{n}")
        connect(channel="webchat", name=f"Chat {n}", config={})
    assert statements(hers) == few


def statements(client):
    client.get(reverse("health"))
    with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
        assert client.get(reverse("health")).status_code == 200
    return len(seen) + len(raw)
