"""The whole base at once: which handles may be one person's. Splink scores on DuckDB, or on Spark when the base outgrew one machine.

Both engines block on the same keys and compare the same ASCII columns, so they give the same pairs and the same weights.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from samspil.identity.rules import profile as profiles_
from samspil.identity.rules.compare import Comparison
from samspil.identity.rules.model import Model
from samspil.identity.rules.profile import Profile
from samspil.identity.rules.spark import spark
from samspil.identity.rules.table import arrow, column_name, frequencies, settings, told

CAP = 150
"""A key that more handles have says nothing by itself and would cost the square of its number."""
CHUNK = 8_000_000
"""Pairs that are scored at a time, for the memory of one machine."""
Blocking = Callable[[Profile], Sequence[int]]

_COUNTED = "SELECT k FROM {keys} GROUP BY k HAVING count(*) BETWEEN 2 AND {cap}"
_PAIRS = (
    "SELECT DISTINCT a.unique_id AS join_key_l, b.unique_id AS join_key_r FROM {keys} a JOIN {kept} f ON a.k = f.k JOIN {keys} b"
    " ON a.k = b.k WHERE a.unique_id < b.unique_id"
)
_SCORED = "unique_id_l, unique_id_r, match_weight"


def pairs(
    profiles: Sequence[Profile],
    model: Model,
    *,
    engine: str = "duckdb",
    threshold: float = 0.0,
    least_weight: float = -10.0,
    blocking: Blocking = profiles_.keys,
    cap: int = CAP,
    session: Any = None,
) -> pa.Table:
    """Scored pairs: left and right (places in ``profiles``, left before right), weight (bits), probability; sorted by left, right.

    Only pairs that share a key which at most ``cap`` handles have, with a probability of at least ``threshold`` and a weight of at
    least ``least_weight``. ``session`` is a Spark session for the engine "spark"; without one, Spark is started on this machine for
    the call. Raises ValueError for another engine, and NoSpark.
    """
    if engine not in {"duckdb", "spark"}:
        raise ValueError(f"no engine {engine!r}: duckdb or spark")
    if len(profiles) < 2:  # noqa: PLR2004 - a pair is two
        return _table([], [], [], [])
    if engine == "spark" and session is None:
        with spark() as own:
            return pairs(
                profiles,
                model,
                engine=engine,
                threshold=threshold,
                least_weight=least_weight,
                blocking=blocking,
                cap=cap,
                session=own,
            )
    score = _on_duckdb if engine == "duckdb" else _on_spark
    keyed = _keyed(profiles, blocking)
    found = [
        _judged(part, profiles, model, threshold)
        for part in score(arrow(profiles, model), keyed, model, cap, least_weight, session)
    ]
    whole = pa.concat_tables(found) if found else _table([], [], [], [])
    return whole.sort_by([("left", "ascending"), ("right", "ascending")]).combine_chunks()


def _keyed(profiles: Sequence[Profile], blocking: Blocking) -> pa.Table:
    ids: list[int] = []
    found: list[int] = []
    for place, one in enumerate(profiles):
        if one.role:
            continue
        mine = blocking(one)
        ids.extend([place] * len(mine))
        found.extend(mine)
    return pa.table({"unique_id": pa.array(ids, pa.int64()), "k": pa.array(found, pa.int64())})


@contextmanager
def quiet() -> Iterator[None]:
    """Splink tells much and warns of what is meant (untrained levels); what fails still raises."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def connection(memory: str = "") -> Any:
    """A DuckDB in memory that keeps the order of nothing and shows no bar."""
    import duckdb

    found = duckdb.connect(":memory:")
    found.execute("SET enable_progress_bar = false")
    found.execute("SET preserve_insertion_order = false")
    if memory:
        found.execute(f"SET memory_limit = '{memory}'")
    return found


def rare(linker: Any, api: Any, table: pa.Table, known: Sequence[Comparison]) -> None:
    """Tell Splink on DuckDB how frequent the values are."""
    for column, values in frequencies(table, known).items():
        linker.table_management.register_term_frequency_lookup(api.register(values), column)


def _on_duckdb(table: pa.Table, keyed: pa.Table, model: Model, cap: int, least: float, _session: Any) -> Iterator[pa.Table]:
    from splink import DuckDBAPI, Linker

    con = connection()
    con.register("keyed_arrow", keyed)
    con.execute("CREATE TABLE keyed AS SELECT * FROM keyed_arrow")
    con.execute(f"CREATE TABLE kept AS {_COUNTED.format(keys='keyed', cap=cap)}")
    con.execute(f"CREATE TABLE candidates AS {_PAIRS.format(keys='keyed', kept='kept')}")
    total = con.execute("SELECT count(*) FROM candidates").fetchone()[0]
    con.execute("DROP TABLE keyed")
    chunks = max(1, -(-total // CHUNK))
    with quiet():
        api = DuckDBAPI(con)
        known = told(table, model)
        linker = Linker(api.register(table), settings(model, "duckdb", known))
        rare(linker, api, table, known)
        names = ", ".join(f"gamma_{column_name(c)}" for c in known)
        for chunk in range(chunks if total else 0):
            where = f"WHERE join_key_l % {chunks} = {chunk}"
            con.execute(f"CREATE OR REPLACE TABLE chunk_{chunk} AS SELECT '0' AS match_key, * FROM candidates {where}")
            linker.table_management.register_blocked_pairs_for_predict(api.register(f"chunk_{chunk}"))
            scored = linker.inference.predict(threshold_match_weight=least)
            yield con.execute(f"SELECT {_SCORED}, {names} FROM {scored.physical_name}").to_arrow_table()
            scored.drop_table_from_database_and_remove_from_cache()
            con.execute(f"DROP TABLE chunk_{chunk}")
    con.close()


def _on_spark(table: pa.Table, keyed: pa.Table, model: Model, cap: int, least: float, session: Any) -> Iterator[pa.Table]:
    from splink import Linker, SparkAPI

    with quiet():
        partitions = int(session.conf.get("spark.sql.shuffle.partitions"))
        session.createDataFrame(keyed.to_pandas()).createOrReplaceTempView("keyed")
        session.sql(_COUNTED.format(keys="keyed", cap=cap)).createOrReplaceTempView("kept")
        found = session.sql(f"SELECT '0' AS match_key, c.* FROM ({_PAIRS.format(keys='keyed', kept='kept')}) c").persist()
        api: Any = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=session, break_lineage_method="persist", num_partitions_on_repartition=partitions
        )
        rows = session.createDataFrame(table.to_pylist(), schema=_spark_schema(table))
        known = told(table, model)
        linker = Linker(api.register(rows), settings(model, "spark", known))
        for column, values in frequencies(table, known).items():
            frame = session.createDataFrame(values.to_pandas())
            linker.table_management.register_term_frequency_lookup(api.register(frame), column)
        linker.table_management.register_blocked_pairs_for_predict(api.register(found))
        scored = linker.inference.predict(threshold_match_weight=least)
        names = [f"gamma_{column_name(c)}" for c in known]
        picked = session.table(scored.physical_name).select(*_SCORED.split(", "), *names)
        yield pa.Table.from_pandas(picked.toPandas(), preserve_index=False)


def _spark_schema(table: pa.Table) -> str:
    kinds = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double", pa.list_(pa.string()): "array<string>"}
    return ", ".join(f"`{f.name}` {kinds[f.type]}" for f in table.schema)


def _judged(scored: pa.Table, profiles: Sequence[Profile], model: Model, threshold: float) -> pa.Table:
    """Splink's weights with the model's calibrated probability, as ``Model.score`` gives it."""
    left = scored["unique_id_l"].to_numpy().astype(np.int64)
    right = scored["unique_id_r"].to_numpy().astype(np.int64)
    weight = scored["match_weight"].to_numpy().astype(float)
    logit = model.calibration.bias + model.calibration.slope * weight
    for one in model.comparisons:
        added: Mapping[str, float] = model.calibration.levels.get(one.kind, {})
        if added and f"gamma_{column_name(one)}" in scored.column_names:
            table = np.array([*(added.get(x.label, 0.0) for x in one.levels[::-1]), 0.0])  # the last one is level -1
            logit = logit + table[scored[f"gamma_{column_name(one)}"].to_numpy()]
    chance = 1 / (1 + np.exp(-np.clip(logit, -700, 700)))
    odd = np.array([p.mixed for p in profiles])
    chance = np.where(odd[left] | odd[right], 0.0, chance)
    kept = chance >= threshold
    first, second = np.minimum(left, right), np.maximum(left, right)
    return _table(first[kept], second[kept], weight[kept], chance[kept])


def _table(left: Any, right: Any, weight: Any, chance: Any) -> pa.Table:
    return pa.table(
        {
            "left": pa.array(left, pa.int64()),
            "right": pa.array(right, pa.int64()),
            "weight": pa.array(weight, pa.float64()),
            "probability": pa.array(chance, pa.float64()),
        }
    )
