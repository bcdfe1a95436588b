"""Two real browsers: a step is ticked and unticked and the other sees it, and finishing asks before it passes a must by."""

import pytest

from samspil.base.clock import now
from samspil.checklist import actions
from samspil.checklist.models import Step
from samspil.conversation.models import Conversation, Event
from samspil.handover.models import HandOver
from samspil.organisation.models import Colleague
from tests.browser.beside import until
from tests.browser.test_desk import CHROMIUM, browser, desk, sign_in, smtp, world  # noqa: F401 - fixtures among them

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture
def complaint(world):  # noqa: F811 - the fixture
    wanted = actions.Wanted(name="Reklamation", steps=[{"text": "Find nummeret", "must": True}, {"text": "Bed om et billede"}])
    return actions.keep(by=Colleague.objects.filter(role="admin").order_by("pk")[0], at=now(), wanted=wanted)


def opened(page, who: str) -> Conversation:
    page.goto(page.url.split("/c/")[0].split("?")[0] + "?view=open")
    page.locator(".row-link", has_text=who).click()
    page.wait_for_selector("#timeline .bubble.is-in")
    return Conversation.objects.get(consumer__name__startswith=who)


def test_a_step_is_ticked_and_unticked_live_and_finishing_asks(sign_in, complaint):  # noqa: F811 - the fixture
    mette, jonas = sign_in(), sign_in("jonas")
    row = opened(mette, "Sofie")
    opened(jonas, "Sofie")
    mette.keyboard.press("t")
    mette.click("#lists-add .menu-item:has-text('Reklamation')")
    mette.wait_for_selector(".lists-panel .lists-count:text-is('0/2')")
    jonas.wait_for_selector(".lists-panel .lists-count:text-is('0/2')")
    first = Step.objects.get(text="Find nummeret")
    mette.click(f"#box-{first.pk}")
    mette.wait_for_selector(f"#box-{first.pk}[aria-checked=true]")
    assert mette.evaluate("document.activeElement.id") == f"box-{first.pk}"
    jonas.wait_for_selector(f"#box-{first.pk}[aria-checked=true]")
    jonas.wait_for_selector("#thread-head .lists-chip:has-text('1/2')")
    mette.wait_for_selector(f"#row-{row.pk} .lists-chip:has-text('1/2')")
    jonas.click(f"#box-{first.pk}")
    mette.wait_for_selector(f"#box-{first.pk}[aria-checked=false]")
    until(lambda: Step.objects.filter(pk=first.pk, state="open", by=None).exists())

    # Done asks, and stays where one is.
    mette.wait_for_selector("#thread-head [data-key=e]:not([data-row-leave])")
    mette.keyboard.press("e")
    mette.wait_for_selector("#finish[open] .step-words:has-text('Find nummeret')")
    assert mette.locator("#timeline").get_attribute("data-conversation") == str(row.pk)
    row.refresh_from_db()
    assert row.status == "open"
    mette.fill("#finish [name=anyway]", "Hun ringer selv")
    mette.click("#finish .btn.is-primary")
    mette.wait_for_selector("#finish:not([open])", state="attached")
    mette.wait_for_selector("#timeline .event:has-text('Hun ringer selv')")
    row.refresh_from_db()
    assert (row.status, Event.objects.get(kind="done").data["anyway"]) == ("done", "Hun ringer selv")


def test_a_word_goes_along_and_who_takes_over_reads_it(sign_in, complaint):  # noqa: F811 - the fixture
    mette, jonas = sign_in(), sign_in("jonas")
    row = opened(mette, "Sofie")
    mette.keyboard.press("a")
    mette.click("#assign-list .menu-item >> nth=0")
    until(lambda: Conversation.objects.get(pk=row.pk).assignee is not None)
    mette.wait_for_selector("#thread-head .thread-people .avatar[title='Mette Krogh']")
    with mette.expect_response("**/assign"):  # what stood there before is drawn anew
        mette.keyboard.press("a")
    mette.wait_for_timeout(300)
    mette.fill("#assign-word", "Delene kommer torsdag")
    mette.click("#assign-list .menu-item:has-text('Jonas Lund') >> nth=0")
    until(lambda: HandOver.objects.filter(word="Delene kommer torsdag", to__name="Jonas Lund").exists())
    opened(jonas, "Sofie")
    jonas.wait_for_selector(".knowing-word:has-text('Delene kommer torsdag')")
    assert mette.locator(".knowing").count() == 0
    jonas.click(".knowing .btn")
    jonas.wait_for_selector("#timeline .event:has-text('Delene kommer torsdag')")
    assert jonas.locator(".knowing").count() == 0
    assert HandOver.objects.get(to__name="Jonas Lund").read_at is not None
