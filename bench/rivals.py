"""Samspil beside django-helpdesk and Request Tracker: the same mails, one at a time, in one run.

    uv run python bench/rivals.py [--number 2000] [--rt 400]       writes bench/results/rivals.json and docs/bench/rivals.svg

CPU time counts, of the process that takes the mails and everything it starts, and of every process of its PostgreSQL. The mails
go round in blocks, so that what else the machine does disturbs all alike. docs/bench/rivals.md tells the rest.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

from corpus import SEED, Mail, corpus  # noqa: E402  the folder of this file is not a package
from rivals.feeder import Feeder  # noqa: E402
from rivals.measured import Helpdesk, Measured, RequestTracker, RequestTrackerBare, Samspil, SamspilLater  # noqa: E402
from rivals.plot import plot  # noqa: E402
from rivals.table import table  # noqa: E402
from rivals.truth import doubled, partition  # noqa: E402

RESULT = HERE / "results/rivals.json"
PICTURE = HERE.parent / "docs/bench/rivals.svg"
ALL: dict[str, type[Measured]] = {
    kind.name: kind for kind in (Samspil, SamspilLater, Helpdesk, RequestTracker, RequestTrackerBare)
}
BLOCK = 50
WARM = 20
"""Mails given before the measuring begins: imports, caches and plans that a running installation has."""


class Run:
    """What one of them has spent and taken so far."""

    def __init__(self, measured: Measured, mails: Sequence[Mail]) -> None:
        self.measured = measured
        self.mails = mails
        self.server = self.database = 0.0
        self.wall: list[float] = []
        self.given = 0
        measured.start()
        self.feeder: Feeder = measured.feeder()
        for mail in corpus(WARM, seed=SEED + 1):
            self.feeder.give(mail.payload)

    def block(self) -> bool:
        """Give the next mails; whether more are left."""
        mails = self.mails[self.given : self.given + BLOCK]
        server, database = self.feeder.cpu(), _database(self.measured)
        self.wall += [self.feeder.give(mail.payload) for mail in mails]
        self.server += self.feeder.cpu() - server
        self.database += _database(self.measured) - database
        self.given += len(mails)
        return self.given < len(self.mails)

    def cost(self) -> dict[str, Any]:
        """Of one mail, and what became of them."""
        wall = statistics.quantiles(self.wall, n=100, method="inclusive")
        given = len(self.wall)
        return {
            "version": self.measured.version(),
            "postgresql": self.measured.cluster.version(),
            "mails": given,
            "cpu_ms": {
                "total": round((self.server + self.database) / given, 2),
                "server": round(self.server / given, 2),
                "database": round(self.database / given, 2),
            },
            "wall_ms": {"p50": round(wall[49], 1), "p99": round(wall[98], 1)},
            "threads": partition(self.measured.found(), {mail.ident: mail.thread for mail in self.mails}),
        }


def _database(measured: Measured) -> float:
    from rivals.cpu import cpu_ms

    return cpu_ms(measured.cluster.pid)


def in_a_row(run: Run, number: int) -> dict[str, int]:
    """The same mail given twice, one after the other."""
    mails = corpus(number, seed=SEED + 2)
    for mail in mails:
        run.feeder.give(mail.payload)
        run.feeder.give(mail.payload)
    return {"mails": number, "doubled": doubled(run.measured.found(), {mail.ident for mail in mails})}


def at_once(run: Run, number: int) -> dict[str, int]:
    """The same mail given to two processes, each with its connection, at the same moment."""
    mails = corpus(number, seed=SEED + 3)
    other = run.measured.feeder()
    start = Barrier(2)

    def give(feeder: Feeder) -> int:
        refused = 0
        for mail in mails:
            start.wait(120)
            try:
                feeder.give(mail.payload)
            except (RuntimeError, OSError):
                refused += 1
        return refused

    with ThreadPoolExecutor(2) as pool:
        refused = sum(pool.map(give, [run.feeder, other]))
    other.stop()
    found = run.measured.found()
    idents = {mail.ident for mail in mails}
    missing = len(idents - {ident for ident, _ in found})
    return {"mails": number, "doubled": doubled(found, idents), "missing": missing, "refused": refused}


def loop() -> float:
    """CPU ms of a piece of work that is always the same: how much the rest of the machine's load costs in CPU time."""
    began, total = time.process_time(), 0
    for number in range(300_000):
        total += number * number % 7
    return (time.process_time() - began) * 1000


def measure(names: Sequence[str], number: int, rt: int, *, cache: Path, loops: list[float]) -> dict[str, Any]:
    """Everything, in one run. ``loops`` takes what the same piece of work cost again and again meanwhile."""
    mails = corpus(number)
    runs: dict[str, Run] = {}
    with tempfile.TemporaryDirectory(prefix="run", dir=cache) as folder:
        # The database's owner is another user, who must be able to reach the sockets.
        Path(folder).chmod(0o755)
        try:
            for name in names:
                few = (
                    min(number, rt if name == "request_tracker" else max(rt // 4, BLOCK))
                    if name.startswith("request")
                    else number
                )
                print(f"{name}: set up", flush=True)
                runs[name] = Run(ALL[name](Path(folder) / name, cache), mails[:few])
            left = list(runs.values())
            while left:
                loops.append(loop())
                left = [run for run in left if run.block()]
            found = {name: run.cost() for name, run in runs.items()}
            print(json.dumps(found), flush=True)
            for name, run in runs.items():
                if name in ("samspil", "django_helpdesk", "request_tracker"):
                    found[name]["twice_in_a_row"] = in_a_row(run, 20)
                    found[name]["twice_at_once"] = at_once(run, 20 if name == "request_tracker" else 200)
                print(name, json.dumps(found[name]), flush=True)
        finally:
            for run in runs.values():
                run.feeder.process.kill()
                run.feeder.process.wait()
                run.measured.cluster.stop()
    return found


def ratios(found: dict[str, Any]) -> dict[str, float]:
    """How many times Samspil's CPU ms each takes."""
    ours = found["samspil"]["cpu_ms"]["total"]
    return {name: round(f["cpu_ms"]["total"] / ours, 1) for name, f in found.items() if not name.startswith("samspil")}


def _short(result: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a run when the next one takes its place."""
    measured = result["measured"]
    return {
        "samspil": measured["samspil"]["version"],
        "mails": {name: one["mails"] for name, one in measured.items()},
        "loop_cpu_ms": result["machine"].get("loop_cpu_ms"),
        "cpu_ms": {name: one["cpu_ms"]["total"] for name, one in measured.items()},
        "times_samspil": result["times_samspil"],
    }


def machine() -> dict[str, Any]:
    """What it ran on."""
    names = [
        line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    return {
        "cpu": names[0] if names else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=2000, help="mails of the corpus")
    parser.add_argument("--rt", type=int, default=400, help="of these, how many go to Request Tracker, who takes its time")
    parser.add_argument("--only", nargs="*", choices=list(ALL), default=list(ALL))
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "samspil-bench")
    parser.add_argument("--out", type=Path, default=RESULT, help="a run that is there already is kept as an earlier run")
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    began = time.time()
    loops: list[float] = []
    found = measure(given.only, given.number, given.rt, cache=given.cache, loops=loops)
    if "samspil" not in found or len(found) == 1:
        return
    earlier = json.loads(given.out.read_text()) if given.out.exists() else {}
    result = {
        "what": "CPU ms a mail, one at a time, each durably committed before the next; see docs/bench/rivals.md",
        "machine": {**machine(), "loop_cpu_ms": {"least": round(min(loops), 1), "p50": round(statistics.median(loops), 1)}},
        "when": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "seconds": round(time.time() - began),
        "corpus": {"mails": given.number, "seed": SEED},
        "measured": found,
        "times_samspil": ratios(found),
        "earlier": ([{n: f["cpu_ms"]["total"] for n, f in earlier["measured"].items()}] + earlier["earlier"])[:4]
        if earlier
        else [],
    }
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    if given.out == RESULT:
        plot(RESULT, PICTURE)
        table(RESULT, PICTURE.with_suffix(".md"))


if __name__ == "__main__":
    main()
