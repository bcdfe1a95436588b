"""Questions about the organisation."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from samspil.base.question import Question
from samspil.base.text import fold
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Organisation, Unit

PRESENT = timedelta(minutes=5)


_ORGANISATION = Question(lambda: Organisation.objects.order_by("pk")[:1])


def organisation() -> Organisation | None:
    """The organisation; None before the first run is finished."""
    return _ORGANISATION.first()


def colleagues() -> Sequence[Colleague]:
    """Those who can sign in, by name."""
    return list(Colleague.objects.filter(is_active=True, outside=False).select_related("unit").order_by("name", "id"))


def colleague(ident: UUID) -> Colleague | None:
    """One colleague."""
    return Colleague.objects.filter(pk=ident).select_related("unit").first()


_COLLEAGUES = Question(lambda ids: Colleague.objects.filter(pk__in=ids).select_related("unit"))


def colleagues_of(ids: Sequence[UUID]) -> dict[UUID, Colleague]:
    """Colleagues by id, also those who have left."""
    return {c.pk: c for c in _COLLEAGUES(list(ids))} if ids else {}


def present(colleague: Colleague, at: datetime) -> bool:
    """Whether the colleague was at the desk within the last minutes and is not away."""
    away = colleague.away_until is not None and colleague.away_until > at
    return not away and colleague.seen_at is not None and at - colleague.seen_at < PRESENT


def names_of_colleagues() -> dict[str, UUID]:
    """Folded first and full names of those who can sign in; a first name that two share stands for neither."""
    names: dict[str, UUID | None] = {}
    for person in colleagues():
        full = fold(person.name)
        for name in {full, full.split(" ")[0] if full else ""}:
            if name:
                names[name] = None if name in names and names[name] != person.pk else person.pk
    return {name: ident for name, ident in names.items() if ident}


def units() -> Sequence[Unit]:
    """All units by name."""
    return list(Unit.objects.order_by("name", "id"))


def triage_unit() -> Unit | None:
    """The unit that takes what routing does not know."""
    return Unit.objects.filter(triage=True).first()


def competences() -> Sequence[Competence]:
    """Those in use, by name."""
    return list(Competence.objects.filter(active=True).order_by("name", "id"))


def held_by(colleague: UUID) -> Sequence[CompetenceHeld]:
    """What a colleague knows, best first."""
    rows = CompetenceHeld.objects.filter(colleague=colleague, competence__active=True)
    return list(rows.select_related("competence").order_by("-level", "competence__name"))
