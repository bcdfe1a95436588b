"""Pure decisions of identity: whose is a handle that was just seen?

Only deterministic evidence joins by itself: the same handle, and what is proved by an HMAC of our own site, by the network
or by our signed reply token. What somebody typed proves nothing: it names a handle that nobody has yet, and no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

PROVED = frozenset({"hmac", "network", "token"})
STRENGTH = {"same": 1.0, "hmac": 1.0, "network": 1.0, "token": 0.99, "typed": 0.5}
WORDS = {
    "same": "Wrote from this address",
    "hmac": "Was signed in on our own site",
    "network": "The network has verified the address",
    "token": "Answered through our signed address",
    "typed": "Wrote this address in the chat",
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A handle that acted, and the other handles claimed with it as (handle, how)."""

    handle: UUID
    display: str = ""
    claims: Sequence[tuple[UUID, str]] = ()


@dataclass(slots=True)
class Verdict:
    """What to do: links to make as (handle, consumer, how), consumers to make with their names, pairs to merge (kept, absorbed, how)."""

    owner: dict[UUID, UUID] = field(default_factory=dict)
    links: list[tuple[UUID, UUID, str]] = field(default_factory=list)
    consumers: dict[UUID, str] = field(default_factory=dict)
    merges: list[tuple[UUID, UUID, str]] = field(default_factory=list)


def recognise(
    sightings: Sequence[Sighting],
    owners: Mapping[UUID, UUID],
    fresh: Sequence[UUID],
    vetoes: frozenset[frozenset[UUID]] = frozenset(),
) -> Verdict:
    """Decide for a whole batch.

    ``owners`` is the consumer of each handle that has one; ``fresh`` are ids for new consumers, at least one a sighting;
    ``vetoes`` are pairs of consumers that a person has taken apart, which nothing joins by itself again.
    """
    verdict = Verdict(owner=dict(owners))
    free = iter(fresh)
    stands_for: dict[UUID, UUID] = {}

    def root(consumer: UUID) -> UUID:
        while consumer in stands_for:
            consumer = stands_for[consumer]
        return consumer

    for seen in sightings:
        proved = [(handle, how) for handle, how in seen.claims if how in PROVED and handle != seen.handle]
        mine = verdict.owner.get(seen.handle)
        if mine is None:
            known = next(((verdict.owner[h], how) for h, how in proved if h in verdict.owner), None)
            if known is None:
                mine = next(free)
                verdict.consumers[mine] = seen.display
                verdict.links.append((seen.handle, mine, "same"))
            else:
                mine, how = known
                verdict.links.append((seen.handle, mine, how))
            verdict.owner[seen.handle] = mine
        mine = root(mine)
        for handle, how in seen.claims:
            theirs = verdict.owner.get(handle)
            if theirs is None:
                verdict.owner[handle] = mine
                verdict.links.append((handle, mine, how))
            elif how in PROVED and root(theirs) != mine and frozenset((root(theirs), mine)) not in vetoes:
                kept = root(theirs)
                verdict.merges.append((kept, mine, how))
                stands_for[mine] = kept
                mine = kept
    verdict.owner = {handle: root(consumer) for handle, consumer in verdict.owner.items()}
    return verdict


def evidence(how: str) -> list[dict[str, object]]:
    """The evidence of one link as it is stored."""
    return [{"kind": how, "strength": STRENGTH[how], "words": WORDS[how]}]
