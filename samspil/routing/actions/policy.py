"""How the organisation wants work shared out."""

from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.routing.models import Policy


class NotALimit(SamspilError):
    """A grace and a limit of the day are whole numbers above nothing, or none."""

    code = "routing.not_a_limit"


def set_policy(*, grace_minutes: int | None, daily: int | None) -> Policy:
    """Set the grace of handing over, in minutes, and the most a colleague is given a day; None for neither. Raises NotALimit."""
    if (grace_minutes is not None and grace_minutes < 1) or (daily is not None and daily < 1):
        raise NotALimit("A whole number above nothing, or none")
    with step():
        return Policy.objects.update_or_create(pk=1, defaults={"grace_minutes": grace_minutes, "daily": daily})[0]
