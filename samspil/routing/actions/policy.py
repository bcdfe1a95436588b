"""How the organisation wants work shared out."""

from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.routing.models import Policy

LONGEST = 240
"""Minutes of patience: longer than half a day nobody waits for somebody while others can answer."""


class NotALimit(SamspilError):
    """A grace and a limit of the day are whole numbers above nothing, or none; patience is 0 to LONGEST minutes."""

    code = "routing.not_a_limit"


def set_policy(*, grace_minutes: int | None, daily: int | None, patience_minutes: int | None = None) -> Policy:
    """Set the grace of handing over, in minutes, and the most a colleague is given a day; None for neither.

    ``patience_minutes``: how long a conversation may wait for whom its consumer knows; 0 never, None as it was. Raises NotALimit.
    """
    if (grace_minutes is not None and grace_minutes < 1) or (daily is not None and daily < 1):
        raise NotALimit("A whole number above nothing, or none")
    if patience_minutes is not None and not 0 <= patience_minutes <= LONGEST:
        raise NotALimit(f"From 0 to {LONGEST} minutes")
    given = {} if patience_minutes is None else {"patience_minutes": patience_minutes}
    with step():
        return Policy.objects.update_or_create(pk=1, defaults={"grace_minutes": grace_minutes, "daily": daily, **given})[0]
