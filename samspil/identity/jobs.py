"""What identity does by the clock; thin."""

from django.conf import settings

from samspil.base.clock import now
from samspil.identity.actions.learn import learn


def learn_again() -> None:
    """Learn match weights from everybody, with the engine that the organisation has chosen."""
    learn(at=now(), engine=settings.SAMSPIL_MATCHING_ENGINE)
