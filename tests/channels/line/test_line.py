"""LINE against a stand-in after its own description: pushed, refused, patient, sent once; and the whole way."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.line.channel import channel
from samspil.channels.line.hear import signed
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

SECRET, TOKEN = "0123456789abcdef0123456789abcdef", "et-langt-token"
KAROLINE = "U4af4980629e4f0b1c2d3e4f5a6b7c8d9"


class Line(BaseHTTPRequestHandler):
    """Pushes once for each retry key; ``answers`` come instead of its own, in their order. "lost" sends, and says nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers["x-line-retry-key"]
        if not self.good():
            return
        if self.path.startswith("/v2/bot/chat/") and not self.server.answers:
            self.told(self.path.removeprefix("/v2/bot/chat/"), body)
            return
        answer = self.server.answers.pop(0) if self.server.answers else None
        if isinstance(answer, tuple):
            self.say(*answer)
            return
        before = self.server.keys.get(key)
        if before is None:
            self.server.sent.append(body)
            self.server.keys[key] = before = [{"id": str(461230966842064897 + len(self.server.sent))}]
            said = (200, {"sentMessages": before})
        else:
            said = (409, {"message": "The retry key is already accepted", "sentMessages": before})
        if answer == "lost":
            self.close_connection = True
            return
        self.say(*said)

    def told(self, what: str, body: dict) -> None:
        """That a message was read, by a token that LINE gave; or that somebody writes, in a chat of two."""
        token, chat, seconds = body.get("markAsReadToken"), body.get("chatId", ""), body.get("loadingSeconds")
        if what == "markAsRead" and set(body) == {"markAsReadToken"} and token in self.server.read:
            self.server.read[token] += 1
            self.say(200, {})
        elif what == "loading/start" and chat.startswith("U") and seconds in range(5, 61, 5):
            self.server.loading.append(chat)
            self.say(202, {})
        else:
            self.say(400, {"message": "The request body has 1 error(s)"})

    def do_GET(self) -> None:
        if not self.good():
            return
        if self.path.startswith("/v2/bot/message/") and "/content" in self.path:
            status, kind, content = self.server.contents.get(self.path, (404, "application/json", b'{"message":"Not found"}'))
            self.say(status, content, kind)
        else:
            self.say(200, self.server.about[self.path])

    def good(self) -> bool:
        if self.headers["authorization"] == f"Bearer {TOKEN}":
            return True
        self.say(401, {"message": "Authentication failed. Confirm that the access token in the authorization header is valid."})
        return False

    def say(self, status: int, said: object, kind: str = "application/json") -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def line():
    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as server:
        server.sent, server.answers, server.keys = [], [], {}
        server.read, server.loading, server.contents = {}, [], {}
        server.about = {
            "/v2/bot/info": {
                "userId": KAROLINE,
                "basicId": "@1",
                "displayName": "Butik",
                "chatMode": "bot",
                "markAsReadMode": "auto",
            },
            "/v2/bot/channel/webhook/endpoint": {"endpoint": "https://live.example/in/1", "active": True},
            "/v2/bot/message/quota": {"type": "limited", "value": 200},
            "/v2/bot/message/quota/consumption": {"totalUsage": 7},
        }
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def config(line, **more) -> dict[str, object]:
    address = f"http://127.0.0.1:{line.server_address[1]}"
    return {"channel_secret": SECRET, "access_token": TOKEN, "server": address, "data_server": address, **more}


def account(line, **more) -> kit.Account:
    return kit.Account(id="a", name="LINE", config=config(line, **more), key=bytes(32))


def outbound(text: str = "Hej", **more) -> kit.Outbound:
    given = {"id": "0197b2e0-0000-7000-8000-000000000001", "to": kit.Handle(network="line", address=KAROLINE)} | more
    return kit.Outbound(conversation="c", text=text, **given)


def heard(body: object, of: kit.Account) -> kit.Heard:
    raw = json.dumps(body).encode()
    headers = {"x-line-signature": signed(raw, SECRET)}
    return channel().hear(kit.Request(method="POST", url="https://live.example/in/1", headers=headers, body=raw), of)


def test_a_lost_answer_is_found_at_the_next_try_and_stands_once(line):
    line.answers = ["lost"]
    with pytest.raises(kit.TryLater):
        channel().send(outbound(), account(line))
    sent = channel().send(outbound(), account(line))
    assert (sent.external_id, sent.detail) == (f"{KAROLINE}:461230966842064898", "taken at an earlier try")
    assert line.sent == [{"to": KAROLINE, "messages": [{"type": "text", "text": "Hej"}]}]
    assert channel().capabilities.idempotent


def picture(size: int = 3, url: str = "https://live.example/in/1/files/r/0/m", kind: str = "image/png") -> kit.File:
    return kit.File(name="a b.png", content_type=kind, size=size, open=lambda: None, url=url)


def test_pictures_are_shown_and_other_files_go_as_links(line):
    url = picture().url
    shown = {"type": "image", "originalContentUrl": url, "previewImageUrl": url}
    files = [picture(), picture(size=1_000_001), picture(kind="application/pdf")]
    channel().send(outbound("Se her", files=files), account(line))
    channel().send(replace(outbound("", files=files[:1]), id="another"), account(line))
    assert [sent["messages"] for sent in line.sent] == [
        [shown, {"type": "text", "text": f"Se her\n\na b.png: {url}\na b.png: {url}"}],
        [shown],
    ]


def test_a_group_is_answered_in_the_group(line):
    group = "C" + "5b" * 16
    assert channel().send(outbound(in_reply_to=f"{group}:1"), account(line)).external_id.startswith(f"{group}:")
    assert line.sent[0]["to"] == group


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (outbound("x" * 5001), "at most 5000"),
        (outbound("\N{BICYCLE}" * 2501), "at most 5000"),
        (outbound("  "), "no empty message"),
        (outbound(files=[picture(url="")]), "SAMSPIL_LIVE_URL"),
        (outbound(files=[picture()] * 5), "at most 5 messages"),
        (outbound(to=kit.Handle(network="line", address="karoline")), "no address"),
    ],
    ids=["long", "emoji count twice", "empty", "no address", "many", "nobody"],
)
def test_what_cannot_be_sent_is_refused_before(line, message, says):
    with pytest.raises(kit.Unreachable, match=says):
        channel().send(message, account(line))
    assert line.sent == []
    channel().send(outbound("x" * 5000), account(line))  # the other side of the border


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        ((429, {"message": "You have reached your monthly limit."}), kit.Unreachable, "used up"),
        ((429, {"message": "The API rate limit has been exceeded. Try again later."}), kit.TryLater, "rate limit"),
        ((500, {"message": "Internal server error"}), kit.TryLater, "Internal"),
        (
            (400, {"message": "The request body has 1 error(s)", "details": [{"message": "May not be empty"}]}),
            kit.Unreachable,
            "empty",
        ),
        ((400, {"message": "Failed to send messages"}), kit.Unreachable, "Failed"),
        ((403, {"message": "Not available for your plan"}), kit.Unreachable, "plan"),
        ((400, ["odd"]), kit.Unreachable, "400"),
    ],
    ids=["month", "patience", "fault", "wrong", "failed", "plan", "odd"],
)
def test_what_line_refuses(line, answer, error, says):
    line.answers = [answer]
    with pytest.raises(error, match=says):
        channel().send(outbound(), account(line))


def test_a_token_that_is_not_accepted_keeps_the_message_waiting(line):
    with pytest.raises(kit.TryLater, match="give the new one") as caught:
        channel().send(outbound(), account(line, access_token="forkert-token"))
    assert (caught.value.after, "forkert-token" in str(caught.value)) == (600, False)


def test_an_answer_without_an_id_is_sent_all_the_same(line):
    line.answers = [(200, {})]
    assert channel().send(outbound(), account(line)).external_id == f"{KAROLINE}:{outbound().id}"


def test_check_says_what_works_and_what_to_do(line):
    assert [(c.name, c.ok) for c in channel().check(account(line))] == [
        ("Channel secret", True), ("Sign-in", True), ("Webhook", True), ("Messages", True),
    ]  # fmt: skip
    line.about["/v2/bot/channel/webhook/endpoint"] = {"endpoint": "", "active": False}
    line.about["/v2/bot/message/quota/consumption"] = {"totalUsage": 200}
    assert [(c.ok, bool(c.remedy)) for c in channel().check(account(line))][2:] == [(False, True)] * 2
    assert [c.ok for c in channel().check(account(line, channel_secret="x", access_token="y"))] == [False, False]
    assert [c.ok for c in channel().check(account(line, server="http://127.0.0.1:1"))] == [True, False]


def read(**extra) -> kit.Change:
    return kit.Change(id="c", kind="read", to=kit.Handle(network="line", address=KAROLINE), target=f"{KAROLINE}:70", extra=extra)


def test_a_message_is_marked_as_read_with_the_token_that_came_with_it(line):
    [envelope] = heard(
        {"events": [event_of({"type": "text", "text": "Hej", "markAsReadToken": "30yhdy232"})]}, account(line)
    ).envelopes
    [message] = channel().understand(envelope, account(line))
    line.read = {"30yhdy232": 0}
    for _ in range(2):
        assert channel().change(read(**message.extra), account(line)) == kit.Sent(external_id="")
    assert line.read == {"30yhdy232": 2}
    with pytest.raises(kit.Unreachable, match="1 error"):
        channel().change(read(read_token="another"), account(line))
    with pytest.raises(kit.Unreachable, match="nothing to mark"):
        channel().change(read(), account(line))
    for fault, error in ((429, kit.TryLater), (500, kit.TryLater), (401, kit.SignInAgain)):
        line.answers = [(fault, {"message": "No"})]
        with pytest.raises(error):
            channel().change(read(**message.extra), account(line))


def test_that_we_write_is_shown_in_a_chat_of_two(line):
    karoline = kit.Handle(network="line", address=KAROLINE)
    channel().typing(karoline, f"{KAROLINE}:70", account(line))
    channel().typing(karoline, "", account(line))
    assert line.loading == [KAROLINE, KAROLINE]
    with pytest.raises(kit.Unreachable, match="chats of two"):
        channel().typing(karoline, "C" + "5b" * 16 + ":70", account(line))
    assert len(line.loading) == 2


def event_of(message: dict) -> dict:
    return {
        "type": "message", "mode": "active", "timestamp": 1764126000134, "source": {"type": "user", "userId": KAROLINE},
        "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR", "deliveryContext": {"isRedelivery": False}, "message": {"id": "354718"} | message,
    }  # fmt: skip


def envelope_of(message: dict, of: kit.Account) -> kit.Envelope:
    return heard({"destination": "U", "events": [event_of(message)]}, of).envelopes[0]


PICTURE, FILM = {"type": "image", "contentProvider": {"type": "line"}}, {"type": "video", "contentProvider": {"type": "line"}}
CONTENT = "/v2/bot/message/354718/content"


def test_a_picture_is_fetched_from_the_server_of_files(line):
    envelope = envelope_of(PICTURE, account(line))
    [message] = channel().understand(envelope, account(line))
    [file] = message.attachments
    assert (file.part, file.name, file.content_type, file.remote) == ("354718", "image.jpg", "image/jpeg", True)
    line.contents[CONTENT] = (200, "image/jpeg", b"\xff\xd8jpeg")
    assert channel().fetch_file(file.part, envelope, account(line)) == b"\xff\xd8jpeg"
    assert channel().capabilities.changes == {"read"}


def test_a_film_that_is_made_ready_is_waited_for(line):
    envelope = envelope_of(FILM, account(line))
    line.contents = {
        CONTENT: (202, "application/json", b"{}"),
        f"{CONTENT}/transcoding": (200, "application/json", b'{"status":"processing"}'),
    }
    with pytest.raises(kit.TryLater) as caught:
        channel().fetch_file("354718", envelope, account(line))
    assert caught.value.after == 20
    line.contents[f"{CONTENT}/transcoding"] = (200, "application/json", b'{"status":"failed"}')
    with pytest.raises(kit.Unreachable, match="make the file ready"):
        channel().fetch_file("354718", envelope, account(line))
    line.contents[CONTENT] = (200, "video/mp4", b"mp4")
    assert channel().fetch_file("354718", envelope, account(line)) == b"mp4"


@pytest.mark.parametrize(
    ("message", "content", "says"),
    [
        (PICTURE, (404, "application/json", b"{}"), "not there any more"),
        (PICTURE, (200, "text/html", b"<p>"), "sent text/html"),
        (PICTURE, (200, "application/json", b"{}"), "sent application/json for image"),
        (PICTURE, (200, "image/jpeg", b"x" * 25_000_001), "more than 25000000 bytes"),
        (
            {"type": "image", "contentProvider": {"type": "external", "originalContentUrl": "http://127.0.0.1/a.jpg"}},
            None,
            "not a public",
        ),
        ({"type": "text", "text": "Hej"}, None, "no file"),
    ],
    ids=["gone", "page", "no picture", "large", "inside", "text"],
)
def test_what_is_not_fetched(line, message, content, says):
    line.contents = {CONTENT: content} if content else {}
    with pytest.raises(kit.Unreachable, match=says):
        channel().fetch_file("354718", envelope_of(message, account(line)), account(line))
    with pytest.raises(kit.Unreachable, match="no file"):
        channel().fetch_file("../../info", envelope_of(message, account(line)), account(line))


def test_a_file_on_both_sides_of_the_largest(line):
    line.contents = {CONTENT: (200, "application/pdf", b"x" * 25_000_000)}
    envelope = envelope_of({"type": "file", "fileName": "a.pdf", "fileSize": 25_000_000}, account(line))
    assert len(channel().fetch_file("354718", envelope, account(line))) == 25_000_000


@pytest.mark.django_db
def test_the_whole_way(line, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="line", name="L", config=config(line), own=[])
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(now().timestamp() * 1000),
        "source": {"type": "user", "userId": KAROLINE},
        "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "r",
        "message": {"id": "70", "type": "text", "quoteToken": "q", "text": "Mit batteri er fladt"},
    }
    again = event | {"deliveryContext": {"isRedelivery": True}}
    for body in (
        {"destination": "U", "events": [event]},
        {"destination": "U", "events": [again]},
        {"destination": "U", "events": []},
    ):
        keep(account=row.pk, envelopes=heard(body, account_view(row)).envelopes, at=now())
    while understand_waiting(at=now()):
        pass
    assert Interaction.objects.get().external_id == f"{KAROLINE}:70"
    assert str(Handle.objects.get(network="line")) == "LINE …b7c8d9"
    write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert (reply.state, reply.external_id) == ("accepted", f"{KAROLINE}:461230966842064898")
    assert [UUID(key) for key in line.keys] == [reply.pk]
    assert line.sent == [{"to": KAROLINE, "messages": [{"type": "text", "text": "Det klarer vi"}]}]
    taken_back = event | {"type": "unsend", "unsend": {"messageId": "70"}, "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZS"}
    keep(account=row.pk, envelopes=heard({"events": [taken_back]}, account_view(row)).envelopes, at=now())
    while understand_waiting(at=now()):
        pass
    assert Interaction.objects.get(kind="delete").data["target"] == f"{KAROLINE}:70"
