"""A preview as the pages show it: what identity says would move, and the conversations and consents that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from samspil.consent.queries import summary, words_of
from samspil.consent.rules import State
from samspil.identity.queries.preview import Going, Preview, preview_merge, preview_move, preview_undo
from samspil.screens.people.queries.person import conversations_begun, conversations_of


@dataclass(slots=True, kw_only=True)
class Shown:
    """One line of a preview. ``consents`` are the words on each purpose that go along; "refused" stands for all where any handle says so."""

    going: Going
    conversations: int
    consents: Sequence[tuple[str, State]] = ()


@dataclass(slots=True, kw_only=True)
class Look:
    """A whole preview. ``stamp`` goes back with the deed, which is done only while the same would move.

    ``stricter`` are the purposes on which one of two has said yes and the other no: after a join the no holds for both.
    """

    lines: Sequence[Shown]
    stamp: str
    stricter: Sequence[str] = ()


def of_merge(kept: UUID, absorbed: UUID) -> Look:
    """What joining ``absorbed`` into ``kept`` moves: all its conversations follow."""
    found = preview_merge(kept=kept, absorbed=absorbed)
    theirs = conversations_of([absorbed]).get(absorbed, 0)
    said = words_of(handles=found.moves)
    ours, other = summary(kept), summary(absorbed)
    return Look(
        lines=[Shown(going=g, conversations=theirs, consents=_consents(g, said)) for g in found.goings],
        stamp=found.stamp,
        stricter=[purpose for purpose in ours if {ours[purpose], other[purpose]} == {"given", "refused"}],
    )


def of_move(handles: Sequence[UUID], consumer: UUID, to: UUID | None, name: str = "") -> Look:
    """What moving some handles moves; ``to`` None is a new person."""
    return _by_handles(preview_move(handles=handles, consumer=consumer, to=to, name=name))


def of_undo(decision: UUID) -> Look:
    """What undoing a decision moves."""
    return _by_handles(preview_undo(decision=decision))


def _by_handles(found: Preview) -> Look:
    people = {c for pair in found.moves.values() for c in pair if c}
    begun = conversations_begun(sorted(people), sorted(found.moves)) if found.moves else {}
    said = words_of(handles=found.moves) if found.moves else {}
    lines = [
        Shown(going=g, conversations=sum(begun.get(h.pk, 0) for h in g.load.handles), consents=_consents(g, said))
        for g in found.goings
    ]
    return Look(lines=lines, stamp=found.stamp)


def _consents(going: Going, said: Mapping[UUID, Mapping[str, State]]) -> Sequence[tuple[str, State]]:
    words: dict[str, State] = {}
    for handle in going.load.handles:
        for purpose, state in said.get(handle.pk, {}).items():
            words[purpose] = "refused" if "refused" in {state, words.get(purpose)} else state
    return sorted(words.items())
