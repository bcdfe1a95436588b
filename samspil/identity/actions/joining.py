"""Who says which handles are one person's."""

from samspil.base.errors import NotAllowed
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may


def ask_joining(*, by: Colleague) -> None:
    """Whether somebody may join and part people. Raises NotAllowed."""
    if not may(by, Right.JOIN):
        raise NotAllowed("Your role does not let you join or part people")
