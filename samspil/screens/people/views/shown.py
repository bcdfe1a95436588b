"""A preview as the pages show it: what identity says would move, and the conversations that follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from samspil.identity.queries.preview import Going, Preview, preview_merge, preview_move, preview_undo
from samspil.screens.people.queries.person import conversations_begun, conversations_of


@dataclass(slots=True, kw_only=True)
class Shown:
    """One line of a preview."""

    going: Going
    conversations: int


@dataclass(slots=True, kw_only=True)
class Look:
    """A whole preview. ``stamp`` goes back with the deed, which is done only while the same would move."""

    lines: Sequence[Shown]
    stamp: str


def of_merge(kept: UUID, absorbed: UUID) -> Look:
    """What joining ``absorbed`` into ``kept`` moves: all its conversations follow."""
    found = preview_merge(kept=kept, absorbed=absorbed)
    theirs = conversations_of([absorbed]).get(absorbed, 0)
    return Look(lines=[Shown(going=g, conversations=theirs) for g in found.goings], stamp=found.stamp)


def of_move(handles: Sequence[UUID], consumer: UUID, to: UUID | None, name: str = "") -> Look:
    """What moving some handles moves; ``to`` None is a new person."""
    return _by_handles(preview_move(handles=handles, consumer=consumer, to=to, name=name))


def of_undo(decision: UUID) -> Look:
    """What undoing a decision moves."""
    return _by_handles(preview_undo(decision=decision))


def _by_handles(found: Preview) -> Look:
    people = {c for pair in found.moves.values() for c in pair if c}
    begun = conversations_begun(sorted(people), sorted(found.moves)) if found.moves else {}
    lines = [Shown(going=g, conversations=sum(begun.get(h.pk, 0) for h in g.load.handles)) for g in found.goings]
    return Look(lines=lines, stamp=found.stamp)
