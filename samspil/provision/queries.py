"""Questions about where people come from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from samspil.base.errors import NotFound
from samspil.organisation.models import Colleague, Competence, CompetenceHeld, Unit
from samspil.organisation.queries.rights import Right, may
from samspil.provision.models import Directory, Provisioned, Run, RunRow, Token
from samspil.provision.rules.people import Here, Place, Tree

PAGE = 50
UNDER_WAY = (Run.State.RUNNING, Run.State.UNDOING)


def people_here(source: str) -> Sequence[Here]:
    """Every colleague as a source sees them, also closed ones and those of history. Three statements."""
    known = {
        row.colleague_id: row
        for row in Provisioned.objects.filter(source=source, colleague__isnull=False, gone=False).order_by("id")
    }
    levels: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for colleague, competence, level in CompetenceHeld.objects.order_by("id").values_list("colleague", "competence", "level"):
        levels[colleague][competence] = level
    return [
        Here(
            ident=row.pk,
            email=row.email,
            name=row.name,
            title=row.title,
            unit=row.unit_id,
            role=row.role,
            own_role=row.custom_role_id is not None,
            language=row.language,
            active=row.is_active,
            outside=row.outside,
            external=known[row.pk].external if row.pk in known else "",
            ours=row.pk in known,
            levels=levels.get(row.pk, {}),
        )
        for row in Colleague.objects.order_by("id")
    ]


def tree() -> Tree:
    """The units as they are. One statement."""
    return Tree([Place(ident=u.pk, name=u.name, parent=u.parent_id) for u in Unit.objects.order_by("id")])


def competences_by_name() -> Mapping[str, UUID]:
    """Those in use, by both their names in lower case. One statement."""
    found: dict[str, UUID] = {}
    for row in Competence.objects.filter(active=True).order_by("id"):
        found |= {name.lower(): row.pk for name in (row.name_en, row.name) if name}
    return found


def acting(prefer: UUID | None, *, whole: bool = True) -> Colleague | None:
    """In whose name a source works: who set it up, while their role allows it; else the administrator who has been here longest.

    The latter only for what was set up by somebody who might do everything (``whole``): nobody's source can do more than they could.
    """
    wanted = Colleague.objects.select_related("custom_role").filter(pk=prefer).first() if prefer else None
    if wanted is not None and may(wanted, Right.ARRIVALS):
        return wanted
    if not whole:
        return None
    rows = Colleague.objects.filter(role=Colleague.Role.ADMIN, is_active=True, outside=False)
    return rows.order_by("created_at", "id").first()


def runs(limit: int = 30) -> Sequence[Run]:
    """The newest imports, the newest first."""
    return list(Run.objects.select_related("by").order_by("-moved_at", "-id")[:limit])


def run_of(ident: UUID) -> Run:
    """One import. Raises NotFound."""
    row = Run.objects.select_related("by").filter(pk=ident).first()
    if row is None:
        raise NotFound("no such import")
    return row


def waiting() -> Sequence[UUID]:
    """Imports that somebody should carry on, the oldest first. One statement."""
    return list(Run.objects.filter(state__in=UNDER_WAY).order_by("id").values_list("pk", flat=True))


def page_of(run: UUID, *, outcome: str = "", after: int = 0, limit: int = PAGE) -> tuple[Sequence[RunRow], int]:
    """Rows of an import in their order, and after which the next page begins (0: none). One statement."""
    rows = RunRow.objects.filter(run=run, place__gt=after)
    if outcome:
        rows = rows.filter(outcome=outcome)
    found = list(rows.order_by("place")[: limit + 1])
    return found[:limit], found[limit - 1].place if len(found) > limit else 0


def newcomers_of(run: UUID) -> Sequence[Colleague]:
    """Whom an import took in and who has not been here yet, by name: they need a way to sign in. One statement."""
    rows = RunRow.objects.filter(run=run, outcome__in=["create", "adopt"], done_at__isnull=False, left="")
    people = Colleague.objects.filter(pk__in=rows.values("colleague"), is_active=True, outside=False, last_login=None)
    return list(people.order_by("name", "id"))


def sources_of(colleague: UUID) -> Sequence[str]:
    """Which sources say of a colleague. One statement."""
    return list(Provisioned.objects.filter(colleague=colleague, gone=False).order_by("source").values_list("source", flat=True))


def tokens() -> Sequence[Token]:
    """The tokens for SCIM, the newest first, revoked ones last."""
    return sorted(Token.objects.select_related("by").order_by("-made_at", "id"), key=lambda t: t.revoked_at is not None)


def directory() -> Directory | None:
    """The LDAP directory that is set up."""
    return Directory.objects.select_related("by").first()


def stored(source: str, thing: str, idents: Sequence[UUID] | None = None) -> Mapping[UUID, Any]:
    """What a source said of colleagues, units or competences (``thing``), by their id. One statement."""
    rows = Provisioned.objects.filter(source=source, **{f"{thing}__isnull": False})
    if idents is not None:
        rows = rows.filter(**{f"{thing}__in": list(idents)})
    return {getattr(row, f"{thing}_id"): row for row in rows.order_by("id")}
