"""From pairs to people: groups of handles that hold together, never through one weak link and never across what people took apart.

Agglomerative: the best supported pair of groups is joined first. The support of two groups is the mean over all their pairs of the
evidence in bits, a pair that was not found counting ``ABSENT`` bits, so that one good link between two large groups is not enough
(average linkage, Sokal and Michener 1958).
"""

import heapq
from collections.abc import Iterable

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
    sure: Iterable[tuple[int, int]] = (),
) -> list[int]:
    """The group of each of ``size`` handles: the lowest place of its members.

    ``edges`` are (left, right, bits over the threshold: 0 is just enough); groups are joined while their mean support is at least
    ``least``. ``vetoes`` are pairs that are never in one group; ``sure`` pairs are joined first (proved), unless vetoed. Deterministic:
    ties are broken by the lower places. An edge given twice counts twice.
    """
    groups = _Groups(size, absent)
    for left, right, bits in edges:
        groups.edge(left, right, min(MOST, bits))
    for left, right in vetoes:
        groups.veto(left, right)
    for left, right in sorted(sure):
        a, b = groups.of[left], groups.of[right]
        if a != b and b not in groups.apart[a]:
            groups.join(a, b)
    heap = [(-groups.support(a, b), a, b) for a in groups.members for b in groups.sums[a] if a < b and groups.sums[a][b][0] > 0]
    heapq.heapify(heap)
    while heap:
        against, a, b = heapq.heappop(heap)
        if -against < least:
            break
        if groups.still(a, b, -against):
            kept = groups.join(a, b)
            for other, (total, _) in groups.sums[kept].items():
                if total > 0:
                    low, high = (kept, other) if kept < other else (other, kept)
                    heapq.heappush(heap, (-groups.support(low, high), low, high))
    return groups.of


class _Groups:
    """Members of each group, and between groups the sum of bits with the number of scored pairs, and what is kept apart."""

    def __init__(self, size: int, absent: float) -> None:
        self.absent = absent
        self.members: dict[int, list[int]] = {n: [n] for n in range(size)}
        self.of = list(range(size))
        self.sums: list[dict[int, tuple[float, int]]] = [{} for _ in range(size)]
        self.apart: list[set[int]] = [set() for _ in range(size)]

    def edge(self, left: int, right: int, bits: float) -> None:
        if left == right:
            return
        total, number = self.sums[left].get(right, (0.0, 0))
        self.sums[left][right] = self.sums[right][left] = (total + bits, number + 1)

    def veto(self, left: int, right: int) -> None:
        if left != right:
            self.apart[left].add(right)
            self.apart[right].add(left)

    def support(self, a: int, b: int) -> float:
        total, number = self.sums[a][b]
        every = max(number, len(self.members[a]) * len(self.members[b]))
        return (total + self.absent * (every - number)) / every

    def still(self, a: int, b: int, support: float) -> bool:
        """Whether an entry of the heap is about groups as they are now, which may be joined."""
        if a not in self.members or b not in self.members or b not in self.sums[a] or b in self.apart[a]:
            return False
        return self.support(a, b) == support

    def join(self, a: int, b: int) -> int:
        """Make one group of two; the lower place stands for it."""
        kept, gone = (a, b) if a < b else (b, a)
        for member in self.members[gone]:
            self.of[member] = kept
        self.members[kept] += self.members.pop(gone)
        self.sums[kept].pop(gone, None)
        for other, (total, number) in self.sums[gone].items():
            self.sums[other].pop(gone, None)
            if other != kept:
                before, count = self.sums[kept].get(other, (0.0, 0))
                self.sums[kept][other] = self.sums[other][kept] = (before + total, count + number)
        self.sums[gone] = {}
        for other in self.apart[gone]:
            self.apart[other].discard(gone)
            self.apart[other].add(kept)
        self.apart[kept] |= self.apart[gone]
        return kept
