"""Questions about the organisation."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import get_language

from samspil.base import sql
from samspil.base.question import Question
from samspil.base.text import fold
from samspil.organisation.models import Colleague, ColleagueAddress, Competence, CompetenceHeld, CustomRole, Organisation, Unit
from samspil.organisation.rules import below

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


def units_below(unit: UUID, among: Sequence[Unit] | None = None) -> set[UUID]:
    """A unit and all that lie below it. One statement; none where all units are given (``among``)."""
    rows = Unit.objects.order_by("id").values_list("id", "parent_id") if among is None else [(u.pk, u.parent_id) for u in among]
    return {unit, *below(unit, dict(rows))}


def called(row: Unit | Competence | CustomRole) -> str:
    """What a unit, a competence or a role is called in the reader's language; the other name where there is none."""
    english = (get_language() or "da").startswith("en")
    return (row.name_en if english else "") or row.name


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


def fold_address(address: str) -> str:
    """A mail address as it is compared: lower case, the domain in ASCII (IDNA), without what stands after a plus."""
    local, _, domain = address.strip().lower().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = domain.encode("utf-8", "replace").hex()
    return f"{local.partition('+')[0]}@{domain}"


_BY_ADDRESS = (
    "SELECT lower(email), id FROM organisation_colleague WHERE NOT outside AND lower(split_part(split_part(email, '@', 1), '+', 1)) = ANY(%s)"
    " UNION ALL SELECT address, colleague_id FROM organisation_colleague_address WHERE split_part(split_part(address, '@', 1), '+', 1) = ANY(%s)"
)


def colleagues_by_address(addresses: Iterable[str]) -> dict[str, UUID]:
    """{address as :func:`fold_address` gives it: whose it is}, of those that are a colleague's; also of colleagues who have left. One statement."""
    wanted = {fold_address(each) for each in addresses}
    locals_ = [each.partition("@")[0] for each in wanted]
    found = {fold_address(address): ident for address, ident in sql.run(_BY_ADDRESS, [locals_, locals_])} if wanted else {}
    return {address: found[address] for address in wanted if address in found}


def addresses_of(colleague: UUID) -> Sequence[ColleagueAddress]:
    """A colleague's further addresses, the oldest first."""
    return list(ColleagueAddress.objects.filter(colleague=colleague).order_by("at", "id"))
