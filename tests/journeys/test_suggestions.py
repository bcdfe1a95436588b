"""The worklist of pairs that may be one person: what stands on it, each answer, and each answer taken back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.flow import kinds
from samspil.conversation import privacy as conversation
from samspil.identity.actions import SamePerson, keep_apart, lift, merge, undo
from samspil.identity.actions.policy import WrongThreshold, set_policy
from samspil.identity.actions.suggest import Answered, NotAnswered, NotOneOfThem, answer, hold_again, take_back
from samspil.identity.models import Consumer, Decision, Link, Mark, Policy, Suggestion, Veto
from samspil.identity.privacy import forget
from samspil.identity.queries.policy import effect, policy
from samspil.identity.queries.suggestions import SUGGEST_AT, answered_since, pair, precision, said, waiting, worklist
from samspil.intake.models import Handle
from samspil.routing import privacy as routing
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
NAMES = "abcdef"


@pytest.fixture
def people(mailbox):
    receive(mailbox, *[mail(sender=f"{n.upper()} <{n}@x.example>", ident=f"{n}@x") for n in NAMES])
    return {n: handle(n) for n in NAMES}


def handle(name):
    return Handle.objects.get(address=f"{name}@x.example")


def owner(name):
    return Link.objects.get(handle__address=f"{name}@x.example", ended_at=None).consumer_id


def owners():
    return dict(Link.objects.filter(ended_at=None).values_list("handle__address", "consumer"))


def suggest(a, b, p=0.9, gain=0.5, **more):
    one, other = sorted([handle(a), handle(b)], key=lambda h: h.pk)
    row = {"bits": 4.0, "probability": p, "gain": gain, "found_at": now(), **more}
    return Suggestion.objects.create(one=one, other=other, **row)


def listed(**where):
    return [p.suggestion for p in worklist(**where)]


def everything():
    return [list(m.objects.order_by("pk").values()) for m in (Suggestion, Decision, Link, Veto, Mark, Consumer)]


def vetoes():
    return set(Veto.objects.filter(lifted_at=None).values_list("one__address", "other__address"))


def test_the_greatest_gain_comes_first_and_the_list_is_read_page_by_page(people):
    rows = [suggest(a, b, gain=g) for a, b, g in (("a", "b", 0.2), ("c", "d", 0.9), ("e", "f", 0.5), ("a", "c", 0.5))]
    wanted = [rows[1].pk, *sorted([rows[2].pk, rows[3].pk]), rows[0].pk]
    assert listed() == wanted
    seen, after = [], None
    while found := worklist(after=after, limit=1):
        seen.append(found[0].suggestion)
        after = found[0].place
    assert seen == wanted
    assert waiting() == 4
    assert waiting(cap=3) == 3


def test_two_persons_stand_on_the_list_once_by_their_best_handles(people, mette):
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    low = suggest("a", "c", gain=0.3)
    high = suggest("b", "c", gain=0.6)
    assert listed() == [high.pk]
    assert waiting() == 1
    Suggestion.objects.filter(pk=high.pk).update(state="unsure", decided_at=now())
    assert listed() == [low.pk]


def test_who_is_one_or_said_to_be_two_or_shared_is_not_asked_about(people, mette):
    suggest("a", "b")
    suggest("c", "d")
    shared = suggest("e", "f")
    assert waiting() == 3
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    keep_apart(one=owner("c"), other=owner("d"), by=mette, why="x", at=now())
    assert listed() == [shared.pk]
    Mark.objects.create(handle=people["f"], kind="shared", at=now())
    assert listed() == []
    assert waiting() == 0
    assert pair(shared.pk) is None


def test_a_veto_between_other_handles_of_the_two_hides_the_pair_too(people, mette):
    suggest("a", "c")
    keep_apart(one=owner("b"), other=owner("c"), by=mette, why="x", at=now())
    assert waiting() == 1
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    assert waiting() == 0


def test_who_is_forgotten_is_not_asked_about(people):
    suggest("a", "b")
    routing.forget(owner("b"))
    conversation.forget(consumer=owner("b"), handles=[people["b"].pk])
    forget(consumer=owner("b"))
    assert Suggestion.objects.count() == 0
    assert waiting() == 0


def test_what_is_too_unlikely_is_not_asked_about(people, mette):
    likely, unlikely = suggest("a", "b", p=0.9), suggest("c", "d", p=0.6)
    suggest("e", "f", p=SUGGEST_AT - 0.01)
    assert set(listed()) == {likely.pk, unlikely.pk}
    set_policy(join_at=None, suggest_at=0.8, by=mette, at=now())
    assert listed() == [likely.pk]
    assert waiting() == 1


def test_same_joins_them_and_keeps_the_decision(people, mette):
    row = suggest("a", "b")
    one, other = owner("a"), owner("b")
    done = answer(suggestion=row.pk, verdict="same", by=mette, at=now(), keep=other)
    assert owner("a") == owner("b") == other
    assert (done.state, done.decided_by_id, done.decision.kept_id, done.decision.absorbed_id) == ("same", mette.pk, other, one)
    assert listed() == []


def test_who_was_named_by_hand_is_kept_or_who_is_older(people, mette):
    row = suggest("a", "b")
    oldest = Consumer.objects.filter(pk__in=[owner("a"), owner("b")]).order_by("since", "id")[0].pk
    younger = ({owner("a"), owner("b")} - {oldest}).pop()
    answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    assert owner("a") == oldest
    take_back(suggestion=row.pk, by=mette, at=now())
    Consumer.objects.filter(pk=younger).update(named_by_hand=True)
    answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    assert owner("a") == younger


def test_apart_keeps_them_two(people, mette):
    row = suggest("a", "b")
    before = owners()
    assert answer(suggestion=row.pk, verdict="apart", by=mette, at=now()).state == "apart"
    assert owners() == before
    assert vetoes() == {tuple(h.address for h in sorted([people["a"], people["b"]], key=lambda h: h.pk))}
    assert listed() == []


def test_who_does_not_know_meets_the_pair_again_at_the_end(people, mette):
    first, second = suggest("a", "b", gain=0.9), suggest("c", "d", gain=0.1)
    answer(suggestion=first.pk, verdict="unsure", by=mette, at=now())
    assert listed() == [second.pk, first.pk]
    answer(suggestion=second.pk, verdict="unsure", by=mette, at=now() + timedelta(seconds=1))
    assert listed() == [first.pk, second.pk]
    assert [p.suggestion for p in worklist(after=worklist()[0].place)] == [second.pk]
    answer(suggestion=first.pk, verdict="same", by=mette, at=now())
    assert owner("a") == owner("b")


@pytest.mark.parametrize("verdict", ["same", "apart", "unsure"])
def test_what_lies_between_their_other_handles_is_settled_with_it(people, mette, verdict):
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    row, with_it, other = suggest("a", "c"), suggest("b", "c"), suggest("a", "d")
    answer(suggestion=row.pk, verdict=verdict, by=mette, at=now())
    states = dict(Suggestion.objects.values_list("pk", "state"))
    assert states == {row.pk: verdict, with_it.pk: verdict, other.pk: "open"}
    take_back(suggestion=row.pk, by=mette, at=now())
    assert set(Suggestion.objects.values_list("state", "decided_at", "decision")) == {("open", None, None)}


@pytest.mark.parametrize("verdict", ["same", "apart", "unsure"])
def test_an_answer_taken_back_leaves_everything_as_it_was(people, mette, verdict):
    row = suggest("a", "b")
    before, waits = owners(), listed()
    answer(suggestion=row.pk, verdict=verdict, by=mette, at=now())
    assert take_back(suggestion=row.pk, by=mette, at=now()).state == "open"
    assert owners() == before
    assert vetoes() == set()
    assert listed() == waits
    frozen = everything()
    with pytest.raises(NotAnswered):
        take_back(suggestion=row.pk, by=mette, at=now())
    assert everything() == frozen


def test_taking_back_lifts_only_what_this_answer_said(people, mette, jonas):
    row = suggest("a", "b")
    answer(suggestion=row.pk, verdict="apart", by=mette, at=now())
    keep_apart(one=owner("a"), other=owner("c"), by=jonas, why="x", at=now())
    take_back(suggestion=row.pk, by=mette, at=now())
    assert len(vetoes()) == 1


@pytest.mark.parametrize("verdict", ["same", "apart", "unsure"])
def test_a_double_click_changes_nothing(people, mette, verdict):
    row = suggest("a", "b")
    first = answer(suggestion=row.pk, verdict=verdict, by=mette, at=now())
    frozen = everything()
    assert answer(suggestion=row.pk, verdict=verdict, by=mette, at=now()).decided_at == first.decided_at
    assert everything() == frozen


@pytest.mark.parametrize("late", ["same", "apart", "unsure"])
def test_who_comes_second_is_told_who_was_first(people, mette, jonas, late):
    row = suggest("a", "b")
    answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    frozen = everything()
    with pytest.raises(Answered) as told:
        answer(suggestion=row.pk, verdict=late, by=jonas, at=now())
    assert (told.value.by, told.value.verdict) == (mette, "same")
    assert everything() == frozen


def test_what_was_settled_elsewhere_is_refused(people, mette, jonas):
    row, gone, parted = suggest("a", "b"), suggest("c", "d", state="gone"), suggest("e", "f")
    merge(kept=owner("a"), absorbed=owner("b"), by=jonas, why="x", at=now())
    keep_apart(one=owner("e"), other=owner("f"), by=jonas, why="x", at=now())
    frozen = everything()
    with pytest.raises(SamePerson):
        answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    with pytest.raises(Answered) as told:
        answer(suggestion=gone.pk, verdict="same", by=mette, at=now())
    assert (told.value.by, told.value.verdict) == (None, "gone")
    with pytest.raises(Answered) as told:
        answer(suggestion=parted.pk, verdict="same", by=mette, at=now())
    assert (told.value.by, told.value.verdict) == (jonas, "apart")
    with pytest.raises(NotFound):
        answer(suggestion=uuid4(), verdict="same", by=mette, at=now())
    with pytest.raises(NotFound):
        take_back(suggestion=uuid4(), by=mette, at=now())
    assert everything() == frozen


def test_only_one_of_the_two_can_be_kept(people, mette):
    row = suggest("a", "b")
    frozen = everything()
    with pytest.raises(NotOneOfThem):
        answer(suggestion=row.pk, verdict="same", by=mette, at=now(), keep=owner("c"))
    with pytest.raises(ValueError, match="perhaps"):
        answer(suggestion=row.pk, verdict="perhaps", by=mette, at=now())
    assert everything() == frozen


def test_what_was_undone_elsewhere_cannot_be_taken_back(people, mette):
    row = suggest("a", "b")
    done = answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    undo(decision=done.decision_id, by=mette, at=now())
    frozen = everything()
    with pytest.raises(NotAnswered):
        take_back(suggestion=row.pk, by=mette, at=now())
    assert everything() == frozen


def test_a_late_click_on_what_was_undone_since_is_told_so(people, mette, jonas):
    row = suggest("a", "b")
    done = answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    undo(decision=done.decision_id, by=jonas, at=now())
    frozen = everything()
    with pytest.raises(Answered) as told:
        answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    assert (told.value.by, told.value.verdict) == (jonas, "apart")
    assert everything() == frozen


def test_a_lifted_veto_holds_again_when_the_lifting_is_taken_back(people, mette, jonas):
    keep_apart(one=owner("a"), other=owner("b"), by=jonas, why="Different cities", at=now())
    at = now()
    lift(one=owner("a"), other=owner("b"), by=mette, at=at)
    assert vetoes() == set()
    assert hold_again(one=owner("a"), other=owner("b"), lifted_at=at, by=jonas) == 0
    assert hold_again(one=owner("a"), other=owner("b"), lifted_at=at, by=mette) == 1
    kept = Veto.objects.get(lifted_at=None)
    assert (kept.by, kept.why) == (jonas, "Different cities")


def test_answers_are_counted_once_by_band_and_what_was_undone_since(people, mette):
    merge(kept=owner("a"), absorbed=owner("b"), by=mette, why="x", at=now())
    sure, _with_it = suggest("a", "c", p=0.995, gain=0.9), suggest("b", "c", p=0.7, gain=0.1)
    no, yes = suggest("d", "e", p=0.96), suggest("e", "f", p=0.97)
    start = now()
    done = answer(suggestion=sure.pk, verdict="same", by=mette, at=now())
    answer(suggestion=no.pk, verdict="apart", by=mette, at=now())
    answer(suggestion=yes.pk, verdict="same", by=mette, at=now())
    bands = precision()
    assert [(b.begins, b.answered, b.same, b.undone) for b in bands] == [
        (0.0, 0, 0, 0), (0.5, 0, 0, 0), (0.8, 0, 0, 0), (0.95, 2, 1, 0), (0.99, 1, 1, 0),
    ]  # fmt: skip
    assert not any(b.enough for b in bands)
    assert (bands[0].low, bands[0].high, bands[0].share) == (0, 1, 0)
    assert answered_since(by=mette.pk, since=start) == 3
    undo(decision=done.decision_id, by=mette, at=now())
    assert precision()[-1].undone == 1


def test_what_other_thresholds_would_do_is_told_before_anything_is_changed(people, mette):
    suggest("a", "b", p=0.995)
    suggest("c", "d", p=0.97)
    suggest("e", "f", p=0.3)
    frozen = everything()
    found = effect(join_at=0.99, suggest_at=0.5)
    assert (found.join, found.suggest, found.leave, found.expected) == (1, 1, 1, 0.995)
    assert (found.answered, found.same, found.low, found.high) == (0, 0, 0, 1)
    none = effect(join_at=None, suggest_at=0.5)
    assert (none.join, none.suggest, none.leave, none.expected) == (0, 2, 1, None)
    assert everything() == frozen


def test_thresholds_are_set_and_nonsense_is_refused(people, mette):
    assert (policy().join_at, policy().suggest_at, policy().by) == (None, SUGGEST_AT, None)
    set_policy(join_at=0.995, suggest_at=0.6, by=mette, at=now())
    assert (policy().join_at, policy().suggest_at, policy().by) == (0.995, 0.6, mette)
    for join_at, suggest_at in ((0.5, 0.6), (1.1, 0.6), (None, 0.0), (None, 1.0), (float("nan"), 0.5), (0.9, float("nan"))):
        with pytest.raises(WrongThreshold):
            set_policy(join_at=join_at, suggest_at=suggest_at, by=mette, at=now())
    assert (Policy.objects.get().join_at, Policy.objects.get().suggest_at) == (0.995, 0.6)


def test_what_colleagues_said_of_two_handles(people, mette, jonas):
    row = suggest("a", "b")
    done = answer(suggestion=row.pk, verdict="same", by=mette, at=now())
    undo(decision=done.decision_id, by=jonas, at=now())
    found = said(people["b"].pk, people["a"].pk)
    assert found.decisions[-1].pk == done.decision_id
    assert [v.by for v in found.vetoes] == [jonas]
    assert found.suggestion.decided_by == mette


def test_each_question_is_a_fixed_number_of_statements(people, mette):
    for a, b in ("ab", "cd", "ef", "ac", "bd"):
        suggest(a, b)
    questions = ((worklist, 1), (waiting, 1), (precision, 1), (lambda: said(people["a"].pk, people["b"].pk), 3))
    for question, statements in questions:
        with CaptureQueriesContext(connection) as seen, sql.counted() as raw:
            question()
        assert len(seen) + len(raw) == statements


def test_answers_are_facts(people, mette):
    assert {"identity.suggestion_answered", "identity.suggestion_reopened", "identity.policy_changed"} <= set(kinds())
