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
from samspil.routing.rules.assign import ANSWERED, assign, share
from samspil.routing.rules.choose import Asked, Loads, Person, Reason, Waiting, day_weight, place_weight, pressing, reasons, suits
from samspil.routing.rules.soon import curve

RESULTS = Path(__file__).parent / "results" / "assignment.json"
DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[2] / "shared" / "data"))
DAY = datetime(2026, 3, 3, tzinfo=UTC)  # a Tuesday
KNOWN, BESIDES, CHILDREN, MEDIAN, SIGMA = 0.2, 0.5, 0.35, 30.0, 0.9
LOG = tuple(np.random.default_rng(0).lognormal(np.log(MEDIAN), SIGMA, 500).round(1).tolist())
"""How long five hundred earlier conversations held a place, as a log would say."""
EVERYBODY: list["Worker"] = []
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
    shift: tuple[float, float]
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
        return self.shift[0] <= minute < self.shift[1]

    def soon(self, minute: float, patience: int) -> tuple[float, ...]:
        """The curve of the next place, as the log and the shifts foretell it; nothing where one is free."""
        if self.free(minute) > 0:
            return ()
        full = len(self.busy) >= self.person.capacity
        held = [(LOG, minute - since) for _, since in self.busy] if full else []
        return curve(held, patience, back=self.shift[0] - minute, leaves=self.shift[1] - minute)


def hours_of_tuesday() -> list[float]:
    """Minutes of the day at which the mails of a real list were written on working days, as their writers' clocks said."""
    found = []
    with gzip.open(DATA / "mail" / "linux-mips-2004.mbox.gz", "rt", errors="replace") as lines:
        for line in lines:
            if line.startswith("Date: "):
                try:
                    at = parsedate_to_datetime(line[6:].strip())
                except ValueError:
                    continue
                if at.weekday() < 5:
                    found.append(at.hour * 60 + at.minute + at.second / 60)
    return sorted(found)


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
        workers.append(Worker(person, (within[0][which], within[1][which])))
    places = sum(w.person.capacity * max(w.shift[1] - w.shift[0], 0) for w in workers)
    number = int(load * places / (MEDIAN * np.exp(SIGMA**2 / 2)))
    return workers, _cases(r, number, times, skills, shares, workers)


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


def waits(patience: int) -> Policy:
    """Ours, and for so many minutes a conversation may wait for whom its consumer knows."""

    def give(waiting: list[Case], able: list[Worker], minute: float) -> list[tuple[Case, Worker]]:
        at = DAY + timedelta(minutes=minute)
        wanted = {c.asked.last for c in waiting if c.asked.last}
        by_case, by_person = {UUID(int=c.number): c for c in waiting}, {w.person.id: w for w in EVERYBODY}
        people = _people(EVERYBODY, minute)
        people = [
            replace(
                p,
                seen_at=at if by_person[p.id].here(minute) else None,
                soon=by_person[p.id].soon(minute, patience) if p.id in wanted else (),
            )
            for p in people
        ]
        shared = share(_waiting(waiting), people, at, patience=timedelta(minutes=patience))
        return [(by_case[item.conversation], by_person[choice.colleague]) for item, choice in shared.given]

    return give


POLICIES: dict[str, Callable[[], Policy]] = {
    "round robin (Chatwoot)": round_robin,
    "longest idle": lambda: by_rank(lambda w, _load, _m: (-1.0 if w.last is None else w.last,), skilled=False),
    "skill tag, least loaded": lambda: by_rank(lambda w, load, _m: (load / w.person.capacity, w.got), skilled=True),
    "greedy pull (as it was)": lambda: greedy,
    "one assignment (ours)": lambda: together,
    **{f"ours, waits {n}": (lambda n=n: waits(n)) for n in (15, 30, 60)},
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
    waits = [(c.begun if c.begun is not None else end) - c.arrives for c in cases]
    gained = [0.0 if c.by is None else value(c, workers[c.by]) for c in cases]
    met = [c.by is not None and workers[c.by].person.levels.get(c.needs, 0) > 0 for c in cases]
    shares = [w.got / (w.person.capacity * (w.shift[1] - w.shift[0])) for w in workers if w.shift[1] > w.shift[0]]
    return {
        "objective": sum(gained) / len(cases) - sum(waits) / 10 / len(cases),
        "met": sum(met) / len(cases),
        "continuity": sum(c.by is not None and workers[c.by].person.id == c.asked.last for c in cases)
        / max(sum(c.asked.last is not None for c in cases), 1),
        "wait_p50": float(np.percentile(waits, 50)),
        "wait_p95": float(np.percentile(waits, 95)),
        "unanswered": sum(c.begun is None for c in cases) / len(cases),
        "gini": gini(shares),
        "jain": sum(shares) ** 2 / (len(shares) * sum(s * s for s in shares)),
    }


def gini(values: Sequence[float]) -> float:
    """0: all alike. Of what each was given, relative to places and hours."""
    row = np.sort(np.array(values))
    return float((2 * np.arange(1, len(row) + 1) - len(row) - 1) @ row / (len(row) * row.sum()))


def simulate(colleagues: int, competences: int, load: float, seeds: Sequence[int], span: tuple[int, int]) -> dict[str, object]:
    """All policies on the same days; the means over the seeds, and each as a share of the bound."""
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    bounds, free, numbers = [], [], []
    for seed in seeds:
        workers, cases = world(colleagues, competences, load, seed, span)
        numbers.append(len(cases))
        values = np.array([[value(c, w) for w in workers] for c in cases], dtype=np.float32)
        free.append(float(values.max(axis=1).mean()))
        bounds.append(bound(values, cases, workers, span) if colleagues <= 100 else free[-1])
        for name, make in POLICIES.items():
            began = time.perf_counter()
            rows[name].append(run(make(), workers, cases, span))
            print(colleagues, load, seed, name, rows[name][-1], round(time.perf_counter() - began, 1), flush=True)
        print("bound", bounds[-1], "without places", free[-1], flush=True)
    best = statistics.mean(bounds)
    means = {n: {k: round(statistics.mean(f[k] for f in found), 4) for k in found[0]} for n, found in rows.items()}
    for found in means.values():
        found["of_bound"] = round(found["objective"] / best, 4)
    return {
        "colleagues": colleagues, "competences": competences, "load": load, "seeds": list(seeds), "hours": list(span),
        "conversations": numbers, "bound": round(best, 4), "best_colleague_at_once": round(statistics.mean(free), 4),
        "policies": means,
    }  # fmt: skip


def crowd(conversations: int, colleagues: int, seed: int, *, rested: bool) -> tuple[list[Waiting], list[Person]]:
    """A great queue: 200 competences; ``rested``: every place is free, otherwise about one in five."""
    r = np.random.default_rng(seed)
    skills, shares = competences_of(200)
    people = []
    for n in range(colleagues):
        held = r.choice(200, size=int(r.integers(1, 6)), replace=False, p=shares)
        capacity = int(r.integers(3, 9))
        load = 0 if rested else min(capacity, int(r.poisson(capacity * 0.9)))
        levels = {skills[c]: int(r.integers(1, 6)) for c in held}
        people.append(Person(id=UUID(int=n + 1), capacity=capacity, load=load, seen_at=DAY, levels=levels))
    waits = []
    for n in range(conversations):
        main, other, sure = int(r.choice(200, p=shares)), int(r.choice(200, p=shares)), float(r.uniform(0.55, 1))
        wanted = ((skills[main], sure), *([(skills[other], 1 - sure)] if other != main and r.random() < BESIDES else []))
        known = UUID(int=int(r.integers(colleagues)) + 1) if r.random() < KNOWN else None
        asked = Asked(competence=skills[main], last=known, wanted=wanted)
        waits.append(Waiting(conversation=UUID(int=n + 1), asked=asked, since=DAY - timedelta(minutes=float(r.exponential(60)))))
    return waits, people


def great_rounds(times: int) -> list[dict[str, object]]:
    """The time of one round, and how near its sum comes to the greatest there is and to the greedy one."""
    import samspil.routing.rules.assign as rule

    found = []
    for conversations, rested in ((10_000, False), (10_000, True), (2_000, False), (500, True)):
        waits, people = crowd(conversations, 2000, 7, rested=rested)
        assign(waits[:50], people, DAY)  # what is loaded once is loaded
        took, worked = [], []
        for _ in range(times):
            began, busy = time.perf_counter(), time.process_time()
            taken = assign(waits, people, DAY)
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - busy)
        row: dict[str, object] = {
            "conversations": conversations, "colleagues": 2000, "free_places": sum(max(p.free(p.load), 0) for p in people),
            "given": len(taken), "seconds_median": round(statistics.median(took), 3), "seconds_all": [round(t, 3) for t in took],
            "cpu_seconds_median": round(statistics.median(worked), 3),
        }  # fmt: skip
        ours = sum(choice.score + ANSWERED for _, choice in taken)
        row["of_greedy"] = round(ours / greedy_sum(waits, people), 4)
        if not rested:
            kept, rule.EXACT = rule.EXACT, 10**9
            row["of_greatest"] = round(ours / sum(choice.score + ANSWERED for _, choice in assign(waits, people, DAY)), 4)
            rule.EXACT = kept
        print(row, flush=True)
        found.append(row)
    return found


def greedy_sum(waits: Sequence[Waiting], people: Sequence[Person]) -> float:
    """What taking the best pair again and again would sum up to."""
    loads = [p.load for p in people]
    place = np.array([_place(p, p.load) for p in people])
    holders, fits = defaultdict(list), []
    for n, person in enumerate(people):
        for c in person.levels:
            holders[c].append(n)
    who = {c: np.array(those) for c, those in holders.items()}
    for item in waits:
        a = item.asked
        fit = np.array([sum(r.weight for r in _of_pair(people[n], a)) for n in holders[a.competence]])
        fits.append(fit + ANSWERED + sum(r.weight for r in pressing(item, DAY)))

    def best_of(n: int) -> tuple[float, int, int, int]:
        """Its best pair now; a conversation stands in the heap once."""
        those = who[waits[n].asked.competence]
        worth = fits[n] + place[those]
        top = int(worth.argmax())
        return (-float(worth[top]), n, int(those[top]), loads[those[top]])

    heap = [best_of(n) for n in range(len(waits)) if len(fits[n])]
    heapq.heapify(heap)
    total = 0.0
    while heap and heap[0][0] < np.inf:
        worth, n, person, load = heap[0]
        if loads[person] != load:
            heapq.heapreplace(heap, best_of(n))
            continue
        heapq.heappop(heap)
        total -= worth
        loads[person] += 1
        place[person] = _place(people[person], loads[person])
    return total


def _of_pair(person: Person, asked: Asked) -> list[Reason]:
    """The reasons that the load does not change."""
    return [r for r in reasons(person, asked, DAY, person.load) if r.kind not in {"place", "day", "idle"}]


def _place(person: Person, load: int) -> float:
    """What the place itself counts; nothing can be had where none is free."""
    return place_weight(person, load) + day_weight(person, load) if person.free(load) > 0 else -np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="without the day of 2,000 colleagues")
    parser.add_argument("--rounds", action="store_true", help="the great rounds alone; the days stay as they were measured")
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    if asked.rounds:
        kept = json.loads(asked.result.read_text())
        asked.result.write_text(json.dumps({**kept, "rounds": great_rounds(asked.times)}, indent=1, ensure_ascii=False) + "\n")
        return
    days = [simulate(50, 15, load, (1, 2, 3), (7, 23)) for load in (0.6, 0.8)]
    if not asked.small:
        days.append(simulate(2000, 120, 0.8, (1,), (9, 12)))
    result = {"rounds": great_rounds(asked.times), "days": days}
    asked.result.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
