"""What a channel may raise. Anything else is a defect of the channel and quarantines the envelope."""

from typing import Literal


class ChannelError(Exception):
    """Base of the errors that a channel raises on purpose; ``str(error)`` is shown to a colleague."""


class NotUnderstood(ChannelError):
    """The payload has no meaning we know: it is kept, shown raw and not tried again."""


class TryLater(ChannelError):
    """The network asks for patience or cannot be reached just now.

    ``after`` is the pause in seconds before the next try; None leaves it to the caller's back-off.
    """

    def __init__(self, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class SignInAgain(TryLater):
    """The network does not accept the account's credentials any more: a person must give new ones. Until then nothing is lost.

    What waits to be sent goes on waiting, however long it takes.
    """


class NotSignedIn(ChannelError):
    """A sign-in at the network came to nothing, and a person must begin again; the message is for a colleague.

    ``why`` is "denied" (there they said no), "old" (begun too long ago, elsewhere, or used already), "elsewhere" (another server answered
    than was asked), "other" (somebody else signed in than the account's settings name), "address" (the network cannot send a browser back to
    the address of this installation), "refused" (anything else that the network does not want).
    """

    def __init__(self, message: str, *, why: Literal["denied", "old", "elsewhere", "other", "address", "refused"]) -> None:
        super().__init__(message)
        self.why = why


class Unreachable(ChannelError):
    """The receiver cannot be reached on this handle; the network's own words are the message.

    ``permanent`` is True when the handle itself is dead (no such mailbox), so that it is marked.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Uncertain(ChannelError):
    """The connection broke after the message was handed over: it may have been sent, so it is never sent again blindly."""


class Forged(ChannelError):
    """The signature, token or secret is wrong: refused with 401 or 403 and counted, and nothing is stored."""
