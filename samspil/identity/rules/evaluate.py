"""How well people would be recognised in a labelled file: trained on the file without its labels, then held against them."""

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from samspil.identity.rules import profile as profiles_
from samspil.identity.rules.batch import pairs
from samspil.identity.rules.columns import BadFile, Rows, read, read_file
from samspil.identity.rules.measure import b_cubed, inside, pairwise
from samspil.identity.rules.model import Model
from samspil.identity.rules.pool import resolve
from samspil.identity.rules.record_keys import record_keys
from samspil.identity.rules.train import train

__all__ = ["BadFile", "evaluate", "evaluate_file", "read", "read_file"]

THRESHOLDS = (0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
ROUNDS = 3
Say = Callable[[str], None]


def evaluate_file(path: Path, *, engine: str = "duckdb", say: Say | None = None) -> dict[str, Any]:
    """``evaluate`` of a CSV file. Raises BadFile with a sentence."""
    return evaluate(read_file(path), engine=engine, say=say)


def evaluate(
    rows: Rows, *, engine: str = "duckdb", session: Any = None, say: Say | None = None, start: Model | None = None
) -> dict[str, Any]:
    """Train on the profiles, link them, and compare with the truth.

    Gives ``counts``, ``thresholds`` (for each probability: precision, recall and F1 with 95 % intervals over persons, of the pairs
    ``scored`` by themselves, ``pairwise`` with those inside a group, ``clustered`` of the groups alone, with B-cubed),
    ``join`` and ``suggest`` (the same at the model's own thresholds),
    ``best`` (the threshold of the best F1), seconds and peak memory in megabytes.
    """
    began = time.perf_counter()
    tell = say or (lambda _: None)
    tell(f"{len(rows.profiles)} rows, {len(set(rows.truth))} persons")
    blocking = record_keys if rows.plain else profiles_.keys
    model = train(rows.profiles, start, extras=rows.extras, plain=rows.plain, blocking=blocking, say=tell)
    trained = time.perf_counter()
    tell("pairs")
    scored = pairs(rows.profiles, model, engine=engine, session=session, blocking=blocking)
    left, right = scored["left"].to_numpy(), scored["right"].to_numpy()
    linked = time.perf_counter()
    report = _report(rows, model, scored, tell)
    return {
        "counts": _counts(rows, len(left)),
        "columns": rows.columns,
        "broken_rows": rows.broken,
        "model": {
            "prior": model.prior,
            "join": model.join,
            "suggest": model.suggest,
            "engine": engine,
            "trained_on": model.trained_on,
        },
        "join": {"threshold": model.join, **report[f"{model.join:g}"]},
        "suggest": {"threshold": model.suggest, **report[f"{model.suggest:g}"]},
        "best": {kind: _best(report, kind) for kind in ("scored", "pairwise", "clustered")},
        "thresholds": report,
        "blocking": _blocked(left, right, rows.truth),
        "seconds": {
            "train": round(trained - began, 2),
            "link": round(linked - trained, 2),
            "all": round(time.perf_counter() - began, 2),
        },
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _report(rows: Rows, model: Model, scored: Any, tell: Say) -> dict[str, Any]:
    """For each threshold the rates of pairs, of pairs with those inside groups, and of groups."""
    left, right, chance = (scored[n].to_numpy() for n in ("left", "right", "probability"))
    blocking, rounds = (record_keys, ROUNDS) if rows.plain else (profiles_.keys, 0)
    report: dict[str, Any] = {}
    for at in sorted({*THRESHOLDS, model.join, model.suggest}):
        tell(f"groups at {at}")
        people = resolve(rows.profiles, model, at=at, blocking=blocking, rounds=rounds, found=scored)
        inner = inside(people.groups)
        said = chance >= at
        report[f"{at:g}"] = {
            "scored": pairwise(left[said], right[said], rows.truth),
            "pairwise": pairwise(*_union((left[said], right[said]), inner, len(rows.truth)), rows.truth),
            "clustered": {
                **pairwise(*inner, rows.truth),
                "b_cubed": b_cubed(people.groups, rows.truth),
                "groups": len(set(people.groups)),
            },
        }
    return report


def _union(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray], size: int) -> tuple[np.ndarray, np.ndarray]:
    codes = np.unique(np.concatenate([np.minimum(x, y) * size + np.maximum(x, y) for x, y in (a, b)]).astype(np.int64))
    return codes // size, codes % size


def _counts(rows: Rows, number: int) -> dict[str, int]:
    return {
        "rows": len(rows.profiles),
        "persons": len(set(rows.truth)),
        "broken": sum(rows.broken.values()),
        "roles": sum(p.role for p in rows.profiles),
        "candidate_pairs": number,
    }


def _best(report: dict[str, Any], kind: str) -> dict[str, Any]:
    at = max(report, key=lambda t: (report[t][kind]["f1"], float(t)))
    return {"threshold": float(at), **report[at][kind]}


def _blocked(left: np.ndarray, right: np.ndarray, truth: Sequence[str]) -> dict[str, Any]:
    """What the candidates could reach at most."""
    found = pairwise(left, right, truth)
    return {"recall": found["recall"], "pairs": found["pairs"]}
