"""Marks, notes, files, details, own attributes, previews and the history, on the real database."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from samspil.base import blobs
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.conversation.privacy import forget as forget_conversations
from samspil.identity.actions import keep_apart, lift, merge, move, split, undo
from samspil.identity.actions.fields import (
    ChoicesMissing,
    NameMissing,
    NoSuchField,
    NotSo,
    WrongWay,
    add_detail,
    archive_field,
    change_field,
    correct_detail,
    end_detail,
    make_field,
    order_fields,
    restore_detail,
)
from samspil.identity.actions.knowledge import (
    ChangedMeanwhile,
    NothingWritten,
    TooLong,
    add_file,
    add_note,
    change_note,
    delete_file,
    delete_note,
    restore_file,
    restore_note,
)
from samspil.identity.actions.marks import AlreadyMarked, NotMarked, end_mark, put_mark, put_mark_again
from samspil.identity.models import Decision, Detail, Field, File, Link, Mark, Note
from samspil.identity.privacy import export_of, forget
from samspil.identity.queries.history import history_of
from samspil.identity.queries.knowledge import fields_all, fields_now, files_of, known_of, marks_of, notes_of
from samspil.identity.queries.preview import preview_merge, preview_move, preview_undo
from samspil.intake.models import Handle
from samspil.routing.privacy import forget as forget_routes
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 25)
NAMES = "abcd"


@pytest.fixture
def people(mailbox):
    receive(mailbox, *[mail(sender=f"{n.upper()} <{n}@x.example>", ident=f"{n}@x") for n in NAMES])
    return {n: Handle.objects.get(address=f"{n}@x.example") for n in NAMES}


def owners():
    return dict(Link.objects.filter(ended_at=None).values_list("handle_id", "consumer_id"))


def owner(handle):
    return Link.objects.get(handle=handle, ended_at=None).consumer_id


def test_a_mark_is_put_once_ended_and_put_again(people, mette, jonas):
    made = put_mark(handle=people["a"].pk, kind="shared", by=mette, at=now(), why="The whole family")
    with pytest.raises(AlreadyMarked):
        put_mark(handle=people["a"].pk, kind="shared", by=jonas, at=now())
    assert Mark.objects.count() == 1
    assert [m.why for m in marks_of(owner(people["a"]))[people["a"].pk]] == ["The whole family"]
    end_mark(mark=made.pk, by=jonas, at=now())
    with pytest.raises(NotMarked):
        end_mark(mark=made.pk, by=mette, at=now())
    assert Mark.objects.get().ended_by == jonas
    assert marks_of(owner(people["a"])) == {}
    again = put_mark_again(mark=made.pk, by=mette, at=now())
    assert (again.kind, again.why) == ("shared", "The whole family")
    assert [s.sort for s in history_of(owner(people["a"]), handles=[people["a"].pk])] == ["mark", "mark_ended", "mark"]


def test_a_mark_of_nobody_or_of_no_kind_is_refused(people, mette):
    with pytest.raises(NotFound):
        put_mark(handle=owner(people["a"]), kind="shared", by=mette, at=now())
    with pytest.raises(ValueError, match="odd"):
        put_mark(handle=people["a"].pk, kind="odd", by=mette, at=now())
    assert Mark.objects.count() == 0


def test_a_note_is_changed_deleted_and_brought_back(people, mette, jonas):
    first = add_note(handle=people["a"].pk, text="  Likes blue \r\n bikes ", by=mette, at=now())
    second = change_note(note=first.pk, text="Likes red bikes", by=jonas, at=now())
    assert [n.text for n in notes_of(owner(people["a"]))] == ["Likes red bikes"]
    with pytest.raises(ChangedMeanwhile):
        change_note(note=first.pk, text="Likes green bikes", by=mette, at=now())
    assert [n.text for n in notes_of(owner(people["a"]))] == ["Likes red bikes"]
    restore_note(note=first.pk, instead_of=second.pk, by=jonas, at=now())
    assert [n.text for n in notes_of(owner(people["a"]))] == ["Likes blue \n bikes"]
    delete_note(note=first.pk, by=mette, at=now())
    with pytest.raises(ChangedMeanwhile):
        delete_note(note=first.pk, by=jonas, at=now())
    assert notes_of(owner(people["a"])) == []
    restore_note(note=first.pk, by=mette, at=now())
    with pytest.raises(ChangedMeanwhile):
        restore_note(note=first.pk, by=mette, at=now())
    assert [n.pk for n in notes_of(owner(people["a"]))] == [first.pk]


@pytest.mark.parametrize(("text", "error"), [(" \n", NothingWritten), ("x" * 20_001, TooLong)])
def test_a_note_that_is_empty_or_too_long_is_not_kept(people, mette, text, error):
    with pytest.raises(error):
        add_note(handle=people["a"].pk, text=text, by=mette, at=now())
    assert Note.objects.count() == 0


def test_notes_and_files_follow_their_handle_and_come_back(people, mette, settings, tmp_path):
    settings.SAMSPIL_BLOBS = tmp_path
    one, other = owner(people["a"]), owner(people["b"])
    add_note(handle=people["b"].pk, text="Has two dogs", by=mette, at=now())
    add_file(handle=people["b"].pk, name="card.pdf", pieces=[b"%PDF-1.7 x"], by=mette, at=now())
    done = merge(kept=one, absorbed=other, by=mette, why="x", at=now())
    assert [n.text for n in notes_of(one)] == ["Has two dogs"]
    assert [(f.name, f.content_type, f.size) for f in files_of(one)] == [("card.pdf", "application/pdf", 10)]
    undo(decision=done.pk, by=mette, at=now())
    assert (notes_of(one), files_of(one)) == ([], [])
    assert [n.text for n in notes_of(other)] == ["Has two dogs"]


def test_a_file_is_limited_and_can_be_brought_back(people, mette, settings, tmp_path, monkeypatch):
    settings.SAMSPIL_BLOBS = tmp_path
    monkeypatch.setattr("samspil.identity.actions.knowledge.FILE_LIMIT", 1_000_000)
    for pieces, error in (([b"x" * 600_000] * 2, blobs.TooLarge), ([b""], NothingWritten)):
        with pytest.raises(error):
            add_file(handle=people["a"].pk, name="a.bin", pieces=pieces, by=mette, at=now())
        assert File.objects.count() == 0
    row = add_file(handle=people["a"].pk, name="page.html", pieces=[b"<html>", b"hi"], by=mette, at=now())
    assert row.content_type == "text/plain"
    delete_file(file=row.pk, by=mette, at=now())
    with pytest.raises(ChangedMeanwhile):
        delete_file(file=row.pk, by=mette, at=now())
    assert files_of(owner(people["a"])) == []
    restore_file(file=row.pk, by=mette, at=now())
    assert blobs.read(files_of(owner(people["a"]))[0].digest).read() == b"<html>hi"


def test_companies_over_time_and_a_conflict_between_handles(people, mette):
    one = owner(people["a"])
    merge(kept=one, absorbed=owner(people["b"]), by=mette, why="x", at=now())
    old = add_detail(handle=people["a"].pk, field="company", value="Acme", since=date(2019, 1, 1), by=mette, at=now())
    add_detail(handle=people["a"].pk, field="company", value="Nordlys", since=date(2024, 1, 1), by=mette, at=now())
    add_detail(handle=people["a"].pk, field="born", value="1980-02-29", by=mette, at=now())
    newest = add_detail(handle=people["b"].pk, field="born", value="1981-02-28", by=mette, at=now())
    same = add_detail(handle=people["b"].pk, field="born", value=" 1981-02-28 ", by=mette, at=now())
    assert same.pk == newest.pk
    moved = correct_detail(detail=old.pk, value="Acme A/S", since=date(2019, 1, 1), until=date(2023, 12, 31), by=mette, at=now())
    known = {k.field: k for k in known_of(one, today=TODAY)}
    assert set(known) == {"company", "born"}
    assert [d.value for d in known["company"].values] == ["Nordlys"]
    assert [(d.value, d.until) for d in known["company"].past] == [("Acme A/S", date(2023, 12, 31))]
    assert ([d.value for d in known["born"].values], [d.value for d in known["born"].also]) == (["1981-02-28"], ["1980-02-29"])
    with pytest.raises(ChangedMeanwhile):
        correct_detail(detail=old.pk, value="Other", by=mette, at=now())
    restore_detail(detail=old.pk, instead_of=moved.pk, by=mette, at=now())
    assert Detail.objects.filter(field="company", ended_at=None).count() == 2
    end_detail(detail=newest.pk, by=mette, at=now())
    known = {k.field: k for k in known_of(one, today=TODAY)}
    assert ([d.value for d in known["born"].values], known["born"].also) == (["1980-02-29"], [])


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [("born", "soon", NotSo), ("nothing", "x", NoSuchField), ("company", "  ", NotSo), ("website", "javascript:alert(1)", NotSo)],
)
def test_what_is_not_so_is_not_kept(people, mette, field, value, error):
    with pytest.raises(error):
        add_detail(handle=people["a"].pk, field=field, value=value, by=mette, at=now())
    assert Detail.objects.count() == 0


def test_what_ends_before_it_begins_is_not_kept(people, mette):
    with pytest.raises(WrongWay):
        add_detail(
            handle=people["a"].pk, field="company", value="Acme", since=TODAY, until=TODAY - timedelta(1), by=mette, at=now()
        )
    assert Detail.objects.count() == 0


def test_own_attributes_are_made_ordered_and_archived(people, mette, jonas):
    size = make_field(name="Rammestørrelse", kind="number", by=mette, at=now())
    riding = make_field(name="Riding", kind="choice", choices=["Every day", " Every  day", "At times"], by=mette, at=now())
    twice = make_field(name="Company", kind="text", by=mette, at=now())
    assert (size.slug, riding.choices, twice.slug) == ("rammestoerrelse", ["Every day", "At times"], "company-2")
    order_fields(fields=[riding.slug, twice.slug], by=mette, at=now())
    assert [f.slug for f in fields_now()] == ["riding", "company-2", "rammestoerrelse"]
    add_detail(handle=people["a"].pk, field=size.slug, value="54,50", by=mette, at=now())
    with pytest.raises(NotSo):
        add_detail(handle=people["a"].pk, field=riding.slug, value="Never", by=mette, at=now())
    known = {k.field: k for k in known_of(owner(people["a"]), today=TODAY)}
    assert [d.value for d in known["rammestoerrelse"].values] == ["54.50"]
    assert known["riding"].values == []
    archive_field(field=size.slug, by=mette, at=now())
    assert "rammestoerrelse" not in {k.field for k in known_of(owner(people["a"]), today=TODAY)}
    with pytest.raises(NoSuchField):
        add_detail(handle=people["a"].pk, field=size.slug, value="56", by=mette, at=now())
    assert [f.slug for f in fields_all()] == ["riding", "company-2", "rammestoerrelse"]
    archive_field(field=size.slug, archived=False, by=mette, at=now())
    change_field(field=size.slug, name="Frame", by=mette, at=now())
    assert [d.value for k in known_of(owner(people["a"]), today=TODAY) if k.name == "Frame" for d in k.values] == ["54.50"]
    assert Detail.objects.count() == 1


def test_only_an_administrator_makes_attributes(mette, jonas):
    for error, made in (
        (NotAllowed, {"name": "Size", "kind": "text", "by": jonas}),
        (NameMissing, {"name": " ", "kind": "text", "by": mette}),
        (ChoicesMissing, {"name": "Size", "kind": "choice", "by": mette}),
        (ValueError, {"name": "Size", "kind": "odd", "by": mette}),
    ):
        with pytest.raises(error):
            make_field(at=now(), **made)
    assert Field.objects.count() == 0


def differences(before):
    return {h: (before[h], c) for h, c in owners().items() if before[h] != c}


def test_every_preview_is_what_the_deed_does(people, mette):
    a, b, c, d = (owner(people[n]) for n in NAMES)
    deeds = [
        (lambda: preview_merge(kept=a, absorbed=b), lambda: merge(kept=a, absorbed=b, by=mette, why="x", at=now())),
        (lambda: preview_merge(kept=c, absorbed=a), lambda: merge(kept=c, absorbed=a, by=mette, why="x", at=now())),
        (
            lambda: preview_move(handles=[people["b"].pk], consumer=c, to=d),
            lambda: move(handles=[people["b"].pk], consumer=c, to=d, by=mette, why="x", at=now()),
        ),
    ]
    made = []
    for preview, deed in deeds:
        expected, before = preview(), owners()
        made.append(deed())
        assert differences(before) == dict(expected.moves)
        assert len(expected.moves) > 0
    undone = []
    for decision in [made[0], made[2], made[1]]:
        expected, before, stamp = preview_undo(decision=decision.pk), owners(), preview_undo(decision=decision.pk).stamp
        undone.append(undo(decision=decision.pk, by=mette, at=now()))
        assert differences(before) == dict(expected.moves)
        assert expected.stamp == stamp
    for decision in reversed(undone):
        expected, before = preview_undo(decision=decision.pk), owners()
        undo(decision=decision.pk, by=mette, at=now())
        assert differences(before) == dict(expected.moves)
    assert owner(people["b"]) == d


drawn_deeds = st.lists(
    st.tuples(
        st.sampled_from(["join", "move", "undo", "undo"]), st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(0, 9)
    ),
    min_size=2,
    max_size=10,
)


@settings_of(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=drawn_deeds)
def test_any_preview_is_what_the_deed_does(people, mette, drawn):
    point = transaction.savepoint()
    try:
        for deed, one, other, which in drawn:
            made = list(Decision.objects.filter(undone_at=None).order_by("id").values_list("pk", flat=True))
            if deed == "undo" and not made:
                continue
            target, a, b = (made[which % len(made)] if made else None), owner(people[one]), owner(people[other])
            handles, before = [people[one].pk], owners()
            try:
                if deed == "join":
                    expected = preview_merge(kept=a, absorbed=b)
                    merge(kept=a, absorbed=b, by=mette, why="x", at=now())
                elif deed == "move":
                    expected = preview_move(handles=handles, consumer=a, to=b)
                    move(handles=handles, consumer=a, to=b, by=mette, why="x", at=now())
                else:
                    expected = preview_undo(decision=target)
                    undo(decision=target, by=mette, at=now())
            except SamspilError:
                continue
            assert differences(before) == dict(expected.moves)
    finally:
        transaction.savepoint_rollback(point)


def test_a_preview_counts_what_goes_and_writes_nothing(people, mette, settings, tmp_path):
    settings.SAMSPIL_BLOBS = tmp_path
    a, b = owner(people["a"]), owner(people["b"])
    add_note(handle=people["b"].pk, text="x", by=mette, at=now())
    add_file(handle=people["b"].pk, name="x", pieces=[b"x"], by=mette, at=now())
    add_detail(handle=people["b"].pk, field="city", value="Aarhus", by=mette, at=now())
    before = owners()
    [going] = preview_merge(kept=a, absorbed=b).goings
    load = going.load
    assert (going.origin.pk, going.to.pk) == (b, a)
    assert ([str(h) for h in load.handles], load.interactions, load.notes, load.files, load.details) == (
        ["b@x.example"], 1, 1, 1, 1,
    )  # fmt: skip
    [alone] = preview_move(handles=[people["b"].pk, people["c"].pk], consumer=b, to=None, name="New").goings
    assert (alone.to, alone.name, [h.pk for h in alone.load.handles]) == (None, "New", [people["b"].pk])
    assert owners() == before
    assert Decision.objects.count() == 0


def test_the_history_tells_every_step(people, mette, jonas):
    a, b, c = (owner(people[n]) for n in "abc")
    joined = merge(kept=a, absorbed=b, by=mette, why="On the telephone", at=now())
    parted = split(handles=[people["b"].pk], consumer=a, by=jonas, why="No", at=now(), name="Bee")
    back = undo(decision=parted.pk, by=mette, at=now(), why="Yes")
    keep_apart(one=a, other=c, by=jonas, why="Brothers", at=now())
    lift(one=a, other=c, by=mette, at=now())
    note = add_note(handle=people["a"].pk, text="x", by=mette, at=now())
    delete_note(note=note.pk, by=mette, at=now())
    steps = history_of(a, handles=[people["a"].pk, people["b"].pk])
    told = [(s.sort, s.row.pk if s.sort == "decision" else None, s.by) for s in steps]
    # two handles against one are two vetoes
    assert told == [
        ("note", None, None),
        ("veto_lifted", None, mette),
        ("veto_lifted", None, mette),
        ("veto", None, jonas),
        ("veto", None, jonas),
        ("decision", back.pk, mette),
        ("decision", parted.pk, jonas),
        ("decision", joined.pk, mette),
    ]
    assert [s.row.undone_at is not None for s in steps if s.sort == "decision"] == [False, True, False]
    assert [s.row.pk for s in history_of(c, handles=[people["c"].pk]) if s.sort == "decision"] == []


def test_what_is_known_is_forgotten_with_the_person(people, mette, settings, tmp_path, django_capture_on_commit_callbacks):
    settings.SAMSPIL_BLOBS = tmp_path
    for name in "ab":
        note = add_note(handle=people[name].pk, text="x", by=mette, at=now())
        delete_note(note=note.pk, by=mette, at=now())
        add_file(handle=people[name].pk, name="x", pieces=[name.encode()], by=mette, at=now())
        detail = add_detail(handle=people[name].pk, field="city", value="Aarhus", by=mette, at=now())
        end_detail(detail=detail.pk, by=mette, at=now())
        put_mark(handle=people[name].pk, kind="shared", by=mette, at=now())
    keep_apart(one=owner(people["a"]), other=owner(people["c"]), by=mette, why="x", at=now())
    gone, kept = (File.objects.get(handle=people[n]).digest for n in "ab")
    person = owner(people["a"])
    with django_capture_on_commit_callbacks(execute=True):
        forget_routes(consumer=person)
        forget_conversations(consumer=person, handles=[people["a"].pk])
        forget(consumer=person)
    for model in (Note, File, Detail, Mark):
        assert list(model.objects.values_list("handle__address", flat=True)) == ["b@x.example"], model
    assert blobs.read(kept).read() == b"b"
    with pytest.raises(FileNotFoundError):
        blobs.read(gone)
    assert history_of(owner(people["c"]), handles=[people["c"].pk]) == []


def test_the_export_tells_what_is_known(people, mette, settings, tmp_path):
    settings.SAMSPIL_BLOBS = tmp_path
    add_note(handle=people["a"].pk, text="Likes blue", by=mette, at=now())
    add_file(handle=people["a"].pk, name="x.txt", pieces=[b"hello"], by=mette, at=now())
    add_detail(handle=people["a"].pk, field="company", value="Acme", since=date(2019, 1, 1), by=mette, at=now())
    put_mark(handle=people["a"].pk, kind="shared", why="Family", by=mette, at=now())
    keep_apart(one=owner(people["a"]), other=owner(people["b"]), by=mette, why="Brothers", at=now())
    told = export_of(consumer=owner(people["a"]))
    assert [n["text"] for n in told["notes"]] == ["Likes blue"]
    assert [(f["name"], f["type"], f["bytes"]) for f in told["files"]] == [("x.txt", "text/plain", 5)]
    assert [(d["what"], d["value"], d["since"]) for d in told["details"]] == [("company", "Acme", "2019-01-01")]
    assert [(m["mark"], m["why"]) for m in told["marks"]] == [("shared", "Family")]
    # who the other is, is the other's own
    assert [(v["handle"], v["why"]) for v in told["not_the_same_as"]] == [("a@x.example", "Brothers")]
    assert "b@x.example" not in str(told)
