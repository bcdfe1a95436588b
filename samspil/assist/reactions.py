"""What assist does of facts, later: reads what came in, measures what was sent."""

from collections.abc import Sequence

from samspil.assist.actions import consider, hear_back, note_replies, read_messages, settle, unsettle
from samspil.base.clock import now
from samspil.conversation.facts import MessageJoined
from samspil.reply.facts import ReplyWritten


def read(joined: Sequence[MessageJoined]) -> None:
    """Read what people wrote, so that a page can look for what is like it."""
    read_messages(interactions=[f.interaction for f in joined if not f.outgoing and not f.automatic], at=now())


def answer(joined: Sequence[MessageJoined]) -> None:
    """Answer by itself what a unit has decided may be answered so; hear who writes again after that."""
    heard = [f for f in joined if not f.outgoing and not f.automatic]
    hear_back(interactions=[f.interaction for f in heard if not f.opened], at=now())
    consider(interactions=[f.interaction for f in heard if f.opened], at=now())


def measure(written: Sequence[ReplyWritten]) -> None:
    """Keep what became of the texts that were put in."""
    back = [f.reply for f in written if f.cancelled]
    if back:
        unsettle(replies=back)
    if gone := [f.reply for f in written if f.reply not in set(back)]:
        settle(replies=gone, at=now())
    note_replies(written=gone, taken_back=back)
