"""What a channel is. A channel implements :class:`Channel` and those of the other protocols that it can do."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from samspil.kit.account import Account, Check, Field
from samspil.kit.capabilities import Capabilities
from samspil.kit.envelope import Envelope
from samspil.kit.events import Event, Handle
from samspil.kit.outbound import Change, File, Notice, Outbound, Sent
from samspil.kit.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request as it came: ``body`` is raw, header names are in lower case, ``url`` is the public one with its query."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Whoever called asks for what was sent: from ``since`` (None: from the beginning), behind ``after`` ("" or where the last page ended)."""

    since: datetime | None = None
    after: str = ""
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOld:
    """The message ``external_id`` of ``handle`` may be changed by its author for ``seconds`` after it came, and no longer."""

    handle: Handle
    external_id: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a webhook brought: envelopes to keep, and the answer to give once they are on disk.

    ``sender`` is whom a limit of rate counts by where strangers write to us directly; "" where a network speaks for all.
    ``replay``: the answer is made by :class:`Replays` instead.
    ``unless``: where that is so, nothing is kept and the answer is 409.
    ``headers`` are added to the answer. ``then`` is called, in a thread, when the envelopes are on disk and before the answer is given;
    when it raises TryLater the network is asked to send it all again.
    """

    envelopes: Sequence[Envelope] = ()
    status: int = 200
    content_type: str = "application/json"
    body: bytes = b"{}"
    sender: str = ""
    replay: Replay | None = None
    unless: TooOld | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one pull brought. ``cursor`` is stored in the same transaction as the envelopes; it is any JSON value.

    ``typing``: who writes to us just now. It is shown for some seconds, and not kept.
    """

    envelopes: Sequence[Envelope]
    cursor: Any
    typing: Sequence[Handle] = ()


@runtime_checkable
class Channel(Protocol):
    """A medium's adapter. Stateless: everything it needs comes with each call."""

    name: str
    capabilities: Capabilities
    fields: Sequence[Field]

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event in the envelope, in order. Pure: no network, no clock, no disk. Raises NotUnderstood."""
        ...

    def check(self, account: Account) -> Sequence[Check]:
        """Try the account for real (sign in, look) and say what works; used by ``samspil doctor``. Raises nothing."""
        ...


@runtime_checkable
class Pulls(Protocol):
    """A channel that fetches: the runner calls :meth:`pull` for ever, and each batch is on disk before the next is asked for."""

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Batches as they come, from ``cursor`` (None at first). Blocks while it waits; ends or raises TryLater when the connection is lost.

        When the generator is resumed, the batch that it gave is on disk: only then may it tell the server so.
        """
        ...


@runtime_checkable
class Hears(Protocol):
    """A channel that is called by webhook."""

    def hear(self, request: Request, account: Account) -> Heard:
        """Check the signature and split the body into envelopes. Raises Forged. Pure: no network, no disk."""
        ...


@runtime_checkable
class Replays(Protocol):
    """A channel whose other side may ask again for what we sent, after a fault of its own."""

    def replayed(self, messages: Sequence[Outbound], following: str, account: Account) -> bytes:
        """The body that answers a :class:`Replay`: what the network took, the oldest first. ``following`` is "" on the last page."""
        ...


class Ours(Protocol):
    """What the core has of an account, for a channel that shows it. Each call asks the database."""

    def sent(self, external_id: str) -> Mapping[str, Any] | None:
        """What was kept (:attr:`Sent.kept`) with a message of ours; None where there is none."""
        ...

    def public(self, before: str, most: int) -> Sequence[Mapping[str, Any]]:
        """What was kept with our public messages, the newest first, older than the one with the external id ``before`` ("" for all)."""
        ...

    def public_count(self) -> int:
        """How many public messages of ours there are."""
        ...

    def file(self, reply: str, number: int) -> File | None:
        """The file of this number, from 0, that goes or went with the reply of this id (:attr:`Outbound.id`); None where there is none."""
        ...

    def followers_count(self) -> int:
        """How many follow us."""
        ...


@runtime_checkable
class Hosts(Protocol):
    """A channel that is itself a server of a network: others read its pages, and it asks them before it believes what they say."""

    def hosts(self, account: Account) -> Collection[str]:
        """The names, in lower case, at which ``/.well-known/...`` is answered for the account. Pure."""
        ...

    def host(self, request: Request, account: Account, ours: Ours) -> Heard | None:
        """Answer one request below ``/in/ACCOUNT/`` or ``/.well-known/``; None where there is no such page.

        Called in a thread and may use the network, within SECONDS_TO_HOST. Raises Forged (answered 401, nothing is stored), TryLater
        (answered 503), NotUnderstood (answered 400).
        """
        ...


SECONDS_TO_HOST = 20.0


@runtime_checkable
class Prepares(Protocol):
    """A channel with settings that nobody types, such as a pair of keys."""

    def prepare(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings as they are to be stored, before an account is connected or changed. Raises NotUnderstood for what cannot be."""
        ...


@runtime_checkable
class SignsIn(Protocol):
    """A channel whose accounts can be signed in at the network itself, in the colleague's browser (OAuth 2).

    ``state`` is a random word that the core binds to that browser: it goes with the address and must come back with the answer. What the
    sign-in brings is kept in :attr:`Account.keeps`.
    """

    def sign_in(self, account: Account, *, back: str, state: str) -> str:
        """The address that the browser is to be sent to; the network sends it back to ``back``, with a query. Raises NotSignedIn, TryLater."""
        ...

    def signed_in(self, account: Account, query: Mapping[str, str]) -> None:
        """Take what the network sent back, within SECONDS_TO_SIGN_IN and once. Raises NotSignedIn, TryLater."""
        ...

    def sign_out(self, account: Account) -> None:
        """Tell the network that what it gave is used no more, before it is forgotten. Raises TryLater."""
        ...


SECONDS_TO_SIGN_IN = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One visitor's way into the conversation.

    ``token`` is the visitor's to keep and opens nothing else. ``appearance`` are plain values for the script in the web page:
    texts, colour, language, what it asks for.
    """

    token: str
    handle: Handle
    appearance: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Widget(Protocol):
    """A channel whose visitors write in our own script on a web page. Messages arrive through :class:`Hears`."""

    def session(self, request: Request, account: Account) -> Session:
        """Begin, or take up again, a visitor's session; the only call that makes something new: a random visitor.

        Raises Forged when the site's signature of a signed-in visitor is wrong, NotUnderstood for a body without form.
        """
        ...

    def visitor(self, token: str, account: Account) -> Handle:
        """Whose the token is. Raises Forged. Pure."""
        ...

    def welcomes(self, origin: str, account: Account) -> bool:
        """Whether pages of this origin ("https://shop.example") may hold the script."""
        ...


@runtime_checkable
class Sends(Protocol):
    """A channel that can answer."""

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Hand one message to the network. Raises TryLater (certainly not sent), Unreachable, Uncertain."""
        ...


@runtime_checkable
class Notifies(Protocol):
    """A channel by which colleagues are told, and answer, where they are; what they answer comes as :class:`ColleagueWrote`."""

    def notify(self, notice: Notice, account: Account) -> Sent:
        """Hand one notice to the network; the same again is the same notice. Raises TryLater, Unreachable, Uncertain."""
        ...


@runtime_checkable
class KnowsColleagues(Protocol):
    """A channel that :class:`Notifies` on a network which knows its people by mail addresses that it has verified: so a colleague is found there."""

    def colleague(self, mail: str, account: Account) -> Handle:
        """Who has this mail address there, a full member and nobody else. Raises TryLater, Unreachable (nobody, or no full member)."""
        ...


@runtime_checkable
class LinksColleagues(Protocol):
    """A channel that :class:`Notifies` on a network which knows no mail addresses: a colleague says who they are, and a code proves it."""

    def tells(self, account: Account) -> bool:
        """Whether this account is for colleagues; one for consumers tells nobody."""
        ...

    def seat(self, name: str, account: Account) -> Handle:
        """Whom a name means there. Raises Unreachable for what is no name."""
        ...


@runtime_checkable
class Changes(Protocol):
    """A channel on which we can change afterwards what was said; :attr:`Capabilities.changes` says what."""

    def change(self, change: Change, account: Account) -> Sent:
        """Carry one change out; ``external_id`` of the answer is the change's own id on the network, or "" where it has none.

        Raises TryLater, Unreachable (it cannot be done any more), Uncertain (the answer was lost; it is tried again).
        """
        ...


@runtime_checkable
class Templates(Protocol):
    """A channel whose network takes messages that it has approved beforehand, also when its time for answers has passed."""

    def templates(self, account: Account) -> Sequence[Template]:
        """Those that can be sent now, asked of the network. Raises TryLater, Unreachable."""
        ...


@runtime_checkable
class Types(Protocol):
    """A channel that can show the other side that one of us is writing."""

    def typing(self, to: Handle, answering: str, account: Account) -> None:
        """Show it for a few seconds. ``answering`` is the external id of the message that is answered. Raises ChannelError, and nobody minds."""
        ...


@runtime_checkable
class ReadsFiles(Protocol):
    """A channel whose history can be read from a file: ``formats`` are the words of ``samspil import FORMAT FILE``."""

    formats: Sequence[str]

    def read_file(self, path: Path, options: Mapping[str, str]) -> Iterator[Envelope]:
        """Every record of the file as an envelope, in the file's order and with the same external ids at every reading."""
        ...


@runtime_checkable
class ChoosesOptions(Protocol):
    """A channel that finds out by itself how a file is to be read, and shows it before anything is kept."""

    def options_of(self, path: Path, options: Mapping[str, str]) -> Mapping[str, str]:
        """The options, completed with what the file shows; ``records`` is how many it holds. Raises NotUnderstood."""
        ...


@runtime_checkable
class Serves(Protocol):
    """A channel with a server of its own, to which another program on our side delivers."""

    def serve(
        self, account: Account, store: Callable[[Envelope], None], options: Mapping[str, str]
    ) -> "AbstractContextManager[Serving]":
        """Listen at ``options["host"]`` and ``options["port"]`` (0 picks a free one) until the context ends.

        ``store`` returns when the envelope is on disk, and only then is the other program told so; when it raises, the other
        program is asked to try again.
        """
        ...


class Serving(Protocol):
    """A server that listens."""

    port: int


@runtime_checkable
class HasAttachments(Protocol):
    """A channel whose attachments lie within the envelope."""

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of one attachment, decoded."""
        ...


LARGEST_FILE = 25_000_000
"""Bytes of one attachment that is fetched; a larger one stays where it is, and is shown as such."""


@runtime_checkable
class FetchesFiles(Protocol):
    """A channel whose attachments lie on the network: they are fetched when the message is in the log, while the network has them."""

    def fetch_file(self, part: str, envelope: Envelope, account: Account) -> bytes:
        """The bytes of one attachment that is ``remote``, at most LARGEST_FILE, decoded.

        Asks no host that an outsider could choose but through :func:`samspil.kit.web.fetch`. Raises TryLater, Unreachable (gone, too
        large, or nowhere one may go).
        """
        ...
