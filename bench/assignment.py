"""Who gets what: a day simulated under six ways of sharing out, a bound that no way can pass, and the time of one great round.

Times of writing are real: hour of the week of the 2,837 mails of a mailing list in ``../shared/data`` (``SAMSPIL_DATA``), in clusters as
replies and incidents come. The rest is drawn, with fixed seeds: what is asked for by Zipf's law, service times log-normal (Brown et al.,
Statistical Analysis of a Telephone Call Center, JASA 100, 2005, find both the day's profile and the log-normal).

    OMP_NUM_THREADS=1 uv run python -m bench.assignment      writes bench/results/assignment.json; some ten minutes
"""

import argparse
import gzip
import heapq
import json
import os
import statistics
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

import numpy as np

from bench.assignment_bound import bound
from bench.assignment_plan import Plan
from samspil.routing.rules.assign import assign, share
from samspil.routing.rules.choose import Asked, Loads, Person, Waiting, pressing, reasons, suits
from samspil.routing.rules.soon import curve

RESULTS = Path(__file__).parent / "results" / "assignment.json"
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[2] / "shared" / "data"))
DAY = datetime(2026, 3, 3, tzinfo=UTC)  # a Tuesday
KNOWN, BESIDES, CHILDREN, MEDIAN, SIGMA = 0.2, 0.5, 0.35, 30.0, 0.9
LOG = tuple(np.random.default_rng(0).lognormal(np.log(MEDIAN), SIGMA, 500).round(1).tolist())
"""How long five hundred earlier conversations held a place, as a log would say."""
EVERYBODY: list["Worker"] = []
FEW = 100
DAYLONG = 24 * 60
ABSENT = 0.05
SHIFTS = ((7, 15), (11, 19), (15, 23))


@dataclass(slots=True)
class Case:
    """A conversation to come: in minutes of the day, with what it truly needs and how long it takes."""

    number: int
    arrives: float
    asked: Asked
    needs: UUID
    takes: float
    begun: float | None = None
    by: int | None = None


@dataclass(slots=True)
class Worker:
    """A colleague of the simulation: who, when at the desk (minutes), and what the day has brought."""

    person: Person
    shifts: tuple[tuple[float, float], ...]
    busy: list[tuple[float, float]] = field(default_factory=list)
    got: int = 0
    last: float | None = None

    def free(self, minute: float) -> int:
        """Places now; none outside the shift."""
        while self.busy and self.busy[0][0] <= minute:
            heapq.heappop(self.busy)
        return self.person.capacity - len(self.busy) if self.here(minute) else 0

    def here(self, minute: float) -> bool:
        """Whether at the desk."""
        return any(begin <= minute < end for begin, end in self.shifts)

    @property
    def shift(self) -> tuple[float, float]:
        """The one shift of a day."""
        return self.shifts[0]

    @property
    def minutes(self) -> float:
        """How long on duty in all."""
        return sum(end - begin for begin, end in self.shifts)

    def soon(self, minute: float, patience: int, *, told: bool = False) -> tuple[float, ...]:
        """The curve of the next place, as the log and the shifts foretell it; nothing where one is free. ``told``: as it will be."""
        coming = next(((begin, end) for begin, end in self.shifts if end > minute), None)
        if self.free(minute) > 0 or coming is None or coming[0] > minute + patience:
            return ()
        back, leaves = coming[0] - minute, coming[1] - minute
        if told:
            ends = sorted(end for end, _ in self.busy)
            free = 0.0 if len(ends) < self.person.capacity else ends[0] - minute
            return curve([], patience, back=max(back, free), leaves=leaves)
        held = [(LOG, minute - since) for _, since in self.busy] if len(self.busy) >= self.person.capacity else []
        return curve(held, patience, back=back, leaves=leaves)


def minutes_of_the_week() -> list[float]:
    """Minutes of the week, from Monday, at which the mails of a real list were written, as their writers' clocks said."""
    found = []
    with gzip.open(DATA / "mail" / "linux-mips-2004.mbox.gz", "rt", errors="replace") as lines:
        for line in lines:
            if line.startswith("Date: "):
                try:
                    at = parsedate_to_datetime(line[6:].strip())
                except ValueError:
                    continue
                found.append(at.weekday() * DAYLONG + at.hour * 60 + at.minute + at.second / 60)
    return sorted(found)


def hours_of_tuesday() -> list[float]:
    """Minutes of the day at which they were written on working days."""
    return sorted(t % DAYLONG for t in minutes_of_the_week() if t < 5 * DAYLONG)


def competences_of(number: int) -> tuple[list[UUID], "np.ndarray"]:
    """So many competences, asked for by Zipf's law."""
    shares = 1 / np.arange(1, number + 1)
    return [UUID(int=n + 1) for n in range(number)], shares / shares.sum()


def world(colleagues: int, competences: int, load: float, seed: int, span: tuple[int, int]) -> tuple[list[Worker], list[Case]]:
    """Colleagues in shifts and conversations to come, such that the work is ``load`` of the places there are."""
    r = np.random.default_rng(seed)
    skills, shares = competences_of(competences)
    times = np.array([t for t in hours_of_tuesday() if span[0] * 60 <= t < span[1] * 60])
    within = [max(s * 60, span[0] * 60) for s, _ in SHIFTS], [min(e * 60, span[1] * 60) for _, e in SHIFTS]
    wanted = np.array([((times >= a) & (times < b)).sum() for a, b in zip(*within, strict=True)], dtype=float)
    workers = []
    for n in range(colleagues):
        held = r.choice(competences, size=int(r.integers(2, 5)), replace=False, p=shares)
        if n < competences:
            held = np.unique(np.append(held, n))  # everything is known by somebody
        which = n % len(SHIFTS) if n < competences else int(r.choice(len(SHIFTS), p=wanted / wanted.sum()))
        levels = {skills[c]: int(r.integers(1, 6)) for c in held}
        person = Person(id=UUID(int=10_000 + n), capacity=int(r.integers(2, 5)), seen_at=DAY, levels=levels)
        workers.append(Worker(person, ((within[0][which], within[1][which]),)))
    places = sum(w.person.capacity * max(w.shift[1] - w.shift[0], 0) for w in workers)
    number = int(load * places / (MEDIAN * np.exp(SIGMA**2 / 2)))
    return workers, _cases(r, number, times, skills, shares, workers)


def week(colleagues: int, competences: int, load: float, seed: int) -> tuple[list[Worker], list[Case]]:
    """Seven days: nights without anybody, a fifth of the colleagues at the weekend, one in twenty shifts lost to absence.

    Each colleague has one of the day's shifts all week, and whoever works at the weekend has Monday and Tuesday off.
    """
    workers, _ = world(colleagues, competences, load, seed, (7, 23))
    r = np.random.default_rng(seed + 1000)
    for n, worker in enumerate(workers):
        days = (2, 3, 4, 5, 6) if n % 5 == 0 else (0, 1, 2, 3, 4)
        begin, end = worker.shifts[0]
        worker.shifts = tuple((d * DAYLONG + begin, d * DAYLONG + end) for d in days if r.random() >= ABSENT)
    skills, shares = competences_of(competences)
    number = int(load * sum(w.person.capacity * w.minutes for w in workers) / (MEDIAN * np.exp(SIGMA**2 / 2)))
    return workers, _cases(r, number, np.array(minutes_of_the_week()), skills, shares, workers)


def outage(
    cases: list[Case], workers: list[Worker], competences: int, seed: int, hour: float, span: tuple[int, int]
) -> list[Case]:
    """The same with ten times as much of the second competence in one hour, all sure of what it is."""
    skills, shares = competences_of(competences)
    number = round(9 * shares[1] * len(cases) / (span[1] - span[0]))
    r = np.random.default_rng(seed + 2000)
    only = np.zeros(competences)
    only[1] = 1.0
    times = r.uniform(hour * 60, hour * 60 + 60, size=1000)
    more = _cases(r, number, times, skills, only, workers)
    for case in more:
        case.asked, case.needs = replace(case.asked, wanted=((skills[1], 0.95),)), skills[1]
    joined = sorted([*cases, *more], key=lambda c: c.arrives)
    for n, case in enumerate(joined):
        case.number = n
    return joined


def _cases(
    r: "np.random.Generator", number: int, times: "np.ndarray", skills: list[UUID], shares: "np.ndarray", workers: list[Worker]
) -> list[Case]:
    """Conversations in clusters: each brings CHILDREN others on the same matter within minutes, on average."""
    cases: list[Case] = []
    holders = defaultdict(list)
    for n, worker in enumerate(workers):
        for c in worker.person.levels:
            holders[c].append(n)
    while len(cases) < number:
        at, main, sure = float(r.choice(times)), int(r.choice(len(skills), p=shares)), float(r.uniform(0.55, 1))
        for _ in range(1 + int(r.poisson(CHILDREN))):
            wanted, other = [(skills[main], sure)], int(r.choice(len(skills), p=shares))
            if other != main and r.random() < BESIDES:
                wanted.append((skills[other], 1 - sure))
            needs = skills[other] if len(wanted) > 1 and r.random() > sure else skills[main]
            known = workers[int(r.choice(holders[skills[main]]))].person.id if r.random() < KNOWN else None
            asked = Asked(competence=skills[main], last=known, wanted=tuple(wanted))
            takes = float(r.lognormal(np.log(MEDIAN), SIGMA))
            cases.append(Case(len(cases), at, asked, needs, takes))
            at += float(r.exponential(4))
    return sorted(cases[:number], key=lambda c: c.arrives)


def value(case: Case, worker: Worker) -> float:
    """What it counts that this colleague answers, waiting left out: level, what else may be asked for, continuity."""
    person, asked = worker.person, case.asked
    fit = float(sum(share * person.levels.get(c, 0) for c, share in asked.besides))
    level = person.levels.get(asked.competence, 0) if asked.competence else 0
    return fit + level + (10.0 if person.id == asked.last else 0.0)


def true_value(case: Case, worker: Worker) -> float:
    """The same by what is truly needed, which routing does not know: the level of that, and continuity."""
    return worker.person.levels.get(case.needs, 0) + (10.0 if worker.person.id == case.asked.last else 0.0)


Policy = Callable[[list[Case], list[Worker], float], list[tuple[Case, Worker]]]


def round_robin() -> Policy:
    """The next in the row who has a place, whatever is asked for (Chatwoot)."""
    row: deque[UUID] = deque()

    def give(waiting: list[Case], able: list[Worker], minute: float) -> list[tuple[Case, Worker]]:
        by_id = {w.person.id: w for w in able}
        row.extend(sorted(set(by_id) - set(row)))
        left, given = {i: w.free(minute) for i, w in by_id.items()}, []
        for case in waiting:
            for _ in range(len(row)):
                row.rotate(-1)
                if left.get(row[-1], 0) > 0:
                    left[row[-1]] -= 1
                    given.append((case, by_id[row[-1]]))
                    break
        return given

    return give


def by_rank(rank: Callable[[Worker, int, float], tuple[float, ...]], *, skilled: bool) -> Policy:
    """First come first served, to the first by a rank; ``skilled``: of those who hold the competence."""

    def give(waiting: list[Case], able: list[Worker], minute: float) -> list[tuple[Case, Worker]]:
        left, given = {w.person.id: w.free(minute) for w in able}, []
        for case in waiting:
            those = [w for w in able if left[w.person.id] and (not skilled or w.person.levels.get(case.asked.competence, 0))]
            if those:
                best = min(those, key=lambda w: rank(w, w.person.capacity - left[w.person.id], minute))
                left[best.person.id] -= 1
                given.append((case, best))
        return given

    return give


def _people(able: list[Worker], minute: float) -> list[Person]:
    at = DAY + timedelta(minutes=minute)
    return [
        Person(
            id=w.person.id, capacity=w.person.capacity, load=w.person.capacity - w.free(minute), seen_at=at, levels=w.person.levels,
            today=w.got, given_at=None if w.last is None else DAY + timedelta(minutes=w.last),
        )
        for w in able
    ]  # fmt: skip


def _waiting(cases: list[Case]) -> list[Waiting]:
    return [Waiting(conversation=UUID(int=c.number), asked=c.asked, since=DAY + timedelta(minutes=c.arrives)) for c in cases]


def greedy(waiting: list[Case], able: list[Worker], minute: float) -> list[tuple[Case, Worker]]:
    """The pull that was: the best pair of a free place and what waits, again and again, from a heap."""
    at, people = DAY + timedelta(minutes=minute), _people(able, minute)
    loads, items, given = Loads(people), {w.conversation: w for w in _waiting(waiting)}, []
    by_case, by_person = {UUID(int=c.number): c for c in waiting}, {w.person.id: w for w in able}
    known = {p.id: p for p in people}
    aged = {i.conversation: sum(x.weight for x in pressing(i, at)) for i in items.values()}

    def worth(item: Waiting, person: Person) -> float:
        return -sum(x.weight for x in reasons(person, item.asked, at, loads.of(person))) - aged[item.conversation]

    heap = [
        (worth(i, p), str(i.conversation), str(p.id), p.load)
        for i in items.values()
        for p in people
        if suits(p, i.asked, at, p.load)
    ]
    heapq.heapify(heap)
    while heap:
        _, which, who, load = heapq.heappop(heap)
        item, person = items.get(UUID(which)), known[UUID(who)]
        if item is None or person.free(loads.of(person)) <= 0:
            continue
        if loads.of(person) != load:
            heapq.heappush(heap, (worth(item, person), which, who, loads.of(person)))
            continue
        given.append((by_case[item.conversation], by_person[person.id]))
        loads.add(person.id)
        del items[item.conversation]
    return given


def together(waiting: list[Case], able: list[Worker], minute: float) -> list[tuple[Case, Worker]]:
    """Ours: one assignment of all that waits."""
    by_case, by_person = {UUID(int=c.number): c for c in waiting}, {w.person.id: w for w in able}
    taken = assign(_waiting(waiting), _people(able, minute), DAY + timedelta(minutes=minute))
    return [(by_case[item.conversation], by_person[choice.colleague]) for item, choice in taken]


def waits(patience: int, *, told: bool = False) -> Policy:
    """Ours, and for so many minutes a conversation may wait for whom its consumer knows. ``told`` when places become free."""

    def give(waiting: list[Case], _: list[Worker], minute: float) -> list[tuple[Case, Worker]]:
        at = DAY + timedelta(minutes=minute)
        wanted = {c.asked.last for c in waiting if c.asked.last}
        by_case, by_person = {UUID(int=c.number): c for c in waiting}, {w.person.id: w for w in EVERYBODY}
        those = [w for w in EVERYBODY if w.person.id in wanted or w.free(minute) > 0]
        people = [
            replace(
                p, seen_at=at if by_person[p.id].here(minute) else None,
                soon=by_person[p.id].soon(minute, patience, told=told) if p.id in wanted else (),
            )
            for p in _people(those, minute)
        ]  # fmt: skip
        shared = share(_waiting(waiting), people, at, patience=timedelta(minutes=patience))
        return [(by_case[item.conversation], by_person[choice.colleague]) for item, choice in shared.given]

    return give


POLICIES: dict[str, Callable[[], Policy]] = {
    "round robin (Chatwoot)": round_robin,
    "longest idle": lambda: by_rank(lambda w, _load, _m: (-1.0 if w.last is None else w.last,), skilled=False),
    "skill tag, least loaded": lambda: by_rank(lambda w, load, _m: (load / w.person.capacity, w.got), skilled=True),
    "greedy pull (as it was)": lambda: greedy,
    "one assignment, at once (as it was)": lambda: together,
    "ours, waits up to 30 minutes": lambda: waits(30),
    "ours, waits up to 60 minutes": lambda: waits(60),
    "the same, told when places become free": lambda: waits(60, told=True),
}


def run(policy: Policy, workers: Sequence[Worker], cases: Sequence[Case], span: tuple[int, int]) -> dict[str, float]:
    """One day, shared out every minute. What still waits at the end counts with its waiting until then, and as not met."""
    for worker in workers:
        worker.busy, worker.got, worker.last = [], 0, None
    waiting: list[Case] = []
    coming = deque(cases)
    for case in cases:
        case.begun = case.by = None
    EVERYBODY[:] = workers
    index = {w.person.id: n for n, w in enumerate(workers)}
    end = span[1] * 60
    for minute in range(span[0] * 60, end):
        while coming and coming[0].arrives <= minute:
            waiting.append(coming.popleft())
        able = [w for w in workers if w.free(minute) > 0] if waiting else []
        if not able:
            continue
        for case, worker in policy(waiting, able, float(minute)):
            case.begun, case.by = float(minute), index[worker.person.id]
            heapq.heappush(worker.busy, (minute + case.takes, float(minute)))
            worker.got, worker.last = worker.got + 1, float(minute)
        waiting = [c for c in waiting if c.begun is None]
    return figures(workers, cases, end)


def figures(workers: Sequence[Worker], cases: Sequence[Case], end: float) -> dict[str, float]:
    """What came of a day: as it was asked by probabilities, and by what was truly needed."""
    waited = [(c.begun if c.begun is not None else end) - c.arrives for c in cases]
    gained = [0.0 if c.by is None else value(c, workers[c.by]) for c in cases]
    met = [c.by is not None and workers[c.by].person.levels.get(c.needs, 0) > 0 for c in cases]
    shares = [w.got / (w.person.capacity * w.minutes) for w in workers if w.minutes > 0]
    known = [c.by is not None and workers[c.by].person.id == c.asked.last for c in cases]
    true = [0.0 if c.by is None else true_value(c, workers[c.by]) for c in cases]
    return {
        "objective": sum(gained) / len(cases) - sum(waited) / 10 / len(cases),
        "objective_true": sum(true) / len(cases) - sum(waited) / 10 / len(cases),
        "fit": sum(gained) / len(cases) - 10 * sum(known) / len(cases),
        "wait_mean": sum(waited) / len(cases),
        "met": sum(met) / len(cases),
        "continuity": sum(known) / max(sum(c.asked.last is not None for c in cases), 1),
        "wait_p50": float(np.percentile(waited, 50)),
        "wait_p95": float(np.percentile(waited, 95)),
        "unanswered": sum(c.begun is None for c in cases) / len(cases),
        "gini": gini(shares),
        "jain": sum(shares) ** 2 / (len(shares) * sum(s * s for s in shares)),
    }


def gini(values: Sequence[float]) -> float:
    """0: all alike. Of what each was given, relative to places and hours."""
    row = np.sort(np.array(values))
    return float((2 * np.arange(1, len(row) + 1) - len(row) - 1) @ row / (len(row) * row.sum()))


def simulate(
    kind: str, colleagues: int, competences: int, load: float, seeds: Sequence[int], span: tuple[int, int], *, turns: int = 0
) -> dict[str, object]:
    """All policies on the same days; the means over the seeds. ``turns``: also a plan that knows the day, and the bound above it."""
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    numbers = []
    for seed in seeds:
        if kind == "week":
            workers, cases = week(colleagues, competences, load, seed)
        else:
            workers, cases = world(colleagues, competences, load, seed, span)
        if kind == "outage":
            cases = outage(cases, workers, competences, seed, span[0] + 1, span)
        numbers.append(len(cases))
        for name, make in POLICIES.items():
            if (kind != "day" or colleagues > FEW) and name.startswith("greedy"):
                continue
            began = time.process_time()
            rows[name].append(run(make(), workers, cases, span))
            print(kind, colleagues, load, seed, name, rows[name][-1], round(time.process_time() - began, 1), flush=True)
        if turns:
            for name, found in plans(workers, cases, span, turns).items():
                rows[name].append(found)
                print(kind, colleagues, load, seed, name, found, flush=True)
            values = np.array([[value(c, w) for w in workers] for c in cases], dtype=np.float32)
            rows["bound"].append({"objective": bound(values, cases, workers, span)})
    means = {n: {k: round(statistics.mean(f[k] for f in found), 4) for k in found[0]} for n, found in rows.items()}
    if turns:
        compare(means)
    return {
        "kind": kind, "colleagues": colleagues, "competences": competences, "load": load, "seeds": list(seeds), "hours": list(span),
        "conversations": numbers, "policies": means,
    }  # fmt: skip


def meets(case: Case, worker: Worker) -> float:
    """A hundred times the probability, as routing knows it, that the colleague holds what is needed: waiting hardly counts beside it."""
    levels, known = worker.person.levels, dict(case.asked.wanted)
    shares = known if len(known) > 1 else dict.fromkeys(known, 1.0)
    return 100 * sum(share for c, share in shares.items() if levels.get(c, 0) > 0)


PLANS: dict[str, Callable[[Case, Worker], float]] = {
    "a plan for waiting alone": lambda _case, _worker: 50.0,  # who holds it, whoever; to begin counts more than any waiting
    "a plan for the competence alone": meets,
    "a plan that knows the day": value,
}
"""What each plan counts, of those who hold what is asked for; less a point for ten minutes of waiting."""


def compare(means: dict[str, dict[str, float]]) -> None:
    """Set beside each figure its share of what a plan reached that cares for it."""
    best, most = means["a plan that knows the day"], means["a plan for the competence alone"]
    for found in means.values():
        found["of_plan"] = round(found["objective"] / best["objective"], 4)
        if "objective_true" in found:
            found["of_plan_true"] = round(found["objective_true"] / best["objective_true"], 4)
            found["of_most_met"] = round(found["met"] / most["met"], 4)


def plans(workers: Sequence[Worker], cases: Sequence[Case], span: tuple[int, int], turns: int) -> dict[str, dict[str, float]]:
    """The figures of each plan; every search begins with what was given last."""
    begun, found = [(c.by, c.begun) for c in cases], {}
    for name, counts in PLANS.items():
        for case, (by, at) in zip(cases, begun, strict=True):
            case.by, case.begun = by, at
        found[name] = known_beforehand(workers, cases, span, turns, counts)
    return found


def known_beforehand(
    workers: Sequence[Worker], cases: Sequence[Case], span: tuple[int, int], turns: int, counts: Callable[[Case, Worker], float]
) -> dict[str, float]:
    """The figures of a plan that begins with what was given last, and is improved with all that comes known; by the same rules."""
    able = np.array([[counts(c, w) if w.person.levels.get(c.asked.competence, 0) else -np.inf for w in workers] for c in cases])
    plan = Plan(able, cases, workers, span)
    for n, case in enumerate(cases):
        if case.by is not None and case.begun is not None:
            plan.put(n, case.by, int(case.begun) - span[0] * 60)
    plan.improve(turns, 0)
    for worker in workers:
        worker.got = 0
    for n, case in enumerate(cases):
        case.by, case.begun = (None, None) if plan.who[n] < 0 else (int(plan.who[n]), float(plan.when[n] + span[0] * 60))
        if case.by is not None:
            workers[case.by].got += 1
    return figures(workers, cases, span[1] * 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--turns", type=int, default=40_000, help="of the search for a plan")
    parser.add_argument("--small", action="store_true", help="without the day of 2,000 colleagues")
    parser.add_argument("--rounds", action="store_true", help="the great rounds alone; the days stay as they were measured")
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    from bench.assignment_rounds import great_rounds

    if asked.rounds:
        kept = json.loads(asked.result.read_text())
        asked.result.write_text(json.dumps({**kept, "rounds": great_rounds(asked.times)}, indent=1, ensure_ascii=False) + "\n")
        return
    days = [simulate("day", 50, 15, load, (1, 2, 3), (7, 23), turns=asked.turns) for load in (0.6, 0.8)]
    days.append(simulate("outage", 50, 15, 0.6, (1, 2, 3), (7, 23)))
    days.append(simulate("week", 50, 15, 0.6, (1,), (0, 168)))
    if not asked.small:
        days += [simulate(kind, 2000, 120, 0.8, (1,), (9, 12)) for kind in ("day", "outage")]
    result = {"rounds": great_rounds(asked.times), "days": days}
    asked.result.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
