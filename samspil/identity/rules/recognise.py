"""Pure decisions of identity: whose is a handle that was just seen?

Only deterministic evidence joins by itself: the same handle, and what is proved by an HMAC of our own site, by the network
or by our signed reply token. What somebody typed proves nothing: it names a handle that nobody has yet, and no more.
"""

from collections.abc import Iterator, Mapping, Sequence
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
    "freed": "Somebody else had written this address; now it wrote itself",
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A handle that acted, and the other handles claimed with it as (handle, how)."""

    handle: UUID
    display: str = ""
    claims: Sequence[tuple[UUID, str]] = ()


@dataclass(slots=True)
class Verdict:
    """What to do.

    ``links`` to make as (handle, consumer, how, beside which handle), ``consumers`` to make with their names, ``merges`` as (kept,
    absorbed, how), and handles ``freed`` as (handle, consumer until now, consumer from now on).
    """

    owner: dict[UUID, UUID] = field(default_factory=dict)
    links: list[tuple[UUID, UUID, str, UUID | None]] = field(default_factory=list)
    consumers: dict[UUID, str] = field(default_factory=dict)
    merges: list[tuple[UUID, UUID, str]] = field(default_factory=list)
    freed: list[tuple[UUID, UUID, UUID]] = field(default_factory=list)


def recognise(
    sightings: Sequence[Sighting],
    owners: Mapping[UUID, UUID],
    fresh: Sequence[UUID],
    vetoes: frozenset[frozenset[UUID]] = frozenset(),
    *,
    shared: frozenset[UUID] = frozenset(),
    typed: frozenset[UUID] = frozenset(),
) -> Verdict:
    """Decide for a whole batch.

    ``owners`` is the consumer of each handle that has one; ``fresh`` are ids for new consumers, at least one a sighting;
    ``vetoes`` are pairs of consumers that a person has said are two, which nothing joins by itself; ``shared`` are handles of several
    people, which join nobody; ``typed`` are handles whose only link is that somebody wrote them: who acts from one is not taken over.
    """
    batch = _Batch(Verdict(owner=dict(owners)), iter(fresh), vetoes)
    for seen in sightings:
        claims = [] if seen.handle in shared else [(h, how) for h, how in seen.claims if h not in shared and h != seen.handle]
        mine = batch.owner_of(seen, [(h, how) for h, how in claims if how in PROVED], typed)
        for handle, how in claims:
            mine = batch.claim(seen.handle, mine, handle, how)
    verdict = batch.verdict
    verdict.owner = {handle: batch.root(consumer) for handle, consumer in verdict.owner.items()}
    return verdict


@dataclass(slots=True)
class _Batch:
    """The decisions of one batch as they grow."""

    verdict: Verdict
    fresh: Iterator[UUID]
    vetoes: frozenset[frozenset[UUID]]
    stands_for: dict[UUID, UUID] = field(default_factory=dict)

    def root(self, consumer: UUID) -> UUID:
        """Who the consumer is after the merges of this batch."""
        while consumer in self.stands_for:
            consumer = self.stands_for[consumer]
        return consumer

    def owner_of(self, seen: Sighting, proved: Sequence[tuple[UUID, str]], typed: frozenset[UUID]) -> UUID:
        """The consumer of who acted: known, proved to be one who is known, or new."""
        verdict = self.verdict
        mine = verdict.owner.get(seen.handle)
        if mine is not None and seen.handle in typed and not any(verdict.owner.get(h) == mine for h, _ in proved):
            alone = self._new(seen)
            verdict.freed.append((seen.handle, mine, alone))
            mine = verdict.owner[seen.handle] = alone
        elif mine is None:
            known = next(((h, how) for h, how in proved if h in verdict.owner), None)
            if known is None:
                mine = self._new(seen)
                verdict.links.append((seen.handle, mine, "same", None))
            else:
                beside, how = known
                mine = verdict.owner[beside]
                verdict.links.append((seen.handle, mine, how, beside))
            verdict.owner[seen.handle] = mine
        return self.root(mine)

    def _new(self, seen: Sighting) -> UUID:
        made = next(self.fresh)
        self.verdict.consumers[made] = seen.display
        return made

    def claim(self, by: UUID, mine: UUID, handle: UUID, how: str) -> UUID:
        """Take in one claim; the consumer of who made it, after that."""
        theirs = self.verdict.owner.get(handle)
        if theirs is None:
            self.verdict.owner[handle] = mine
            self.verdict.links.append((handle, mine, how, by))
        elif how in PROVED and self.root(theirs) != mine and frozenset((self.root(theirs), mine)) not in self.vetoes:
            kept = self.root(theirs)
            self.verdict.merges.append((kept, mine, how))
            self.stands_for[mine] = kept
            return kept
        return mine


def evidence(how: str) -> list[dict[str, object]]:
    """The evidence of one link as it is stored."""
    return [{"kind": how, "strength": STRENGTH[how], "words": WORDS[how]}]
