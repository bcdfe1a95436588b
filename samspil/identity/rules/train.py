"""Learning the weights from a base without labels: u from random pairs, m by expectation maximisation, both by Splink on DuckDB.

What a small base cannot tell stays near the model that training starts from: each estimate counts as many pairs as it was made of,
the start as ``OWN`` pairs more.
"""

from collections.abc import Callable, Mapping, Sequence
from math import log2
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from samspil.identity.rules import profile as profiles_
from samspil.identity.rules.batch import CAP, connection, pairs, quiet, rare
from samspil.identity.rules.model import LEAST, Calibration, Model, shipped
from samspil.identity.rules.profile import Profile
from samspil.identity.rules.table import arrow, column_name, settings, told
from samspil.identity.rules.terms import count

OWN = 300.0
"""Pairs of one person that the start of training counts as."""
OWN_RANDOM = 2e5
"""The same of random pairs."""
FEW = 200
"""Below this many profiles nothing is learned but the frequencies of values."""
RANDOM_PAIRS = 2e6
ENOUGH = 200_000
"""Profiles from which the share of pairs that match is estimated."""
SESSIONS = ("name_key", "login_free", "nick_key", "born", "postcode", "street", "joined", "domain", "surname")
"""Columns on whose equality EM runs, one after the other; a comparison is not trained by the session that blocks on its own columns."""

Blocking = Callable[[Profile], Sequence[int]]
Say = Callable[[str], None]


def train(
    profiles: Sequence[Profile],
    start: Model | None = None,
    *,
    seed: int = 1,
    extras: Sequence[str] = (),
    plain: bool = False,
    blocking: Blocking = profiles_.keys,
    cap: int = CAP,
    say: Say | None = None,
) -> Model:
    """A model for the profiles, begun from ``start`` (the shipped one). The same profiles in the same order give the same model.

    ``extras`` are names of the profiles' extra columns that count; ``plain`` says that they are persons without handles, which have no
    calibration of ours. ``say`` is told what is being done. Never reads any truth.
    """
    start = start or shipped()
    tell = say or (lambda _: None)
    terms = count(profiles, start.terms)
    wanted = tuple(sorted({*start.extras, *extras}))
    own = start.with_weights({}, extras=wanted, plain=plain, terms=terms)
    model = own if plain == start.plain else own.with_weights({}, calibration=Calibration())
    model.engine = "duckdb"
    if len(profiles) >= FEW:
        tell("weights")
        model = model.with_weights(_learned(profiles, model, seed, tell), trained_on=len(profiles))
    else:
        model.trained_on = len(profiles)
    tell("prior")
    return model.with_weights({}, prior=prior(profiles, model, blocking=blocking, cap=cap))


def _learned(profiles: Sequence[Profile], model: Model, seed: int, tell: Say) -> dict[str, list[tuple[float, float]]]:
    from splink import DuckDBAPI, Linker

    con = connection()
    con.execute("SET threads = 1")  # random sampling is the same only when the rows come in one order
    con.execute("SET preserve_insertion_order = true")
    table = arrow(profiles, model)
    known = told(table, model)
    with quiet():
        api = DuckDBAPI(con)
        linker = Linker(api.register(table), settings(model, "duckdb", known))
        rare(linker, api, table, known)
        tell("random pairs")
        linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
        for rule in sessions(table, model):
            tell(f"EM on {rule}")
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=1e6, fix_u_probabilities=True)
            except Exception as problem:  # a session that finds no pairs, or too few levels, teaches nothing
                if type(problem).__name__ not in {"EMTrainingException", "SplinkException", "ZeroDivisionError", "ValueError"}:
                    raise
        saved = linker.misc.save_model_to_json()
    con.close()
    return _shrunk(saved, model, len(profiles))


def sessions(table: pa.Table, model: Model) -> list[str]:
    """The blocking rules of EM: columns where enough rows share a value with few others."""
    columns = [*SESSIONS, *(f"x_{name}" for name in model.extras)]
    rules = []
    for column in columns:
        values = table[column].drop_null()
        if len(values) < FEW // 2:
            continue
        counts = np.asarray(values.value_counts().field("counts").to_numpy())
        found = float((counts * (counts - 1) / 2).sum())
        if found >= FEW // 4 and found / len(values) < 25:  # noqa: PLR2004 - a value that hundreds share is no block
            rules.append(f"l.{column} = r.{column}")
    return rules[:10]


def _shrunk(saved: Mapping[str, Any], model: Model, number: int) -> dict[str, list[tuple[float, float]]]:
    learned = {c["output_column_name"]: c["comparison_levels"] for c in saved["comparisons"]}
    random_pairs = min(RANDOM_PAIRS, number * (number - 1) / 2)
    found: dict[str, list[tuple[float, float]]] = {}
    for one in model.comparisons:
        start = model.weights[one.kind]
        if one.fixed or column_name(one) not in learned:
            continue
        levels = [x for x in learned[column_name(one)] if not x.get("is_null_level")]
        m = _mixed([x.get("m_probability") for x in levels], [x[0] for x in start], number / 3, OWN)
        u = _mixed([x.get("u_probability") for x in levels], [x[1] for x in start], random_pairs, OWN_RANDOM)
        found[one.kind] = [
            before if level.fixed else after
            for level, before, after in zip(one.levels, start, zip(m, u, strict=True), strict=True)
        ]
    return found


def _mixed(learned: Sequence[Any], start: Sequence[float], weight: float, own: float) -> list[float]:
    values = [
        s if x is None or isinstance(x, str) else (float(x) * weight + s * own) / (weight + own)
        for x, s in zip(learned, start, strict=True)
    ]
    return [max(LEAST, v) for v in values]


def prior(profiles: Sequence[Profile], model: Model, *, blocking: Blocking = profiles_.keys, cap: int = CAP) -> float:
    """The chance that two of the profiles are one person's, by expectation maximisation over the pairs that share a key.

    Between a pair in a hundred million and one in ten; for fewer than two profiles the model's own. Of more than ENOUGH profiles a
    random part is asked: the share of pairs that match is the same in it, and the pairs that share a key grow with the square.
    """
    if len(profiles) > ENOUGH:
        profiles = Random(1).sample(list(profiles), ENOUGH)  # noqa: S311 - the same part every time
    number = len(profiles)
    total = number * (number - 1) / 2
    if total < 1:
        return model.prior
    scored = pairs(profiles, model, least_weight=-40.0, blocking=blocking, cap=cap)
    bits = scored["weight"].to_numpy() - model.prior_bits
    chance = 1.0 / max(10.0, number)
    for _ in range(30):
        odds = bits + log2(chance / (1 - chance))
        expected = float((1 / (1 + np.exp2(-np.clip(odds, -60, 60)))).sum())
        chance = min(0.1, max(1e-8, (expected + 1.0) / (total + number)))
    return chance
