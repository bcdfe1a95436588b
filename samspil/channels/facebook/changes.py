"""What is done on Facebook afterwards: to a comment of ours or of theirs, and to a private message."""

from samspil.channels._meta.changes import action, comment, sender_action
from samspil.channels.facebook.send import PUBLIC, TEXT, messages_path
from samspil.channels.facebook.settings import graph
from samspil.kit import Account, Change, Handle, Sent, Unreachable


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out. Raises TryLater, Unreachable."""
    if len(change.text) > TEXT:
        raise Unreachable(f"Facebook takes at most {TEXT} characters")
    if PUBLIC.fullmatch(change.target):
        return comment(graph(account), change, edits=True, likes=True)
    return action(graph(account), messages_path(account), change.to.address, change)


def typing(to: Handle, answering: str, account: Account) -> None:
    """Show that one of us writes; below a comment nobody sees it. Raises TryLater, Unreachable."""
    if PUBLIC.fullmatch(answering):
        raise Unreachable("Nobody sees who writes below a comment")
    sender_action(graph(account), messages_path(account), to.address, "typing_on")
