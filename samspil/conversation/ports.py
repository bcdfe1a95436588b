"""What conversation wants of later stages: what must be done before one is finished, other orders of the lists, terms of the search."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

Condition = tuple[str, dict[str, Any]]
"""A condition on the conversation ``c`` in SQL of ours, and its parameters by name."""
Term = Callable[[str, str], Condition]
"""A value in lower case, and how the names of the parameters begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Something of a conversation that must be done first, in words. ``anyway``: it may be passed by for a reason."""

    conversation: UUID
    what: str
    anyway: bool = False


Hindrances = Callable[[Sequence[UUID]], Sequence[Hindrance]]


class Order(NamedTuple):
    """Rows of a later stage's table that have a time for a conversation, the earliest first; an index holds both columns in this order."""

    table: str
    time: str
    conversation: str


class _Filled:
    hindrances: Hindrances | None = None
    orders: Mapping[str, Order] = {}
    terms: Mapping[str, Term] = {}


def fill(*, hindrances: Hindrances, orders: Mapping[str, Order], terms: Mapping[str, Term]) -> None:
    """Fill all of them.

    ``hindrances`` gives what must be done before these conversations are finished; asked once for all, in a constant number of
    statements. ``orders`` go by the names that a list is asked for with, ``terms`` by the names that the search field knows
    (rules.TERMS).
    """
    _Filled.hindrances = staticmethod(hindrances)
    _Filled.orders, _Filled.terms = orders, terms


def hindrances(conversations: Sequence[UUID]) -> Sequence[Hindrance]:
    """What must be done first; nothing where nobody says."""
    return _Filled.hindrances(conversations) if _Filled.hindrances and conversations else ()


def orders() -> Mapping[str, Order]:
    """The orders besides «newest first»; none where no later stage has one."""
    return _Filled.orders


def term(name: str, value: str, slot: str) -> Condition:
    """Nothing is found by a term that no later stage knows."""
    known = _Filled.terms.get(name)
    return known(value, slot) if known else ("false", {})
