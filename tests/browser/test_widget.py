"""The chat window in a real Chromium, on a page of another origin with a strict policy, over the real spine."""

import http.server
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.error import URLError

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import bell
from samspil.base import live as signals
from samspil.base.clock import now
from samspil.base.models import Counter
from samspil.channels.webchat import tokens
from samspil.conversation.actions import mark_read
from samspil.conversation.models import Conversation
from samspil.conversation.queries import thread
from samspil.identity.models import Link
from samspil.intake.actions import connect
from samspil.intake.models import Account, Attachment, Envelope, Interaction
from samspil.organisation.actions import found, take_in
from samspil.organisation.models import Colleague, Organisation
from samspil.reply.actions import attach, change, send_now, write
from samspil.reply.models import Reply

CHROMIUM = Path("/usr/bin/chromium")
SECRET = "kun til prøver"
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(true: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def cut_others() -> None:
    """End the other sessions on the tests' database: of processes just ended, and this one's own from Playwright's contexts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="module")
def live(django_db_setup, django_db_blocker) -> Iterator[str]:
    """The live process and a worker on the tests' database; the live process's address."""
    with django_db_blocker.unblock():
        dsn = make_conninfo(os.environ["SAMSPIL_DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    port = free_port()
    environment = {**os.environ, "SAMSPIL_DATABASE_URL": dsn, "SAMSPIL_LIVE_PORT": str(port), "SAMSPIL_PORT": str(free_port())}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "samspil.project.cli"]
    parts = [subprocess.Popen([*command, name], env=environment) for name in ("live", "worker")]
    try:
        until(lambda: answers(f"http://localhost:{port}/healthz"), 90)
        yield f"http://localhost:{port}"
    finally:
        for part in parts:
            part.terminate()
        for part in parts:
            part.wait(15)
        with django_db_blocker.unblock():
            cut_others()


@pytest.fixture(autouse=True)
def _beside_playwright(monkeypatch, settings):
    """Playwright keeps a loop in this thread; the tests' own questions to the database are between its turns."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    dsn = make_conninfo(settings.SAMSPIL_DSN, dbname=connection.settings_dict["NAME"])

    def ring(topic: str, data: object = None) -> None:
        import json

        import psycopg

        with psycopg.connect(dsn, autocommit=True) as ringing:
            ringing.execute("SELECT pg_notify(%s, %s)", [bell.CHANNEL, json.dumps([topic, data])])

    monkeypatch.setattr(bell, "ring", ring)


@pytest.fixture
def account() -> Account:
    found(name="Havblik", language="da")
    config = {"origins": "*", "identity_secret": SECRET, "hours": "Vi svarer hverdage 9-16."}
    return connect(channel="webchat", name="Havblik", config=config)


@pytest.fixture
def jonas(account) -> Colleague:
    return take_in(email="jonas@firma.example", name="Jonas Lund", password="cykelkurv-i-sol", role="admin")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def shop(tmp_path, live, account) -> Iterator[Callable[..., str]]:
    """Makes pages of another origin, whose policy allows scripts and calls of the live process and nothing else."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "favicon.ico").write_bytes(b"")

    def page(*, lang: str = "da", **data: str) -> str:
        policy = f"default-src 'none'; script-src {live}; connect-src {live}; img-src 'self'; require-trusted-types-for 'script'"
        attributes = " ".join(f'data-{name}="{value}"' for name, value in {"account": str(account.pk), **data}.items())
        (tmp_path / "butik.html").write_text(
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Butik</title>'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"></head><body><h1>Butik</h1><a href="#a">Et link</a>'
            f'<script src="{live}/widget/chat.js" {attributes} defer></script></body></html>'
        )
        return f"http://127.0.0.1:{server.server_port}/butik.html"

    yield page
    server.shutdown()


@pytest.fixture
def browser(account):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def visit(browser):
    """Opens pages; at the end no page may have complained."""
    complaints: list[str] = []

    def new(url: str, *, context=None, **options):
        context = context or browser.new_context(**{"viewport": {"width": 1000, "height": 720}, "locale": "da", **options})
        context.set_default_timeout(40_000)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    new.complaints = complaints
    yield new
    assert complaints == []


def opened(page):
    page.get_by_role("button", name=re.compile("^Åbn chat")).click()
    return page.get_by_role("dialog")


def tell(page, text: str) -> None:
    page.get_by_label("Din besked").fill(text)
    page.keyboard.press("Enter")


def answer(jonas: Colleague, text: str) -> Reply:
    reply = write(conversation=Conversation.objects.get().pk, by=jonas, text=text, at=now())
    return send_now(reply=reply.pk, by=jonas, at=now())


def test_it_is_written_answered_read_and_still_there_after_a_reload(shop, visit, account, jonas):
    page = visit(shop())
    window = opened(page)
    window.get_by_text("Hej! Hvad kan vi hjælpe dig med?").wait_for()
    window.get_by_text("Vi svarer hverdage 9-16.").wait_for()
    tell(page, "Mit batteri taber pusten")
    window.get_by_text("Sendt", exact=True).wait_for()
    until(lambda: Interaction.objects.count() == 1)
    page.reload()
    window = opened(page)
    assert window.locator(".mine .bubble").all_inner_texts() == ["Mit batteri taber pusten"]
    conversation = Conversation.objects.get()
    signals.typing(conversation=conversation.pk, colleague=jonas.pk, name=jonas.name)
    window.get_by_text("Jonas skriver …").wait_for()
    mark_read(conversation=conversation.pk, by=jonas, at=now())
    window.get_by_text("Læst", exact=True).wait_for()
    reply = answer(jonas, "Tag det med ind om natten")
    window.get_by_text("Tag det med ind om natten").wait_for()
    assert window.get_by_text("Jonas skriver …").count() == 0
    until(lambda: Reply.objects.get(pk=reply.pk).state == "read")
    assert window.locator(".theirs .by").all_inner_texts() == ["Jonas"]
    assert Interaction.objects.count() == 2
    assert Envelope.objects.filter(state="understood").count() == Envelope.objects.count()


def test_what_was_said_is_changed_taken_back_and_given_signs_on_both_sides(shop, visit, account, jonas):
    page = visit(shop())
    window = opened(page)
    tell(page, "Mit bateri taber pusten")
    window.get_by_text("Sendt", exact=True).wait_for()
    until(lambda: Interaction.objects.count() == 1)
    mine = window.locator(".mine")
    mine.get_by_label("Mere om beskeden").click()
    mine.get_by_role("button", name="Ret", exact=True).click()
    window.get_by_text("Du retter din besked.").wait_for()
    field = window.locator("textarea")
    assert field.input_value() == "Mit bateri taber pusten"
    field.fill("Mit batteri taber pusten")
    page.keyboard.press("Enter")
    until(lambda: Interaction.objects.filter(kind="edit", text="Mit batteri taber pusten").count() == 1)
    assert mine.locator(".bubble").all_inner_texts() == ["Mit batteri taber pusten"]
    assert (field.input_value(), mine.locator(".changed").all_inner_texts()) == ("", ["rettet"])
    answer(jonas, "Tag det med ind")
    window.get_by_text("Tag det med ind").wait_for()
    theirs = window.locator(".theirs")
    theirs.get_by_label("Mere om beskeden").click()
    theirs.get_by_role("button", name="Reagér med ❤️").click()
    until(lambda: Interaction.objects.filter(kind="reaction", data__emoji="❤️").count() == 1)
    row = Conversation.objects.get()
    asked, answered = (Interaction.objects.get(kind="message", outgoing=ours) for ours in (False, True))
    change(conversation=row.pk, interaction=asked.pk, by=jonas, kind="react", emoji="👍", at=now())
    mine.get_by_text("👍").wait_for()
    Organisation.objects.update(undo_seconds=0)
    change(conversation=row.pk, interaction=answered.pk, by=jonas, kind="edit", text="Tag det med ind om natten", at=now())
    window.get_by_text("Tag det med ind om natten").wait_for()
    page.reload()
    window = opened(page)
    assert window.locator(".bubble").all_inner_texts() == ["Mit batteri taber pusten", "Tag det med ind om natten"]
    assert window.locator(".sign").all_inner_texts() == ["👍", "❤️"]
    window.locator(".theirs .sign").click()
    until(lambda: Interaction.objects.filter(kind="reaction", data__removed=True).count() == 1)
    change(conversation=row.pk, interaction=answered.pk, by=jonas, kind="delete", at=now())
    window.get_by_text("Beskeden er trukket tilbage").wait_for()
    window.locator(".mine").get_by_label("Mere om beskeden").click()
    window.get_by_role("button", name="Træk tilbage").click()
    until(lambda: Interaction.objects.filter(kind="delete").count() == 2)
    assert window.locator(".bubble").all_inner_texts() == ["Beskeden er trukket tilbage"] * 2
    entries = [e for e in thread(row)[0] if e.interaction]
    assert [(e.kind, e.deleted, e.original) for e in entries] == [
        ("in", True, "Mit bateri taber pusten"),
        ("out", True, "Tag det med ind"),
    ]


def test_two_tabs_and_an_unread_badge(shop, visit, account, jonas):
    first = visit(shop())
    opened(first)
    tell(first, "Hej")
    first.get_by_text("Sendt", exact=True).wait_for()
    first.keyboard.press("Escape")
    second = visit(shop(), context=first.context)
    until(lambda: Interaction.objects.count() == 1)
    reply = answer(jonas, "Hej selv")
    second.get_by_role("button", name="Åbn chat, 1 ulæst besked").wait_for()
    until(lambda: Reply.objects.get(pk=reply.pk).state == "delivered")
    window = opened(second)
    assert window.locator(".bubble").all_inner_texts() == ["Hej", "Hej selv"]
    until(lambda: Reply.objects.get(pk=reply.pk).state == "read")


def test_without_a_connection_it_waits_even_over_a_reload_and_is_sent_once(shop, visit, account, live):
    page = visit(shop())
    window = opened(page)
    window.get_by_text("Hej! Hvad kan").wait_for()
    page.route(re.compile(r"/in/"), lambda route: route.abort("connectionfailed"))
    tell(page, "Første")
    tell(page, "Anden")
    window.get_by_text("Ingen forbindelse. Dine beskeder er gemt her").wait_for()
    assert window.get_by_text("Venter på forbindelse").count() == 2
    page.reload()
    window = opened(page)
    assert window.locator(".mine .bubble").all_inner_texts() == ["Første", "Anden"]
    assert Envelope.objects.count() == 0
    page.unroute(re.compile(r"/in/"))
    until(lambda: Interaction.objects.count() == 2)
    window.get_by_text("Venter på forbindelse").first.wait_for(state="detached")
    assert list(Interaction.objects.order_by("id").values_list("text", flat=True)) == ["Første", "Anden"]
    assert window.locator(".mine .bubble").all_inner_texts() == ["Første", "Anden"]
    assert window.get_by_text("Ingen forbindelse").is_visible() is False
    lost = [said for said in visit.complaints if "ERR_CONNECTION_FAILED" in said]
    assert lost
    visit.complaints[:] = [said for said in visit.complaints if said not in lost]


PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 150_000


def choose(page, *files: tuple[str, bytes]) -> None:
    page.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files]
    )


def test_files_go_both_ways(shop, visit, account, jonas):
    page = visit(shop())
    window = opened(page)
    window.get_by_role("button", name="Vedhæft filer").wait_for()
    choose(page, ("hjul.png", PNG), ("forkert.png", PNG), ("tom.png", b""), ("film.png", b"0" * (8_000_001)))
    assert window.get_by_role("alert").filter(has_text="film").inner_text() == "tom.png er tom. film.png er for stor: højst 8 MB."
    window.get_by_role("button", name="Fjern forkert.png").click()
    assert (
        page.evaluate("document.querySelector('samspil-chat').shadowRoot.activeElement.getAttribute('aria-label')")
        == "Fjern hjul.png"
    )
    tell(page, "Sådan ser hjulet ud")
    window.locator(".mine .file").get_by_text("hjul.png").wait_for()
    assert window.locator(".files").is_visible() is False
    until(lambda: Attachment.objects.count() == 1)
    assert list(Interaction.objects.order_by("id").values_list("text", flat=True)) == ["Sådan ser hjulet ud", ""]
    file = Attachment.objects.get()
    assert (file.name, file.size, file.content_type) == ("hjul.png", len(PNG), "image/png")
    page.reload()
    window = opened(page)
    window.locator(".mine .file").get_by_text("hjul.png").wait_for()
    given = {"conversation": Conversation.objects.get().pk, "by": jonas, "at": now()}
    ours = attach(**given, name="vejledning.pdf", content_type="application/pdf", pieces=[b"%PDF-1.7 hjul"])
    reply = write(**given, text="Se her", files=[ours.pk])
    send_now(reply=reply.pk, by=jonas, at=now())
    with page.expect_download() as began:
        window.get_by_role("button", name="Hent vejledning.pdf, 1 kB").click()
    assert (began.value.suggested_filename, Path(began.value.path()).read_bytes()) == ("vejledning.pdf", b"%PDF-1.7 hjul")
    found = page.evaluate(CONTRAST)
    assert {kind for _, kind in found} >= {"name", "size"}
    assert [(round(ratio, 2), kind) for ratio, kind in found if ratio < 4.5] == []


def test_a_file_waits_for_a_connection_too_and_is_sent_once(shop, visit, account):
    page = visit(shop())
    window = opened(page)
    window.get_by_role("button", name="Vedhæft filer").wait_for()
    page.route(re.compile(r"/in/"), lambda route: route.abort("connectionfailed"))
    choose(page, ("hjul.png", PNG))
    page.keyboard.press("Enter")
    window.get_by_text("Venter på forbindelse").wait_for()
    page.reload()
    window = opened(page)
    window.locator(".mine .file").get_by_text("hjul.png").wait_for()
    page.unroute(re.compile(r"/in/"))
    until(lambda: Attachment.objects.count() == 1)
    window.get_by_text("Venter på forbindelse").wait_for(state="detached")
    assert (Attachment.objects.get().size, Envelope.objects.count()) == (len(PNG), 1)
    # What the browser has thrown away meanwhile is said, and can be taken off the list.
    page.route(re.compile(r"/in/"), lambda route: route.abort("connectionfailed"))
    choose(page, ("nav.png", PNG))
    page.keyboard.press("Enter")
    window.get_by_text("Venter på forbindelse").wait_for()
    page.evaluate("new Promise((done) => { indexedDB.deleteDatabase('samspil-chat').onsuccess = done; })")
    page.reload()
    window = opened(page)
    window.get_by_role("button", name="Filen gik tabt").click()
    window.locator(".mine .file").get_by_text("nav.png").wait_for(state="detached")
    assert Envelope.objects.count() == 1
    visit.complaints[:] = [said for said in visit.complaints if "ERR_CONNECTION_FAILED" not in said]


def test_an_answer_that_is_lost_does_not_double_the_message(shop, visit, account):
    page = visit(shop())
    window = opened(page)
    statuses: list[int] = []

    def lose(route):
        statuses.append(route.fetch().status)
        route.abort("connectionreset")

    page.route(re.compile(r"/in/"), lose)
    tell(page, "Kun én gang")
    window.get_by_text("Sendt", exact=True).wait_for()  # the stream brought it, so it is known to be there
    assert set(statuses) == {202}
    assert Interaction.objects.count() == Envelope.objects.count() == 1
    assert all("ERR_CONNECTION_RESET" in said for said in visit.complaints)
    visit.complaints.clear()


def test_what_others_write_is_text_and_only_web_addresses_are_links(shop, visit, account, jonas):
    page = visit(shop())
    window = opened(page)
    evil = '<img src=x onerror="window.bad=1"> javascript:alert(1) https://ok.example/a?b=1&c=<b>. http://[broken'
    tell(page, evil)
    window.get_by_text("Sendt", exact=True).wait_for()
    until(lambda: Interaction.objects.count() == 1)
    answer(jonas, "Se <script>window.bad=1</script> (https://svar.example/vej).")
    window.get_by_text("Se <script>window.bad=1</script>").wait_for()
    assert window.locator(".mine .bubble").inner_text() == evil
    assert [a.get_attribute("href") for a in window.locator(".bubble a").all()] == [
        "https://ok.example/a?b=1&c=",
        "https://svar.example/vej",
    ]
    assert {a.get_attribute("rel") for a in window.locator(".bubble a").all()} == {"noopener noreferrer nofollow"}
    assert window.locator("img, .bubble script").count() == 0
    assert page.evaluate("window.bad") is None


def test_keyboard_focus_and_names(shop, visit, account):
    page = visit(shop())
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog", name="Chat med Havblik")
    window.wait_for()
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "field"
    assert page.get_by_role("log", name="Samtalen").get_attribute("aria-live") == "polite"
    assert window.get_attribute("aria-modal") == "false"
    nameless = page.evaluate(
        """() => [...document.querySelector('samspil-chat').shadowRoot.querySelectorAll('button, textarea, input')]
        .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent)).length"""
    )
    assert nameless == 0
    small = page.evaluate(
        """() => [...document.querySelector('samspil-chat').shadowRoot.querySelectorAll('button, textarea, input, summary')]
        .map(e => e.getBoundingClientRect()).filter(r => r.width && (r.width < 24 || r.height < 24)).length"""
    )
    assert small == 0
    page.keyboard.press("Escape")
    assert window.is_hidden()
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "launcher"
    page.evaluate("document.querySelector('a').focus(); SamspilChat.open()")
    window.wait_for()
    page.evaluate("SamspilChat.close()")
    assert page.evaluate("document.activeElement.textContent") == "Et link"


CONTRAST = """() => {
  const root = document.querySelector('samspil-chat').shadowRoot;
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (e) => {
    for (let n = e; n; n = n.parentElement) {
      const c = rgba(getComputedStyle(n).backgroundColor);
      if (c[3] === 255) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const e of root.querySelectorAll('.window *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length || e.closest('.hidden')) continue;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className || e.tagName]);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(shop, visit, account, jonas, scheme):
    page = visit(shop(), color_scheme=scheme)
    window = opened(page)
    tell(page, "Hej, se https://butik.example")
    window.get_by_text("Sendt", exact=True).wait_for()
    until(lambda: Interaction.objects.count() == 1)
    answer(jonas, "Hej selv")
    window.get_by_text("Hej selv").wait_for()
    window.get_by_role("button", name="Fortsæt på e-mail").click()
    found = page.evaluate(CONTRAST)
    assert {kind for _, kind in found} >= {"title", "who", "bubble", "by", "mark", "day", "greeting", "use", "mail"}
    assert [(round(ratio, 2), kind) for ratio, kind in found if ratio < 4.5] == []


def test_an_address_is_checked_and_goes_along(shop, visit, account):
    page = visit(shop())
    window = opened(page)
    window.get_by_role("button", name="Fortsæt på e-mail").click()
    field = window.get_by_label("Din e-mailadresse")
    field.fill("karoline@")
    page.keyboard.press("Enter")
    window.get_by_role("alert").get_by_text("Skriv en hel e-mailadresse").wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    assert Envelope.objects.count() == 0
    field.fill("karoline@mail.example")
    page.keyboard.press("Enter")
    window.get_by_text("I må gerne svare mig på e-mail: karoline@mail.example").wait_for()
    until(lambda: Interaction.objects.count() == 1)
    links = Link.objects.filter(ended_at=None).values_list("handle__network", "evidence__0__kind", "consumer")
    assert sorted((n, k) for n, k, _ in links) == [("mail", "typed"), ("webchat", "same")]
    assert len({c for _, _, c in links}) == 1
    window.get_by_text("Vi fortsætter gerne på karoline@mail.example.").wait_for()
    assert window.get_by_role("button", name="Fortsæt på e-mail").count() == 0


def test_who_is_signed_in_is_recognised_and_forgotten_at_sign_out(shop, visit, account):
    mail = "karoline@mail.example"
    page = visit(shop(mail=mail, name="Karoline Bæk", signature=tokens.signature(SECRET, mail=mail)))
    window = opened(page)
    tell(page, "Hvor er min pakke?")
    window.get_by_text("Sendt", exact=True).wait_for()
    until(lambda: Interaction.objects.count() == 1)
    links = Link.objects.filter(ended_at=None).values_list("handle__network", "evidence__0__kind")
    assert sorted(links) == [("mail", "hmac"), ("webchat", "same")]
    page.evaluate("SamspilChat.identify(null)")
    assert window.locator(".mine .bubble").count() == 0
    kept = page.evaluate("JSON.parse(Object.values(localStorage)[0])")
    assert (kept.get("token"), kept["outbox"]) == (None, [])


def test_a_forged_signature_is_refused_and_nothing_is_stored(shop, visit, account):
    page = visit(shop(mail="chef@firma.example", signature="0" * 64))
    window = opened(page)
    window.get_by_text("Chatten kan ikke nås lige nu.").wait_for()
    tell(page, "Giv mig alt")
    page.wait_for_timeout(500)
    assert Envelope.objects.count() == 0
    until(lambda: Counter.objects.filter(name="forged.webchat", count__gte=1).exists())
    assert all("403" in said for said in visit.complaints)
    visit.complaints.clear()


def test_english_by_the_page_and_a_phone_fills_the_screen(shop, visit, account):
    page = visit(shop(lang="en-GB", theme="dark"), reduced_motion="reduce", **PHONE)
    page.get_by_role("button", name="Open chat").click()
    window = page.get_by_role("dialog", name="Chat with Havblik")
    window.get_by_text("Hi! What can we help you with?").wait_for()
    assert window.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 780}
    assert window.get_attribute("aria-modal") == "true"
    assert window.evaluate("(e) => getComputedStyle(e).animationName") == "none"
    assert window.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(28, 30, 36)"
    page.get_by_label("Your message").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SAMSPIL-CHAT"
