"""Listening over HTTP to the documented paths, and the whole way to the desk."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from samspil.base.clock import now
from samspil.channels.listening import pull
from samspil.channels.listening.channel import channel
from samspil.channels.listening.settings import settings_of
from samspil.channels.listening.sources import sources_of
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account as Row
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.kit import Account, Envelope, web
from samspil.organisation.models import Colleague
from samspil.project.runners import _Runner
from samspil.reply.models import Reply
from samspil.reply.queries import ways
from tests.channels.listening.networks import Networks, ago, running
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers
TAG = "/api/v1/timelines/tag/nordlys"


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Networks]:
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1")
    with running() as found:
        found.says[TAG] = found.timeline
        yield found


def account(**config: Any) -> Account:
    return Account(id="1", name="Lyt", config={"words": "Nordlys", **config}, key=b"k" * 32)


def visit(ours: Account, states: dict[str, dict[str, Any]]) -> list[Envelope]:
    """One round of all sources, as if each were due."""
    found = []
    for source in sources_of(settings_of(ours)):
        found += pull.visit(source, states.setdefault(source.url, {}), settings_of(ours))
    return found


def test_a_busy_tag_loses_none_and_an_edit_is_seen(networks: Networks) -> None:
    ours, states = account(mastodon=networks.url), {}
    networks.statuses = [networks.status(1, "Min Nordlys"), networks.status(2, "Gammel Nordlys", minutes=3000)]
    assert [envelope.external_id.rpartition("/")[2] for envelope in visit(ours, states)] == ["1"]
    networks.statuses += [networks.status(n, "Nordlys igen") for n in range(3, 103)]
    networks.statuses[0]["content"] = "<p>Nu uden</p>"
    found = visit(ours, states)
    assert len({envelope.external_id for envelope in found}) == 102  # a hundred new ones; the first again with its edit
    assert sum(envelope.headers.get("changed") == "yes" for envelope in found) == 1
    assert visit(ours, states) == []
    assert [path for path, _ in networks.asked].count("/api/v2/instance") == 1


def test_who_opted_out_is_not_kept_at_all(networks: Networks) -> None:
    networks.statuses = [
        networks.status(1, "Nordlys", note="<p>#nobot</p>"),
        networks.status(2, "Nordlys", noindex=True),
        networks.status(3, "Nordlys", bot=True),
        networks.status(4, "Nordlys", acct="havblik"),
        {**networks.status(5, "Nordlys"), "visibility": "unlisted"},
        networks.status(6, "Nordlys er en reklame"),
        networks.status(7, "Nordlys"),
    ]
    ours = account(mastodon=networks.url, muted_words="reklame", muted_people="@havblik@example.social")
    assert [envelope.external_id.rpartition("/")[2] for envelope in visit(ours, {})] == ["7"]


def test_bluesky_s_profiles_are_asked_before_anything_is_kept(networks: Networks) -> None:
    def post(name: str, **author: Any) -> dict[str, Any]:
        did = f"did:plc:{name}"
        return {
            "uri": f"at://{did}/app.bsky.feed.post/1",
            "author": {"did": did, "handle": f"{name}.example", **author},
            "record": {"text": "Nordlys"},
            "indexedAt": ago(5),
        }

    networks.says["/xrpc/app.bsky.feed.searchPosts"] = {
        "posts": [post("anna"), post("bo"), post("ib", labels=[{"val": "!no-unauthenticated"}])]
    }
    networks.says["/xrpc/app.bsky.actor.getProfiles"] = {
        "profiles": [{"did": "did:plc:anna", "description": "Kaffe #nobot"}, {"did": "did:plc:bo", "description": "Te"}]
    }
    ours, states = account(bluesky=networks.url), {}
    [envelope] = visit(ours, states)
    [event] = channel().understand(envelope, ours)
    assert (event.author.network, event.author.address, event.author.name) == ("bluesky", "did:plc:bo", "@bo.example")
    assert networks.asked[-1][1]["actors"] == ["did:plc:anna", "did:plc:bo", "did:plc:ib"]
    assert visit(ours, states) == []


def test_a_server_that_tells_nothing_stops_no_other(networks: Networks) -> None:
    networks.statuses = [networks.status(1, "Nordlys")]
    networks.says |= {
        "/xrpc/app.bsky.feed.searchPosts": 403,
        "/api/v3/search": 429,
        "/search.json": {
            "posts": [{"id": 3, "username": "Bo", "post_number": 1, "topic_id": 9, "created_at": ago(9), "blurb": "Den knirker"}],
            "topics": [{"id": 9, "title": "Min Nordlys"}],
        },
    }
    ours, states = account(mastodon=networks.url, bluesky=networks.url, lemmy=networks.url, discourse=networks.url), {}
    found = visit(ours, states)
    assert [channel().understand(envelope, ours)[0].author.network for envelope in found] == ["mastodon", "discourse"]
    troubles = [state.get("trouble", "") for state in states.values()]
    assert troubles == ["", "it does not tell who has no account (403)", "127.0.0.1: 429", ""]
    lemmy = list(states.values())[2]
    assert lemmy["next"] - now().timestamp() > 1190
    assert [(line.name.partition(" ")[0], line.ok) for line in channel().check(ours)] == [
        ("mastodon", True),
        ("bluesky", False),
        ("lemmy", False),
        ("discourse", True),
    ]


def run(row: Row) -> None:
    """What the runner does until the first batch is on disk, and the workers after it."""
    runner = _Runner(row.pk, ())
    runner.stop.set()
    runner._pull()
    while understand_waiting(at=now()):
        pass


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_to_the_desk(networks: Networks, organisation: object, mette: Colleague, client) -> None:  # noqa: F811
    networks.statuses = [networks.status(70, "Min Nordlys er god")]
    row = connect(channel="listening", name="Lyt", config={"words": "Nordlys", "mastodon": networks.url}, own=[])
    run(row)
    offer = Conversation.objects.get()
    assert (offer.status, offer.waiting_since, offer.assignee, offer.competence) == ("open", None, None, None)
    assert (list(ways(offer, at=now())), Reply.objects.count()) == ([], 0)
    client.force_login(mette)
    shown = client.get(f"/c/{offer.pk}/").content.decode()
    assert "Et tilbud: skrevet offentligt, ikke til os" in shown
    assert "Kan ikke besvares herfra" in shown
    # The same person then mentions us: our account's channel knows the same handle, so it is one person, who now waits for an answer.
    other = connect(channel="mastodon", name="M", config={"server": "https://social.firma.example", "access_token": "t"}, own=[])
    who = {"acct": "Karoline@Example.social", "display_name": "Karoline"}
    note = {"id": "1", "type": "mention", "created_at": ago(1), "account": who}
    note["status"] = {"id": "9", "created_at": ago(1), "visibility": "public", "content": "<p>Hej I</p>", "account": who}
    keep(account=other.pk, envelopes=[_envelope(note)], at=now())
    while understand_waiting(at=now()):
        pass
    assert (Handle.objects.filter(network="mastodon").count(), Consumer.objects.count()) == (1, 1)
    mention = Conversation.objects.exclude(pk=offer.pk).get()
    assert (mention.waiting_since is not None, Interaction.objects.count()) == (True, 2)
    assert account_view(row).config["mastodon"] == networks.url


def _envelope(note: dict[str, Any]) -> Envelope:
    return Envelope(external_id="mention:1", payload=json.dumps(note).encode(), headers={"domain": "firma.example"})
