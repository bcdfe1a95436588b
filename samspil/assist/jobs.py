"""What assist does by the clock; thin."""

from samspil.assist.actions import count_words, gather, let_go, read_pairs, read_ready, review, settle_silence
from samspil.assist.queries.vectors import bring_on
from samspil.base.clock import now

BATCHES = 20
"""At one time: what is more waits for the next minute, so that nothing else does."""


def keep_up() -> int:
    """Take in what was done since, read it, and bring the files on; the number of pairs taken in."""
    at, kept = now(), 0
    for _ in range(BATCHES):
        some = gather(at=at)
        if some is None:
            break
        kept += some
    for _ in range(BATCHES):
        if not read_pairs():
            break
    read_ready()
    let_go(at=at)
    settle_silence(at=at)
    bring_on()
    return kept


def look_again() -> None:
    """Let go of what turned out badly, look through the log from its beginning, and count the words."""
    review(at=now())
    while gather(at=now()) is not None:
        pass
    count_words()
    bring_on()
