"""What relationship hears, from the log: whatever adds to a bond, and whose handles went or came."""

from collections.abc import Sequence

from samspil.identity.facts import ConsumersMerged, HandleLinked, HandlesMoved
from samspil.intake.facts import InteractionReread, InteractionsLogged
from samspil.pulse.facts import PulseAnswered
from samspil.relationship import actions


def count(logged: Sequence[InteractionsLogged]) -> None:
    """Something was appended to the log."""
    actions.count(interactions=[i for fact in logged for i in fact.interactions])


def recount(reread: Sequence[InteractionReread]) -> None:
    """The words of something were put right: it may have been longer, or a machine's."""
    actions.recount(interactions=[fact.interaction for fact in reread])


def feel(answered: Sequence[PulseAnswered]) -> None:
    """Somebody said how it feels."""
    actions.feel(asked=[fact.asked for fact in answered])


def follow_join(merged: Sequence[ConsumersMerged]) -> None:
    """Two are one: the bonds stay at their handles, the way is walked anew."""
    actions.mark(consumers=[c for fact in merged for c in (fact.kept_consumer, fact.absorbed)])


def follow_moved(moved: Sequence[HandlesMoved]) -> None:
    """Handles went to somebody else."""
    actions.mark(consumers=[c for fact in moved for c in (*fact.lost, *fact.got)])


def follow_link(linked: Sequence[HandleLinked]) -> None:
    """A handle came to somebody."""
    actions.mark(consumers=[fact.consumer for fact in linked])
