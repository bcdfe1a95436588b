"""What routing does: decide, share out, hand over, learn, and be put right."""

from samspil.routing.actions.correct import Corrected, NothingToCorrect, correct, take_back, teach
from samspil.routing.actions.direct import Sent, direct
from samspil.routing.actions.hand_over import hand_over
from samspil.routing.actions.learn import learn_from_outcomes
from samspil.routing.actions.policy import LONGEST, NotALimit, go_back, set_policy
from samspil.routing.actions.pull import pull_waiting
from samspil.routing.actions.route import decide
from samspil.routing.actions.told import told
from samspil.routing.actions.train import TooLittleToLearn, train

__all__ = [
    "LONGEST",
    "Corrected",
    "NotALimit",
    "NothingToCorrect",
    "Sent",
    "TooLittleToLearn",
    "correct",
    "decide",
    "direct",
    "go_back",
    "hand_over",
    "learn_from_outcomes",
    "pull_waiting",
    "set_policy",
    "take_back",
    "teach",
    "told",
    "train",
]
