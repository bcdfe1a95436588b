"""How the organisation wants work shared out."""

from datetime import datetime
from uuid import UUID

from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound, SamspilError
from samspil.base.flow import step
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may
from samspil.routing.models import Policy, PolicyChange

LONGEST = 240
"""Minutes of patience: longer than half a day nobody waits for somebody while others can answer."""
GREATEST = 1_000_000
"""Minutes of grace, and conversations a day, above which a number is a slip of the hand."""


class NotALimit(SamspilError):
    """A grace and a limit of the day are whole numbers above nothing, or none; patience is 0 to LONGEST minutes."""

    code = "routing.not_a_limit"


def set_policy(
    *,
    grace_minutes: int | None,
    daily: int | None,
    patience_minutes: int | None = None,
    by: Colleague | None = None,
    at: datetime | None = None,
) -> Policy:
    """Set the grace of handing over, in minutes, and the most a colleague is given a day; None for neither.

    ``patience_minutes``: how long a conversation may wait for whom its consumer knows; 0 never, None as it was. ``by`` None is the
    command line, ``at`` None now. What was set is kept in the history. Raises NotALimit, NotAllowed.
    """
    if by is not None and not may(by, Right.SHARING):
        raise NotAllowed("Your role does not allow that")
    if any(limit is not None and not 1 <= limit <= GREATEST for limit in (grace_minutes, daily)):
        raise NotALimit("A whole number above nothing, or none")
    if patience_minutes is not None and not 0 <= patience_minutes <= LONGEST:
        raise NotALimit(f"From 0 to {LONGEST} minutes")
    given = {} if patience_minutes is None else {"patience_minutes": patience_minutes}
    with step():
        row = Policy.objects.update_or_create(pk=1, defaults={"grace_minutes": grace_minutes, "daily": daily, **given})[0]
        PolicyChange.objects.create(
            at=at or now(),
            by=by,
            grace_minutes=row.grace_minutes,
            daily=row.daily,
            patience_minutes=row.patience_minutes,
        )
    return row


def go_back(*, change: UUID, by: Colleague, at: datetime) -> Policy:
    """Set what was set once. Raises NotFound, NotAllowed."""
    row = PolicyChange.objects.filter(pk=change).first()
    if row is None:
        raise NotFound("There is no such change")
    return set_policy(grace_minutes=row.grace_minutes, daily=row.daily, patience_minutes=row.patience_minutes, by=by, at=at)
