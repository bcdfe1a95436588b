"""Scores: the same in Python, DuckDB and Spark; symmetric; what they say of the pairs that matter."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.identity.rules import train
from samspil.identity.rules.batch import pairs, quiet, rare
from samspil.identity.rules.learn import learn_from
from samspil.identity.rules.model import Model, shipped
from samspil.identity.rules.profile import keys, profile
from samspil.identity.rules.spark import NoSpark, spark
from samspil.identity.rules.table import arrow, column_name, settings, told
from samspil.identity.tests.people import people
from samspil.identity.tests.test_profile import mail, raws

PROFILES, TRUTH = people(70)


def everything(one):
    """One key for all, so that every pair is a candidate."""
    return [1] if not one.role else []


def with_pets():
    return shipped().with_weights({}, extras=("pet",))


def test_python_and_duckdb_give_the_same_level_and_weight():
    from splink import DuckDBAPI, Linker

    from samspil.identity.rules.batch import connection

    con = connection()
    for model in (with_pets(), with_pets().with_weights({}, plain=True)):
        table = arrow(PROFILES, model)
        known = told(table, model)
        assert len(known) >= 15
        with quiet():
            api = DuckDBAPI(con)
            linker = Linker(api.register(table), settings(model, "duckdb", known))
            rare(linker, api, table, known)
            scored = linker.inference.predict(threshold_match_weight=-500)
        names = ", ".join(f"gamma_{column_name(c)}" for c in known)
        rows = con.execute(f"SELECT unique_id_l, unique_id_r, match_weight, {names} FROM {scored.physical_name}").fetchall()
        assert len(rows) == len(PROFILES) * (len(PROFILES) - 1) // 2
        for left, right, weight, *levels in rows:
            mine = model.levels(PROFILES[left], PROFILES[right])
            assert [mine[c.kind] for c in known] == levels, (PROFILES[left].to_json(), PROFILES[right].to_json())
            assert abs(model.score(PROFILES[left], PROFILES[right]).weight_bits - weight) < 1e-9
        seen = {
            (c.kind, level)
            for *_, in_row in [(0, dict(zip([c.kind for c in known], r[3:], strict=True))) for r in rows]
            for c in known
            for level in [in_row[c.kind]]
        }
        assert len(seen) > 50


def test_batch_gives_what_the_scorer_gives():
    model = with_pets()
    found = pairs(PROFILES, model, blocking=everything, cap=10_000, least_weight=-500)
    assert found.num_rows == sum(not p.role for p in PROFILES) * (sum(not p.role for p in PROFILES) - 1) // 2
    for left, right, weight, chance in zip(*(found[n].to_pylist() for n in found.column_names), strict=True):
        score = model.score(PROFILES[left], PROFILES[right])
        assert left < right
        assert abs(score.weight_bits - weight) < 1e-9
        assert abs(score.probability - chance) < 1e-9


def test_blocking_by_keys_is_blocking_in_the_batch():
    found = pairs(PROFILES, shipped(), cap=10_000, least_weight=-500)
    mine = [set(keys(p)) for p in PROFILES]
    expected = {
        (a, b)
        for a in range(len(PROFILES))
        for b in range(a + 1, len(PROFILES))
        if mine[a] & mine[b] and not PROFILES[a].role and not PROFILES[b].role
    }
    assert set(zip(found["left"].to_pylist(), found["right"].to_pylist(), strict=True)) == expected


def test_an_unknown_engine_is_told():
    with pytest.raises(ValueError, match="no engine 'oracle': duckdb or spark"):
        pairs(PROFILES, shipped(), engine="oracle")


def test_few_profiles_give_no_pairs():
    assert pairs([], shipped()).num_rows == 0
    assert pairs(PROFILES[:1], shipped()).num_rows == 0
    assert pairs([mail("a@b.dk", "Anna Skov"), mail("c@d.dk", "Ole Dam")], shipped()).num_rows == 0


@pytest.mark.spark
def test_spark_gives_the_pairs_and_weights_of_duckdb():
    profiles, _ = people(120, seed=2)
    one = pairs(profiles, with_pets(), cap=40)
    try:
        with spark(partitions=2) as session:
            two = pairs(profiles, with_pets(), cap=40, engine="spark", session=session)
    except NoSpark as missing:
        pytest.skip(str(missing))
    assert one.num_rows > 200
    assert one.select(["left", "right"]) == two.select(["left", "right"])
    for name in ("weight", "probability"):
        assert max(abs(a - b) for a, b in zip(one[name].to_pylist(), two[name].to_pylist(), strict=True)) < 1e-9


@given(raws, raws)
def test_a_score_is_symmetric_and_bounded(one, two):
    a, b = profile(one), profile(two)
    model = shipped()
    here, there = model.score(a, b), model.score(b, a)
    assert here.weight_bits == there.weight_bits
    assert here.probability == there.probability
    assert 0 <= here.probability <= 1
    assert [(p.kind, p.level, p.bits) for p in here.parts] == [(p.kind, p.level, p.bits) for p in there.parts]
    assert abs(here.weight_bits - model.prior_bits - sum(p.bits for p in here.parts)) < 1e-9


@given(st.sampled_from(PROFILES), st.sampled_from(PROFILES))
def test_symmetric_on_people_too(a, b):
    assert shipped().score(a, b).weight_bits == shipped().score(b, a).weight_bits


def chance(a, b):
    return shipped().score(a, b).probability


def test_one_person_with_two_addresses_is_recognised():
    assert chance(mail("kirsten@vadstrup.dk", "Kirsten Vadstrupgaard"), mail("kv@acme.dk", "Vadstrupgaard, Kirsten")) > 0.95
    assert chance(mail("1+kvadstrup@users.noreply.github.com"), profile({"network": "github", "address": "kvadstrup"})) > 0.99
    assert chance(mail("bob.vadstrupgaard@acme.dk", "Bob Vadstrupgaard"), mail("rv@x.dk", "Robert Vadstrupgaard")) > 0.5
    assert (
        chance(
            mail("zorblaxx77@gmail.com", "Zor"),
            profile({"network": "github", "address": "zorblaxx77", "display": "Ole Vadstrup"}),
        )
        > 0.5
    )


def test_hard_cases_are_not_joined():
    join, suggest = shipped().join, shipped().suggest
    for one, two in (
        (mail("david.smith@a.dk", "David Smith"), mail("dsmith77@b.dk", "David Smith")),
        (mail("w1@a.cn", "Wei Zhang"), mail("zw2@b.cn", "Wei Zhang")),
        (mail("anna@a.dk", "Anna"), mail("anna@b.dk", "Anna")),
        (mail("max@a.dk", "max"), mail("max@b.dk", "max")),
    ):
        assert chance(one, two) < join
    for one, two in (
        (mail("anna.skov@acme.dk", "Anna Skov"), mail("ole.skov@acme.dk", "Ole Skov")),
        (mail("anna.skov@acme.dk", "Anna Skov"), mail("mette.dam@acme.dk", "Mette Dam")),
        (mail("info@acme.dk", "Anna Skov"), mail("anna.skov@acme.dk", "Anna Skov")),
        (mail("noreply@acme.dk", ""), mail("noreply@acme.dk", "")),
        (mail("a@b.dk", "Jоhn Vadstrupgaard"), mail("c@d.dk", "John Vadstrupgaard")),
        (profile({"network": "github", "address": "paypa1"}), profile({"network": "github", "address": "paypal"})),
    ):
        assert chance(one, two) < suggest


def test_links_count_more_both_ways():
    mastodon = {"network": "mastodon", "address": "@kv@social.example", "display": "Kirsten"}
    there = profile({"network": "github", "address": "kvad", "links": ["https://social.example/@kv"]})
    alone = profile({"network": "github", "address": "kvad"})
    back = profile({**mastodon, "links": "https://github.com/kvad"})
    weights = [
        shipped().score(x, y).weight_bits for x, y in ((profile(mastodon), alone), (profile(mastodon), there), (back, there))
    ]
    assert weights == sorted(set(weights))


def test_two_places_at_once_speak_against():
    here = {"network": "mail", "address": "a@b.dk", "display": "Anna Skov"}
    one = profile({**here, "seen": [(10, "dk"), (11, "dk")]})
    same = profile({**here, "address": "c@d.dk", "seen": [(10, "dk")]})
    other = profile({**here, "address": "c@d.dk", "seen": [(10, "us")]})
    assert shipped().score(one, same).weight_bits > shipped().score(one, other).weight_bits + 5


def test_a_model_is_kept_as_json():
    model = with_pets().with_weights({}, prior=0.001)
    again = Model.from_json(json.loads(json.dumps(model.to_json())))
    assert again == model
    assert again.score(PROFILES[0], PROFILES[1]) == model.score(PROFILES[0], PROFILES[1])


def test_decisions_move_the_probability_and_few_do_not():
    model = shipped()
    yes = [(mail(f"david.smith@a{n}.dk", "David Smith"), mail(f"ds{n}@b.dk", "David Smith"), True) for n in range(40)]
    no = [(mail(f"anna{n}@a.dk", "Anna"), mail(f"anna@b{n}.dk", "Anna"), False) for n in range(40)]
    learned = learn_from(model, yes + no)
    assert learned.score(*yes[0][:2]).probability > model.score(*yes[0][:2]).probability
    assert learned.score(*no[0][:2]).probability < model.score(*no[0][:2]).probability + 1e-6
    assert learned.score(*yes[0][:2]).weight_bits == model.score(*yes[0][:2]).weight_bits
    rarer = learn_from(model, yes + no, share=0.01)
    assert rarer.score(*yes[0][:2]).probability < learned.score(*yes[0][:2]).probability
    assert learn_from(model, yes[:5] + no[:5]) is model
    assert learn_from(model, yes) is model


def test_the_share_of_pairs_that_match_is_that_of_a_random_part(monkeypatch):
    profiles, _ = people(900)
    whole = train.prior(profiles, shipped())
    monkeypatch.setattr(train, "ENOUGH", 450)
    part = train.prior(profiles, shipped())
    assert part == train.prior(profiles, shipped())
    assert part != whole
    assert 0.5 < part / whole < 2
