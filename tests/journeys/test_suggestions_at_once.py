"""Two colleagues and one pair, or two pairs of the same two people: one answer counts, and nobody waits for ever."""

import pytest

from samspil.base.clock import now
from samspil.base.errors import SamspilError
from samspil.identity.actions import SamePerson, merge
from samspil.identity.actions.suggest import Answered, answer
from samspil.identity.models import Decision, Link, Suggestion, Veto
from samspil.intake.models import Handle
from tests.journeys.conftest import mail, receive
from tests.journeys.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def handle(name):
    return Handle.objects.get(address=f"{name}@x.example")


def owner(name):
    return Link.objects.get(handle__address=f"{name}@x.example", ended_at=None).consumer_id


def suggest(a, b):
    one, other = sorted([handle(a), handle(b)], key=lambda h: h.pk)
    return Suggestion.objects.create(one=one, other=other, bits=4, probability=0.9, gain=0.5, found_at=now())


@pytest.fixture
def pairs(mailbox, mette):
    """Two people with two handles each, and a suggestion for every handle of the one with every handle of the other."""
    receive(mailbox, *[mail(sender=f"{n.upper()} <{n}@x.example>", ident=f"{n}@x") for n in "abcd"])
    for kept, absorbed in (("a", "b"), ("c", "d")):
        merge(kept=owner(kept), absorbed=owner(absorbed), by=mette, why="x", at=now())
    return [suggest(one, other) for one in "ab" for other in "cd"]


def deed(row, verdict, by, told):
    def run():
        try:
            told.append(answer(suggestion=row.pk, verdict=verdict, by=by, at=now()).state)
        except SamspilError as error:
            told.append(type(error))

    return run


@pytest.mark.parametrize(("one", "other"), [("same", "apart"), ("same", "same"), ("apart", "unsure"), ("apart", "apart")])
def test_one_answer_counts_whichever_pair_it_was_given_to(pairs, mette, jonas, one, other):
    before = Decision.objects.count()
    told = []
    at_once(
        deed(pairs[0], one, mette, told),
        deed(pairs[3], other, jonas, told),
        deed(pairs[1], one, mette, told),
        deed(pairs[2], other, jonas, told),
    )
    states = set(Suggestion.objects.values_list("state", flat=True))
    assert len(states) == 1, told
    verdict = states.pop()
    assert verdict in {one, other}
    assert all(said in {one, other, Answered, SamePerson} for said in told)
    joined = owner("a") == owner("c")
    assert joined == (verdict == "same")
    assert Decision.objects.count() - before == int(joined)
    assert Veto.objects.filter(lifted_at=None).exists() == (verdict == "apart")
