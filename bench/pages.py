"""What the pages cost at the size that the log now has: number of statements and time in the server."""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any


def _percentiles(walls: list[float]) -> dict[str, float]:
    walls = sorted(walls)
    return {
        "p50_ms": round(statistics.median(walls) * 1000, 2),
        "p99_ms": round(walls[min(len(walls) - 1, int(len(walls) * 0.99))] * 1000, 2),
    }


def _timed(name: str, deeds: list[Callable[[], Any]], out: dict[str, Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from samspil.base import sql

    for deed in deeds[:5]:
        deed()
    walls = []
    for deed in deeds:
        began = time.perf_counter()
        deed()
        walls.append(time.perf_counter() - began)
    with CaptureQueriesContext(connection) as own, sql.counted() as ours:
        deeds[0]()
    out[name] = {**_percentiles(walls), "statements": len(own) + len(ours)}


def measure(number: int = 200, seed: int = 5) -> dict[str, Any]:
    """Timeline, lists, search and whole pages; each ``number`` times over random consumers and conversations."""
    from django.test import Client

    from samspil.base import sql
    from samspil.conversation.queries import inbox, search_ids
    from samspil.identity.queries import find, timeline
    from samspil.organisation.models import Colleague

    random.seed(seed)
    by = Colleague.objects.filter(is_active=True, outside=False).first()
    assert by is not None
    sql.run("UPDATE organisation_colleague SET role = 'admin' WHERE id = %s", [by.pk])
    by.refresh_from_db()
    consumers = _sample("identity_consumer", number)
    talks = _sample("conversation", number)
    hot = sql.run("SELECT consumer_id FROM conversation GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")[0][0]
    client = Client(headers={"host": "localhost"})
    client.force_login(by, backend="samspil.organisation.ui.backend.WithRole")
    out: dict[str, Any] = {}
    _timed("timeline", [lambda c=c: timeline(c) for c in consumers], out)  # type: ignore[misc]
    _timed("timeline_of_the_busiest", [lambda: timeline(hot)] * 50, out)
    for view in ("mine", "help", "open", "done"):
        _timed(f"inbox_{view}", [lambda v=view: inbox(by=by, view=v)] * 50, out)  # type: ignore[misc]
    _timed("search_rare_word", [lambda: search_ids("klippekort")] * 30, out)
    _timed("search_two_words", [lambda: search_ids("batteri oplader")] * 30, out)
    _timed("search_common_word", [lambda: search_ids("hilsen")] * 30, out)
    _timed("find_person", [lambda n=n: find(f"person {n}") for n in range(100, 130)], out)  # type: ignore[misc]
    _timed("page_desk", [lambda: _ok(client, "/?view=open")] * 60, out)
    _timed("page_conversation", [lambda t=t: _ok(client, f"/c/{t}/") for t in talks[:60]], out)  # type: ignore[misc]
    _timed("page_consumer", [lambda c=c: _ok(client, f"/consumers/{c}/") for c in consumers[:60]], out)  # type: ignore[misc]
    return out


def _sample(table: str, number: int) -> list[Any]:
    from samspil.base import sql

    total = max(1, int(sql.run("SELECT greatest(reltuples, 1)::bigint FROM pg_class WHERE oid = %s::regclass", [table])[0][0]))
    share = min(100.0, 100.0 * number * 8 / total)
    where = " WHERE merged_into_id IS NULL" if table == "conversation" else ""
    rows = [r for (r,) in sql.run(f"SELECT id FROM {table} TABLESAMPLE SYSTEM ({share}){where} LIMIT {number * 4}")]
    random.shuffle(rows)
    return rows[:number]


def _ok(client: Any, path: str) -> None:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, (path, answer.status_code)
