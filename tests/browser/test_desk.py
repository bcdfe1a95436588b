"""The desk in a real Chromium: sign in, read, answer, undo, done, live, palette, phone; over the spine and a real SMTP server."""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base.clock import now
from samspil.conversation.actions import assign, note
from samspil.conversation.models import Conversation, Note
from samspil.intake.actions import connect
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Organisation
from samspil.reply.models import Draft, Reply
from tests.browser.beside import answers, beside_playwright, cut_others, free_port, listen_for_complaints, quiet, until  # noqa: F401 - a fixture among them
from tests.journeys.conftest import mail, receive

CHROMIUM = Path("/usr/bin/chromium")
SECRET = "cykelkurv-i-regn"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]
WATCH = """
window.delays = [];
document.addEventListener("live:changed", () => { window.heard ??= performance.now(); });
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  const isRow = changes.some((c) => [...c.addedNodes].some((n) => n.matches?.("#rows > [data-row], #timeline > li")));
  if (isRow && window.heard) { window.delays.push(performance.now() - window.heard); window.heard = undefined; }
}).observe(document.body, { childList: true, subtree: true }));
"""


class Inbox:
    """What the SMTP server was given."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.letters.append(bytes(envelope.content))
        return "250 taken"


@pytest.fixture(scope="module")
def desk(django_db_setup, django_db_blocker) -> Iterator[str]:
    """Pages, live process and worker on the tests' database; the address of the pages."""
    with django_db_blocker.unblock():
        dsn = make_conninfo(os.environ["SAMSPIL_DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    port, live_port = free_port(), free_port()
    environment = {**os.environ, "SAMSPIL_DATABASE_URL": dsn, "SAMSPIL_LIVE_PORT": str(live_port), "SAMSPIL_PORT": str(port)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    parts = [
        subprocess.Popen([sys.executable, "-m", "samspil.project.cli", name], env=environment)
        for name in ("web", "live", "worker")
    ]
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
def smtp() -> Iterator[Inbox]:
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=free_port())
    server.start()
    inbox.port = server.port
    yield inbox
    server.stop()


@pytest.fixture
def world(transactional_db, smtp):
    found(name="Nordlys", language="da")
    Organisation.objects.update(undo_seconds=3)
    mette = take_in(email="mette@firma.example", name="Mette Krogh", password=SECRET, role="admin")
    jonas = take_in(email="jonas@firma.example", name="Jonas Lund", password=SECRET, role="admin", language="en")
    config = {
        "address": "service@firma.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": smtp.port,
        "no_tls": True,
        "smtp_security": "none",
    }
    account = connect(channel="mail", name="Service", config=config, own=["service@firma.example"])
    for i, who in enumerate(("Karoline Vestergaard", "Sofie Damgaard", "Yusuf Demir")):
        first = who.split()[0].lower()
        letter = mail(
            f"Hej\n\nDet er {who}.\n",
            ident=f"m{i}@v.example",
            subject=f"Emne {i}",
            sender=f"{who} <{first}@v.example>",
            at=now() - timedelta(minutes=30 - i),
        )
        receive(account, letter)
    until(lambda: Conversation.objects.count() == 3)
    assign(conversations=list(Conversation.objects.values_list("pk", flat=True)), to=mette, by=mette, at=now())
    return account, mette, jonas


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def sign_in(browser, desk, world):
    opened = []

    def enter(who: str = "mette", **options):
        context = browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "da", "color_scheme": "light", **options}
        )
        context.set_default_timeout(30_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        listen_for_complaints(page, refusals=True)
        page.on("dialog", lambda dialog: (page.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(f"{desk}/account/login/")
        page.fill("[name=login]", f"{who}@firma.example")
        page.fill("[name=password]", SECRET)
        page.click("form button[type=submit]")
        page.wait_for_selector("#rows")
        opened.append((context, page))
        return page

    yield enter
    for context, page in opened:
        page.close()
        context.close()
    quiet()
    assert [page.complaints for _, page in opened] == [[] for _ in opened]


def names(page) -> list[str]:
    return page.locator("#rows .row-name").all_text_contents()


def test_read_answer_take_back_and_send(sign_in, smtp):
    page = sign_in()
    assert names(page) == ["Yusuf Demir", "Sofie Damgaard", "Karoline Vestergaard"]
    page.locator(".row-link", has_text="Sofie").click()
    page.wait_for_selector("#timeline .bubble.is-in")
    sofie = Conversation.objects.get(consumer__name="Sofie Damgaard")
    assert page.url.endswith(f"/c/{sofie.pk}/")
    assert "Det er Sofie Damgaard." in page.inner_text("#timeline")
    until(sofie.read_marks.exists)
    page.keyboard.press("r")
    page.keyboard.type("Hej Sofie, her er svaret.")
    until(lambda: Draft.objects.filter(text="Hej Sofie, her er svaret.").exists())
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".bubble.is-pending")
    assert page.input_value("[data-editor]") == ""
    page.click("#toasts [data-undo]")
    until(lambda: page.evaluate("document.querySelector('[data-editor]').value === 'Hej Sofie, her er svaret.'"))
    page.wait_for_selector(".bubble.is-pending", state="detached")
    assert list(Reply.objects.values_list("state", flat=True)) == ["cancelled"]
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".bubble.is-out .status:text-is('Sendt')", timeout=20000)
    assert len(smtp.letters) == 1
    assert b"Hej Sofie, her er svaret." in smtp.letters[0]
    assert sorted(Reply.objects.values_list("state", flat=True)) == ["accepted", "cancelled"]
    assert not Draft.objects.exists()


def test_done_opens_the_next_and_undo_brings_it_back(sign_in):
    page = sign_in()
    page.locator(".row-link").first.click()
    page.wait_for_selector("#thread h2:has-text('Emne 2')")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.wait_for_selector("#thread h2:has-text('Emne 1')")
    until(lambda: Conversation.objects.filter(status="done").count() == 1)
    until(lambda: page.evaluate("document.querySelectorAll('#rows > [data-row]').length === 2"))
    page.wait_for_selector("#toasts [data-undo]")
    page.keyboard.press("z")
    until(lambda: page.evaluate("document.querySelectorAll('#rows > [data-row]').length === 3"))
    assert names(page)[0] == "Yusuf Demir"
    assert not Conversation.objects.filter(status="done").exists()


def test_what_arrives_is_shown_at_once_and_half_written_text_stays(sign_in, world):
    account, _, jonas = world
    page = sign_in()
    page.locator(".row-link", has_text="Karoline").click()
    page.wait_for_selector("#timeline .bubble")
    page.wait_for_selector("#live[data-leading]", state="attached")
    page.wait_for_timeout(700)
    page.fill("[data-editor]", "Halvt skrevet")
    karoline = Conversation.objects.get(consumer__name="Karoline Vestergaard")
    page.evaluate("window.delays.length = 0; window.heard = undefined")
    for i in range(12):
        note(conversation=karoline.pk, by=jonas, text=f"Note nummer {i}", at=now())
        page.wait_for_selector(f"#timeline .is-note:has-text('Note nummer {i}')")
        page.wait_for_timeout(320)
    delays = page.evaluate("window.delays")
    assert page.input_value("[data-editor]") == "Halvt skrevet"
    sys.stdout.write(f"\nserver event to DOM, ms: p50 {statistics.median(delays):.0f}, max {max(delays):.0f}, n {len(delays)}\n")
    # The aim is 50 on a quiet machine; on two cores shared with everything else only this can be asserted: nothing waits for a poll.
    assert statistics.median(delays) < 2500
    receive(
        account,
        mail(
            "Nyt\n",
            ident="n1@v.example",
            references=("m0@v.example",),
            subject="Re: Emne 0",
            sender="Karoline <karoline@v.example>",
        ),
    )
    page.wait_for_selector("#timeline .is-in:has-text('Nyt')")
    until(lambda: page.evaluate("document.querySelector('#rows .row-name').textContent === 'Karoline Vestergaard'"))
    assert page.input_value("[data-editor]") == "Halvt skrevet"


def test_a_new_conversation_comes_on_top_with_the_counts(sign_in, world):
    account, mette, jonas = world
    page = sign_in()
    page.wait_for_selector("#live[data-leading]", state="attached")
    page.wait_for_timeout(700)
    assert page.title().startswith("(3) ")
    receive(account, mail(ident="ny@v.example", subject="Helt ny", sender="Ida Ravn <ida@v.example>"))
    until(lambda: Conversation.objects.filter(consumer__name="Ida Ravn").exists())
    ny = Conversation.objects.get(consumer__name="Ida Ravn")
    assign(conversations=[ny.pk], to=mette, by=jonas, at=now())
    page.wait_for_selector("#rows > li:first-child .row-name:has-text('Ida Ravn')")
    until(lambda: page.evaluate("document.title.startsWith('(4) ')"))
    assert page.inner_text(".nav-sub a[aria-current] b") == "4"
    page.wait_for_selector("#toasts :text('Jonas Lund gav dig Ida Ravn')")
    until(lambda: page.evaluate("document.querySelector('.bell-count').textContent === '1'"))


def test_colleagues_see_each_other(sign_in, world):
    mine, theirs = sign_in(), sign_in("jonas")
    karoline = Conversation.objects.get(consumer__name="Karoline Vestergaard")
    mine.goto(f"{mine.url.split('/c/')[0].rstrip('/')}/c/{karoline.pk}/")
    mine.wait_for_selector("#live[data-leading]", state="attached")
    mine.wait_for_timeout(700)
    theirs.goto(mine.url)
    mine.wait_for_selector("#also:has-text('Jonas er her også')")
    theirs.locator(".composer [data-editor]").press_sequentially("Jeg")
    mine.wait_for_selector("#typing:has-text('Jonas skriver …')")
    theirs.click("[data-back]", force=True) if theirs.locator("[data-back]").is_visible() else theirs.goto(
        mine.url.split("/c/")[0]
    )
    until(lambda: mine.evaluate("document.querySelector('#also').textContent === ''"))


def test_a_colleague_is_mentioned_in_a_note(sign_in, world):
    page = sign_in()
    page.locator(".row-link").first.click()
    page.wait_for_selector("#timeline .bubble")
    page.keyboard.press("n")
    page.keyboard.type("@jo")
    page.wait_for_selector("#suggest [role=option]:has-text('Jonas Lund')")
    page.keyboard.press("Enter")
    page.keyboard.type("ved du det?")
    assert page.locator("form.composer.is-note").count() == 1
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".bubble.is-note .mention:has-text('@Jonas')")
    assert Note.objects.get().text == "@Jonas ved du det?"


def test_palette_dark_and_phone(sign_in):
    page = sign_in(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 22, 27)"
    page.keyboard.press("Control+k")
    page.keyboard.type("sofie")
    page.wait_for_selector("#palette-server a:has-text('Sofie Damgaard')")
    page.keyboard.press("Escape")
    phone = sign_in("jonas", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    phone.goto(phone.url.split("?")[0] + "?view=open")
    assert not phone.locator("#thread").is_visible()
    phone.locator(".row-link").first.tap()
    phone.wait_for_selector("#timeline .bubble")
    assert not phone.locator("#list").is_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.locator("[data-back]").tap()
    phone.wait_for_selector("#list", state="visible")


def test_hostile_names_subjects_and_markup_stay_text(sign_in, world):
    account, _, _ = world
    receive(account, mail(f"Hej {HOSTILE}\n", ident="xss@v.example", subject=HOSTILE, sender=f'"{HOSTILE}" <ond@v.example>'))
    until(lambda: Conversation.objects.count() == 4)
    ond = Conversation.objects.order_by("-last_at", "-opened_at").filter(subject__contains="onerror").get()
    page = sign_in()
    page.goto(f"{page.url.split('?')[0].rstrip('/')}/c/{ond.pk}/?view=open")
    page.wait_for_selector("#timeline .bubble")
    assert HOSTILE in page.inner_text("#thread h2")
    assert page.locator("#timeline script, #timeline img[src=x], #rows img[src=x], #person img[src=x]").count() == 0


def test_the_first_load_is_small(sign_in, desk):
    page = sign_in()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    sizes: dict[str, float] = {}
    kinds: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))
    page.goto(f"{desk}/")
    page.wait_for_load_state("load")
    page.wait_for_timeout(800)
    told = {kinds.get(k, "?").split("/")[-1]: v for k, v in sizes.items()}
    total = sum(sizes.values())
    sys.stdout.write(f"\nfirst load: {total / 1000:.1f} kB in {len(sizes)} requests: {told}\n")
    assert total < 130_000
