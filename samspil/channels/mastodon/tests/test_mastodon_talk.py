"""Fetching and answering, against a server that is played by the test."""

import io
import json
from typing import Any

import pytest

from samspil.channels.mastodon import check, pull, send
from samspil.channels.mastodon.settings import less_public, status_id
from samspil.kit import Account, File, Handle, Outbound, TryLater, Unreachable
from samspil.kit.web import Answer, Web

ACCOUNT = Account(
    id="1", name="Butik", config={"server": "https://social.example", "access_token": "hemmelig"}, key=b"0" * 32, language="da"
)
TO = Handle(network="mastodon", address="karoline@andre.example")


class Server:
    """Answers by method and path, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {
            ("GET", "/api/v2/instance"): (200, {"domain": "eksempel.dk", "configuration": {"statuses": {"max_characters": 60}}}),
            ("GET", "/api/v1/statuses/7"): (200, {"visibility": "private"}),
            ("POST", "/api/v1/statuses"): (200, {"id": "8", "url": "https://social.example/8"}),
        }
        self.notes = [{"id": str(number), "type": "follow"} for number in range(1, 101)]

    def call(self, method: str, path: str, **given: Any) -> Answer:
        self.asked.append((method, path, given))
        if path == "/api/v1/notifications":
            return Answer(status=200, headers={}, body=json.dumps(self.page(given["query"])).encode())
        status, body = self.answers.get((method, path), (404, {"error": "Record not found"}))
        return Answer(status=status, headers={}, body=json.dumps(body).encode())

    def page(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        rows = self.notes
        if "min_id" in query:
            rows = [row for row in rows if int(row["id"]) > int(query["min_id"])][: query["limit"]]
        if "max_id" in query:
            rows = [row for row in rows if int(row["id"]) < int(query["max_id"])]
        return rows[::-1][: query["limit"]]

    def posted(self) -> dict[str, Any]:
        return next(given for method, path, given in self.asked if (method, path) == ("POST", "/api/v1/statuses"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    played = Server()
    monkeypatch.setattr(Web, "call", played.call)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return played


def out(**more: Any) -> Outbound:
    return Outbound(**{"id": "r1", "conversation": "c1", "to": TO, "text": "Ja.", "in_reply_to": "social.example/7"} | more)


def test_every_notification_comes_once_and_in_order(server: Server) -> None:
    batches = pull.pull(ACCOUNT, "10")
    found = [next(batches) for _ in range(3)]
    ids = [envelope.external_id for batch in found for envelope in batch.envelopes]
    assert ids == [f"follow:{number}" for number in range(11, 101)]
    assert [batch.cursor for batch in found] == ["50", "90", "100"]
    assert found[0].envelopes[0].headers == {"domain": "eksempel.dk"}


def test_the_first_look_takes_what_is_there(server: Server) -> None:
    batch = next(pull.pull(ACCOUNT, None))
    assert [envelope.external_id for envelope in batch.envelopes] == [f"follow:{number}" for number in range(1, 101)]
    assert batch.cursor == "100"


def test_an_answer_is_as_private_as_the_message_and_names_the_receiver(server: Server) -> None:
    sent = send.send(out(), ACCOUNT)
    assert sent.external_id == "social.example/8"
    assert server.posted() == {
        "json": {"status": "@karoline@andre.example Ja.", "visibility": "private", "language": "da", "in_reply_to_id": "7"},
        "headers": {"idempotency-key": "r1"},
    }


def test_without_a_message_an_answer_is_direct(server: Server) -> None:
    send.send(out(in_reply_to="other.example/7"), ACCOUNT)
    assert server.posted()["json"]["visibility"] == "direct"
    assert "in_reply_to_id" not in server.posted()["json"]


def test_an_answer_for_one_alone_is_direct(server: Server) -> None:
    sent = send.send(out(private=True), ACCOUNT)
    posted = server.posted()["json"]
    assert (posted["visibility"], posted["in_reply_to_id"], sent.public) == ("direct", "7", False)


@pytest.mark.parametrize("text", ["@Karoline@andre.example hej", "hej @karoline@andre.example."])
def test_a_receiver_who_is_named_is_not_named_twice(text: str) -> None:
    assert send.addressed(text, TO.address) == text


def test_a_longer_name_is_another_name() -> None:
    assert send.addressed("@karoline@andre.example.org", TO.address).startswith("@karoline@andre.example @")


def test_too_long_is_refused_before_anything_is_posted(server: Server) -> None:
    with pytest.raises(Unreachable, match=r"this server carries 60"):
        send.send(out(text="x" * 60), ACCOUNT)
    assert [path for method, path, _ in server.asked if method == "POST"] == []


def test_length_counts_as_the_network_does() -> None:
    assert send.length_of("@karoline@andre.example https://example.org/" + "x" * 90) == len("@karoline ") + 23


@pytest.mark.parametrize(("status", "error"), [(401, TryLater), (403, Unreachable), (404, Unreachable), (422, Unreachable)])
def test_refusals_are_told_in_words_without_the_token(server: Server, status: int, error: type[Exception]) -> None:
    server.answers["POST", "/api/v1/statuses"] = (status, {"error": "no"})
    with pytest.raises(error) as caught:
        send.send(out(), ACCOUNT)
    assert str(status) in str(caught.value)
    assert "hemmelig" not in str(caught.value)


def test_a_deleted_message_cannot_be_answered(server: Server) -> None:
    del server.answers["GET", "/api/v1/statuses/7"]
    with pytest.raises(Unreachable, match="deleted"):
        send.send(out(), ACCOUNT)
    assert [path for method, path, _ in server.asked if method == "POST"] == []


def test_a_file_is_attached_when_the_server_is_done_with_it(server: Server) -> None:
    server.answers["POST", "/api/v2/media"] = (202, {"id": "m1"})
    server.answers["GET", "/api/v1/media/m1"] = (200, {"id": "m1"})
    file = File(name="kvittering.png", content_type="image/png", size=3, open=lambda: io.BytesIO(b"png"))
    send.send(out(files=[file]), ACCOUNT)
    assert server.posted()["json"]["media_ids"] == ["m1"]


def test_check_posts_nothing_and_says_what_to_do(server: Server) -> None:
    server.answers["GET", "/api/v1/accounts/verify_credentials"] = (200, {"acct": "butik"})
    server.answers["PUT", "/api/v1/statuses/0"] = (403, {"error": "outside the authorized scopes"})
    lines = check.check(ACCOUNT)
    assert [(line.name, line.ok) for line in lines] == [
        ("Server", True),
        ("Sign-in", True),
        ("Notifications", True),
        ("Answers", False),
    ]
    assert "read and write" in lines[-1].remedy
    assert [method for method, _, _ in server.asked if method == "POST"] == []


def test_the_less_public_wins() -> None:
    assert [less_public("public", "unlisted"), less_public("odd", "public"), less_public("direct", "private")] == [
        "unlisted",
        "direct",
        "direct",
    ]


@pytest.mark.parametrize("external", ["other.example/7", "social.example/favourite:7", "", "social.example/7/../8"])
def test_only_a_status_of_this_server_is_answered(external: str) -> None:
    assert status_id(external, "social.example") == ""
