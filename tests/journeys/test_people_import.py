"""People from files: what the dry run says is what the run does; a second run changes nothing; and it can be taken back."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from samspil import kit
from samspil.base import blobs, sql
from samspil.base.clock import now
from samspil.exchange.actions.forget import forget
from samspil.exchange.actions.people import (
    CannotRead,
    NoHandleColumn,
    NotNow,
    cancel,
    drop_run,
    go,
    look,
    map_columns,
    take_file,
    tidy_people,
    undo_import,
)
from samspil.exchange.actions.people_carry import carry_on
from samspil.exchange.models import PeopleRow, PeopleRun
from samspil.exchange.queries.people import given_back, page_of, waiting
from samspil.identity.actions import merge
from samspil.identity.actions.take_in import Taken, take_in_consumers
from samspil.identity.models import Consumer, Decision, Detail, Field, Link, Mark, Suggestion
from samspil.intake.actions import know_handles
from samspil.intake.models import Handle
from samspil.intake.queries import forgotten
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parents[2] / "samspil" / "exchange" / "tests" / "fixtures"


def consumer_of(address: str) -> Consumer:
    return Consumer.objects.get(links__handle__address=address, links__ended_at=None)


def known(*addresses: str, name: str = "Kendt", network: str = "mail") -> Consumer:
    ids = know_handles(handles=[(kit.Handle(network=network, address=a), now()) for a in addresses])
    taken = Taken(name=name, since=now(), handles=[(ids[network, "", a], [{"kind": "same"}]) for a in addresses])
    take_in_consumers(consumers=[taken], at=now())
    return Consumer.objects.get(pk=taken.ident)


def taken(text: str | bytes, mette=None, name: str = "kunder.csv") -> PeopleRun:
    raw = text.encode() if isinstance(text, str) else text
    return take_file(name=name, pieces=[raw], by=mette, country="DK", at=now())


def looked(run: PeopleRun) -> PeopleRun:
    look(run=run.pk, at=now())
    assert carry_on(run=run.pk)
    run.refresh_from_db()
    assert run.state == "looked", run.error
    return run


def done(run: PeopleRun) -> PeopleRun:
    go(run=run.pk, at=now())
    assert carry_on(run=run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.error
    return run


def undone(run: PeopleRun) -> PeopleRun:
    undo_import(run=run.pk, at=now())
    assert carry_on(run=run.pk)
    run.refresh_from_db()
    assert run.state == "undone", run.error
    return run


def everything() -> tuple[list, list, list, list]:
    return (
        sorted(Consumer.objects.exclude(name="").values_list("id", "name")),
        sorted(Link.objects.filter(ended_at=None).values_list("handle__address", "consumer")),
        sorted(Detail.objects.filter(ended_at=None).values_list("handle__address", "field", "value")),
        sorted(Handle.objects.values_list("network", "address")),
    )


def outcomes(run: PeopleRun) -> dict[int, str]:
    return dict(PeopleRow.objects.filter(run=run).values_list("number", "outcome"))


FILE = """Navn;E-mail;Telefon;Firma;Kundenummer
Karoline Vestergaard;karoline@vestergaard.example;20 12 34 56;Nørrebro Cykler;1001
Bo Bech;BO@b.example;;;1002
;;;;
Ingen adresse;;;;
Skæv mail;hverken@eller;;;
Bo igen;bo@b.example;+45 33 11 22 33;Bech ApS;
To på en gang;karoline@vestergaard.example, bo@b.example;;;
"""


def test_the_dry_run_says_what_the_run_does_and_writes_nothing(mette):
    before = everything()
    run = looked(taken(FILE, mette))
    expected = {2: "new", 3: "new", 4: "empty", 5: "broken", 6: "broken", 7: "joins", 8: "conflict"}
    assert outcomes(run) == expected
    assert everything() == before
    assert Field.objects.count() == Suggestion.objects.count() == 0
    said = {row.number: (row.outcome, row.why, row.shown) for row in page_of(run.pk)[0]}
    plan = dict(run.looked)
    assert plan == {
        "new": 2, "empty": 1, "broken": 2, "joins": 1, "conflict": 1, "_handles": 4, "_details": 4,
    }  # fmt: skip
    done(run)
    assert run.counts == plan
    assert {row.number: (row.outcome, row.why, row.shown) for row in page_of(run.pk)[0]} == said
    karoline = consumer_of("karoline@vestergaard.example")
    assert (karoline.name, consumer_of("+4520123456")) == ("Karoline Vestergaard", karoline)
    assert consumer_of("+4533112233") == consumer_of("bo@b.example") != karoline
    link = Link.objects.get(handle__address="+4520123456")
    assert link.evidence == [{"kind": "import", "strength": 1.0, "words": "Import: kunder.csv", "run": str(run.pk)}]
    assert (link.made_by, link.via.address) == (mette, "karoline@vestergaard.example")
    assert set(Detail.objects.values_list("field", "value", "source")) == {
        ("company", "Nørrebro Cykler", f"import:{run.pk.hex}"),
        ("company", "Bech ApS", f"import:{run.pk.hex}"),
        ("customer_number", "1001", f"import:{run.pk.hex}"),
        ("customer_number", "1002", f"import:{run.pk.hex}"),
    }
    assert (run.digest, run.total, run.position) == ("", 7, 7)


def test_a_second_run_of_the_same_file_changes_nothing(mette):
    done(looked(taken(FILE, mette)))
    before = everything()
    again = looked(taken(FILE, mette))
    assert outcomes(again) == {2: "same", 3: "same", 4: "empty", 5: "broken", 6: "broken", 7: "same", 8: "conflict"}
    done(again)
    assert everything() == before
    assert "_handles" not in again.counts


def test_an_import_is_taken_back_as_a_whole(mette, mailbox):
    known("karoline@vestergaard.example", name="karoline@vestergaard.example")
    before = everything()
    run = done(looked(taken(FILE, mette)))
    assert consumer_of("karoline@vestergaard.example").name == "Karoline Vestergaard"
    assert run.counts["joins"] == 2
    undone(run)
    assert everything() == before
    assert PeopleRow.objects.exclude(consumer=None).count() == 0
    with pytest.raises(NotNow):
        undo_import(run=run.pk, at=now())
    done(looked(taken(FILE, mette)))
    assert consumer_of("+4520123456") == consumer_of("karoline@vestergaard.example")


def test_who_has_written_since_keeps_a_person_of_their_own_when_it_is_taken_back(mette, mailbox):
    run = done(looked(taken("navn,mail,mail 2,mail 3\nKaroline,a@a.example,b@b.example,c@c.example\n", mette)))
    receive(mailbox, mail(sender="A <a@a.example>", ident="1@x"), mail(sender="B <b@b.example>", ident="2@x"))
    one = consumer_of("a@a.example")
    assert consumer_of("b@b.example") == consumer_of("c@c.example") == one
    undone(run)
    a, b = consumer_of("a@a.example"), consumer_of("b@b.example")
    assert a != b
    assert one in {a, b}
    assert not Handle.objects.filter(address="c@c.example").exists()
    from samspil.conversation.models import Conversation

    assert {c.consumer for c in Conversation.objects.all()} == {a, b}
    assert not [e for link in Link.objects.filter(ended_at=None) for e in link.evidence if e["kind"] == "import"]
    # A later decision and its undo find them apart, too.
    decision = merge(kept=a.pk, absorbed=b.pk, by=mette, why="", at=now())
    from samspil.identity.actions import undo

    undo(decision=decision.pk, by=mette, at=now())
    assert {consumer_of("a@a.example"), consumer_of("b@b.example")} == {a, b}


def test_what_a_colleague_has_joined_since_stays_joined_but_the_details_end(mette):
    other = known("o@o.example", name="O")
    run = done(looked(taken("navn,mail,firma\nA,a@a.example,A/S\n", mette)))
    merge(kept=other.pk, absorbed=consumer_of("a@a.example").pk, by=mette, why="samme", at=now())
    undone(run)
    assert consumer_of("a@a.example") == other
    assert Detail.objects.filter(ended_at=None).count() == 0
    assert Detail.objects.count() == 1


def test_details_of_a_known_person_change_and_come_back(mette):
    karoline = known("karoline@vestergaard.example", name="Karoline")
    handle = Handle.objects.get(address="karoline@vestergaard.example")
    Detail.objects.create(handle=handle, field="city", value="Aarhus", at=now() - timedelta(days=9))
    before = everything()
    run = looked(taken("email,by,fornavn\nkaroline@vestergaard.example,Odense,Karoline\n", mette))
    (row,), _ = page_of(run.pk)
    assert row.outcome == "changes"
    assert row.why == [
        ["known_by", "karoline@vestergaard.example"],
        ["changed", "city: Aarhus → Odense"],
        ["changed", "given_name: Karoline"],
    ]
    done(run)
    newest = Detail.objects.filter(handle=handle, field="city", ended_at=None).order_by("-at", "-id")
    assert [d.value for d in newest] == ["Odense", "Aarhus"]
    assert Consumer.objects.get() == karoline
    undone(run)
    assert everything() == before


def test_handles_of_two_persons_in_one_row_join_nobody(mette):
    known("a@a.example", name="A"), known("b@b.example", name="B")
    before = everything()
    run = done(looked(taken("email;email2\na@a.example;b@b.example\n", mette)))
    (row,), _ = page_of(run.pk, outcome="conflict")
    assert row.why == [["conflict", "a@a.example: A"], ["conflict", "b@b.example: B"]]
    assert everything() == before
    assert Decision.objects.count() == 0


def test_the_same_customer_number_is_a_suggestion_only(mette):
    old = known("a@a.example", name="A")
    handle = Handle.objects.get(address="a@a.example")
    Detail.objects.create(handle=handle, field="customer_number", value="K-77", at=now())
    run = done(looked(taken("email,kundenummer\nny@n.example,k-77\n", mette)))
    assert consumer_of("ny@n.example") != old
    suggestion = Suggestion.objects.get()
    assert {suggestion.one.address, suggestion.other.address} == {"a@a.example", "ny@n.example"}
    assert suggestion.parts[0]["kind"] == "customer_number"
    assert (run.counts["_suggested"], page_of(run.pk)[0][0].why) == (1, [["number", "k-77: A"]])
    undone(run)
    assert Suggestion.objects.count() == 0


def test_a_shared_address_joins_nobody(mette):
    known("info@firma.example", name="Firma")
    handle = Handle.objects.get(address="info@firma.example")
    Mark.objects.create(handle=handle, kind="shared", at=now())
    run = done(looked(taken("email,tlf\ninfo@firma.example,20123456\ninfo@firma.example,\n", mette)))
    assert outcomes(run) == {2: "new", 3: "shared"}
    assert consumer_of("+4520123456") != consumer_of("info@firma.example")


def test_who_is_forgotten_is_skipped_and_nothing_of_the_row_is_kept(mette):
    gone = known("karoline@vestergaard.example", name="Karoline")
    forget(consumer=gone.pk, by=mette, at=now())
    run = done(looked(taken(FILE, mette)))
    assert outcomes(run)[2] == outcomes(run)[8] == "forgotten"
    row = PeopleRow.objects.get(run=run, number=2)
    assert (row.shown, row.raw, row.consumer) == ("", None, None)
    assert not Handle.objects.filter(address__in=["karoline@vestergaard.example", "+4520123456"]).exists()


def test_forgetting_takes_a_person_out_of_what_imports_noted(mette):
    run = done(looked(taken(FILE, mette)))
    forget(consumer=consumer_of("karoline@vestergaard.example").pk, by=mette, at=now())
    assert not PeopleRow.objects.filter(shown__contains="karoline@").exists()
    assert set(outcomes(run)) == {3, 4, 5, 6, 7}
    assert len(forgotten([("mail", "", "karoline@vestergaard.example"), ("phone", "", "+4520123456")])) == 2


def test_one_per_cent_broken_comes_back_as_a_file_and_the_rest_is_in(mette):
    lines = [f"Person {n},p{n}@p.example,{n}\n" if n % 100 else f"=cmd|{n},ikke en mail,{n}\n" for n in range(1, 1201)]
    run = done(looked(taken("name,email,points\n" + "".join(lines), mette)))
    assert (run.counts["new"], run.counts["broken"]) == (1188, 12)
    back = list(csv.reader(io.StringIO("".join(given_back(run)).removeprefix("\ufeff"))))
    assert back[0] == ["row", "reason", "name", "email", "points"]
    assert back[1] == ["101", "the address cannot be understood: mail: ikke en mail", "'=cmd|100", "ikke en mail", "100"]
    assert len(back) == 13


def test_the_given_back_file_can_be_mended_and_imported(mette):
    run = done(looked(taken("name,email\nA,a@a.example\nB,b-at-b.example\n", mette)))
    mended = "".join(given_back(run)).replace("b-at-b.example", "b@b.example")
    done(looked(taken(mended, mette)))
    assert consumer_of("b@b.example").name == "B"


def test_own_attributes_are_made_and_mapped(mette):
    Field.objects.create(slug="cykel", name="Cykel", kind="text")
    run = taken('email,Model,VIP,Points\na@a.example,Budstikke,ja,"1.234,5"\nb@b.example,,måske,7\n', mette)
    map_columns(run=run.pk, meanings=["handle.mail", "field.cykel", "new.yes", "new.number"])
    run.refresh_from_db()
    looked(run)
    assert Field.objects.count() == 1
    done(run)
    assert dict(Field.objects.values_list("slug", "kind")) == {"cykel": "text", "vip": "yes", "points": "number"}
    assert set(Detail.objects.values_list("field", "value")) == {
        ("cykel", "Budstikke"),
        ("vip", "1"),
        ("points", "1234.5"),
        ("points", "7"),
    }
    assert page_of(run.pk)[0][1].why == [["bad_value", "VIP: måske"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_encoding_and_delimiter(mette, encoding, delimiter):
    rows = [["Navn", "E-mail", "By"], ["Søren Ærø", "soeren@aeroe.example", "Ærøskøbing"], ["Åse", "aase@a.example", "Århus"]]
    run = done(looked(taken("\r\n".join(delimiter.join(r) for r in rows).encode(encoding), mette)))
    assert run.counts["new"] == 2
    assert consumer_of("soeren@aeroe.example").name == "Søren Ærø"
    assert set(Detail.objects.values_list("value", flat=True)) == {"Ærøskøbing", "Århus"}


def test_a_killed_run_goes_on_without_doubles(mette):
    lines = "".join(f"P{n},p{n}@p.example,2{n:07d}\n" for n in range(1600))
    run = looked(taken("name,email,phone\n" + lines, mette))
    go(run=run.pk, at=now())
    calls = []
    assert carry_on(run=run.pk, stop=lambda: len(calls) == 2 or calls.append(1) is not None)
    run.refresh_from_db()
    assert (run.state, run.position, Consumer.objects.count()) == ("running", 1000, 1000)
    assert waiting() == [run.pk]
    assert carry_on(run=run.pk)
    run.refresh_from_db()
    assert (run.state, run.counts["new"], Consumer.objects.count()) == ("done", 1600, 1600)
    assert PeopleRow.objects.filter(run=run).count() == 1600


def test_a_batch_that_fails_leaves_nothing_of_itself_and_the_run_is_not_lost(mette, monkeypatch):
    from samspil.exchange.actions import people_carry

    run = looked(taken(FILE, mette))
    before = everything()
    go(run=run.pk, at=now())
    real = people_carry._write_rows
    monkeypatch.setattr(people_carry, "_write_rows", lambda *_: 1 / 0)
    assert carry_on(run=run.pk)
    run.refresh_from_db()
    assert (run.state, run.error, run.counts) == ("failed", "ZeroDivisionError", {})
    assert everything() == before
    monkeypatch.setattr(people_carry, "_write_rows", real)
    done(run)
    assert consumer_of("bo@b.example").name == "Bo Bech"


def test_stopping_and_going_on_and_throwing_away(mette):
    lines = "".join(f"P{n},p{n}@p.example\n" for n in range(900))
    run = looked(taken("name,email\n" + lines, mette))
    go(run=run.pk, at=now())
    assert carry_on(run=run.pk, say=lambda _: cancel(run=run.pk, at=now()) if run.state else None)
    run.refresh_from_db()
    assert (run.state, run.position, Consumer.objects.count()) == ("cancelled", 500, 500)
    with pytest.raises(NotNow):
        drop_run(run=run.pk)
    with pytest.raises(NotNow):
        look(run=run.pk, at=now())
    undone(run)
    assert everything() == ([], [], [], [])
    digest = run.digest
    blobs.read(digest).close()
    drop_run(run=run.pk)
    assert PeopleRun.objects.count() == 0


def test_statements_do_not_grow_with_the_batch(mette):
    def spent(first: int, number: int) -> int:
        lines = "".join(f"P{n},p{n}@p.example,Firma {n},K{n}\n" for n in range(first, first + number))
        run = looked(taken("name,email,company,kundenummer\n" + lines, mette))
        go(run=run.pk, at=now())
        with sql.counted() as seen:
            carry_on(run=run.pk)
        return len(seen)

    assert spent(0, 3) == spent(1000, 400)


def test_what_cannot_be_read_is_refused_and_nothing_is_kept(mette):
    for raw, name in ((b"", "tom.csv"), (b"{ nej", "a.json"), (b"[]", "b.json"), (b"\n\n", "c.csv")):
        with pytest.raises(CannotRead):
            taken(raw, mette, name)
    assert PeopleRun.objects.count() == 0
    run = taken("farve,form\nrød,rund\n", mette)
    with pytest.raises(NoHandleColumn):
        look(run=run.pk, at=now())
    with pytest.raises(NotNow):
        go(run=run.pk, at=now())
    with pytest.raises(ValueError, match="no meaning"):
        map_columns(run=run.pk, meanings=["handle.mail", "detail.shoe_size"])
    run.refresh_from_db()
    assert (run.state, run.options["columns"]) == ("chosen", [["farve", ""], ["form", ""]])


def test_lookalike_letters_and_unseen_signs_are_said_and_kept(mette):
    run = done(looked(taken("name,email\nKаroline,a@a.example\nBo\u202e,b@b.example\n", mette)))
    rows, _ = page_of(run.pk)
    assert [row.why for row in rows] == [[["lookalike", "Kаroline"]], [["control", "Bo\\u202e"]]]
    assert consumer_of("b@b.example").name == "Bo\u202e"


def test_what_was_read_of_old_files_is_let_go(mette):
    run = done(looked(taken(FILE, mette)))
    assert tidy_people(at=now() + timedelta(days=29)) == 0
    assert tidy_people(at=now() + timedelta(days=31)) == 1
    assert set(PeopleRow.objects.filter(run=run).values_list("shown", "raw")) == {("", None)}
    undone(run)
    assert everything() == ([], [], [], [])


@pytest.mark.parametrize(
    ("file", "program", "people"),
    [
        ("chatwoot.csv", "chatwoot", 3),
        ("chatwoot.json", "chatwoot", 2),
        ("zammad.csv", "zammad", 2),
        ("zammad.json", "zammad", 2),
        ("freescout.json", "freescout", 2),
        ("mautic.csv", "mautic", 2),
        ("mautic.json", "mautic", 2),
        ("cards.vcf", "vcard", 3),
    ],
)
def test_exports_of_other_programs(mette, file, program, people):
    run = take_file(name=file, pieces=[(FIXTURES / file).read_bytes()], by=mette, country="DK", at=now())
    assert run.format == program
    done(looked(run))
    assert (run.counts["new"], Consumer.objects.count()) == (people, people)
    before = everything()
    done(looked(take_file(name=file, pieces=[(FIXTURES / file).read_bytes()], by=mette, country="DK", at=now())))
    assert everything() == before
    karoline = consumer_of("karoline@vestergaard.example")
    assert karoline.name == "Karoline Vestergaard"
    found = set(Detail.objects.filter(handle__links__consumer=karoline).values_list("field", "value"))
    if file != "chatwoot.csv":
        assert ("company", "Nørrebro Cykler") in found
        assert ("city", "København") in found
    if program == "mautic":
        assert {("points", "40"), ("do_not_contact", "1")} <= found or file == "mautic.csv"
    if file == "chatwoot.json":
        assert ("plan", "guld") in found
        assert consumer_of("+4520123456") == karoline
