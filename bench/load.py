"""How well what comes is foretold, on a real list's times; and what the pages of load cost with 100,000 conversations.

The backtest reads the mailing list beside the project (``SAMSPIL_DATA``, else ``../shared/data``): a thread is a conversation. The pages are
asked of Django's test client in a database of their own; what they take is told as a ratio to the list of conversations in the same run.

    uv run python -m bench.load [--conversations 100000] [--only backtest --only pages]
"""

import argparse
import gzip
import json
import mailbox
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from samspil.load.rules.forecast import AHEAD, WEEK, Past, backtest, forecast

RESULTS = Path(__file__).parent / "results" / "load.json"
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
HOUR = timedelta(hours=1)
ROUNDS = 15


def mails(path: Path) -> list[tuple[datetime, bool]]:
    """(when, whether it begins a thread) of every mail of the list, in order."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(gzip.decompress(path.read_bytes()))
        file.flush()
        found = []
        for message in mailbox.mbox(file.name):
            try:
                at = parsedate_to_datetime(str(message["Date"]))
            except (TypeError, ValueError):
                continue
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
            found.append((at, not (message["In-Reply-To"] or message["References"])))
    year = Counter(at.year for at, _ in found).most_common(1)[0][0]
    return sorted((at, first) for at, first in found if at.year == year)


def past_of(times: list[datetime]) -> Past:
    start = times[0].replace(hour=0, minute=0, second=0, microsecond=0)
    counts = Counter((at - start) // HOUR for at in times)
    known = ((times[-1] - start) // HOUR) // WEEK * WEEK
    hours = [(start + HOUR * n) for n in range(known + AHEAD)]
    return Past(
        tuple(counts.get(n, 0) for n in range(known)),
        tuple(h.weekday() * 24 + h.hour for h in hours),
        (False,) * (known + AHEAD),
    )


def told(past: Past) -> dict[str, Any]:
    began = time.perf_counter()
    tested, model = backtest(past), forecast(past)
    assert tested is not None
    assert model is not None
    return {
        "arrivals": sum(past.counts),
        "weeks": len(past.counts) // WEEK,
        "a_week": round(sum(past.counts) / (len(past.counts) / WEEK), 1),
        "origins": tested.origins,
        **{name: round(getattr(tested, name), 3) for name in tested.__dataclass_fields__ if name not in {"origins", "hours"}},
        "seconds": round(time.perf_counter() - began, 3),
    }


def backtests() -> dict[str, Any]:
    """The list's threads, and all its mails, which are more."""
    rows = mails(DATA / "mail" / "linux-mips-2004.mbox.gz")
    return {"threads": told(past_of([at for at, first in rows if first])), "mails": told(past_of([at for at, _ in rows]))}


def fill(number: int) -> dict[str, float]:
    """So many conversations of a year, answered and done, in bulk; and the seconds that counting them takes."""
    from samspil.base import sql
    from samspil.load.actions import count_all, count_since

    unit, competence, colleague, account, handle, consumer = sql.run(
        "SELECT (SELECT id FROM organisation_unit LIMIT 1), (SELECT id FROM organisation_competence LIMIT 1),"
        " (SELECT id FROM organisation_colleague LIMIT 1), (SELECT id FROM intake_account LIMIT 1), (SELECT id FROM intake_handle LIMIT 1),"
        " (SELECT id FROM identity_consumer LIMIT 1)"
    )[0]
    sql.run(
        "INSERT INTO conversation (id, consumer_id, account_id, subject, snippet, status, snoozed_for, unit_id, competence_id, assignee_id,"
        " opened_at, last_at, waiting_since, done_at, messages, apart)"
        " SELECT made.id, %(consumer)s, %(account)s, 'Sag ' || n, 'Hej', CASE WHEN n %% 50 = 0 THEN 'open' ELSE 'done' END, '',"
        "  u.id, c.id, %(colleague)s, at, at + '2 hours',"
        "  CASE WHEN n %% 50 = 0 THEN at END, CASE WHEN n %% 50 <> 0 THEN at + '2 hours' END, 2, false"
        " FROM (SELECT n, uuidv7() AS id, now() - '364 days'::interval * n / %(number)s AS at FROM generate_series(1, %(number)s) n) made"
        " JOIN LATERAL (SELECT id FROM organisation_unit ORDER BY id OFFSET made.n %% 10 LIMIT 1) u ON true"
        " JOIN LATERAL (SELECT id FROM organisation_competence ORDER BY id OFFSET made.n %% 15 LIMIT 1) c ON true",
        {"consumer": consumer, "account": account, "colleague": colleague, "number": number},
    )
    sql.run(
        "INSERT INTO intake_interaction (id, handle_id, account_id, kind, outgoing, colleague_id, at, external_id, subject, text, public,"
        " currency, data, language) SELECT id, %s, %s, 'message', true, %s, opened_at + '20 minutes', id::text, '', 'Hej', false, '', '{}', ''"
        " FROM conversation WHERE subject LIKE 'Sag %%' AND status = 'done'",
        [handle, account, colleague],
    )
    sql.run(
        "INSERT INTO conversation_placement (interaction_id, conversation_id, at, why)"
        " SELECT id, id, opened_at + '20 minutes', 'thread' FROM conversation WHERE subject LIKE 'Sag %%' AND status = 'done'"
    )
    sql.run("ANALYZE")
    assert unit
    assert competence
    at = datetime.now(UTC)
    began = time.perf_counter()
    count_all(at=at)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    count_since(since=at - timedelta(days=14), at=at)
    return {"count_all_s": round(whole, 2), "count_14_days_s": round(time.perf_counter() - began, 2)}


def asked(client: Any, addresses: dict[str, str]) -> dict[str, dict[str, float]]:
    """Milliseconds (median of ROUNDS, one page after another) and statements of each page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from samspil.base import sql

    took: dict[str, list[float]] = {name: [] for name in addresses}
    statements: dict[str, int] = {}
    for _ in range(ROUNDS + 2):
        for name, address in addresses.items():
            with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
                began = time.perf_counter()
                answer = client.get(address)
                took[name].append(1000 * (time.perf_counter() - began))
            assert answer.status_code == 200, (name, answer.status_code)
            statements[name] = len(orm) + len(ours)
    return {n: {"ms": round(statistics.median(took[n][2:]), 1), "statements": statements[n]} for n in addresses}


def pages(number: int) -> dict[str, Any]:
    """The demo's company, as it is and with many more conversations."""
    from django.test import Client

    from samspil.exchange.actions import create_demo
    from samspil.organisation.models import Colleague

    began = time.perf_counter()
    create_demo()
    made = time.perf_counter() - began
    client = Client(headers={"host": "localhost"})
    client.force_login(Colleague.objects.get(email="mette@nordlys.example"), backend="samspil.organisation.ui.backend.WithRole")
    load = "/organisation/load/"
    addresses = {"inbox": "/?view=open", "now": load, "was": f"{load}was/?days=84", "ahead": f"{load}ahead/"}
    small = asked(client, addresses)
    counting = fill(number)
    large = asked(client, addresses)
    ratio = {name: round(large[name]["ms"] / large["inbox"]["ms"], 2) for name in addresses if name != "inbox"}
    return {
        "demo_s": round(made, 1),
        "demo": small,
        "conversations": number,
        **counting,
        "filled": large,
        "ratio_to_inbox": ratio,
    }


def in_a_database(measure: Callable[[], Any]) -> Any:
    """What it says in an embedded PostgreSQL of its own, with durable commits."""
    with tempfile.TemporaryDirectory(prefix="samspil-bench-", ignore_cleanup_errors=True) as name:
        from samspil.project.database import Embedded

        with Embedded(Path(name) / "postgres", fsync=True).running() as dsn:
            os.environ |= {
                "SAMSPIL_DATA_DIR": f"{name}/data",
                "SAMSPIL_DATABASE_URL": dsn,
                "SAMSPIL_SECRET_KEY": "bench",
                "SAMSPIL_HOSTS": '["testserver", "localhost"]',
                "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings",
            }
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connection

            call_command("migrate", verbosity=0)
            try:
                return measure()
            finally:
                connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--only", action="append", choices=["backtest", "pages"])
    given = parser.parse_args()
    result: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if not given.only or "backtest" in given.only:
        result["backtest"] = backtests()
        print(json.dumps(result["backtest"], indent=1))
    if not given.only or "pages" in given.only:
        result["pages"] = in_a_database(lambda: pages(given.conversations))
        print(json.dumps(result["pages"], indent=1))
    result["cores"] = os.cpu_count()
    result["load_of_the_machine"] = round(os.getloadavg()[1], 1)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
