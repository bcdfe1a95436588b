"""From pairs to groups, training, and the evaluation of a labelled file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samspil.identity.rules.cluster import cluster
from samspil.identity.rules.columns import BadFile, read, read_file
from samspil.identity.rules.evaluate import evaluate
from samspil.identity.rules.measure import b_cubed, inside, pairwise
from samspil.identity.rules.model import shipped
from samspil.identity.rules.pool import pooled, resolve
from samspil.identity.rules.train import train
from samspil.identity.tests.people import people
from samspil.identity.tests.test_profile import mail

edge_lists = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(-20, 20)), max_size=30)
veto_lists = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5)


def test_two_dense_groups_are_not_chained_by_one_link():
    triangle = [(0, 1, 9.0), (1, 2, 9.0), (0, 2, 9.0), (3, 4, 9.0), (4, 5, 9.0), (3, 5, 9.0)]
    assert cluster(6, [*triangle, (2, 3, 8.0)]) == [0, 0, 0, 3, 3, 3]
    assert cluster(6, [*triangle, *((a, b, 2.0) for a in (0, 1, 2) for b in (3, 4, 5))]) == [0] * 6


def test_a_veto_holds_and_the_better_side_wins():
    assert cluster(3, [(0, 1, 5.0), (1, 2, 9.0)], [(0, 2)]) == [0, 1, 1]
    assert cluster(2, [(0, 1, 12.0)], [(1, 0)], sure=[(0, 1)]) == [0, 1]
    assert cluster(3, [], sure=[(2, 1)]) == [0, 1, 1]


@given(edge_lists, veto_lists)
def test_groups_are_deterministic_keep_vetoes_and_follow_links(edges, vetoes):
    groups = cluster(10, edges, vetoes)
    assert groups == cluster(10, list(reversed(edges)), vetoes) or len({frozenset(e[:2]) for e in edges}) < len(edges)
    assert all(groups[g] == g and g <= n for n, g in enumerate(groups))
    assert all(groups[a] != groups[b] for a, b in vetoes if a != b)
    linked = {n for a, b, bits in edges if bits > 0 for n in (a, b)}
    assert all(groups[n] == n for n in range(10) if n not in linked)


def test_rates_are_those_of_the_counts():
    truth = list("aaabb")
    left, right = inside([0, 0, 2, 2, 4])
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1), (2, 3)]
    found = pairwise(left, right, truth)
    assert (found["precision"], found["recall"], found["hits"], found["true_pairs"]) == (0.5, 0.25, 1, 4)
    assert found["precision_95"][0] <= found["precision"] <= found["precision_95"][1]
    assert b_cubed([0, 0, 2, 2, 4], truth) == {"precision": 0.8, "recall": 0.53333, "f1": 0.64}


def test_training_is_the_same_twice_and_a_small_base_keeps_the_weights():
    profiles = [mail(f"{p.login}@acme{n}.dk", p.name or "") for n, p in enumerate(people(90, seed=3)[0])]
    assert len(profiles) >= 200
    assert train(profiles) == train(profiles)
    few = train(profiles[:20])
    assert few.weights == shipped().weights
    assert few.trained_on == 20
    assert train([]).prior == shipped().prior


def test_what_a_group_knows_together():
    one = pooled([mail("a@b.dk", "Anna Skov"), mail("c@d.dk", "Anna Skov"), mail("e@f.dk", "Ana Skov")])
    assert one.name_key == "anna skov"
    assert pooled([one]) is one


def test_groups_of_a_base_are_people():
    profiles = [
        mail("kirsten@vadstrup.dk", "Kirsten Vadstrupgaard"),
        mail("kv@acme.dk", "Kirsten Vadstrupgaard"),
        mail("ole@acme.dk", "Ole Rosenkvist"),
        mail("info@acme.dk", "Kirsten Vadstrupgaard"),
    ]
    assert resolve(profiles, shipped(), at=0.9).groups == [0, 0, 2, 3]
    assert resolve(profiles, shipped(), at=0.9, vetoes=[(0, 1)]).groups == [0, 1, 2, 3]


HEADERS = ["Handle", "NETWORK", "name", "Person", "employer", "shoe size"]


def rows(*lines):
    return [dict(zip(HEADERS, line, strict=True)) for line in lines]


def test_columns_are_known_by_name_and_broken_rows_are_counted():
    found = read(
        rows(
            ("kv@acme.dk", "mail", "Kirsten Vad", "1", "Acme; IBM", "38"),
            ("kvad", "github", "Kirsten Vad", "1", "", ""),
            ("x@y.dk", "mail", "X", "", "", ""),
        ),
        HEADERS,
    )
    assert found.columns == {
        "Handle": "address",
        "NETWORK": "network",
        "name": "display",
        "Person": "person",
        "employer": "company",
        "shoe size": "extra",
    }
    assert found.broken == {"no person": 1}
    assert found.truth == ["1", "1"]
    assert found.profiles[0].orgs == ("acme", "ibm")
    assert found.profiles[0].extra == {"shoe_size": "38"}
    assert found.extras == ("shoe_size",)
    assert not found.plain


def test_a_file_that_cannot_be_used_is_told(tmp_path):
    with pytest.raises(BadFile, match="no such file"):
        read_file(tmp_path / "none.csv")
    for text, words in (
        ("", "no column 'person'"),
        ("handle,name\na,b\n", "no column 'person'"),
        ("person\n1\n", "nothing to compare"),
    ):
        (tmp_path / "bad.csv").write_text(text)
        with pytest.raises(BadFile, match=words):
            read_file(tmp_path / "bad.csv")
    (tmp_path / "bad.csv").write_text("handle,person\na,\n")
    with pytest.raises(BadFile, match="no row can be used: 1 no person"):
        read_file(tmp_path / "bad.csv")


def test_odd_bytes_marks_and_lines_do_not_break_reading(tmp_path):
    (tmp_path / "odd.csv").write_bytes(b"\xef\xbb\xbfhandle;name;person\r\na@b.dk;S\xf8ren \0Dam;1\r\nc@d.dk;Ole;2;too;many\r\n")
    found = read_file(tmp_path / "odd.csv")
    assert found.truth == ["1"]
    assert found.broken == {"wrong number of fields": 1}


def test_the_evaluation_never_looks_at_the_truth():
    profiles, truth = people(60, seed=5)
    found = read(
        [{"handle": p.login or "", "name": p.name or "", "person": t} for p, t in zip(profiles, truth, strict=True)],
        ["handle", "name", "person"],
    )
    one = evaluate(found)
    found.truth = ["0"] * (len(truth) // 2) + ["1"] * (len(truth) - len(truth) // 2)
    two = evaluate(found)
    for key in ("counts", "model"):
        assert {k: v for k, v in one[key].items() if k != "persons"} == {k: v for k, v in two[key].items() if k != "persons"}
    assert all(one["thresholds"][t]["pairwise"]["pairs"] == two["thresholds"][t]["pairwise"]["pairs"] for t in one["thresholds"])
    assert one["counts"]["persons"] == 60
    assert set(one["thresholds"]) >= {"0.5", "0.95", "0.99"}
    assert one["join"]["threshold"] == shipped().join
