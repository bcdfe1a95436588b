"""What the desk answers: to whom, in which words, and that nothing changes that should not."""

import json
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.conversation.actions import assign, label, make_label, note
from samspil.conversation.models import Conversation, Event, Labelling, Note, ReadMark, SavedFilter
from samspil.intake.models import Attachment, Interaction
from samspil.organisation.actions import add_competence, add_unit, hold
from samspil.reply.models import Draft, Reply, ReplyFile
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def statements(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
        assert client.get(address).status_code == 200
    return len(orm) + len(ours)


def told(response):
    return json.loads(response.headers.get("HX-Trigger", "{}"))


# -- who -----------------------------------------------------------------------------------------------------------------------


def test_a_stranger_is_led_to_the_sign_in(client, fill):
    (row,) = fill(1)
    answer = client.get(f"/c/{row.pk}/")
    assert (answer.status_code, answer.url) == (302, f"/account/login/?next=/c/{row.pk}/")
    assert client.get("/rows", headers=PART).status_code == 401
    assert client.post("/do/done", {"c": str(row.pk)}).status_code == 302
    row.refresh_from_db()
    assert row.status == "open"


def hidden(fill):
    (row,) = fill(1)
    closed = add_unit(name="HR", closed=True)
    Conversation.objects.filter(pk=row.pk).update(unit=closed, assignee=None)
    return row


READS = ["conversation", "fresh", "earlier", "person", "assign-menu", "join-menu"]


@pytest.mark.parametrize("name", READS)
def test_a_closed_unit_is_hidden_from_others(client, fill, jonas, name):
    row = hidden(fill)
    client.force_login(jonas)
    address = reverse(name, args=[row.pk])
    assert client.get(address + ("?at=2026-01-01T00:00:00Z&id=" + str(row.pk) if name == "earlier" else "")).status_code == 404
    assert "Emne 0" not in client.get("/?view=all").content.decode()
    assert "Emne 0" not in client.get("/palette?q=Emne").content.decode()


@pytest.mark.parametrize("verb", ["done", "reopen", "later", "assign", "back", "label", "unread", "merge"])
def test_nothing_can_be_done_with_what_is_hidden(client, fill, jonas, verb):
    row = hidden(fill)
    before = Conversation.objects.values().get(pk=row.pk)
    events = Event.objects.count()
    client.force_login(jonas)
    other = str(new_id())
    values = {"c": [str(row.pk), other] if verb == "merge" else str(row.pk), "typed": "i morgen", "to": "me", "name": "Haster"}
    assert client.post(f"/do/{verb}", values).status_code == 404
    assert Conversation.objects.values().get(pk=row.pk) == before
    assert (Event.objects.count(), Labelling.objects.count(), ReadMark.objects.count()) == (events, 0, 0)


@pytest.mark.parametrize("name", ["reply", "draft", "seen", "here", "typing", "split"])
def test_nothing_can_be_written_to_what_is_hidden(client, fill, jonas, name):
    row = hidden(fill)
    client.force_login(jonas)
    interaction = Interaction.objects.get()
    answer = client.post(reverse(name, args=[row.pk]), {"kind": "reply", "body": "Hej", "m": str(interaction.pk)})
    assert answer.status_code == 404
    assert (Reply.objects.count(), Draft.objects.count(), Note.objects.count(), ReadMark.objects.count()) == (0, 0, 0, 0)
    assert Conversation.objects.count() == 1


def test_files_and_sources_of_what_is_hidden_are_not_there(client, fill, jonas):
    row = hidden(fill)
    interaction = Interaction.objects.get()
    file = Attachment.objects.create(interaction=interaction, name="a.txt", content_type="text/plain", size=1, part="1")
    ours = ReplyFile.objects.create(
        conversation=row, colleague=jonas, name="b", content_type="", size=1, digest="0" * 64, at=now()
    )
    client.force_login(jonas)
    places = [reverse("file", args=[file.pk]), reverse("sent-file", args=[ours.pk])]
    places += [reverse(n, args=[row.pk, interaction.pk]) for n in ("mail-page", "mail-whole", "mail-source")]
    assert [client.get(place).status_code for place in places] == [404] * 5


def test_a_message_is_shown_only_through_its_own_conversation(signed_in, fill):
    first, second = fill(2)
    other = Interaction.objects.get(placement__conversation=second)
    assert signed_in.get(reverse("mail-source", args=[second.pk, other.pk])).status_code == 200
    assert signed_in.get(reverse("mail-source", args=[first.pk, other.pk])).status_code == 404


# -- how -----------------------------------------------------------------------------------------------------------------------

WRITES = {"held", "approval-yes", "approval-undo", "approval-back", "priority", "priority-undo",
    "filter-save", "filter-forget", "seen", "here", "typing", "draft", "reply", "split", "do", "undo", "reply-cancel",
    "reply-now",
    "reply-resend", "note", "apart", "unmark", "file-remove", "file-describe", "news-seen", "change", "change-cancel", "change-again",
    "template-send", "ask-whom", "asides-manner", "aside-seen", "aside-say", "aside-do", "aside-edit",
}  # fmt: skip


def test_nothing_is_written_by_get(signed_in, fill):
    (row,) = fill(1)
    patterns = import_module("samspil.screens.desk.urls").urlpatterns
    assert {p.name for p in patterns} >= WRITES
    before = (Conversation.objects.values().get(pk=row.pk), Event.objects.count(), ReadMark.objects.count())
    for pattern in patterns:
        args = [{"verb": "done", "kind": "delete"}.get(name, row.pk) for name in pattern.pattern.converters]
        answer = signed_in.get(reverse(pattern.name, args=args))
        assert answer.status_code == 405 if pattern.name in WRITES else answer.status_code in (200, 404), pattern.name
    assert (Conversation.objects.values().get(pk=row.pk), Event.objects.count(), ReadMark.objects.count()) == before


def test_a_form_of_another_site_is_refused(fill, mette):
    (row,) = fill(1)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mette)
    assert strict.post("/do/done", {"c": str(row.pk)}).status_code == 403
    assert strict.post(f"/c/{row.pk}/reply", {"kind": "reply", "body": "Hej"}).status_code == 403
    row.refresh_from_db()
    assert (row.status, Reply.objects.count()) == ("open", 0)


def test_what_strangers_write_is_text(signed_in, mailbox, mette):
    receive(
        mailbox,
        mail(f"Hej {HOSTILE}\n", subject=HOSTILE, sender=f'"{HOSTILE.replace(chr(34), "")}" <ond@v.example>', ident="x@v"),
    )
    row = Conversation.objects.get()
    note(conversation=row.pk, by=mette, text=HOSTILE, at=now())
    label(conversations=[row.pk], label=make_label(name=HOSTILE[:60]), by=mette)
    for address in (
        "/?view=all",
        f"/c/{row.pk}/",
        f"/c/{row.pk}/fresh",
        f"/rows?view=all&id={row.pk}",
        "/palette?q=script",
        f"/c/{row.pk}/join?q=script",
        f"/?q={HOSTILE}",
    ):
        text = signed_in.get(address).content.decode()
        assert "<script>alert" not in text, address
        assert "<img src=x" not in text, address
    assert "&lt;script&gt;alert(1)" in signed_in.get(f"/c/{row.pk}/").content.decode()


def test_the_number_of_statements_does_not_grow(signed_in, fill):
    fill(3)
    some = Conversation.objects.get(subject="Emne 0")
    few = (statements(signed_in, "/?view=all"), statements(signed_in, f"/c/{some.pk}/"))
    fill(60, key="n")
    fill(40, one_thread=True, key="o")
    long = Conversation.objects.get(messages=40)
    assert long.messages == 40
    many = (statements(signed_in, "/?view=all"), statements(signed_in, f"/c/{long.pk}/"))
    # More than one page of the list: one statement more, which counts.
    assert (few, many) == ((7, 27), (8, 27))


# -- the list ------------------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_without_gap_or_double(signed_in, fill):
    fill(45)
    seen: list[str] = []
    text = signed_in.get("/?view=all").content.decode()
    while True:
        seen += [part.split('"')[0] for part in text.split('data-row="')[1:]]
        if 'hx-get="/more?' not in text:
            break
        address = text.split('hx-get="/more?')[1].split('"')[0].replace("&amp;", "&")
        text = signed_in.get(f"/more?{address}").content.decode()
    wanted = [str(pk) for pk in Conversation.objects.order_by("-last_at", "-id").values_list("pk", flat=True)]
    assert seen == wanted
    assert len(seen) == 45


def test_a_search_says_what_it_does_not_know(signed_in, fill):
    fill(2)
    text = signed_in.get("/?view=all&q=farve:blå status:open").content.decode()
    assert "farve:blå" in text
    assert "Jeg kender ikke" in text
    assert text.count('data-row="') == 2
    assert signed_in.get("/?view=all&q=status:done").content.decode().count('data-row="') == 0


def test_a_row_that_belongs_no_more_is_not_in_the_answer(signed_in, fill, mette):
    first, second = fill(2)
    assign(conversations=[first.pk], to=mette, by=mette, at=now())
    text = signed_in.get(f"/rows?view=mine&id={first.pk}&id={second.pk}", headers=PART).content.decode()
    assert text.count('data-row="') == 1
    assert f'data-row="{first.pk}"' in text
    assert "&quot;mine&quot;: 1" in text


def test_a_saved_filter_is_ones_own(signed_in, fill, mette, jonas):
    fill(1)
    answer = signed_in.post("/filters", {"name": "Haster", "q": "is:waiting"})
    assert answer.status_code == 302, answer.content
    saved = SavedFilter.objects.get()
    assert (saved.colleague, saved.query, answer.url) == (mette, "is:waiting", f"/?saved={saved.pk}")
    assert "Haster" in signed_in.get(answer.url).content.decode()
    signed_in.force_login(jonas)
    assert signed_in.get(answer.url).status_code == 404
    signed_in.post(f"/filters/{saved.pk}/forget")
    assert SavedFilter.objects.count() == 1


# -- deeds ---------------------------------------------------------------------------------------------------------------------


def test_many_are_done_and_taken_back(signed_in, fill):
    rows = fill(3)
    answer = signed_in.post("/do/done", {"c": [str(r.pk) for r in rows]})
    assert answer.status_code == 204
    said = told(answer)
    assert said["look:toast"]["text"] == "3 færdige"
    assert said["desk:changed"]["ids"] == [str(r.pk) for r in rows]
    assert set(Conversation.objects.values_list("status", flat=True)) == {"done"}
    assert signed_in.post(said["look:toast"]["undoUrl"]).status_code == 204
    assert set(Conversation.objects.values_list("status", flat=True)) == {"open"}
    again = signed_in.post(said["look:toast"]["undoUrl"])
    assert (again.status_code, told(again)["look:toast"]["error"]) == (422, True)


def test_what_is_not_mine_is_put_back_and_who_comes_next_is_named(signed_in, fill, mette, jonas):
    first, second = fill(2)
    skill = add_competence(name="Batteri")
    for colleague, level in ((mette, 5), (jonas, 2)):
        hold(colleague=colleague, competence=skill.pk, level=level)
    Conversation.objects.update(competence=skill, assignee=mette)
    said = told(signed_in.post("/do/back", {"c": str(first.pk)}))["look:toast"]
    assert said["text"] == f"Lagt tilbage. {jonas.name} er den næste"
    assert list(Conversation.objects.order_by("last_at", "id").values_list("assignee", flat=True)) == [None, mette.pk]
    assert signed_in.post(said["undoUrl"]).status_code == 204
    assert Conversation.objects.get(pk=first.pk).assignee == mette
    assert told(signed_in.post("/do/back", {"c": [str(first.pk), str(second.pk)]}))["look:toast"]["text"] == "2 lagt tilbage"
    assert Conversation.objects.filter(assignee=None).count() == 2


def test_later_takes_words_and_refuses_nonsense(signed_in, fill):
    (row,) = fill(1)
    refused = signed_in.post("/do/later", {"c": str(row.pk), "typed": "engang"})
    row.refresh_from_db()
    assert (refused.status_code, row.status) == (422, "open")
    assert "i morgen 9" in told(refused)["look:toast"]["text"]
    assert signed_in.post("/do/later", {"c": str(row.pk), "typed": "om 2 timer"}).status_code == 204
    row.refresh_from_db()
    assert row.status == "snoozed"
    assert 7100 < (row.snoozed_until - now()).total_seconds() < 7300
    assert "udsatte den til" in signed_in.get(f"/c/{row.pk}/").content.decode()


def test_two_become_one_and_a_message_is_split_off(signed_in, fill):
    first, second = fill(2)
    assert signed_in.post("/do/merge", {"c": str(first.pk)}).status_code == 422
    assert signed_in.post("/do/merge", {"c": f"{first.pk},{second.pk}"}).status_code == 204
    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    message = Interaction.objects.filter(placement__conversation=first).latest("at")
    answer = signed_in.post(f"/c/{first.pk}/split", {"m": str(message.pk)})
    made = Conversation.objects.exclude(pk__in=[first.pk, second.pk]).get()
    assert answer.headers["HX-Redirect"] == f"/c/{made.pk}/"
    assert list(Interaction.objects.filter(placement__conversation=made)) == [message]
