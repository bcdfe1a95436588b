"""What a filter means: tests joined by and, or and not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

LONGEST = 2000
"""Characters of a filter."""
DEEPEST = 12
"""Brackets and nots within each other."""
MOST = 60
"""Tests in one filter."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One condition. ``op`` is one of : = != < <= > >= in exists missing; ``values`` are in the form of fields.tidied."""

    field: str
    op: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    item: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """Every one of them; none at all means everybody."""

    items: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them."""

    items: tuple["Node", ...]


Node: TypeAlias = Ask | Not | All | Either


class WrongFilter(ValueError):
    """The line cannot be read. ``column`` counts from 1; ``kind`` names what is wrong, ``got`` is what stood there.

    ``kind``: long · deep · many · character · end · word · field · operator · value_number · value_date · value_yes · value_choice ·
    value_empty · value_amount. ``expected`` are what could have stood there; ``perhaps`` is what was probably meant.
    """

    def __init__(self, column: int, kind: str, got: str = "", expected: Sequence[str] = (), perhaps: str = "") -> None:
        self.column, self.kind, self.got, self.expected, self.perhaps = column, kind, got, tuple(expected), perhaps
        asked = f", expected {', '.join(self.expected)}" if self.expected else ""
        meant = f"; did you mean {perhaps}?" if perhaps else ""
        super().__init__(f"column {column}: {kind} {got!r}{asked}{meant}")


def joined(items: Sequence[Node], kind: type[All] | type[Either]) -> Node:
    """The items as one node: what is of the same kind is taken in, and one alone stands for itself."""
    flat: list[Node] = []
    for item in items:
        if isinstance(item, kind):
            flat += item.items
        else:
            flat.append(item)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def deep(node: Node) -> int:
    """How many groups and nots lie within each other."""
    match node:
        case Ask():
            return 0
        case Not(item):
            return 1 + deep(item)
        case All(items) | Either(items):
            return 1 + max(map(deep, items), default=0)


def tests_of(node: Node) -> list[Ask]:
    """Every test, from left to right."""
    match node:
        case Ask():
            return [node]
        case Not(item):
            return tests_of(item)
        case All(items) | Either(items):
            return [test for item in items for test in tests_of(item)]
