"""What was refused at the door: a page that says what, when and why, a page at a time; tried again; for administrators alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import counters, sql
from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.elsewhere.models import Arrival
from samspil.intake.actions import connect
from samspil.intake.models import Envelope

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def chat(organisation):
    return connect(channel="webchat", name="Chat", config={})


@pytest.fixture
def feed(organisation):
    return connect(channel="webchat", name="Garden", config={})


def envelope(account, n=1, *, state="quarantined"):
    return Envelope.objects.create(
        account=account,
        external_id=str(n),
        payload=HOSTILE.encode(),
        received_at=now(),
        state=state,
        error=f"ValueError {n}: <i>",
    )


def arrival(account, n=1, *, verdict="held", why="stranger"):
    return Arrival.objects.create(
        account=account, external_id=str(n), sender=f"who{n}@x.example", at=now(), text=HOSTILE, verdict=verdict, why=why
    )


def page(client, **given) -> str:
    answer = client.get(reverse("refused"), given)
    assert answer.status_code == 200
    return answer.content.decode()


def test_messages_are_shown_with_why_filtered_and_escaped(hers, chat, feed):
    envelope(chat, 1)
    envelope(feed, 2, state="not_understood")
    envelope(feed, 3, state="understood")
    text = page(hers)
    assert ("ValueError 1: &lt;i&gt;" in text, "ValueError 2" in text, "ValueError 3" in text, "<i>" in text) == (
        True,
        True,
        False,
        False,
    )
    assert ("put aside" in text, "could not make sense of it" in text, "Not understood 2" in text) == (True, True, True)
    text = page(hers, account=str(feed.pk))
    assert ("ValueError 1" in text, "ValueError 2" in text) == (False, True)
    text = page(hers, state="quarantined")
    assert ("ValueError 1" in text, "ValueError 2" in text) == (True, False)


def test_a_page_at_a_time(hers, chat):
    for n in range(120):
        envelope(chat, n)
    seen, before = [], ""
    for _ in range(3):
        text = page(hers, account=str(chat.pk), **({"before": before} if before else {}))
        rows = [n for n in range(120) if f"ValueError {n}:" in text]
        seen += rows
        before = text.partition("before=")[2].partition('"')[0]
    assert (sorted(seen), before) == (list(range(120)), "")


def test_it_is_tried_again_and_one_comes_back_here(hers, chat):
    row = envelope(chat)
    answer = hers.post(reverse("health_again"), {"envelope": str(row.pk), "back": "refused"})
    row.refresh_from_db()
    assert (row.state, answer["Location"]) == ("arrived", reverse("refused"))


def test_answers_of_colleagues_are_told_without_their_words(hers, chat):
    arrival(chat, 1)
    arrival(chat, 2, verdict="refused", why="")
    arrival(chat, 3, verdict="answered", why="")
    text = page(hers, kind="answers")
    assert ("Answers of colleagues 2" in text, "nobody&#x27;s here" in text, "made the address up" in text) == (True, True, True)
    assert ("alert(1)" in text, "who1@x.example" in text) == (False, False)


def test_calls_turned_away_are_counted_those_of_scim_too(hers, client, chat):
    counters.count("forged.webchat", 7)
    counters.count("echo.mail", 3)
    assert client.get("/scim/v2/Users", headers={"authorization": "Bearer wrong"}).status_code == 401
    text = page(hers, kind="calls")
    assert ("Forged calls refused: webchat" in text, "Calls refused: scim" in text, "echo" in text) == (True, True, False)
    assert "Calls turned away 8" in text


@pytest.mark.parametrize("kind", ["messages", "answers", "calls"])
def test_nothing_was_refused(hers, kind):
    assert 'class="empty"' in page(hers, kind=kind)


@pytest.mark.parametrize("given", [{"kind": "x"}, {"account": str(new_id())}, {"account": "x"}, {"state": "understood"}])
def test_what_is_not_there_is_not_found(hers, given):
    assert hers.get(reverse("refused"), given).status_code == 404


def test_nobody_but_an_administrator(his, leads, chat):
    row = envelope(chat)
    for client in (his, leads):
        assert client.get(reverse("refused")).status_code == 403
        assert client.post(reverse("health_again"), {"envelope": str(row.pk), "back": "refused"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "quarantined"


def test_the_number_of_statements_does_not_grow(hers, chat):
    def statements() -> dict[str, int]:
        found = {}
        for kind in ("messages", "answers", "calls"):
            with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
                page(hers, kind=kind)
            found[kind] = len(orm) + len(ours)
        return found

    envelope(chat)
    arrival(chat)
    counters.count("forged.a")
    statements()
    few = statements()
    for n in range(2, 60):
        envelope(chat, n)
        arrival(chat, n)
        counters.count(f"forged.c{n}")
    assert statements() == few
