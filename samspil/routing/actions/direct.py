"""Finding colleagues for what a rule sends to a competence, a unit or a colleague, many at once; the decision is kept with the rule's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base import sql
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.routing.actions.record import one_at_a_time
from samspil.routing.queries.active import standing
from samspil.routing.queries.people import people
from samspil.routing.rules.choose import Asked, Loads, Person, Reason, choose, home


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Where a rule called ``rule`` sends one conversation. ``find``: to who can best in the competence, else as it says."""

    conversation: UUID
    rule: str
    competence: UUID | None = None
    unit: UUID | None = None
    colleague: UUID | None = None
    find: bool = False


def direct(*, sent: Sequence[Sent], at: datetime) -> list[Sent]:
    """The same with unit and colleague found for those that ``find``; each is kept as a decision of Samspil's.

    The conversations themselves are the caller's to change. Joins the caller's step; a constant number of statements.
    """
    if not sent:
        return []
    with step():
        wanted = {s.competence for s in sent if s.find and s.competence}
        candidates: list[Person] = []
        triage = None
        if wanted:
            one_at_a_time()
            candidates, triage = people(competences=wanted, at=at), standing().triage
        found, reasons = _found(sent, candidates, triage, at)
        sql.copy(
            "routing_decision",
            ("id", "conversation_id", "at", "competence_id", "unit_id", "colleague_id", "reasons"),
            [
                (new_id(), s.conversation, at, s.competence, s.unit, s.colleague, sql.Jsonb([r.as_json() for r in reasons[n]]))
                for n, s in enumerate(found)
            ],
        )
    return found


def _found(
    sent: Sequence[Sent], candidates: Sequence[Person], triage: UUID | None, at: datetime
) -> tuple[list[Sent], Mapping[int, list[Reason]]]:
    loads = Loads(candidates)
    found, reasons = [], {}
    for n, s in enumerate(sent):
        reasons[n] = [Reason(kind="rule", words=(s.rule,), weight=1.0)]
        if s.competence is None or not s.find:
            found.append(s)
            continue
        best = choose(Asked(competence=s.competence), candidates, at, loads)
        if best:
            loads.add(best.colleague)
            reasons[n].extend(best.reasons)
        else:
            reasons[n].append(Reason(kind="queue" if home(s.competence, candidates) else "nobody"))
        unit = (best.unit if best else None) or home(s.competence, candidates) or triage
        found.append(
            Sent(
                conversation=s.conversation,
                rule=s.rule,
                competence=s.competence,
                unit=unit,
                colleague=best.colleague if best else None,
            )
        )
    return found, reasons
