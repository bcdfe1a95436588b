"""Fetching and answering, against a server that is played by the test."""

import io
import json
from typing import Any

import pytest

from samspil.channels.mastodon import changes, check, files, pull, send
from samspil.channels.mastodon.settings import less_public, status_id
from samspil.kit import Account, Change, Envelope, File, Handle, Outbound, SignInAgain, TryLater, Unreachable
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

    def no_stream(self, *_: object, **_more: object) -> None:
        raise OSError("no stream here")

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
    monkeypatch.setattr("samspil.kit.sockets.connect", played.no_stream)
    return played


def out(**more: Any) -> Outbound:
    return Outbound(**{"id": "r1", "conversation": "c1", "to": TO, "text": "Ja.", "in_reply_to": "social.example/7"} | more)


def test_every_notification_comes_once_and_in_order(server: Server) -> None:
    batches = pull.pull(ACCOUNT, "10")
    found = [next(batches) for _ in range(3)]
    batches.close()
    ids = [envelope.external_id for batch in found for envelope in batch.envelopes]
    assert ids == [f"follow:{number}" for number in range(11, 101)]
    assert [batch.cursor for batch in found] == [{"last": last, "told": []} for last in ("50", "90", "100")]
    again = pull.pull(ACCOUNT, found[1].cursor)
    assert next(again).envelopes == found[2].envelopes
    again.close()
    assert found[0].envelopes[0].headers == {"domain": "eksempel.dk"}


def test_the_first_look_takes_what_is_there(server: Server) -> None:
    batches = pull.pull(ACCOUNT, None)
    batch = next(batches)
    batches.close()
    assert [envelope.external_id for envelope in batch.envelopes] == [f"follow:{number}" for number in range(1, 101)]
    assert batch.cursor == {"last": "100", "told": []}


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
        ("Way", True),
    ]
    assert "read and write" in lines[3].remedy
    assert "every 20 seconds" in lines[-1].detail
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


def changed(kind: str, **more: Any) -> Change:
    return Change(**{"id": "c", "kind": kind, "to": TO, "target": "social.example/7", "own": True} | more)


def test_new_words_keep_the_name_the_warning_and_the_files(server: Server) -> None:
    media = [{"id": 3, "type": "image"}, {"type": "image"}, "odd"]
    server.answers["GET", "/api/v1/statuses/7"] = (200, {"spoiler_text": "vejr", "sensitive": True, "media_attachments": media})
    server.answers["PUT", "/api/v1/statuses/7"] = (200, {"id": "7"})
    assert changes.carry_out(changed("edit", text="Ja, fra 10."), ACCOUNT).external_id == ""
    assert server.asked[-1] == (
        "PUT",
        "/api/v1/statuses/7",
        {
            "json": {
                "status": "@karoline@andre.example Ja, fra 10.",
                "language": "da",
                "sensitive": True,
                "spoiler_text": "vejr",
                "media_ids": ["3"],
            }
        },
    )


def test_new_words_can_be_too_long_with_the_name(server: Server) -> None:
    with pytest.raises(Unreachable, match="61 characters"):
        changes.carry_out(changed("edit", text="x" * 51), ACCOUNT)


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("delete", ("DELETE", "/api/v1/statuses/7")),
        ("react", ("POST", "/api/v1/statuses/7/favourite")),
        ("unreact", ("POST", "/api/v1/statuses/7/unfavourite")),
    ],
)
def test_the_others_are_one_call(server: Server, kind: str, asked: tuple[str, str]) -> None:
    server.answers[asked] = (200, {})
    changes.carry_out(changed(kind, emoji="⭐"), ACCOUNT)
    assert [one[:2] for one in server.asked] == [asked]


def test_what_is_gone_is_taken_back_already_and_cannot_be_changed(server: Server) -> None:
    del server.answers["GET", "/api/v1/statuses/7"]
    changes.carry_out(changed("delete"), ACCOUNT)
    for kind in ("edit", "react"):
        with pytest.raises(Unreachable, match="not there any more"):
            changes.carry_out(changed(kind, text="Ja", emoji="⭐"), ACCOUNT)


@pytest.mark.parametrize(("status", "error"), [(401, SignInAgain), (422, Unreachable), (405, Unreachable), (501, Unreachable)])
def test_refusals_of_a_change(server: Server, status: int, error: type[Exception]) -> None:
    server.answers["PUT", "/api/v1/statuses/7"] = (status, {"error": "nej"})
    with pytest.raises(error):
        changes.carry_out(changed("edit", text="Ja"), ACCOUNT)


def test_other_signs_and_other_servers_are_refused_without_a_call(server: Server) -> None:
    with pytest.raises(Unreachable, match="star"):
        changes.carry_out(changed("react", emoji="❤️"), ACCOUNT)
    with pytest.raises(Unreachable, match="another server"):
        changes.carry_out(changed("delete", target="other.example/7"), ACCOUNT)
    assert server.asked == []


def test_files_are_fetched_by_their_id_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def get(url: str, **given: Any) -> Answer:
        asked.append((url, given["kinds"]))
        return Answer(status=200, headers={}, body=b"bytes")

    monkeypatch.setattr("samspil.channels.mastodon.files.load", get)
    media = [{"id": "1", "type": "image", "url": "https://files.example/1.png", "description": " En kat\n sover "}, {"id": "2"}]
    status = {"media_attachments": [*media, {"id": "1", "url": "https://ond.example"}]}
    assert [(m.part, m.alt, m.content_type, m.remote) for m, _ in files.files_of(status)] == [
        ("1", "En kat sover", "image/jpeg", True)
    ]
    envelope = Envelope(external_id="e", payload=json.dumps({"status": status}).encode(), headers={})
    assert files.fetch_file("1", envelope, ACCOUNT) == b"bytes"
    assert asked == [("https://files.example/1.png", ("image/*",))]
    for payload in (envelope.payload, b"[]", b"{", b"null"):
        with pytest.raises(Unreachable):
            files.fetch_file("2", Envelope(external_id="e", payload=payload, headers={}), ACCOUNT)
