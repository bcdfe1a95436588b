"""A homeserver's transaction at the live process: kept once, refused without the token, answered so that it does not come again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.intake.actions import connect
from samspil.intake.models import Account, Envelope
from samspil.organisation.actions import found
from samspil.project.live.app import Live
from samspil.project.live.tests.client import Client

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = {"authorization": "Bearer kun-til-proever"}
EVENT = {
    "type": "m.room.message",
    "event_id": "$1",
    "room_id": "!r:x.example",
    "sender": "@karoline:x.example",
    "origin_server_ts": 1772442900000,
    "content": {"msgtype": "m.text", "body": "Hej"},
}


@pytest.fixture
def account(db, settings) -> Account:
    settings.SAMSPIL_DSN = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])
    found(name="Havblik", language="da")
    config = {"server": "http://127.0.0.1:1", "user": "@butik:x.example", "access_token": "t", "hs_token": "kun-til-proever"}
    return connect(channel="matrix", name="Butik", config=config)


def run(scenario: Callable[[Live, Client], Awaitable[None]]) -> None:
    async def whole() -> None:
        live = Live()
        try:
            await asyncio.wait_for(scenario(live, Client(live)), 60)
        finally:
            await live.close()

    asyncio.run(whole())


def test_a_transaction_by_put_below_the_account_is_kept_once(account):
    async def scenario(live: Live, client: Client) -> None:
        path = f"/in/{account.pk}/_matrix/app/v1/transactions/7"
        answers = [await client.call("PUT", path, {"events": [EVENT]}, TOKEN) for _ in range(2)]
        assert [(a.status, a.json()) for a in answers] == [(200, {}), (200, {})]
        rows = await live.database.ask(lambda: list(Envelope.objects.values_list("external_id", "account_id")))
        assert rows == [("$1", account.pk)]

    run(scenario)


def test_a_wrong_token_is_refused_and_nothing_is_kept(account):
    async def scenario(live: Live, client: Client) -> None:
        path = f"/in/{account.pk}/_matrix/app/v1/transactions/7"
        for headers in ({}, {"authorization": "Bearer andet"}):
            assert (await client.call("PUT", path, {"events": [EVENT]}, headers)).status == 403
        assert (await client.call("DELETE", path, b"", TOKEN)).status == 404
        assert await live.database.ask(Envelope.objects.count) == 0

    run(scenario)
