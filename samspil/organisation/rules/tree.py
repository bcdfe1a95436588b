"""Trees given as each one's parent. A circle, which no writer leaves behind, ends a walk instead of going on for ever."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

Node = TypeVar("Node", bound=Hashable)


def above(node: Node, parents: Mapping[Node, Node | None]) -> list[Node]:
    """The parent, its parent, and so on, the nearest first."""
    found: list[Node] = []
    place = parents.get(node)
    while place is not None and place != node and place not in found:
        found.append(place)
        place = parents.get(place)
    return found


def below(node: Node, parents: Mapping[Node, Node | None]) -> list[Node]:
    """All that lie under it, the nearest first; in the order given within one depth."""
    children: dict[Node | None, list[Node]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    found: list[Node] = []
    seen, row = {node}, [node]
    while row:
        row = [child for one in row for child in children[one] if child not in seen]
        seen.update(row)
        found += row
    return found


def in_a_circle(node: Node, parent: Node | None, parents: Mapping[Node, Node | None]) -> bool:
    """Whether ``node`` would lie below itself under this parent."""
    return parent is not None and (parent == node or node in above(parent, parents))


def walk(rows: Iterable[Any], key: Callable[[Any], Node], parent: Callable[[Any], Node | None]) -> list[tuple[Any, int]]:
    """Rows from the top down with their depth, each before those below it; whose parent is not among them stands at the top."""
    given = list(rows)
    here = {key(row) for row in given}
    children: dict[Node | None, list[Any]] = defaultdict(list)
    for row in given:
        up = parent(row)
        children[up if up in here else None].append(row)
    found: list[tuple[Any, int]] = []
    waiting = [(row, 0) for row in reversed(children[None])]
    while waiting:
        row, depth = waiting.pop()
        found.append((row, depth))
        waiting += [(child, depth + 1) for child in reversed(children[key(row)])]
    return found
