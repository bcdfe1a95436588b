"""Whether a consumer has an open conversation, as a condition for the questions of others."""

from typing import Any

from samspil.conversation.queries.inbox import VISIBLE
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import sees_everything

_OPEN = (
    "EXISTS (SELECT 1 FROM conversation c WHERE c.consumer_id = k.id AND c.status = 'open' AND c.merged_into_id IS NULL AND "
    f"{VISIBLE})"
)


def has_open(by: Colleague) -> tuple[str, dict[str, Any]]:
    """A condition on the consumer ``k``, and its parameters: an open conversation that the colleague may see."""
    return _OPEN, {"me": by.pk, "unit": by.unit_id, "admin": sees_everything(by)}
