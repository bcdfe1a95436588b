"""The scripts in a real Chromium, under the strict content security policy."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "samspil.look.tests.settings"}
    with subprocess.Popen(
        [sys.executable, "-m", "samspil.look.tests.serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()
        server.kill()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def context(browser):
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="da", color_scheme="light")
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def desk(context, address):
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"{address}?page=desk")
    yield page
    assert page.complaints == []


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def opened(page) -> list[str]:
    return page.eval_on_selector_all(".row-link[aria-current]", "links => links.map(link => link.parentElement.dataset.row)")


def chosen(page) -> list[str]:
    return page.eval_on_selector_all("[data-row-check]:checked", "boxes => boxes.map(box => box.value)")


def test_j_and_k_open_and_stop_at_the_ends(desk):
    for key, row in (("j", "2"), ("j", "3"), ("k", "2"), ("k", "1"), ("k", "1")):
        desk.keyboard.press(key)
        assert opened(desk) == [row]
    assert desk.locator(".row-link[tabindex='0']").count() == 1


def test_x_chooses_and_shift_x_all_between(desk):
    desk.keyboard.press("x")
    assert chosen(desk) == ["1"]
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("Shift+X")
    assert chosen(desk) == ["1", "2", "3"]
    assert desk.locator("[data-bulk]").is_visible()
    assert desk.locator("[data-bulk-count]").inner_text() == "3"
    desk.keyboard.press("Escape")
    assert chosen(desk) == []
    assert desk.locator("[data-bulk]").is_hidden()


def test_done_leaves_and_the_next_row_opens(desk):
    desk.keyboard.press("e")
    until(lambda: desk.locator("[data-row]").count() == 4)
    assert opened(desk) == ["2"]


def test_single_keys_can_be_switched_off_and_ctrl_k_still_works(desk):
    desk.keyboard.press("?")
    desk.locator("#keys .switch").click()
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    assert opened(desk) == ["1"]
    desk.reload()
    desk.keyboard.press("j")
    assert opened(desk) == ["1"]
    desk.keyboard.press("Control+k")
    assert desk.locator("#palette").is_visible()


def test_the_sheet_lists_what_the_page_declares(desk):
    desk.keyboard.press("?")
    rows = dict(
        zip(
            desk.locator("#keys [data-key-found] dt").all_inner_texts(),
            desk.locator("#keys [data-key-found] dd").all_inner_texts(),
            strict=True,
        )
    )
    assert rows["E"] == "Done"
    assert rows["R"] == "Svar"
    assert rows["G W"] == "Work"


def test_the_palette_does_what_the_page_can_and_asks_the_server(desk):
    desk.keyboard.press("/")
    desk.keyboard.type("sofie")
    until(lambda: desk.locator("#palette [role=option]").all_inner_texts() == ["SD\nSofie Damgaard\nParts"])
    desk.locator("#palette-input").fill("note")
    until(lambda: desk.locator("#palette [role=option] > span:not(.push)").all_inner_texts() == ["Intern note"])
    desk.keyboard.press("Enter")
    assert desk.locator("#palette").is_hidden()
    assert desk.locator(".composer.is-note").count() == 1


def test_escape_closes_the_palette_at_once_and_gives_the_focus_back(desk):
    desk.locator("[data-palette-open]").first.click()
    desk.keyboard.type("so")
    desk.keyboard.press("Escape")
    assert desk.locator("#palette").is_hidden()
    assert desk.evaluate("document.activeElement.className") == "omni"


def test_keys_between_reply_and_note_and_the_note_is_amber(desk):
    ground = "getComputedStyle(document.querySelector('.composer')).backgroundColor"
    desk.keyboard.press("n")
    assert desk.evaluate("document.activeElement.id") == "body-c1"
    desk.wait_for_timeout(200)
    assert desk.evaluate(ground) == "rgb(253, 244, 220)"
    assert desk.locator(".pick").is_hidden()
    desk.keyboard.type("jek")
    assert desk.locator("#body-c1").input_value() == "jek"
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")
    assert desk.locator(".composer.is-note").count() == 0


def test_a_text_survives_a_reload(desk):
    desk.keyboard.press("r")
    desk.keyboard.type("Hej Karoline")
    desk.reload()
    assert desk.locator("#body-c1").input_value() == "Hej Karoline"
    assert desk.locator("[data-draft-state]").inner_text() == "Din tekst fra sidst"


def test_mentions_are_found_and_put_in(desk):
    desk.keyboard.press("n")
    desk.keyboard.type("Spørg @met")
    desk.locator(".suggest [role=option]").wait_for()
    desk.keyboard.press("Enter")
    assert desk.locator("#body-c1").input_value() == "Spørg @Mette Krogh "
    assert desk.locator(".suggest").count() == 0


def test_files_are_listed_and_can_be_taken_away(desk):
    desk.set_input_files("[data-files]", [{"name": "mærke.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 1500}])
    assert desk.locator("[data-file-list] .file span").first.inner_text() == "mærke.jpg\n1,5 kB"
    desk.locator("[data-file-remove]").click()
    assert desk.locator("[data-file-list] .file").count() == 0
    assert desk.evaluate("document.querySelector('[data-files]').files.length") == 0


def test_a_toast_is_undone_by_z(desk):
    desk.evaluate(
        "document.dispatchEvent(new CustomEvent('look:toast', {detail: {text: 'Færdig', undo() { document.title = 'undone'; }}}))"
    )
    assert desk.locator(".toast span").inner_text() == "Færdig"
    desk.keyboard.press("z")
    assert desk.title() == "undone"
    assert desk.locator(".toast").is_hidden()


def test_a_theme_is_kept(desk, context):
    desk.locator(".side [data-theme-toggle]").click()
    assert desk.locator("html").get_attribute("data-theme") == "dark"
    desk.reload()
    assert desk.locator("html").get_attribute("data-theme") == "dark"
    assert [cookie["value"] for cookie in context.cookies() if cookie["name"] == "theme"] == ["dark"]


def test_a_refusal_does_not_replace_the_page(context, address):
    page = context.new_page()
    page.goto(address)
    page.get_by_text("Fail on purpose").click()
    page.locator(".toast.is-error").wait_for()
    assert page.locator(".toast.is-error span").inner_text() == "Det lykkedes ikke. Prøv igen."
    assert page.locator("h1").inner_text() == "Gallery"


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280])
@pytest.mark.parametrize("query", ["", "?page=desk", "?page=desk&open=1", "?page=bare"])
def test_nothing_scrolls_sideways(context, address, width, query):
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address + query)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


HEAR = """window.heard = [];
for (const kind of ['changed', 'typing']) document.addEventListener(`live:${kind}`, event => heard.push(event.detail.said))"""


def test_one_stream_feeds_every_tab_and_another_takes_over(context, address):
    pages = [context.new_page() for _ in range(3)]
    for page in pages:
        page.goto(f"{address}live/page")
        page.evaluate(HEAR)
    until(lambda: pages[0].request.get(f"{address}live/streams").json() == {"open": 1})
    pages[0].request.get(f"{address}live/push?said=one")
    pages[0].request.get(f"{address}live/push?said=two&kind=typing")
    for page in pages:
        until(lambda page=page: page.evaluate("heard.length") == 2)
        assert page.evaluate("heard") == ["one", "two"]
    pages[0].close()
    pages[1].request.get(f"{address}live/push?said=three")
    for page in pages[1:]:
        until(lambda page=page: page.evaluate("heard.length") == 3)
        assert page.evaluate("heard") == ["one", "two", "three"]
    until(lambda: pages[1].request.get(f"{address}live/streams").json() == {"open": 1})


def test_without_a_stream_it_polls_and_says_so_only_while_nothing_answers(context, address):
    page = context.new_page()
    page.goto(f"{address}live/page?stream=0")
    page.evaluate(HEAR)
    page.locator("#offline").wait_for()
    page.request.get(f"{address}live/push?said=polled")
    until(lambda: page.evaluate("heard.length") == 1, 12)
    assert page.evaluate("heard") == ["polled"]
    assert page.locator("#offline").is_hidden()
