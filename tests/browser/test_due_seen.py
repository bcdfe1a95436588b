"""Priority by a key, in a menu and for those that are chosen, with undo; and the list due first, in a real browser."""

from datetime import timedelta

import pytest

from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.organisation.models import Unit
from samspil.promise.actions import promise, reckon
from samspil.promise.models import Due
from tests.browser.beside import until
from tests.browser.test_desk import CHROMIUM, browser, desk, names, sign_in, smtp, world  # noqa: F401 - fixtures among them

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]
MINUTE = timedelta(minutes=1)


def priorities() -> dict[str, str]:
    known = dict(Due.objects.values_list("conversation__consumer__name", "priority"))
    return {name.split()[0]: known.get(name, "normal") for name in Conversation.objects.values_list("consumer__name", flat=True)}


def test_a_key_a_menu_and_undo(sign_in, world):  # noqa: F811 - the fixture
    page = sign_in()
    page.locator(".row-link", has_text="Sofie").click()
    page.wait_for_selector("#timeline .bubble.is-in")
    page.keyboard.press("i")
    page.wait_for_selector(".press-menu[open] .menu-item:has-text('Haster')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#thread-head .press-menu summary:has-text('Haster')")
    page.wait_for_selector("#timeline li:has-text('Mette Krogh: det haster')")
    page.wait_for_selector("#rows [data-row]:has-text('Sofie') .press:has-text('Haster')")
    assert priorities() == {"Yusuf": "normal", "Sofie": "urgent", "Karoline": "normal"}
    page.keyboard.press("z")
    until(lambda: priorities()["Sofie"] == "normal")
    page.wait_for_selector("#thread-head .press-menu summary.is-normal")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open] dd:text-is('Prioritet')")


def test_those_that_are_chosen_and_each_gets_its_own_back(sign_in, world):  # noqa: F811 - the fixture
    karoline = Conversation.objects.get(consumer__name__startswith="Karoline")
    Due.objects.update_or_create(conversation=karoline, defaults={"priority": "low"})
    page = sign_in()
    for who in ("Karoline", "Yusuf"):
        box = page.locator("#rows [data-row]", has_text=who).locator("[data-row-check]")
        until(
            lambda box=box: box.is_checked() or bool(box.click(force=True)) or box.is_checked()
        )  # a row may be drawn anew just then
    page.keyboard.press("Shift+I")
    page.locator("[data-bulk] .press-urgent").wait_for(state="visible")
    page.locator("[data-bulk] .menu-item", has_text="Haster").click()
    until(lambda: priorities() == {"Yusuf": "urgent", "Sofie": "normal", "Karoline": "urgent"})
    page.wait_for_selector("#toasts [data-undo]")
    page.keyboard.press("z")
    until(lambda: priorities() == {"Yusuf": "normal", "Sofie": "normal", "Karoline": "low"})
    page.wait_for_selector("#rows [data-row]:has-text('Karoline') .press:has-text('Kan vente')")


def test_due_first_stays_so_when_a_row_is_due_at_another_time(sign_in, world):  # noqa: F811 - the fixture
    _, mette, _ = world
    unit = Unit.objects.get(triage=True)
    rows = {c.consumer.name.split()[0]: c for c in Conversation.objects.select_related("consumer")}
    at = now()
    for n, who in enumerate(("Sofie", "Yusuf")):
        Conversation.objects.filter(pk=rows[who].pk).update(unit=unit, waiting_since=at - (20 - n) * MINUTE)
    Conversation.objects.filter(pk=rows["Karoline"].pk).update(waiting_since=None)
    promise(unit=unit, first=60, by=mette, at=at)
    promise(unit=unit, priority="urgent", first=30, by=mette, at=at)
    reckon(conversations=[c.pk for c in rows.values()])
    page = sign_in()
    assert names(page) == ["Yusuf Demir", "Sofie Damgaard", "Karoline Vestergaard"]
    page.keyboard.press("o")
    page.wait_for_url("**order=due*")
    assert names(page) == ["Sofie Damgaard", "Yusuf Demir", "Karoline Vestergaard"]
    page.locator(".row-link", has_text="Yusuf").click()
    page.wait_for_selector("#due summary:has-text('svar om')")
    page.keyboard.press("i")
    page.locator(".press-menu .menu-item", has_text="Haster").click()
    page.wait_for_selector("#rows > [data-row]:first-child .row-name:has-text('Yusuf')")
    assert names(page) == ["Yusuf Demir", "Sofie Damgaard", "Karoline Vestergaard"]
    page.locator("#due summary").click()
    page.wait_for_selector("#due-why dd:has-text('30 min.')")
    assert "order=due" in page.url
