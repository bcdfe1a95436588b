"""What of a conversation a language model may be asked about, and where that is allowed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from samspil.assist.models import Endpoint, Scope
from samspil.assist.queries.standing import names_of
from samspil.assist.rules.prompt import MOST_MESSAGES, Said
from samspil.base import sql
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may


def endpoint() -> Endpoint | None:
    """The endpoint that may be asked; None where there is none."""
    return Endpoint.objects.filter(pk=1, active=True).first()


def setting() -> Endpoint | None:
    """What is set, also when it is switched off."""
    return Endpoint.objects.select_related("changed_by").filter(pk=1).first()


def scopes() -> Sequence[Scope]:
    """Where it may be asked, by the units' names."""
    return list(Scope.objects.select_related("unit").order_by("unit__name", "id"))


def scope_of(unit: UUID | None) -> Scope | None:
    """Whether it may be asked in conversations of a unit, and masked; None where it may not."""
    return Scope.objects.filter(unit=unit).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a colleague may ask for in a conversation; empty for nothing."""

    uses: tuple[str, ...] = ()
    masked: bool = True
    model: str = ""


_ALLOWED = (
    "SELECT e.uses, s.masked, e.model FROM assist_endpoint e JOIN assist_scope s ON s.unit_id IS NOT DISTINCT FROM %s::uuid"
    " WHERE e.id = 1 AND e.active"
)


def allowed(unit: UUID | None) -> Allowed:
    """What may be asked in conversations of a unit. One statement."""
    rows = sql.run(_ALLOWED, [unit])
    return Allowed(uses=tuple(rows[0][0]), masked=rows[0][1], model=rows[0][2]) if rows else Allowed()


_MESSAGES = (
    "SELECT id, outgoing, text FROM (SELECT i.id, i.outgoing, coalesce((SELECT e.text FROM intake_interaction e WHERE e.handle_id = i.handle_id"
    "  AND e.kind = 'edit' AND e.data->>'target' = i.external_id AND e.outgoing = i.outgoing ORDER BY e.at DESC, e.id DESC LIMIT 1), i.text) AS text,"
    "  p.at FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id WHERE p.conversation_id = %s AND i.kind = 'message'"
    "  AND NOT EXISTS (SELECT 1 FROM intake_interaction d WHERE d.handle_id = i.handle_id AND d.kind = 'delete'"
    "   AND d.data->>'target' = i.external_id AND d.outgoing = i.outgoing)"
    f"  ORDER BY p.at DESC, p.interaction_id DESC LIMIT {MOST_MESSAGES}) x ORDER BY at, id"
)


def messages_of(conversation: UUID) -> tuple[list[Said], set[str], dict[int, UUID]]:
    """The newest messages of both sides, numbered; the names to be veiled; the message of each number. No notes, no asides. Two statements."""
    rows = sql.run(_MESSAGES, [conversation])
    said = [
        Said(number=n, who="us" if outgoing else "consumer", text=text) for n, (_, outgoing, text) in enumerate(rows, start=1)
    ]
    return said, names_of([conversation]).get(conversation, set()), {n: row[0] for n, row in enumerate(rows, start=1)}


def may_set(by: Colleague) -> bool:
    """Whether a colleague says what may be asked."""
    return may(by, Right.ASSIST)
