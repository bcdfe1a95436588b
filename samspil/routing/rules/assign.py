"""Who gets which of all that waits: one assignment of conversations to free places with the greatest sum of reasons.

Every free place is a column, every conversation a row; the value of a pair is the sum of its reasons (:mod:`choose`) and ANSWERED.
Solved by scipy's ``min_weight_full_bipartite_matching``: Jonker and Volgenant's shortest augmenting paths on a sparse matrix (LAPJVsp,
Computing 38, 1987). Up to EXACT pairs every pair stands in the matrix and the sum is the greatest there is. Beyond, each
conversation keeps some of the places that suit it: the best ones densest, spread by the golden ratio, so that conversations that ask
for the same do not all name the same few. What was tried and measured stands in ``docs/decisions/assignment.md``.

Nothing waits for ever: the age of a conversation grows without bound and everything else does not, so of two that suit a place the
one that waits longer by more than the rest can count is never left behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from samspil.routing.rules.choose import (
    CONTINUITY,
    LEVEL,
    PRESENT,
    SPEAKS,
    Choice,
    Person,
    Waiting,
    day_weight,
    idle_weight,
    place_weight,
    pressing,
    pressing_weight,
    reasons,
)
from samspil.routing.rules.later import Later, laters

ANSWERED = 10.0
"""What it counts that a conversation is given to anybody who suits: more than anything counts against, so no place stays free."""
EXACT = 300_000
"""So many pairs are all looked at."""
SPREAD = 180_000
"""Of more, about so many, and at least LEAST for each conversation."""
LEAST = 10
STEP = 0.25
"""Beyond EXACT sums are told apart by steps of this, two and a half minutes of waiting. Fewer different sums are solved in under half the time."""
GOLDEN = 0.6180339887498949
FIRST_COME = 1e-6
"""Between equals, who came first."""


@dataclass(slots=True, kw_only=True)
class _Places:
    """Free places, one an element: ``owner`` the index of the person, ``value`` what the place itself counts.

    ``first`` and ``count`` say which are a person's; ``levels`` and ``tracks`` are competences x people, the row by ``number``, and
    one row of nothing at the end.
    """

    people: list[Person]
    owner: Any
    value: Any
    first: Any
    count: Any
    number: Mapping[UUID, int]
    levels: Any
    tracks: Any

    def row(self, competence: UUID | None) -> int:
        """The row of a competence; that of nothing if nobody holds it."""
        return self.number.get(competence, len(self.number)) if competence else len(self.number)


@dataclass(slots=True, kw_only=True)
class _Pairs:
    """Candidate pairs: the row of a conversation, the column of a place."""

    row: Any
    column: Any
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A conversation waits for ``colleague``, free in about ``minutes``, and not past ``until``; else ``otherwise`` would get it now."""

    colleague: UUID
    minutes: float
    until: datetime
    otherwise: UUID


@dataclass(slots=True, kw_only=True)
class Shared:
    """What is given, first come first; and what waits for the right one though somebody else could have it."""

    given: list[tuple[Waiting, Choice]]
    held: list[tuple[Waiting, Hold]]


def assign(
    waiting: Sequence[Waiting], people: Sequence[Person], at: datetime, *, desk: bool = True
) -> list[tuple[Waiting, Choice]]:
    """What :func:`share` gives when nothing waits for anybody."""
    return share(waiting, people, at, desk=desk).given


def share(
    waiting: Sequence[Waiting], people: Sequence[Person], at: datetime, *, desk: bool = True, patience: timedelta = timedelta()
) -> Shared:
    """Give what waits to free places, the sum of all reasons as great as it can be; first come first.

    ``desk``: only to who is at the desk now or reached elsewhere, and waiting counts; otherwise also to who will soon see it, as for what has just
    arrived. Each conversation goes to one colleague at most, nobody gets more than there are places or than the day allows, and no
    place stays free that suits something, but for ``patience``: so long after its arrival, and not past its promise, a conversation
    may wait for whom its consumer knows (see :mod:`later`).
    """
    items = sorted({item.conversation: item for item in waiting}.values(), key=lambda item: (item.since, str(item.conversation)))
    able = sorted((p for p in people if (p.takes(at) if desk else p.at_work(at))), key=lambda p: str(p.id))
    loads = {p.id: p.load for p in able}
    known = {p.id: p for p in people if p.soon and p.active and not p.outside} if patience else {}
    shared = Shared(given=[], held=[])
    while items:
        places = _places([p for p in able if p.free(loads[p.id]) > 0], loads, at)
        if not places.people:
            break
        pairs = _pairs(items, places)
        value = _values(pairs, items, places, at, aged=desk)
        later = laters(items, known, at, patience, aged=desk) if known else []
        now, soon = _solve(pairs, value, later, len(items), len(places.owner))
        shared.held += _held(soon, pairs, value, items, places)
        shared.given += _choices(now, items, places, loads, at, aged=desk)
        if not now or pairs.exact:
            break
        known = {ident: person for ident, person in known.items() if ident not in {one.person.id for one in soon}}
        taken = {row for row, _ in now} | {one.row for one in soon}
        items = [item for row, item in enumerate(items) if row not in taken]
    return shared


def _places(people: list[Person], loads: Mapping[UUID, int], at: datetime) -> _Places:
    count = np.array([p.free(loads[p.id]) for p in people], dtype=np.int64)
    owner = np.repeat(np.arange(len(people)), count)
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    load = np.arange(len(owner)) - first[owner] + np.array([loads[p.id] for p in people], dtype=np.int64)[owner]
    value = [_of_place(people[o], at, n) for o, n in zip(owner.tolist(), load.tolist(), strict=True)]
    number = {c: n for n, c in enumerate(sorted({c for p in people for c in p.levels}, key=str))}
    levels = np.zeros((len(number) + 1, len(people)))
    tracks = np.zeros_like(levels)
    for n, person in enumerate(people):
        for c, level in person.levels.items():
            levels[number[c], n] = level
        for c, track in person.tracks.items():
            tracks[number.get(c, -1), n] = track.weight if c in number else 0.0
    return _Places(
        people=people, owner=owner, value=np.array(value), first=first, count=count, number=number, levels=levels, tracks=tracks
    )


def _of_place(person: Person, at: datetime, load: int) -> float:
    present = PRESENT if person.at_desk(at) else 0.0
    return present + place_weight(person, load) + day_weight(person, load) + idle_weight(person, at, load)


def _pairs(items: Sequence[Waiting], places: _Places) -> _Pairs:
    """The pairs to look at: all, or for each conversation some of the places that suit it and all of whom the consumer knows."""
    asking: dict[UUID, list[int]] = {}
    for row, item in enumerate(items):
        if item.asked.competence is not None:
            asking.setdefault(item.asked.competence, []).append(row)
    suiting = {c: _suiting(c, places) for c in asking}
    exact = sum(len(rows) * len(suiting[c]) for c, rows in asking.items()) <= EXACT
    each = len(places.owner) if exact else max(SPREAD // len(items), LEAST)
    rows, columns = [], []
    for competence, those in asking.items():
        mine = suiting[competence]
        if len(mine):
            rows.append(np.repeat(np.array(those, dtype=np.int64), min(each, len(mine))))
            columns.append(_spread(mine, len(those), each))
    known = _known(items, places)
    keys = np.unique(np.concatenate([*rows, known[0]]) * len(places.owner) + np.concatenate([*columns, known[1]]))
    return _Pairs(row=keys // len(places.owner), column=keys % len(places.owner), exact=exact)


def _suiting(competence: UUID, places: _Places) -> Any:
    """The places of those who hold a competence, best first."""
    row = places.row(competence)
    level = places.levels[row][places.owner]
    able = np.flatnonzero(level > 0)
    worth = level[able] * LEVEL + places.tracks[row][places.owner[able]] + places.value[able]
    return able[np.argsort(-worth, kind="stable")]


def _spread(mine: Any, number: int, each: int) -> Any:
    """For each of so many conversations ``each`` of the places, the best ones densest and none of two conversations alike."""
    if len(mine) <= each:
        return np.tile(mine, number)
    reach = min(len(mine), 4 * number + 50)
    offset = (np.arange(number) * GOLDEN) % 1
    share = ((np.arange(each)[None, :] + offset[:, None]) / each) ** 2
    return mine[np.minimum((share * reach).astype(np.int64), reach - 1)].ravel()


def _known(items: Sequence[Waiting], places: _Places) -> tuple[Any, Any]:
    """Pairs with whom the consumer knows, if that colleague suits."""
    index = {person.id: n for n, person in enumerate(places.people)}
    rows, columns = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for row, item in enumerate(items):
        who = index.get(item.asked.last) if item.asked.last else None
        if who is not None and (item.asked.competence is None or places.people[who].levels.get(item.asked.competence, 0) > 0):
            rows.append(np.full(places.count[who], row))
            columns.append(np.arange(places.first[who], places.first[who + 1]))
    return np.concatenate(rows), np.concatenate(columns)


def _values(pairs: _Pairs, items: Sequence[Waiting], places: _Places, at: datetime, *, aged: bool) -> Any:
    """The sum of the reasons of each pair."""
    who = places.owner[pairs.column]
    of_row = np.array([places.row(item.asked.competence) for item in items])[pairs.row]
    value = places.value[pairs.column] + places.levels[of_row, who] * LEVEL + places.tracks[of_row, who]
    besides = [item.asked.besides for item in items]
    for nth in range(max(map(len, besides), default=0)):
        which = np.array([places.row(b[nth][0] if len(b) > nth else None) for b in besides])
        share = np.array([b[nth][1] if len(b) > nth else 0.0 for b in besides])
        value += share[pairs.row] * places.levels[which[pairs.row], who] * LEVEL
    index = {person.id: n for n, person in enumerate(places.people)}
    last = np.array([index.get(item.asked.last, -1) if item.asked.last else -1 for item in items])
    value += CONTINUITY * (last[pairs.row] == who)
    value += _speaking(pairs, items, places, who)
    if aged:
        value += np.array([pressing_weight(item, at) for item in items])[pairs.row]
    return value + FIRST_COME * (1 - pairs.row / len(items)) if pairs.exact else np.round(value / STEP) * STEP


def _speaking(pairs: _Pairs, items: Sequence[Waiting], places: _Places, who: Any) -> Any:
    spoken = sorted({language for person in places.people for language in person.languages})
    if not spoken:
        return 0.0
    speaks = np.array([[language in p.languages for p in places.people] for language in spoken] + [[False] * len(places.people)])
    asked = np.array([spoken.index(i.asked.language) if i.asked.language in spoken else len(spoken) for i in items])
    return SPEAKS * speaks[asked[pairs.row], who]


def _solve(
    pairs: _Pairs, value: Any, later: Sequence[Later], conversations: int, places: int
) -> tuple[list[tuple[int, int]], list[Later]]:
    """The best matching of the pairs, now and later. The smaller side is matched wholly, with a way out of no value for each."""
    if not len(pairs.row):
        return [], []
    from scipy.sparse import csr_matrix  # only who has something to share out pays for loading it
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    number = {ident: places + n for n, ident in enumerate(sorted({one.person.id for one in later}, key=str))}
    columns = places + len(number)
    named = np.concatenate([pairs.row, np.array([one.row for one in later], dtype=np.int64)])
    placed = np.concatenate([pairs.column, np.array([number[one.person.id] for one in later], dtype=np.int64)])
    small, large = (conversations, columns) if conversations <= columns else (columns, conversations)
    row, column = (named, placed) if conversations <= columns else (placed, named)
    worth = np.concatenate([value + ANSWERED, np.array([one.worth + ANSWERED for one in later]), np.zeros(small)])
    out = np.arange(small)
    cost = csr_matrix(
        (worth.max() + 1 - worth, (np.concatenate([row, out]), np.concatenate([column, large + out]))),
        shape=(small, large + small),
    )
    one, other = min_weight_full_bipartite_matching(cost)
    kept = other < large
    first, second = (one, other) if conversations <= columns else (other, one)
    got = sorted(zip(first[kept].tolist(), second[kept].tolist(), strict=True))
    of_row = {one.row: one for one in later}
    return [pair for pair in got if pair[1] < places], [of_row[pair[0]] for pair in got if pair[1] >= places]


def _held(
    soon: Sequence[Later], pairs: _Pairs, value: Any, items: Sequence[Waiting], places: _Places
) -> list[tuple[Waiting, Hold]]:
    """Those that wait though somebody else could have them, with who that is."""
    found = []
    for one in soon:
        those = np.flatnonzero(pairs.row == one.row)
        if len(those):
            best = places.people[places.owner[pairs.column[those[value[those].argmax()]]]]
            hold = Hold(colleague=one.person.id, minutes=one.minutes, until=one.until, otherwise=best.id)
            found.append((items[one.row], hold))
    return found


def _choices(
    got: Sequence[tuple[int, int]], items: Sequence[Waiting], places: _Places, loads: dict[UUID, int], at: datetime, *, aged: bool
) -> list[tuple[Waiting, Choice]]:
    """The pairs with their reasons, in the order of waiting. A person's places are taken from the first on, whichever was named."""
    found = []
    for row, column in got:
        item, person = items[row], places.people[places.owner[column]]
        given = reasons(person, item.asked, at, loads[person.id])
        loads[person.id] += 1
        given = (*given, *pressing(item, at)) if aged else given
        found.append((item, Choice(colleague=person.id, unit=person.unit, reasons=given)))
    return found
