"""The whole way of a mention: fetched, in a conversation of its person, answered in its thread and no more public than it was."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from samspil.base.clock import now
from samspil.channels.mastodon.channel import channel
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

KAROLINE = {"id": "7", "acct": "karoline@norrebro.example", "display_name": "Karoline", "bot": False}
STATUS = {
    "id": "70",
    "created_at": "2026-03-02T09:15:00.000Z",
    "visibility": "unlisted",
    "content": "<p>Mit batteri er fladt</p>",
    "account": KAROLINE,
    "mentions": [{"id": "1", "acct": "nordlys"}],
    "media_attachments": [],
}
NOTE = {"id": "1", "type": "mention", "created_at": "2026-03-02T09:15:01.000Z", "account": KAROLINE, "status": STATUS}


class Server(BaseHTTPRequestHandler):
    """The few paths that this way needs, as Mastodon documents them."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.say({
            "/api/v2/instance": {"domain": "social.firma.example", "configuration": {"statuses": {"max_characters": 500}}},
            "/api/v1/notifications": [] if "min_id" in self.path else [NOTE] if "max_id" not in self.path else [],
            "/api/v1/statuses/70": STATUS,
        }[path])  # fmt: skip

    def do_POST(self) -> None:
        posted = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.posted.append((self.path, self.headers["idempotency-key"], posted))
        self.say({"id": "71", "url": "https://social.firma.example/@nordlys/71"})

    def say(self, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.mark.django_db
def test_the_whole_way(organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.posted = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_address[1]}"
        row = connect(channel="mastodon", name="M", config={"server": f"http://{host}", "access_token": "t"}, own=[])
        batch = next(channel().pull(account_view(row), None))
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        while understand_waiting(at=now()):
            pass
        handle = Handle.objects.get(network="mastodon", address="karoline@norrebro.example")
        assert (str(handle), Consumer.objects.get().name) == ("@karoline@norrebro.example", "Karoline")
        interaction = Interaction.objects.get()
        assert (interaction.text, interaction.public, interaction.external_id) == ("Mit batteri er fladt", True, f"{host}/70")
        write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
        while send_due(at=now()):
            pass
        reply = Reply.objects.get()
        server.shutdown()
    assert (reply.state, reply.external_id) == ("accepted", f"{host}/71")
    [(path, key, posted)] = server.posted
    assert (path, key) == ("/api/v1/statuses", str(reply.pk))
    assert (posted["status"], posted["visibility"], posted["in_reply_to_id"]) == (
        "@karoline@norrebro.example Det klarer vi",
        "unlisted",
        "70",
    )
