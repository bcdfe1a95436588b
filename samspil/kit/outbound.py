"""What leaves us."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

from samspil.kit.events import Handle
from samspil.kit.templates import Chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to send; ``open`` gives its bytes as a stream, ``size`` is in bytes; ``alt`` says what it shows to who cannot see it.

    ``url`` is where a network that takes no bytes may fetch it, until the message is taken back; "" without a public https address.
    """

    name: str
    content_type: str
    size: int
    open: Callable[[], BinaryIO]
    alt: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer that is offered: ``sign`` is an emoji, ``label`` says it in a word or two.

    A channel that can show buttons shows these; who presses one has given the message that sign (a :class:`Reaction` with it as ``emoji``).
    """

    sign: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message of ours, to one handle.

    ``id`` is the reply's id, made once: the idempotency key of every try. ``conversation`` is to be signed into the reply
    address or message id. ``in_reply_to`` and ``references`` are external ids, the nearest last. ``author`` is the colleague's name as shown.
    ``quoted`` is the message answered, for channels that quote; ``public`` whether everybody can see that one;
    ``private`` that the answer is for the receiver alone all the same. ``template``: the text is that of a template, filled in.
    ``choices`` are answers to offer as buttons; the text can be answered without them too. ``automatic``: nobody wrote it; a network
    that can be told so is told, so that no other machine answers it.
    """

    id: str
    conversation: str
    to: Handle
    text: str
    author: str = ""
    subject: str = ""
    in_reply_to: str = ""
    references: Sequence[str] = ()
    files: Sequence[File] = ()
    quoted: str = ""
    public: bool = False
    private: bool = False
    template: Chosen | None = None
    choices: Sequence[Choice] = ()
    automatic: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one colleague is told outside of Samspil, and may answer there.

    ``id`` is made once: the key of every try, and what is signed into the place where it is answered. ``to`` is the colleague's own
    address. ``thread`` is the same for all notices of one conversation, so that programs show them together. ``quoted`` is what was written,
    as (name, text), the oldest first; ``text`` stands before it, ``foot`` (what an answer does) after it. ``link`` opens it at the desk.
    ``buttons`` are those of "done" and "not me" that make sense; a channel that can shows them, and a press is :class:`ColleagueWrote` with the word.
    """

    id: str
    to: Handle
    subject: str
    text: str
    quoted: Sequence[tuple[str, str]] = ()
    foot: str = ""
    link: str = ""
    thread: str = ""
    language: str = "da"
    buttons: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The network took the message. ``external_id`` is the id it now has; ``detail`` the network's words.

    ``public``: everybody can see it. ``kept`` are JSON values that stay with the message in the log, for a channel that :class:`Hosts`
    and must show the message to whoever asks.
    """

    external_id: str
    detail: str = ""
    public: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What we do to a message that is on the network already.

    ``kind``: "edit" gives a message of ours the words ``text``; "delete" takes a message of ours back; "react" and "unreact" give the
    sign ``emoji`` to a message of anybody's, and take it back; "read" says that one of us has read a message of theirs and all before it.
    ``id`` is made once and is the same in every try; it is carried out as
    often as it takes, so the same change twice must do what it does once. ``target`` is the message's external id, ``to`` the
    consumer's handle: who wrote it, or to whom it went. ``own``: whether the message is ours; ``public``: whether everybody sees it.
    ``sent`` is a message of ours as it was handed over, where we sent it ourselves, and ``kept`` what was kept with it
    (:attr:`Sent.kept`, the newest). ``given`` is the external id of the reaction that "unreact" takes back; ``signs`` are all of ours that stand on
    the message after the change, for networks that take them as one. ``author`` is the
    colleague's name as shown. ``extra`` is what the message came with (:attr:`Message.extra`).
    """

    id: str
    kind: Literal["edit", "delete", "react", "unreact", "read"]
    to: Handle
    target: str
    text: str = ""
    emoji: str = ""
    own: bool = False
    public: bool = False
    sent: Outbound | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    given: str = ""
    signs: Sequence[str] = ()
    author: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
