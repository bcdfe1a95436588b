"""Why two handles are, or are not, one person: proof, what colleagues said, and the evidence that was weighed."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from samspil.base import sql
from samspil.base.errors import NotFound
from samspil.identity.models import Link, Mark
from samspil.identity.queries.known import profiles
from samspil.identity.queries.weights import weights
from samspil.identity.rules.decide import parts_of
from samspil.identity.rules.profile import keys
from samspil.identity.rules.recognise import PROVED
from samspil.intake.models import Handle


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Two handles beside each other. ``parts`` is one bar each of the waterfall (see rules.decide.parts_of) and adds up to ``bits``;
    ``proved`` are the words of what joins without weighing; ``vetoed`` when somebody said that their persons are two.
    """  # noqa: D205

    one: Handle
    other: Handle
    same: bool
    consumer_one: UUID
    consumer_other: UUID
    bits: float
    probability: float
    parts: list[dict[str, Any]] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    vetoed: bool = False
    shared: bool = False


_VETOED = (
    "SELECT EXISTS (SELECT 1 FROM identity_link x JOIN identity_link y ON y.consumer_id = %s AND y.ended_at IS NULL"
    " JOIN identity_veto v ON v.one_id = least(x.handle_id, y.handle_id) AND v.other_id = greatest(x.handle_id, y.handle_id)"
    " AND v.lifted_at IS NULL WHERE x.consumer_id = %s AND x.ended_at IS NULL)"
)


def why(one: UUID, other: UUID) -> Why:
    """What speaks for and against two handles being one person's, with the weights in force now. Six statements at most.

    Raises NotFound (no such handle, or nobody's).
    """
    handles = Handle.objects.in_bulk([one, other])
    links = {row.handle_id: row for row in Link.objects.filter(handle__in=[one, other], ended_at=None)}
    if len(handles) < 2 or len(links) < 2:  # noqa: PLR2004 - two handles
        raise NotFound("no such handle")
    known = profiles([one, other])
    _, model = weights()
    score = model.score(known[one], known[other])
    chance = score.probability
    if not set(keys(known[one])) & set(keys(known[other])):
        # Probabilities were learned of pairs that share something; those that share nothing are what their weight says.
        chance = min(chance, 1 / (1 + 2 ** min(-score.weight_bits, 900.0)))
    mine, theirs = links[one].consumer_id, links[other].consumer_id
    proved = [str(e.get("words", "")) for row in links.values() for e in row.evidence if e.get("kind") in PROVED]
    return Why(
        one=handles[one],
        other=handles[other],
        same=mine == theirs,
        consumer_one=mine,
        consumer_other=theirs,
        bits=score.weight_bits,
        probability=chance,
        parts=parts_of(score, model),
        proved=proved if mine == theirs else [],
        vetoed=mine != theirs and bool(sql.run(_VETOED, [theirs, mine])[0][0]),
        shared=Mark.objects.filter(handle__in=[one, other], kind="shared", ended_at=None).exists(),
    )
