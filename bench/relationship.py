"""Relationships: what counting adds to taking in, batch by batch in the same run, and counting 100,000 interactions anew.

An installation of its own. Messages of 2,000 people on two networks over two years, every third with an answer, in no order: each batch goes
through the whole spine, and is then counted. The rest is put into the log as it is, and all is counted anew. Wall time, for most of it is
PostgreSQL's.

    uv run python -m bench.relationship [--interactions 100000]       writes bench/results/relationship.json
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.house import own_installation

RESULTS = Path(__file__).parent / "results" / "relationship.json"
PEOPLE, BATCH = 2000, 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=100_000)
    parser.add_argument("--through", type=int, default=10_000, help="how many go through the spine")
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with own_installation():
        out = {"machine": f"{os.cpu_count()} cores", **measure(asked.interactions, asked.through)}
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(out, indent=1) + "\n")


def measure(interactions: int, through: int) -> dict[str, Any]:
    from samspil.base.clock import now
    from samspil.intake.actions import connect
    from samspil.organisation.actions import found
    from samspil.relationship import actions
    from samspil.relationship.models import Relationship
    from samspil.relationship.queries.standing import standing, year

    found(name="Bench", language="da")
    account = connect(channel="webchat", name="Chat", config={})
    chance = random.Random(3)
    taken, counted = [], []
    for number in range(through // BATCH):
        events = [_event(chance, f"{number}-{n}") for n in range(BATCH)]
        ids: list[Any] = []
        taken.append(_seconds(lambda events=events, ids=ids: ids.extend(_take(account, events))))  # type: ignore[misc]
        counted.append(_seconds(lambda ids=ids: actions.count(interactions=ids)))  # type: ignore[misc]
    walked = _seconds(_walk)
    _fill(interactions - through)
    anew = _seconds(lambda: actions.rebuild(at=now()))
    walked_anew = _seconds(_walk)
    some = list(Relationship.objects.order_by("-force").values_list("consumer", flat=True)[:50])
    half = len(taken) // 2
    return {
        "interactions": interactions,
        "through_the_spine": through,
        "people": PEOPLE,
        "batch": BATCH,
        "load": round(os.getloadavg()[0], 1),
        "take_in_ms": _middle(taken),
        "count_ms": _middle(counted),
        "count_per_second": round(BATCH / statistics.median(counted)),
        "count_to_take_in": round(statistics.median(counted) / statistics.median(taken), 3),
        "count_second_half_to_first": round(statistics.median(counted[half:]) / statistics.median(counted[:half]), 2),
        "walk_all_s": round(walked, 2),
        "rebuild_s": round(anew, 2),
        "walk_all_anew_s": round(walked_anew, 2),
        "standing_ms": _middle([_seconds(lambda c=c: standing(c)) for c in some]),  # type: ignore[misc]
        "year_ms": _middle([_seconds(lambda c=c: year(c)) for c in some]),  # type: ignore[misc]
    }


def _event(chance: random.Random, ident: str) -> Any:
    from samspil import kit
    from samspil.base.clock import now

    network = chance.choice(["webchat", "other"])
    them = kit.Handle(network=network, address=f"p{chance.randrange(PEOPLE)}", display="P")
    us = kit.Handle(network=network, address="us@firma.example", display="Us")
    at = now() - timedelta(days=chance.uniform(0, 730))
    if chance.random() < 1 / 3:
        return kit.Message(external_id=ident, author=us, to=(them,), at=at, text="Den er klar nu", outgoing=True)
    return kit.Message(external_id=ident, author=them, at=at, text="Hvor bliver min cykel af? " * chance.randint(1, 20))


def _take(account: Any, events: list[Any]) -> list[Any]:
    from samspil.base.clock import now
    from samspil.base.flow import step
    from samspil.intake.actions.write import Received, write

    received = [Received(envelope=None, account=account, event=e, history=True) for e in events]
    with step():
        write(received, now())
    return [r.interaction for r in received]


def _fill(number: int) -> None:
    """Into the log alone, at the handles that are there."""
    from samspil.base import sql

    sql.run(
        "INSERT INTO intake_interaction"
        " (id, handle_id, account_id, kind, outgoing, at, external_id, subject, text, public, currency, data, language)"
        " SELECT gen_random_uuid(), h.ids[1 + (random() * (cardinality(h.ids) - 1))::int], a.id, 'message', random() < .33,"
        "  now() - random() * interval '730 days', n::text, '', repeat('Hvor bliver min cykel af? ', 1 + (random() * 19)::int), false, '', '{}', 'da'"
        " FROM generate_series(1, %s) n, (SELECT array_agg(id) AS ids FROM intake_handle) h, intake_account a",
        [number],
    )
    sql.run("ANALYZE intake_interaction")


def _walk() -> None:
    from samspil.base.clock import now
    from samspil.relationship.actions import walk_on

    while walk_on(at=now()):
        pass


def _seconds(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _middle(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {"p50": round(1000 * statistics.median(ordered), 1), "p95": round(1000 * ordered[int(len(ordered) * 0.95)], 1)}


if __name__ == "__main__":
    main()
