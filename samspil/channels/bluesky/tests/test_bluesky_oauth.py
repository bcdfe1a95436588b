"""Signing in at a server that is played, and what is done with what it gives."""

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from samspil.channels.bluesky import client, grant, oauth
from samspil.channels.bluesky.channel import BlueskyChannel
from samspil.channels.bluesky.session import Net, forget_sessions
from samspil.channels.bluesky.tests.issuer import BACK, HANDLE, ISSUER, PDS, Issuer, state_of
from samspil.channels.bluesky.tests.played import DID, THEIRS
from samspil.kit import Account, NotSignedIn, Request, SignInAgain, SignsIn, TryLater
from samspil.kit.testing import Drawer
from samspil.kit.web import Web

CHANNEL = BlueskyChannel()
CONFIG = {"identifier": HANDLE, "direct_messages": True}
LOCAL = "http://127.0.0.1:8000/settings/channels/1/signed-in/"


@pytest.fixture
def account() -> Account:
    return Account(id="1", name="Butik", config=CONFIG, key=b"0" * 32, keeps=Drawer())


@pytest.fixture
def issuer(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    played = Issuer(account)
    monkeypatch.setattr(Web, "call", lambda web, method, path, **given: played.call(web, method, path, **given))  # noqa: PLW0108
    forget_sessions()
    yield played
    forget_sessions()


def signed_in(account: Account, back: str = BACK) -> None:
    CHANNEL.sign_in(account, back=back, state="s")
    CHANNEL.signed_in(account, {"state": "s", "iss": ISSUER, "code": "code-1"})


def refused(account: Account, **query: str) -> NotSignedIn:
    with pytest.raises(NotSignedIn) as caught:
        CHANNEL.signed_in(account, {"state": "s", "iss": ISSUER, "code": "code-1", **query})
    return caught.value


def aged(account: Account, **changes: object) -> None:
    """The grant as it is some time later."""
    found, version = grant.read(account.keeps)
    assert found is not None
    assert account.keeps is not None
    assert grant.write(account.keeps, replace(found, **changes), version)


def test_the_browser_is_sent_with_what_was_pushed(account: Account, issuer: Issuer) -> None:
    assert isinstance(CHANNEL, SignsIn)
    address = CHANNEL.sign_in(account, back=BACK, state="s")
    ident = "https://samspil.example/in/1/client.json"
    assert address.startswith(f"{ISSUER}/authorize?")
    assert state_of(address) == {"client_id": ident, "request_uri": "urn:ietf:params:oauth:request_uri:req-1"}
    known = ("response_type", "redirect_uri", "scope", "state", "login_hint", "code_challenge_method")
    assert [issuer.pushed[name] for name in known] == ["code", BACK, client.SCOPE, "s", HANDLE, "S256"]
    assert issuer.times("par") == 2  # the second with the nonce that the first was refused for


def test_who_is_signed_in_is_asked_with_proofs_and_no_password(account: Account, issuer: Issuer) -> None:
    signed_in(account)
    net = Net(account)
    assert (net.did, net.handle, net.by_oauth) == (DID, HANDLE, True)
    assert net.ask("com.atproto.server.getSession") == {"did": DID, "handle": HANDLE}
    issuer.nonces[PDS] = "p1"  # servers change it every few minutes
    before = len(issuer.asked)
    assert net.ask("app.bsky.feed.getPosts", uris=["at://x"])["did"] == DID
    assert [url for _, url, _ in issuer.asked[before:]] == [f"{PDS}/xrpc/app.bsky.feed.getPosts"] * 2
    assert not [url for _, url, _ in issuer.asked if "createSession" in url]


def test_a_server_that_is_never_content_with_a_nonce_is_asked_twice(account: Account, issuer: Issuer, monkeypatch) -> None:
    signed_in(account)
    monkeypatch.setattr(Issuer, "_resource", lambda *_: (401, {"error": "use_dpop_nonce"}))
    issuer.nonces[PDS] = "p1"
    before = len(issuer.asked)
    assert Net(account).call("GET", "com.atproto.server.getSession").status == 401
    assert len(issuer.asked) == before + 2
    assert Net(account).call("GET", "com.atproto.server.getSession").status == 401
    assert len(issuer.asked) == before + 3  # it has named no newer one


def test_a_program_on_the_colleague_s_own_machine_has_no_key(account: Account, issuer: Issuer) -> None:
    signed_in(account, LOCAL)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID
    asked = {"redirect_uri": LOCAL, "scope": client.SCOPE}
    assert state_of(issuer.pushed["client_id"]) == asked
    aged(account, until=0.0)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID
    assert issuer.number == 2
    assert client.page(Request(method="GET", url="http://127.0.0.1:8001/in/1/client.json", headers={}, body=b""), account) is None


def test_who_moves_to_a_machine_of_their_own_leaves_the_key_behind(account: Account, issuer: Issuer) -> None:
    signed_in(account)
    signed_in(account, LOCAL)
    aged(account, until=0.0)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID
    assert issuer.number == 3  # the server lets no key of ours pass there


@pytest.mark.parametrize(
    ("back", "words"),
    [
        ("http://localhost:8000/x/", "127.0.0.1:8000"),
        ("http://samspil.firma.example/x/", "public https"),
        ("https://samspil:8443/x/", "public https"),
        ("https://samspil.example:8443/x/", "public https"),
    ],
)
def test_where_nobody_can_be_sent_back_to_nobody_is_asked(account: Account, issuer: Issuer, back: str, words: str) -> None:
    with pytest.raises(NotSignedIn, match=words) as caught:
        CHANNEL.sign_in(account, back=back, state="s")
    assert caught.value.why == "address"
    assert issuer.asked == []


def test_the_document_tells_who_we_are_and_no_secret(account: Account, issuer: Issuer) -> None:
    url = "https://samspil.example/in/1/client.json"
    asked = Request(method="GET", url=url, headers={}, body=b"")
    assert client.page(asked, account) is None
    CHANNEL.sign_in(account, back=BACK, state="s")
    found = client.page(asked, account)
    assert found is not None
    about = json.loads(found.body)
    assert (about["client_id"], about["redirect_uris"], about["dpop_bound_access_tokens"]) == (url, [BACK], True)
    [key] = about["jwks"]["keys"]
    assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x", "y"]
    CHANNEL.sign_in(account, back=BACK, state="t")
    assert json.loads(client.page(asked, account).body)["jwks"]["keys"] == [key]
    for other in (replace_url(asked, "https://samspil.example/in/1/x"), Request(method="POST", url=url, headers={}, body=b"")):
        assert client.page(other, account) is None


def replace_url(request: Request, url: str) -> Request:
    return replace(request, url=url)


def test_an_answer_counts_once_and_only_with_its_state(account: Account, issuer: Issuer) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    assert refused(account, state="t").why == "old"
    assert refused(account, state="").why == "old"
    CHANNEL.signed_in(account, {"state": "s", "iss": ISSUER, "code": "code-1"})
    before = grant.read(account.keeps)
    assert refused(account).why == "old"
    assert grant.read(account.keeps) == before
    assert issuer.number == 1


def test_an_old_sign_in_is_refused(account: Account, issuer: Issuer, monkeypatch) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    moment = time.time() + 601
    monkeypatch.setattr("time.time", lambda: moment)
    assert refused(account).why == "old"
    assert issuer.number == 0


@pytest.mark.parametrize("iss", ["https://evil.example", "", ISSUER + "/"])
def test_the_answer_of_another_issuer_is_refused(account: Account, issuer: Issuer, iss: str) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    asked = len(issuer.asked)
    assert refused(account, iss=iss).why == "elsewhere"
    assert len(issuer.asked) == asked  # the code was told to nobody
    assert grant.read(account.keeps) == (None, 0)


@pytest.mark.parametrize(("error", "why"), [("access_denied", "denied"), ("server_error", "refused")])
def test_what_went_wrong_there_is_told(account: Account, issuer: Issuer, error: str, why: str) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    found = refused(account, error=error, error_description="The user\n said no")
    assert (found.why, str(found)) == (why, "The user said no")
    assert issuer.number == 0


def test_somebody_else_is_not_signed_in_and_their_tokens_are_given_back(account: Account, issuer: Issuer) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    issuer.sub = THEIRS
    assert refused(account).why == "other"
    assert issuer.revoked == ["r1"]
    assert grant.read(account.keeps) == (None, 0)


def test_a_grant_without_the_right_is_refused(account: Account, issuer: Issuer) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    issuer.scope = "openid"
    assert refused(account).why == "refused"
    assert issuer.revoked == ["r1"]


def test_a_code_that_is_not_taken_is_told_in_the_server_s_words(account: Account, issuer: Issuer) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    assert str(refused(account, code="code-2")) == "Invalid code"
    assert grant.read(account.keeps) == (None, 0)


def test_a_name_that_was_changed_meanwhile_is_not_signed_in(account: Account, issuer: Issuer) -> None:
    CHANNEL.sign_in(account, back=BACK, state="s")
    renamed = replace(account, config={**CONFIG, "identifier": "anden.example.com"})
    assert refused(renamed).why == "old"
    assert issuer.number == 0


def test_a_token_is_renewed_before_its_end_and_when_it_is_not_taken(account: Account, issuer: Issuer) -> None:
    signed_in(account)
    net = Net(account)
    aged(account, until=time.time() + 30)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID
    assert (issuer.access, issuer.refresh) == ("a2", "r2")
    assert net.ask("com.atproto.server.getSession")["did"] == DID  # its own is worn: it takes what the other left
    assert issuer.number == 2
    issuer.access = "another"
    assert net.call("GET", "com.atproto.server.getSession").status == 200
    assert issuer.number == 3


@pytest.mark.parametrize("processes", [2, 5])
def test_processes_that_renew_at_once_spend_the_token_once(account: Account, issuer: Issuer, processes: int) -> None:
    signed_in(account)
    aged(account, until=time.time() + 30)
    issuer.slow = 0.3
    nets = [Net(account) for _ in range(processes)]
    with ThreadPoolExecutor(processes) as all_at_once:
        answers = list(all_at_once.map(lambda net: net.ask("com.atproto.server.getSession")["did"], nets))
    assert answers == [DID] * processes
    assert (issuer.number, issuer.access, issuer.refresh) == (2, "a2", "r2")


class _Together(Drawer):
    """A drawer that two processes read before either of them writes."""

    both = Barrier(2)
    when = -1

    def read(self, *names: str) -> Mapping[str, tuple[bytes, int]]:
        found = super().read(*names)
        if names == (grant.NAME,) and found.get(grant.NAME, (b"", 0))[1] == self.when:
            self.both.wait(10)
        return found


def test_of_two_that_read_the_same_one_alone_spends_it(account: Account, issuer: Issuer) -> None:
    together = replace(account, keeps=_Together())
    issuer.account = together
    signed_in(together)
    aged(together, until=0.0)
    nets = [Net(together), Net(together)]
    together.keeps.when = 2
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda net: net.ask("com.atproto.server.getSession")["did"], nets))
    assert answers == [DID, DID]
    assert (issuer.number, issuer.refresh) == (2, "r2")


def test_who_waits_too_long_for_another_tries_later(account: Account, issuer: Issuer, monkeypatch) -> None:
    signed_in(account)
    aged(account, until=0.0, claimed=time.time())
    monkeypatch.setattr(grant, "PATIENCE", 0.2)
    with pytest.raises(TryLater, match="Another process") as caught:
        Net(account).ask("com.atproto.server.getSession")
    assert caught.value.after == 5.0
    assert issuer.number == 1


def test_a_renewal_whose_process_died_is_begun_anew(account: Account, issuer: Issuer) -> None:
    signed_in(account)
    aged(account, until=0.0, claimed=time.time() - grant.CLAIM - 1)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID
    assert issuer.number == 2


def test_a_server_that_is_away_costs_no_token(account: Account, issuer: Issuer, monkeypatch) -> None:
    signed_in(account)
    aged(account, until=0.0)
    there = Issuer.call

    def away(self, web, method, path, **given):
        if path.endswith("/token"):
            raise TryLater("issuer.example: connection refused")
        return there(self, web, method, path, **given)

    monkeypatch.setattr(Issuer, "call", away)
    with pytest.raises(TryLater, match="connection refused"):
        Net(account).ask("com.atproto.server.getSession")
    monkeypatch.setattr(Issuer, "call", there)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID  # at once: nobody waits for who gave up


def test_a_refused_renewal_wants_a_person_and_is_not_tried_again(account: Account, issuer: Issuer) -> None:
    signed_in(account)
    aged(account, until=0.0)
    issuer.refresh = "spent"
    for _ in range(2):
        with pytest.raises(SignInAgain, match="Sign in to Bluesky again") as caught:
            Net(account).ask("com.atproto.server.getSession")
        assert caught.value.after == 600.0
    assert issuer.times("token") == 2  # one for the code, one that was refused
    found, _ = grant.read(account.keeps)
    assert found is not None
    assert (found.access, found.refresh) == ("", "")
    signed_in(account)
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID


def test_a_server_in_trouble_is_asked_later(account: Account, issuer: Issuer) -> None:
    signed_in(account)
    aged(account, until=0.0)
    issuer.other[f"{ISSUER}/token"] = (400, {"error": "temporarily_unavailable"})
    with pytest.raises(TryLater, match="temporarily_unavailable") as caught:
        Net(account).ask("com.atproto.server.getSession")
    assert not isinstance(caught.value, SignInAgain)
    issuer.other.clear()
    assert Net(account).ask("com.atproto.server.getSession")["did"] == DID


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "sub": DID},
        {"access_token": "a", "refresh_token": "r", "token_type": "DPoP", "sub": THEIRS},
        {"access_token": "a", "token_type": "DPoP", "sub": DID},
        {"access_token": ["a"], "refresh_token": "r", "token_type": "DPoP", "sub": DID},
    ],
)
def test_what_is_no_renewal_is_not_kept(account: Account, issuer: Issuer, said: dict[str, object]) -> None:
    signed_in(account)
    aged(account, until=0.0)
    before = grant.read(account.keeps)[0]
    issuer.other[f"{ISSUER}/token"] = (200, said)
    with pytest.raises(TryLater, match="gave no tokens"):
        Net(account).ask("com.atproto.server.getSession")
    assert grant.read(account.keeps)[0] == before


def test_the_newer_of_password_and_sign_in_is_used(account: Account, issuer: Issuer) -> None:
    with_password = replace(account, config={**CONFIG, "app_password": "aaaa"})
    assert not Net(with_password).by_oauth
    signed_in(with_password)
    assert Net(with_password).by_oauth  # signed in although a password was there: that was meant
    assert not Net(replace(account, config={**CONFIG, "app_password": "bbbb"})).by_oauth
    assert Net(account).by_oauth
    assert not Net(replace(account, config={**CONFIG, "identifier": "anden.example.com"})).by_oauth


def test_without_either_a_person_is_asked_for(account: Account, issuer: Issuer) -> None:
    with pytest.raises(SignInAgain, match="Nobody has signed in"):
        Net(account).ask("com.atproto.server.getSession")
    assert issuer.asked == []


def test_what_is_left_is_revoked_and_forgotten(account: Account, issuer: Issuer) -> None:
    CHANNEL.sign_out(account)
    signed_in(account)
    CHANNEL.sign_out(account)
    assert issuer.revoked == ["r1"]
    assert grant.read(account.keeps) == (None, 0)
    assert not Net(account).by_oauth


def test_no_secret_is_in_the_clear_where_it_is_seen(account: Account, issuer: Issuer) -> None:
    """Addresses, and what a colleague reads."""
    address = CHANNEL.sign_in(account, back=BACK, state="s")
    kept = json.loads(account.keeps.read(oauth.NAME)[oauth.NAME][0])
    for secret in (kept["verifier"], kept["grant"]["key"], "s="):
        assert secret not in address
    shown = str(refused(account, code="hemmelig-kode", iss="x"))
    assert "hemmelig-kode" not in shown


class _Sealed(Drawer):
    """A drawer of an installation whose secret key was another."""

    def read(self, *names: str) -> dict[str, tuple[bytes, int]]:
        raise ValueError(f"What is kept as {names[0]!r} is not what was written")


def test_what_cannot_be_read_stands_in_the_way_of_no_password_and_no_disconnecting(account: Account, issuer: Issuer) -> None:
    sealed = replace(account, keeps=_Sealed())
    assert not Net(replace(sealed, config={**CONFIG, "app_password": "aaaa"})).by_oauth
    CHANNEL.sign_out(sealed)
    with pytest.raises(SignInAgain, match="Disconnect the account"):
        Net(sealed)
    with pytest.raises(NotSignedIn, match="Disconnect the account"):
        CHANNEL.sign_in(sealed, back=BACK, state="s")
    assert issuer.asked == []
