"""Whether what was sent by itself is still right often enough: a test that may be looked at after every answer. Pure.

For each share p lower than the promised one, the likelihood of what was seen under p through that under the promised share is an
e-process: while the true share is the promised one or better, it is expected never to rise above 1. So is the mean of several. By Ville's
inequality (1939) it then ever reaches 1 / ERROR with a probability of at most ERROR, however often one looks (Ramdas, Grünwald, Vovk and
Shafer, Statistical Science 38, 2023). What nobody has judged yet counts as right until somebody does: that only makes the test slower.
"""

from collections.abc import Sequence
from math import exp, log

ERROR = 0.05
"""How likely it ever switches off though the answers stay as right as promised."""
SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Of the promised share: what it might have fallen to."""


def doubt(right: Sequence[bool], promised: float) -> float:
    """The greatest that the evidence against the promised share has been; in the order in which they were sent. 1 speaks for nothing."""
    falls = [promised * share for share in SHARES]
    sums = [0.0] * len(falls)
    most = 1.0
    for ok in right:
        for place, fallen in enumerate(falls):
            sums[place] += log(fallen / promised) if ok else log((1 - fallen) / (1 - promised))
        most = max(most, sum(exp(min(one, 700.0)) for one in sums) / len(sums))
    return most


def has_fallen(right: Sequence[bool], promised: float) -> bool:
    """Whether one must believe that fewer are right than promised."""
    return doubt(right, promised) >= 1 / ERROR
