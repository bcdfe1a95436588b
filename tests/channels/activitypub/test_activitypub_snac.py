"""Both ways with a real snac: its user finds and follows us, writes to us, and sees our answer in its thread.

snac and we stand at two loopback addresses on port 80, for handles with a port are not carried.
"""

import base64
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell, blobs, registry
from samspil.base.clock import now
from samspil.channels.activitypub.actors import Actors
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, fetch_due, understand_waiting
from samspil.intake.models import Account, Attachment, Envelope, Handle, Interaction
from samspil.intake.queries import account_view, followers
from samspil.organisation.models import Organisation
from samspil.reply.actions import attach, change, change_due, send_due, write
from samspil.reply.models import Change, Reply
from tests.channels.activitypub.ours import listening
from tests.channels.mastodon import snac as snacs
from tests.channels.mastodon.snac import Snac, running
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.servers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.allow_hosts(["127.0.0.1", "::1", "127.0.0.2", "127.0.0.3"]),
]
THEIRS, OURS = "127.0.0.3", "127.0.0.2"
PATIENCE = 45.0


@pytest.fixture(scope="module")
def snac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snac]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(snacs, "HOST", THEIRS)
        with running(tmp_path_factory.mktemp("snac"), ("karoline",)) as server:
            yield server


@pytest.fixture(autouse=True)
def _heard(settings, monkeypatch):
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    monkeypatch.setattr(bell, "ring", lambda *_args: None)
    monkeypatch.setattr(registry.channel("activitypub"), "actors", Actors())


@pytest.fixture
def account(organisation) -> Account:  # noqa: F811
    return connected("firma")


def connected(name: str) -> Account:
    """An account of this name; each test its own, for snac remembers who a name was."""
    Organisation.objects.update(undo_seconds=0)
    config = {"host": f"http://{OURS}", "username": name, "display_name": "Firma", "inside": THEIRS}
    return connect(channel="activitypub", name="Fediverse", config=config)


def karoline(server: Snac, method: str, path: str, **given: Any) -> Any:
    headers = {"authorization": f"Bearer {server.tokens['karoline']}"}
    answer = httpx.request(method, server.url + path, headers=headers, timeout=20, **given)
    assert answer.is_success, answer.text
    return answer.json()


def until(found: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        while understand_waiting(at=now()):
            pass
        if value := found():
            return value
        time.sleep(0.3)
    trouble = list(Envelope.objects.values_list("state", "error"))
    raise AssertionError(f"{what} was not seen: {trouble}")


def test_both_ways(snac: Snac, account: Account, mette) -> None:  # noqa: F811
    with listening(OURS, 80, f"http://{OURS}") as seen:
        lines = registry.channel("activitypub").check(account_view(account))
        assert all(line.ok for line in lines), lines

        # Found by name, followed, and the follow accepted.
        [we] = karoline(snac, "GET", "/api/v2/search", params={"q": f"@firma@{OURS}", "resolve": "true", "type": "accounts"})[
            "accounts"
        ]
        assert we["acct"] == f"firma@{OURS}"
        karoline(snac, "POST", f"/api/v1/accounts/{we['id']}/follow")
        [(_, reach)] = until(lambda: followers(account=account.pk), "the follow")
        assert reach["inbox"].startswith(f"http://{THEIRS}/karoline")
        until(
            lambda: karoline(snac, "GET", "/api/v1/accounts/relationships", params={"id[]": we["id"]})[0]["following"],
            "the acceptance",
        )

        # A public question, answered in its thread.
        question = karoline(
            snac, "POST", "/api/v1/statuses", data={"status": f"@firma@{OURS} Mit batteri er fladt", "visibility": "public"}
        )
        asked = until(lambda: Interaction.objects.filter(kind="message", outgoing=False).first(), "the question")
        assert "Mit batteri er fladt" in asked.text
        assert asked.public
        assert Handle.objects.get().address == f"karoline@{THEIRS}"
        write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi <nu>", at=now())
        while send_due(at=now()):
            pass
        reply = Reply.objects.get()
        assert (reply.state, reply.detail) == ("accepted", "202"), reply.detail
        thread = f"/api/v1/statuses/{question['id']}/context"
        [answer] = until(lambda: karoline(snac, "GET", thread)["descendants"], "the answer")
        assert "Det klarer vi &lt;nu&gt;" in answer["content"]
        assert answer["account"]["acct"] == f"firma@{OURS}"

        # They like it, and say thanks in the same conversation.
        karoline(snac, "POST", f"/api/v1/statuses/{answer['id']}/favourite")
        until(lambda: Interaction.objects.filter(kind="reaction", data__target=reply.external_id).exists(), "the like")
        karoline(
            snac,
            "POST",
            "/api/v1/statuses",
            data={"status": f"@firma@{OURS} Tak!", "in_reply_to_id": answer["id"], "visibility": "direct"},
        )
        until(lambda: Interaction.objects.filter(kind="message", outgoing=False).count() == 2, "the thanks")
        assert Conversation.objects.count() == 1
        assert not Interaction.objects.filter(kind="message", outgoing=False).latest("id").public

        # We like what they asked, think again, find better words, and take them back.
        row, ours = Conversation.objects.get(), Interaction.objects.get(kind="message", outgoing=True)

        def does(target: Interaction, kind: str, **more: str) -> None:
            change(conversation=row.pk, interaction=target.pk, by=mette, kind=kind, at=now(), **more)
            while change_due(at=now()):
                pass
            made = Change.objects.latest("written_at")
            assert (made.kind, made.state) == (kind, "done"), made.detail

        def stars() -> int:
            return int(karoline(snac, "GET", f"/api/v1/statuses/{question['id']}")["favourites_count"])

        does(asked, "react", emoji="⭐")
        until(lambda: stars() == 1, "our like")
        does(asked, "unreact", emoji="⭐")
        until(lambda: stars() == 0, "that it was taken back")
        does(ours, "edit", text="Det klarer vi i morgen")
        until(lambda: "i morgen" in karoline(snac, "GET", f"/api/v1/statuses/{answer['id']}")["content"], "the new words")
        does(ours, "delete")
        until(lambda: answer["id"] not in [a["id"] for a in karoline(snac, "GET", thread)["descendants"]], "that it is gone")

        # And they leave.
        karoline(snac, "POST", f"/api/v1/accounts/{we['id']}/unfollow")
        until(lambda: not followers(account=account.pk), "the end of the follow")
        assert not Envelope.objects.filter(state__in=["quarantined", "not_understood"]).exists()
        assert not [line for line in seen if line.startswith("POST") and not line.endswith("202")]


def test_pictures_go_along_both_ways_with_what_they_show(snac: Snac, mette, settings, tmp_path) -> None:  # noqa: F811
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"
    connected("fotos")
    png = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
    with listening(OURS, 80, f"http://{OURS}"):
        media = karoline(
            snac, "POST", "/api/v2/media", files={"file": ("kat.png", png, "image/png")}, data={"description": "En kat"}
        )
        shown = {"status": f"@fotos@{OURS} Min kat", "visibility": "direct", "media_ids[]": media["id"]}
        asked = karoline(snac, "POST", "/api/v1/statuses", data=shown)
        until(lambda: Attachment.objects.filter(alt="En kat", state="waiting").exists(), "the picture")
        assert fetch_due(at=now()) is not None
        row = Conversation.objects.get()
        ours = attach(
            conversation=row.pk, by=mette, name="a.png", content_type="image/png", pieces=[png], at=now(), alt="En hund"
        )
        write(conversation=row.pk, by=mette, text="Her er vores", files=[ours.pk], at=now())
        while send_due(at=now()):
            pass
        thread = f"/api/v1/statuses/{asked['id']}/context"
        [answer] = until(lambda: karoline(snac, "GET", thread)["descendants"], "the answer")
        [seen] = answer["media_attachments"]
        assert seen["description"] == "En hund"
        assert httpx.get(seen["url"], timeout=20).content == png
    file = Attachment.objects.get()
    assert (file.state, file.detected_type, file.size) == ("there", "image/png", len(png)), file.error
    assert blobs.read(file.digest).read() == png
