"""What a rule means, whether it holds, what is planned: as properties of plain values."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.automation.rules.holds import Seen, holds, within
from samspil.automation.rules.kinds import DEEDS, OPS, TESTS, WHENS
from samspil.automation.rules.plan import DEEPEST, PER_HOUR, Active, Limits, plan
from samspil.automation.rules.read import DEEPEST as DEEPEST_GROUP
from samspil.automation.rules.read import Condition, Group, WrongRule, read, written
from samspil.automation.rules.words import has, spaced

AT = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
IDS = [UUID(int=n) for n in range(1, 6)]


def document(**more):
    base = {"schema": 1, "when": [{"kind": "message"}], "if": {"mode": "all", "items": []}, "then": [{"kind": "done"}]}
    return base | more


def seen(**more):
    return Seen(**({"fact": uuid4(), "conversation": IDS[0], "what": "message", "at": AT} | more))


VALUES = {
    "words": st.lists(
        st.sampled_from(["batteri", "batteri*", "*garanti", "gået i stykker"]), min_size=1, max_size=3, unique=True
    ),
    "number": st.integers(-999, 999).map(lambda n: [str(n)]),
    "yes": st.just([]),
    "hours": st.just(["08:00", "16:00", "01234"]),
    "choice": st.lists(st.sampled_from([str(i) for i in IDS]), min_size=1, max_size=3, unique=True),
}
TEST = st.sampled_from(sorted(TESTS)).flatmap(
    lambda name: st.tuples(st.sampled_from(OPS[TESTS[name].shape]), VALUES.get(TESTS[name].shape, VALUES["choice"])).map(
        lambda pair: {"test": name, "op": pair[0], "values": pair[1]}
    )
)
NODE = st.recursive(
    TEST,
    lambda inner: st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(inner, max_size=3)).map(
        lambda pair: {"mode": pair[0], "items": pair[1]}
    ),
    max_leaves=8,
)


def deep(node):
    return 1 + max(map(deep, node["items"]), default=0) if "items" in node else 0


def _value(kind):
    return {"none": "", "minutes": "30", "text": "tekst"}.get(kind.shape, str(IDS[1]))


@given(
    node=NODE,
    when=st.sampled_from(sorted(WHENS)),
    then=st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=4),
    stop=st.booleans(),
)
def test_what_is_read_and_written_means_the_same(node, when, then, stop):
    given_ = document(
        when=[{"kind": when, "value": _value(WHENS[when])}],
        then=[{"kind": k, "value": _value(DEEDS[k])} for k in then],
        stop=stop,
    )
    if deep(node) > DEEPEST_GROUP:
        with pytest.raises(WrongRule, match="deep"):
            read(given_ | {"if": node})
        return
    meaning = read(given_ | {"if": node})
    assert read(written(meaning)) == meaning
    assert isinstance(holds(meaning.condition, seen()), bool)


@given(node=NODE)
def test_none_is_the_opposite_of_any_and_all_of_one_is_that_one(node):
    try:
        inner = read(document() | {"if": node}).condition
    except WrongRule:
        return
    here = seen()
    assert holds(Group("none", (inner,)), here) is not holds(Group("any", (inner,)), here)
    assert holds(Group("all", (inner,)), here) is holds(inner, here)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["message", "done", "all", "said"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["schema", "when", "if", "then", "kind", "mode", "items", "test", "op", "values"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(anything=JSON, part=st.sampled_from(["schema", "when", "if", "then", "stop"]))
def test_whatever_is_given_is_read_or_refused_and_never_breaks(anything, part):
    for given_ in (anything, document() | {part: anything}):
        try:
            meaning = read(given_)
        except WrongRule:
            continue
        assert read(written(meaning)) == meaning


@pytest.mark.parametrize(
    ("change", "place", "kind"),
    [
        ({"schema": 2}, "schema", "schema"),
        ({"when": []}, "when", "no_when"),
        ({"then": []}, "then", "no_then"),
        ({"when": [{"kind": "full_moon"}]}, "when.0.kind", "when"),
        ({"when": [{"kind": "waited", "value": "0"}]}, "when.0.value", "minutes"),
        ({"then": [{"kind": "label"}]}, "then.0.value", "empty"),
        ({"then": [{"kind": "done"}, {"kind": "shell"}]}, "then.1.kind", "deed"),
        ({"if": {"mode": "some", "items": []}}, "if.mode", "mode"),
        ({"if": {"test": "said", "op": "matches", "values": ["(a+)+"]}}, "if.op", "op"),
        ({"if": {"test": "said", "op": "any", "values": ["!!"]}}, "if.values", "empty"),
        ({"if": {"test": "order", "op": "at_least", "values": ["NaN"]}}, "if.values", "number"),
        ({"if": {"test": "hours", "op": "within", "values": ["8", "16:00", "0"]}}, "if.values", "hours"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change, place, kind):
    with pytest.raises(WrongRule) as caught:
        read(document(**change))
    assert (caught.value.place, caught.value.kind) == (place, kind)


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("Mit BATTERI er fladt", "batteri", True),
        ("Mit batteriet er fladt", "batteri", False),
        ("Mit batteriet er fladt", "batteri*", True),
        ("cykelbatteriet", "*batteri*", True),
        ("Smør på brødet", "SMØR", True),
        ("Smoer paa broedet", "smør på", True),
        ("Ærø", "aeroe", True),
        ("gået\ni  stykker", "gået i stykker", True),
        ("refunder pengene", "penge", False),
        ("", "a", False),
        ("(a+)+$", "a", True),
    ],
)
def test_words_are_found_whatever_their_form(text, phrase, found):
    assert has(spaced(text), phrase) is found


@given(st.text(max_size=60), st.text(alphabet="abcæøå", min_size=1, max_size=6))
def test_a_word_that_is_put_in_is_found(text, word):
    assert has(spaced(f"{text} {word} {text}"), word)


@given(at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), a=st.integers(0, 23), b=st.integers(0, 23))  # noqa: DTZ001
def test_hours_over_midnight_are_the_rest_of_the_day(at, a, b):
    day, night = within(at, time(a), time(b), "0123456"), within(at, time(b), time(a), "0123456")
    assert a == b or day is not night


def active(rule, *, stop=False, unit=None, name="R", **more):
    return Active(
        rule=rule, version=rule, name=name, meaning=read(document(stop=stop)), since=AT - timedelta(days=1), unit=unit, **more
    )


@given(
    chains=st.lists(st.lists(st.sampled_from(IDS), max_size=5, unique=True), min_size=1, max_size=30),
    rules=st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True),
    per_minute=st.integers(1, 8),
)
def test_no_plan_breaks_a_limit(chains, rules, per_minute):
    happened = [seen(chain=tuple(chain), conversation=IDS[n % 3]) for n, chain in enumerate(chains)]
    made = plan([active(r, per_minute=per_minute) for r in rules], happened, Limits())
    done = [p for p in made.planned if not p.stopped]
    assert all(p.active.rule not in p.seen.chain and len(p.seen.chain) < DEEPEST for p in done)
    assert max(Counter(p.active.rule for p in done).values(), default=0) <= per_minute
    assert max(Counter((p.active.rule, p.seen.conversation) for p in done).values(), default=0) <= PER_HOUR
    assert len({(p.active.rule, p.seen.fact) for p in made.planned}) == len(made.planned)
    assert {p.active.rule for p in made.planned if p.stopped == "storm"} == set(made.pauses)


def test_a_rule_has_its_time_and_its_unit():
    early = seen(at=AT - timedelta(days=2))
    assert plan([active(IDS[0])], [early], Limits()).planned == []
    assert plan([active(IDS[0], unit=IDS[1])], [seen(unit=str(IDS[2]))], Limits()).planned == []
    assert len(plan([active(IDS[0], unit=IDS[1])], [seen(unit=str(IDS[1]))], Limits()).planned) == 1


def test_one_that_says_stop_is_the_last():
    made = plan([active(IDS[0], stop=True), active(IDS[1])], [seen(), seen(chain=(IDS[0],))], Limits())
    assert [(p.active.rule, p.stopped) for p in made.planned] == [(IDS[0], ""), (IDS[0], "again"), (IDS[1], "")]


def test_a_test_of_nobody_and_nothing():
    assert holds(Condition("assignee", "in", ("none",)), seen())
    assert not holds(Condition("assignee", "in", ("none",)), seen(assignee=str(IDS[0])))
    assert holds(Condition("label", "in", ("none",)), seen())
    assert not holds(Condition("certainty", "at_most", ("50",)), seen())
