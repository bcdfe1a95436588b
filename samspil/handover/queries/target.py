"""To whom conversations go: a colleague, a unit, or for each whoever has its competence and a place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotFound, SamspilError
from samspil.conversation.actions.assign import NotHere
from samspil.conversation.models import Conversation
from samspil.conversation.queries import access_conversations
from samspil.organisation.models import Colleague, Unit
from samspil.organisation.queries import called, colleagues_of
from samspil.routing.queries import best_for


class NowhereNamed(SamspilError):
    """Nobody and no unit is named."""

    code = "handover.nowhere_named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to: one of ``colleague``, ``unit``; neither: for each whoever has its competence."""

    colleague: UUID | None = None
    unit: UUID | None = None

    @classmethod
    def read(cls, text: str) -> "Target":
        """What a form says: ``able``, ``colleague:ID``, ``unit:ID``. Raises NowhereNamed."""
        kind, _, ident = text.partition(":")
        if text == "able":
            return cls()
        try:
            if kind in ("colleague", "unit"):
                return cls(**{kind: UUID(ident)})
        except ValueError as error:
            raise NowhereNamed(text) from error
        raise NowhereNamed(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where one conversation would go. ``colleague`` None: it waits, in ``unit`` (None: where it lies)."""

    row: Conversation
    colleague: Colleague | None = None
    unit: Unit | None = None

    @property
    def name(self) -> str:
        """Who or what that is, for the journal."""
        return self.colleague.name if self.colleague else called(self.unit) if self.unit else ""


def places_for(*, conversations: Sequence[UUID], target: Target, by: Colleague, at: datetime, lock: bool = False) -> list[Found]:
    """Where each conversation would go, in the given order. Raises NotFound, NotHere. A constant number of statements."""
    rows = access_conversations(by=by, conversations=conversations, lock=lock, whole=not lock)
    if target.colleague:
        person = colleagues_of([target.colleague]).get(target.colleague)
        if person is None or person.pk == by.pk:
            raise NotFound("no such colleague")
        if not person.is_active or person.outside:
            raise NotHere(f"{person.name} is not here")
        return [Found(row=row, colleague=person, unit=person.unit if row.unit_id is None else None) for row in rows]
    if target.unit:
        unit = Unit.objects.filter(pk=target.unit).first()
        if unit is None:
            raise NotFound("no such unit")
        return [Found(row=row, unit=unit) for row in rows]
    best = best_for(asked=[(row.pk, row.competence_id) for row in rows], but=by.pk, at=at)
    people = colleagues_of(sorted(set(best.values())))
    return [Found(row=row, colleague=people.get(best[row.pk]) if row.pk in best else None) for row in rows]
