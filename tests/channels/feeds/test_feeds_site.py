"""Feeds against a site and a hub on this machine, over HTTP, and the whole way to the desk."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from samspil.base.clock import now
from samspil.channels.feeds import pull
from samspil.channels.feeds.channel import channel
from samspil.channels.feeds.settings import settings_of
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account as Row
from samspil.intake.models import Envelope as Kept
from samspil.intake.models import Handle, Interaction
from samspil.kit import Account, Envelope, Forged, Request, web
from samspil.kit import Message as Said
from samspil.organisation.models import Colleague
from samspil.project.runners import _Runner
from samspil.reply.models import Reply
from samspil.reply.queries import ways
from tests.channels.feeds.site import Page, Site, running
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = pytest.mark.servers


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(web, "is_public", lambda address: address == "127.0.0.1")
    with running() as found:
        yield found


def rss(*items: tuple[str, str], head: str = "") -> bytes:
    at = format_datetime(now() - timedelta(minutes=5))
    rows = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{guid}</title><link>https://blog.example/{guid}</link>"
        f"<description>{text}</description><author>red@blog.example (Karoline)</author><pubDate>{at}</pubDate></item>"
        for guid, text in items
    )
    return f"<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><title>Bloggen</title>{head}{rows}</channel></rss>".encode()


def account(site: Site, *paths: str, **config: str) -> Account:
    feeds = "\n".join(site.url + path for path in paths)
    return Account(id="1", name="Feeds", config={"feeds": feeds, **config}, key=b"k" * 32)


def visit(ours: Account, states: dict[str, dict[str, object]]) -> list[Envelope]:
    """One round of all feeds, as if each were due."""
    found = []
    for feed in settings_of(ours).feeds:
        found += pull.visit(feed, states.setdefault(feed, {}), settings_of(ours), ours)
    return found


def test_conditional_requests_faults_and_redirects(site: Site) -> None:
    squeezed = gzip.compress(rss(("z", "Pakket")))
    site.pages = {
        "/a": Page(rss(("1", "Hej"))),
        "/busy": Page(status=503, headers={"retry-after": "1800"}),
        "/gone": Page(status=410),
        "/moved": Page(status=301, headers={"location": "/a"}),
        "/inside": Page(status=302, headers={"location": "http://10.0.0.1/"}),
        "/zip": Page(squeezed, headers={"content-encoding": "gzip"}),
        "/bomb": Page(gzip.compress(b" " * 20_000_000), headers={"content-encoding": "gzip"}),
    }
    ours = account(site, *site.pages, "/none")
    states: dict[str, dict[str, object]] = {}
    found = visit(ours, states)
    assert sorted(envelope.headers["feed"].removeprefix(site.url) for envelope in found) == ["/a", "/gone", "/moved", "/zip"]
    assert {feed.removeprefix(site.url): state.get("trouble", "")[-60:] for feed, state in states.items()} == {
        "/a": "",
        "/busy": "127.0.0.1: 503",
        "/gone": "(410) and is not asked any more; take it out of the settings",
        "/moved": "",
        "/inside": "10.0.0.1 is not a public address",
        "/zip": "",
        "/bomb": "127.0.0.1 sent more than 10485760 bytes",
        "/none": "it is not there",
    }
    assert 1790 < float(str(states[site.url + "/busy"]["next"])) - now().timestamp() <= 1800
    site.asked.clear()
    assert [e for e in visit(account(site, "/a", "/zip"), states) if "trouble" not in e.headers] == []
    assert site.asked == [("/a", 304), ("/zip", 304)]


@contextmanager
def receiver(ours: list[Account], kept: list[Envelope]) -> Iterator[str]:
    """Our side of the webhook: the channel hears, and what it brings is kept."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = f"http://{self.headers['host']}{self.path}"
            try:
                heard = channel().hear(Request(method=self.command, url=url, headers=headers, body=body), ours[0])
                status, words = heard.status, heard.body
                kept.extend(heard.envelopes)
            except Forged:
                status, words = 403, b""
            self.send_response(status)
            self.send_header("content-length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        do_GET = do_POST = answer  # noqa: N815 - names of http.server

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/in/1"
        server.shutdown()


def test_a_hub_verifies_us_and_sends_at_once(site: Site) -> None:
    topic = f"{site.url}/a"
    links = f"<atom:link rel='hub' href='{site.url}/hub'/><atom:link rel='self' href='{topic}'/>"
    site.pages = {"/a": Page(rss(("1", "Hej"), head=links))}
    ours: list[Account] = []
    kept: list[Envelope] = []
    states: dict[str, dict[str, object]] = {}
    with receiver(ours, kept) as callback:
        ours.append(account(site, "/a", callback=callback))
        [first] = visit(ours[0], states)
        assert site.verified.wait(10)
        assert states[topic]["subscribed"] is True
        assert site.distribute(topic, rss(("2", "Straks"))).status_code == 200
        assert site.distribute(topic, rss(("3", "Falsk")), key="gæt").status_code == 403
        assert [b"Straks" in envelope.payload for envelope in kept] == [True]
        site.pages["/a"] = Page(rss(("2", "Straks"), ("1", "Hej"), head=links))
        polled = visit(ours[0], states)
    # The hub's and the fetched one are the same delivery, so it is kept once; the hub was asked once.
    assert [envelope.external_id for envelope in polled] == [kept[0].external_id]
    assert (first.external_id == kept[0].external_id, site.asked.count(("/hub", 202))) == (False, 1)


# Real transactions: the runner closes what it holds of the database when something goes wrong there, which would end a test within one.
def run(row: Row) -> None:
    """What the runner does until the first batch is on disk, and the workers after it."""
    runner = _Runner(row.pk, ())
    runner.stop.set()
    runner._pull()
    while understand_waiting(at=now()):
        pass


@pytest.mark.django_db(transaction=True)
def test_the_whole_way_to_the_desk(site: Site, organisation: object, mette: Colleague, client) -> None:  # noqa: F811
    site.pages = {"/a": Page(rss(("1", "Jeg elsker min Nordlys"), ("2", "Om noget andet")))}
    row = connect(channel="feeds", name="Blogs", config={"feeds": f"{site.url}/a", "words": "nordlys"}, own=[])
    run(row)
    interaction, conversation = Interaction.objects.get(), Conversation.objects.get()
    assert (interaction.subject, interaction.public, interaction.data["automatic"]) == ("1", True, "offer")
    # An offer: open, but nobody waits, nobody is given it, and it has no way out.
    assert (conversation.status, conversation.waiting_since, conversation.assignee, conversation.competence) == (
        "open",
        None,
        None,
        None,
    )
    assert (list(ways(conversation, at=now())), Reply.objects.count()) == ([], 0)
    assert Handle.objects.get().address == "karoline"
    client.force_login(mette)
    shown = client.get(f"/c/{conversation.pk}/").content.decode()
    assert "Et tilbud: skrevet offentligt, ikke til os" in shown
    assert "Kan ikke besvares herfra" in shown
    site.pages["/a"] = Page(rss(("1", "Jeg elskede min Nordlys"), ("2", "Om noget andet")))
    row.refresh_from_db()
    row.cursor[f"{site.url}/a"]["next"] = 0
    row.save()
    run(row)
    assert sorted(Interaction.objects.values_list("kind", flat=True)) == ["edit", "message"]
    shown = client.get(f"/c/{conversation.pk}/").content.decode()
    assert ("Jeg elskede min Nordlys" in shown, Conversation.objects.count()) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_a_feed_that_is_gone_is_shown_and_the_others_go_on(site: Site, organisation: object) -> None:  # noqa: F811
    site.pages = {"/gone": Page(status=410), "/a": Page(rss(("1", "Hej")))}
    row = connect(channel="feeds", name="Blogs", config={"feeds": f"{site.url}/gone {site.url}/a"}, own=[])
    run(row)
    run(row)
    assert Interaction.objects.count() == 1
    assert "is gone for good (410)" in Kept.objects.get(state="not_understood").error


@pytest.mark.django_db(transaction=True)
def test_what_hub_and_visit_both_bring_is_kept_once(site: Site, organisation: object) -> None:  # noqa: F811
    site.pages = {"/a": Page(rss(("1", "Hej")))}
    row = connect(channel="feeds", name="Blogs", config={"feeds": f"{site.url}/a"}, own=[])
    [envelope] = visit(account(site, "/a"), {})
    assert keep(account=row.pk, envelopes=[envelope], at=now()) == 1
    run(row)
    assert Interaction.objects.filter(kind="message").count() == 1


def test_check_says_what_each_feed_is(site: Site) -> None:
    site.pages = {"/a": Page(rss(("1", "Hej"))), "/page": Page(b"<html></html>", kind="text/html"), "/gone": Page(status=410)}
    lines = channel().check(account(site, *site.pages))
    assert [(line.ok, line.detail) for line in lines] == [
        (True, "Bloggen: 1 entries"),
        (False, "This is a web page, not a feed"),
        (False, "it answered 410"),
        (True, "feeds are fetched; hubs have no address to write to"),
    ]


def test_entries_mean_messages(site: Site) -> None:
    site.pages = {"/a": Page(rss(("1", "Hej")))}
    ours = account(site, "/a")
    [envelope] = visit(ours, {})
    [event] = channel().understand(envelope, ours)
    assert isinstance(event, Said)
    assert (event.text, event.extra["mail"]) == ("Hej\n\nhttps://blog.example/1", "red@blog.example")
