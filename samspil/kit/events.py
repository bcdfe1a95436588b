"""What an envelope can mean. One envelope holds any number of events, and every one is returned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """Somebody's address on a network.

    ``network`` is the network's name ("mail", "matrix"), not the channel's. ``scope`` limits where the id is valid (a page,
    a portfolio, a server), "" when the whole network knows it. ``address`` is the stable id in normal form (a mail
    address in lower case, a DID, a page-scoped id). ``display`` is the name it shows and may change. ``name`` is what people
    read where the stable id is opaque ("@karoline").
    """

    network: str
    address: str
    scope: str = ""
    display: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The sender says, or somebody proves, that a second handle is the same person.

    ``by`` tells how: "hmac" (our own site signed the visitor in), "token" (our signed reply address), "typed" (the person
    wrote it; proves nothing), "network" (the network verified it).
    """

    handle: Handle
    by: Literal["hmac", "token", "typed", "network"]

    @property
    def verified(self) -> bool:
        """Whether the claim is evidence enough to join two handles by itself."""
        return self.by != "typed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file in a message. ``part`` addresses its bytes within the envelope for :meth:`Channel.attachment`; ``size`` is in bytes.

    ``content_id`` is set on files that the text itself shows (an inline image). ``alt`` says what it shows, in the sender's words.
    ``remote``: its bytes are not in the envelope but on the network, where :class:`FetchesFiles` gets them afterwards; ``size`` is 0 where
    the network does not say it.
    """

    part: str
    name: str
    content_type: str
    size: int
    content_id: str = ""
    alt: str = ""
    remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Somebody wrote something.

    ``external_id`` is the message's id on the network. ``references`` are ids of earlier messages, the nearest last.
    ``thread`` is the network's id of the whole thread where it has one. ``conversation`` is the id from our own reply
    token after its signature was checked. ``text`` is the new part as plain text; ``html`` the new part as the sender's markup,
    unsafe until sanitised;
    ``full_text`` everything including what was quoted, when it differs. ``automatic`` names why nobody wrote it by hand
    ("auto-reply", "list", "bulk", "loop") or that nobody wrote it to us ("offer": public words that a channel listened for, which
    wait for no answer and are shared out to nobody), "" for a person who turned to us. ``outgoing`` marks what one of ours wrote (an
    import, or from another program), and ``author`` then is our handle. ``to`` are the other receivers. ``notes`` are remarks for
    :command:`samspil explain`.
    """

    external_id: str
    author: Handle
    at: datetime
    text: str
    subject: str = ""
    html: str = ""
    full_text: str = ""
    references: Sequence[str] = ()
    thread: str = ""
    conversation: str = ""
    to: Sequence[Handle] = ()
    claims: Sequence[Claim] = ()
    attachments: Sequence[Attachment] = ()
    automatic: str = ""
    public: bool = False
    outgoing: bool = False
    language: str = ""
    notes: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The author changed a message; the earlier text stays in the log."""

    external_id: str
    target: str
    author: Handle
    at: datetime
    text: str
    html: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """The author took a message back."""

    external_id: str
    target: str
    author: Handle
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Somebody reacted to a message; ``emoji`` is the sign itself, ``removed`` takes it back ("": the one that they gave)."""

    external_id: str
    target: str
    author: Handle
    at: datetime
    emoji: str
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The reader has read everything up to ``target`` (an external id of a message of ours).

    Where the network names no message, ``target`` is "" and everything that left us for ``author`` until ``at`` has been read.
    """

    external_id: str
    target: str
    author: Handle
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """The network tells the fate of a message of ours.

    ``target`` is its external id or our reply's id. ``detail`` are the network's words. ``permanent`` marks a dead handle.
    "accepted": the network has it, which settles a reply whose answer was lost.
    """

    external_id: str
    target: str
    state: Literal["accepted", "delivered", "read", "failed"]
    at: datetime
    detail: str = ""
    address: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """Somebody began, or ceased, to follow us.

    ``extra`` is what the channel needs in order to reach the follower; it is kept with the event and given back.
    """

    external_id: str
    author: Handle
    at: datetime
    removed: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Somebody bought or gave back. ``amount`` is in ``currency`` (ISO 4217), negative for a refund."""

    external_id: str
    author: Handle
    at: datetime
    amount: Decimal
    currency: str
    number: str = ""
    kind: Literal["purchase", "refund", "subscription"] = "purchase"
    claims: Sequence[Claim] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueWrote:
    """Something came to where a notice to a colleague is answered (:class:`Notifies`). Never a message of a consumer's.

    ``notice`` is the id in our own signature, "" where that is damaged or not ours. ``by`` is how it was named: the "address" that it was
    sent to, or the "reference" to the notice. ``author`` is who says to have written; ``unsure`` why that is doubtful ("several authors",
    "another sender", "several notices", "not authenticated"). ``text`` is the new part as plain text, ``automatic`` as in
    :class:`Message`, or "bounce". ``message``
    is what it would be if it were a consumer's: set where it was also sent to an address of ours that everybody may write to.
    ``place`` is the message of ours that is answered, as :attr:`Sent.external_id` named it, for networks where nothing of ours comes back
    with an answer. ``kind``: "said", or what was done to ``target``, a message of the colleague's own: "edit" (``text`` are the new words),
    "delete"; "sign": ``text`` is a sign that was given to the message at ``place``.
    """

    external_id: str
    notice: str
    author: Handle
    at: datetime
    text: str = ""
    full_text: str = ""
    by: Literal["address", "reference"] = "address"
    unsure: str = ""
    automatic: str = ""
    detail: str = ""
    attachments: Sequence[Attachment] = ()
    message: Message | None = None
    place: str = ""
    kind: Literal["said", "edit", "delete", "sign"] = "said"
    target: str = ""


Event = Message | Edit | Delete | Reaction | Receipt | DeliveryReport | Follow | Order | ColleagueWrote
