"""A conversation is given to whoever knows brakes in a real Chromium, with the keys alone, and taken back while the toast is there."""

from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.organisation.actions import add_competence, add_unit, hold, take_in
from samspil.organisation.models import Colleague
from tests.browser.beside import until
from tests.browser.test_desk import browser, desk, pytestmark, sign_in, smtp, world  # noqa: F401 - fixtures and marks


def test_by_keys_alone(sign_in, world):  # noqa: F811
    skill = add_competence(name="Bremser", name_en="Brakes")
    bo = take_in(email="bo@firma.example", name="Bo Holm", unit=add_unit(name="Værksted"))
    hold(colleague=bo, competence=skill.pk, level=4)
    Colleague.objects.filter(pk=bo.pk).update(seen_at=now())
    row = Conversation.objects.order_by("last_at").first()
    page = sign_in()
    page.goto(page.url.split("?")[0].rstrip("/") + f"/c/{row.pk}/")
    page.wait_for_selector("#timeline .bubble.is-in")

    # A opens the menu with the focus where one types; Escape leaves it.
    page.keyboard.press("a")
    page.wait_for_selector("[data-assign-search]:focus")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('summary')")

    # What is typed is found in the other language too; the arrow goes into the list, Enter chooses.
    page.keyboard.press("a")
    page.wait_for_selector("[data-assign-search]:focus")
    page.keyboard.type("brak")
    page.wait_for_selector("#assign-found [data-found-for='brak'] ~ .menu-item:has-text('Bremser')")
    assert "Bo Holm får den nu" in page.locator("#assign-found .menu-item").first.inner_text()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent.includes('Bremser')")
    page.keyboard.press("Enter")
    page.get_by_text("Bo Holm kan Bremser og har den nu").first.wait_for()
    until(lambda: Conversation.objects.filter(pk=row.pk, assignee=bo, competence=skill).exists())

    # Undone by its key; then Enter at once, before the answer has come, chooses what fits what was typed.
    page.keyboard.press("z")
    until(lambda: not Conversation.objects.filter(pk=row.pk, assignee=bo).exists())
    page.keyboard.press("a")
    page.wait_for_selector("[data-assign-search]:focus")
    page.keyboard.type("holm")
    page.keyboard.press("Enter")
    until(lambda: Conversation.objects.filter(pk=row.pk, assignee=bo).exists())
