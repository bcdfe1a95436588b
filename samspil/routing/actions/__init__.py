"""What routing does: decide, share out, learn, and be put right."""

from samspil.routing.actions.correct import NothingToCorrect, correct, teach
from samspil.routing.actions.pull import pull_waiting
from samspil.routing.actions.route import decide
from samspil.routing.actions.train import TooLittleToLearn, train

__all__ = ["NothingToCorrect", "TooLittleToLearn", "correct", "decide", "pull_waiting", "teach", "train"]
