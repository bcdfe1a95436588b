"""How fast mails go from envelope to visible conversation, beside a plain COPY of the same rows, at any size of the log.

One run, one server with durable commits (fsync on): a ratio, since these machines are noisy. For each size: the corpus goes in three
times in batches (kept and understood, everything committed), and before and after each the same number of finished interaction
rows is copied into a table with the same indexes, so that a noisy minute hits both. One at a time: CPU of this process and of every
PostgreSQL process, a mail, each in transactions of its own.

    python -m bench.intake                              0, 1 and 5 million interactions (half an hour)
    python -m bench.intake --sizes 0 100000 --mails 2000
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "intake.json"
TICK = os.sysconf("SC_CLK_TCK")


def postgres_cpu(folder: str) -> float:
    """CPU seconds of all PostgreSQL processes of the server in the folder, the ended ones of the postmaster included."""
    total, postmaster = 0.0, None
    rows: dict[int, tuple[int, float, float]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        own, gone = (int(stat[11]) + int(stat[12])) / TICK, (int(stat[13]) + int(stat[14])) / TICK
        rows[int(entry.name)] = (int(stat[1]), own, gone)
        if folder in line and line.split(" ")[0].endswith("postgres"):
            postmaster = int(entry.name)
    for pid, (parent, own, gone) in rows.items():
        if pid == postmaster:
            total += own + gone
        elif parent == postmaster:
            total += own
    return total


def prepare():
    from samspil.base.clock import now
    from samspil.intake.actions import connect
    from samspil.organisation.actions import add_competence, found, hold, take_in
    from samspil.organisation.queries import triage_unit
    from samspil.routing.actions import train

    found(name="Bench")
    unit = triage_unit()
    for name, words in (
        ("Batteri", "batteri oplader strøm"),
        ("Levering", "levering pakke fragt"),
        ("Faktura", "faktura betaling pris"),
    ):
        competence = add_competence(name=name, description=words, words=words.split())
        colleague = take_in(email=f"{name.lower()}@firma.example", name=name, password="cykelkurv-i-regn", unit=unit, capacity=50)
        hold(colleague=colleague, competence=competence.pk, level=4)
    train(at=now())
    return connect(channel="mail", name="Service", config={"address": "service@firma.example"}, own=["service@firma.example"])


def envelopes(number: int, seed: int):
    from bench.corpus import mails
    from samspil import kit
    from samspil.base.ids import digest

    payloads = list(mails(number, seed=seed))
    return [kit.Envelope(external_id=digest(str(seed), str(n)).hex, payload=p) for n, p in enumerate(payloads)]


def chats(number: int, seed: int):
    """Short messages of 300 visitors, as the web chat keeps them: what the spine costs where the channel has little to read."""
    import random
    from datetime import UTC, datetime

    from samspil import kit

    dice = random.Random(seed)
    words = "hej batteriet virker ikke kan I hjælpe mig levering faktura hvornår kommer den tak mange hilsner igen cyklen".split()
    out = []
    for n in range(number):
        visitor = f"{dice.randrange(300):032x}"
        text = " ".join(dice.choices(words, k=dice.randint(4, 30)))
        payload = json.dumps({"visitor": visitor, "id": f"{seed}-{n:08d}", "text": text}, ensure_ascii=False).encode()
        out.append(kit.Envelope(external_id=f"{visitor}:{seed}-{n:08d}", payload=payload, received_at=datetime.now(UTC)))
    return out


def through(account, batch) -> float:
    """Seconds to keep all and take all through the spine, in batches of 400, every batch committed."""
    from samspil.base.clock import now
    from samspil.intake.actions import keep, understand_waiting

    began = time.perf_counter()
    for start in range(0, len(batch), 400):
        keep(account=account.pk, envelopes=batch[start : start + 400], at=now())
    while understand_waiting(at=now()):
        pass
    return time.perf_counter() - began


COLUMNS = (
    "id, handle_id, account_id, envelope_id, kind, outgoing, colleague_id, at, external_id,"
    " subject, text, public, amount, currency, data, language"
)


def copied(rows: list[tuple[object, ...]]) -> float:
    """Seconds of one COPY of finished rows, committed, into a table with the same columns, keys and indexes."""
    from samspil.base import sql
    from samspil.base.flow import step

    began = time.perf_counter()
    with step():
        sql.copy("bench_plain", COLUMNS.split(", "), rows)
    return time.perf_counter() - began


def plain_table() -> None:
    from samspil.base import sql

    sql.run("DROP TABLE IF EXISTS bench_plain")
    sql.run("CREATE TABLE bench_plain (LIKE intake_interaction INCLUDING ALL)")
    for column, table in (
        ("handle_id", "intake_handle"),
        ("account_id", "intake_account"),
        ("colleague_id", "organisation_colleague"),
    ):
        sql.run(f"ALTER TABLE bench_plain ADD FOREIGN KEY ({column}) REFERENCES {table} DEFERRABLE INITIALLY DEFERRED")


def newest_rows(number: int):
    from samspil.base import sql

    rows = sql.run(f"SELECT {COLUMNS} FROM intake_interaction ORDER BY id DESC LIMIT %s", [number])
    at = COLUMNS.split(", ").index("data")
    return [tuple(sql.Jsonb(v) if i == at else v for i, v in enumerate(row)) for row in rows]


def fresh(rows):
    from samspil.base.ids import new_id

    return [(new_id(), *row[1:]) for row in rows]


def loop_us() -> float:
    """CPU microseconds of a piece of work that is always the same: how fast the machine was just now."""
    took = []
    for _ in range(300):
        began = time.thread_time()
        sum(i * i for i in range(3000))
        took.append(time.thread_time() - began)
    return round(statistics.median(took) * 1e6, 1)


def at_size(account, size: int, mails: int, seed: int) -> dict[str, object]:
    from bench.size import grow
    from samspil.base import sql
    from samspil.intake.actions import connect

    if size:
        grow(to=size, account=str(account.pk))
        sql.run("CHECKPOINT")
    through(account, envelopes(400, seed + 50))  # warm
    rows = newest_rows(400)
    plain_table()
    if size:  # the plain table is as large, so that its indexes are as deep
        sql.run(f"INSERT INTO bench_plain ({COLUMNS}) SELECT {COLUMNS} FROM intake_interaction")
        sql.run("CHECKPOINT")
    chat = connect(channel="webchat", name=f"Chat {size}", config={"origins": "*"})
    through(chat, chats(400, seed + 60))
    spine, plain, talk = [], [], []
    for turn in range(3):
        rows = [r for _ in range(-(-mails // len(rows))) for r in rows][:mails]
        plain.append(mails / copied(fresh(rows)))
        spine.append(mails / through(account, envelopes(mails, seed + turn)))
        talk.append(mails / through(chat, chats(mails, seed + turn)))
        plain.append(mails / copied(fresh(rows)))
        rows = newest_rows(min(mails, 400))
    one = one_by_one(account, envelopes(300, seed + 90))
    return {
        "size": size,
        "loop_us": loop_us(),
        "spine_per_second": round(statistics.median(spine)),
        "copy_per_second": round(statistics.median(plain)),
        "ratio": round(statistics.median(spine) / statistics.median(plain), 3),
        "chat_per_second": round(statistics.median(talk)),
        "chat_ratio": round(statistics.median(talk) / statistics.median(plain), 3),
        "chat_runs": [round(x) for x in talk],
        "spine_runs": [round(x) for x in spine],
        "copy_runs": [round(x) for x in plain],
        **one,
    }


def one_by_one(account, batch) -> dict[str, float]:
    from samspil.base.clock import now
    from samspil.intake.actions import keep, understand_waiting

    folder = os.environ["BENCH_POSTGRES"]
    walls = []
    server, own = postgres_cpu(folder), time.process_time()
    for envelope in batch:
        began = time.perf_counter()
        keep(account=account.pk, envelopes=[envelope], at=now())
        understand_waiting(at=now())
        walls.append(time.perf_counter() - began)
    own, server = time.process_time() - own, postgres_cpu(folder) - server
    walls.sort()
    return {
        "one_cpu_ms": round((own + server) / len(batch) * 1000, 2),
        "one_cpu_ms_python": round(own / len(batch) * 1000, 2),
        "one_cpu_ms_postgres": round(server / len(batch) * 1000, 2),
        "one_wall_ms_p50": round(walls[len(walls) // 2] * 1000, 2),
        "one_wall_ms_p99": round(walls[int(len(walls) * 0.99)] * 1000, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0, 1_000_000, 5_000_000])
    parser.add_argument("--mails", type=int, default=6000)
    parser.add_argument("--pages", action="store_true", help="measure the pages at each size, too")
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="samspil-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        os.environ |= {"SAMSPIL_DATA_DIR": f"{name}/data", "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings"}
        os.environ["SAMSPIL_DATABASE_BUFFERS_MB"] = "1024"
        os.environ["SAMSPIL_LOG_LEVEL"] = "error"
        os.environ["BENCH_POSTGRES"] = f"{name}/data"
        os.environ.pop("SAMSPIL_DATABASE_URL", None)
        from samspil.project.cli.ready import ready

        with ready():
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            account = prepare()
            results = []
            for number, size in enumerate(sorted(asked.sizes)):
                result = at_size(account, size, asked.mails, 1000 * (number + 1))
                if asked.pages:
                    from bench.pages import measure

                    result["pages"] = measure()
                results.append(result)
                print(json.dumps(result), flush=True)
    base = results[0]["spine_per_second"]
    out = {"machine": f"{os.cpu_count()} cores", "mails": asked.mails, "results": results,
           "speed_kept": {str(r["size"]): round(float(str(r["spine_per_second"])) / float(str(base)), 3) for r in results}}  # fmt: skip
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
