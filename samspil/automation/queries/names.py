"""What the ids in a rule are called, and what can be chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from samspil.base import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One thing that a rule can name. ``unit`` is a colleague's; ``here`` says that it can still be used."""

    id: str
    name: str
    here: bool = True
    unit: UUID | None = None


_NAMES = (
    "SELECT 'colleagues', id::text, name, is_active AND NOT outside, unit_id FROM organisation_colleague WHERE NOT outside"
    " UNION ALL SELECT 'units', id::text, name, true, NULL FROM organisation_unit"
    " UNION ALL SELECT 'competences', id::text, name, active, NULL FROM organisation_competence"
    " UNION ALL SELECT 'labels', id::text, name, true, NULL FROM conversation_label"
    " UNION ALL SELECT 'canned', id::text, name, ended_at IS NULL, NULL FROM reply_canned"
    " UNION ALL SELECT 'checklists', id::text, name, ended_at IS NULL, NULL FROM checklist_template"
    " UNION ALL SELECT 'segments', id::text, name, ended_at IS NULL, NULL FROM identity_segment WHERE shared"
    " UNION ALL SELECT 'accounts', id::text, name, state <> 'closed', NULL FROM intake_account"
    " UNION ALL SELECT DISTINCT 'channels', channel, channel, true, NULL::uuid FROM intake_account"
    " ORDER BY 1, 3, 2"
)


def names() -> Mapping[str, Mapping[str, Named]]:
    """Everything that a rule can name, by source and id, in the order of names. One statement."""
    found: dict[str, dict[str, Named]] = {}
    for source, ident, name, here, unit in sql.run(_NAMES):
        found.setdefault(source, {})[ident] = Named(id=ident, name=name, here=here, unit=unit)
    return found
