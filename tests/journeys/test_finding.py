"""Anybody is found: by any spelling of a name, any part of an address, a number of theirs. And nobody who is not there."""

import pytest

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.text import fold
from samspil.identity.models import Consumer, Detail, Link
from samspil.identity.queries import find
from samspil.identity.queries.finding import alike_statement, statement_of
from samspil.identity.rules.wanted import digits_of, wanted
from samspil.intake.models import Handle

pytestmark = pytest.mark.django_db


def person(name, address, *, network="mail", shown="", **details):
    consumer = Consumer.objects.create(name=name, folded=fold(name)[:400], since=now())
    handle = Handle.objects.create(network=network, address=address, name=shown, first_at=now(), last_at=now())
    Link.objects.create(handle=handle, consumer=consumer, began_at=now())
    for field, value in details.items():
        Detail.objects.create(handle=handle, field=field, value=value, at=now())
    return consumer


@pytest.fixture
def crowd(db):
    return {
        "soren": person("Søren Åkjær Ærø", "s.akjaer@oe.example"),
        "ase": person("Åse Bjørn", "aase@b.example"),
        "muller": person("Jürgen Müller", "jm@mueller.example"),
        "lukasz": person("Łukasz Żółć", "lz@x.example"),
        "yilmaz": person("Zeynep Yılmaz", "zy@x.example"),
        "ivanova": person("Вера Иванова", "vera@x.example"),
        "giorgos": person("Γιώργος Παπαδόπουλος", "gp@x.example"),
        "karoline": person("Karoline Vestergaard", "k.vestergaard.privat@norrebro.example", company="Tryg Forsikring A/S"),
        "phone": person("", "+4512345678", network="phone"),
        "social": person("Somebody", "https://koral.social/users/77", network="mastodon", shown="@batteri@koral.social"),
        "buyer": person("Buyer", "b@x.example", order_number="O-10077", customer_number="K 4711"),
    }


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Søren", "soren"), ("soeren", "soren"), ("SOREN", "soren"), ("akjaer", "soren"), ("Åkjær", "soren"), ("aakjaer", "soren"),
        ("aro", "soren"), ("ærø søren", "soren"), ("ase", "ase"), ("Aase", "ase"), ("Åse", "ase"), ("bjorn", "ase"), ("bjoern", "ase"),
        ("Mueller", "muller"), ("muller", "muller"), ("MÜLLER", "muller"), ("juergen", "muller"), ("lukasz zolc", "lukasz"),
        ("Łukasz", "lukasz"), ("yilmaz", "yilmaz"), ("YILMAZ", "yilmaz"), ("Yılmaz", "yilmaz"), ("иванова", "ivanova"),
        ("ВЕРА", "ivanova"), ("παπαδοπουλος", "giorgos"), ("ΓΙΏΡΓΟΣ", "giorgos"),
        ("vestergaard karoline", "karoline"), ("kar vest", "karoline"), ("vestergaard.privat", "karoline"),
        ("@norrebro.example", "karoline"), ("NORREBRO", "karoline"), ("tryg forsikring", "karoline"),
        ("+45 12 34 56 78", "phone"), ("12345678", "phone"), ("004512345678", "phone"), ("12 34-56.78", "phone"), ("(12) 345678", "phone"),
        ("@batteri@koral.social", "social"), ("batteri@koral.social", "social"), ("koral.social", "social"), ("O-10077", "buyer"),
        ("o-10077", "buyer"), ("k 4711", "buyer"), ("4711", "buyer"), ("ka", "karoline"),
    ],
)  # fmt: skip
def test_who_is_meant_comes_first(crowd, text, who):
    assert [c.pk for c in find(text)][:1] == [crowd[who].pk]


@pytest.mark.parametrize("text", ["karolnie", "karoline vestergard", "vestregaard", "Sørren Åkjer", "jurgen muler"])
def test_typing_errors_are_forgiven(crowd, text):
    who = {"k": "karoline", "v": "karoline", "s": "soren", "j": "muller"}[text[0].lower()]
    assert crowd[who] in find(text)[:3]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "...", "@", "\x00", "\\", "xqzwvk", "'; DROP TABLE identity_consumer; --"])
def test_nothing_finds_nobody(crowd, text):
    assert find(text) == []
    assert Consumer.objects.count() == len(crowd)


def test_the_whole_name_comes_before_its_part(crowd):
    person("Karoline Vestergaard Holm", "kvh@x.example")
    person("Anne Karoline", "ak@x.example")
    only = person("Karoline", "only@x.example")
    found = find("karoline")
    assert found[0] == only
    assert [c.name for c in found[1:3]] == ["Karoline Vestergaard", "Karoline Vestergaard Holm"]


def test_who_has_no_handle_is_not_found(crowd):
    Link.objects.filter(consumer=crowd["karoline"]).update(ended_at=now())
    assert find("karoline") == []
    assert find("vestregaard karoline") == []


def test_a_detail_that_has_ended_finds_nobody(crowd):
    Detail.objects.filter(field="order_number").update(ended_at=now())
    assert find("O-10077") == []


def test_it_takes_two_statements(crowd):
    with sql.counted() as seen:
        find("karoline vestergaard")
    assert len(seen) == 2


@pytest.mark.parametrize("text", ["karoline", "so", "vestergaard karoline", "vestergaard.privat", "+45 12 34 56 78"])
def test_every_part_uses_an_index(crowd, text):
    for statement, params in (statement_of(wanted(text), 20), alike_statement(wanted(text), 20)):
        sql.run("SELECT set_config('enable_seqscan', 'off', true)")
        plan = "\n".join(row[0] for row in sql.run(f"EXPLAIN {statement}", params))
        sql.run("SELECT set_config('enable_seqscan', 'on', true)")
        assert "Seq Scan" not in plan, plan
        assert "identity_consumer_loose" in plan


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+45 12 34 56 78", "4512345678"),
        ("0045-12345678", "4512345678"),
        ("(12) 34/56.78", "12345678"),
        ("123", ""),
        ("O-1234", ""),
    ],
)
def test_the_digits_of_a_number(text, digits):
    assert digits_of(text) == digits
