"""WebSub: what a hub may ask, and whose contents are believed."""

import hashlib
import hmac
from dataclasses import replace
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.feeds import pull, websub
from samspil.channels.feeds.channel import channel
from samspil.channels.feeds.settings import settings_of
from samspil.kit import Account, Forged, NotUnderstood, Request
from samspil.kit.web import Answer, NotAllowed

FEED, TOPIC, HUB = "https://a.example/feed", "https://a.example/feed?self", "https://hub.example/"
ACCOUNT = Account(
    id="1", name="Feeds", config={"feeds": FEED, "words": "nordlys", "callback": "https://desk.example/in/1"}, key=b"0" * 32
)
ENTRY = "<entry><id>1</id><title>Nordlys</title><published>2026-03-01T10:00:00Z</published><updated>{}</updated></entry>"
BODY = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>A</title>{ENTRY.format('2026-03-01T10:00:00Z')}<entry><id>2</id><title>Andet</title></entry></feed>"


def question(**told: str) -> Request:
    query = "".join(f"&hub.{name}={quote(value, safe='')}" for name, value in told.items())
    return Request(method="GET", url=websub.callback(ACCOUNT, FEED, TOPIC) + query, headers={}, body=b"")


def contents(body: bytes, way: str = "sha256", key: str = "", account: Account = ACCOUNT) -> Request:
    signed = hmac.new((key or websub.secret(account, TOPIC)).encode(), body, getattr(hashlib, way)).hexdigest()
    headers = {"x-hub-signature": f"{way}={signed}", "content-type": "application/atom+xml"}
    return Request(method="POST", url=websub.callback(account, FEED, TOPIC), headers=headers, body=body)


def test_a_subscription_that_we_asked_for_is_confirmed() -> None:
    heard = channel().hear(question(mode="subscribe", topic=TOPIC, challenge="a&b <c>", lease_seconds="864000"), ACCOUNT)
    assert (heard.status, heard.body, heard.content_type, heard.envelopes) == (200, b"a&b <c>", "text/plain; charset=utf-8", ())


@pytest.mark.parametrize(
    "told",
    [
        {"mode": "subscribe", "topic": "https://other.example/", "challenge": "x"},
        {"mode": "unsubscribe", "topic": TOPIC, "challenge": "x"},
        {"mode": "subscribe", "topic": TOPIC},
        {},
    ],
)
def test_what_we_did_not_ask_for_is_not_confirmed(told: dict[str, str]) -> None:
    heard = channel().hear(question(**told), ACCOUNT)
    assert (heard.status, heard.envelopes, b"x" in heard.body) == (404, (), False)


def test_an_address_that_was_not_made_here_is_forged() -> None:
    good = question(mode="subscribe", topic=TOPIC, challenge="x")
    for url in (good.url.replace("key=", "key=0"), good.url.replace("%3Fself", "%3Fother"), good.url.replace("key=", "no=")):
        with pytest.raises(Forged):
            channel().hear(replace(good, url=url), ACCOUNT)
    with pytest.raises(Forged):
        channel().hear(good, replace(ACCOUNT, key=b"1" * 32))


def test_a_feed_that_is_not_followed_any_more_is_gone() -> None:
    assert channel().hear(contents(BODY.encode()), replace(ACCOUNT, config={})).status == 410


def test_a_hub_that_refuses_is_shown() -> None:
    [envelope] = channel().hear(question(mode="denied", topic=TOPIC, reason="no"), ACCOUNT).envelopes
    with pytest.raises(NotUnderstood, match=f"The hub of {FEED} refused: no"):
        channel().understand(envelope, ACCOUNT)


@pytest.mark.parametrize("way", ["sha1", "sha256", "sha384", "sha512"])
def test_signed_contents_come_in_as_when_they_are_fetched(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    [heard] = channel().hear(contents(BODY.encode(), way), ACCOUNT).envelopes
    monkeypatch.setattr(pull, "fetch", lambda *_a, **_k: Answer(status=200, headers={}, body=BODY.encode(), url=FEED))
    state: dict[str, object] = {"seen": {}}
    assert pull.visit(FEED, state, settings_of(ACCOUNT), ACCOUNT) == [heard]


def test_contents_that_say_they_changed_are_a_change_too() -> None:
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'>{ENTRY.format('2026-03-01T12:00:00Z')}</feed>".encode()
    new, changed = channel().hear(contents(body), ACCOUNT).envelopes
    assert changed.external_id.startswith(f"{new.external_id}#")


@given(st.text(max_size=60) | st.sampled_from(["", "sha1=", "md5=0", "sha256", "sha256=" + "0" * 64]))
def test_other_signatures_are_forged(signature: str) -> None:
    request = replace(contents(BODY.encode()), headers={"x-hub-signature": signature})
    with pytest.raises(Forged):
        channel().hear(request, ACCOUNT)


def test_another_s_secret_and_changed_contents_are_forged() -> None:
    with pytest.raises(Forged):
        channel().hear(contents(BODY.encode(), key="x"), ACCOUNT)
    with pytest.raises(Forged):
        channel().hear(replace(contents(BODY.encode()), body=b"x"), ACCOUNT)


@given(st.binary(max_size=200))
def test_any_signed_bytes_are_contents_or_are_not_understood(body: bytes) -> None:
    try:
        channel().hear(contents(body), ACCOUNT)
    except NotUnderstood:
        return


def test_we_subscribe_when_a_feed_names_a_hub_and_renew(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []
    body = BODY.replace("<title>A", f'<link rel="hub" href="{HUB}"/><link rel="self" href="{TOPIC}"/><title>A').encode()

    def post(url: str, *, content: bytes, **_more: object) -> Answer:
        asked.append((url, dict(parse_qsl(content.decode()))))
        return Answer(status=202, headers={})

    monkeypatch.setattr(pull, "fetch", lambda *_a, **_k: Answer(status=200, headers={}, body=body, url=FEED))
    monkeypatch.setattr(websub, "post", post)
    now = [1_000_000.0]
    monkeypatch.setattr(pull.time, "time", lambda: now[0])
    state: dict[str, object] = {}
    for hours, count in [(0, 1), (11, 1), (2, 2)]:
        now[0] += hours * 3600
        pull.visit(FEED, state, settings_of(ACCOUNT), ACCOUNT)
        assert len(asked) == count
    url, form = asked[0]
    assert (url, form["hub.mode"], form["hub.topic"], form["hub.callback"]) == (
        HUB,
        "subscribe",
        TOPIC,
        websub.callback(ACCOUNT, FEED, TOPIC),
    )
    assert len(form["hub.secret"]) < 200
    assert form["hub.lease_seconds"] == "864000"
    assert state["subscribed"] is True


def test_a_hub_in_trouble_is_no_trouble_of_the_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_a: object, **_k: object) -> Answer:
        raise NotAllowed("hub.example is not a public address")

    told = {"link": f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'}
    monkeypatch.setattr(pull, "fetch", lambda *_a, **_k: Answer(status=200, headers=told, body=BODY.encode(), url=FEED))
    monkeypatch.setattr(websub, "post", refuse)
    state: dict[str, object] = {"seen": {}}
    assert len(pull.visit(FEED, state, settings_of(ACCOUNT), ACCOUNT)) == 1
    assert (state["subscribed"], state["hub_said"], "trouble" in state) == (False, "hub.example is not a public address", False)
    without = replace(ACCOUNT, config={"feeds": FEED})
    state = {}
    pull.visit(FEED, state, settings_of(without), without)
    assert "subscribed" not in state
