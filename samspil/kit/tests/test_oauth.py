"""An access token: fetched when there is none, kept until shortly before its end, fetched anew when it was not accepted, refused in words."""

import pytest

from samspil.kit import Account, SignInAgain, oauth
from samspil.kit.oauth import AFTER_REFUSED, AccessToken
from samspil.kit.web import Answer

GIVEN = {"client_id": " c ", "client_secret": "s", "refresh_token": "r"}
FORM = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "grant_type": "refresh_token"}


@pytest.fixture
def server(monkeypatch):
    """Answers in their order; keeps what it was asked, and the clock."""

    class Server:
        answers: list[Answer] = []
        asked: list[tuple[str, str, object]] = []
        now = 1000.0

    made = Server()
    made.answers, made.asked = [], []

    def call(web, _method, path, *, form, repeatable):
        assert repeatable
        made.asked.append((web.base, path, form))
        return made.answers.pop(0)

    monkeypatch.setattr(oauth.Web, "call", call)
    monkeypatch.setattr(oauth.time, "monotonic", lambda: made.now)
    return made


def token(**config: str) -> AccessToken:
    account = Account(id="a", name="", config={**GIVEN, **config}, key=bytes(32))
    return AccessToken(account, "https://tokens.example", "/token", lambda word: f"no: {word}")


def answer(body: bytes, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=body)


def test_it_is_fetched_once_kept_and_fetched_anew_before_its_end(server):
    server.answers = [answer(b'{"access_token": "a", "expires_in": 3600}'), answer(b'{"access_token": "b"}')]
    held = token()
    assert [held.bearer, held.bearer] == ["Bearer a"] * 2
    server.now += 3540
    assert held.bearer == "Bearer a"
    server.now += 0.1
    assert held.bearer == "Bearer b"
    assert server.asked == [("https://tokens.example", "/token", FORM)] * 2


def test_one_that_was_not_accepted_is_fetched_anew(server):
    server.answers = [answer(b'{"access_token": "a", "expires_in": 3600}'), answer(b'{"access_token": "b", "expires_in": 3600}')]
    held = token(token_server="https://own.example")
    assert held.bearer == "Bearer a"
    held.forget()
    assert held.bearer == "Bearer b"
    assert {base for base, _, _ in server.asked} == {"https://own.example"}


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        (b'{"error": "invalid_grant"}', 400, "no: invalid_grant"),
        (b"<html>", 403, "no: 403"),
        (b"{}", 200, "no: 200"),
        (b"[" * 100_000, 200, "no: 200"),
    ],
)
def test_a_refusal_asks_for_new_credentials(server, said, status, words):
    server.answers = [answer(said, status)]
    with pytest.raises(SignInAgain, match=words) as caught:
        _ = token().bearer
    assert caught.value.after == AFTER_REFUSED
