"""Making a promise, and taking it back."""

from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.hours.actions import may_arrange
from samspil.organisation.models import Colleague, Unit
from samspil.promise.actions.reckon import ask_to_reckon
from samspil.promise.facts import PromiseChanged
from samspil.promise.models import Priority, Promise
from samspil.promise.rules import LONGEST


class BadPromise(SamspilError):
    """A promise is of a minute at least and of ninety days at most, for a priority there is."""

    code = "promise.bad_promise"


def promise(
    *,
    unit: Unit | None,
    by: Colleague,
    at: datetime,
    first: int | None = None,
    next: int | None = None,  # noqa: A002 - the word of the promise
    done: int | None = None,
    priority: str = "",
    channel: str = "",
) -> Promise:
    """Promise, in minutes of opening hours; None promises nothing. What was promised before is kept.

    What is not done in the unit and those below it is reckoned anew after it, by the worker. Raises NotAllowed, BadPromise.
    """
    if not may_arrange(by=by, unit=unit):
        raise NotAllowed("Only the unit's lead or an administrator can do that")
    if any(n is not None and not 1 <= n <= LONGEST for n in (first, next, done)):
        raise BadPromise("Promise a minute at least and ninety days at most")
    if priority not in ("", *Priority.values):
        raise BadPromise("There is no such priority")
    with step():
        row = Promise.objects.create(
            unit=unit,
            priority=priority,
            channel=channel[:40],
            first_minutes=first,
            next_minutes=next,
            done_minutes=done,
            at=at,
            by=by,
        )
        publish(PromiseChanged(unit=row.unit_id))
        ask_to_reckon(unit=row.unit_id, at=at)
    return row


_promise = promise
"""By another name, for those whose argument is called so."""


def take_promise_back(*, promise: UUID, by: Colleague, at: datetime) -> Promise:
    """Undo it: what was promised before holds again. Raises NotFound, NotAllowed."""
    with step():
        row = Promise.objects.select_for_update(of=("self",)).filter(pk=promise, taken_back_at=None).first()
        if row is None:
            raise NotFound("There is no such promise")
        if not may_arrange(by=by, unit=row.unit):
            raise NotAllowed("Only the unit's lead or an administrator can do that")
        row.taken_back_at, row.taken_back_by = at, by
        row.save(update_fields=["taken_back_at", "taken_back_by"])
        publish(PromiseChanged(unit=row.unit_id))
        ask_to_reckon(unit=row.unit_id, at=at)
    return row


def promise_again(*, promise: UUID, by: Colleague, at: datetime) -> Promise:
    """Promise again what was taken back or promised otherwise since: the undo of both. Raises NotFound, NotAllowed."""
    row = Promise.objects.filter(pk=promise).select_related("unit").first()
    if row is None:
        raise NotFound("There is no such promise")
    said = {"first": row.first_minutes, "next": row.next_minutes, "done": row.done_minutes}
    return _promise(unit=row.unit, by=by, at=at, priority=row.priority, channel=row.channel, **said)
