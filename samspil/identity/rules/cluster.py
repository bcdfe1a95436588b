"""From pairs to people: groups of handles that hold together, never through one weak link and never across what people took apart.

Agglomerative: the best supported pair of groups is joined first. The support of two groups is the mean over all their pairs of the
evidence in bits, a pair that was not found counting ``ABSENT`` bits, so that one good link between two large groups is not enough
(average linkage, Sokal and Michener 1958).
"""

import heapq
from collections.abc import Iterable, Sequence

ABSENT = -4.0
"""Bits of a pair of which no score is known: it shares no key, which says a little against it."""
MOST = 12.0
"""Bits that one pair counts at most, so that a single certain pair does not outvote several doubtful ones."""


def cluster(
    size: int,
    edges: Iterable[tuple[int, int, float]],
    vetoes: Iterable[tuple[int, int]] = (),
    *,
    least: float = 0.0,
    absent: float = ABSENT,
    sure: Sequence[tuple[int, int]] = (),
) -> list[int]:
    """The group of each of ``size`` handles: the lowest place of its members.

    ``edges`` are (left, right, bits over the threshold: 0 is just enough); groups are joined while their mean support is at least
    ``least``. ``vetoes`` are pairs that are never in one group; ``sure`` pairs are joined first (proved), unless vetoed. Deterministic:
    ties are broken by the lower places.
    """
    groups: dict[int, list[int]] = {n: [n] for n in range(size)}
    of = list(range(size))
    sums: list[dict[int, tuple[float, int]]] = [{} for _ in range(size)]
    for left, right, bits in edges:
        if left != right:
            value = min(MOST, bits)
            for a, b in ((left, right), (right, left)):
                total, number = sums[a].get(b, (0.0, 0))
                sums[a][b] = (total + value, number + 1)
    apart: list[set[int]] = [set() for _ in range(size)]
    for left, right in vetoes:
        if left != right:
            apart[left].add(right)
            apart[right].add(left)

    def support(a: int, b: int) -> float:
        total, number = sums[a][b]
        return (total + absent * (len(groups[a]) * len(groups[b]) - number)) / (len(groups[a]) * len(groups[b]))

    def join(a: int, b: int) -> int:
        kept, gone = (a, b) if a < b else (b, a)
        for member in groups[gone]:
            of[member] = kept
        groups[kept] += groups.pop(gone)
        sums[kept].pop(gone, None)
        for other, (total, number) in sums[gone].items():
            if other == kept:
                continue
            before, count = sums[kept].get(other, (0.0, 0))
            sums[kept][other] = sums[other][kept] = (before + total, count + number)
            sums[other].pop(gone, None)
        sums[gone] = {}
        for other in apart[gone]:
            apart[other].discard(gone)
            apart[other].add(kept)
        apart[kept] |= apart[gone]
        return kept

    for left, right in sorted(sure):
        if of[left] != of[right] and of[right] not in apart[of[left]]:
            join(of[left], of[right])
    heap = [(-support(a, b), a, b) for a in groups for b in sums[a] if a < b and sums[a][b][0] > 0]
    heapq.heapify(heap)
    while heap:
        against, a, b = heapq.heappop(heap)
        if -against < least:
            break
        if a not in groups or b not in groups or b not in sums[a] or b in apart[a] or -support(a, b) != against:
            continue
        kept = join(a, b)
        for other in sums[kept]:
            low, high = (kept, other) if kept < other else (other, kept)
            if sums[low][high][0] > 0:
                heapq.heappush(heap, (-support(low, high), low, high))
    return [min(groups[g]) for g in of]
