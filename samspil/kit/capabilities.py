"""What a channel can do; the core asks these and never the channel's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do.

    threads: messages carry references to earlier ones, so a message without a reference begins a conversation of its own.
    sends / starts: we can answer / we can write first. public: messages are seen by everybody.
    private: a public message can also be answered so that only who wrote it reads the answer.
    edits, deletes, reactions, receipts, typing: we see those of the other side. changes: what we can do to a message afterwards, with
    ``edit_window`` and ``delete_window`` seconds after it was sent, None without limit. signs: what can be given as a reaction, the usual
    one first; empty for any emoji. subject: a message has a subject line.
    idempotent: sending the same key twice cannot post twice, so a lost answer is tried again instead of left uncertain.
    max_length: characters of one message, None without limit. max_attachment: bytes of one file, 0 for none.
    window: seconds after the consumer's last message in which we may answer it, None without limit; a public message has none.
    rich: markup that the channel carries, "text" or "html". widget: visitors write in our own script on a web page.
    """

    threads: bool = False
    sends: bool = True
    starts: bool = False
    public: bool = False
    private: bool = False
    edits: bool = False
    deletes: bool = False
    reactions: bool = False
    receipts: bool = False
    typing: bool = False
    subject: bool = False
    idempotent: bool = False
    widget: bool = False
    max_length: int | None = None
    max_attachment: int = 0
    window: int | None = None
    changes: frozenset[Literal["edit", "delete", "react", "read"]] = frozenset()
    edit_window: int | None = None
    delete_window: int | None = None
    signs: Sequence[str] = ()
    rich: str = "text"
