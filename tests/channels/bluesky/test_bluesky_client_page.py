"""The live process shows authorisation servers who we are, with the key that lies in the account's drawer."""

import asyncio
import json

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell
from samspil.channels.bluesky import client
from samspil.intake.actions import connect, disconnect
from samspil.intake.queries import account_view
from samspil.project.live.app import Live
from samspil.project.live.tests.client import Client
from tests.journeys.conftest import organisation  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)
BACK = "https://samspil.example/settings/channels/x/signed-in/"


@pytest.fixture(autouse=True)
def _heard(settings, monkeypatch):
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    monkeypatch.setattr(bell, "ring", lambda *_args: None)


def asked(*paths: str) -> list:
    """The answers to GETs of these paths, by a live process that has just begun."""

    async def whole() -> list:
        live = Live()
        live.ours = live.hosting._ours = live.ours.model_copy(update={"live_url": "https://samspil.example"})
        try:
            return [await Client(live).get(path) for path in paths]
        finally:
            await live.close()

    return asyncio.run(asyncio.wait_for(whole(), 60))


def test_the_page_is_there_once_somebody_has_begun_to_sign_in(organisation) -> None:  # noqa: F811
    row = connect(channel="bluesky", name="B", config={"identifier": "butik.example.com"})
    page = f"/in/{row.pk}/{client.PAGE}"
    assert [answer.status for answer in asked(page)] == [404]
    account = account_view(row)
    known = client.client_for(account, account.keeps, BACK)
    shown, other, below = asked(page, f"/in/{row.pk}/", f"{page}/x")
    assert (shown.status, other.status, below.status) == (200, 404, 404)
    about = json.loads(shown.body)
    assert (about["client_id"], about["redirect_uris"]) == (f"https://samspil.example{page}", [BACK])
    assert known.ident == about["client_id"]
    assert b"PRIVATE" not in shown.body
    assert '"d"' not in shown.body.decode()
    disconnect(account=row.pk, by=None)
    assert [answer.status for answer in asked(page)] == [404]
