"""Files that are fetched, or will never be, as the desk shows them; words for who cannot see a picture, in and out."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from samspil import kit
from samspil.base import blobs
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Attachment
from samspil.organisation.actions import take_in
from samspil.reply.actions import attach
from samspil.reply.actions.outbound import outbound_of
from samspil.reply.models import Reply, ReplyFile
from samspil.screens.desk.templatetags.desk import fetch_words

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
KAROLINE = kit.Handle(network="mastodon", address="karoline@koral.example", display="Karoline")


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"


@pytest.fixture
def row(organisation) -> Conversation:
    """A public message with one picture that is said to lie on the network."""
    account = connect(channel="mastodon", name="Mastodon", config={"server": "https://koral.example", "access_token": "t"})
    file = kit.Attachment(
        part="a", name="slange.png", content_type="image/png", size=0, alt='En <b>flad</b> "slange"', remote=True
    )
    message = kit.Message(external_id="1", author=KAROLINE, at=now(), text="se her", public=True, attachments=[file])
    with step():
        write([Received(envelope=new_id(), account=account, event=message)], now())
    return Conversation.objects.get()


def become(**values: object) -> Attachment:
    Attachment.objects.update(**{"why": "", "error": "", "digest": "", **values})
    return Attachment.objects.get()


def page_of(client, row: Conversation) -> str:
    answer = client.get(reverse("conversation", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


ALT = 'aria-label="Hvad slange.png viser"'
SAID = "<p>En &lt;b&gt;flad&lt;/b&gt; &quot;slange&quot;</p>"


def test_a_file_that_waits_is_named_and_cannot_be_asked_for(signed_in, row):
    file = become(state="waiting")
    page = page_of(signed_in, row)
    assert '<span class="file is-waiting">' in page
    assert "slange.png<small>hentes</small>" in page
    assert (ALT in page, SAID in page, "<img" in page.split("timeline")[1], f"/file/{file.pk}" in page) == (
        True,
        True,
        False,
        False,
    )
    assert signed_in.get(reverse("file", args=[file.pk])).status_code == 404


@pytest.mark.parametrize(
    ("why", "error", "words"),
    [
        ("too_large", "", "for stor til at blive hentet"),
        ("unreachable", "410 Gone", "findes ikke længere på netværket: 410 Gone"),
        ("unreachable", "see https://x.example/a?sig=1 now", "findes ikke længere på netværket: see … now"),
        ("gave_up", "busy", "kunne ikke hentes, selv efter mange forsøg"),
        ("disconnected", "", "ikke hentet: kanalen blev koblet fra"),
        ("unsupported", "", "kan ikke hentes fra dette netværk"),
    ],
)
def test_why_a_file_is_gone_is_said_without_a_link(signed_in, row, why, error, words):
    file = become(state="gone", why=why, error=error)
    page = page_of(signed_in, row)
    assert f"slange.png<small>{words}</small>" in page
    assert ("x.example" in page, f"/file/{file.pk}" in page) == (False, False)
    assert signed_in.get(reverse("file", args=[file.pk])).status_code == 404
    with translation.override("en"):
        assert fetch_words(file).split(":")[0].isascii()


def test_a_picture_that_came_says_what_it_shows(signed_in, row):
    digest, size = blobs.keep([PNG], limit=1000)
    file = become(state="there", digest=digest, size=size, detected_type="image/png")
    page = page_of(signed_in, row)
    assert f'<img src="/file/{file.pk}?inline=1" alt="En &lt;b&gt;flad&lt;/b&gt; &quot;slange&quot;"' in page
    assert (ALT in page, SAID in page) == (True, True)
    assert b"".join(signed_in.get(reverse("file", args=[file.pk])).streaming_content) == PNG
    become(state="there", digest=digest, size=size, detected_type="image/png", alt="")
    page = page_of(signed_in, row)
    assert ('alt="slange.png"' in page, 'class="alt"' in page) == (True, False)


def test_what_came_and_is_no_picture_is_a_file_to_be_saved(signed_in, row):
    digest, size = blobs.keep([b"<html>"], limit=1000)
    file = become(state="there", digest=digest, size=size, detected_type="")
    page = page_of(signed_in, row)
    assert (f'<a class="file" href="/file/{file.pk}"' in page, f"/file/{file.pk}?inline" in page, ALT in page) == (
        True,
        False,
        True,
    )


def post(client, row: Conversation, **values):
    return client.post(
        reverse("reply", args=[row.pk]), {"kind": "reply", "body": "Ja", "ident": str(new_id()), **values}, headers={"HX-Request": "true"}
    )  # fmt: skip


def test_what_a_picture_shows_goes_along_in_the_order_of_the_files(signed_in, row):
    files = [
        SimpleUploadedFile("a.png", PNG, "image/png"),
        SimpleUploadedFile("b.txt", b"tekst", "text/plain"),
        SimpleUploadedFile("c.png", PNG, "image/png"),
    ]
    assert post(signed_in, row, files=files, alt=[" En flad slange\x00 ", "", "En ny"]).status_code == 200
    reply = Reply.objects.get()
    assert [(f.name, f.alt) for f in outbound_of(reply=reply).files] == [
        ("a.png", "En flad slange"),
        ("b.txt", ""),
        ("c.png", "En ny"),
    ]
    page = page_of(signed_in, row)
    assert "<p>En flad slange</p>" in page


@pytest.mark.parametrize("alt", [[], ["En"], ["En", "To", "Tre", "Fire"]])
def test_fewer_or_more_words_than_files_never_hold_anything_back(signed_in, row, alt):
    files = [SimpleUploadedFile(f"{n}.png", PNG, "image/png") for n in range(2)]
    assert post(signed_in, row, files=files, alt=alt).status_code == 200
    assert [f.alt for f in outbound_of(reply=Reply.objects.get()).files] == [*alt, "", ""][:2]


def test_a_file_that_waits_is_described_at_once_and_again_when_it_leaves(signed_in, row, mette):
    file = attach(conversation=row.pk, by=mette, name="a.png", content_type="image/png", pieces=[PNG], at=now())
    page = page_of(signed_in, row)
    field = re.search(rf'<input class="alt-text is-reply-only"[^>]*name="alt-{file.pk}"[^>]*>', page)
    assert field
    assert 'aria-label="Beskriv a.png for dem, der ikke kan se billedet"' in field[0]
    assert "Et billede mangler en beskrivelse" in page  # shown by the style while a field is empty
    answer = signed_in.post(reverse("file-describe", args=[file.pk]), {f"alt-{file.pk}": "En slange"})
    assert (answer.status_code, ReplyFile.objects.get().alt) == (204, "En slange")
    assert 'value="En slange"' in page_of(signed_in, row)
    post(signed_in, row, kept=str(file.pk), **{f"alt-{file.pk}": "En flad slange"})
    assert [f.alt for f in outbound_of(reply=Reply.objects.get()).files] == ["En flad slange"]
    signed_in.post(reverse("file-describe", args=[file.pk]), {f"alt-{file.pk}": "for sent"})
    assert ReplyFile.objects.get().alt == "En flad slange"


def test_nobody_describes_the_files_of_another(client, row, mette, jonas):
    file = attach(conversation=row.pk, by=mette, name="a.png", content_type="image/png", pieces=[PNG], at=now(), alt="min")
    client.force_login(jonas)
    client.post(reverse("file-describe", args=[file.pk]), {f"alt-{file.pk}": "din"})
    assert ReplyFile.objects.get().alt == "min"


def test_only_where_everybody_reads_is_a_description_asked_for(signed_in, fill):
    page = page_of(signed_in, fill(1)[0])
    assert "mangler en beskrivelse" not in page


def test_the_words_are_there_in_english(client, row, organisation):
    me = take_in(email="en@firma.example", name="Ann", password="cykelkurv-i-blæst", role="admin", language="en")
    client.force_login(me)
    become(state="waiting")
    page = page_of(client, row)
    assert ("slange.png<small>being fetched</small>" in page, 'aria-label="What slange.png shows"' in page) == (True, True)
    assert "A picture has no description yet: some cannot see it" in page
