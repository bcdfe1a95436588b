"""The worklist of who may be one person in a real Chromium, by keyboard only, in both languages; and the thresholds."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base.clock import now
from samspil.identity.models import Link, Policy, Suggestion, Veto
from samspil.intake.actions import connect
from samspil.intake.models import Handle
from samspil.organisation.actions import found, take_in
from tests.browser.beside import answers, beside_playwright, cut_others, free_port, listen_for_complaints, quiet, until  # noqa: F401 - a fixture among them
from tests.journeys.conftest import mail, mail_config, receive

CHROMIUM = Path("/usr/bin/chromium")
SECRET = "cykelkurv-i-regn"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]
PAIRS = 7
NAMES = {f"p{n}{side}": f"{'Ada' if side == 'a' else 'Adam'} Nr{n}" for n in range(PAIRS) for side in "ab"}
SMALL = """() => [...document.querySelectorAll('main a, main button, main summary, main input')].filter((e) => e.checkVisibility())
  .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()]).filter(([, box]) => box.height < 23.5 && box.width && box.height)
  .filter(([html]) => !html.includes('type="radio"')).map(([html]) => html)"""
NAMELESS = """() => [...document.querySelectorAll('main a, main button, main input, main [role=region]')].filter((e) => e.checkVisibility())
  .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.getAttribute('aria-labelledby')))
  .map((e) => e.outerHTML.slice(0, 80))"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.filter((id, n) => ids.indexOf(id) !== n) }"""


@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker) -> Iterator[str]:
    """Pages and live process on the tests' database; the address of the pages."""
    with django_db_blocker.unblock():
        dsn = make_conninfo(os.environ["SAMSPIL_DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    port, live_port = free_port(), free_port()
    environment = {**os.environ, "SAMSPIL_DATABASE_URL": dsn, "SAMSPIL_LIVE_PORT": str(live_port), "SAMSPIL_PORT": str(port)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    parts = [subprocess.Popen([sys.executable, "-m", "samspil.project.cli", name], env=environment) for name in ("web", "live")]
    try:
        until(lambda: answers(f"http://localhost:{live_port}/healthz") and answers(f"http://localhost:{port}/healthz"), 90)
        yield f"http://localhost:{port}"
    finally:
        for part in parts:
            part.terminate()
        for part in parts:
            part.wait(30)
        with django_db_blocker.unblock():
            cut_others()


@pytest.fixture
def world(transactional_db):
    found(name="Prøve", language="da")
    for name, role, language in (("mette", "admin", "da"), ("jonas", "employee", "en")):
        take_in(email=f"{name}@firma.example", name=name.title(), password=SECRET, role=role, language=language)
    account = connect(channel="mail", name="Service", config=mail_config(), own=["service@firma.example"])
    receive(account, *[mail(f"Hej fra {w}\n", sender=f"{n} <{w}@x.example>", ident=f"{w}@x") for w, n in NAMES.items()])
    return [suggest(n) for n in range(PAIRS)]


def suggest(n: int) -> Suggestion:
    one, other = sorted((Handle.objects.get(address=f"p{n}{side}@x.example") for side in "ab"), key=lambda h: h.pk)
    parts = [
        {"kind": "prior", "bits": -17.3},
        {"kind": "name", "level": "close", "bits": 20.3, "left": one.display, "right": other.display},
        {"kind": "hours", "level": "differ", "bits": -1.0},
    ]
    return Suggestion.objects.create(
        one=one, other=other, bits=2.0, probability=0.8, gain=0.9 - n / 10, parts=parts, found_at=now()
    )


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def sign_in(browser, pages, world):
    opened = []

    def enter(who: str = "mette", to: str = "/matching/", **options):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", **options})
        context.set_default_timeout(30_000)
        page = context.new_page()
        listen_for_complaints(page)
        page.goto(f"{pages}/account/login/")
        page.fill("[name=login]", f"{who}@firma.example")
        page.fill("[name=password]", SECRET)
        page.click("form button[type=submit]")
        page.wait_for_selector("#rows")
        page.goto(f"{pages}{to}")
        page.wait_for_load_state()
        opened.append((context, page))
        return page

    yield enter
    for context, page in opened:
        page.close()
        context.close()
    quiet()
    assert [page.complaints for _, page in opened] == [[] for _ in opened]


def title(page) -> str:
    shown = page.locator(".pair:not([hidden]) h2")
    return shown.inner_text() if shown.count() else ""


def shows(page, n: int) -> None:
    until(lambda: f"Nr{n} " in title(page), 15)


def states() -> list[str]:
    return list(Suggestion.objects.order_by("-gain").values_list("state", flat=True))


def owners() -> int:
    return Link.objects.filter(ended_at=None).values("consumer").distinct().count()


WORDS = {
    "mette": ("{} af 7", "Er ", "Det var det sidste par", "Intet par venter på svar", "De er ét menneske nu"),
    "jonas": ("{} of 7", "Are ", "That was the last pair", "No pair waits for an answer", "They are one person now"),
}


@pytest.mark.parametrize("who", ["mette", "jonas"])
def test_the_list_is_worked_by_keyboard_only(sign_in, who):
    progress, asks, _last, empty, joined = WORDS[who]
    page = sign_in(who)
    shows(page, 0)
    assert title(page).startswith(asks)
    assert progress.format(1) in page.inner_text(".progress-words")
    assert page.locator(".pair").count() == 4

    page.keyboard.press("s")
    shows(page, 1)
    assert page.evaluate("document.activeElement.closest('.pair:not([hidden])') !== null")
    assert progress.format(2) in page.text_content("#matching-said")
    page.wait_for_selector(f"#toasts :text('{joined}')")
    until(lambda: states()[0] == "same")
    page.keyboard.press("a")
    shows(page, 2)
    until(lambda: states()[1] == "apart")
    assert Veto.objects.filter(lifted_at=None).count() == 1
    page.keyboard.press("z")
    shows(page, 1)
    until(lambda: states()[:2] == ["same", "open"] and not Veto.objects.filter(lifted_at=None).exists())
    assert progress.format(2) in page.inner_text(".progress-words")
    page.keyboard.press("z")
    shows(page, 0)
    until(lambda: states() == ["open"] * PAIRS and owners() == 2 * PAIRS)

    page.keyboard.press("j")
    shows(page, 1)
    page.keyboard.press("k")
    shows(page, 0)
    page.keyboard.press("d")
    shows(page, 1)
    for n in range(1, PAIRS):
        shows(page, n)
        page.keyboard.press("Enter")
    until(lambda: states() == ["unsure"] + ["same"] * (PAIRS - 1))
    shows(page, 0)
    page.keyboard.press("s")
    until(lambda: states() == ["same"] * PAIRS and owners() == PAIRS)
    page.wait_for_selector("#pile-end:not([hidden])")
    page.reload()
    page.wait_for_selector(f"#pile-end h2:text('{empty}')")


def test_an_undo_that_is_pressed_at_once_waits_for_its_answer(sign_in):
    page = sign_in()
    shows(page, 0)
    page.keyboard.press("s")
    page.keyboard.press("z")
    shows(page, 0)
    until(lambda: states() == ["open"] * PAIRS and owners() == 2 * PAIRS)
    page.wait_for_timeout(300)
    assert states() == ["open"] * PAIRS


def test_a_key_that_is_held_down_answers_once(sign_in):
    page = sign_in()
    shows(page, 0)
    for _ in range(5):
        page.keyboard.down("s")
    page.keyboard.up("s")
    shows(page, 1)
    until(lambda: states()[0] == "same")
    page.wait_for_timeout(300)
    assert states() == ["same"] + ["open"] * (PAIRS - 1)


def test_an_answer_that_does_not_arrive_brings_the_pair_back(sign_in):
    page = sign_in()
    shows(page, 0)
    page.route("**/answer/", lambda route: route.abort())
    page.keyboard.press("s")
    page.wait_for_selector("#toasts .is-error")
    shows(page, 0)
    assert "1 af 7" in page.inner_text(".progress-words")
    assert states() == ["open"] * PAIRS
    page.unroute("**/answer/")
    page.keyboard.press("s")
    until(lambda: states()[0] == "same")
    page.complaints.clear()  # the browser told of the request that was cut


def test_single_keys_that_are_switched_off_do_nothing(sign_in):
    page = sign_in()
    shows(page, 0)
    page.evaluate("document.documentElement.dataset.singleKeys = 'off'")
    for key in ("s", "a", "d", "j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_timeout(400)
    shows(page, 0)
    assert states() == ["open"] * PAIRS
    page.click(".pair:not([hidden]) button[value=apart]")
    until(lambda: states()[0] == "apart")


def test_who_is_opened_and_why(sign_in):
    page = sign_in("jonas")
    shows(page, 0)
    page.keyboard.press("w")
    page.wait_for_url("**/matching/why/**")
    page.wait_for_selector(".waterfall li.is-for")
    page.click(".waterfall summary")
    bars = page.locator(".waterfall ol li").count()
    assert bars > 3
    assert page.locator(".waterfall tbody tr").count() == bars - 1  # the last bar is the sum, which stands under the table
    assert "Before looking" in page.inner_text(".waterfall tbody tr:first-child")
    page.go_back()
    shows(page, 0)
    page.keyboard.press("o")
    page.wait_for_url("**/consumers/**")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844), (320, 640)])
def test_every_page_fits_and_its_controls_can_be_hit_and_are_named(sign_in, size, scheme):
    page = sign_in(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    why = page.get_attribute(".pair:not([hidden]) a[data-key=w]", "href")
    for there in ("/matching/", why, why.rsplit("/", 2)[0] + "/", "/matching/settings/?alone=likely&join_at=97&suggest_at=60"):
        page.goto(page.url.split("/matching")[0] + there)
        page.wait_for_load_state()
        wide = page.evaluate("[document.documentElement.scrollWidth, document.querySelector('.pane.page').scrollWidth]")
        assert max(wide) <= size[0], there
        assert page.evaluate(SMALL) == [], there
        assert page.evaluate(NAMELESS) == [], there
        assert page.evaluate(TWICE) == [], there


def test_thresholds_are_tried_and_saved(sign_in):
    page = sign_in(to="/matching/settings/")
    page.check("input[value=likely]")
    page.fill("[name=join_at]", "75")
    page.wait_for_selector("#effect .is-primary:has-text('Gem; 7 par')")
    assert "Under 99 procent" in page.inner_text("#effect")
    assert not Policy.objects.exists()
    page.click("#effect .is-primary")
    until(lambda: Policy.objects.filter(join_at=0.75, suggest_at=0.5).exists())
    page.click("button:has-text('Fortryd den sidste ændring')")
    until(lambda: Policy.objects.filter(join_at=None).exists())
