"""When feeds are asked, what is made of their answers, and that one in trouble stops no other."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from samspil.channels.feeds import pull, timing
from samspil.channels.feeds.document import Document, read
from samspil.kit import Account, Batch, Envelope, TryLater
from samspil.kit.web import Answer, NotAllowed

ONE, TWO = "https://a.example/feed", "https://b.example/feed"
ACCOUNT = Account(id="1", name="Feeds", config={"feeds": f"{ONE}\n{TWO}"}, key=b"0" * 32)
START = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


class Stop(Exception):
    """The test has seen enough."""


class World:
    """A clock, and servers that answer what stands in ``says``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = START
        self.says: dict[str, Any] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        monkeypatch.setattr(pull.time, "time", lambda: self.now)
        monkeypatch.setattr(pull.time, "sleep", self.sleep)
        monkeypatch.setattr(pull.random, "random", lambda: 0.0)
        monkeypatch.setattr(pull, "fetch", self.fetch)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def fetch(self, url: str, *, headers: Mapping[str, str], seconds: float) -> Answer:
        self.asked.append((url, dict(headers)))
        answer = self.says[url]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def until(self, seconds: float, cursor: Any, account: Account = ACCOUNT) -> tuple[list[Envelope], Any, list[str]]:
        """What comes in so many seconds, as the runner would take it: (envelopes, cursor, troubles)."""
        found: list[Envelope] = []
        troubles: list[str] = []
        end = self.now + seconds
        while self.now < end:
            try:
                for batch in pull.pull(account, cursor):
                    found, cursor = found + list(batch.envelopes), batch.cursor
                    if self.now >= end:
                        break
            except TryLater as error:
                troubles.append(str(error))
                self.now += error.after or 300
        return found, cursor, troubles


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def feed(*items: str, head: str = "", **headers: str) -> Answer:
    rows = "".join(
        f"<item><guid isPermaLink='false'>{item.split('=')[0]}</guid><title>{item}</title><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>"
        for item in items
    )
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=200, headers=told, body=f"<rss><channel><title>A</title>{head}{rows}</channel></rss>".encode(), url=ONE)


def test_new_entries_come_once_and_changed_ones_as_changes(world: World) -> None:
    world.says = {ONE: feed("1", "2"), TWO: feed("1")}
    found, cursor, _ = world.until(60, None)
    assert len({envelope.external_id for envelope in found}) == len(found) == 3
    world.says[ONE] = feed("1", "2=changed", "3")
    more, cursor, _ = world.until(3600, cursor)
    assert [(e.headers.get("changed", ""), b"changed" in e.payload, b"<title>3" in e.payload) for e in more] == [
        ("", False, True),
        ("", True, False),
        ("yes", True, False),
    ]
    assert more[1].external_id == next(e.external_id for e in found if b"<title>2" in e.payload)
    assert world.until(7200, cursor)[0] == []


def test_what_is_old_at_the_first_visit_is_no_offer(world: World) -> None:
    world.now = datetime(2026, 3, 6, tzinfo=UTC).timestamp()
    world.says = {ONE: feed("1"), TWO: feed()}
    found, cursor, _ = world.until(60, None)
    assert found == []
    world.says[ONE] = feed("1", "2")
    assert len(world.until(3600, cursor)[0]) == 1


def test_only_what_names_the_words_comes_in(world: World) -> None:
    ours = Account(id="1", name="", config={"feeds": ONE, "words": "Nordlys"}, key=b"0" * 32)
    world.says = {ONE: feed("1", "2= en nordlys!")}
    found, cursor, _ = world.until(60, None, ours)
    assert [b"nordlys" in e.payload for e in found] == [True]
    world.says[ONE] = feed("1=nu med Nordlys", "2= en nordlys!")
    more, _, _ = world.until(3600, cursor, ours)
    assert [(e.external_id.partition("#")[1], b"nu med" in e.payload) for e in more] == [("", True), ("#", True)]


def test_conditional_requests_and_what_a_feed_wishes(world: World) -> None:
    world.says = {ONE: feed(head="<ttl>120</ttl>", etag='"a"', last_modified="Mon, 02 Mar 2026 10:00:00 GMT"), TWO: feed()}
    _, cursor, _ = world.until(60, None)
    world.says[ONE] = Answer(status=304, headers={})
    world.asked.clear()
    _, cursor, _ = world.until(4 * 3600, cursor)
    ours = [headers for url, headers in world.asked if url == ONE]
    assert len(ours) == 2  # every two hours, 304 or not
    assert (ours[0]["if-none-match"], ours[0]["if-modified-since"]) == ('"a"', "Mon, 02 Mar 2026 10:00:00 GMT")
    assert 14 <= sum(url == TWO for url, _ in world.asked) <= 16


def test_a_broken_feed_waits_longer_and_longer_and_stops_no_other(world: World) -> None:
    world.says = {ONE: TryLater("a.example: 503", after=2000), TWO: feed("1")}
    found, cursor, troubles = world.until(60, None)
    assert (len(found), troubles[0]) == (1, f"{ONE}: a.example: 503.")
    assert cursor[ONE]["next"] == START + 2000
    world.says[ONE] = NotAllowed("a.example is not a public address")
    world.asked.clear()
    _, cursor, troubles = world.until(12 * 3600, cursor)
    assert 4 <= sum(url == ONE for url, _ in world.asked) <= 6
    assert sum(url == TWO for url, _ in world.asked) > 40
    world.says[ONE] = feed("1")
    found, cursor, _ = world.until(86400, cursor)
    assert (len(found), cursor[ONE]["failures"], "trouble" in cursor[ONE]) == (1, 0, False)


def test_a_feed_that_is_gone_is_told_of_and_never_asked_again(world: World) -> None:
    world.says = {ONE: Answer(status=410, headers={}), TWO: feed("1")}
    found, cursor, troubles = world.until(3600, None)
    assert [e.headers.get("trouble", "")[:39] for e in found] == [f"The feed {ONE} is gone", ""]
    assert "take it out of the settings" in troubles[-1]
    assert [url for url, _ in world.asked].count(ONE) == 1
    world.until(3600, cursor, Account(id="1", name="", config={"feeds": TWO}, key=b""))
    assert [url for url, _ in world.asked].count(ONE) == 1


@pytest.mark.parametrize("answer", [Answer(status=404, headers={}), Answer(status=200, headers={}, body=b"<html/>")])
def test_what_is_no_feed_is_trouble(world: World, answer: Answer) -> None:
    world.says = {ONE: answer, TWO: feed()}
    found, _, troubles = world.until(60, None)
    assert (found, len(troubles)) == ([], 1)


def test_hours_and_days_that_a_feed_wants_left_alone_are_left_alone() -> None:
    hours = "".join(f"<hour>{n}</hour>" for n in range(13, 24))
    body = f"<rss><channel><skipHours>{hours}</skipHours><skipDays><day>tuesday</day></skipDays></channel></rss>".encode()
    found = read(body, "", ONE)
    at = timing.after(START + 3000, 900, found, 0.0)
    assert datetime.fromtimestamp(at, UTC) == datetime(2026, 3, 4, tzinfo=UTC)
    never = Document(hours=frozenset(range(24)))
    assert timing.after(START, 900, never, 0.0) == START + timing.DAY


def test_a_feed_s_wishes_are_bounded() -> None:
    assert timing.wish(Document(), {}) == 900
    assert timing.wish(Document(minutes=1), {"cache-control": "public, max-age=3600"}) == 3600
    assert timing.wish(Document(minutes=10**9), {"cache-control": "max-age=99999999999999999999"}) == timing.DAY
    assert [timing.after_trouble(0, n, None, 0.0) for n in (1, 2, 3, 99)] == [600, 1200, 2400, timing.DAY]


def test_a_cursor_of_any_form_is_begun_anew(world: World) -> None:
    world.says = {ONE: feed("1"), TWO: feed()}
    for cursor in (None, [], "x", {ONE: 5, TWO: {"next": "x", "seen": []}}):
        assert len(world.until(30, cursor)[0]) == 1


def test_without_a_feed_it_says_so() -> None:
    with pytest.raises(TryLater, match="No feed"):
        next(iter(pull.pull(Account(id="1", name="", config={}, key=b""), None)))


def test_every_look_lets_the_runner_stop(world: World) -> None:
    world.says = {ONE: feed(), TWO: feed()}
    batches = pull.pull(ACCOUNT, None)
    assert all(isinstance(next(batches), Batch) for _ in range(4))
    assert world.now < START + 100
