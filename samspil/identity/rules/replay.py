"""Whose is each handle? What the decisions in force give, replayed in their order. Pure; the database holds what this gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attach:
    """A handle was first seen: it began with ``consumer``, or beside the handle ``via``, where that one was then. ``order`` sorts all steps."""

    order: UUID
    handle: UUID
    consumer: UUID
    via: UUID | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """Every handle of ``absorbed`` comes to ``kept``. ``order`` is the decision."""

    order: UUID
    kept: UUID
    absorbed: UUID


@dataclass(frozen=True, slots=True)
class Move:
    """These handles go to ``kept``, wherever they are. ``order`` is the decision."""

    order: UUID
    kept: UUID
    handles: frozenset[UUID]


Step = Attach | Join | Move


def replay(steps: Iterable[Step]) -> Mapping[UUID, tuple[UUID, UUID]]:
    """The owner of every handle and the step that put it there, as {handle: (consumer, order of the step)}.

    A handle put beside another that is not known (its person was forgotten) begins with the consumer it was seen with.
    """
    where: dict[UUID, tuple[UUID, UUID]] = {}
    held: dict[UUID, set[UUID]] = {}

    def put(handle: UUID, consumer: UUID, order: UUID) -> None:
        if handle in where:
            held[where[handle][0]].discard(handle)
        where[handle] = (consumer, order)
        held.setdefault(consumer, set()).add(handle)

    for step in sorted(steps, key=lambda s: s.order):
        if isinstance(step, Attach):
            beside = where.get(step.via) if step.via else None
            put(step.handle, beside[0] if beside else step.consumer, step.order)
        elif isinstance(step, Join):
            for handle in list(held.get(step.absorbed, ())):
                put(handle, step.kept, step.order)
        else:
            for handle in step.handles & where.keys():
                put(handle, step.kept, step.order)
    return where


@dataclass(frozen=True, slots=True)
class Done:
    """A decision as far as undoing goes: what it is, which one it undoes, and whether it is in force."""

    ident: UUID
    undoes: UUID | None = None
    in_force: bool = True


def switch(decisions: Sequence[Done], ident: UUID, *, on: bool) -> Mapping[UUID, bool]:
    """Which decisions come into force or go out of it when ``ident`` does: undoing an undo brings back what it undid.

    ``decisions`` holds ``ident`` and everything it undoes, down to what is no undo. Gives {decision: in force}.
    """
    known = {d.ident: d for d in decisions}
    changes: dict[UUID, bool] = {}
    at: UUID | None = ident
    while at is not None:
        changes[at] = on
        at, on = known[at].undoes, not on
    return changes
