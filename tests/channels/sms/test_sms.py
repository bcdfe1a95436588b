"""Text messages against a stand-in for Twilio, after its documentation: sent, refused, patient; the fate of an answer; the whole way."""

import json
import os
import threading
from base64 import b64decode
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.sms.channel import channel
from samspil.channels.sms.signature import signed
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

SID, TOKEN, OURS = "AC" + "0f" * 16, "0123456789abcdef0123456789abcdef", "+4592451234"
SPEC = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "specs" / "twilio_api_v2010.json"
FIELDS = {"To", "From", "Body", "MessagingServiceSid", "MediaUrl"}


class Twilio(BaseHTTPRequestHandler):
    """Takes messages of one account; ``answers`` come instead of its own, in their order."""

    def do_POST(self) -> None:
        said = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        form = {n: v if n == "MediaUrl" else v[0] for n, v in said.items()}
        if b64decode(self.headers["authorization"].removeprefix("Basic ")).decode() != f"{SID}:{TOKEN}":
            self.say(401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif self.path != f"/2010-04-01/Accounts/{SID}/Messages.json" or not set(form) <= FIELDS:
            self.say(404, {"code": 20404, "message": "not found", "status": 404})
        elif self.server.answers:
            self.say(*self.server.answers.pop(0))
        else:
            self.server.sent.append(form)
            self.say(201, {"sid": f"SM{len(self.server.sent):032x}", "status": "queued", "error_code": None})

    def do_GET(self) -> None:
        if "/Media/" in self.path or self.path.startswith("/store/"):
            self.media()
            return
        good = b64decode(self.headers["authorization"].removeprefix("Basic ")).decode() == f"{SID}:{TOKEN}"
        self.say(200 if good else 401, {"sid": SID, "status": self.server.state})

    def media(self) -> None:
        """A file, which Twilio sends on to a store that must not be told who asks."""
        signed_in = self.headers.get("authorization", "")
        at_twilio = "/Media/" in self.path
        if at_twilio and b64decode(signed_in.removeprefix("Basic ")).decode() != f"{SID}:{TOKEN}":
            self.say(401, {"code": 20003})
            return
        kind, content = self.server.media.get(self.path.rpartition("/")[2], ("", b""))
        if not at_twilio and signed_in:
            kind = ""
        self.send_response(404 if not kind else 307 if at_twilio else 200)
        if at_twilio:
            self.send_header("location", self.path.replace(self.path.rpartition("/")[0], "/store"))
        self.send_header("content-type", kind)
        self.send_header("content-length", str(0 if at_twilio else len(content)))
        self.end_headers()
        self.wfile.write(b"" if at_twilio else content)

    def say(self, status: int, said: object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after", "9")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def twilio():
    with ThreadingHTTPServer(("127.0.0.1", 0), Twilio) as server:
        server.sent, server.answers, server.state, server.media = [], [], "active", {}
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def config(twilio, **more) -> dict[str, object]:
    return {
        "account_sid": SID,
        "auth_token": TOKEN,
        "number": OURS,
        "server": f"http://127.0.0.1:{twilio.server_address[1]}",
        **more,
    }


def account(twilio, **more) -> kit.Account:
    return kit.Account(id="a", name="SMS", config=config(twilio, **more), key=bytes(32))


def outbound(text: str = "Hej", to: str = "+4520304050", **more) -> kit.Outbound:
    return kit.Outbound(id="r", conversation="c", to=kit.Handle(network="phone", address=to), text=text, **more)


def picture(size: int = 3, url: str = "https://live.example/in/1/files/r/0/m") -> kit.File:
    return kit.File(name="a.png", content_type="image/png", size=size, open=lambda: None, url=url)


def test_files_go_by_their_addresses(twilio):
    second = "https://live.example/in/1/files/r/1/m"
    channel().send(outbound("", files=[picture(), picture(url=second)]), account(twilio))
    assert twilio.sent == [{"To": "+4520304050", "From": OURS, "MediaUrl": [picture().url, second]}]


def test_a_message_is_sent_from_the_number_or_through_the_service(twilio):
    assert channel().send(outbound("Hej Æ"), account(twilio)) == kit.Sent(external_id=f"SM{1:032x}", detail="queued")
    service = "MG" + "1a" * 16
    channel().send(outbound(), account(twilio, service_sid=service))
    assert twilio.sent == [
        {"To": "+4520304050", "Body": "Hej Æ", "From": OURS},
        {"To": "+4520304050", "Body": "Hej", "MessagingServiceSid": service},
    ]


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (outbound(to="postnord"), "no number that can be written to"),
        (outbound("x" * 1601), "at most 1600 characters"),
        (outbound(files=[picture(url="")]), "SAMSPIL_LIVE_URL"),
        (outbound(files=[picture(size=5_000_001)]), "at most 10 files, of 5 MB"),
        (outbound(files=[picture()] * 11), "at most 10 files"),
    ],
    ids=["word", "long", "no address", "large", "many"],
)
def test_what_cannot_be_sent_is_refused_before(twilio, message, says):
    with pytest.raises(kit.Unreachable, match=says):
        channel().send(message, account(twilio))
    assert twilio.sent == []
    channel().send(outbound("x" * 1600), account(twilio))  # the other side of the border


@pytest.mark.parametrize(
    ("answer", "error", "detail"),
    [
        ((400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}), kit.Unreachable, False),
        ((400, {"code": 21211, "message": "The 'To' number is not a valid phone number", "status": 400}), kit.Unreachable, True),
        ((429, {"code": 20429, "message": "Too Many Requests", "status": 429}), kit.TryLater, 9),
        ((503, {"code": 20503, "message": "Service unavailable", "status": 503}), kit.TryLater, None),
        ((201, {"status": "queued"}), kit.Uncertain, None),
    ],
    ids=["stop", "no number", "patience", "fault", "no id"],
)
def test_what_twilio_refuses(twilio, answer, error, detail):
    twilio.answers = [answer]
    with pytest.raises(error) as caught:
        channel().send(outbound(), account(twilio))
    assert getattr(caught.value, "after", getattr(caught.value, "permanent", None)) == detail
    assert twilio.sent == []


def test_a_token_that_is_not_accepted_keeps_the_message_waiting(twilio):
    with pytest.raises(kit.TryLater, match="give the new auth token") as caught:
        channel().send(outbound(), account(twilio, auth_token="wrong-token"))
    assert "wrong-token" not in str(caught.value)


def test_check_says_what_works(twilio):
    assert [(c.name, c.ok) for c in channel().check(account(twilio))] == [("sign in", True), ("number", True)]
    twilio.state = "suspended"
    assert [(c.name, c.ok, c.detail) for c in channel().check(account(twilio, number="20304050"))] == [
        ("sign in", False, "suspended"),
        ("number", False, ""),
    ]
    assert [c.ok for c in channel().check(account(twilio, auth_token="wrong"))] == [False, True]
    assert [c.name for c in channel().check(account(twilio, account_sid="me"))] == ["account"]


def mms(twilio, *files: tuple[str, str], body: str = "") -> kit.Envelope:
    about = {f"MediaUrl{n}": url for n, (url, _) in enumerate(files)} | {
        f"MediaContentType{n}": kind for n, (_, kind) in enumerate(files)
    }
    form = {"MessageSid": "MM1", "From": "+4520304050", "To": OURS, "Body": body, "NumMedia": str(len(files)), **about}
    url = "https://live.firma.example/in/1"
    headers = {"x-twilio-signature": signed(url + "".join(n + form[n] for n in sorted(form)), TOKEN)}
    request = kit.Request(method="POST", url=url, headers=headers, body=urlencode(form).encode())
    return replace(channel().hear(request, account(twilio)).envelopes[0], received_at=now())


def address(twilio, name: str) -> str:
    return f"http://127.0.0.1:{twilio.server_address[1]}/2010-04-01/Accounts/{SID}/Messages/MM1/Media/{name}"


def test_pictures_are_fetched_signed_in_and_the_store_is_told_nothing(twilio):
    twilio.media = {"ME1": ("image/jpeg", b"\xff\xd8jpeg"), "ME2": ("application/pdf", b"%PDF")}
    envelope = mms(twilio, (address(twilio, "ME1"), "image/jpeg"), (address(twilio, "ME2"), "application/pdf"), body="Se")
    [message] = channel().understand(envelope, account(twilio))
    assert message.text == "Se"
    assert [(a.name, a.content_type, a.remote) for a in message.attachments] == [
        ("file1.jpg", "image/jpeg", True),
        ("file2.pdf", "application/pdf", True),
    ]
    found = [channel().fetch_file(a.part, envelope, account(twilio)) for a in message.attachments]
    assert found == [b"\xff\xd8jpeg", b"%PDF"]
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().fetch_file("0", envelope, account(twilio, auth_token="wrong-token"))


@pytest.mark.parametrize(
    ("url", "kind", "says"),
    [
        ("https://api.twilio.com.ond.example/ME1", "image/jpeg", "from where nothing is fetched"),
        ("https://ondtwilio.com/ME1", "image/jpeg", "from where nothing is fetched"),
        ("http://api.twilio.com/ME1", "image/jpeg", "from where nothing is fetched"),
        ("http://127.0.0.1:1/ME1", "image/jpeg", "from where nothing is fetched"),
        ("gone", "image/jpeg", "not there any more"),
        ("page", "image/jpeg", "sent text/html"),
        ("large", "image/jpeg", "more than 25000000 bytes"),
        ("", "image/jpeg", "no such file"),
    ],
)
def test_credentials_go_to_twilio_alone_and_what_is_odd_is_not_kept(twilio, url, kind, says):
    twilio.media = {"page": ("text/html", b"<p>"), "large": ("image/jpeg", b"x" * 25_000_001)}
    envelope = mms(twilio, (url if "://" in url or not url else address(twilio, url), kind))
    with pytest.raises(kit.Unreachable, match=says):
        channel().fetch_file("0", envelope, account(twilio))
    for part in ("1", "-1", "x", "²"):
        with pytest.raises(kit.Unreachable, match="no such file"):
            channel().fetch_file(part, envelope, account(twilio))


@pytest.mark.data
@pytest.mark.skipif(not SPEC.exists(), reason=f"no data at {SPEC}; set SAMSPIL_DATA")
def test_our_call_is_one_that_twilio_describes():
    post = json.loads(SPEC.read_text())["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    form = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    assert set(form["properties"]) >= FIELDS >= set(form["required"])


@pytest.mark.django_db
def test_the_whole_way(twilio, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="sms", name="SMS", config=config(twilio), own=[OURS])

    def comes(**form: str) -> None:
        url = f"https://live.firma.example/in/{row.pk}"
        signature = signed(url + "".join(n + form[n] for n in sorted(form)), TOKEN)
        heard = channel().hear(
            kit.Request(method="POST", url=url, headers={"x-twilio-signature": signature}, body=urlencode(form).encode()),
            account_view(row),
        )
        keep(account=row.pk, envelopes=heard.envelopes, at=now())
        while understand_waiting(at=now()):
            pass

    for _ in range(2):  # Twilio asks again when it did not hear us: stored once
        comes(MessageSid="SM1", SmsStatus="received", From="+4520304050", To=OURS, Body="Min lås er frosset", NumMedia="0")
    assert Conversation.objects.get().messages == 1
    assert Handle.objects.get().address == "+4520304050"
    write(conversation=Conversation.objects.get().pk, by=mette, text="Prøv varmt vand", at=now())
    while send_due(at=now()):
        pass
    assert twilio.sent == [{"To": "+4520304050", "Body": "Prøv varmt vand", "From": OURS}]
    for state in ("sent", "delivered"):
        comes(MessageSid=f"SM{1:032x}", MessageStatus=state, SmsStatus=state, From=OURS, To="+4520304050")
    assert Reply.objects.get().state == "delivered"
    assert Consumer.objects.count() == 1
