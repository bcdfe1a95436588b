"""Files on the network and words for pictures in a real Chromium: a picture comes without a reload, and is described by keyboard."""

import os
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect, fetch_due
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Attachment, Envelope
from samspil.reply.models import ReplyFile
from tests.browser.beside import until
from tests.browser.test_desk import browser, desk, pytestmark, sign_in, smtp, world  # noqa: F401 - fixtures and marks

FAR = timedelta(days=300)
"""So that the worker of the installation leaves it to the test."""
ALT = "En cykel med flad slange foran et gult hus i Nørrebro"


def png(width: int, height: int) -> bytes:
    """A picture of stripes."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    stripes = (bytes((90 + (x // 16 + y // 16) % 2 * 90, 140, 120)) for y in range(height) for x in range(width))
    pixels = b"".join(stripes)
    rows = b"".join(b"\0" + pixels[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


PNG = png(320, 240)


@pytest.fixture
def row(world, monkeypatch) -> Conversation:  # noqa: F811
    known = registry.channel

    class Able(type(known("mastodon"))):  # type: ignore[misc]
        def fetch_file(self, _part: str, _envelope: kit.Envelope, _account: kit.Account) -> bytes:
            return PNG

    able = Able()
    monkeypatch.setattr(registry, "channel", lambda name: able if name == "mastodon" else known(name))
    account = connect(channel="mastodon", name="Mastodon", config={"server": "https://koral.example", "access_token": "t"})
    envelope = Envelope.objects.create(account=account, external_id="e", payload=b"{}", received_at=now(), state="understood")
    files = [
        kit.Attachment(part="a", name="slange.png", content_type="image/png", size=0, alt=ALT, remote=True),
        kit.Attachment(part="b", name="koncert.mp4", content_type="video/mp4", size=90_000_000, remote=True),
        kit.Attachment(part="c", name="hus.jpg", content_type="image/jpeg", size=0, remote=True),
    ]
    author = kit.Handle(network="mastodon", address="bo@koral.example", display="Bo Koral")
    message = kit.Message(
        external_id="1", author=author, at=now(), text="Se her, den er flad igen.", public=True, attachments=files
    )
    with step():
        write([Received(envelope=envelope.pk, account=account, event=message)], now())
        Attachment.objects.filter(state="waiting").update(fetch_at=now() + FAR)
        Attachment.objects.filter(part="c").update(state="gone", why="unreachable", error="404 Not Found")
    found = Conversation.objects.get(placements__interaction__external_id="1")
    assign(conversations=[found.pk], to=world[1], by=world[1], at=now())
    return found


def shoot(page, name: str) -> None:
    if folder := os.environ.get("SAMSPIL_PICTURES"):
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_picture_comes_without_a_reload(sign_in, row):  # noqa: F811
    page = sign_in()
    page.goto(page.url.split("/c/")[0].rstrip("/") + f"/c/{row.pk}/")
    page.wait_for_selector(".file.is-waiting")
    assert page.locator(".file.is-waiting").inner_text().split("\n") == ["slange.png", "hentes"]
    assert [t.split("\n")[-1] for t in page.locator(".file.is-gone").all_inner_texts()] == [
        "for stor til at blive hentet",
        "findes ikke længere på netværket: 404 Not Found",
    ]
    shoot(page, "waiting")
    page.evaluate("window.stays = true")
    assert fetch_due(at=now() + FAR + timedelta(days=1))
    picture = page.get_by_role("img", name=ALT)
    picture.wait_for()
    until(lambda: picture.evaluate("one => one.naturalWidth") == 320)
    assert (page.evaluate("window.stays"), page.locator(".file.is-waiting").count()) == (True, 0)
    words = page.locator("details.alt")
    assert not words.locator("p").is_visible()
    page.locator("details.alt summary").focus()
    page.keyboard.press("Enter")
    assert words.locator("p").inner_text() == ALT
    shoot(page, "there")
    assert page.complaints == []


def test_pictures_are_described_by_keyboard_and_the_words_stay_with_their_file(sign_in, row):  # noqa: F811
    page = sign_in()
    page.goto(page.url.split("/c/")[0].rstrip("/") + f"/c/{row.pk}/")
    page.wait_for_selector("form[data-composer]")
    reminder = page.locator(".coach .is-alt")
    assert not reminder.is_visible()
    files = [
        {"name": "en.png", "mimeType": "image/png", "buffer": PNG},
        {"name": "tekst.txt", "mimeType": "text/plain", "buffer": b"tekst"},
        {"name": "to.png", "mimeType": "image/png", "buffer": PNG + b"\0"},
    ]
    page.set_input_files("[data-files]", files)
    assert reminder.is_visible()
    fields = page.locator("input.alt-text")
    assert fields.count() == 2
    page.get_by_label("Beskriv to.png for dem, der ikke kan se billedet").fill("Nummer to")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('[data-editor]')")
    page.locator(".composer [data-editor]").fill("Se selv")
    assert reminder.is_visible()
    page.locator("[data-file-remove='0']").click()
    assert (fields.count(), fields.input_value(), reminder.is_visible()) == (1, "Nummer to", False)
    page.locator("[data-mode=note]").locator("..").click()
    assert not fields.is_visible()
    page.locator("[data-mode=reply]").locator("..").click()
    page.locator(".composer [data-editor]").press("Control+Enter")
    until(lambda: ReplyFile.objects.filter(reply__isnull=False).count() == 2)
    assert list(ReplyFile.objects.order_by("at", "id").values_list("name", "alt")) == [("tekst.txt", ""), ("to.png", "Nummer to")]
    assert page.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("who", ["mette", "jonas"])
def test_it_all_fits(sign_in, row, scheme, size, who):  # noqa: F811
    page = sign_in(
        who, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="da" if who == "mette" else "en"
    )
    page.goto(page.url.split("/c/")[0].rstrip("/") + f"/c/{row.pk}/")
    page.wait_for_selector(".file.is-waiting")
    shoot(page, f"waiting-{size[0]}-{scheme}-{who}")
    assert fetch_due(at=now() + FAR + timedelta(days=1))
    page.locator(".shot img").wait_for()
    page.locator("details.alt summary").click()
    page.set_input_files(
        "[data-files]",
        [
            {"name": "et-billede-med-et-meget-langt-navn-fra-telefonen.png", "mimeType": "image/png", "buffer": PNG},
            {"name": "regning.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-"},
        ],
    )
    page.locator(".composer [data-editor]").focus()
    shoot(page, f"there-{size[0]}-{scheme}-{who}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field = page.locator("input.alt-text").bounding_box()
    assert field["x"] >= 0
    assert field["x"] + field["width"] <= size[0]
    assert field["height"] >= 32
    assert page.locator(".coach .is-alt").is_visible()
    assert page.complaints == []
