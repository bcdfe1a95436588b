"""A new handle is compared with those that it might be the same person as: found by shared keys, weighed with the weights in force."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import publish, step
from samspil.base.ids import new_id
from samspil.identity.actions.decide import merge_by_match
from samspil.identity.actions.veto import vetoes_among
from samspil.identity.facts import PairsSuggested
from samspil.identity.queries.known import profiles
from samspil.identity.queries.weights import thresholds, weights
from samspil.identity.rules.decide import Compared, decide, parts_of, turned
from samspil.identity.rules.gain import Hangs, gain
from samspil.identity.rules.model import Model, Score
from samspil.identity.rules.profile import Profile, keys

PIECE = 500
"""Handles that are compared at a time."""
COMMON = 100
"""A key that more handles have says nothing by itself."""
CANDIDATES = 12
"""Handles that one is compared with at most: those that share most keys."""
WHY = "The handles match at the organisation's own threshold"


@dataclass(frozen=True, slots=True)
class Result:
    """How many pairs of consumers were joined, and how many were suggested."""

    joined: int = 0
    suggested: int = 0


# Of a key that many have, only so many are read as tell that there are too many.
_CANDIDATES = (
    "SELECT f.handle, f.other, p.data, mine.consumer_id, theirs.consumer_id, EXISTS (SELECT 1 FROM identity_mark k"
    "  WHERE k.handle_id IN (f.handle, f.other) AND k.ended_at IS NULL)"
    " FROM (SELECT k.handle, c.handle_id AS other,"
    "  row_number() OVER (PARTITION BY k.handle ORDER BY count(*) DESC, c.handle_id DESC) AS place"
    "  FROM unnest(%s::uuid[], %s::bigint[]) AS k(handle, key) CROSS JOIN LATERAL ("
    "   SELECT y.handle_id FROM (SELECT x.handle_id, count(*) OVER () AS n"
    f"    FROM (SELECT handle_id FROM identity_key WHERE key = k.key LIMIT {COMMON + 1}) x) y"
    f"   WHERE y.n <= {COMMON} AND y.handle_id <> k.handle) c GROUP BY k.handle, c.handle_id) f"
    " JOIN identity_profile p ON p.handle_id = f.other"
    " JOIN identity_link mine ON mine.handle_id = f.handle AND mine.ended_at IS NULL"
    " JOIN identity_link theirs ON theirs.handle_id = f.other AND theirs.ended_at IS NULL"
    f" WHERE f.place <= {CANDIDATES} ORDER BY f.handle, f.other"
)
_OWNERS = (
    "SELECT l.handle_id, l.consumer_id, EXISTS (SELECT 1 FROM identity_mark k WHERE k.handle_id = l.handle_id"
    " AND k.ended_at IS NULL) FROM identity_link l WHERE l.handle_id = ANY(%s) AND l.ended_at IS NULL"
)
_SIBLINGS = (
    "SELECT l.consumer_id, p.data FROM identity_link l JOIN identity_profile p ON p.handle_id = l.handle_id"
    " WHERE l.consumer_id = ANY(%s) AND l.ended_at IS NULL ORDER BY l.handle_id"
)
_HANGS = (
    "SELECT h.id, (SELECT count(*) FROM (SELECT 1 FROM intake_interaction WHERE handle_id = h.id LIMIT 500) x), h.last_at"
    " FROM intake_handle h WHERE h.id = ANY(%s)"
)
_SUGGEST = (
    "INSERT INTO identity_suggestion (id, one_id, other_id, bits, probability, gain, parts, source, found_at, state)"
    " SELECT * FROM {source} AS s(id, one_id, other_id, bits, probability, gain, parts, source, found_at, state)"
    " ON CONFLICT (one_id, other_id) DO UPDATE SET bits = excluded.bits, probability = excluded.probability, gain = excluded.gain,"
    " parts = excluded.parts, source = excluded.source, state = 'open' WHERE identity_suggestion.state IN ('open', 'gone')"
    " RETURNING (xmax = 0)"
)


def compare(*, handles: Sequence[UUID], at: datetime) -> Result:
    """Compare handles that have just come with all others; joins and suggestions are written.

    A constant number of statements for PIECE handles, and those of each join. Joins the caller's step.
    """
    joined = suggested = 0
    wanted = list(dict.fromkeys(handles))
    with step():
        for start in range(0, len(wanted), PIECE):
            mine = profiles(wanted[start : start + PIECE])
            keep_profiles(profiles=mine, at=at)
            done = _compare(mine, at)
            joined, suggested = joined + done.joined, suggested + done.suggested
    return Result(joined, suggested)


def keep_profiles(*, profiles: Mapping[UUID, Profile], at: datetime) -> None:
    """Write what is compared of these handles, and the keys they are found by. Joins the caller's step.

    Four statements, sent with what comes next: nobody waits for them.
    """
    ids = list(profiles)
    found = [(k, h) for h, p in profiles.items() if not p.role for k in keys(p)]
    sql.write("DELETE FROM identity_key WHERE handle_id = ANY(%s)", [ids])
    rows, values = sql.table("uuid jsonb timestamptz", [(h, sql.Jsonb(p.to_json()), at) for h, p in profiles.items()])
    sql.write(
        f"INSERT INTO identity_profile (handle_id, data, at) SELECT * FROM {rows} AS u(handle_id, data, at)"
        " ON CONFLICT (handle_id) DO UPDATE SET data = excluded.data, at = excluded.at",
        values,
    )
    if found:
        sql.write(
            "INSERT INTO identity_key (key, handle_id) SELECT * FROM unnest(%s::bigint[], %s::uuid[])",
            [[k for k, _ in found], [h for _, h in found]],
        )


def _compare(mine: Mapping[UUID, Profile], at: datetime) -> Result:
    _, model = weights()
    join_at, suggest_at = thresholds(model)
    likely = likely_of(profiles=mine, model=model, suggest_at=suggest_at)
    return conclude(likely=likely, model=model, join_at=join_at, suggest_at=suggest_at, source="live", at=at)


def likely_of(*, profiles: Mapping[UUID, Profile], model: Model, suggest_at: float) -> list[tuple[Compared, Score]]:
    """The pairs of these handles with others that are likely enough to do something about. One statement, nothing is written."""
    asked = [(h, k) for h, p in profiles.items() if not p.role for k in keys(p)]
    rows = sql.run(_CANDIDATES, [[h for h, _ in asked], [k for _, k in asked]]) if asked else []
    likely: dict[tuple[UUID, UUID], tuple[Compared, Score]] = {}
    for handle, other, data, consumer, theirs, shared in rows:
        pair = (min(handle, other), max(handle, other))
        if consumer == theirs or shared or pair in likely:
            continue
        score = model.score(profiles[handle], Profile.from_json(data))
        if score.probability >= suggest_at:
            owners = (consumer, theirs) if pair[0] == handle else (theirs, consumer)
            if pair[0] != handle:
                score = turned(score)
            likely[pair] = (Compared(*pair, *owners, score.probability, score.weight_bits), score)
    return list(likely.values())


def compared(*, scores: Sequence[tuple[UUID, UUID, Score]]) -> list[tuple[Compared, Score]]:
    """Scored pairs (one < other) with whose they are now. One statement.

    Those with a handle that is nobody's, or bears a mark (shared, look-alike, impostor), are left out.
    """
    handles = list({h for one, other, _ in scores for h in (one, other)})
    rows = sql.run(_OWNERS, [handles]) if handles else []
    owners: dict[UUID, UUID] = {handle: consumer for handle, consumer, shared in rows if not shared}
    return [
        (Compared(one, other, owners[one], owners[other], score.probability, score.weight_bits), score)
        for one, other, score in scores
        if one in owners and other in owners
    ]


def conclude(
    *,
    likely: Sequence[tuple[Compared, Score]],
    model: Model,
    join_at: float | None,
    suggest_at: float,
    source: str,
    at: datetime,
) -> Result:
    """Join, suggest or leave pairs of handles that were scored. Joins the caller's step."""
    if not likely:
        return Result()
    pairs = [pair for pair, _ in likely]
    outcome = decide(
        pairs,
        suggest_at=suggest_at,
        join_at=join_at,
        vetoes=vetoes_among(consumers={c for p in pairs for c in (p.consumer_one, p.consumer_other)}),
        against=_against(pairs, model, join_at) if join_at is not None else None,
    )
    by_pair = {(pair.one, pair.other): score for pair, score in likely}
    for pair in outcome.joins:
        score = by_pair[pair.one, pair.other]
        kept, absorbed = sorted((pair.consumer_one, pair.consumer_other))
        evidence = [{"kind": "match", "strength": round(score.probability, 4), "words": WHY, "parts": parts_of(score, model)}]
        merge_by_match(kept=kept, absorbed=absorbed, evidence=evidence, why=WHY, at=at)
    new = suggest(
        pairs=[(p.one, p.other, by_pair[p.one, p.other]) for p in outcome.suggestions], model=model, source=source, at=at
    )
    return Result(len(outcome.joins), new)


def _against(pairs: Iterable[Compared], model: Model, join_at: float) -> dict[frozenset[UUID], float]:
    """For consumers that might be joined by themselves: the lowest weight, without the prior, of any two of their handles."""
    sure = {frozenset((p.consumer_one, p.consumer_other)) for p in pairs if p.probability >= join_at}
    theirs: dict[UUID, list[Profile]] = {}
    for consumer, data in sql.run(_SIBLINGS, [list({c for between in sure for c in between})]) if sure else []:
        theirs.setdefault(consumer, []).append(Profile.from_json(data))
    found = {}
    for between in sure:
        if len(between) > 1:
            one, other = between
            bits = [model.score(a, b).weight_bits - model.prior_bits for a in theirs.get(one, ()) for b in theirs.get(other, ())]
            found[between] = min(bits, default=0.0)
    return found


def suggest(*, pairs: Sequence[tuple[UUID, UUID, Score]], model: Model, source: str, at: datetime) -> int:
    """Put pairs on the worklist, or renew what stands there; what was answered stays answered. The number of new ones. Joins the caller's step."""
    if not pairs:
        return 0
    hangs = {
        handle: (int(n), last)
        for handle, n, last in sql.run(_HANGS, [list({h for one, other, _ in pairs for h in (one, other)})])
    }
    rows = [
        (
            new_id(),
            one,
            other,
            score.weight_bits,
            score.probability,
            _gain(score, hangs, one, other, at),
            sql.Jsonb(parts_of(score, model)),
            source,
            at,
            "open",
        )
        for one, other, score in sorted(pairs, key=lambda p: (p[0], p[1]))
    ]
    table, values = sql.table("uuid uuid uuid float8 float8 float8 jsonb text timestamptz text", rows)
    new = sum(1 for (fresh,) in sql.run(_SUGGEST.format(source=table), values) if fresh)
    if new:
        publish(PairsSuggested(number=new, at=at))
    return new


def _gain(score: Score, hangs: Mapping[UUID, tuple[int, datetime]], one: UUID, other: UUID, at: datetime) -> float:
    sides = [hangs[h] for h in (one, other) if h in hangs]
    newest = max((last for _, last in sides), default=at)
    days = max(0.0, (at - newest).total_seconds() / 86_400)
    return gain(score.probability, Hangs(interactions=sum(n for n, _ in sides), days=days))
