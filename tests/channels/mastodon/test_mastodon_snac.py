"""The channel against a real snac, in both directions."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from samspil.channels.mastodon import pull as pulling
from samspil.channels.mastodon.channel import MastodonChannel
from samspil.kit import Account, Change, Event, Message, Outbound, Reaction
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
        ("Way", True),
    ], lines
    assert "every 20 seconds" in lines[-1].detail  # snac has no stream


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


def test_what_we_said_is_changed_there_favoured_and_taken_back(snac: Snac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "PAUSE", 0.5)
    words = f"@butik@{snac.host} Hvornår lukker I?"
    asked = as_karoline(snac, "POST", "/api/v1/statuses", data={"status": words, "visibility": "public"})
    messages: list[Message] = []
    cursor = None
    while not messages:
        found, cursor = heard(snac, 1, cursor)
        messages = [event for event in found if isinstance(event, Message) and "lukker" in event.text]
    ours = account(snac)
    answer = Outbound(id="r2", conversation="c1", to=messages[0].author, text="Klokken 17.", in_reply_to=messages[0].external_id)
    sent = CHANNEL.send(answer, ours)
    ident = sent.external_id.partition("/")[2]
    common = {"to": messages[0].author, "target": sent.external_id, "own": True, "sent": answer}
    for _ in range(2):
        CHANNEL.change(Change(id="a", kind="edit", text="Klokken 18.", **common), ours)
    seen = until(lambda: as_karoline(snac, "GET", f"/api/v1/statuses/{ident}"), lambda s: "18" in s["content"])
    assert "17" not in seen["content"]
    assert seen["in_reply_to_id"] == asked["id"]
    theirs = {"to": messages[0].author, "target": messages[0].external_id, "emoji": "⭐"}
    for _ in range(2):
        CHANNEL.change(Change(id="b", kind="react", **theirs), ours)
    until(lambda: as_karoline(snac, "GET", f"/api/v1/statuses/{asked['id']}"), lambda s: s["favourites_count"] == 1)
    CHANNEL.change(Change(id="d", kind="unreact", **theirs), ours)
    until(lambda: as_karoline(snac, "GET", f"/api/v1/statuses/{asked['id']}"), lambda s: s["favourites_count"] == 0)
    for _ in range(2):
        CHANNEL.change(Change(id="e", kind="delete", **common), ours)
    assert ident not in [s["id"] for s in as_karoline(snac, "GET", f"/api/v1/statuses/{asked['id']}/context")["descendants"]]


def test_a_picture_comes_along_with_what_it_shows(snac: Snac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "PAUSE", 0.5)
    png = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
    media = as_karoline(
        snac, "POST", "/api/v2/media", files={"file": ("kat.png", png, "image/png")}, data={"description": "En kat"}
    )
    form = {"status": f"@butik@{snac.host} Se min kat", "visibility": "public", "media_ids[]": media["id"]}
    as_karoline(snac, "POST", "/api/v1/statuses", data=form)
    ours, cursor, kept = account(snac), None, None
    for batch in CHANNEL.pull(ours, cursor):
        for envelope in batch.envelopes:
            for event in CHANNEL.understand(envelope, ours):
                if isinstance(event, Message) and "kat" in event.text:
                    kept = envelope, event.attachments
        if kept:
            break
    assert kept is not None
    [attachment] = kept[1]
    assert (attachment.alt, attachment.remote) == ("En kat", True)
    assert CHANNEL.fetch_file(attachment.part, kept[0], ours) == png


def until(ask: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
    """What was answered once it holds, within 20 seconds."""
    end = time.monotonic() + 20
    while not holds(found := ask()):
        assert time.monotonic() < end, found
        time.sleep(0.3)
    return found
