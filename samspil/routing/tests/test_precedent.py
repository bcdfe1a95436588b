"""What a colleague has set by hand is a precedent for the next message that says nearly the same."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.routing.actions import correct, decide
from samspil.routing.models import Decision
from samspil.routing.privacy import forget
from samspil.routing.queries import look_again, say
from samspil.routing.rules.precedent import LEAST, Precedent, likeness, precedent, stems
from samspil.routing.tests.conftest import AT

FIRST = "Der kommer en lyd som en trompet, hver gang jeg holder for rødt på min ladcykel"
NEXT = "Min ladcykel lyder som en trompet, når jeg holder for rødt"
ODD = "Xylofon og paraply siger trompet i violet"
ODD_AGAIN = "Igen: trompet, paraply og xylofon, violet"
"""Of which nobody has described a word."""
A, B = uuid4(), uuid4()


def known(text: str, competence=A) -> Precedent:
    return Precedent(conversation=uuid4(), competence=competence, text=text, by="Mette")


def test_what_says_nearly_the_same_is_one():
    found = precedent(NEXT, [known("Hvor er min faktura?", B), known(FIRST)])
    assert found is not None
    assert (found[0].competence, found[1] >= LEAST) == (A, True)


@pytest.mark.parametrize(
    "text", ["", "Hej", "Hvad koster det", "Min faktura er forkert, og beløbet er trukket to gange", "tak tak tak"]
)
def test_what_shares_too_little_is_none(text):
    assert precedent(text, [known(FIRST)]) is None


def test_where_two_that_are_as_like_disagree_there_is_none():
    assert precedent(FIRST, [known(FIRST), known(FIRST, B)]) is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_between_nothing_and_all_and_the_same_both_ways(one, other):
    a, b = stems(one), stems(other)
    assert 0.0 <= likeness(a, b) <= 1.0 + 1e-9
    assert likeness(a, b) == likeness(b, a)


def came(shop, text: str):
    """A conversation that somebody new begins with these words, and what routing decides on it."""
    row = shop.conversation()
    shop.said(row, text)
    decide(texts={row.pk: text}, at=AT)
    return row, Decision.objects.filter(conversation=row).latest("id")


@pytest.mark.django_db
def test_the_next_such_message_goes_where_the_first_was_sent(shop):
    bo = shop.colleague("bo", shop.workshop, bremser=5)
    mette = shop.colleague("mette", shop.triage)
    first, unknown = came(shop, ODD)
    assert unknown.competence is None
    correct(conversation=first.pk, by=mette, at=AT, competence=shop.bremser)
    _, decided = came(shop, ODD_AGAIN)
    assert (decided.competence, decided.colleague) == (shop.bremser, bo)
    reason = decided.reasons[0]
    assert (reason["kind"], reason["words"]) == ("precedent", ["Mette"])
    assert say(reason) == f"Den begynder som en, hvor Mette har sagt, hvad den handler om ({round(100 * reason['weight'])} % ens)"


@pytest.mark.django_db
def test_a_precedent_goes_with_the_person_it_is_of(shop):
    shop.colleague("bo", shop.workshop, bremser=5)
    first, _ = came(shop, ODD)
    correct(conversation=first.pk, by=shop.colleague("mette", shop.triage), at=AT, competence=shop.bremser)
    forget(consumer=first.consumer_id)
    assert came(shop, ODD_AGAIN)[1].competence is None


@pytest.mark.django_db
def test_what_was_said_long_ago_or_of_what_is_out_of_use_is_none(shop):
    shop.colleague("bo", shop.workshop, bremser=5)
    first, _ = came(shop, ODD)
    mette = shop.colleague("mette", shop.triage)
    correct(conversation=first.pk, by=mette, at=AT - timedelta(days=91), competence=shop.bremser)
    assert came(shop, ODD_AGAIN)[1].competence is None
    correct(conversation=first.pk, by=mette, at=AT, competence=shop.bremser)
    type(shop.bremser).objects.filter(pk=shop.bremser.pk).update(active=False)
    look_again()
    assert came(shop, ODD_AGAIN)[1].competence is None
