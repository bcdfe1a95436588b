"""The channel against a real snac, in both directions."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from samspil.channels.mastodon import pull as pulling
from samspil.channels.mastodon.channel import MastodonChannel
from samspil.kit import Account, Event, Message, Outbound, Reaction
from tests.channels.mastodon.snac import Snac, running

pytestmark = pytest.mark.servers
CHANNEL = MastodonChannel()


@pytest.fixture(scope="module")
def snac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snac]:
    with running(tmp_path_factory.mktemp("snac"), ("butik", "karoline")) as server:
        yield server


def account(server: Snac, token: str | None = None) -> Account:
    config = {"server": server.url, "access_token": token or server.tokens["butik"]}
    return Account(id="1", name="Butik", config=config, key=b"0" * 32, own=frozenset({f"butik@{server.host}"}))


def as_karoline(server: Snac, method: str, path: str, **given: Any) -> Any:
    headers = {"authorization": f"Bearer {server.tokens['karoline']}"}
    answer = httpx.request(method, server.url + path, headers=headers, timeout=10, **given)
    assert answer.is_success, answer.text
    return answer.json()


def heard(server: Snac, count: int, cursor: Any = None) -> tuple[list[Event], Any]:
    """Events from pull(), at least so many, and where it then was."""
    ours, found, at, done = account(server), [], [cursor], threading.Event()

    def listen() -> None:
        for batch in CHANNEL.pull(ours, cursor):
            for envelope in batch.envelopes:
                found.extend(CHANNEL.understand(envelope, ours))
            at[0] = batch.cursor
            if len(found) >= count:
                done.set()
                return

    threading.Thread(target=listen, daemon=True).start()
    assert done.wait(30), found
    return found, at[0]


def test_check_says_that_all_is_well_and_posts_nothing(snac: Snac) -> None:
    lines = CHANNEL.check(account(snac))
    assert [(line.name, line.ok) for line in lines] == [
        ("Server", True),
        ("Sign-in", True),
        ("Notifications", True),
        ("Answers", True),
    ], lines


def test_a_wrong_token_is_told(snac: Snac) -> None:
    assert [line.name for line in CHANNEL.check(account(snac, "0" * 32)) if not line.ok] == ["Sign-in"]


def test_a_message_is_heard_and_the_answer_seen_in_its_thread(snac: Snac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "PAUSE", 0.5)
    words = f"@butik@{snac.host} Har I åbent på søndag?"
    asked = as_karoline(snac, "POST", "/api/v1/statuses", data={"status": words, "visibility": "public"})
    found, cursor = heard(snac, 1)
    [message] = [event for event in found if isinstance(event, Message)]
    assert message.author.address == f"karoline@{snac.host}"
    assert "Har I åbent på søndag?" in message.text
    assert message.public

    sent = CHANNEL.send(
        Outbound(id="r1", conversation="c1", to=message.author, text="Ja, fra 10.", in_reply_to=message.external_id),
        account(snac),
    )
    until, answers = time.monotonic() + 20, []
    while not answers and time.monotonic() < until:
        notes = as_karoline(snac, "GET", "/api/v1/notifications")
        answers = [note["status"] for note in notes if note["type"] == "mention"]
        time.sleep(0.5)
    assert [answer["id"] for answer in answers] == [sent.external_id.partition("/")[2]]
    assert answers[0]["in_reply_to_id"] == asked["id"]
    assert "Ja, fra 10." in answers[0]["content"]

    as_karoline(snac, "POST", f"/api/v1/statuses/{answers[0]['id']}/favourite")
    later, _ = heard(snac, 1, cursor)
    assert [(event.target, event.emoji) for event in later if isinstance(event, Reaction)] == [(sent.external_id, "⭐")]
    assert len(later) == 1
