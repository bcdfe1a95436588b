"""Notes, details, files, marks, splits, moves and undos through the pages; what two colleagues do at once."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from samspil.base.clock import now
from samspil.conversation.actions import note as talk_note
from samspil.conversation.models import Conversation
from samspil.identity.actions import keep_apart, merge, undo
from samspil.identity.actions.fields import add_detail, make_field
from samspil.identity.actions.knowledge import add_file, add_note
from samspil.identity.models import Consumer, Decision, Detail, Field, File, Link, Mark, Note, Veto
from samspil.screens.people.tests.conftest import consumer_of, message, receive
from samspil.screens.people.tests.test_people import owners, page, two  # noqa: F401 - a fixture among them

pytestmark = pytest.mark.django_db
HTMX = {"hx-request": "true"}


def handle(address):
    return Link.objects.get(handle__address=address, ended_at=None).handle


@pytest.fixture
def one(two, mette):  # noqa: F811
    """Karoline, with both handles."""
    merge(kept=two[0].pk, absorbed=two[1].pk, by=mette, why="She said so", at=now())
    return two[0]


@pytest.fixture(autouse=True)
def _blobs(settings, tmp_path):
    settings.SAMSPIL_BLOBS = tmp_path


def everything():
    return {m: list(m.objects.order_by("pk").values()) for m in (Note, Detail, File, Mark, Field, Veto, Decision, Link)}


def test_strangers_change_nothing_of_what_is_known(one, mette):
    note = add_note(handle=handle("karoline").pk, text="x", by=mette, at=now())
    file = add_file(handle=handle("karoline").pk, name="x", pieces=[b"x"], by=mette, at=now())
    before = everything()
    for name, args in {
        "note_add": [one.pk], "note_delete": [note.pk], "note_change": [note.pk], "detail_add": [one.pk], "file_add": [one.pk],
        "file_delete": [file.pk], "mark_put": [handle("karoline").pk], "split_person": [one.pk], "attributes": [],
    }.items():  # fmt: skip
        answer = Client().post(reverse(name, args=args), {"text": "y", "kind": "shared", "field": "city", "value": "y"})
        assert (answer.status_code, "login" in answer.url) == (302, True), name
    got = Client().get(reverse("file_get", args=[file.pk]))
    assert (got.status_code, "login" in got.url) == (302, True)
    assert everything() == before


def test_a_note_is_written_changed_and_deleted_with_undo(one, his):
    wrote = his.post(reverse("note_add", args=[one.pk]), {"text": "Likes <b>blue</b>"}, headers=HTMX)
    first = Note.objects.get()
    assert (wrote.status_code, reverse("note_delete", args=[first.pk]) in wrote.headers["HX-Trigger"]) == (200, True)
    shown = page(his, one).content.decode()
    assert "Likes &lt;b&gt;blue" in shown
    assert shown.count("Likes &lt;b&gt;blue") == 3  # the note, the form that changes it, the timeline
    changed = his.post(reverse("note_change", args=[first.pk]), {"text": "Likes red"}, headers=HTMX)
    second = Note.objects.get(deleted_at=None)
    undo_url = f"{reverse('note_restore', args=[first.pk])}?instead={second.pk}"
    assert (second.text, undo_url in changed.headers["HX-Trigger"]) == ("Likes red", True)
    late = his.post(reverse("note_change", args=[first.pk]), {"text": "Mine"}, headers=HTMX)
    assert (late.status_code, "A colleague was faster" in late.content.decode()) == (422, True)
    assert Note.objects.filter(deleted_at=None).get().text == "Likes red"
    his.post(undo_url, headers=HTMX)
    assert Note.objects.get(deleted_at=None).pk == first.pk
    his.post(reverse("note_delete", args=[first.pk]), headers=HTMX)
    assert Note.objects.filter(deleted_at=None).count() == 0
    assert "A note was taken away" in page(his, one).content.decode()
    his.post(reverse("note_restore", args=[first.pk]), headers=HTMX)
    assert Note.objects.get(deleted_at=None).pk == first.pk


def test_an_empty_note_is_refused_beside_the_form(one, his):
    answer = his.post(reverse("note_add", args=[one.pk]), {"text": "  "}, headers=HTMX)
    assert (answer.status_code, "There is nothing in it" in answer.content.decode()) == (422, True)
    assert Note.objects.count() == 0
    plain = his.post(reverse("note_add", args=[one.pk]), {"text": "  "}, follow=True)
    assert "There is nothing in it" in plain.content.decode()
    assert Note.objects.count() == 0


def test_a_new_note_hangs_on_the_chosen_handle_and_on_no_other_person_s(one, account, his):
    receive(account, message("stranger", "Hi"))
    his.post(reverse("note_add", args=[one.pk]), {"text": "a", "handle": str(handle("kv@vest.example").pk)})
    his.post(reverse("note_add", args=[one.pk]), {"text": "b", "handle": str(handle("stranger").pk)})
    assert dict(Note.objects.values_list("text", "handle__address")) == {"a": "kv@vest.example", "b": "karoline"}


def test_details_are_added_corrected_and_taken_away(one, his):
    form = his.get(reverse("detail_form", args=[one.pk]), {"field": "company"}).content.decode()
    assert 'name="since"' in form
    assert his.get(reverse("detail_form", args=[one.pk]), {"field": "nothing"}).status_code == 404
    add = reverse("detail_add", args=[one.pk])
    his.post(add, {"field": "company", "value": "Acme", "since": "2019-01-01"}, headers=HTMX)
    wrong = his.post(add, {"field": "born", "value": "soon"}, headers=HTMX)
    assert (wrong.status_code, "no date such as" in wrong.content.decode()) == (422, True)
    first = Detail.objects.get()
    assert (first.value, str(first.since), first.source, first.by.name) == ("Acme", "2019-01-01", "colleague", "Jonas Lund")
    odd = his.post(
        reverse("detail_correct", args=[first.pk]), {"value": "Acme", "since": "2019-01-01", "until": "2018-01-01"}, headers=HTMX
    )
    assert (odd.status_code, Detail.objects.count()) == (422, 1)
    his.post(
        reverse("detail_correct", args=[first.pk]), {"value": "Acme", "since": "2019-01-01", "until": "2023-12-31"}, headers=HTMX
    )
    shown = page(his, one).content.decode()
    assert "before:" in shown
    assert "2019–2023" in shown
    now_there = Detail.objects.get(ended_at=None)
    his.post(reverse("detail_correct", args=[now_there.pk]), {"value": ""}, headers=HTMX)
    assert Detail.objects.filter(ended_at=None).count() == 0
    his.post(reverse("detail_restore", args=[now_there.pk]), headers=HTMX)
    assert Detail.objects.get(ended_at=None).pk == now_there.pk


def test_a_company_that_ended_today_is_past_and_bad_links_are_no_links(one, mette, his):
    made = add_detail(handle=handle("karoline").pk, field="company", value="Acme", by=mette, at=now())
    his.post(reverse("detail_correct", args=[made.pk]), {"value": "Acme", "since": "", "until": "", "ended": "1"})
    assert Detail.objects.get(ended_at=None).until == timezone.localdate()
    Detail.objects.create(handle=handle("karoline"), field="website", value="javascript:alert(1)", at=now(), source="crm")
    shown = page(his, one).content.decode()
    assert "before:" in shown
    assert 'href="javascript' not in shown


def test_two_answers_to_one_question_are_both_shown(one, his):
    add = reverse("detail_add", args=[one.pk])
    his.post(add, {"field": "city", "value": "Aarhus", "handle": str(handle("karoline").pk)})
    his.post(add, {"field": "city", "value": "Odense", "handle": str(handle("kv@vest.example").pk)})
    shown = page(his, one).content.decode()
    assert shown.index("Odense") < shown.index("also:") < shown.index("Aarhus")


def test_own_attributes_are_the_administrator_s(one, his, hers):
    address = reverse("attributes")
    assert his.get(address).status_code == 403
    assert his.post(address, {"name": "Size", "kind": "number"}).status_code == 403
    assert Field.objects.count() == 0
    assert hers.post(address, {"name": "Size", "kind": "number"}).status_code == 302
    assert hers.post(address, {"name": "Riding", "kind": "choice", "choices": "Daily\nAt times"}).status_code == 302
    wrong = hers.post(address, {"name": "Odd", "kind": "choice"})
    assert (wrong.status_code, "at least one value" in wrong.content.decode()) == (422, True)
    hers.post(reverse("attribute_shift", args=["riding"]), {"up": "1"})
    assert list(Field.objects.values_list("slug", flat=True)) == ["riding", "size"]
    assert "Fill in" in page(his, one).content.decode()
    his.post(reverse("detail_add", args=[one.pk]), {"field": "riding", "value": "Daily"})
    hers.post(reverse("attribute_change", args=["riding"]), {"name": "How often", "choices": "Daily\nNever"})
    assert "How often" in page(his, one).content.decode()
    hers.post(reverse("attribute_archive", args=["riding"]))
    assert "How often" not in page(his, one).content.decode()
    hers.post(reverse("attribute_archive", args=["riding"]), {"back": "1"})
    assert "How often" in page(his, one).content.decode()


def test_a_file_is_kept_saved_and_deleted(one, his):
    upload = SimpleUploadedFile("../../evil\u202egnp.html", b"<script>alert(1)</script>", content_type="text/html")
    his.post(reverse("file_add", args=[one.pk]), {"file": upload}, headers=HTMX)
    row = File.objects.get()
    assert (row.name, row.content_type, row.by.name) == ("evilgnp.html", "text/plain", "Jonas Lund")
    got = his.get(reverse("file_get", args=[row.pk]))
    assert b"".join(got.streaming_content) == b"<script>alert(1)</script>"
    assert got.headers["Content-Type"] == "application/octet-stream"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    his.post(reverse("file_delete", args=[row.pk]), headers=HTMX)
    assert his.get(reverse("file_get", args=[row.pk])).status_code == 404
    his.post(reverse("file_restore", args=[row.pk]), headers=HTMX)
    assert b"".join(his.get(reverse("file_get", args=[row.pk])).streaming_content) == b"<script>alert(1)</script>"


def test_a_file_that_is_too_large_or_none_is_refused(one, his, monkeypatch):
    monkeypatch.setattr("samspil.identity.actions.knowledge.FILE_LIMIT", 10)
    large = his.post(reverse("file_add", args=[one.pk]), {"file": io.BytesIO(b"x" * 11)}, headers=HTMX)
    assert (large.status_code, "larger than" in large.content.decode()) == (422, True)
    assert his.post(reverse("file_add", args=[one.pk]), {}, headers=HTMX).status_code == 422
    assert File.objects.count() == 0


def test_a_handle_is_marked_and_warned_of(one, his, hers):
    target = handle("karoline")
    answer = his.post(reverse("mark_put", args=[target.pk]), {"kind": "impostor"}, headers=HTMX)
    made = Mark.objects.get()
    assert reverse("mark_end", args=[made.pk]) in answer.headers["HX-Trigger"]
    assert "Somebody who poses as another" in page(his, one).content.decode()
    late = hers.post(reverse("mark_put", args=[target.pk]), {"kind": "impostor"}, headers=HTMX)
    assert (late.status_code, Mark.objects.count()) == (422, 1)
    his.post(reverse("mark_end", args=[made.pk]), headers=HTMX)
    assert "Somebody who poses as another" not in page(his, one).content.decode()
    assert hers.post(reverse("mark_end", args=[made.pk]), headers=HTMX).status_code == 422
    his.post(reverse("mark_again", args=[made.pk]), headers=HTMX)
    assert Mark.objects.filter(ended_at=None, kind="impostor").count() == 1
    assert his.post(reverse("mark_put", args=[target.pk]), {"kind": "odd"}).status_code == 404


def test_split_shows_first_what_goes(one, his):
    address, mail = reverse("split_person", args=[one.pk]), handle("kv@vest.example")
    look = his.get(address, {"handle": str(mail.pk), "name": "Kurt"}, headers=HTMX).content.decode()
    assert "Kurt" in look
    assert "kv@vest.example" in look
    assert "Choose the handles" in his.get(address, headers=HTMX).content.decode()
    both = {"handle": [str(mail.pk), str(handle("karoline").pk)]}
    assert "These are all the handles" in his.get(address, both, headers=HTMX).content.decode()
    stamp = look.split('name="stamp" value="')[1].split('"')[0]
    answer = his.post(address, {"handle": str(mail.pk), "name": "Kurt", "why": "Brothers", "stamp": stamp})
    alone = Consumer.objects.get(name="Kurt")
    made = Decision.objects.get(kind="move")
    assert (owners()["kv@vest.example"], made.why) == (alone.pk, "Brothers")
    assert reverse("undo_merge", args=[made.pk]) in his.get(answer.url).content.decode()
    assert Conversation.objects.filter(consumer=alone).count() == 1


def test_what_changed_since_the_preview_is_not_done(one, account, mette, his):
    receive(account, message("third", "Me too"))
    third = consumer_of("third")
    side = his.get(reverse("merge", args=[third.pk]), {"with": str(one.pk)}).content.decode()
    stamp = side.split(f'name="stamp-{third.pk}" value="')[1].split('"')[0]
    join = Decision.objects.get(kind="join")
    undo(decision=join.pk, by=mette, at=now())
    before = owners()
    answer = his.post(reverse("join", args=[third.pk, one.pk]), {"keep": str(third.pk), f"stamp-{third.pk}": stamp})
    assert answer.url == f"{reverse('merge', args=[third.pk])}?with={one.pk}"
    assert "A colleague was faster" in his.get(answer.url).content.decode()
    assert owners() == before
    assert Decision.objects.filter(kind="join").count() == 1


def test_a_split_of_what_has_moved_is_not_done(one, mette, his):
    mail = handle("kv@vest.example")
    look = his.get(reverse("split_person", args=[one.pk]), {"handle": str(mail.pk)}, headers=HTMX).content.decode()
    stamp = look.split('name="stamp" value="')[1].split('"')[0]
    undo(decision=Decision.objects.get().pk, by=mette, at=now())
    before, people = owners(), Consumer.objects.count()
    his.post(reverse("split_person", args=[one.pk]), {"handle": str(mail.pk), "stamp": stamp})
    assert (owners(), Consumer.objects.count()) == (before, people)


def test_a_handle_is_moved_to_another_person_and_back(one, account, his):
    receive(account, message("third", "Me too"))
    third, mail = consumer_of("third"), handle("kv@vest.example")
    address = reverse("move_handle", args=[one.pk, mail.pk])
    assert "Third" in his.get(address, {"q": "thir"}, headers=HTMX).content.decode()
    shown = his.get(address, {"with": str(third.pk)}).content.decode()
    stamp = shown.split('name="stamp" value="')[1].split('"')[0]
    his.post(address, {"with": str(third.pk), "stamp": stamp, "why": "His"})
    assert owners()["kv@vest.example"] == third.pk
    gone = his.post(address, {"with": str(third.pk), "stamp": stamp})
    assert gone.status_code == 302
    assert Decision.objects.filter(kind="move").count() == 1
    made = Decision.objects.get(kind="move")
    back = his.get(reverse("undo_merge", args=[made.pk])).content.decode()
    assert "kv@vest.example" in back
    stamp = back.split('name="stamp" value="')[1].split('"')[0]
    his.post(reverse("undo_merge", args=[made.pk]), {"stamp": stamp, "why": "Hers after all"})
    assert owners()["kv@vest.example"] == one.pk
    history = page(his, one).content.decode()
    assert "Took back" in history
    assert "Hers after all" in history
    assert "Undone Today by Jonas Lund" in history


def test_the_only_handle_is_not_moved_but_joined(two, his):  # noqa: F811
    shown = his.get(reverse("move_handle", args=[two[0].pk, handle("karoline").pk]), {"with": str(two[1].pk)}).content.decode()
    assert f"{reverse('merge', args=[two[0].pk])}?with={two[1].pk}" in shown
    before = owners()
    his.post(reverse("move_handle", args=[two[0].pk, handle("karoline").pk]), {"with": str(two[1].pk)})
    assert owners() == before


def test_two_who_rename_at_once_are_told(one, his, hers):
    address = reverse("rename_consumer", args=[one.pk])
    his.post(address, {"name": "Karo", "before": "Karoline"})
    late = hers.post(address, {"name": "Line", "before": "Karoline"}, headers=HTMX)
    assert (late.status_code, "has just called them Karo" in late.content.decode()) == (422, True)
    assert Consumer.objects.get(pk=one.pk).name == "Karo"


def test_the_timeline_is_narrowed_by_kind_channel_direction_and_words(one, account, mette, his):
    receive(account, message("karoline", "About 100% blue_bikes", number=7, ago=3))
    add_note(handle=handle("karoline").pk, text="Prefers mornings", by=mette, at=now())
    talk = Conversation.objects.get(placements__interaction__text="An order")
    talk_note(conversation=talk.pk, by=mette, text="Ask Bo", at=now() - timedelta(minutes=1))
    strip = reverse("timeline", args=[one.pk])

    def found(**query):
        text = his.get(strip, query).content.decode()
        return [w for w in ("My battery is dead", "An order", "blue_bikes", "Prefers mornings", "Ask Bo") if w in text]

    assert found() == ["My battery is dead", "An order", "blue_bikes", "Prefers mornings", "Ask Bo"]
    assert found(kind="notes") == ["Prefers mornings", "Ask Bo"]
    assert found(network="mail") == ["An order"]
    assert found(way="out") == []
    assert found(way="in", kind="messages") == ["My battery is dead", "An order", "blue_bikes"]
    assert found(kind="notes", way="in") == []
    assert found(q="100% BLUE_") == ["blue_bikes"]
    assert found(q="%") == ["blue_bikes"]
    assert found(q="morning") == ["Prefers mornings"]
    assert found(kind="purchases") == []


def test_notes_of_a_closed_unit_s_conversation_are_hidden(one, closed, mette, his, hers):
    talk = Conversation.objects.get(placements__interaction__text="An order")
    talk_note(conversation=talk.pk, by=mette, text="Secret", at=now())
    Conversation.objects.filter(pk=talk.pk).update(unit=closed)
    for query in ({}, {"kind": "notes"}, {"q": "secret"}):
        assert b"Secret" not in his.get(reverse("timeline", args=[one.pk]), query).content
        assert b"Secret" in hers.get(reverse("timeline", args=[one.pk]), query).content


def test_the_timeline_goes_on_where_it_ended(one, mette, his):
    for n in range(70):
        add_note(handle=handle("karoline").pk, text=f"Note {n:02}.", by=mette, at=now() - timedelta(minutes=10 + n))
    address, seen = reverse("timeline", args=[one.pk]) + "?kind=notes", []
    while address:
        text = his.get(address).content.decode()
        seen += [part[:2] for part in text.split("Note ")[1:]]
        address = text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&") if "Earlier" in text else ""
    assert seen == [f"{n:02}" for n in range(70)]


def test_a_veto_is_shown_and_lifted(one, account, mette, his):
    receive(account, message("third", "Me too"))
    keep_apart(one=one.pk, other=consumer_of("third").pk, by=mette, why="Brothers", at=now())
    shown = page(his, one).content.decode()
    assert "karoline and third are two" in shown
    assert "Brothers" in shown
    veto = Veto.objects.filter(lifted_at=None).first()
    his.post(reverse("lift_veto", args=[veto.one_id, veto.other_id]), headers=HTMX)
    assert Veto.objects.filter(lifted_at=None).count() == 0
    his.post(reverse("keep_apart", args=[veto.one_id, veto.other_id]), headers=HTMX)
    assert Veto.objects.filter(lifted_at=None).count() == 2


def test_a_page_that_asks_for_itself_anew_is_told_where_the_person_went(two, mette, his):  # noqa: F811
    address = reverse("consumer", args=[two[1].pk])
    fresh = his.get(address, headers=HTMX)
    assert fresh.content.decode().startswith('<div id="person"')
    merge(kept=two[0].pk, absorbed=two[1].pk, by=mette, why="x", at=now())
    moved = his.get(address, headers=HTMX)
    assert (moved.status_code, reverse("consumer", args=[two[0].pk]) in moved.headers["HX-Trigger"]) == (204, True)


def test_the_whole_page_takes_as_many_statements_with_much_as_with_little(one, mette, his):
    from samspil.screens.people.tests.test_people import statements

    def fill(n):
        for i in range(n):
            at = now() - timedelta(seconds=i)
            add_note(handle=handle("karoline").pk, text=f"n{i}", by=mette, at=at)
            add_file(handle=handle("karoline").pk, name="x", pieces=[b"x"], by=mette, at=at)
            his.post(reverse("detail_add", args=[one.pk]), {"field": "company", "value": f"Firm {i}"})
        field = make_field(name=f"Own {n}", kind="text", by=mette, at=now())
        his.post(reverse("detail_add", args=[one.pk]), {"field": field.slug, "value": "x"})

    fill(1)
    page(his, one)
    few = statements(his, reverse("consumer", args=[one.pk]))
    fill(12)
    assert statements(his, reverse("consumer", args=[one.pk])) == few
