"""Joining two consumers of 100,000 interactions each, and taking it back: wall time, and the timeline row by row.

uv run python -m bench.joins       writes bench/results/joins.json
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from bench.house import own_installation
from bench.intake import loop_us, prepare

RESULTS = Path(__file__).parent / "results" / "joins.json"
HANDLES = 10


def fill(account: Any, *, each: int, talks: int) -> list[Any]:
    """Two consumers with ten handles, ``each`` interactions and ``talks`` conversations; gives their ids."""
    from samspil.base import sql
    from samspil.base.clock import now
    from samspil.base.ids import new_id

    people = []
    for who in range(2):
        consumer, at = new_id(), now()
        handles = [new_id() for _ in range(HANDLES)]
        sql.run(
            "INSERT INTO identity_consumer (id, name, folded, named_by_hand, place, language, since) VALUES (%s, %s, %s, false, '', '', %s)",
            [consumer, f"Person {who}", f"person {who}", at],
        )
        sql.run(
            "INSERT INTO intake_handle (id, network, scope, address, display, name, verified, dead_why, first_at, last_at)"
            " SELECT h, 'mail', '', h || '@forbruger.example', '', '', '', '', %s, %s FROM unnest(%s::uuid[]) h",
            [at, at, handles],
        )
        sql.run(
            "INSERT INTO identity_link (id, handle_id, consumer_id, evidence, began_at) SELECT l, h, %s, '[]', %s"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS u(l, h)",
            [consumer, at, [new_id() for _ in handles], handles],
        )
        sql.run("CREATE TEMP TABLE talk AS SELECT n, gen_random_uuid() AS id FROM generate_series(1, %s) n", [talks])
        sql.run(
            "INSERT INTO conversation (id, consumer_id, account_id, subject, snippet, status, snoozed_for, opened_at, last_at, messages, apart,"
            " opener_id)"
            " SELECT id, %s, %s, 'Sag ' || n, 'Hej', 'done', '', %s, %s, %s, false, (%s::uuid[])[1 + n %% %s] FROM talk",
            [consumer, account.pk, at, at, each // talks, handles, HANDLES],
        )
        sql.run(
            "CREATE TEMP TABLE said AS SELECT gen_random_uuid() AS id, t.id AS talk, (%s::uuid[])[1 + t.n %% %s] AS handle,"
            " %s::timestamptz - (m * %s + t.n) * interval '1 second' AS at FROM talk t, generate_series(1, %s) m",
            [handles, HANDLES, at, talks, each // talks],
        )
        sql.run(
            "INSERT INTO intake_interaction"
            " (id, handle_id, account_id, kind, outgoing, at, external_id, subject, text, public, currency, data, language)"
            " SELECT id, handle, %s, 'message', false, at, id::text, 'Sag', 'batteriet taber pusten', false, '', '{}', 'da' FROM said",
            [account.pk],
        )
        sql.run(
            "INSERT INTO conversation_placement (interaction_id, conversation_id, at, why) SELECT id, talk, at, 'thread' FROM said"
        )
        sql.run("DROP TABLE said")
        sql.run("DROP TABLE talk")
        people.append(consumer)
    for table in ("intake_interaction", "intake_handle", "identity_link", "conversation", "conversation_placement"):
        sql.run(f"ANALYZE {table}")
    return people


def rows(consumer: Any) -> list[tuple[Any, ...]]:
    """Every row of the consumer's timeline, in its order, as the product asks for it."""
    from samspil.base import sql
    from samspil.identity.queries.people import _TIMELINE

    ids = _TIMELINE.format(before="", limit=10_000_000)
    return sql.run(
        f"SELECT i.id, i.at, i.handle_id, i.text FROM ({ids}) t JOIN intake_interaction i USING (id) ORDER BY i.at DESC, i.id DESC",
        [consumer],
    )


def measure(account: Any, *, each: int, talks: int, times: int) -> dict[str, Any]:
    """Join and undo ``times`` times; milliseconds with a durable commit, statements and conversations in the same transaction."""
    from samspil.base.clock import now
    from samspil.identity.actions import merge, undo
    from samspil.organisation.models import Colleague

    by = Colleague.objects.filter(is_active=True, outside=False).first()
    assert by is not None
    one, other = fill(account, each=each, talks=talks)
    before = (rows(one), rows(other))
    joins, undos = [], []
    together = 0
    for number in range(times):
        began = time.perf_counter()
        done = merge(kept=one, absorbed=other, by=by, why="bench", at=now())
        joins.append(time.perf_counter() - began)
        if number == 0:
            together = len(rows(one))
        began = time.perf_counter()
        undo(decision=done.pk, by=by, at=now())
        undos.append(time.perf_counter() - began)
    return {
        "interactions_each": each,
        "conversations_each": talks,
        "join_ms": {"p50": round(statistics.median(joins) * 1000, 1), "max": round(max(joins) * 1000, 1)},
        "undo_ms": {"p50": round(statistics.median(undos) * 1000, 1), "max": round(max(undos) * 1000, 1)},
        "rows_together": together,
        "same_timeline_after": (rows(one), rows(other)) == before,
        "rows_before": [len(before[0]), len(before[1])],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=100_000)
    parser.add_argument("--talks", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--times", type=int, default=20)
    asked = parser.parse_args()
    with own_installation():
        account = prepare()
        out = {
            "machine": f"{os.cpu_count()} cores",
            "loop_us": loop_us(),
            "results": [measure(account, each=asked.each, talks=talks, times=asked.times) for talks in asked.talks],
        }
    RESULTS.write_text(json.dumps(out, indent=1) + "\n")
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
