"""What assist does of facts, later: reads what came in, measures what was sent."""

from collections.abc import Sequence

from samspil.assist.actions import read_messages, settle, unsettle
from samspil.base.clock import now
from samspil.conversation.facts import MessageJoined
from samspil.reply.facts import ReplyWritten


def read(joined: Sequence[MessageJoined]) -> None:
    """Read what people wrote, so that a page can look for what is like it."""
    read_messages(interactions=[f.interaction for f in joined if not f.outgoing and not f.automatic], at=now())


def measure(written: Sequence[ReplyWritten]) -> None:
    """Keep what became of the texts that were put in."""
    back = [f.reply for f in written if f.cancelled]
    if back:
        unsettle(replies=back)
    if gone := [f.reply for f in written if f.reply not in set(back)]:
        settle(replies=gone, at=now())
