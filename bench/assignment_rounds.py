"""One great round of sharing out: its time, and how near its sum comes to the greatest there is and to the greedy one."""

import heapq
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import numpy as np

from bench.assignment import BESIDES, DAY, KNOWN, competences_of
from samspil.routing.rules.assign import ANSWERED, assign
from samspil.routing.rules.choose import Asked, Person, Reason, Waiting, day_weight, place_weight, pressing, reasons

GREATEST = 246_969.57
"""The greatest sum of the round of 10,000 waiting and 11,117 free places, computed once with every pair in the matrix (EXACT = 10**9)."""


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
        if rested and conversations > 1000:
            row["of_greatest"] = round(ours / GREATEST, 4)
        else:
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
