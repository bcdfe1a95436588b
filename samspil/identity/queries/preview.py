"""What a deed would move, before it is done: computed as the deed itself computes it, and nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.identity.models import Consumer, Decision, Link
from samspil.identity.queries.steps import connected, steps_of
from samspil.identity.rules.replay import Done, switch
from samspil.intake.models import Handle


@dataclass(slots=True, kw_only=True)
class Load:
    """What hangs on some handles. ``sums`` is what was bought, by currency."""

    handles: Sequence[Handle] = ()
    interactions: int = 0
    notes: int = 0
    files: int = 0
    details: int = 0
    purchases: int = 0
    sums: Sequence[tuple[Decimal, str]] = ()


@dataclass(slots=True, kw_only=True)
class Going:
    """From one person to another. ``to`` None is a person that is made by the deed; ``name`` is what that one will be called."""

    origin: Consumer
    to: Consumer | None
    load: Load
    name: str = ""


@dataclass(slots=True, kw_only=True)
class Preview:
    """Everything that would move. ``stamp`` is the same as long as the same would move to the same persons."""

    goings: Sequence[Going]
    moves: Mapping[UUID, tuple[UUID, UUID | None]] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """A short digest of which handle goes from whom to whom."""
        lines = sorted(f"{handle} {origin} {to or ''}" for handle, (origin, to) in self.moves.items())
        return sha256("\n".join(lines).encode()).hexdigest()[:24]


def preview_merge(*, kept: UUID, absorbed: UUID) -> Preview:
    """What joining would move: every handle of ``absorbed`` to ``kept``. Raises NotFound."""
    return _preview(dict.fromkeys(_theirs(absorbed), (absorbed, kept)), {kept, absorbed})


def preview_move(*, handles: Sequence[UUID], consumer: UUID, to: UUID | None, name: str = "") -> Preview:
    """What moving these handles would move; ``to`` None is a new person called ``name``. Handles that are not theirs are left out."""
    theirs = _theirs(consumer)
    return _preview(
        {h: (consumer, to) for h in dict.fromkeys(handles) if h in theirs}, {consumer, *([to] if to else [])}, name=name
    )


def preview_undo(*, decision: UUID) -> Preview:
    """What undoing a decision would move: the same replay as the deed, with the decision out of force. Raises NotFound."""
    chain = [_decision(decision)]
    while chain[-1].undoes_id is not None:
        chain.append(_decision(chain[-1].undoes_id))
    changes = switch([Done(d.pk, d.undoes_id) for d in chain], decision, on=False)
    consumers, owners = connected(seeds=[chain[-1].kept_id, chain[-1].absorbed_id])
    _, where = steps_of(
        consumers=consumers,
        handles=list(owners),
        on=[ident for ident, on in changes.items() if on],
        off=[ident for ident, on in changes.items() if not on],
    )
    moves: dict[UUID, tuple[UUID, UUID | None]] = {h: (owners[h], c) for h, (c, _) in where.items() if owners[h] != c}
    return _preview(moves, {c for pair in moves.values() for c in pair if c})


def _decision(ident: UUID) -> Decision:
    row = Decision.objects.filter(pk=ident).first()
    if row is None:
        raise NotFound("no such decision")
    return row


def _theirs(consumer: UUID) -> frozenset[UUID]:
    return frozenset(Link.objects.filter(consumer=consumer, ended_at=None).values_list("handle_id", flat=True))


def _preview(moves: Mapping[UUID, tuple[UUID, UUID | None]], people: set[UUID], *, name: str = "") -> Preview:
    """The loads of the moves, one for each pair of persons. Four statements."""
    consumers = Consumer.objects.in_bulk(list(people))
    if len(consumers) < len(people):
        raise NotFound("no such consumer")
    handles = Handle.objects.in_bulk(list(moves))
    counts = {row[0]: row[1:] for row in sql.run(_COUNTS, [list(moves)])}
    bought: dict[UUID, list[tuple[Decimal, str, int]]] = {}
    for handle, amount, currency, n in sql.run(_BOUGHT, [list(moves)]):
        bought.setdefault(handle, []).append((amount, currency, int(n)))
    pairs: dict[tuple[UUID, UUID | None], list[UUID]] = {}
    for handle, pair in moves.items():
        pairs.setdefault(pair, []).append(handle)
    goings = []
    for (origin, to), some in sorted(pairs.items(), key=lambda item: str(item[0])):
        rows = sorted((handles[h] for h in some), key=lambda h: (h.first_at, h.pk))
        called = name or next((h.display for h in rows if h.display), str(rows[0]))
        goings.append(
            Going(
                origin=consumers[origin],
                to=consumers[to] if to else None,
                name=called if to is None else "",
                load=_load(rows, counts, bought),
            )
        )
    return Preview(goings=goings, moves=moves)


_COUNTS = (
    "SELECT h.id, (SELECT count(*) FROM intake_interaction WHERE handle_id = h.id AND kind <> 'purchase'),"
    " (SELECT count(*) FROM identity_note WHERE handle_id = h.id AND deleted_at IS NULL),"
    " (SELECT count(*) FROM identity_file WHERE handle_id = h.id AND deleted_at IS NULL),"
    " (SELECT count(*) FROM identity_detail WHERE handle_id = h.id AND ended_at IS NULL) FROM unnest(%s::uuid[]) AS h(id)"
)
_BOUGHT = (
    "SELECT handle_id, coalesce(sum(amount), 0), currency, count(*) FROM intake_interaction"
    " WHERE kind = 'purchase' AND handle_id = ANY(%s) GROUP BY 1, 3"
)


def _load(
    rows: Sequence[Handle], counts: Mapping[UUID, Sequence[int]], bought: Mapping[UUID, Sequence[tuple[Decimal, str, int]]]
) -> Load:
    interactions, notes, files, details = (sum(int(counts[h.pk][n]) for h in rows) for n in range(4))
    sums: dict[str, Decimal] = {}
    purchases = 0
    for h in rows:
        for amount, currency, n in bought.get(h.pk, ()):
            sums[currency] = sums.get(currency, Decimal(0)) + amount
            purchases += n
    return Load(
        handles=rows,
        interactions=interactions,
        notes=notes,
        files=files,
        details=details,
        purchases=purchases,
        sums=sorted(((s, c) for c, s in sums.items()), key=lambda pair: (-pair[0], pair[1])),
    )
