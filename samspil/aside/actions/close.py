"""The end of an aside, and opening it again; and how the organisation asks."""

from datetime import datetime
from uuid import UUID

from samspil.aside.facts import AsideChanged, AsideClosed
from samspil.aside.models import Aside, Manner
from samspil.aside.queries.access import Door, access_aside
from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.flow import publish, step
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may

OUTCOMES = {Aside.Outcome.HELPED.value, Aside.Outcome.NOT_HELPED.value}
MOST_AT_ONCE = 20
LONGEST_WAIT = 7 * 24 * 60


class Closed(SamspilError):
    """It is over already; the sentence is the name of who ended it."""

    code = "aside.closed"


class NotClosed(SamspilError):
    """It is still open, or its conversation was taken: that is put right by giving the conversation to somebody."""

    code = "aside.not_closed"


class OutOfRange(SamspilError):
    """One to twenty at once, and one minute to a week."""

    code = "aside.out_of_range"


def close(*, aside: UUID, by: Colleague, outcome: str, at: datetime) -> None:
    """End it: it ``helped`` or ``not_helped``. For who asked, and for who may see the conversation. Raises NotFound, NotAllowed, Closed."""
    if outcome not in OUTCOMES:
        raise NotAllowed("There is no such outcome")
    with step():
        door = _owned(by, aside)
        if door.aside.closed_at:
            raise Closed(door.aside.closed_by.name if door.aside.closed_by else "")
        end(row=door.aside, by=by, outcome=outcome, at=at)


def reopen(*, aside: UUID, by: Colleague, at: datetime) -> None:  # noqa: ARG001 - a verb's signature
    """Open it again; nobody new is asked for it by the clock. Raises NotFound, NotAllowed, NotClosed."""
    with step():
        door = _owned(by, aside)
        if not door.aside.closed_at or door.aside.outcome == Aside.Outcome.TAKEN:
            raise NotClosed("It is open")
        Aside.objects.filter(pk=door.aside.pk).update(closed_at=None, closed_by=None, outcome="")
        publish(AsideChanged(aside=door.aside.pk, conversation=door.aside.conversation_id, what="reopened", by=by.pk))


def end(*, row: Aside, by: Colleague, outcome: str, at: datetime) -> None:
    """Close a locked aside. Joins the caller's step. What it still waited for by the clock is passed over while it is closed."""
    Aside.objects.filter(pk=row.pk).update(closed_at=at, closed_by=by, outcome=outcome)
    publish(AsideClosed(aside=row.pk, conversation=row.conversation_id, by=by.pk, outcome=outcome))


def _owned(by: Colleague, aside: UUID) -> Door:
    door = access_aside(by=by, aside=aside, lock=True)
    if not (door.whole or door.is_asker):
        raise NotAllowed("Only who asked can end it")
    return door


def set_manner(*, by: Colleague, at_once: int, minutes: int) -> Manner:
    """Say how many are asked at once for a competence, and after how many minutes the next ones. Raises NotAllowed, OutOfRange."""
    if not may(by, Right.ASKING):
        raise NotAllowed("Your role does not allow that")
    if not (1 <= at_once <= MOST_AT_ONCE and 1 <= minutes <= LONGEST_WAIT):
        raise OutOfRange("One to twenty at once, and one minute to a week")
    with step():
        return Manner.objects.update_or_create(pk=1, defaults={"at_once": at_once, "minutes": minutes})[0]
