"""A picture from a real snac on its whole way: posted, in the log, fetched by the core, shown with what it shows."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from samspil.base import blobs
from samspil.base.clock import now
from samspil.channels.mastodon import pull as pulling
from samspil.channels.mastodon.channel import channel
from samspil.intake.actions import connect, fetch_due, keep, understand_waiting
from samspil.intake.models import Attachment
from samspil.intake.queries import account_view
from tests.channels.mastodon.snac import Snac, running
from tests.journeys.conftest import organisation  # noqa: F401 - a fixture

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("snac")


@pytest.fixture(scope="module")
def snac(folder: Path) -> Iterator[Snac]:
    with running(folder, ("butik", "karoline")) as server:
        yield server


def test_a_picture_is_fetched_and_one_that_was_taken_back_is_gone(snac, folder, organisation, monkeypatch):  # noqa: F811
    monkeypatch.setattr(pulling, "PAUSE", 0.5)
    config = {"server": snac.url, "access_token": snac.tokens["butik"]}
    account = connect(channel="mastodon", name="Butik", config=config, own=[f"butik@{snac.host}"])
    given = {"headers": {"authorization": f"Bearer {snac.tokens['karoline']}"}, "timeout": 10}
    upload = {"files": {"file": ("kat.png", PNG, "image/png")}, "data": {"description": "En kat"}}
    media = httpx.post(f"{snac.url}/api/v2/media", **upload, **given).raise_for_status().json()
    form = {"status": f"@butik@{snac.host} Se min kat", "visibility": "public", "media_ids[]": media["id"]}
    httpx.post(f"{snac.url}/api/v1/statuses", data=form, **given).raise_for_status()
    for batch in channel().pull(account_view(account), None):
        keep(account=account.pk, envelopes=batch.envelopes, at=now(), cursor=batch.cursor)
        understand_waiting(at=now())
        if Attachment.objects.exists():
            break
    row = Attachment.objects.get()
    assert (row.state, row.alt, row.digest) == ("waiting", "En kat", "")
    assert fetch_due(at=now()) == row.pk
    row.refresh_from_db()
    assert (row.state, row.detected_type, row.size, row.error) == ("there", "image/png", len(PNG), "")
    assert blobs.read(row.digest).read() == PNG
    Attachment.objects.update(state="waiting", digest="", fetch_at=now())
    (gone,) = [path for path in folder.rglob("*") if path.is_file() and path.read_bytes() == PNG]
    gone.unlink()
    fetch_due(at=now())
    row.refresh_from_db()
    assert (row.state, row.why, row.digest) == ("gone", "unreachable", "")
