"""All that waits shared out at once, handed over, and what is learned from how it ended; in the database."""

import threading
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import translation

from samspil.base import sql
from samspil.conversation.actions import assign, finish, reopen, undo
from samspil.conversation.models import Conversation, Event
from samspil.organisation.models import Colleague
from samspil.routing import jobs, ports
from samspil.routing.actions import NotALimit, hand_over, learn_from_outcomes, pull_waiting, set_policy
from samspil.routing.actions import pull as pulling
from samspil.routing.models import Decision, Policy, Record
from samspil.routing.queries import explain, policy
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Track
from samspil.routing.tests.conftest import AT

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_ports(monkeypatch):
    for name in ("on_duty", "verdicts", "due", "languages"):
        monkeypatch.setattr(ports._Filled, name, None)


def queued(shop, number, competence, *, minutes=10, **values):
    """So many conversations that wait for a competence, as routing has left them."""
    rows = [
        shop.conversation(competence=competence, unit=shop.workshop, waiting_since=AT - timedelta(minutes=minutes + n), **values)
        for n in range(number)
    ]
    Decision.objects.bulk_create(
        [Decision(conversation=row, at=AT - HOUR, competence=competence, unit=shop.workshop, confidence=0.8) for row in rows]
    )
    return rows


def holders(rows):
    found = dict(Conversation.objects.filter(pk__in=[r.pk for r in rows]).values_list("pk", "assignee__name"))
    return [found[row.pk] for row in rows]


def newest(conversation):
    return Decision.objects.filter(conversation=conversation).latest("at", "id")


def test_more_than_five_hundred_are_looked_at(shop):
    """The five hundred that have waited longest are not all there is: what Mette can answer lies behind them."""
    shop.colleague("mette", shop.office, faktura=3, capacity=2)
    shop.colleague("full", shop.workshop, batteri=5, capacity=0)
    queued(shop, 501, shop.batteri, minutes=100)
    invoice = queued(shop, 1, shop.faktura)
    assert pull_waiting(at=AT) == 1
    assert holders(invoice) == ["Mette"]


def test_together_everybody_gets_what_nobody_else_can(shop):
    shop.colleague("jonas", shop.workshop, batteri=5, bremser=5, capacity=1)
    shop.colleague("emil", shop.workshop, batteri=4, capacity=1)
    battery, brakes = queued(shop, 1, shop.batteri, minutes=11), queued(shop, 1, shop.bremser)
    assert pull_waiting(at=AT) == 2
    assert holders(battery + brakes) == ["Emil", "Jonas"]
    decision = newest(battery[0])
    assert [reason["kind"] for reason in decision.reasons] == ["level", "place", "present", "waited"]
    assert sum(reason["weight"] for reason in decision.reasons) == pytest.approx(4 + 2 + 3 + 1.1)


@pytest.mark.parametrize("colleagues", [1, 3])
def test_one_and_four_hundred_waiting_take_as_many_statements(shop, colleagues):
    for n in range(colleagues):
        shop.colleague(f"c{n}", shop.workshop, batteri=3, capacity=1000)
    queued(shop, 1, shop.batteri)
    pull_waiting(at=AT)  # what is asked once in a process is asked now
    counts = []
    for number in (2, 400):
        queued(shop, number, shop.batteri)
        with sql.counted() as seen:
            assert pull_waiting(at=AT) == number
        counts.append(len(seen))
    assert counts == [10, 10]


def test_what_was_wanted_besides_is_kept_and_counts(shop):
    shop.colleague("jonas", shop.workshop, batteri=4, capacity=1)
    shop.colleague("emil", shop.workshop, batteri=3, faktura=5, capacity=1)
    conversation = shop.conversation()
    Colleague.objects.update(away_until=AT + HOUR)
    shop.decide((conversation, "Mit batteri er fladt, og oplader; faktura"))
    wanted = newest(conversation).wanted
    assert wanted[0][0] == str(shop.batteri.pk)
    Decision.objects.update(wanted=[[str(shop.batteri.pk), 0.7], [str(shop.faktura.pk), 0.25]])
    Colleague.objects.update(away_until=None)
    assert pull_waiting(at=AT) == 1
    assert holders([conversation]) == ["Emil"]
    assert {"kind": "also", "words": ["1"], "weight": 1.25} in newest(conversation).reasons
    assert newest(conversation).wanted == [[str(shop.batteri.pk), 0.7], [str(shop.faktura.pk), 0.25]]


def test_what_is_not_sure_wants_nothing(shop):
    conversation = shop.conversation()
    shop.decide((conversation, "Hej, kan I hjælpe mig?"))
    assert (newest(conversation).wanted, newest(conversation).competence) == ([], None)


def test_the_limit_of_a_day_counts_from_midnight_and_only_what_routing_gave(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5, capacity=9)
    set_policy(grace_minutes=60, daily=2)
    for at, by in ((AT - timedelta(hours=12), None), (AT - HOUR, None), (AT - HOUR, jonas)):
        Decision.objects.create(conversation=shop.conversation(status="done"), at=at, colleague=jonas, by=by)
    rows = queued(shop, 3, shop.batteri)
    assert pull_waiting(at=AT) == 1
    assert holders(rows) == [None, None, "Jonas"]
    assert {"kind": "day", "words": ["1"], "weight": -0.037} in newest(rows[2]).reasons


def test_a_limit_is_a_number_above_nothing(bare):
    with pytest.raises(NotALimit):
        set_policy(grace_minutes=0, daily=None)
    with pytest.raises(NotALimit):
        set_policy(grace_minutes=None, daily=0)
    assert Policy.objects.count() == 0
    assert (policy().grace_minutes, policy().daily) == (60, None)
    set_policy(grace_minutes=None, daily=7)
    assert (policy().grace_minutes, policy().daily) == (None, 7)


def test_who_is_off_duty_gets_nothing(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=5)
    queued(shop, 1, shop.batteri)
    ports.fill(on_duty=lambda ids, at: {i: at + HOUR if i == jonas.pk else None for i in ids})
    assert pull_waiting(at=AT) == 0
    ports.fill(on_duty=lambda ids, _at: dict.fromkeys(ids))
    assert pull_waiting(at=AT) == 1


def test_what_is_promised_goes_first_and_a_language_counts(shop):
    shop.colleague("jonas", shop.workshop, batteri=4, capacity=1)
    emil = shop.colleague("emil", shop.workshop, batteri=3, capacity=1)
    rows = queued(shop, 2, shop.batteri)
    said = shop.said(rows[0], "Mein Akku ist leer")
    type(said).objects.filter(pk=said.pk).update(language="de")
    ports.fill(due=lambda _ids: {rows[0].pk: AT}, languages=lambda _ids: {emil.pk: frozenset({"de"})})
    assert pull_waiting(at=AT) == 2
    assert holders(rows) == ["Emil", "Jonas"]
    assert {"due", "language"} <= {reason["kind"] for reason in newest(rows[0]).reasons}


@pytest.fixture
def gone(shop):
    """Anna has three that wait, and has gone away; one of them was given to her by hand."""
    shop.anna = shop.colleague("anna", shop.workshop, batteri=5)
    shop.emil = shop.colleague("emil", shop.workshop, batteri=2)
    shop.long, shop.given = queued(shop, 2, shop.batteri, minutes=90)
    assign(conversations=[shop.given.pk], to=shop.anna, by=shop.emil, at=AT - 2 * HOUR)
    shop.short, shop.answered = queued(shop, 2, shop.batteri)
    Conversation.objects.exclude(pk=shop.given.pk).update(assignee=shop.anna)
    Conversation.objects.filter(pk=shop.answered.pk).update(waiting_since=None)
    shop.rows = [shop.long, shop.given, shop.short, shop.answered]
    Colleague.objects.filter(pk=shop.anna.pk).update(away_until=AT + DAY)
    return shop


def test_what_waits_with_who_has_gone_away_is_handed_over_after_the_grace(gone):
    assert hand_over(at=AT) == 2
    assert holders(gone.rows) == ["Emil", "Emil", "Anna", "Anna"]
    told = [d for d in explain(gone.given.pk) if d.reasons and d.reasons[0].kind == "handed_over"]
    with translation.override("en"):
        assert [explain(gone.given.pk)[-2].reasons[0].text, len(told)] == ["Anna has gone away: it was handed over", 1]
    with translation.override("da"):
        assert explain(gone.given.pk)[-2].reasons[0].text == "Anna er gået: den er givet videre"
    assert hand_over(at=AT) == 0


def test_nothing_is_handed_over_within_the_grace_or_when_the_organisation_does_not_want_it(gone):
    before = holders(gone.rows)
    set_policy(grace_minutes=120, daily=None)
    assert hand_over(at=AT) == 0
    set_policy(grace_minutes=None, daily=None)
    assert hand_over(at=AT) == 0
    set_policy(grace_minutes=60, daily=None)
    Colleague.objects.filter(pk=gone.anna.pk).update(away_until=AT + timedelta(minutes=50))
    assert hand_over(at=AT) == 0
    assert holders(gone.rows) == before
    assert Decision.objects.filter(at=AT).count() == 0


def test_who_goes_off_duty_hands_over_too_by_the_clock(gone, monkeypatch):
    monkeypatch.setattr(jobs, "now", lambda: AT)
    Colleague.objects.update(away_until=None)
    with sql.counted() as seen:
        assert hand_over(at=AT) == 0
    assert len(seen) <= 2
    ports.fill(on_duty=lambda ids, at: {i: at + DAY if i == gone.anna.pk else None for i in ids})
    assert jobs.share_out() == 0  # handing over has given them already
    assert holders(gone.rows) == ["Emil", "Emil", "Anna", "Anna"]


def test_while_nobody_is_on_duty_everybody_keeps_what_they_have(gone):
    Colleague.objects.update(away_until=None)
    before = holders(gone.rows)
    ports.fill(on_duty=lambda ids, at: dict.fromkeys(ids, at + 9 * HOUR))
    assert hand_over(at=AT) == 0
    assert holders(gone.rows) == before
    assert Decision.objects.filter(at=AT).count() == 0


def test_after_a_hand_over_a_colleagues_word_counts_again(gone):
    Colleague.objects.filter(pk=gone.emil.pk).update(capacity=0)
    assert hand_over(at=AT) == 2
    assert holders([gone.long, gone.given]) == [None, None]
    assign(conversations=[gone.given.pk], to=None, by=gone.emil, at=AT + timedelta(minutes=1))
    Colleague.objects.filter(pk=gone.emil.pk).update(capacity=9)
    assert pull_waiting(at=AT + timedelta(minutes=2)) == 1
    assert holders([gone.long, gone.given]) == ["Emil", None]


def ended(shop, by, competence, *, days=20, again=None):
    """A conversation that a colleague answered and finished; perhaps taken up again."""
    row = shop.conversation(competence=competence)
    at = AT - timedelta(days=days)
    shop.said(row, "Hvad nu?", at=at - HOUR)
    shop.said(row, "Sådan.", by=by, at=at - timedelta(minutes=5))
    batch = finish(conversations=[row.pk], by=by, at=at)
    if again == "by hand":
        reopen(conversations=[row.pk], by=by, at=at + DAY)
    elif again == "asked":
        shop.said(row, "Det virker ikke", at=at + DAY)
        shop.said(row, "Prøv igen", by=by, at=at + DAY + HOUR)
    elif again == "thanks":
        shop.said(row, "Tak!", at=at + DAY)
    elif again == "undone":
        undo(batch=batch, by=by, at=at)
    return row


def test_what_became_of_conversations_is_counted(shop):
    jonas, emil = shop.colleague("jonas", shop.workshop, batteri=3), shop.colleague("emil", shop.workshop, batteri=3)
    for again in (None, None, "thanks", "by hand", "asked", "undone"):
        ended(shop, jonas, shop.batteri, again=again)
    ended(shop, emil, shop.batteri)
    ended(shop, emil, shop.batteri, days=6)  # not settled yet
    ended(shop, emil, shop.batteri, days=200)  # too long ago
    assert learn_from_outcomes(at=AT) == 2
    found = {(r.colleague, r.competence): (r.well, r.ended, r.at) for r in Record.objects.all()}
    assert found == {(jonas, shop.batteri): (3, 5, AT), (emil, shop.batteri): (1, 1, AT)}
    rate = Record.objects.get(colleague=jonas)
    assert (round(rate.rate, 4), round(rate.shift, 4)) == (0.6444, -0.0222)  # usual: (4 + 10 * 4/6) / (6 + 10) = 2/3
    assert learn_from_outcomes(at=AT + 400 * DAY) == 0
    assert Record.objects.count() == 0


def test_the_consumers_own_verdict_comes_first(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=3)
    bad, good = ended(shop, jonas, shop.batteri), ended(shop, jonas, shop.batteri, again="by hand")
    ports.fill(verdicts=lambda _since: {bad.pk: False, good.pk: True})
    ended(shop, jonas, shop.batteri)
    learn_from_outcomes(at=AT)
    assert Record.objects.values_list("well", "ended").get() == (2, 3)


def test_outcomes_shift_the_choice_and_say_so(shop):
    jonas, emil = shop.colleague("jonas", shop.workshop, batteri=3), shop.colleague("emil", shop.workshop, batteri=3)
    for n in range(13):
        ended(shop, emil, shop.batteri, again="by hand" if n == 0 else None)
        ended(shop, jonas, shop.batteri, again="by hand" if n % 2 else None)
    Conversation.objects.update(status="done")
    learn_from_outcomes(at=AT)
    row = queued(shop, 1, shop.batteri)[0]
    assert pull_waiting(at=AT) == 1
    assert holders([row]) == ["Emil"]
    with translation.override("en"):
        assert "12 of 13 such conversations ended well" in [why.text for why in explain(row.pk)[-1].reasons]
    with translation.override("da"):
        assert "12 af 13 samtaler af den slags endte godt" in [why.text for why in explain(row.pk)[-1].reasons]
    record = Record.objects.get(colleague=emil)
    known = {p.id: p for p in people(competences=[shop.batteri.pk], at=AT)}[emil.pk].tracks[shop.batteri.pk]
    assert known == Track(well=12, ended=13, shift=record.shift)


def test_what_was_handed_on_and_answered_counts_for_who_answered(shop):
    mette, jonas = shop.colleague("mette", shop.office, faktura=3), shop.colleague("jonas", shop.workshop, batteri=5)
    both = shop.colleague("both", shop.workshop, batteri=2, bremser=2)
    known, unknown, to_both, silent = (shop.conversation(competence=c) for c in (shop.batteri, None, None, None))
    for row, to in ((known, jonas), (unknown, jonas), (to_both, both), (silent, jonas)):
        shop.said(row, "Den er flad", at=AT - 2 * HOUR)
        assign(conversations=[row.pk], to=to, by=mette, at=AT - HOUR)
        if row is not silent:
            shop.said(row, "Lad den op", by=to, at=AT - HOUR / 2)
    assert learn_from_outcomes(at=AT) == 1
    assert Record.objects.values_list("colleague__name", "competence__name", "well", "ended").get() == ("Jonas", "Batteri", 1, 1)
    taught = Decision.objects.filter(by=mette)
    assert [(d.conversation, d.competence, d.colleague) for d in taught] == [(unknown, shop.batteri, jonas)]
    with translation.override("en"):
        said = explain(unknown.pk)[-1].reasons[0].text
    assert said == "Mette gave it to Jonas, who knows Batteri and nothing else"
    learn_from_outcomes(at=AT)
    assert Decision.objects.filter(by=mette).count() == 1
    assert Event.objects.filter(kind="assigned").count() == 4


def test_learning_from_one_and_many_takes_as_many_statements(shop):
    jonas = shop.colleague("jonas", shop.workshop, batteri=3)
    emil = shop.colleague("emil", shop.workshop, bremser=3)
    for competence, by in ((shop.batteri, jonas), (shop.bremser, emil)):
        ended(shop, by, competence)
    learn_from_outcomes(at=AT)
    counts = []
    for number in (1, 30):
        for _ in range(number):
            ended(shop, jonas, shop.batteri)
        with sql.counted() as seen:
            learn_from_outcomes(at=AT)
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_share_out_at_once_give_each_once(shop, monkeypatch):
    """Both have seen that something waits before either has the lock; the second finds what the first has left."""
    for name in ("jonas", "emil", "anna"):
        shop.colleague(name, shop.workshop, batteri=3, capacity=4)
    rows = queued(shop, 20, shop.batteri)
    seen = threading.Barrier(2)
    lock = pulling.one_at_a_time

    def slow():
        with suppress(threading.BrokenBarrierError):
            seen.wait(timeout=5)
        lock()

    monkeypatch.setattr(pulling, "one_at_a_time", slow)
    given = []

    def work():
        try:
            given.append(pull_waiting(at=AT))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [0, 12]
    assert Counter(holders(rows)) == {"Jonas": 4, "Emil": 4, "Anna": 4, None: 8}
    assert Decision.objects.filter(colleague__isnull=False).count() == 12


@pytest.mark.django_db(transaction=True)
def test_what_somebody_holds_or_changes_just_then_is_left_alone(shop, monkeypatch):
    """Between the reading and the giving one is corrected, one is held by another process; the third is given."""
    shop.colleague("jonas", shop.workshop, batteri=3, bremser=3, capacity=9)
    rows = queued(shop, 3, shop.batteri)
    hold, held = threading.Event(), threading.Event()

    def other():
        try:
            with transaction.atomic():
                Conversation.objects.select_for_update().get(pk=rows[1].pk)
                held.set()
                hold.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=other)
    weighed = pulling.share

    def meanwhile(*args, **more):
        Conversation.objects.filter(pk=rows[0].pk).update(competence=shop.bremser)
        thread.start()
        held.wait(10)
        return weighed(*args, **more)

    monkeypatch.setattr(pulling, "share", meanwhile)
    assert pull_waiting(at=AT) == 1
    hold.set()
    thread.join()
    assert holders(rows) == [None, None, "Jonas"]
    assert Conversation.objects.get(pk=rows[0].pk).competence == shop.bremser
    assert Decision.objects.filter(colleague__isnull=False).count() == 1
