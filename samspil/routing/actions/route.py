"""Deciding on what has just arrived: one prediction and a constant number of statements for the whole batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.routing.actions.record import LOCK, Decided, one_at_a_time, record
from samspil.routing.queries.active import Standing, standing
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Asked, Loads, Person, Reason, choose, home
from samspil.routing.rules.model import Prediction

REMEMBERED = timedelta(days=90)
"""Who answered the consumer within this time is the one the consumer knows."""

LAST_ANSWERED = (
    "SELECT i.colleague_id FROM identity_link l CROSS JOIN LATERAL ("
    " SELECT colleague_id, outgoing, at FROM intake_interaction WHERE handle_id = l.handle_id"
    " ORDER BY at DESC, id DESC LIMIT 20) i"
    " WHERE l.consumer_id = c.consumer_id AND l.ended_at IS NULL"
    " AND i.outgoing AND i.colleague_id IS NOT NULL AND i.at > %(since)s ORDER BY i.at DESC LIMIT 1"
)
"""Of the newest interactions of each handle of the consumer of ``c``, the newest of a colleague."""
BY_HAND = (
    "EXISTS (SELECT 1 FROM conversation_event e WHERE e.conversation_id = c.id AND e.kind = 'assigned' AND e.by_id IS NOT NULL)"
)
"""A colleague has given ``c`` to somebody, or put it back: routing keeps its hands off."""
_UNDECIDED = (
    f"SELECT c.id, ({LAST_ANSWERED}), d.id IS NOT NULL,"
    f" CASE WHEN %(lock)s THEN (SELECT pg_try_advisory_xact_lock({LOCK})) ELSE false END FROM conversation c"
    " LEFT JOIN organisation_colleague g ON g.id = c.assignee_id"
    " LEFT JOIN LATERAL (SELECT id, by_id, unit_id FROM routing_decision WHERE conversation_id = c.id"
    "  ORDER BY at DESC, id DESC LIMIT 1) d ON true"
    " WHERE c.id = ANY(%(ids)s) AND c.merged_into_id IS NULL AND c.status <> 'done'"
    " AND (g.is_active IS FALSE OR (c.assignee_id IS NULL AND c.competence_id IS NULL AND d.by_id IS NULL"
    f"  AND (c.unit_id IS NULL OR c.unit_id = d.unit_id) AND NOT {BY_HAND}))"
)


def decide(*, texts: Mapping[UUID, str], at: datetime) -> None:
    """Send each conversation to the colleague who can, with reasons; what a colleague has decided on stays as it is.

    ``texts`` is what the consumer has just written, by conversation. Without a sure competence: to who last answered the
    consumer, else to the triage unit. When nobody suitable has a free place: into the queue of the unit that knows.
    """
    with step():
        now = standing()
        given = {"ids": list(texts), "since": at - REMEMBERED, "lock": now.model is not None}
        undecided = {row[0]: row for row in sql.run(_UNDECIDED, given)}
        rows = [undecided[ident] for ident in texts if ident in undecided]  # first come, first served
        if not rows:
            return
        found = now.model.predict([texts[row[0]] for row in rows], among=now.competences) if now.model else []
        predictions = dict(zip([row[0] for row in rows], found, strict=True)) if found else {}
        asked = {row[0]: Asked(competence=_sure(predictions.get(row[0])), last=row[1]) for row in rows}
        fresh = {row[0] for row in rows if not row[2]}
        wanted = {a.competence for a in asked.values() if a.competence}
        known = {a.last for a in asked.values() if a.last}
        candidates: list[Person] = []
        if wanted or known:
            if not rows[0][3]:  # another process is sharing out just now; else the lock came along without a statement of its own
                one_at_a_time()
            candidates = people(competences=wanted, colleagues=known)
        decided = _share_out(asked, predictions, candidates, now, at)
        record(
            decided=[d for d in decided if d.conversation in fresh or d.competence or d.colleague],
            at=at,
            classifier=now.classifier,
        )


def _sure(prediction: Prediction | None) -> UUID | None:
    return prediction.competence if prediction and prediction.sure else None


def _share_out(
    asked: Mapping[UUID, Asked], predictions: Mapping[UUID, Prediction], candidates: Sequence[Person], now: Standing, at: datetime
) -> list[Decided]:
    loads = Loads(candidates)
    decided = []
    for conversation, a in asked.items():
        prediction = predictions.get(conversation)
        reasons = [_why(prediction, now)]
        choice = choose(a, candidates, at, loads)
        unit = now.triage
        if choice:
            loads.add(choice.colleague)
            reasons.extend(choice.reasons)
            unit = choice.unit or (home(a.competence, candidates) if a.competence else None) or now.triage
        elif a.competence:
            knows = home(a.competence, candidates)
            reasons.append(Reason(kind="queue" if knows else "nobody"))
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
            )
        )
    return decided


def _why(prediction: Prediction | None, now: Standing) -> Reason:
    if prediction is None:
        return Reason(kind=now.lack or "no_model")
    return Reason(kind=prediction.why_not or "words", words=prediction.words, weight=prediction.probability)
