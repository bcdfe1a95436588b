"""Signing in on a real PDS: its own page in a real Chromium, and then the channel over DPoP."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from samspil.channels.bluesky import client, dpop, grant, oauth, places, session
from samspil.channels.bluesky.channel import BlueskyChannel
from samspil.channels.bluesky.session import forget_sessions
from samspil.kit import Account, Handle, NotSignedIn, Outbound, Request, SignInAgain, TryLater
from samspil.kit.testing import Drawer
from tests.browser.beside import fresh
from tests.channels.bluesky.pds import Pds, Person, running
from tests.channels.bluesky.standin import Network, profile, standing_in

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]
CHANNEL = BlueskyChannel()
STATE = "et-ord-som-ingen-gaetter"


@dataclass
class Side:
    pds: Pds
    network: Network
    butik: Person
    karoline: Person

    @property
    def url(self) -> str:
        """The server as it names itself."""
        return self.pds.url.replace("127.0.0.1", "localhost")

    def account(self) -> Account:
        config = {"server": self.url, "identifier": "butik.test", "direct_messages": True}
        return Account(id="1", name="B", config=config, key=b"0" * 32, own=frozenset({"butik.test"}), keeps=Drawer())

    def asked(self) -> dict[str, str]:
        post = self.karoline.post("@butik.test hvornår åbner I?")
        author = profile(self.karoline.did, "karoline.test", "Karoline")
        self.network.written("mention", post["uri"], author, self.karoline.record(post["uri"]), post["cid"])
        return post


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, door: str) -> Iterator[Side]:
    with standing_in() as network, running(tmp_path_factory.mktemp("pds"), network.url, door) as pds:
        yield Side(pds, network, pds.join("butik"), pds.join("karoline"))


@pytest.fixture
def side(whole: Side, monkeypatch: pytest.MonkeyPatch) -> Iterator[Side]:
    forget_sessions()
    whole.network.notes.clear()
    monkeypatch.setattr(session, "CHAT_SERVICE", {"atproto-proxy": f"{whole.pds.chat}#bsky_chat"})
    # The directory is at the account's own host, which may be private; its name is the one that is let in.
    monkeypatch.setattr(places, "DIRECTORY", whole.pds.directory.replace("127.0.0.1", "localhost"))
    yield whole
    forget_sessions()


@pytest.fixture
def page():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        nowhere = "--host-resolver-rules=MAP samspil-findes-ikke.dk ~NOTFOUND"
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", nowhere])
        fresh()
        yield running.new_page(locale="en")
        running.close()


class _Door(BaseHTTPRequestHandler):
    account: ClassVar[Account | None] = None

    def do_GET(self) -> None:
        """Our client's page where there is one, else nothing."""
        request = Request(method="GET", url=f"https://samspil-findes-ikke.dk{self.path}", headers={}, body=b"")
        found = client.page(request, self.account) if self.account else None
        body = found.body if found else b""
        self.send_response(200)
        self.send_header("content-type", found.content_type if found else "text/plain")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def door() -> Iterator[str]:
    """Where our pages are."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Door) as served:
        Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture
def back(door: str) -> str:
    """Where the browser comes back to."""
    return f"{door}/settings/channels/1/signed-in/"


def accept(page, where: str, *, deny: bool = False) -> dict[str, str]:
    """Sign in at the server's page and say yes, as a colleague would; what the browser brings back."""
    page.goto(where)
    page.fill("input[name=password]", "kontoens-egen")
    page.keyboard.press("Enter")
    with page.expect_request("**/signed-in/?*") as brought:  # an address on the network leads nowhere from here
        page.get_by_role("button", name="Deny access" if deny else "Authorize").click()
    return dict(parse_qsl(urlsplit(brought.value.url).query))


def signed_in(side: Side, page, back: str, account: Account | None = None) -> Account:
    account = account or side.account()
    CHANNEL.signed_in(account, accept(page, CHANNEL.sign_in(account, back=back, state=STATE)))
    return account


def out(side: Side, answered: str, ident: str) -> Outbound:
    to = Handle(network="bluesky", address=side.karoline.did)
    return Outbound(id=ident, conversation="c1", to=to, text="Klokken 10", in_reply_to=answered)


def test_what_is_read_and_answered_by_the_sign_in_until_it_is_revoked(side: Side, page, back: str) -> None:
    account = signed_in(side, page, back)
    lines = CHANNEL.check(account)
    told = [(line.name, line.ok) for line in lines]
    assert told == [("Server", True), ("Sign-in", True), ("Notifications", True), ("Direct messages", True)], lines
    asked = side.asked()
    [event] = [one for envelope in next(CHANNEL.pull(account, None)).envelopes for one in CHANNEL.understand(envelope, account)]
    assert (event.external_id, event.author.address) == (asked["uri"], side.karoline.did)
    sent = CHANNEL.send(out(side, asked["uri"], "0195a5d4-0e00-7abc-8def-0123456789ab"), account)
    assert side.karoline.record(sent.external_id)["reply"] == {"root": asked, "parent": asked}
    side.network.members = [profile(side.butik.did, "butik.test", "B"), profile(side.karoline.did, "karoline.test", "K")]
    CHANNEL.send(out(side, "", "0195a5d4-0e00-7abc-8def-0123456789ac"), account)
    assert side.network.sent[-1]["message"]["text"] == "Klokken 10"

    before = grant.read(account.keeps)[0]
    processes = [grant.signed_of(account), grant.signed_of(account)]
    with ThreadPoolExecutor(2) as two:
        first, second = two.map(lambda one: one.fresh(worn=before.access), processes)
    assert first == second == grant.read(account.keeps)[0]
    assert first.access != before.access
    assert first.refresh != before.refresh
    assert grant.read(account.keeps)[1] == 3  # the sign-in, one claim, one renewal
    forget_sessions()
    assert session.Net(account).ask("com.atproto.server.getSession")["did"] == side.butik.did

    last = grant.read(account.keeps)[0]
    CHANNEL.sign_out(account)
    assert grant.read(account.keeps) == (None, 0)
    assert grant.write(account.keeps, last, 0)
    with pytest.raises(SignInAgain, match="Sign in to Bluesky again"):
        grant.signed_of(account).fresh(worn=last.access)
    assert [line.ok for line in CHANNEL.check(account)] == [True, False]


def test_who_says_no_is_not_signed_in(side: Side, page, back: str) -> None:
    account = side.account()
    brought = accept(page, CHANNEL.sign_in(account, back=back, state=STATE), deny=True)
    with pytest.raises(NotSignedIn) as caught:
        CHANNEL.signed_in(account, brought)
    assert caught.value.why == "denied"
    assert grant.read(account.keeps) == (None, 0)


def test_who_signs_in_as_somebody_else_is_refused_and_what_came_is_given_back(side: Side, page, back: str) -> None:
    account = side.account()
    where = CHANNEL.sign_in(account, back=back, state=STATE)
    value, version = account.keeps.read(oauth.NAME)[oauth.NAME]
    kept = json.loads(value)
    kept["grant"]["did"] = side.karoline.did
    assert account.keeps.write({oauth.NAME: (json.dumps(kept).encode(), version)})
    with pytest.raises(NotSignedIn) as caught:
        CHANNEL.signed_in(account, accept(page, where))
    assert caught.value.why == "other"
    assert grant.read(account.keeps) == (None, 0)


def test_an_installation_on_the_network_proves_who_it_is(side: Side, page, monkeypatch) -> None:
    """With a key of its own, which the server looks up at our address."""
    account = side.account()
    monkeypatch.setattr(_Door, "account", account)
    signed_in(side, page, "https://samspil-findes-ikke.dk/settings/channels/1/signed-in/", account)
    before = grant.read(account.keeps)[0]
    assert before.client_id == "https://samspil-findes-ikke.dk/in/1/client.json"
    assert session.Net(account).ask("com.atproto.server.getSession")["did"] == side.butik.did
    assert grant.signed_of(account).fresh(worn=before.access).refresh != before.refresh
    found = grant.read(account.keeps)[0]
    kept, number = account.keeps.read(client.NAME)[client.NAME]
    other = json.dumps({**json.loads(kept), "key": dpop.new_key()}).encode()
    assert account.keeps.write({client.NAME: (other, number)})
    with pytest.raises(TryLater, match="invalid_client"):
        grant.signed_of(account).fresh(worn=found.access)
    assert account.keeps.write({client.NAME: (kept, number + 1)})
    assert grant.signed_of(account).fresh(worn=found.access).access != found.access
    CHANNEL.sign_out(account)
