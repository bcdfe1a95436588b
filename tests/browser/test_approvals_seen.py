"""A yes in two real browsers: the author sees that it waits, who is asked sees the count and the list, Y lets it leave, and both see it."""

import pytest

from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.organisation.models import Colleague, Unit
from samspil.reply.actions import set_policy
from samspil.reply.models import Approval, Reply
from tests.browser.beside import until
from tests.browser.test_desk import CHROMIUM, browser, desk, sign_in, smtp, world  # noqa: F401 - fixtures among them

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture
def wanted(world) -> Colleague:  # noqa: F811 - the fixture
    """Everything that the service says needs Mette's yes."""
    _, mette, _ = world
    unit = Unit.objects.get(triage=True)
    Conversation.objects.update(unit=unit)
    set_policy(unit=unit, by=mette, at=now(), active=True, everybody=True, by_leads=False, named=[mette.pk])
    return mette


def opened(page, who: str) -> Conversation:
    page.locator(".row-link", has_text=who).click()
    page.wait_for_selector("#timeline .bubble.is-in")
    return Conversation.objects.get(consumer__name__startswith=who)


@pytest.mark.usefixtures("wanted")
def test_it_waits_is_listed_and_leaves_with_a_key(sign_in):  # noqa: F811 - the fixture
    mette, jonas = sign_in(), sign_in("jonas")
    mette.wait_for_selector(".nav [data-count=yes]:text-is('0')")
    jonas.goto(jonas.url.split("/?")[0].rstrip("/") + "/?view=open")
    row = opened(jonas, "Sofie")
    jonas.fill(f"#body-{row.pk}", "Kom bare forbi.")
    jonas.keyboard.press("Control+Enter")
    jonas.wait_for_selector("#timeline .yes.is-waiting:has-text('Mette Krogh')")
    mette.wait_for_selector(".nav [data-count=yes]:text-is('1')")
    mette.click(".nav a[href='/desk/yes/']")
    mette.click(".yes-row a")
    mette.wait_for_selector("#timeline .yes.is-waiting [data-key=y]")
    assert Reply.objects.get().state == "awaits_yes"
    mette.keyboard.press("y")
    until(lambda: Reply.objects.get().state == "queued")
    jonas.wait_for_selector("#timeline .yes .is-ok:has-text('Mette Krogh')")
    mette.wait_for_selector(".nav [data-count=yes]:text-is('0')")
    assert Approval.objects.get().decided_by == Colleague.objects.get(name="Mette Krogh")
    assert (mette.complaints, jonas.complaints) == ([], [])
