"""Rules as a file: out with the names of what they mean, so that another installation finds its own by name."""

from collections.abc import Mapping
from typing import Any

from samspil.automation.models import Rule
from samspil.automation.queries.names import Named, names
from samspil.automation.rules.kinds import NOBODY
from samspil.automation.rules.read import WrongRule, ids_of, read

FORMAT = 1


class Unknown(ValueError):
    """A file names something that is not here. ``missing`` are (source, name)."""

    def __init__(self, missing: list[tuple[str, str]]) -> None:
        self.missing = missing
        super().__init__(", ".join(f"{source}: {name}" for source, name in missing))


def carried() -> dict[str, Any]:
    """Every rule that is not deleted, in order, with the names behind the ids. Two statements and one for the units."""
    rows, known = list(Rule.objects.filter(deleted_at=None).select_related("unit").order_by("place", "id")), names()
    return {"samspil_rules": FORMAT, "rules": [_one(row, known) for row in rows]}


def _one(row: Rule, known: Mapping[str, Mapping[str, Named]]) -> dict[str, Any]:
    meant: dict[str, dict[str, str]] = {}
    try:
        wanted = ids_of(read(row.document))
    except WrongRule:
        wanted = {}
    for source, values in sorted(wanted.items()):
        for value in sorted(values):
            if value in known.get(source, {}):
                meant.setdefault(source, {})[value] = known[source][value].name
    return {
        "name": row.name,
        "enabled": row.enabled,
        "unit": row.unit.name if row.unit else None,
        "document": row.document,
        "names": meant,
    }


def translated(one: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a rule from a file with this installation's ids: the same id, else the same name. Raises Unknown, WrongRule."""
    read(one.get("document"))
    known, given = names(), one.get("names") or {}
    ids: dict[str, str] = {}
    missing: list[tuple[str, str]] = []
    for source, values in given.items():
        here = known.get(source, {})
        by_name = {n.name.casefold(): n.id for n in here.values() if n.here}
        for ident, name in values.items():
            found = ident if ident in here else by_name.get(str(name).casefold())
            if found is None:
                missing.append((str(source), str(name)))
            else:
                ids[ident] = found
    if missing:
        raise Unknown(missing)
    document: dict[str, Any] = _replaced(one["document"], ids)
    return document


def _replaced(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {k: _replaced(v, ids) for k, v in value.items()}
    if isinstance(value, list):
        return [_replaced(v, ids) for v in value]
    return ids.get(value, value) if isinstance(value, str) and value != NOBODY else value
