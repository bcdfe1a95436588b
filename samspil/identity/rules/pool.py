"""Who is who in a whole file or base: pairs, then groups, then what each group knows together finds what is left over.

A group's members correct each other's mistakes: its pooled profile has the most frequent value of each field. Groups are then compared
as handles are, by their pooled profiles, and those that are one person's are joined; a few rounds of this.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import Any

import numpy as np
import pyarrow as pa

from samspil.identity.rules import profile as profiles_
from samspil.identity.rules.batch import CAP, pairs
from samspil.identity.rules.cluster import cluster
from samspil.identity.rules.model import Model
from samspil.identity.rules.profile import LISTS, NAMES, Profile

Blocking = Callable[[Profile], Sequence[int]]
SHARE = 0.25
"""Share of a group's members that must have a member of a set, for the group to have it."""


@dataclass(slots=True)
class People:
    """``pairs`` as ``batch.pairs`` found them, ``groups`` the group of each profile (the lowest place of its members)."""

    pairs: pa.Table
    groups: list[int]


def resolve(
    profiles: Sequence[Profile],
    model: Model,
    *,
    at: float | None = None,
    engine: str = "duckdb",
    session: Any = None,
    blocking: Blocking = profiles_.keys,
    cap: int = CAP,
    rounds: int = 0,
    vetoes: Iterable[tuple[int, int]] = (),
    found: pa.Table | None = None,
) -> People:
    """Pairs and groups at the probability ``at`` (the model's ``join``); ``rounds`` of pooling. ``found`` are pairs that are known already."""
    at = model.join if at is None else at
    scored = pairs(profiles, model, engine=engine, session=session, blocking=blocking, cap=cap) if found is None else found
    apart = list(vetoes)
    groups = cluster(len(profiles), edges(scored, at), apart)
    for _ in range(rounds):
        before = len(set(groups))
        groups = _pooled(profiles, groups, model, at, blocking, cap, apart)
        if len(set(groups)) == before:
            break
    return People(scored, groups)


def edges(scored: pa.Table, at: float) -> list[tuple[int, int, float]]:
    """Scored pairs as edges for ``cluster``: bits over the threshold probability."""
    chance = np.clip(scored["probability"].to_numpy(), 1e-12, 1 - 1e-12)
    bits = np.log2(chance / (1 - chance)) - log2(at / (1 - at))
    return list(zip(scored["left"].to_pylist(), scored["right"].to_pylist(), bits.tolist(), strict=True))


def _pooled(
    profiles: Sequence[Profile],
    groups: list[int],
    model: Model,
    at: float,
    blocking: Blocking,
    cap: int,
    vetoes: list[tuple[int, int]],
) -> list[int]:
    members: dict[int, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    order = sorted(members)
    number = {group: n for n, group in enumerate(order)}
    together = [pooled([profiles[p] for p in members[g]]) for g in order]
    scored = pairs(together, model, blocking=blocking, cap=cap, threshold=0.01)
    apart = [(number[groups[a]], number[groups[b]]) for a, b in vetoes]
    joined = cluster(len(order), edges(scored, at), apart)
    return [order[joined[number[group]]] for group in groups]


def pooled(members: Sequence[Profile]) -> Profile:
    """What a group knows together: the most frequent value of each field, of sets what a quarter of the members have."""
    if len(members) == 1:
        return members[0]
    changed: dict[str, Any] = {}
    for name in NAMES:
        values = [v for v in (getattr(m, name) for m in members) if v is not None]
        if not values:
            continue
        if name == "extra":
            every = {k for v in values for k in v}
            changed[name] = {k: _most([v[k] for v in values if k in v]) for k in sorted(every)}
        elif name in LISTS:
            counts = Counter(x for v in values for x in v)
            changed[name] = tuple(sorted(x for x, n in counts.items() if n >= SHARE * len(values))) or None
        else:
            changed[name] = _most(values)
    return replace(members[0], **changed)


def _most(values: Sequence[Any]) -> Any:
    counts = Counter(values)
    return min(counts, key=lambda v: (-counts[v], str(v)))
