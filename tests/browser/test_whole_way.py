"""The whole way: a consumer's mail or chat through real servers and every process to the desk, and the answer all the way back."""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser.beside import listen_for_complaints
from tests.browser.installation import Installation
from tests.browser.whole_way import DESK_CLOCK, PATIENCE, SECRET, SHOP_CLOCK, SUPPORT, UNDO, Mailbox, shop, until
from tests.channels.mail.servers import MailServers, mail_servers  # noqa: F401 - a fixture among them

CHROMIUM = Path("/usr/bin/chromium")
HERE = "tests.browser.whole_way"
CHATS = 10
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


@pytest.fixture(scope="module")
def nordlys(mail_servers: MailServers, tmp_path_factory) -> Iterator[SimpleNamespace]:  # noqa: F811 - the fixture
    """One installation with a real mailbox and a chat, for all the journeys; each has consumers of its own."""
    folder = tmp_path_factory.mktemp("installation")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)  # PostgreSQL runs as another user
    here = Installation(folder)
    try:
        here.wait()
        made = here.call(
            f"{HERE}:founded", imap_port=mail_servers.imap_port, smtp_port=mail_servers.smtp_port, password=mail_servers.password
        )
        with shop(tmp_path_factory.mktemp("shop"), f"http://localhost:{here.live}", made["chat"]) as address:
            yield SimpleNamespace(
                here=here, desk=f"http://localhost:{here.port}", shop=address, box=lambda user: Mailbox(mail_servers, user)
            )
    finally:
        here.stop()


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def visit(chromium):
    """Opens an address in a browser of its own; at the end no page may have complained."""
    contexts, complaints = [], []

    def new(address: str, script: str, **options):
        context = chromium.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "da", "color_scheme": "light", **options}
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE * 1000)
        context.add_init_script(script)
        page = context.new_page()
        listen_for_complaints(page, into=complaints)
        page.goto(address)
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def desk(visit, nordlys):
    """Mette, signed in, looking at everything that is open; the mark shows whether the page is ever loaded anew."""
    page = visit(f"{nordlys.desk}/account/login/", DESK_CLOCK)
    page.fill("[name=login]", "mette@nordlys.example")
    page.fill("[name=password]", SECRET)
    page.click("form button[type=submit]")
    page.wait_for_selector("#rows")
    page.goto(f"{nordlys.desk}/?view=open")
    page.wait_for_selector("#live[data-leading]", state="attached")
    page.wait_for_timeout(700)  # the stream is asked for after that
    page.evaluate("window.mark = 'the same page'")
    yield page
    assert page.evaluate("window.mark") == "the same page"


def keep_picture(page, name: str) -> None:
    """A picture for whoever wants to look: in the folder SAMSPIL_PICTURES names."""
    if folder := os.environ.get("SAMSPIL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def row_of(page, who: str):
    return page.locator("#rows > [data-row]", has_text=who)


def open_row(page, who: str) -> None:
    row_of(page, who).locator(".row-link").click()
    page.wait_for_selector(f"#thread .thread-sub a:text-is('{who}')")


def answer(page, text: str) -> None:
    page.fill("[data-editor]", text)
    page.locator(".composer [data-editor]").press("Control+Enter")


def fate_of(page, text: str):
    return page.locator("#timeline .bubble.is-out", has_text=text).locator(".status").first


def test_a_mail_is_answered_at_the_desk_and_the_answer_is_answered(nordlys, desk):
    before = nordlys.here.call(f"{HERE}:counts")
    box = nordlys.box("kunde@forbruger.test")
    question = box.write("Hej\n\nMin lygte blinker rødt. Hvad gør jeg?\n\nKarla\n", name="Karla Friis", subject="Lygten blinker")
    row_of(desk, "Karla Friis").wait_for()
    assert row_of(desk, "Karla Friis").locator(".row-title").inner_text() == "Lygten blinker"
    open_row(desk, "Karla Friis")
    assert "Min lygte blinker rødt. Hvad gør jeg?" in desk.inner_text("#timeline .bubble.is-in")
    answer(desk, "Hej Karla\n\nHold knappen nede i fem sekunder.")
    desk.wait_for_selector(".bubble.is-pending")
    assert box.mails() == []  # the undo time runs
    desk.wait_for_selector(".bubble.is-out .status:text-is('Sendt')")

    mail = box.arrived(1)
    assert mail["In-Reply-To"] == question
    assert mail["References"] == question
    assert mail["Subject"] == "Sv: Lygten blinker"
    assert mail["From"].addresses[0].addr_spec == SUPPORT
    assert mail["From"].addresses[0].display_name == "Mette Krogh · Nordlys"
    written = mail.get_content().replace("\r\n", "\n")
    assert written.startswith("Hej Karla\n\nHold knappen nede i fem sekunder.\n\n")
    assert "> Min lygte blinker rødt. Hvad gør jeg?" in written

    time.sleep(1)  # the Date of a mail has whole seconds, and nobody answers within one
    quoted = "".join(f"> {line}\n" for line in written.splitlines())
    said = f"Tak, det virker!\n\nDen 23.11.2026 kl. 10.00 skrev Mette Krogh <{SUPPORT}>:\n{quoted}"
    box.write(said, name="Karla Friis", subject=mail["Subject"], answer_to=mail)
    desk.locator("#timeline .bubble.is-in", has_text="Tak, det virker!").wait_for()
    assert desk.locator("#timeline .bubble .prose").all_inner_texts() == [
        "Hej\n\nMin lygte blinker rødt. Hvad gør jeg?\n\nKarla",
        "Hej Karla\n\nHold knappen nede i fem sekunder.",
        "Tak, det virker!",
    ]
    until(lambda: "Tak, det virker!" in desk.inner_text("#person"), "the column of the person was not told")
    assert row_of(desk, "Karla Friis").count() == 1
    after = nordlys.here.call(f"{HERE}:counts")
    assert {k: after[k] - before[k] for k in after} == {"conversations": 1, "messages": 2, "replies": 1, "not understood": 0}
    assert [r[0] for r in nordlys.here.call(f"{HERE}:replies", text="Hej Karla")] == ["accepted"]
    keep_picture(desk, "mail-desk")


def test_a_refused_address_is_shown_in_the_servers_words(nordlys, desk):
    gone = nordlys.box("ukendt@forbruger.test")  # Postfix takes mail from it and refuses mail to it
    gone.write("Hej, er I der?\n", name="Uffe Ukendt", subject="Hallo")
    row_of(desk, "Uffe Ukendt").wait_for()
    open_row(desk, "Uffe Ukendt")
    answer(desk, "Ja, hvad kan vi gøre?")
    fate = fate_of(desk, "Ja, hvad kan vi gøre?")
    desk.locator("#timeline .bubble.is-out.is-failed").wait_for()
    words = fate.inner_text()
    assert words.startswith("Kunne ikke leveres: 550 5.1.1 <ukendt@forbruger.test>: Recipient address rejected: User unknown"), (
        words
    )
    assert "is-error" in fate.get_attribute("class")
    assert (
        desk.evaluate("(() => { const log = document.querySelector('.log'); return log.scrollWidth - log.clientWidth; })()") == 0
    )
    assert [r[0] for r in nordlys.here.call(f"{HERE}:replies", text="Ja, hvad kan vi")] == ["failed"]
    keep_picture(desk, "refused-desk")


def begin_chat(visit, nordlys, words: str):
    page = visit(nordlys.shop, SHOP_CLOCK, viewport={"width": 1000, "height": 720})
    page.get_by_role("button", name="Åbn chat").click()
    page.evaluate("watchWindow()")
    tell(page, words)
    return page


def tell(page, words: str) -> None:
    page.get_by_label("Din besked").fill(words)
    page.keyboard.press("Enter")


def open_newest(page, words: str) -> None:
    """Open the row in which these words stand; a visitor has no name yet."""
    page.locator("#rows > [data-row]", has_text=words).locator(".row-link").click()
    page.locator("#timeline .bubble.is-in", has_text=words).wait_for()


def test_a_chat_is_answered_and_its_receipts_come_back(visit, nordlys, desk):
    before = nordlys.here.call(f"{HERE}:counts")
    visitor = begin_chat(visit, nordlys, "Har I åbent på søndag?")
    window = visitor.get_by_role("dialog")
    open_newest(desk, "Har I åbent på søndag?")
    name = desk.inner_text("#thread .thread-sub a")
    visitor.get_by_label("Din besked").press_sequentially("Og")
    desk.locator(f"#typing:text-is('{name} skriver …')").wait_for()
    visitor.get_by_label("Din besked").fill("")
    desk.locator(".composer [data-editor]").press_sequentially("Ja")
    window.get_by_text("Mette skriver …").wait_for()
    answer(desk, "Ja, fra 10 til 14.")
    window.get_by_text("Ja, fra 10 til 14.").wait_for()
    fate = fate_of(desk, "Ja, fra 10 til 14.")
    until(lambda: fate.inner_text() == "Læst", "the desk does not show that the answer was read")

    visitor.keyboard.press("Escape")
    answer(desk, "Vi glæder os.")
    visitor.get_by_role("button", name="Åbn chat, 1 ulæst besked").wait_for()
    fate = fate_of(desk, "Vi glæder os.")
    until(lambda: fate.inner_text() == "Leveret", "the desk does not show that the answer was delivered")
    visitor.get_by_role("button", name="Åbn chat, 1 ulæst besked").click()
    until(lambda: fate.inner_text() == "Læst", "the desk does not show that the second answer was read")
    assert window.locator(".bubble").all_inner_texts() == ["Har I åbent på søndag?", "Ja, fra 10 til 14.", "Vi glæder os."]

    measure(nordlys, desk, visitor)
    after = nordlys.here.call(f"{HERE}:counts")
    gained = {k: after[k] - before[k] for k in after}
    assert gained == {"conversations": 1, "messages": 1 + CHATS, "replies": 2 + CHATS // 2, "not understood": 0}
    keep_picture(desk, "chat-desk")
    keep_picture(visitor, "chat-widget")


def measure(nordlys, desk, visitor) -> None:
    """How long words take from one browser to the other, both ways, and how long the desk takes once it has heard of them."""
    desk.evaluate("window.told.length = window.delays.length = 0; window.heard = undefined")
    for n in range(CHATS):
        tell(visitor, f"Spørgsmål nummer {n:02d}.")
        desk.locator("#timeline .bubble.is-in", has_text=f"Spørgsmål nummer {n:02d}.").wait_for()
        desk.wait_for_timeout(300)
    posted = dict(visitor.evaluate("window.posts"))
    told = desk.evaluate("window.told")
    there, shown = [], desk.evaluate("window.delays")
    for n in range(CHATS):
        words = f"Spørgsmål nummer {n:02d}."
        at = next(t for body, t in posted.items() if words in body)
        there.append(min(t for place, text, t in told if place == "timeline" and words in text) - at)
    for n in range(CHATS // 2):
        answer(desk, f"Svar nummer {n}.")
        visitor.get_by_role("dialog").get_by_text(f"Svar nummer {n}.").wait_for()
    seen = visitor.evaluate("window.seen")
    left = {text: at * 1000 for _, at, text in nordlys.here.call(f"{HERE}:replies", text="Svar nummer")}
    back = [min(t for said, t in seen if text in said) - at for text, at in left.items()]
    assert (len(there), len(back)) == (CHATS, CHATS // 2)
    assert min(*there, *back) > 0
    for what, values in (
        ("server event to DOM at the desk", shown),
        ("visitor's POST to the desk's DOM", there),
        (f"end of the undo time ({UNDO} s) to the visitor's DOM", back),
    ):
        sys.stdout.write(f"\n{what}, ms: p50 {statistics.median(values):.0f}, max {max(values):.0f}, n {len(values)}")
    sys.stdout.write("\n")
    # On two cores shared with everything else only this can be asserted: nothing waits for a poll.
    assert statistics.median(there) < 4000
    assert statistics.median(back) < 4000


def test_a_chat_goes_on_by_mail_in_the_same_conversation(visit, nordlys, desk):
    before = nordlys.here.call(f"{HERE}:counts")
    box = nordlys.box("karla@forbruger.test")
    visitor = begin_chat(visit, nordlys, "Jeg leder efter en baglygte")
    open_newest(desk, "Jeg leder efter en baglygte")
    window = visitor.get_by_role("dialog")
    window.get_by_role("button", name="Fortsæt på e-mail").click()
    window.get_by_label("Din e-mailadresse").fill("karla@forbruger.test")
    visitor.keyboard.press("Enter")
    window.get_by_text("Vi fortsætter gerne på karla@forbruger.test.").wait_for()
    desk.locator("#timeline .bubble.is-in", has_text="I må gerne svare mig på e-mail: karla@forbruger.test").wait_for()
    channel = desk.locator(".composer [name=channel]")
    until(lambda: channel.locator("option").all_inner_texts() == ["Webchat", "Mail"], "the composer does not offer mail")
    keep_picture(desk, "chat-mail-desk")
    channel.select_option(label="Mail")
    answer(desk, "Her er tre baglygter.")
    desk.locator("#timeline .bubble.is-out", has_text="Her er tre baglygter.").locator(".status:text-is('Sendt')").wait_for()

    mail = box.arrived(1)
    assert mail["To"].addresses[0].addr_spec == "karla@forbruger.test"
    assert mail.get_content().startswith("Her er tre baglygter.")
    assert (mail["Subject"], mail["In-Reply-To"], mail["References"]) == ("Svar fra Nordlys", None, None)
    box.write("Jeg tager den røde.\n", name="Karla Holm", subject=mail["Subject"], answer_to=mail)
    desk.locator("#timeline .bubble.is-in", has_text="Jeg tager den røde.").wait_for()
    assert desk.locator("#timeline .bubble.is-in").count() == 3
    after = nordlys.here.call(f"{HERE}:counts")
    assert {k: after[k] - before[k] for k in after} == {"conversations": 1, "messages": 3, "replies": 1, "not understood": 0}
    assert window.locator(".bubble").all_inner_texts() == [
        "Jeg leder efter en baglygte",
        "I må gerne svare mig på e-mail: karla@forbruger.test",
    ]
    keep_picture(desk, "chat-mail-desk-end")
