"""A dry run writes nothing, costs a constant number of statements a batch, and says of the past what the rule did."""

import random
from datetime import timedelta
from uuid import UUID

import pytest

from samspil.automation.actions import change
from samspil.automation.models import Moment, Rule, Run, Version
from samspil.automation.queries import dry_run as module
from samspil.automation.queries.dry_run import asked, begin, dry_run, look_on
from samspil.automation.rules.trial import Trial
from samspil.base import sql
from samspil.base.clock import now
from samspil.conversation.actions import assign, finish, make_label
from samspil.conversation.models import Conversation
from samspil.identity.actions.segments import save_segment
from tests.journeys.conftest import mail, receive
from tests.journeys.rules import do, document, read_on, rule, said

pytestmark = pytest.mark.django_db(transaction=True)


def question(document, *, rule=None, current=None, days=30):
    return asked(document=document, now=current, rule=rule, unit=None, days=days, until=now() + timedelta(minutes=1))


def whole(q):
    return list(dry_run(q))[-1].trial


def database() -> dict[str, str]:
    """A digest of every row of every table, and where every sequence stands."""
    tables = [
        r[0]
        for r in sql.run("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
    ]
    found = {
        t: sql.run(f"SELECT coalesce(md5(string_agg(x::text, '' ORDER BY x::text)), '') FROM \"{t}\" x")[0][0] for t in tables
    }
    assert len(tables) > 40
    return found | {name: str(value) for name, value in sql.run("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")}


def test_of_the_past_it_says_what_the_rule_did(mette, jonas, mailbox):
    chance = random.Random(7)
    haster, anden = make_label(name="Haster"), make_label(name="Anden")
    segment = save_segment(name="Mail", filter="network:mail", by=mette, at=now(), shared=True)
    tests = [
        [said("batteri*", "oplader")],
        [{"mode": "any", "items": [said("gear", op="none"), {"test": "messages", "op": "at_least", "values": ["3"]}]}],
        [{"test": "label", "op": "in", "values": [str(haster.pk)]}],
        [{"test": "assignee", "op": "in", "values": ["none"]}, {"test": "first", "op": "yes"}],
        [{"test": "status", "op": "in", "values": ["open"]}, {"test": "segment", "op": "fits", "values": [str(segment.pk)]}],
    ]
    for n, test in enumerate(tests):
        rule(mette, do("label", (haster, anden)[n % 2].pk), name=f"R{n}", test=test, when="message")
    rule(mette, do("note", "mærket"), name="R5", when="labelled")
    words = ["batteriet", "gear", "oplader", "hjul", "sadel"]
    for n in range(24):
        sender = f"p{chance.randrange(6)}@b.example"
        receive(mailbox, mail(" ".join(chance.choices(words, k=3)), sender=sender, subject="Re: cykel", ident=f"{n}@x"))
        read_on()
        rows = list(Conversation.objects.order_by("id"))
        if n % 5 == 0:
            assign(conversations=[rows[-1].pk], to=jonas, by=mette, at=now())
        if n % 7 == 0:
            finish(conversations=[rows[0].pk], by=mette, at=now())
        read_on()
    assert Run.objects.filter(outcome="done").count() > 40
    for made in Rule.objects.all():
        did = set(Run.objects.filter(rule=made, outcome="done").values_list("fact", flat=True))
        hourly = set(Run.objects.filter(rule=made, why="conversation").values_list("fact", flat=True))
        assert did
        q = question(made.document, rule=made.pk)
        progress, matched = begin(q), []
        while not progress.done:
            look_on(q, progress, matched=matched)
        assert {s.fact for s in matched} == did | hourly
        assert (progress.trial.matched, progress.trial.old) == (len(did | hourly), 0)


def test_it_writes_nothing(mette, mailbox):
    made = rule(mette, do("label", make_label(name="Haster").pk), do("done"))
    receive(mailbox, *[mail(f"{n}", sender=f"p{n}@b.example", ident=f"{n}@x") for n in range(9)])
    read_on()
    before = database()
    whole(question(document(do("done"), test=[said("3")]), rule=made.pk, current=made.document))
    whole(question(document(do("done")) | {"when": [{"kind": "waited", "value": 5}]}))
    assert database() == before


def test_what_came_before_rules_is_seen_as_it_is_now_and_counted_apart(mette, mailbox):
    receive(
        mailbox,
        mail("batteri", ident="1@x", at=now() - timedelta(days=2)),
        mail("andet", sender="b@b.example", subject="x", ident="2@x"),
    )
    assert Moment.objects.count() == 0
    found = whole(question(document(do("done"), test=[said("batteri")])))
    assert (found.looked, found.old, found.matched) == (2, 2, 1)
    day = (now() - timedelta(days=2)).astimezone().date()
    assert [abs((day - type(day).fromisoformat(d)).days) <= 1 for d in found.days] == [True]
    assert whole(question(document(do("done"), test=[said("batteri")]), days=1)).matched == 0


def test_it_is_compared_with_the_version_in_force(mette, mailbox):
    texts = ["batteri", "batteri og gear", "gear", "hjul"]
    receive(mailbox, *[mail(t, sender=f"p{n}@b.example", subject="", ident=f"{n}@x") for n, t in enumerate(texts)])
    old, new = document(do("done"), test=[said("batteri")]), document(do("done"), test=[said("gear", "hjul")])
    found = whole(question(new, current=old))
    assert (found.matched, found.more, found.fewer) == (3, 2, 1)
    assert sorted(f.mark for f in found.found) == ["both", "fewer", "more", "more"]
    assert (sum(found.days.values()), sum(found.before.values())) == (3, 2)
    assert Trial.load(found.as_json()) == found


def test_a_small_batch_and_a_large_one_cost_the_same(mette, mailbox, monkeypatch):
    segment = save_segment(name="Mail", filter="network:mail", by=mette, at=now(), shared=True)
    receive(mailbox, *[mail(f"{n}", sender=f"p{n}@b.example", ident=f"{n}@x") for n in range(40)])
    read_on()
    receive(mailbox, *[mail(f"{n}", sender=f"q{n}@b.example", ident=f"q{n}@x") for n in range(40)])
    q = question(document(do("done"), test=[{"test": "segment", "op": "fits", "values": [str(segment.pk)]}]))
    numbers = set()
    for size in (60, 75):
        monkeypatch.setattr(module, "BATCH", size)
        progress = begin(q)
        with sql.counted() as seen:
            look_on(q, progress)
        assert progress.trial.looked == size
        numbers.add(len(seen))
    assert len(numbers) == 1


def test_waits_of_the_past(mette, mailbox):
    at = now() - timedelta(days=1)
    receive(
        mailbox,
        mail("venter", ident="1@x", at=at),
        mail("stadig", ident="2@x", references=("1@x",), at=at + timedelta(minutes=5)),
    )
    for minutes, waits in ((30, 1), (60 * 23, 1), (60 * 25, 0)):
        doc = document(do("done")) | {"when": [{"kind": "waited", "value": minutes}]}
        assert whole(question(doc)).matched == waits


def test_batches_together_are_the_whole(mette, mailbox, monkeypatch):
    receive(mailbox, *[mail(f"{n}", sender=f"p{n}@b.example", ident=f"{n}@x") for n in range(23)])
    read_on()
    doc = document(do("done"), test=[said("1", "2", "3")])
    together = whole(question(doc))
    monkeypatch.setattr(module, "BATCH", 4)
    steps = list(dry_run(question(doc)))
    assert (len(steps), steps[-1].trial) == (together.looked // 4 + 1, together)
    assert together.looked >= 23
    assert [s.share for s in steps] == sorted(s.share for s in steps)


def test_the_version_of_a_run_is_the_one_in_force_then(mette, mailbox):
    made = rule(mette, do("note", "a"), test=[said("batteri")])
    receive(mailbox, mail("batteri", ident="1@x"))
    read_on()
    change(rule=made.pk, number=1, name="Regel", document=document(do("note", "b"), test=[said("gear")]), by=mette, at=now())
    receive(
        mailbox,
        mail("gear", sender="b@b.example", subject="", ident="2@x"),
        mail("batteri", sender="c@c.example", subject="", ident="3@x"),
    )
    read_on()
    assert list(Run.objects.order_by("at").values_list("version__number", flat=True)) == [1, 2]
    first, second = Version.objects.order_by("number")
    facts = {v.number: {r.fact for r in Run.objects.filter(version=v)} for v in (first, second)}
    for version, count in ((first, 2), (second, 1)):
        q = question(version.document, rule=made.pk)
        progress, matched = begin(q), []
        look_on(q, progress, matched=matched)
        assert len(matched) == count
        assert facts[version.number] <= {s.fact for s in matched}
    assert isinstance(next(iter(facts[1])), UUID)
