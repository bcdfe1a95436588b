"""Deciding on what has just arrived: one prediction and a constant number of statements for the whole batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.routing.actions.record import Decided, one_at_a_time, record, waits
from samspil.routing.queries.active import Standing, standing
from samspil.routing.queries.people import people
from samspil.routing.queries.policy import policy
from samspil.routing.queries.precedents import precedents
from samspil.routing.queries.soon import foretell
from samspil.routing.rules.assign import Hold, share
from samspil.routing.rules.choose import Asked, Choice, Person, Reason, Waiting, choose, home
from samspil.routing.rules.model import Prediction
from samspil.routing.rules.precedent import Precedent, precedent

REMEMBERED = timedelta(days=90)
"""Who answered the consumer within this time is the one the consumer knows."""

LAST_ANSWERED = (
    "SELECT i.colleague_id, i.at FROM identity_link l CROSS JOIN LATERAL ("
    " SELECT colleague_id, outgoing, kind, at FROM intake_interaction WHERE handle_id = l.handle_id"
    " ORDER BY at DESC, id DESC LIMIT 20) i"
    " WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL"
    " AND i.outgoing AND i.kind = 'message' AND i.colleague_id IS NOT NULL ORDER BY i.at DESC LIMIT 1"
)
"""Of the newest interactions of each handle of the consumer of ``c``, the newest of a colleague, and when.

Whether that is still REMEMBERED is asked of the answer: a time in the question would have PostgreSQL plan it anew each time.
"""
BY_HAND = (
    "EXISTS (SELECT 1 FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'assigned' AND e.by_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM routing_decision h WHERE h.conversation_id = c.id AND h.at >= e.at"
    """  AND h.reasons @> '[{"kind": "handed_over"}]'))"""
)
"""A colleague has given ``c`` to somebody, or put it back: routing keeps its hands off, until it has to be handed over."""
_UNDECIDED = (
    "SELECT c.id, last.colleague_id, last.at, d.id IS NOT NULL FROM conversation c"
    " LEFT JOIN organisation_colleague g ON g.id = c.assignee_id"
    " LEFT JOIN LATERAL (SELECT id, by_id, unit_id FROM routing_decision WHERE conversation_id = c.id"
    "  ORDER BY at DESC, id DESC LIMIT 1) d ON true"
    f" LEFT JOIN LATERAL ({LAST_ANSWERED}) last ON true"
    " WHERE {those} AND c.merged_into_id IS NULL AND c.status <> 'done'"
    " AND (g.is_active IS FALSE OR (c.assignee_id IS NULL AND c.competence_id IS NULL AND d.by_id IS NULL"
    f"  AND (c.unit_id IS NULL OR c.unit_id = d.unit_id) AND NOT {BY_HAND}))"
)


def decide(*, texts: Mapping[UUID, str], at: datetime, strangers: Collection[UUID] = ()) -> None:
    """Send each conversation to the colleague who can, with reasons; what a colleague has decided on stays as it is.

    ``texts`` is what the consumer has just written, by conversation; ``strangers`` are conversations that somebody new has just
    begun, of which there is nothing to ask. Without a sure competence: to who last answered the
    consumer, else to the triage unit. When nobody suitable has a free place: into the queue of the unit that knows.
    """
    with step():
        now = standing()
        undecided = _undecided([ident for ident in texts if ident not in strangers], at)
        undecided.update((ident, _Undecided(ident)) for ident in texts if ident in strangers)
        rows = [undecided[ident] for ident in texts if ident in undecided]  # first come, first served
        if not rows:
            return
        found, lack = now.predict([texts[row.conversation] for row in rows])
        predictions = dict(zip([row.conversation for row in rows], found, strict=True)) if found else {}
        like = _precedents(texts, rows, predictions, now, at)
        asked = {row.conversation: _asked(row, predictions.get(row.conversation), texts, now, like) for row in rows}
        fresh = {row.conversation for row in rows if not row.decided}
        wanted = {c for a in asked.values() if a.competence for c in (a.competence, *(c for c, _ in a.wanted))}
        known = {a.last for a in asked.values() if a.last}
        candidates: list[Person] = []
        if wanted or known:
            one_at_a_time()
            candidates = people(competences=wanted, colleagues=known, at=at)
        decided = _share_out(asked, predictions, like, candidates, replace(now, lack=lack), at)
        record(
            decided=[d for d in decided if d.conversation in fresh or d.competence or d.colleague],
            at=at,
            classifier=now.classifier,
        )


@dataclass(frozen=True, slots=True)
class _Undecided:
    """``last`` is the colleague whom the consumer knows; ``decided`` when routing has decided before."""

    conversation: UUID
    last: UUID | None = None
    decided: bool = False


def remembered(*, colleague: UUID | None, when: datetime | None, at: datetime) -> UUID | None:
    """Whom the consumer knows: who answered last, if that is not too long ago."""
    return colleague if when is not None and when > at - REMEMBERED else None


def _undecided(conversations: Sequence[UUID], at: datetime) -> dict[UUID, _Undecided]:
    if not conversations:
        return {}
    those, ids = sql.among("c.id", conversations)
    return {
        ident: _Undecided(ident, remembered(colleague=last, when=when, at=at), decided)
        for ident, last, when, decided in sql.run(_UNDECIDED.replace("{those}", those), [ids])
    }


Like = Mapping[UUID, tuple[Precedent, float]]
"""Of conversations that the classifier is not sure of: the precedent, and how like it is."""


def _precedents(
    texts: Mapping[UUID, str], rows: Sequence[_Undecided], predictions: Mapping[UUID, Prediction], now: Standing, at: datetime
) -> Like:
    """What a colleague has said of a conversation that began alike. Asked for only where the classifier does not know; one statement."""
    open_ = [row.conversation for row in rows if not ((p := predictions.get(row.conversation)) and p.sure)]
    if not open_ or not now.competences:
        return {}
    known = precedents(at=at, among=now.competences)
    found = {ident: precedent(texts[ident], [k for k in known if k.conversation != ident]) for ident in open_} if known else {}
    return {ident: like for ident, like in found.items() if like}


def _asked(row: _Undecided, prediction: Prediction | None, texts: Mapping[UUID, str], now: Standing, like: Like) -> Asked:
    """What is asked for. All of it stands in only where the first is sure; «I do not know» stays that, without a precedent."""
    if row.conversation in like:
        return Asked(competence=like[row.conversation][0].competence, last=row.last)
    if prediction is None or not prediction.sure:
        return Asked(last=row.last)
    return Asked(competence=prediction.competence, last=row.last, wanted=tuple(now.wanted(texts[row.conversation])))


def _share_out(
    asked: Mapping[UUID, Asked],
    predictions: Mapping[UUID, Prediction],
    like: Like,
    candidates: Sequence[Person],
    now: Standing,
    at: datetime,
) -> list[Decided]:
    chosen, held = _choose(asked, candidates, at)
    why = dict(zip(held, waits(held=list(held.values())), strict=True))
    decided = []
    for conversation, a in asked.items():
        prediction = predictions.get(conversation)
        reasons = [_like(*like[conversation]) if conversation in like else _why(prediction, now)]
        choice = chosen.get(conversation)
        unit = now.triage
        if choice:
            reasons.extend(choice.reasons)
            unit = choice.unit or (home(a.competence, candidates) if a.competence else None) or now.triage
        elif a.competence:
            knows = home(a.competence, candidates)
            reasons.append(why.get(conversation) or Reason(kind="queue" if knows else "nobody"))
            unit = knows or now.triage
        else:
            reasons.append(Reason(kind="triage"))
        decided.append(
            Decided(
                conversation=conversation,
                reasons=reasons,
                competence=a.competence,
                confidence=prediction.probability if prediction else None,
                unit=unit,
                colleague=choice.colleague if choice else None,
                wanted=a.wanted,
            )
        )
    return decided


def _like(found: Precedent, share: float) -> Reason:
    return Reason(kind="precedent", words=(found.by or "Samspil",), weight=round(share, 4))


def _choose(
    asked: Mapping[UUID, Asked], candidates: Sequence[Person], at: datetime
) -> tuple[dict[UUID, Choice], dict[UUID, Hold]]:
    """Who gets what: one alone the best, many together the best for all; and what waits for whom its consumer knows."""
    patience = policy().patience_minutes if any(a.last for a in asked.values()) else 0
    known = {a.last for a in asked.values() if a.last} if patience else set()
    candidates = foretell(candidates, known=known, at=at, minutes=patience)
    if len(asked) == 1 and not any(p.soon for p in candidates):
        return {conversation: best for conversation, a in asked.items() if (best := choose(a, candidates, at))}, {}
    tick = timedelta(microseconds=1)
    waiting = [Waiting(conversation=c, asked=a, since=at + n * tick) for n, (c, a) in enumerate(asked.items())]  # first come
    shared = share(waiting, candidates, at, desk=False, patience=timedelta(minutes=patience))
    return {item.conversation: choice for item, choice in shared.given}, {item.conversation: hold for item, hold in shared.held}


def _why(prediction: Prediction | None, now: Standing) -> Reason:
    if prediction is None:
        return Reason(kind=now.lack or "no_model")
    return Reason(kind=prediction.why_not or "words", words=prediction.words, weight=prediction.probability)
