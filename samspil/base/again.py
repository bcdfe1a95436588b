"""When what failed is tried again: the same for all that goes over the network, in either direction."""

from datetime import timedelta

TRIES = 12
FIRST, LONGEST = timedelta(seconds=20), timedelta(hours=1)
UNTIL_SIGNED_IN = timedelta(minutes=5)
"""Between two tries while the network wants new credentials: there is no last one."""


def pause(attempt: int, asked: float | None) -> timedelta | None:
    """How long to wait after try number ``attempt`` (from 1); what the network asked for if it did. None: give up."""
    if attempt >= TRIES:
        return None
    if asked is not None:
        return timedelta(seconds=min(max(asked, 1.0), LONGEST.total_seconds() * 24))
    return min(FIRST * float(2 ** (attempt - 1)), LONGEST)
