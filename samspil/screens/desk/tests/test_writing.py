"""The composer, mails as they are shown, files."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from samspil import kit
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Note, Notification
from samspil.intake.actions import connect
from samspil.intake.actions import write as received
from samspil.intake.models import Attachment, Handle, Interaction
from samspil.reply.actions import resend, save_draft, write
from samspil.reply.models import Delivery, Draft, Reply, ReplyFile
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


def told(answer):
    return json.loads(answer.headers.get("HX-Trigger", "{}"))


def post(client, row, **values):
    return client.post(reverse("reply", args=[row.pk]), {"kind": "reply", "ident": str(new_id()), **values})


def test_an_answer_goes_once_however_often_it_is_posted(signed_in, fill, mette):
    (row,) = fill(1)
    ident = str(new_id())
    save_draft(conversation=row.pk, by=mette, text="Hej", at=now())
    first = post(signed_in, row, body="Hej\r\nigen", ident=ident)
    second = post(signed_in, row, body="Hej\r\nigen", ident=ident)
    assert (first.status_code, second.status_code) == (200, 200)
    sent = Reply.objects.get()
    assert (str(sent.pk), sent.text, sent.state) == (ident, "Hej\nigen", "queued")
    said = told(first)["look:toast"]
    assert (said["undoUrl"], said["seconds"]) == (f"/reply/{ident}/cancel", 6)
    assert f'id="ident-{row.pk}"' in first.content.decode()
    assert ident not in first.content.decode()
    assert not Draft.objects.exists()
    # A draft that was on its way when the answer was sent does not come back.
    signed_in.post(reverse("draft", args=[row.pk]), {"body": "Hej", "ident": ident})
    assert not Draft.objects.exists()


def test_what_is_refused_is_said_at_the_composer_and_nothing_is_kept(signed_in, fill):
    (row,) = fill(1)
    Handle.objects.update(dead_at=now(), dead_why="550 no such user")
    file = SimpleUploadedFile("a.txt", b"tekst")
    answer = post(signed_in, row, body="Hej", files=file)
    assert answer.status_code == 422
    assert f'hx-target="#composer-error-{row.pk}"' in answer.content.decode()
    assert "550 no such user" in answer.content.decode()
    assert (Reply.objects.count(), ReplyFile.objects.count()) == (0, 0)
    assert post(signed_in, row, body="   ").status_code == 422
    assert post(signed_in, row, body="Hej", later="i går").status_code == 422
    page = signed_in.get(f"/c/{row.pk}/").content.decode()
    assert "Kan ikke besvares herfra: 550 no such user" in page
    assert "Kommer ikke frem mere" in page


def test_taken_back_text_is_a_draft_again_with_its_files(signed_in, fill):
    (row,) = fill(1)
    post(signed_in, row, body="Hej", files=SimpleUploadedFile("a.txt", b"tekst"))
    sent = Reply.objects.get()
    answer = signed_in.post(f"/reply/{sent.pk}/cancel")
    assert told(answer)["desk:restore"] == {"key": str(row.pk), "text": "Hej", "mine": True}
    kept = ReplyFile.objects.get()
    assert f'name="kept" value="{kept.pk}"' in answer.content.decode()
    page = signed_in.get(f"/c/{row.pk}/").content.decode()
    assert ">Hej</textarea>" in page
    assert f'name="kept" value="{kept.pk}"' in page
    post(signed_in, row, body="Hej nu", kept=str(kept.pk))
    assert list(Reply.objects.get(state="queued").files.all()) == [kept]
    late = signed_in.post(f"/reply/{sent.pk}/cancel")
    assert (late.status_code, told(late)["look:toast"]["error"]) == (422, True)


def test_sent_later_stands_with_its_time(signed_in, fill):
    (row,) = fill(1)
    post(signed_in, row, body="Hej", later="om 2 timer")
    sent = Reply.objects.get()
    assert timedelta(minutes=119) < sent.send_at - now() < timedelta(minutes=121)
    page = signed_in.get(f"/c/{row.pk}/fresh").content.decode()
    assert "Venter på at blive sendt" in page
    assert "Send nu" in page
    assert signed_in.post(f"/reply/{sent.pk}/now").status_code == 204
    sent.refresh_from_db()
    assert sent.send_at <= now()


FATES = {
    "accepted": ("Sendt", False),
    "delivered": ("Leveret", False),
    "read": ("Læst", False),
    "failed": ("Kunne ikke leveres: 550 &lt;b&gt;ukendt&lt;/b&gt;", True),
    "uncertain": ("Uvist om den kom frem: 550 &lt;b&gt;ukendt&lt;/b&gt;", True),
}


@pytest.mark.parametrize("state", FATES)
def test_the_fate_of_an_answer_is_told_honestly(signed_in, fill, mette, state):
    (row,) = fill(1)
    sent = write(conversation=row.pk, by=mette, text="Hej", at=now())
    Reply.objects.filter(pk=sent.pk).update(state=state, detail="550 <b>ukendt</b>", attempts=1)
    page = signed_in.get(f"/c/{row.pk}/fresh").content.decode()
    words, can_resend = FATES[state]
    assert words in page
    assert ("Send igen" in page) is can_resend
    if can_resend:
        resend(reply=sent.pk, by=mette, at=now())
        again = signed_in.get(f"/c/{row.pk}/fresh").content.decode()
        assert f"/reply/{sent.pk}/resend" not in again
        assert "Sendt igen" in again


def test_a_note_tells_who_is_mentioned_and_can_be_changed_by_its_author(signed_in, fill, jonas, mette):
    (row,) = fill(1)
    post(signed_in, row, kind="note", body="@Jonas ved du det?")
    written = Note.objects.get()
    assert list(Notification.objects.values_list("colleague", "kind")) == [(jonas.pk, "mentioned")]
    page = signed_in.get(f"/c/{row.pk}/").content.decode()
    assert '<span class="mention">@Jonas</span> ved du det?' in page
    assert reverse("note", args=[written.pk]) in page
    signed_in.post(reverse("note", args=[written.pk]), {"text": "Ny tekst"})
    written.refresh_from_db()
    assert written.text == "Ny tekst"
    signed_in.force_login(jonas)
    news = signed_in.get("/news/latest").json()
    assert news["text"] == "Mette Krogh spørger dig om Person 0"
    assert signed_in.post(reverse("note", args=[written.pk]), {"text": "Min"}).status_code == 422
    written.refresh_from_db()
    assert written.text == "Ny tekst"
    assert 'details class="edit-note"' not in signed_in.get(f"/c/{row.pk}/").content.decode()
    signed_in.post(f"/c/{row.pk}/seen")
    assert signed_in.get("/news/latest").json() == {}


def letter(html: str) -> bytes:
    message = EmailMessage()
    message["From"] = "Karoline <karoline@v.example>"
    message["To"] = "service@firma.example"
    message["Subject"] = "Opsat"
    message["Date"] = now().strftime("%a, %d %b %Y %H:%M:%S +0000")
    message["Message-ID"] = "<html@v.example>"
    message.set_content("Se her")
    message.add_alternative(html, subtype="html")
    message.add_attachment(PNG, maintype="image", subtype="png", filename="../../mærkat.png")
    message.add_attachment(b"<script>alert(1)</script>", maintype="image", subtype="png", filename="ond.png")
    return message.as_bytes()


def test_a_mail_that_lays_itself_out_stands_in_a_frame_that_can_do_nothing(signed_in, mailbox):
    receive(
        mailbox,
        letter(
            '<table bgcolor="red"><tr><td onclick="x()">Hej<img src="https://spy.example/p.gif"><script>alert(1)</script></td></tr></table>'
        ),
    )
    row, message = Conversation.objects.get(), Interaction.objects.get()
    address = reverse("mail-page", args=[row.pk, message.pk])
    page = signed_in.get(f"/c/{row.pk}/").content.decode()
    assert f'src="{address}" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in page
    assert "spy.example" not in page
    frame = signed_in.get(address)
    text = frame.content.decode()
    assert "Hej" in text
    assert [bad for bad in ("<script", "onclick", "spy.example") if bad in text] == []
    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    assert frame["Content-Security-Policy"] == (
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    shown = signed_in.get(address + "?images=1")
    assert "https://spy.example/p.gif" in shown.content.decode()
    assert "<script" not in shown.content.decode()


def test_markup_is_read_into_our_own_typography(signed_in, mailbox):
    receive(mailbox, letter('<p>Hej <b>alle</b></p><a href="javascript:alert(1)">ond</a> <a href="https://god.example/">god</a>'))
    page = signed_in.get(f"/c/{Conversation.objects.get().pk}/").content.decode()
    assert "<p>Hej <b>alle</b></p>" in page
    assert "javascript:" not in page
    assert 'href="https://god.example/"' in page


def test_files_are_saved_and_only_real_pictures_shown(signed_in, mailbox):
    receive(mailbox, letter("<p>Hej</p>"))
    bad = Attachment.objects.get(name="ond.png")
    good = Attachment.objects.exclude(pk=bad.pk).get()
    saved = signed_in.get(reverse("file", args=[good.pk]))
    assert b"".join(saved.streaming_content) == PNG
    assert saved["Content-Type"] == "application/octet-stream"
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert saved["Content-Disposition"].startswith("attachment")
    assert "/" not in saved["Content-Disposition"]
    shown = signed_in.get(reverse("file", args=[good.pk]) + "?inline=1")
    assert shown["Content-Type"] == "image/png"
    assert signed_in.get(reverse("file", args=[bad.pk]) + "?inline=1").status_code == 404
    assert signed_in.get(reverse("file", args=[bad.pk]))["Content-Type"] == "application/octet-stream"


def test_the_source_is_the_mail_byte_for_byte_and_the_whole_has_what_was_quoted(signed_in, mailbox):
    raw = mail("Ja tak.\n\nDen 1. maj 2026 skrev Service <service@firma.example>:\n> Vil du have et nyt?\n", ident="q@v.example")
    receive(mailbox, raw)
    row, message = Conversation.objects.get(), Interaction.objects.get()
    source = signed_in.get(reverse("mail-source", args=[row.pk, message.pk]))
    assert source.content == raw
    assert source["Content-Disposition"] == f'attachment; filename="{message.pk}.txt"'
    assert (source["Content-Type"], source["X-Content-Type-Options"]) == ("text/plain; charset=utf-8", "nosniff")
    assert "Vil du have et nyt?" not in signed_in.get(f"/c/{row.pk}/").content.decode()
    assert "Vil du have et nyt?" in signed_in.get(reverse("mail-whole", args=[row.pk, message.pk])).content.decode()


def test_the_ledger_begins_with_queued(signed_in, fill):
    (row,) = fill(1)
    post(signed_in, row, body="Hej")
    assert list(Delivery.objects.values_list("state", flat=True)) == ["queued"]


def test_a_public_message_can_be_answered_to_its_author_alone(signed_in, organisation):
    account = connect(channel="mastodon", name="Mastodon", config={"server": "https://koral.example", "access_token": "t"})
    author = kit.Handle(network="mastodon", address="karoline@koral.example", display="Karoline")
    with step():
        for ident, public in (("a", True), ("b", False)):
            message = kit.Message(
                external_id=ident, author=replace(author, address=f"{ident}@koral.example"), at=now(), text=ident, public=public
            )
            received.write([received.Received(envelope=new_id(), account=account, event=message)], now())
    for ident, offered in (("a", True), ("b", False)):
        row = Conversation.objects.get(placements__interaction__external_id=ident)
        page = signed_in.get(f"/c/{row.pk}/").content.decode()
        assert (" data-private" in page) is offered
        assert post(signed_in, row, body="Hej", private="yes").status_code == 200
        assert Reply.objects.get(conversation=row).private is offered
