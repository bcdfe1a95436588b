"""From a name to who signs it in; and what is not believed on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from samspil.channels.bluesky import places
from samspil.channels.bluesky.settings import settings_of
from samspil.channels.bluesky.tests.issuer import HANDLE, ISSUER, PDS, Issuer
from samspil.channels.bluesky.tests.played import DID
from samspil.kit import Account, NotSignedIn, TryLater
from samspil.kit.web import NotAllowed, Web

ACCOUNT = Account(id="1", name="Butik", config={"identifier": HANDLE}, key=b"0" * 32)
RESOLVE = "https://bsky.social/xrpc/com.atproto.identity.resolveHandle"
WELL_KNOWN = f"https://{HANDLE}/.well-known/atproto-did"


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    played = Issuer(ACCOUNT)
    monkeypatch.setattr(Web, "call", lambda web, method, path, **given: played.call(web, method, path, **given))  # noqa: PLW0108
    return played


def find(**config: str) -> places.Place:
    return places.find(settings_of(Account(id="1", name="B", config={"identifier": HANDLE, **config}, key=b"0" * 32)))


@pytest.mark.parametrize("identifier", [HANDLE, f"@{HANDLE.upper()}", DID])
def test_the_way_from_a_name(issuer: Issuer, identifier: str) -> None:
    found = find(identifier=identifier)
    assert (found.did, found.handle, found.pds, found.issuer) == (DID, HANDLE, PDS, ISSUER)
    assert (found.push, found.token, found.revoke) == (f"{ISSUER}/par", f"{ISSUER}/token", f"{ISSUER}/revoke")


def test_a_name_that_the_server_does_not_know_is_asked_at_its_own_address(issuer: Issuer, monkeypatch) -> None:
    issuer.other[RESOLVE] = (400, {"error": "InvalidRequest", "message": "Unable to resolve handle"})
    issuer.other[WELL_KNOWN] = (404, {})
    with pytest.raises(NotSignedIn, match="is not known on the network"):
        find()
    assert [url for _, url, _ in issuer.asked] == [RESOLVE, WELL_KNOWN]


def test_did_web_is_asked_at_its_own_address(issuer: Issuer) -> None:
    did = "did:web:firma.example%3A8443"
    issuer.other["https://firma.example:8443/.well-known/did.json"] = (200, {**issuer.document, "id": did.lower()})
    assert find(identifier=did).did == did.lower()


def document(**changes: Any) -> Callable[[Issuer], None]:
    return lambda issuer: issuer.document.update(changes)


def about(**changes: Any) -> Callable[[Issuer], None]:
    return lambda issuer: issuer.about.update(changes)


def protected(**changes: Any) -> Callable[[Issuer], None]:
    said = {"resource": PDS, "authorization_servers": [ISSUER], **changes}
    return lambda issuer: issuer.other.update({f"{PDS}/.well-known/oauth-protected-resource": (200, said)})


def machine(address: Any) -> Callable[[Issuer], None]:
    return document(service=[{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": address}])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (document(alsoKnownAs=["at://anden.example.com"]), "do not know each other"),
        (document(alsoKnownAs=[f"https://{HANDLE}"]), "do not know each other"),
        (document(alsoKnownAs=None), "do not know each other"),
        (document(id="did:plc:karolineaaaaaaaaaaaaaaaa"), "has no document"),
        (document(service=[]), "where it lives"),
        (machine("http://pds.example"), "where it lives"),
        (machine("https://user@pds.example"), "where it lives"),
        (machine("https://pds.example/path"), "where it lives"),
        (machine("https://pds.example:x"), "where it lives"),
        (machine("ftp://pds.example"), "where it lives"),
        (machine(["https://pds.example"]), "where it lives"),
        (protected(resource="https://other.example"), "who signs its accounts in"),
        (protected(authorization_servers=[]), "who signs its accounts in"),
        (protected(authorization_servers=[ISSUER, "https://b.example"]), "who signs its accounts in"),
        (protected(authorization_servers=["http://issuer.example"]), "who signs its accounts in"),
        (protected(authorization_servers=[f"{ISSUER}/x"]), "who signs its accounts in"),
        (about(issuer="https://other.example"), "says that it is another"),
        (about(scopes_supported=["openid"]), "does not offer atproto"),
        (about(dpop_signing_alg_values_supported=["RS256"]), "does not offer ES256"),
        (about(code_challenge_methods_supported="S256"), "does not offer S256"),
        (about(client_id_metadata_document_supported=False), "unknown programs"),
        (about(token_endpoint="http://issuer.example/token"), "where it takes: token"),
        (about(pushed_authorization_request_endpoint=None), "where it takes: push"),
        (about(authorization_endpoint="javascript:alert(1)"), "where it takes: authorize"),
    ],
)
def test_what_is_not_believed(issuer: Issuer, change: Callable[[Issuer], None], words: str) -> None:
    change(issuer)
    with pytest.raises(NotSignedIn, match=words) as caught:
        find()
    assert caught.value.why == "refused"
    assert not [method for method, _, _ in issuer.asked if method != "GET"]


def test_a_server_without_revocation_signs_in_too(issuer: Issuer) -> None:
    del issuer.about["revocation_endpoint"]
    assert find().revoke == ""


@pytest.mark.parametrize("name", ["", "butik", "butik@firma.example", "a b.example", "handle.invalid"])
def test_what_is_no_handle_is_asked_of_nobody(issuer: Issuer, name: str) -> None:
    with pytest.raises(NotSignedIn, match="must be its handle") as caught:
        find(identifier=name)
    assert caught.value.why == "address"
    assert issuer.asked == []


def test_only_the_account_s_own_server_may_be_private() -> None:
    assert places.inside(settings_of(ACCOUNT)) == ("bsky.social",)
    with pytest.raises(NotSignedIn, match="not a public address"):
        find(identifier="did:web:localhost")


def test_a_server_that_is_away_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_given: object) -> None:
        raise TryLater("plc.directory: connection refused")

    monkeypatch.setattr(Web, "call", away)
    with pytest.raises(TryLater, match="connection refused"):
        find()


def test_an_address_inside_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def inside(*_args: object, **_given: object) -> None:
        raise NotAllowed("10.0.0.1 is not a public address")

    monkeypatch.setattr(Web, "call", inside)
    with pytest.raises(NotSignedIn, match="not a public address"):
        find()
