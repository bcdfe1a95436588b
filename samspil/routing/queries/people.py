"""The colleagues that a choice is made among, with their load."""

from collections.abc import Collection
from uuid import UUID

from samspil.base import sql
from samspil.routing.rules.choose import Person

_PEOPLE = (
    "SELECT g.id, g.unit_id, g.capacity, g.seen_at, g.away_until, g.is_active, g.outside,"
    " (SELECT count(*) FROM conversation c WHERE c.assignee_id = g.id AND c.status = 'open'),"
    " coalesce((SELECT jsonb_object_agg(h.competence_id, h.level) FROM organisation_competence_held h"
    "  WHERE h.colleague_id = g.id AND {competences}), '{{}}')"
    " FROM organisation_colleague g WHERE g.is_active AND NOT g.outside AND ({colleagues}"
    "  OR g.id IN (SELECT h.colleague_id FROM organisation_competence_held h WHERE {competences})) ORDER BY g.id"
)


def people(*, competences: Collection[UUID], colleagues: Collection[UUID] = ()) -> list[Person]:
    """Everybody who holds one of the competences, and the colleagues named. One statement."""
    of_competence, asked = sql.among("h.competence_id", sorted(competences))
    named, colleague = sql.among("g.id", sorted(colleagues))
    rows = sql.run(_PEOPLE.format(competences=of_competence, colleagues=named), [asked, colleague, asked])
    return [
        Person(
            id=row[0],
            unit=row[1],
            capacity=row[2],
            seen_at=row[3],
            away_until=row[4],
            active=row[5],
            outside=row[6],
            load=row[7],
            levels={UUID(competence): level for competence, level in row[8].items()},
        )
        for row in rows
    ]
