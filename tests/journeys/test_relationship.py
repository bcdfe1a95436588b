"""The relationship with a consumer: counted as it comes, the same when all is counted anew, through joins, moves and erasure."""

import random
from datetime import timedelta

import pytest

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import later, react, step
from samspil.base.ids import new_id
from samspil.exchange.actions.forget import export_person, forget
from samspil.identity.actions import merge, move, split, undo
from samspil.identity.models import Link
from samspil.intake.actions import connect
from samspil.intake.facts import InteractionsLogged
from samspil.intake.models import Handle, Interaction
from samspil.relationship import actions
from samspil.relationship.actions.count import READER
from samspil.relationship.jobs import keep_up
from samspil.relationship.models import Bond, Change, Relationship, Setting
from samspil.relationship.queries.standing import standing, year
from samspil.relationship.reactions import count
from tests.journeys.relations import answered, bonds, bought, consumer_of, liked, log, read_on, said, ways
from tests.journeys.test_log_of_facts import wait_for_older_transactions

pytestmark = pytest.mark.django_db
NEAR = {"rel": 1e-9, "abs": 1e-15}


@pytest.fixture
def chat(organisation):
    return connect(channel="webchat", name="Chat", config={})


def plain(days, half_life=90.0):
    """What something weighs now that so many days ago weighed 1."""
    return 2.0 ** (-days / half_life)


def test_what_is_counted_and_as_what(chat):
    log(
        chat,
        said("bo", "Hej", days=9),
        said("bo", "x" * 80, days=8),
        said("bo", "x" * 400, days=7),
        answered("bo", by="jonas@firma.example", days=6),
        liked("bo", days=5),
        liked("bo", days=5, removed=True),
        bought("bo", days=4),
        bought("bo", days=3, kind="refund"),
        said("bo", "Jeg er på ferie", days=2, automatic="reply"),
    )
    assert Bond.objects.count() == 0
    read_on()
    sums = standing(consumer_of("bo").pk).sums
    wanted = {"short": 9, "medium": 8, "long": 7, "ours": 6, "acts": 5, "purchases": 4}
    for kind, days in wanted.items():
        assert getattr(sums, kind) == pytest.approx(plain(days), rel=1e-6), kind
        assert getattr(sums, f"{kind}2") == pytest.approx(plain(days) ** 2, rel=1e-6), kind
    assert sums.pulse == 0


def test_history_counts_like_what_comes_now(chat):
    log(chat, said("bo", "Hej igen", days=90), history=True)
    read_on()
    assert standing(consumer_of("bo").pk).sums.short == pytest.approx(0.5, rel=1e-6)


def test_a_clock_that_is_wrong_weighs_no_more_than_now(chat):
    log(chat, said("bo", "Fra fremtiden", days=-4000))
    read_on()
    assert standing(consumer_of("bo").pk).sums.short == pytest.approx(1.0, rel=1e-3)


def test_a_batch_takes_as_many_statements_with_much_as_with_little(chat):
    def taken(number):
        log(chat, *[said(f"p{number}-{n}", "x" * 500, days=n % 9) for n in range(number)])
        ids = list(Interaction.objects.order_by("-id").values_list("pk", flat=True)[:number])
        with sql.counted() as seen:
            actions.count(interactions=ids)
        with sql.counted() as walked:
            actions.walk_on(at=now())
        return len(seen), len(walked)

    taken(2)  # which types the columns have is asked once a process
    assert taken(3) == (2, 8)
    assert taken(150) == (2, 8)
    with sql.counted() as seen:
        assert actions.walk_on(at=now()) == 0
    assert len(seen) == 1


@pytest.fixture
def world(chat, mette, jonas):
    """Four handles on two networks, half a year of this and that, in no order."""
    chance = random.Random(4)
    events = []
    for address in ("bo", "ann", "kim", "lis"):
        for _ in range(25):
            days, network = chance.uniform(0, 200), chance.choice(["webchat", "other"])
            made = chance.choice([said, said, answered, liked, bought])
            more = {"by": "jonas@firma.example"} if made is answered else {}
            events.append(made(address, days=days, network=network, **more))
    chance.shuffle(events)
    for place in range(0, len(events), 10):
        log(chat, *events[place : place + 10], history=place % 20 == 0)
        read_on()
        keep_up()
    return chat


def agrees_with_the_log():
    """Everything reckoned as it came is what reckoning all anew gives."""
    read_on()
    keep_up()
    was, stood = bonds(), ways()
    assert actions.rebuild(at=now()) == len(was)
    keep_up()
    anew, stands = bonds(), ways()
    assert set(was) == set(anew)
    for key, values in was.items():
        assert values == pytest.approx(anew[key], **NEAR), key
    assert set(stood) == set(stands)
    for key, one in stood.items():
        assert one[:3] == stands[key][:3], key
        assert [c[:3] for c in one[3]] == [c[:3] for c in stands[key][3]], key
        for mine, other in zip(one[3], stands[key][3], strict=True):
            assert abs(mine[3] - other[3]) < timedelta(milliseconds=1)
        assert one[5:] == pytest.approx(stands[key][5:], **NEAR)
    return stands


def test_as_it_came_is_what_the_log_gives(world):
    stands = agrees_with_the_log()
    assert len(stands) == Link.objects.filter(ended_at=None).values("consumer").distinct().count()
    assert Change.objects.count() > 4


def test_a_join_is_the_sum_and_a_split_takes_it_apart_without_counting(world, mette):
    bo, ann = (consumer_of_first(a) for a in ("bo", "ann"))
    read_on()
    keep_up()
    apart, before = [standing(c).sums for c in (bo, ann)], bonds()
    done = merge(kept=bo, absorbed=ann, by=mette, why="same", at=now())
    whole = standing(bo).sums
    for name in ("short", "medium", "ours", "acts", "purchases", "short2"):
        assert getattr(whole, name) == pytest.approx(sum(getattr(a, name) for a in apart), rel=1e-6)
    agrees_with_the_log()
    assert set(bonds()) == set(before)
    assert not Relationship.objects.filter(consumer=ann).exists()
    assert Change.objects.filter(consumer=ann).count() == 0
    undo(decision=done.pk, by=mette, at=now())
    agrees_with_the_log()
    assert standing(bo).sums.short == pytest.approx(apart[0].short, rel=1e-6)
    assert standing(ann).sums.acts == pytest.approx(apart[1].acts, rel=1e-6)


def consumer_of_first(address):
    return Link.objects.filter(handle__address=address, ended_at=None).order_by("began_at", "id").first().consumer_id


def test_handles_that_are_split_off_or_moved_take_their_bonds_along(world, mette):
    bo, kim = (consumer_of_first(a) for a in ("bo", "kim"))
    merge(kept=bo, absorbed=kim, by=mette, why="same", at=now())
    agrees_with_the_log()
    handle = Handle.objects.filter(address="kim", links__consumer=bo, links__ended_at=None).first()
    alone = split(handles=[handle.pk], consumer=bo, by=mette, why="another", at=now())
    agrees_with_the_log()
    lis = consumer_of_first("lis")
    assert standing(alone.kept_id).strength.value > 0
    merge(kept=alone.kept_id, absorbed=lis, by=mette, why="x", at=now())
    move(handles=[handle.pk], consumer=alone.kept_id, to=bo, by=mette, why="y", at=now())
    agrees_with_the_log()


def test_who_is_forgotten_leaves_nothing_and_the_others_as_they_were(world, mette):
    agrees_with_the_log()
    bo = consumer_of_first("bo")
    told = export_person(consumer=bo)["relationship"]
    assert told["strength"] > 0
    assert told["between"][0] < told["strength"] < told["between"][1]
    assert [c["to"] for c in told["changes"]][-1] == told["stage"]
    handles = list(Link.objects.filter(consumer=bo, ended_at=None).values_list("handle_id", flat=True))
    others = {
        k: v
        for k, v in bonds().items()
        if k[0] not in {f"{h.network}:{h.address}" for h in Handle.objects.filter(pk__in=handles)}
    }
    forget(consumer=bo, by=mette, at=now())
    assert not Bond.objects.filter(handle__in=handles).exists()
    assert not Relationship.objects.filter(consumer=bo).exists()
    assert not Change.objects.filter(consumer=bo).exists()
    assert bonds() == others
    agrees_with_the_log()
    assert set(bonds()) == set(others)


def test_what_is_not_counted_yet_is_counted_once_when_all_is_counted_anew(chat):
    log(chat, said("bo", "Hej", days=90))
    read_on()
    log(chat, said("bo", "Hej igen", days=0))
    actions.rebuild(at=now())
    assert standing(consumer_of("bo").pk).sums.short == pytest.approx(0.5, rel=1e-4)
    read_on()
    assert standing(consumer_of("bo").pk).sums.short == pytest.approx(1.5, rel=1e-4)


def test_the_reader_that_stands_still_is_the_one_that_counts():
    names = [f"{r.__module__.removeprefix('samspil.')}.{r.__name__}" for r in later()[InteractionsLogged]]
    assert names == [READER]


@pytest.mark.django_db(transaction=True)
def test_the_worker_counts_each_fact_once_and_again_when_it_failed(chat, monkeypatch):
    log(chat, said("bo", "Hej"))
    wait_for_older_transactions()

    def fails(facts):
        count(facts)
        raise ValueError("not now")

    fails.__module__, fails.__name__ = count.__module__, count.__name__
    with pytest.raises(ValueError, match="not now"):
        react(InteractionsLogged, fails)
    assert Bond.objects.count() == 0
    while react(InteractionsLogged, count):
        pass
    assert react(InteractionsLogged, count) == 0
    assert standing(consumer_of("bo").pk).sums.short == pytest.approx(1.0, rel=1e-4)


def test_facts_of_what_is_gone_count_nothing(chat):
    with step():
        count([InteractionsLogged(interactions=(new_id(),))])
    assert Bond.objects.count() == 0


def test_another_half_life_counts_everything_anew(chat):
    log(chat, said("bo", "Hej", days=30))
    read_on()
    bo = consumer_of("bo").pk
    assert standing(bo).sums.short == pytest.approx(plain(30), rel=1e-5)
    with pytest.raises(actions.NotAHalfLife):
        actions.set_half_life(days=2, at=now())
    assert Setting.objects.count() == 0
    actions.set_half_life(days=30, at=now())
    assert standing(bo).sums.short == pytest.approx(0.5, rel=1e-5)
    agrees_with_the_log()


def test_the_landmark_moves_and_nothing_else(chat):
    log(chat, said("bo", "Hej", days=30), bought("bo", days=4), said("ann", days=1))
    read_on()
    keep_up()
    bo = consumer_of("bo").pk
    before, order = standing(bo).sums, list(Relationship.objects.order_by("-force").values_list("consumer", flat=True))
    assert not actions.rescale(at=now())
    assert actions.rescale(at=now() + timedelta(days=90 * 3), room=1)
    after = standing(bo).sums
    assert after.short == pytest.approx(before.short, rel=1e-6)
    assert after.purchases2 == pytest.approx(before.purchases2, rel=1e-6)
    assert list(Relationship.objects.order_by("-force").values_list("consumer", flat=True)) == order
    agrees_with_the_log()


def test_a_message_that_is_read_anew_counts_as_long_as_it_is(chat):
    from samspil.intake.facts import InteractionReread
    from samspil.relationship.reactions import recount

    log(chat, said("bo", "Hej", days=30), said("bo", "Hej", days=20), said("ann", "Hej"))
    read_on()
    row = Interaction.objects.filter(handle__address="bo").order_by("at").first()
    Interaction.objects.filter(pk=row.pk).update(text="x" * 500)
    with step():
        recount([InteractionReread(interaction=row.pk, account=chat.pk, at=now())])
    sums = standing(consumer_of("bo").pk).sums
    assert (sums.long, sums.short) == pytest.approx((plain(30), plain(20)), rel=1e-5)
    agrees_with_the_log()


def test_the_year_ends_where_it_stands_now(world):
    agrees_with_the_log()
    for address in ("bo", "ann", "kim", "lis"):
        consumer = consumer_of_first(address)
        points, here = year(consumer), standing(consumer).strength
        assert len(points) == 53
        assert points[-1].value == pytest.approx(here.value, rel=1e-6)
        assert (points[-1].low, points[-1].high) == pytest.approx((here.low, here.high), rel=1e-4)
        assert points[0].value == 0  # it began two hundred days ago
