"""What only the workshop knows reaches the mechanic, who answers from his mail program; the consumer reads it in the web chat.

Real servers (Postfix, Dovecot), real browsers, every process of an installation. The mechanic never opens Samspil.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser.beside import listen_for_complaints
from tests.browser.installation import Installation
from tests.browser.whole_way import PATIENCE, SECRET, SUPPORT, Mailbox, founded, shop, until
from tests.channels.mail.servers import MailServers, mail_servers  # noqa: F401 - a fixture among them

CHROMIUM = Path("/usr/bin/chromium")
HERE = "tests.browser.test_mechanic"
BO = "bo@brand.test"
FIRST = "Der kommer en lyd som en trompet, hver gang jeg holder for rødt på min ladcykel"
SECOND = "Min ladcykel lyder som en trompet, når jeg holder for rødt"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.servers,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"),
]


def workshop(*, imap_port: int, smtp_port: int, password: str) -> dict[str, str]:
    """In the installation: the workshop with Bo, who knows brakes; bills are the office's. Nobody has described a trompet."""
    from samspil.organisation.actions import add_competence, add_unit, hold, take_in
    from samspil.organisation.models import Colleague

    made = founded(imap_port=imap_port, smtp_port=smtp_port, password=password)
    workshop, office = add_unit(name="Værksted"), add_unit(name="Kontor")
    brakes = add_competence(
        name="Bremser",
        description="Skivebremser, klodser og greb: de bremser dårligt eller skal justeres.",
        words=["bremse", "bremser", "skivebremse", "klodser", "greb", "bremsevæske", "justering", "slidte klodser"],
    )
    bills = add_competence(
        name="Regninger",
        description="Faktura, betaling, kvittering og refusion.",
        words=["faktura", "regning", "betaling", "kvittering", "refusion", "beløb", "kort", "rykker"],
    )
    bo = take_in(email=BO, name="Bo Holm", password=SECRET, unit=workshop, title="Mekaniker")
    liv = take_in(email="liv@nordlys.example", name="Liv Dahl", password=SECRET, unit=office)
    mette = Colleague.objects.get(email="mette@nordlys.example")
    hold(colleague=bo, competence=brakes.pk, level=5)
    hold(colleague=liv, competence=bills.pk, level=5)
    # Mette sees everything and knows nothing of either: she sits where it goes that nobody is known for.
    Colleague.objects.filter(pk=mette.pk).update(capacity=50)
    return {**made, "brakes": str(brakes.pk)}


def learned() -> bool:
    """In the installation: whether routing has read the descriptions."""
    from samspil.routing.models import Classifier

    return Classifier.objects.filter(active=True).exists()


def learn() -> bool:
    """In the installation: what the clock does at night."""
    from samspil.routing.jobs import retrain

    return retrain()


def whose(*, words: str) -> dict[str, object]:
    """In the installation: who has the conversation with these words, its competence, and who answered how."""
    from samspil.conversation.models import Conversation
    from samspil.elsewhere.models import Arrival, Notice
    from samspil.reply.models import Reply

    row = Conversation.objects.select_related("assignee", "competence").filter(
        placements__interaction__text=words
    ).first()  # fmt: skip
    if row is None:
        return {}
    return {
        "assignee": row.assignee.name if row.assignee else "",
        "competence": row.competence.name if row.competence else "",
        "replies": [[r.colleague.name, r.text, r.account.channel] for r in Reply.objects.filter(conversation=row)],
        "arrivals": list(Arrival.objects.filter(notice__conversation=row).values_list("verdict", flat=True)),
        "notices": list(Notice.objects.filter(conversation=row, state="sent").values_list("kind", flat=True)),
    }


@pytest.fixture(scope="module")
def nordlys(mail_servers: MailServers, tmp_path_factory) -> Iterator[SimpleNamespace]:  # noqa: F811 - the fixture
    folder = tmp_path_factory.mktemp("installation")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)  # PostgreSQL runs as another user
    here = Installation(folder)
    try:
        here.wait()
        made = here.call(
            f"{HERE}:workshop", imap_port=mail_servers.imap_port, smtp_port=mail_servers.smtp_port, password=mail_servers.password
        )
        with shop(tmp_path_factory.mktemp("shop"), f"http://localhost:{here.live}", made["chat"]) as address:
            yield SimpleNamespace(
                here=here, desk=f"http://localhost:{here.port}", shop=address, brakes=made["brakes"],
                box=lambda user: Mailbox(mail_servers, user),
            )  # fmt: skip
    finally:
        here.stop()


@pytest.fixture
def visit() -> Iterator[object]:
    """Opens an address in a browser of its own; at the end no page may have complained."""
    from playwright.sync_api import sync_playwright

    complaints: list[str] = []
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])

        def new(address: str, **options: object):
            context = running.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "da", **options})
            context.set_default_timeout(PATIENCE * 1000)
            page = context.new_page()
            listen_for_complaints(page, into=complaints)
            page.goto(address)
            return page

        yield new
        running.close()
    assert complaints == []


def keep_picture(page, name: str) -> None:
    """A picture for whoever wants to look: in the folder SAMSPIL_PICTURES names."""
    if folder := os.environ.get("SAMSPIL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def chat(visit, nordlys, words: str):
    page = visit(nordlys.shop, viewport={"width": 1000, "height": 720})
    page.get_by_role("button", name="Åbn chat").click()
    page.get_by_label("Din besked").fill(words)
    page.keyboard.press("Enter")
    return page


def state(nordlys, words: str) -> dict[str, object]:
    return nordlys.here.call(f"{HERE}:whose", words=words)


def test_the_mechanic_answers_by_mail_and_the_next_goes_straight_to_him(nordlys, visit):
    until(lambda: nordlys.here.call(f"{HERE}:learned"), "routing has not read the descriptions", patience=150.0)
    box = nordlys.box(BO)

    # Nobody has described this: it goes to Mette's unit, and she knows whom to ask.
    shopper = chat(visit, nordlys, FIRST)
    until(lambda: state(nordlys, FIRST).get("competence") == "", "the message has not come")
    desk = visit(f"{nordlys.desk}/account/login/")
    desk.fill("[name=login]", "mette@nordlys.example")
    desk.fill("[name=password]", SECRET)
    desk.click("form button[type=submit]")
    desk.goto(f"{nordlys.desk}/?view=open")
    desk.locator("#rows > [data-row]", has_text="trompet").locator(".row-link").click()
    desk.locator("#timeline .bubble.is-in", has_text="trompet").wait_for()
    keep_picture(desk, "mechanic-1-desk")
    desk.keyboard.press("a")
    bo = desk.locator(".menu-list .menu-item:visible", has_text="Bo Holm")
    bo.wait_for()
    keep_picture(desk, "mechanic-2-assign")
    bo.click()
    until(lambda: state(nordlys, FIRST).get("assignee") == "Bo Holm", "Bo has not got it")

    # Bo is told by mail, and answers the mail.
    notice = box.arrived(1)
    told = notice.get_body(("plain",)).get_content()
    assert FIRST in told
    assert notice["Reply-To"].addresses[0].addr_spec.startswith("support+n.")
    quoted = "".join(f"> {line}\n" for line in told.replace("\r\n", "\n").splitlines())
    said = f"Det er bremseskiven, der har fået olie. Kom forbi, så renser jeg den.\n\nDen 26.11.2026 kl. 10.00 skrev Nordlys <{SUPPORT}>:\n{quoted}"
    box.write(said, name="Bo Holm", subject="Sv: " + str(notice["Subject"]), answer_to=notice)

    answer = shopper.locator("samspil-chat li.theirs", has_text="Kom forbi, så renser jeg den.")
    answer.wait_for()
    assert answer.locator(".by").inner_text() == "Bo"
    assert "Svar over denne linje" not in answer.inner_text()
    keep_picture(shopper, "mechanic-3-chat")
    desk.locator("#timeline .bubble.is-out", has_text="Kom forbi").wait_for()
    until(lambda: "Pr. mail" in desk.inner_text("#timeline"), "the desk does not say that it came by mail")
    keep_picture(desk, "mechanic-4-desk")
    found = state(nordlys, FIRST)
    assert found["replies"] == [["Bo Holm", "Det er bremseskiven, der har fået olie. Kom forbi, så renser jeg den.", "webchat"]]
    assert (found["arrivals"], found["notices"]) == (["answered"], ["assigned"])

    # At night routing learns; the next such message goes straight to the workshop.
    assert nordlys.here.call(f"{HERE}:learn") is True
    other = chat(visit, nordlys, SECOND)
    until(lambda: state(nordlys, SECOND).get("assignee") == "Bo Holm", "the second has not gone to Bo")
    assert state(nordlys, SECOND)["competence"] == "Bremser"
    second = box.arrived(2)
    assert SECOND in second.get_body(("plain",)).get_content()
    assert "Bremser" in second.get_body(("plain",)).get_content()
    box.write("Det er det samme: olie på skiven. færdig\nfærdig", name="Bo Holm", subject="Sv: x", answer_to=second)
    other.locator("samspil-chat li.theirs", has_text="olie på skiven").wait_for()
