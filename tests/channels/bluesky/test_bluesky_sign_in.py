"""From an account's page in a real browser to a real PDS and back; then the whole way, with what is kept in the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from samspil.base.clock import now
from samspil.channels.bluesky import grant
from samspil.channels.bluesky.channel import BlueskyChannel
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, keep, note_trouble, understand_waiting
from samspil.intake.models import Account, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.browser.beside import beside_playwright, listen_for_complaints  # noqa: F401 - a fixture among them
from tests.channels.bluesky.test_bluesky_oauth import CHROMIUM, Side, door, page, side, whole  # noqa: F401 - fixtures among them
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.servers,
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture
def row(side: Side, organisation) -> Account:  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    config = {"server": side.url, "identifier": "butik.test", "direct_messages": True}
    return connect(channel="bluesky", name="B", config=config, own=["butik.test"])


@pytest.fixture
def desk(live_server, page, mette) -> Iterator[str]:  # noqa: F811
    """The address of our pages, for a browser in which an administrator is signed in."""
    client = Client()
    mette.role, mette.language = "admin", "da"
    mette.save()
    client.force_login(mette)
    address = live_server.url.replace("localhost", "127.0.0.1")
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
    listen_for_complaints(page)
    yield address
    # Pages of the tests' server have no styles, and miss them aloud; what counts is that our policy stood in the way of nothing.
    assert [said for said in page.complaints if "Security Policy" in said] == []


def through(page, desk: str, row: Account, button: str) -> None:  # noqa: F811
    """From the account's page to the network's, and back."""
    page.goto(desk + reverse("account_edit", args=[row.pk]))
    page.get_by_role("button", name="Log ind hos Bluesky").click()
    page.wait_for_url("**/oauth/authorize**")
    page.fill("input[name=password]", "kontoens-egen")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{desk}{reverse('account_try', args=[row.pk])}*")


def test_the_whole_way_without_a_password(side: Side, page, desk: str, row: Account, mette) -> None:  # noqa: F811
    note_trouble(account=row.pk, error="x", at=now(), sign_in=True)
    through(page, desk, row, "Authorize")
    shown = page.inner_text("main")
    assert "as @butik.test" in shown
    assert page.locator(".checks li").count() == 4
    assert page.locator(".checks li.is-bad").count() == 0
    assert "Logget ind hos Bluesky" in page.inner_text("#toasts")
    row.refresh_from_db()
    assert row.state == "active"

    asked = side.asked()
    batch = next(BlueskyChannel().pull(account_view(row), None))
    keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
    while understand_waiting(at=now()):
        pass
    assert Interaction.objects.get().external_id == asked["uri"]
    write(conversation=Conversation.objects.get().pk, by=mette, text="Klokken 10", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert reply.state == "accepted", reply.detail
    assert side.karoline.record(reply.external_id)["reply"]["parent"] == asked

    def renewed(_: int) -> str:
        try:
            return grant.signed_of(account_view(row)).fresh(worn=before.access).access
        finally:
            connection.close()

    before, version = grant.read(account_view(row).keeps)
    with ThreadPoolExecutor(4) as several:
        found = set(several.map(renewed, range(4)))
    after, last = grant.read(account_view(row).keeps)
    assert found == {after.access}
    assert before.refresh != after.refresh
    assert last == version + 2  # one claim and one renewal, whoever made them

    page.goto(desk + reverse("account_leave", args=[row.pk]))
    page.locator("main form button").click()
    page.wait_for_url(f"**{reverse('accounts')}")
    assert grant.read(account_view(row).keeps) == (None, 0)
    kept = account_view(row).keeps
    assert grant.write(kept, after, 0)
    told = BlueskyChannel().check(account_view(row))
    assert [line.ok for line in told] == [True, False], told  # the server takes the token that was revoked no more


def test_who_says_no_there_is_told_here(page, desk: str, row: Account) -> None:  # noqa: F811
    through(page, desk, row, "Deny access")
    assert "Adgangen blev ikke tilladt derovre" in page.inner_text("main [role=alert]")
    assert grant.read(account_view(row).keeps) == (None, 0)
