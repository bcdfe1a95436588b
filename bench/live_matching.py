"""What it costs to compare one new handle with a million others: the worker's own action, from what is known to the decision on disk.

uv run python -m bench.live_matching       writes bench/results/live_matching.json
"""

import argparse
import json
import os
import statistics
import time
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from bench.crowd import crowd
from bench.house import own_installation
from bench.intake import loop_us

RESULTS = Path(__file__).parent / "results" / "live_matching.json"
PIECE = 20_000


def _kept(raws: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any], list[int], bool]]:
    from samspil.identity.rules.profile import keys, profile

    found = []
    for raw in raws:
        one = profile(raw)
        found.append((raw, one.to_json(), list(keys(one)), one.role))
    return found


def fill(number: int, seed: int) -> None:
    """Write the crowd: handles, consumers, links, profiles and keys."""
    from samspil.base import sql
    from samspil.base.clock import now
    from samspil.base.ids import new_id

    sql.run("DROP INDEX intake_handle_address")  # made anew below: row by row it costs more than all the rest
    people: dict[int, Any] = {}
    seen: set[tuple[str, str]] = set()
    pieces: list[list[dict[str, Any]]] = [[]]
    for raw in crowd(number, seed):
        if (key := (raw["network"], raw["address"])) not in seen:
            seen.add(key)
            pieces[-1].append(raw)
            if len(pieces[-1]) == PIECE:
                pieces.append([])
    at = now()
    with Pool(2) as pool:
        for rows in pool.imap(_kept, pieces):
            ids = [new_id() for _ in rows]
            fresh = [raw for raw, *_ in rows if raw["person"] not in people]
            consumers = []
            for raw in fresh:
                if raw["person"] not in people:
                    people[raw["person"]] = new_id()
                    consumers.append((people[raw["person"]], raw["display"][:200], raw["display"].lower(), False, "", "", at))
            sql.copy("identity_consumer", ("id", "name", "folded", "named_by_hand", "place", "language", "since"), consumers)
            sql.copy(
                "intake_handle",
                ("id", "network", "scope", "address", "display", "name", "verified", "dead_why", "first_at", "last_at"),
                [
                    (i, r["network"], "", r["address"], r["display"], "", "", "", at, at)
                    for i, (r, *_) in zip(ids, rows, strict=True)
                ],
            )
            sql.copy(
                "identity_link",
                ("id", "handle_id", "consumer_id", "evidence", "began_at"),
                [(new_id(), i, people[r["person"]], sql.Jsonb([]), at) for i, (r, *_) in zip(ids, rows, strict=True)],
            )
            sql.copy(
                "identity_profile",
                ("handle_id", "data", "at"),
                [(i, sql.Jsonb(d), at) for i, (_, d, _k, _r) in zip(ids, rows, strict=True)],
            )
            sql.copy(
                "identity_key",
                ("key", "handle_id"),
                [(k, i) for i, (_, _d, ks, r) in zip(ids, rows, strict=True) if not r for k in ks],
            )
            print(f"  {len(people):,} people", flush=True)
    sql.run("CREATE INDEX intake_handle_address ON intake_handle USING gin (address gin_trgm_ops)")
    for table in ("intake_handle", "identity_consumer", "identity_link", "identity_profile", "identity_key"):
        sql.run(f"VACUUM ANALYZE {table}")


def measure(number: int, seed: int) -> dict[str, Any]:
    """``number`` new handles, each alone: the decision, and then the worker's whole action in a durable transaction; milliseconds."""
    from samspil.base import sql
    from samspil.base.clock import now
    from samspil.base.ids import new_id
    from samspil.identity.actions.compare import compare, likely_of
    from samspil.identity.queries.known import profiles
    from samspil.identity.queries.weights import thresholds, weights
    from samspil.identity.rules.decide import decide

    weights()
    at = now()
    handles = []
    for raw in crowd(number * 2, seed):
        ident, consumer = new_id(), new_id()
        fresh = sql.run(
            "INSERT INTO intake_handle (id, network, scope, address, display, name, verified, dead_why, first_at, last_at)"
            " VALUES (%s, %s, '', %s, %s, '', '', '', %s, %s) ON CONFLICT DO NOTHING RETURNING id",
            [ident, raw["network"], raw["address"], raw["display"], at, at],
        )
        if fresh and len(handles) < number:
            sql.run(
                "INSERT INTO identity_consumer (id, name, folded, named_by_hand, place, language, since) VALUES (%s, %s, '', false, '', '', %s)",
                [consumer, raw["display"], at],
            )
            sql.run(
                "INSERT INTO identity_link (id, handle_id, consumer_id, evidence, began_at) VALUES (%s, %s, %s, '[]', %s)",
                [new_id(), ident, consumer, at],
            )
            handles.append(ident)
    _, model = weights()
    join_at, suggest_at = thresholds(model)
    walls, cpu = [], time.process_time()
    for handle in handles:  # what is known of it, its candidates, their scores, the decision; nothing is written
        began = time.perf_counter()
        likely = likely_of(profiles=profiles([handle]), model=model, suggest_at=suggest_at)
        decide([pair for pair, _ in likely], suggest_at=suggest_at, join_at=join_at)
        walls.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    whole, suggested = [], 0
    for handle in handles:
        began = time.perf_counter()
        suggested += compare(handles=[handle], at=now()).suggested
        whole.append(time.perf_counter() - began)
    return {
        "compared": len(handles),
        "decision": {**_percentiles(walls), "cpu_ms": round(cpu / len(handles) * 1000, 2)},
        "with_everything_on_disk": _percentiles(whole),
        "suggested": suggested,
    }


def _percentiles(walls: list[float]) -> dict[str, float]:
    walls = sorted(walls[20:])
    return {
        "p50_ms": round(statistics.median(walls) * 1000, 2),
        "p95_ms": round(walls[int(len(walls) * 0.95)] * 1000, 2),
        "p99_ms": round(walls[int(len(walls) * 0.99)] * 1000, 2),
        "max_ms": round(walls[-1] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handles", type=int, default=1_000_000)
    parser.add_argument("--new", type=int, default=2000)
    asked = parser.parse_args()
    with own_installation(buffers_mb=1024):
        from samspil.base import sql
        from samspil.organisation.actions import found

        found(name="Bench")
        began = time.perf_counter()
        fill(asked.handles, 1)
        filled = time.perf_counter() - began
        sizes = "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relname IN ('identity_key', 'identity_profile')"
        out = {
            "machine": f"{os.cpu_count()} cores",
            "loop_us": loop_us(),
            "handles": sql.run("SELECT count(*) FROM intake_handle")[0][0],
            "keys": sql.run("SELECT count(*) FROM identity_key")[0][0],
            "megabytes": {table: round(size / 1e6) for table, size in sql.run(sizes)},
            "seconds_to_fill": round(filled, 1),
            **measure(asked.new, 2),
        }
    RESULTS.write_text(json.dumps(out, indent=1) + "\n")
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
