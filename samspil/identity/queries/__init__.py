"""Questions about consumers and their handles."""

from samspil.identity.queries.finding import find
from samspil.identity.queries.people import (
    answered_by,
    consumer,
    consumer_count,
    decisions,
    links,
    owner_of,
    timeline,
)

__all__ = ["answered_by", "consumer", "consumer_count", "decisions", "find", "links", "owner_of", "timeline"]
