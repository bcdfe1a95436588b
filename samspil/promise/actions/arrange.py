"""Making a promise, and taking it back."""

from datetime import datetime
from uuid import UUID

from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import publish, step
from samspil.hours.actions import may_arrange
from samspil.organisation.models import Colleague, Unit
from samspil.promise.actions.reckon import reckon_open
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

    All that is open is reckoned anew after it, a batch at a time. Raises NotAllowed, BadPromise.
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
    reckon_open()
    return row


def take_promise_back(*, promise: UUID, by: Colleague, at: datetime) -> None:
    """Undo it: what was promised before holds again. Raises NotFound, NotAllowed."""
    with step():
        row = Promise.objects.select_for_update(of=("self",)).filter(pk=promise, taken_back_at=None).first()
        if row is None:
            raise NotFound("There is no such promise")
        if not may_arrange(by=by, unit=row.unit):
            raise NotAllowed("Only the unit's lead or an administrator can do that")
        row.taken_back_at = at
        row.save(update_fields=["taken_back_at"])
        publish(PromiseChanged(unit=row.unit_id))
    reckon_open()
