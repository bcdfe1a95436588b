"""The channel against a real PDS; what lies behind it, the network's view of all posts and the direct messages, is a stand-in."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from samspil.base.clock import now
from samspil.channels.bluesky import session
from samspil.channels.bluesky.channel import BlueskyChannel
from samspil.channels.bluesky.session import Net, forget_sessions
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.kit import Account, Change, File, Outbound, TryLater, Unreachable
from samspil.kit import Handle as KitHandle
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.bluesky.pds import PNG, Pds, Person, expired, running
from tests.channels.bluesky.standin import Network, profile, standing_in
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers
CHANNEL = BlueskyChannel()


class Side:
    """A server with two people on it, one of whom is us, and what lies behind it."""

    def __init__(self, pds: Pds, network: Network) -> None:
        self.pds, self.network = pds, network
        self.butik, self.karoline = pds.join("butik"), pds.join("karoline")
        self.passwords = {direct: self.butik.app_password(direct=direct) for direct in (True, False)}

    def config(self, *, direct: bool = False, **more: Any) -> dict[str, Any]:
        known = {"server": self.pds.url, "identifier": "butik.test", "app_password": self.passwords[direct]}
        return {**known, "direct_messages": True, **more}

    def account(self, *, direct: bool = False, **more: Any) -> Account:
        own = frozenset({"butik.test"})
        return Account(id="1", name="Butik", config=self.config(direct=direct, **more), key=b"0" * 32, own=own)

    def out(self, answered: str, **more: Any) -> Outbound:
        to = KitHandle(network="bluesky", address=self.karoline.did)
        given = {
            "id": "0195a5d4-0e00-7abc-8def-0123456789ab",
            "conversation": "c1",
            "to": to,
            "text": "Ja.",
            "in_reply_to": answered,
        }
        return Outbound(**{**given, **more})

    def ours(self) -> dict[str, dict[str, Any]]:
        """Our posts, by address."""
        found = self.butik.call(
            "GET",
            "com.atproto.repo.listRecords",
            params={"repo": self.butik.did, "collection": "app.bsky.feed.post", "limit": 100},
        )
        return {row["uri"]: row["value"] for row in found["records"]}

    def shown(self, uri: str, cid: str, author: Person, reason: str = "mention") -> None:
        """The network's view shows the post, and tells us of it."""
        self.network.written(reason, uri, profile(author.did, author.handle, author.handle.title()), author.record(uri), cid)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    with standing_in() as network, running(tmp_path_factory.mktemp("pds"), network.url) as pds:
        yield Side(pds, network)


@pytest.fixture
def side(whole: Side, monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    forget_sessions()
    whole.network.notes.clear()
    whole.network.posts.clear()
    monkeypatch.setattr(session, "CHAT_SERVICE", {"atproto-proxy": f"{whole.pds.chat}#bsky_chat"})
    yield whole
    forget_sessions()


def test_check_says_that_all_is_well_and_posts_nothing(side: Side) -> None:
    before = side.ours()
    lines = CHANNEL.check(side.account(direct=True))
    assert [(line.name, line.ok) for line in lines] == [
        ("Server", True),
        ("Sign-in", True),
        ("Notifications", True),
        ("Direct messages", True),
    ], lines
    assert side.ours() == before


def test_a_password_without_the_right_to_direct_messages_is_told(side: Side) -> None:
    [line] = [line for line in CHANNEL.check(side.account()) if not line.ok]
    assert line.name == "Direct messages"
    assert "Bad token method" in line.detail
    with pytest.raises(TryLater, match="app password"):
        CHANNEL.send(side.out("chat:3lzconvo/3lm"), side.account())


def test_a_wrong_password_is_told_and_not_tried_again(side: Side) -> None:
    wrong = side.account(app_password="aaaa-bbbb-cccc-dddd")
    assert [(line.name, line.ok) for line in CHANNEL.check(wrong)] == [("Server", True), ("Sign-in", False)]
    with pytest.raises(TryLater, match="app password") as caught:
        CHANNEL.send(side.out(""), wrong)
    assert caught.value.after is not None
    assert 500 < caught.value.after <= 600


def test_a_token_that_has_expired_is_renewed_without_a_new_sign_in(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net(side.account())
    assert net.did == side.butik.did
    monkeypatch.setattr(Net, "_sign_in", lambda *_: pytest.fail("signed in anew"))
    for _ in range(3):
        net._session.access = expired(side.butik)
        before = net._session.refresh
        assert net.ask("com.atproto.server.getSession")["handle"] == "butik.test"
        assert net._session.refresh != before


def test_a_session_that_was_closed_is_made_anew(side: Side) -> None:
    net = Net(side.account())
    assert net.did
    revoked = net._session.refresh
    answer = httpx.post(f"{side.pds.url}/xrpc/com.atproto.server.deleteSession", headers={"authorization": f"Bearer {revoked}"})
    assert answer.is_success, answer.text
    net._session.access = expired(side.butik)
    assert net.ask("com.atproto.server.getSession")["did"] == side.butik.did


def test_an_answer_is_posted_once_with_its_marks(side: Side) -> None:
    asked = side.karoline.post("@butik.test 🔋 mit batteri er fladt")
    side.shown(**asked, author=side.karoline)
    text = "Hæ 🔋 @karoline.test: se https://nordlys.example/å og #hjælp"
    before = side.ours()
    first = CHANNEL.send(side.out(asked["uri"], text=text), side.account())
    again = CHANNEL.send(side.out(asked["uri"], text=text), side.account())
    assert first == again
    [(uri, record)] = [(uri, record) for uri, record in side.ours().items() if uri not in before]
    assert uri == first.external_id
    assert record["reply"] == {"root": asked, "parent": asked}
    whole = text.encode()
    marked = [
        (whole[m["index"]["byteStart"] : m["index"]["byteEnd"]].decode(), m["features"][0]["$type"].partition("#")[2])
        for m in record["facets"]
    ]
    assert marked == [("@karoline.test", "mention"), ("https://nordlys.example/å", "link"), ("#hjælp", "tag")]
    assert {"$type": "app.bsky.richtext.facet#mention", "did": side.karoline.did} in record["facets"][0]["features"]


def test_a_long_answer_hangs_together_and_an_interrupted_one_is_completed(side: Side) -> None:
    asked = side.karoline.post("Hvordan gør jeg?")
    side.shown(**asked, author=side.karoline)
    text, ident = "Det er en sætning på dansk. " * 30, "0195a5d4-0e00-7abc-8def-0123456789ff"
    before = side.ours()
    CHANNEL.send(side.out(asked["uri"], id=ident, text=text), side.account())
    first, second, third = sorted(uri for uri in side.ours() if uri not in before)
    third_was = side.ours()[third]
    repo, collection, key = third.removeprefix("at://").split("/")
    side.butik.call("POST", "com.atproto.repo.deleteRecord", json={"repo": repo, "collection": collection, "rkey": key})
    CHANNEL.send(side.out(asked["uri"], id=ident, text=text), side.account())
    now_there = side.ours()
    assert now_there[third] | {"createdAt": ""} == third_was | {"createdAt": ""}
    assert [now_there[uri]["reply"]["parent"]["uri"] for uri in (first, second, third)] == [asked["uri"], first, second]


def test_a_picture_is_shown_in_the_post(side: Side) -> None:
    asked = side.karoline.post("Hvordan ser den ud?")
    side.shown(**asked, author=side.karoline)
    picture = File(name="Lampe.png", content_type="image/png", size=len(PNG), open=lambda: io.BytesIO(PNG))
    ident = "0195a5d4-0e00-7abc-8def-012345678901"
    sent = CHANNEL.send(side.out(asked["uri"], id=ident, files=[picture]), side.account())
    [image] = side.butik.record(sent.external_id)["embed"]["images"]
    params = {"did": side.butik.did, "cid": image["image"]["ref"]["$link"]}
    assert httpx.get(f"{side.pds.url}/xrpc/com.atproto.sync.getBlob", params=params).content == PNG


def test_a_heart_is_given_and_an_answer_of_many_posts_taken_back(side: Side) -> None:
    asked = side.karoline.post("Hvordan gør jeg så?")
    side.shown(**asked, author=side.karoline)
    answer = side.out(asked["uri"], id="0195a5d4-0e00-7abc-8def-0123456789ee", text="Det er en sætning på dansk. " * 30)
    before = side.ours()
    sent = CHANNEL.send(answer, side.account())
    assert len(side.ours()) == len(before) + 3

    def twice(kind: str, target: str, **more: Any) -> str:
        change = Change(id="0195a5d4-0e00-7abc-8def-0123456789ef", kind=kind, to=answer.to, target=target, **more)  # type: ignore[arg-type]
        first, again = (CHANNEL.change(change, side.account()) for _ in range(2))
        assert first == again
        return first.external_id

    heart = twice("react", asked["uri"], emoji="❤️")
    assert side.butik.record(heart)["subject"] == asked
    twice("unreact", asked["uri"], emoji="❤️", given=heart)
    likes = {"repo": side.butik.did, "collection": "app.bsky.feed.like"}
    assert side.butik.call("GET", "com.atproto.repo.listRecords", params=likes)["records"] == []
    twice("delete", sent.external_id, own=True, sent=answer)
    assert side.ours() == before


def test_a_post_that_is_gone_cannot_be_answered(side: Side) -> None:
    asked = side.karoline.post("Slettes")
    with pytest.raises(Unreachable, match="deleted"):
        CHANNEL.send(side.out(asked["uri"]), side.account())


def test_what_a_post_cannot_hold_is_refused_by_the_server_too(side: Side) -> None:
    """That our count of signs is the server's: 300 pass, 301 do not."""
    for sign in ("x", "å", "a\u030a", "👍🏽", "❤️"):
        side.butik.post(sign * 300)
        record = {"$type": "app.bsky.feed.post", "text": sign * 301, "createdAt": "2026-03-02T09:15:00.000Z"}
        body = {"repo": side.butik.did, "collection": "app.bsky.feed.post", "record": record}
        headers = {"authorization": f"Bearer {side.butik.token}"}
        refused = httpx.post(f"{side.pds.url}/xrpc/com.atproto.repo.createRecord", json=body, headers=headers)
        assert refused.status_code == 400, sign


@pytest.mark.django_db
def test_the_whole_way(side: Side, organisation, mette) -> None:  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    asked = side.karoline.post("@butik.test hvornår åbner I?")
    side.shown(**asked, author=side.karoline)
    row = connect(channel="bluesky", name="B", config=side.config(direct=True), own=["butik.test"])
    batch = next(CHANNEL.pull(account_view(row), None))
    keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
    while understand_waiting(at=now()):
        pass
    assert str(Handle.objects.get(address=side.karoline.did)) == "@karoline.test"
    assert Interaction.objects.get().text == "@butik.test hvornår åbner I?"
    write(conversation=Conversation.objects.get().pk, by=mette, text="Klokken 10, @karoline.test", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert reply.state == "accepted", reply.detail
    seen = side.karoline.record(reply.external_id)
    assert (seen["text"], seen["reply"]["parent"]) == ("Klokken 10, @karoline.test", asked)


@pytest.mark.django_db
def test_a_direct_message_goes_the_whole_way(side: Side, organisation, mette) -> None:  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    side.network.members = [
        profile(side.butik.did, "butik.test", "Butik"),
        profile(side.karoline.did, "karoline.test", "Karoline"),
    ]
    side.network.direct(side.karoline.did, "Mit ordrenummer er 4711")
    row = connect(channel="bluesky", name="B", config=side.config(direct=True), own=["butik.test"])
    batch = next(CHANNEL.pull(account_view(row), None))
    keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
    while understand_waiting(at=now()):
        pass
    write(conversation=Conversation.objects.get().pk, by=mette, text="Den er på vej", at=now())
    while send_due(at=now()):
        pass
    assert Reply.objects.get().state == "accepted"
    assert side.network.sent[-1]["message"]["text"] == "Den er på vej"


def test_the_servers_limit_of_sign_ins_is_heeded(side: Side) -> None:
    body = {"identifier": "ingen.test", "password": "x"}
    where = f"{side.pds.url}/xrpc/com.atproto.server.createSession"
    with ThreadPoolExecutor(8) as several:  # each refusal takes the server a while, on purpose
        assert 429 in several.map(lambda _: httpx.post(where, json=body, timeout=60).status_code, range(32))
    with pytest.raises(TryLater) as caught:
        CHANNEL.send(side.out(""), side.account(identifier="ingen.test"))
    assert caught.value.after is not None
    assert 0 < caught.value.after <= 300
