"""What is done on Instagram afterwards: to a comment of ours or of theirs, and to a private message."""

from samspil.channels._meta.changes import HEART, action, comment, sender_action
from samspil.channels.instagram.send import PUBLIC, messages_path
from samspil.channels.instagram.settings import graph
from samspil.kit import Account, Change, Handle, Sent, Unreachable


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out. Raises TryLater, Unreachable."""
    if PUBLIC.fullmatch(change.target):
        return comment(graph(account), change, edits=False, likes=False)
    return action(graph(account), messages_path(account), change.to.address, change, {HEART: "love"})


def typing(to: Handle, answering: str, account: Account) -> None:
    """Show that one of us writes; below a comment nobody sees it. Raises TryLater, Unreachable."""
    if PUBLIC.fullmatch(answering):
        raise Unreachable("Nobody sees who writes below a comment")
    sender_action(graph(account), messages_path(account), to.address, "typing_on")
