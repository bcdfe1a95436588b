"""Something that happened, in the past tense: ids and plain values, never texts.

A fact is published in the transaction that made it true. Those that a later reaction or an open page waits for are
kept in one row a kind and transaction; the rest only travel within the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

TRANSIENT: dict[str, bool] = {"transient": True}
"""Metadata of a field that travels within the step but is never stored (the understood message, say)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of all facts. ``kind`` is ``package.what_happened``; ``kept`` facts are stored in the log."""

    kind: ClassVar[str]
    kept: ClassVar[bool] = True

    def data(self) -> dict[str, Any]:
        """The stored part, as JSON values."""
        return {name: _plain(getattr(self, name)) for name in _stored(type(self))}

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Fact":
        """The fact as it was stored; transient fields have their defaults, ids and times are parsed."""
        known = {f.name: f for f in fields(cls)}
        return cls(**{name: _parse(str(known[name].type), value) for name, value in data.items() if name in known})


_names: dict[str, tuple[str, ...]] = {}
"""The stored fields of each kind of fact."""


def _stored(kind: type[Fact]) -> tuple[str, ...]:
    found = _names.get(kind.kind)
    if found is None:
        found = _names[kind.kind] = tuple(f.name for f in fields(kind) if not f.metadata.get("transient"))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    return value


def _parse(annotation: str, value: Any) -> Any:
    if value is None:
        return None
    if "UUID" in annotation:
        return tuple(UUID(v) for v in value) if isinstance(value, list) else UUID(value)
    if "datetime" in annotation:
        return datetime.fromisoformat(value)
    return value


def by_kind(facts: Sequence[Fact]) -> dict[type[Fact], list[Fact]]:
    """The facts grouped by class, in the order in which each class first came."""
    groups: dict[type[Fact], list[Fact]] = {}
    for fact in facts:
        groups.setdefault(type(fact), []).append(fact)
    return groups
