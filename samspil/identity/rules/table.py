"""Profiles as a table, and a model as Splink's settings: the same columns and levels on DuckDB and on Spark."""

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from samspil.identity.rules.compare import EXTRA, Comparison
from samspil.identity.rules.model import Model, rare_columns
from samspil.identity.rules.profile import LISTS, NAMES, Profile

_NOT_PLAIN = re.compile(r"\W+")
RARE = "r_"
_MINE = re.compile(r"\b([a-z_]\w*?)_([lr])\b")


def arrow(profiles: Sequence[Profile], model: Model) -> pa.Table:
    """One row a profile: ``unique_id`` (its place), the columns that the model compares, and ``r_*`` the frequency of each value that may be rare."""
    used = columns(model)
    found: dict[str, Any] = {"unique_id": pa.array(range(len(profiles)), pa.int64())}
    for name in used:
        if name in NAMES:
            kind = pa.list_(pa.string()) if name in LISTS else pa.string()
            found[name] = pa.array([getattr(p, name) for p in profiles], kind)
        else:
            bare = name.removeprefix(EXTRA)
            found[name] = pa.array([p.extra.get(bare) for p in profiles], pa.string())
    for name in rare_columns(model.comparisons):
        found[f"{RARE}{name}"] = pa.array([model.terms.of(name, p) for p in profiles], pa.float64())
    return pa.table(found)


def frequencies(table: pa.Table, known: Sequence[Comparison]) -> dict[str, pa.Table]:
    """Splink's tables of term frequencies for ``arrow``'s columns: the frequency stands for the value, so each names itself.

    Columns called ``tf_*`` in the input are no way: Spark finds them twice.
    """
    found = {}
    for name in rare_columns(known):
        column = f"{RARE}{name}"
        values = table[column].drop_null().unique()
        found[column] = pa.table({column: values, f"tf_{column}": values})
    return found


def columns(model: Model) -> list[str]:
    """The columns that the model's comparisons read, sorted."""
    text = " ".join(
        [c.missing.sql("duckdb") for c in model.comparisons]
        + [x.holds.sql("duckdb") for c in model.comparisons for x in c.levels if x.holds]
    )
    read = (
        {m.group(1) for m in _MINE.finditer(text)} | set(rare_columns(model.comparisons)) | {c.shows for c in model.comparisons}
    )
    return sorted(name for name in read if name in NAMES or name.startswith(EXTRA))


def column_name(one: Comparison) -> str:
    """What Splink calls the comparison."""
    return "c_" + _NOT_PLAIN.sub("_", one.kind)


def told(table: pa.Table, model: Model) -> list[Comparison]:
    """The comparisons of which the table knows anything at all: the others would be compared for nothing."""
    known = {name for name in table.column_names if table[name].null_count < table.num_rows}
    return [one for one in model.comparisons if one.shows in known]


def settings(model: Model, dialect: str, told_of: Sequence[Comparison], blocking: Sequence[Any] = ("1=1",)) -> dict[str, Any]:
    """The model as Splink's settings for the dialect ("duckdb" or "spark"); weights and levels are the model's."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "sql_dialect": dialect,
        "probability_two_random_records_match": model.prior,
        "blocking_rules_to_generate_predictions": list(blocking),
        "em_convergence": 0.001,
        "max_iterations": 15,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "comparisons": [_comparison(model, one, dialect) for one in told_of],
    }


def _comparison(model: Model, one: Comparison, dialect: str) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": one.missing.sql(dialect), "label_for_charts": "not known", "is_null_level": True}
    ]
    for level, (m, u) in zip(one.levels, model.weights[one.kind], strict=True):
        found: dict[str, Any] = {
            "sql_condition": "ELSE" if level.holds is None else level.holds.sql(dialect),
            "label_for_charts": level.label,
            "m_probability": m,
            "u_probability": u,
        }
        if level.rare is not None and level.holds is not None:
            found |= {
                "tf_adjustment_column": f"{RARE}{level.rare}",
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        levels.append(found)
    return {"output_column_name": column_name(one), "comparison_levels": levels}
