"""A new handle is compared when it has come: suggested, joined at the organisation's own threshold, or left."""

import time

import pytest

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import react
from samspil.identity.actions import keep_apart, merge
from samspil.identity.actions.compare import compare
from samspil.identity.actions.learn import NoEngine, ask_to_learn, learn
from samspil.identity.models import Consumer, Decision, Link, Mark, Policy, Profile, Suggestion, Weights
from samspil.identity.queries.weights import asked, look_again, under_way, weights
from samspil.identity.queries.why import why
from samspil.identity.reactions import compare_new
from samspil.intake.facts import HandlesAppeared
from samspil.intake.models import Handle
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
SAME = ("Karoline Vestergaard <karoline.vestergaard@firma-a.example>", "Karoline Vestergaard <karolinevestergaard@post.example>")


@pytest.fixture(autouse=True)
def fresh_weights():
    look_again()
    yield
    look_again()


def handle(address):
    return Handle.objects.get(address=address)


def owner(address):
    return Link.objects.get(handle__address=address, ended_at=None).consumer_id


def come(mailbox, *senders):
    receive(mailbox, *[mail(sender=sender, ident=f"{sender[-30:]}@{n}") for n, sender in enumerate(senders)])
    compare(handles=list(Handle.objects.filter(profile=None).values_list("pk", flat=True)), at=now())


def pairs():
    return {frozenset(p) for p in Suggestion.objects.filter(state="open").values_list("one__address", "other__address")}


BOTH = frozenset(("karoline.vestergaard@firma-a.example", "karolinevestergaard@post.example"))


def test_two_handles_of_one_person_are_suggested_with_the_evidence_and_not_joined(mailbox):
    come(mailbox, *SAME, "Bo Krag <bo@krag.example>")
    assert pairs() == {BOTH}
    row = Suggestion.objects.get()
    assert row.one_id < row.other_id
    assert row.parts[0]["kind"] == "prior"
    assert 0 < row.gain < 1
    assert {"name", "kind", "bits"} & set(row.parts[1]) == {"kind", "bits"}
    assert row.bits == pytest.approx(sum(p["bits"] for p in row.parts), abs=0.05)
    assert Decision.objects.count() == 0
    assert Consumer.objects.count() == 3


def test_comparing_again_changes_nothing(mailbox):
    come(mailbox, *SAME)
    before = list(Suggestion.objects.values_list("id", "bits", "state"))
    again = compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    assert (again.joined, again.suggested) == (0, 0)
    assert list(Suggestion.objects.values_list("id", "bits", "state")) == before
    assert Profile.objects.count() == 2


def test_at_the_organisations_own_threshold_they_are_joined_and_it_can_be_undone(mailbox, mette):
    Policy.objects.create(pk=1, join_at=0.6, suggest_at=0.3, at=now(), by=mette)
    come(mailbox, *SAME)
    done = Decision.objects.get()
    assert (done.kind, done.by) == ("join", None)
    assert owner("karoline.vestergaard@firma-a.example") == owner("karolinevestergaard@post.example")
    evidence = Link.objects.get(decision=done).evidence[0]
    assert evidence["kind"] == "match"
    assert 0.6 <= evidence["strength"] <= 1


def test_what_was_said_to_be_two_stays_two(mailbox, mette):
    Policy.objects.create(pk=1, join_at=0.6, suggest_at=0.3, at=now(), by=mette)
    receive(mailbox, *[mail(sender=s, ident=f"{n}@x") for n, s in enumerate(SAME)])
    one, other = (owner(a) for a in sorted(BOTH))
    keep_apart(one=one, other=other, by=mette, why="father and daughter", at=now())
    compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    assert Decision.objects.count() == 0
    assert pairs() == set()


def test_a_shared_handle_and_an_answered_pair_are_left(mailbox, mette):
    come(mailbox, *SAME)
    Suggestion.objects.update(state="unsure")
    compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    assert Suggestion.objects.get().state == "unsure"
    Suggestion.objects.all().delete()
    Mark.objects.create(handle=handle(min(BOTH)), kind="shared", at=now(), by=mette)
    compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    assert Suggestion.objects.count() == 0


def test_who_is_one_already_is_not_suggested(mailbox, mette):
    receive(mailbox, *[mail(sender=s, ident=f"{n}@x") for n, s in enumerate(SAME)])
    merge(kept=owner(min(BOTH)), absorbed=owner(max(BOTH)), by=mette, why="x", at=now())
    compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    assert Suggestion.objects.count() == 0


def test_a_batch_costs_the_same_statements_whatever_its_size(mailbox):
    with sql.counted() as few:
        come(mailbox, "A A <a@x.example>")
    with sql.counted() as many:
        come(mailbox, *[f"Person {n} <p{n}@x{n}.example>" for n in range(20)])
    assert len(many) <= len(few) + 4


@pytest.mark.django_db(transaction=True)
def test_the_worker_compares_what_came_from_the_log(mailbox):
    receive(mailbox, *[mail(sender=s, ident=f"{n}@x") for n, s in enumerate(SAME)])
    assert Suggestion.objects.count() == 0
    until = time.monotonic() + 60  # the log is read up to the oldest transaction of the server, other tests' included
    while not (react(HandlesAppeared, compare_new) and Suggestion.objects.exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert pairs() == {BOTH}


def test_learning_from_the_whole_base_finds_the_pairs_and_says_how_far_it_is(mailbox, mette):
    receive(mailbox, *[mail(sender=s, ident=f"{n}@x") for n, s in enumerate([*SAME, "Bo Krag <bo@krag.example>"])])
    told = []
    row = learn(at=now(), say=lambda stage, _done: told.append(stage))
    assert pairs() == {BOTH}
    assert (row.handles, row.engine, row.report["stage"], row.report["suggested"]) == (3, "duckdb", "done", 1)
    assert list(dict.fromkeys(told)) == ["reading", "learning", "comparing", "writing"][-len(set(told)) :]
    assert Profile.objects.count() == 3
    assert weights()[0] == row.pk
    one, other = sorted(handle(a).pk for a in BOTH)
    found = why(one, other)
    assert found.probability == pytest.approx(Suggestion.objects.get().probability)
    assert found.parts == Suggestion.objects.get().parts
    assert (found.same, found.vetoed, found.shared) == (False, False, False)


def test_what_does_not_hold_any_more_leaves_the_worklist(mailbox):
    come(mailbox, *SAME)
    Handle.objects.filter(address=max(BOTH)).update(display="Bo Krag")
    Handle.objects.filter(address=max(BOTH)).update(address="bo.krag@post.example")
    learn(at=now())
    assert Suggestion.objects.get().state == "gone"


def test_an_engine_that_is_not_there_is_refused_and_nothing_is_written(mailbox):
    with pytest.raises(NoEngine):
        learn(at=now(), engine="abacus")
    assert Weights.objects.count() == 0


def test_who_asks_twice_waits_for_one_run_and_what_a_dead_process_left_is_said_to_be_broken_off(mailbox):
    first = ask_to_learn(engine="duckdb", at=now())
    assert ask_to_learn(engine="duckdb", at=now()).pk == first.pk
    assert asked()
    dead = Weights.objects.create(at=now(), engine="duckdb", handles=0, weights={}, report={"stage": "comparing"})
    done = learn(at=now())
    assert (done.pk, done.report["stage"]) == (first.pk, "done")
    dead.refresh_from_db()
    assert dead.report == {"stage": "failed", "error": "broken off"}
    assert (asked(), under_way()) == (False, None)


def test_who_bears_a_warning_is_not_suggested(mailbox, mette):
    Mark.objects.all().delete()
    receive(mailbox, *[mail(sender=s, ident=f"{n}@x") for n, s in enumerate(SAME)])
    Mark.objects.create(handle=handle(min(BOTH)), kind="lookalike", at=now())
    compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    learn(at=now())
    assert Suggestion.objects.count() == 0
    Mark.objects.update(ended_at=now(), ended_by=mette)
    compare(handles=list(Handle.objects.values_list("pk", flat=True)), at=now())
    assert pairs() == {BOTH}
