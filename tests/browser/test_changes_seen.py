"""What was said is changed in a real Chromium, with the keys alone: new words, a sign, taken back; and undone while the toast is there."""

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Interaction
from samspil.reply.models import Change
from tests.browser.beside import until
from tests.browser.test_desk import browser, desk, pytestmark, sign_in, smtp, world  # noqa: F401 - fixtures and marks


@pytest.fixture
def row(world) -> Conversation:  # noqa: F811
    _, mette, _ = world
    account = connect(channel="webchat", name="Chat", config={})
    visitor = kit.Handle(network="webchat", scope=str(account.pk), address="8f3c41d2", display="Frida Holm")
    message = kit.Message(external_id="8f3c41d2:spurgt", author=visitor, at=now(), text="Kan I vende i dag?")
    with step():
        write([Received(envelope=new_id(), account=account, event=message)], now())
    found = Conversation.objects.get(placements__interaction__external_id="8f3c41d2:spurgt")
    assign(conversations=[found.pk], to=mette, by=mette, at=now())
    return found


def kinds() -> list[tuple[str, str]]:
    return list(Change.objects.order_by("written_at").values_list("kind", "state"))


def test_by_keys_alone(sign_in, row):  # noqa: F811
    page = sign_in()
    page.goto(page.url.split("?")[0].rstrip("/") + f"/c/{row.pk}/")
    page.wait_for_selector("#timeline .bubble.is-in")
    page.keyboard.press("r")
    page.keyboard.type("Ja, kom forbi")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".bubble.is-out .status:text-is('Sendt')", timeout=20000)
    ours, theirs = page.locator(".bubble.is-out").last, page.locator(".bubble.is-in").last

    # New words: the menu, the form, Escape leaves it, Ctrl+Enter saves.
    ours.locator(".message-menu > summary").focus()
    page.keyboard.press("Enter")
    ours.locator("[data-edit-open]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.value") == "Ja, kom forbi"
    page.keyboard.type(" kl. 9")
    page.keyboard.press("Escape")
    assert ours.locator(".edit-message").get_attribute("open") is None
    ours.locator(".message-menu > summary").focus()
    page.keyboard.press("Enter")
    ours.locator("[data-edit-open]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.value") == "Ja, kom forbi"
    page.keyboard.type(" kl. 10")
    page.keyboard.press("Control+Enter")
    page.get_by_text("De nye ord er på vej").first.wait_for()
    until(lambda: Interaction.objects.filter(kind="edit", text="Ja, kom forbi kl. 10").exists())
    page.wait_for_selector(".bubble.is-out .prose:has-text('kl. 10')")
    page.wait_for_selector(".bubble.is-out .why summary:text-is('ændret')")

    # A sign, given and taken back.
    theirs.locator(".message-menu > summary").focus()
    page.keyboard.press("Enter")
    theirs.locator(".sign").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".bubble.is-in .reactions .is-ours:not(.is-pending)")
    page.locator(".bubble.is-in .reactions .is-ours").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".bubble.is-in .reactions", state="detached")
    until(lambda: kinds() == [("edit", "done"), ("react", "done"), ("unreact", "done")])

    # Taken back, thought better of, and taken back for good.
    for undone in (True, False):
        ours.locator(".message-menu > summary").focus()
        page.keyboard.press("Enter")
        ours.locator(".menu-item.is-danger").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Det bliver trukket tilbage").first.wait_for()
        if undone:
            page.keyboard.press("z")
            until(lambda: kinds()[-1] == ("delete", "cancelled"))
    page.get_by_text("Trukket tilbage af Mette Krogh.").wait_for()
    assert kinds()[-2:] == [("delete", "cancelled"), ("delete", "done")]
    assert Interaction.objects.filter(kind="delete", outgoing=True).count() == 1
