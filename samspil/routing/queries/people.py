"""The colleagues that a choice is made among, with their load."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from samspil.base import sql
from samspil.routing import ports
from samspil.routing.rules.choose import Person, Track

__all__ = ["Person", "people"]

_PEOPLE = (
    "SELECT g.id, g.unit_id, g.capacity, g.seen_at, g.away_until, g.is_active, g.outside,"
    " (SELECT count(*) FROM conversation c WHERE c.assignee_id = g.id AND c.status = 'open'),"
    " coalesce((SELECT jsonb_object_agg(h.competence_id, h.level) FROM organisation_competence_held h"
    "  WHERE h.colleague_id = g.id AND {competences}), '{{}}'),"
    " given.number, given.last, (SELECT daily FROM routing_policy),"
    " coalesce((SELECT jsonb_object_agg(r.competence_id, jsonb_build_array(r.well, r.ended, r.shift)) FROM routing_record r"
    "  WHERE r.colleague_id = g.id AND {records}), '{{}}')"
    " FROM organisation_colleague g LEFT JOIN LATERAL (SELECT count(*) AS number, max(d.at) AS last FROM routing_decision d"
    "  WHERE d.colleague_id = g.id AND d.by_id IS NULL AND d.at >= %s) given ON true"
    " WHERE g.is_active AND NOT g.outside AND ({colleagues}"
    "  OR g.id IN (SELECT h.colleague_id FROM organisation_competence_held h WHERE {competences})) ORDER BY g.id"
)


def people(*, competences: Collection[UUID], at: datetime, colleagues: Collection[UUID] = ()) -> list[Person]:
    """Everybody who holds one of the competences, and the colleagues named, as they are at a time. One statement, and the ports'.

    Who is off duty is away until then.
    """
    of_competence, asked = sql.among("h.competence_id", sorted(competences))
    of_record, _ = sql.among("r.competence_id", sorted(competences))
    named, colleague = sql.among("g.id", sorted(colleagues))
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    question = _PEOPLE.format(competences=of_competence, records=of_record, colleagues=named)
    rows = sql.run(question, [asked, asked, midnight, colleague, asked])
    idents = [row[0] for row in rows]
    off, languages, reached = ports.on_duty(idents, at), ports.languages(idents), ports.reached(idents, at)
    return [
        Person(
            id=row[0],
            unit=row[1],
            capacity=row[2],
            seen_at=row[3],
            away_until=max((until for until in (row[4], off.get(row[0])) if until), default=None),
            active=row[5],
            outside=row[6],
            load=row[7],
            levels={UUID(competence): level for competence, level in row[8].items()},
            today=row[9],
            given_at=row[10],
            daily=row[11],
            tracks={UUID(c): Track(well=well, ended=ended, shift=shift) for c, (well, ended, shift) in row[12].items()},
            languages=languages.get(row[0], frozenset()),
            reached=row[0] in reached,
        )
        for row in rows
    ]
