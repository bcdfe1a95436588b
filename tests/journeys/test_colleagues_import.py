"""Colleagues from a table: looked through, done, journalled, taken back; and what it never does."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from samspil.base import blobs
from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.organisation.actions import change_colleague, make_competence, make_unit, outside_colleagues
from samspil.organisation.models import Colleague, CompetenceHeld, Unit
from samspil.provision.actions import runs
from samspil.provision.actions.carry import carry_batch, carry_on
from samspil.provision.models import Provisioned, Run, RunRow
from samspil.provision.queries import newcomers_of

pytestmark = pytest.mark.django_db
FILE = """Nr;Navn;E-mail;Titel;Afdeling;Fag;Rolle
1;Søren Ågård;soren@firma.example;Cykelsmed;Værksted/Elcykler;Batteri:5;
2;Jonas Lund;JONAS@firma.example;Sælger;Salg;;admin
3;Uden adresse;ingen;;;;
"""


def looked(by, text=FILE, *, name="folk.csv", encoding="utf-8", **terms):
    run = runs.take_file(name=name, pieces=[text.encode(encoding)], by=by, at=now())
    meanings = ["external" if n == "Nr" else m for n, m in run.options["columns"]]
    runs.map_columns(run=run.pk, meanings=meanings, **terms)
    return runs.look(run=run.pk, at=now())


def done(by, text=FILE, **terms):
    run = looked(by, text, **terms)
    runs.go(run=run.pk, by=by, at=now(), confirmed=True)
    carry_on(run=run.pk)
    run.refresh_from_db()
    return run


def shape(run):
    return [(r.number, r.outcome, r.shown) for r in RunRow.objects.filter(run=run).order_by("place")]


def test_looking_changes_nothing(mette, jonas):
    before = list(Colleague.objects.order_by("pk").values())
    run = looked(mette)
    assert shape(run) == [(2, "create", "Søren Ågård"), (3, "change", "Jonas Lund"), (4, "broken", "Uden adresse")]
    assert run.units == [["Værksted"], ["Værksted", "Elcykler"], ["Salg"]]
    assert list(Colleague.objects.order_by("pk").values()) == before
    assert Unit.objects.count() == 1
    assert not Provisioned.objects.exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_it_is_done_as_it_was_looked_at_in_any_encoding(mette, jonas, encoding):
    competence = make_competence(name="Batteri", by=mette)
    run = done(mette, encoding=encoding)
    assert (run.state, run.counts, run.digest) == ("done", {"create": 1, "change": 1, "broken": 1}, "")
    soren = Colleague.objects.get(email="soren@firma.example")
    assert (soren.name, soren.title, soren.unit.name, soren.unit.parent.name) == (
        "Søren Ågård",
        "Cykelsmed",
        "Elcykler",
        "Værksted",
    )
    assert not soren.has_usable_password()
    assert CompetenceHeld.objects.get(colleague=soren, competence=competence).level == 5
    jonas.refresh_from_db()
    assert (jonas.title, jonas.unit.name, jonas.role) == ("Sælger", "Salg", "employee")
    assert [c.email for c in newcomers_of(run.pk)] == ["jonas@firma.example", "soren@firma.example"][1:]


def test_a_second_time_there_is_nothing_to_do(mette, jonas):
    done(mette)
    assert [o for _n, o, _s in shape(looked(mette))] == ["nothing", "nothing", "broken"]


def test_a_new_address_under_the_same_number_is_the_same_person(mette):
    done(mette, "Nr;Navn;E-mail\n7;Åse;aase@firma.example\n")
    run = done(mette, "Nr;Navn;E-mail\n7;Åse Dahl;aase.dahl@firma.example\n")
    assert shape(run) == [(2, "change", "Åse Dahl")]
    assert Colleague.objects.get(name="Åse Dahl").email == "aase.dahl@firma.example"
    assert not Colleague.objects.filter(email="aase@firma.example").exists()


def test_a_colleague_of_imported_history_is_taken_in(mette):
    outside_colleagues(handles=[("mail", "karl@firma.example", "karl")])
    before = Colleague.objects.get(email="karl@firma.example")
    done(mette, "Navn;E-mail\nKarl Ø;karl@firma.example\n")
    after = Colleague.objects.get(email="karl@firma.example")
    assert (after.pk, after.outside, after.is_active, after.name, after.capacity) == (before.pk, False, True, "Karl Ø", 12)


def test_who_is_missing_is_closed_behind_the_brake(mette):
    done(mette, "Nr;Navn;E-mail\n" + "".join(f"{i};P{i};p{i}@firma.example\n" for i in range(4)))
    run = looked(mette, "Nr;Navn;E-mail\n0;P0;p0@firma.example\n", missing="close")
    assert (run.closing, run.active, runs.braked(run=run)) == (3, 5, True)
    with pytest.raises(runs.TooMany):
        runs.go(run=run.pk, by=mette, at=now())
    assert Colleague.objects.filter(is_active=True).count() == 5
    runs.go(run=run.pk, by=mette, at=now(), confirmed=True)
    carry_on(run=run.pk)
    assert set(Colleague.objects.filter(is_active=True).values_list("email", flat=True)) == {mette.email, "p0@firma.example"}
    assert RunRow.objects.filter(run=run, outcome="close").count() == 3


def test_a_role_that_the_file_may_give_makes_an_administrator_and_undo_takes_it(mette, jonas):
    run = done(mette, roles=True)
    jonas.refresh_from_db()
    assert jonas.role == "admin"
    runs.undo(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    jonas.refresh_from_db()
    assert (jonas.role, jonas.title) == ("employee", "")


def test_undo_leaves_what_was_changed_by_hand_and_who_has_signed_in(mette, jonas):
    text = FILE + "5;Bo;bo@firma.example;;;;\n6;Ida;ida@firma.example;;;;\n"
    run = done(mette, text)
    change_colleague(colleague=jonas.pk, by=mette, title="Chef")
    Colleague.objects.filter(email="bo@firma.example").update(last_login=now())
    runs.undo(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    run.refresh_from_db()
    jonas.refresh_from_db()
    assert (run.state, jonas.title, jonas.unit.name) == ("undone", "Chef", "Service")
    active = dict(Colleague.objects.values_list("email", "is_active"))
    assert (active["bo@firma.example"], active["ida@firma.example"], active["soren@firma.example"]) == (True, False, False)
    left = dict(RunRow.objects.filter(run=run).values_list("email", "left"))
    assert left["bo@firma.example"] == "signed_in"
    assert left["jonas@firma.example"] == "changed_since:title"
    assert left["ida@firma.example"] == "taken_back"
    assert {p.colleague.email for p in Provisioned.objects.all()} == {"bo@firma.example"}


def test_what_was_changed_between_looking_and_doing_is_left(mette, jonas):
    run = looked(mette)
    change_colleague(colleague=jonas.pk, by=mette, title="Chef")
    runs.go(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    jonas.refresh_from_db()
    assert (jonas.title, jonas.unit.name) == ("Chef", "Salg")
    assert RunRow.objects.get(run=run, email="jonas@firma.example").why == [["changed_since", "title"]]


def test_an_address_that_came_in_meanwhile_is_a_conflict_and_the_others_are_done(mette):
    run = looked(mette, "Navn;E-mail\nA;a@firma.example\nB;b@firma.example\nC;c@firma.example\n")
    Colleague.objects.create_user("b@firma.example", None, name="Another B")
    runs.go(run=run.pk, by=mette, at=now())
    carry_on(run=run.pk)
    assert [o for _n, o, _s in shape(run)] == ["create", "conflict", "create"]
    assert Colleague.objects.get(email="b@firma.example").name == "Another B"


def test_the_last_administrator_stays(mette):
    run = done(mette, "E-mail;Aktiv;Rolle\nmette@firma.example;nej;medarbejder\n", roles=True)
    mette.refresh_from_db()
    assert (mette.is_active, mette.role) == (True, "admin")
    assert [o for _n, o, _s in shape(run)] == ["conflict"]


def test_a_unit_whose_name_has_a_slash(mette):
    make_unit(name="Salg/Service", by=mette)
    done(mette, "Navn;E-mail;Afdeling\nA;a@firma.example;Salg\\/Service\n")
    assert Colleague.objects.get(email="a@firma.example").unit.name == "Salg/Service"
    assert Unit.objects.count() == 2


def test_only_an_administrator_imports(mette, jonas):
    with pytest.raises(NotAllowed):
        runs.take_file(name="x.csv", pieces=[FILE.encode()], by=jonas, at=now())
    run = looked(mette)
    for deed in (runs.go, runs.undo):
        with pytest.raises(NotAllowed):
            deed(run=run.pk, by=jonas, at=now())
    with pytest.raises(NotAllowed):
        runs.drop(run=run.pk, by=jonas)
    assert (Run.objects.get().state, Run.objects.count()) == ("looked", 1)


@pytest.mark.parametrize("text", ["", "\n\n", "Navn;E-mail\n"])
def test_what_is_no_table_is_refused(mette, text):
    with pytest.raises(runs.CannotRead):
        looked(mette, text)
    assert not RunRow.objects.exists()


def test_what_was_never_done_goes_after_a_month_with_its_file(mette, django_capture_on_commit_callbacks):
    kept = done(mette)
    run = looked(mette)
    with django_capture_on_commit_callbacks(execute=True):
        assert runs.tidy_runs(at=now() + timedelta(days=29)) == 0
        assert runs.tidy_runs(at=now() + timedelta(days=31)) == 1
    assert list(Run.objects.all()) == [kept]
    with pytest.raises(FileNotFoundError):
        blobs.read(run.digest)


def test_a_file_without_an_address_or_a_number_is_refused(mette):
    with pytest.raises(runs.NoAddressColumn):
        looked(mette, "Navn;Titel\nA;B\n")


def _statements(mette, people, start):
    Provisioned.objects.all().delete()  # else who came before is missing, which is a row too
    rows = "".join(f"n{i};P{i};p{i}@firma.example;T;Salg\n" for i in range(start, start + people))
    run = looked(mette, "Nr;Navn;E-mail;Titel;Afdeling\n" + rows)
    runs.go(run=run.pk, by=mette, at=now())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        carry_batch(run=run.pk, at=now())
    assert Colleague.objects.filter(name=f"P{start + people - 1}").exists()
    return len(asked)


def test_a_batch_of_one_and_of_two_hundred_run_the_same_statements(mette):
    make_unit(name="Salg", by=mette)
    _statements(mette, 1, 5000)
    assert _statements(mette, 1, 1000) == _statements(mette, 200, 2000)


def run_command(*words):
    from typer.testing import CliRunner

    from samspil.project.cli import app

    return CliRunner().invoke(app, ["colleagues", "import", *words])


def test_the_command_line_says_first_and_does_then(mette, jonas, tmp_path):
    file = tmp_path / "folk.csv"
    file.write_text(FILE, encoding="cp1252")
    said = run_command(str(file), "--dry-run", "--map", "Nr=external")
    assert (said.exit_code, Run.objects.count()) == (0, 0)
    assert "line 3 change: Jonas Lund" in said.output
    assert said.output.rstrip().endswith("3 people: 1 broken, 1 change, 1 create\nNothing was done.")
    assert not Colleague.objects.filter(email="soren@firma.example").exists()
    done_ = run_command(str(file), "--json", "--map", "Nr=external")
    assert json.loads(done_.output)["create"] == 1
    assert Colleague.objects.filter(email="soren@firma.example").exists()
    file.write_text("Navn;Titel\nA;B\n")
    assert run_command(str(file)).exit_code == 1
