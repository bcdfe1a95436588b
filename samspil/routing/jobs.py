"""What routing does by the clock; thin."""

import logging

from samspil.base.clock import now
from samspil.routing.actions import TooLittleToLearn, hand_over, learn_from_outcomes, pull_waiting, train
from samspil.routing.queries import training_due

log = logging.getLogger(__name__)


def retrain() -> bool:
    """Learn from what was answered since; False when there is too little to learn from, which is no error."""
    learn_from_outcomes(at=now())
    try:
        train(at=now())
    except TooLittleToLearn:
        log.info("routing has nothing to learn from yet")
        return False
    return True


def keep_learning() -> bool:
    """Learn at once when competences were described anew or put right some times; every minute, and cheap when nothing is due."""
    return training_due() and retrain()


def share_out() -> int:
    """Put back what waits with who has gone away, and give what waits to who has come to the desk since; the number given."""
    at = now()
    hand_over(at=at)
    return pull_waiting(at=at)
