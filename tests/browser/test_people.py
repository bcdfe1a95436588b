"""The consumer page in a real Chromium, by keyboard: join with a preview, undo, split, a note, an attribute, a file; and live."""

import pytest
from django.urls import reverse

from samspil.base.clock import now
from samspil.identity.actions import merge
from samspil.identity.actions.fields import make_field
from samspil.identity.actions.knowledge import add_note
from samspil.identity.models import Consumer, Decision, Detail, File, Link, Mark, Note
from tests.browser.beside import beside_playwright, until  # noqa: F401 - a fixture among them
from tests.browser.test_desk import CHROMIUM, HOSTILE, browser, desk, sign_in, smtp, world  # noqa: F401 - fixtures among them

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


def consumer(name):
    return Consumer.objects.get(name=name)


def owner(address):
    return Link.objects.get(handle__address=address, ended_at=None).consumer.name


def opened(page, desk, name):  # noqa: F811
    page.goto(desk + reverse("consumer", args=[consumer(name).pk]))
    page.wait_for_selector("#person h1")
    return page


def test_join_with_a_preview_undo_and_split_by_keyboard(sign_in, desk):  # noqa: F811
    page = opened(sign_in("jonas", locale="en"), desk, "Karoline Vestergaard")
    page.keyboard.press("m")
    page.wait_for_selector("[name=q]:focus")
    page.keyboard.type("sofie")
    page.wait_for_selector(".choices a")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#why:focus")
    look = page.locator(".way-one")
    assert look.locator(".look-handles").inner_text().split() == ["Mail", "sofie@v.example"]
    assert look.locator(".look-counts dd").all_inner_texts() == ["1", "1", "0", "0", "0", "0"]
    assert not page.locator(".way-other").is_visible()
    page.keyboard.type("She said so")
    page.keyboard.press("Enter")
    page.wait_for_selector("#toasts [data-undo]")
    assert owner("sofie@v.example") == "Karoline Vestergaard"
    page.keyboard.press("z")
    page.wait_for_url("**undone**")
    assert owner("sofie@v.example") == "Sofie Damgaard"
    page.wait_for_selector("#toasts [data-undo]")
    page.keyboard.press("z")  # an undo of the undo
    until(lambda: owner("sofie@v.example") == "Karoline Vestergaard")
    page.wait_for_selector("h2:has-text('2 handles')")
    assert page.locator("#history li").count() == 3
    page.keyboard.press("s")
    page.wait_for_selector("#split [name=handle]:focus")
    page.keyboard.press("Tab")
    page.keyboard.press(" ")
    page.wait_for_selector("#looked .look")
    page.keyboard.press("Tab")
    page.keyboard.type("Sofie again")
    page.wait_for_selector("#looked b:has-text('Sofie again')")
    page.keyboard.press("Enter")
    page.wait_for_selector("#toasts [data-undo]")
    assert owner("sofie@v.example") == "Sofie again"
    page.locator("#history a", has_text="Undo").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#why:focus")
    assert "sofie@v.example" in page.inner_text(".look-handles")
    page.keyboard.press("Enter")
    until(lambda: owner("sofie@v.example") == "Karoline Vestergaard")
    assert list(Decision.objects.order_by("id").values_list("kind", flat=True)) == ["join", "undo", "undo", "move", "undo"]


def test_a_note_an_attribute_a_mark_and_a_file_in_place(sign_in, desk, world, tmp_path):  # noqa: F811
    _, mette, _ = world
    make_field(name="Rides", kind="choice", choices=["Daily", "At times"], by=mette, at=now())
    page = opened(sign_in("jonas", locale="en"), desk, "Karoline Vestergaard")
    page.keyboard.press("n")
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".notes li")
    assert page.input_value("#note-text") == ""
    assert HOSTILE in page.inner_text(".notes li")
    page.keyboard.press("z")
    page.wait_for_selector(".notes li", state="detached")
    assert Note.objects.filter(deleted_at=None).count() == 0
    page.keyboard.press("d")
    page.keyboard.press("ArrowDown")
    page.locator("#details .menu-item", has_text="Company").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#adding [name=value]:focus")
    page.keyboard.type("Acme")
    page.keyboard.press("Enter")
    page.wait_for_selector(".known .value:has-text('Acme')")
    page.locator(".known summary", has_text="Acme").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".known [name=value]:focus")
    page.keyboard.type("Acme A/S")
    page.keyboard.press("Enter")
    page.wait_for_selector(".known .value:has-text('Acme A/S')")
    page.locator(".known button", has_text="Fill in").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#adding select:focus")
    page.keyboard.type("At")
    page.locator("#adding button", has_text="Save").press("Enter")
    page.wait_for_selector(".known .value:has-text('At times')")
    assert sorted(Detail.objects.filter(ended_at=None).values_list("value", flat=True)) == ["Acme A/S", "At times"]
    page.locator(".handles details summary").press("Enter")
    page.locator(".handles .menu-item", has_text="impostor").press("Enter")
    page.wait_for_selector(".consumer-warning")
    assert Mark.objects.get(ended_at=None).kind == "impostor"
    (tmp_path / "card.pdf").write_bytes(b"%PDF-1.7")
    page.locator("#files summary").press("Enter")
    page.set_input_files("#files [name=file]", tmp_path / "card.pdf")
    page.locator("#files button", has_text="Keep the file").press("Enter")
    page.wait_for_selector(".kept-files li")
    assert File.objects.get().content_type == "application/pdf"
    with page.expect_download() as saved:
        page.click(".kept-files a")
    assert saved.value.suggested_filename == "card.pdf"


def test_what_a_colleague_does_is_shown_and_what_is_half_written_stays(sign_in, desk, world):  # noqa: F811
    _, mette, _ = world
    page = opened(sign_in("jonas", locale="en"), desk, "Karoline Vestergaard")
    page.wait_for_selector("#live[data-leading]", state="attached")
    page.wait_for_timeout(700)
    row = consumer("Karoline Vestergaard")
    handle = Link.objects.get(consumer=row, ended_at=None).handle
    add_note(handle=handle.pk, text="From Mette", by=mette, at=now())
    page.wait_for_selector(".notes li:has-text('From Mette')")
    page.fill("#note-text", "Half written")
    page.locator("h1").click()
    add_note(handle=handle.pk, text="Once more", by=mette, at=now())
    page.wait_for_timeout(1500)
    assert page.input_value("#note-text") == "Half written"
    merge(kept=consumer("Yusuf Demir").pk, absorbed=row.pk, by=mette, why="x", at=now())
    page.locator("#note-text").fill("Half written")
    page.locator("h1").click()
    page.wait_for_selector("#moved", state="visible", timeout=15000)
    assert page.input_value("#note-text") == "Half written"
    page.click("#moved a")
    page.wait_for_selector("h1:has-text('Yusuf Demir')")
