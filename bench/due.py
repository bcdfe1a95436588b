"""What a page of the desk's list costs «due first» and «newest first», with 100,000 open conversations, and which indexes it uses.

All are open, seven of ten have a due time (one of fifty of these is past), one of a hundred is urgent, one of fifty lies with the
colleague who asks. The first page and one from the middle of the list, in a database of its own.

    uv run python -m bench.due [--conversations 100000]
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from bench.load import in_a_database

RESULTS = Path(__file__).parent / "results" / "due.json"
ROUNDS = 15
LIMIT = 41


def fill(number: int) -> None:
    """So many open conversations in bulk, most of them due."""
    from samspil.base import sql

    sql.run(
        "INSERT INTO conversation (id, consumer_id, account_id, subject, snippet, status, snoozed_for, unit_id, assignee_id, opened_at,"
        " last_at, waiting_since, messages, apart)"
        " SELECT uuidv7(), (SELECT id FROM identity_consumer LIMIT 1), (SELECT id FROM intake_account LIMIT 1), 'Sag ' || n, 'Hej', 'open', '',"
        "  (SELECT id FROM organisation_unit LIMIT 1), CASE WHEN n %% 50 = 0 THEN %(me)s::uuid END, now() - n * '1 minute'::interval,"
        "  now() - n * '1 minute'::interval, now() - n * '1 minute'::interval, 1, false FROM generate_series(1, %(number)s) n RETURNING 1",
        {"number": number, "me": me().pk},
    )
    sql.run(
        "INSERT INTO promise_due (conversation_id, priority, told, answer_due, soon_at)"
        " SELECT id, CASE WHEN n % 100 = 0 THEN 'urgent' ELSE 'normal' END, 0, due, due - '10 minutes'::interval FROM"
        " (SELECT id, n, CASE WHEN n % 10 < 7 THEN now() + (n * 7919 % 50000 - 1000) * '1 minute'::interval END AS due"
        "  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM conversation WHERE subject LIKE 'Sag %') x) y"
        " ON CONFLICT DO NOTHING RETURNING 1"
    )
    sql.run("ANALYZE")


def me() -> Any:
    """Jonas, who administers nothing: what he may see is looked at row by row."""
    from samspil.organisation.models import Colleague

    return Colleague.objects.get(email="jonas@nordlys.example")


def indexes(statement: str, params: dict[str, Any]) -> list[str]:
    """The indexes of promise_due and conversation that the plan reads, and «sort» where it sorts more than a page."""
    from samspil.base import sql

    plan = sql.run(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", params)[0][0][0]["Plan"]
    found: set[str] = set()

    def look(node: dict[str, Any]) -> None:
        if node["Actual Loops"] and node.get("Index Name", "").startswith(("promise_", "conversation_")):
            found.add(node["Index Name"])
        if node["Node Type"] == "Seq Scan" and node["Actual Loops"] and node["Relation Name"] in {"conversation", "promise_due"}:
            found.add(f"all of {node['Relation Name']}")
        if node["Node Type"].endswith("Sort") and node["Plans"][0]["Actual Rows"] > LIMIT:
            found.add("sort")
        for below in node.get("Plans", ()):
            look(below)

    look(plan)
    return sorted(found)


def measure(number: int) -> dict[str, Any]:
    from samspil.base import sql
    from samspil.base.clock import now
    from samspil.conversation.queries import Key, inbox
    from samspil.conversation.queries.inbox import page
    from samspil.exchange.actions import create_demo

    create_demo()
    fill(number)
    by = me()
    middle = sql.run(
        "SELECT answer_due, conversation_id FROM promise_due WHERE answer_due IS NOT NULL ORDER BY 1, 2 OFFSET %s LIMIT 1",
        [number // 3],
    )[0]
    asked: dict[str, dict[str, Any]] = {
        "newest first": {"view": "open"},
        "due first": {"view": "open", "order": "due"},
        "due first, from the middle": {"view": "open", "order": "due", "before": Key(*middle, placed=True)},
        "due first, those not due": {"view": "open", "order": "due", "before": Key(now(), by.pk)},
        "due first, mine": {"view": "mine", "order": "due"},
        "due first, late": {"view": "open", "order": "due", "query": "due:late"},
        "newest first, late": {"view": "open", "query": "due:late"},
        "newest first, urgent": {"view": "open", "query": "priority:urgent"},
        "due first, urgent": {"view": "open", "order": "due", "query": "priority:urgent"},
    }
    found: dict[str, Any] = {}
    for name, given in asked.items():
        whole = {"by": by, "query": "", "order": "", "before": None, "only": None, "limit": LIMIT, **given}
        took, statements = [], 0
        for _ in range(ROUNDS + 2):
            with sql.counted() as seen:
                began = time.perf_counter()
                rows = inbox(**whole)
                took.append(1000 * (time.perf_counter() - began))
            statements = len(seen)
        found[name] = {
            "ms": round(statistics.median(took[2:]), 1),
            "statements": statements,
            "rows": len(rows),
            "reads": indexes(*page(**whole)),
        }
    return {"conversations": number, "lists": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=100_000)
    given = parser.parse_args()
    result = in_a_database(lambda: measure(given.conversations))
    result |= {"cores": os.cpu_count(), "load_of_the_machine": round(os.getloadavg()[1], 1)}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
