"""Files of notes: which are seen, and that only they are fetched. And notes that quote ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from threading import Thread
from typing import Any, cast

import pytest

from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.channel import channel
from samspil.channels.activitypub.files import mark, page
from samspil.channels.activitypub.inbox import hear
from samspil.channels.activitypub.settings import settings_of
from samspil.channels.activitypub.tests.peer import KAROLINE, US, Net, account, actor, create, delivery
from samspil.channels.activitypub.tests.test_activitypub_understand import HEADERS, note
from samspil.kit import Envelope, FetchesFiles, File, Ours, Unreachable

PNG = b"\x89PNG\r\n\x1a\nbytes"


def document(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "Document", "mediaType": "image/png", "url": f"https://n.example/{number}.png", "name": "Kat", **more}


def envelope(*files: Any, named_only: bool = False) -> Envelope:
    whole = create(attachment=list(files))
    headers = dict(HEADERS)
    if named_only:
        headers["object"] = json.dumps(whole["object"])
        whole["object"] = whole["object"]["id"]
    return Envelope(external_id="e", payload=json.dumps(whole).encode(), headers=headers)


@contextmanager
def serving(kind: str) -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/1.png"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("named_only", [False, True])
def test_a_file_is_fetched_from_where_its_note_says(*, named_only: bool) -> None:
    assert isinstance(channel(), FetchesFiles)
    with serving("image/png") as url:
        [made] = note(attachment=document(1, url=url)).attachments
        got = channel().fetch_file(made.part, envelope(document(1, url=url), named_only=named_only), account(inside="127.0.0.1"))  # type: ignore[attr-defined]
    assert got == PNG


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_nothing_inside_is_fetched_and_nothing_of_another_kind() -> None:
    with serving("text/html") as url:
        [made] = note(attachment=document(1, url=url)).attachments
        with pytest.raises(Unreachable):
            channel().fetch_file(made.part, envelope(document(1, url=url)), account(inside="127.0.0.1"))  # type: ignore[attr-defined]
    with serving("image/png") as url:
        [made] = note(attachment=document(1, url=url)).attachments
        with pytest.raises(Unreachable, match="not fetched"):
            channel().fetch_file(made.part, envelope(document(1, url=url)), account())  # type: ignore[attr-defined]


@pytest.mark.parametrize("payload", [b'{"object": [1]}', json.dumps(create()).encode()])
def test_what_is_not_in_the_note_is_not_there(payload: bytes) -> None:
    with pytest.raises(Unreachable, match="no such file"):
        channel().fetch_file("attachment:0", Envelope(external_id="e", payload=payload, headers={}), account())  # type: ignore[attr-defined]


@pytest.mark.parametrize("place", ["quote", "quoteUrl", "quoteUri", "_misskey_quote"])
def test_a_note_that_quotes_ours_belongs_to_it(place: str) -> None:
    assert note(**{place: f"{US}/notes/7"}).references == [f"{US}/notes/7"]
    answered = note(**{place: f"{US}/notes/7", "inReplyTo": "https://n.example/9"})
    assert answered.references == [f"{US}/notes/7", "https://n.example/9"]
    assert note(**{place: "https://n.example/8"}).references == []
    net = Net()
    net.add(actor())
    for quoted, kept in ((f"{US}/notes/7", 1), ("https://n.example/8", 0)):
        whole = create(**{place: quoted, "tag": [], "to": [f"{KAROLINE}/followers"], "cc": []})
        whole |= {"to": [f"{KAROLINE}/followers"], "cc": []}
        heard = hear(delivery(whole), settings_of(account()), Actors(net.get), personal=False)
        assert len(heard.envelopes) == kept


@pytest.mark.parametrize(
    ("kind", "served", "disposition"),
    [("image/png", "image/png", None), ("text/html", "application/octet-stream", "attachment")],
)
def test_what_a_browser_might_run_is_only_saved(kind: str, served: str, disposition: str | None) -> None:
    class Kept:
        def sent(self, external_id: str) -> dict[str, Any]:
            return {"note": {"type": "Note", "id": external_id}}

        def file(self, reply: str, number: int) -> File | None:
            assert (reply, number) == ("7", 0)
            return File(name="a", content_type=kind, size=len(PNG), open=lambda: BytesIO(PNG))

    ours = account()
    found = page(["7", "0", mark("7", 0, ours.key)], settings_of(ours), cast("Ours", Kept()), ours.key)
    assert found is not None
    assert (found.content_type, found.headers.get("content-disposition"), found.body) == (served, disposition, PNG)
