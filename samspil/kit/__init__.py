"""The contract between Samspil and a channel: pure Python, typed, versioned by itself.

A channel is one folder: ``manifest.toml channel.py conventions.toml quality.toml doc.md fixtures/``.
Its ``channel.py`` has one class that satisfies :class:`Channel` and those of the others that it can do (:class:`Pulls`, :class:`Hears`,
:class:`Hosts`, :class:`Widget`, :class:`Sends`, :class:`Changes`, :class:`Types`, :class:`Templates`,
:class:`Replays`, :class:`ReadsFiles`, :class:`ChoosesOptions`,
:class:`FetchesFiles`, :class:`Serves`, :class:`Prepares`,
:class:`SignsIn`), and a module function ``channel() -> Channel``. It imports this package and
libraries, nothing else of Samspil.

    ChannelError
    ├── NotUnderstood   the payload is kept and shown; no retry
    ├── TryLater        the same call may succeed after a pause
    │   └── SignInAgain not before a person gives new credentials
    ├── NotSignedIn     a sign-in at the network came to nothing; a person begins again
    ├── Unreachable     the receiver cannot be reached; a colleague is told, with the network's words
    ├── Uncertain       the answer was lost; the message may or may not have been sent
    └── Forged          the signature is wrong; refused before anything is stored
"""

from samspil.kit.account import Account, Check, Field
from samspil.kit.capabilities import Capabilities
from samspil.kit.channel import (
    Batch,
    Changes,
    Channel,
    ChoosesOptions,
    FetchesFiles,
    HasAttachments,
    Heard,
    Hears,
    Hosts,
    KnowsColleagues,
    LinksColleagues,
    Notifies,
    Ours,
    Prepares,
    Pulls,
    ReadsFiles,
    Replay,
    Replays,
    Request,
    Sends,
    Serves,
    Serving,
    Session,
    SignsIn,
    Templates,
    TooOld,
    Types,
    Widget,
)
from samspil.kit.envelope import Envelope
from samspil.kit.errors import ChannelError, Forged, NotSignedIn, NotUnderstood, SignInAgain, TryLater, Uncertain, Unreachable
from samspil.kit.events import (
    Attachment,
    Claim,
    ColleagueWrote,
    Delete,
    DeliveryReport,
    Edit,
    Event,
    Follow,
    Handle,
    Message,
    Order,
    Reaction,
    Receipt,
)
from samspil.kit.keeps import Keeps
from samspil.kit.outbound import Change, Choice, File, Notice, Outbound, Sent
from samspil.kit.talks import Remark, Remarks, Room, TellsRooms
from samspil.kit.templates import Chosen, Template

VERSION = "1.0"

__all__ = [
    "VERSION",
    "Account",
    "Attachment",
    "Batch",
    "Capabilities",
    "Change",
    "Changes",
    "Channel",
    "ChannelError",
    "Check",
    "Choice",
    "ChoosesOptions",
    "Chosen",
    "Claim",
    "ColleagueWrote",
    "Delete",
    "DeliveryReport",
    "Edit",
    "Envelope",
    "Event",
    "FetchesFiles",
    "Field",
    "File",
    "Follow",
    "Forged",
    "Handle",
    "HasAttachments",
    "Heard",
    "Hears",
    "Hosts",
    "Keeps",
    "KnowsColleagues",
    "LinksColleagues",
    "Message",
    "NotSignedIn",
    "NotUnderstood",
    "Notice",
    "Notifies",
    "Order",
    "Ours",
    "Outbound",
    "Prepares",
    "Pulls",
    "Reaction",
    "ReadsFiles",
    "Receipt",
    "Remark",
    "Remarks",
    "Replay",
    "Replays",
    "Request",
    "Room",
    "Sends",
    "Sent",
    "Serves",
    "Serving",
    "Session",
    "SignInAgain",
    "SignsIn",
    "TellsRooms",
    "Template",
    "Templates",
    "TooOld",
    "TryLater",
    "Types",
    "Uncertain",
    "Unreachable",
    "Widget",
]
