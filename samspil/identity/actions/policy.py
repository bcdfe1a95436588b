"""What the organisation lets Samspil do by itself."""

from datetime import datetime

from samspil.base.errors import SamspilError
from samspil.base.flow import publish, step
from samspil.identity.facts import PolicyChanged
from samspil.identity.models import Policy
from samspil.organisation.models import Colleague


class WrongThreshold(SamspilError):
    """A threshold is no probability, or pairs would join by themselves that are too unlikely to be asked about."""

    code = "identity.wrong_threshold"


def set_policy(*, join_at: float | None, suggest_at: float, by: Colleague, at: datetime) -> Policy:
    """Set both thresholds, probabilities; ``join_at`` None lets only proof join by itself. Raises WrongThreshold."""
    if not 0 < suggest_at < 1:
        raise WrongThreshold("Suggest from a probability between 0 and 1")
    if join_at is not None and not suggest_at <= join_at <= 1:
        raise WrongThreshold("What joins by itself must be at least as likely as what is suggested")
    with step():
        row, _ = Policy.objects.update_or_create(
            pk=1, defaults={"join_at": join_at, "suggest_at": suggest_at, "at": at, "by": by}
        )
        publish(PolicyChanged(join_at=join_at, suggest_at=suggest_at, at=at, by=by.pk))
    return row
