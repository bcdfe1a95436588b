"""The files of a colleague's answer, as files of the reply: from the envelope where they lie in it, else fetched from the network first.

What lies on the network is fetched outside any transaction, and only of an answer that is the colleague's and is to be sent. It is sent with
all its files or not at all: where one does not come, the answer is held and the colleague is told.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from samspil import kit
from samspil.base import bell, registry, sql
from samspil.base.again import pause
from samspil.base.flow import step
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.rules import MOST_BYTES, MOST_FILES, is_what_it_says
from samspil.intake.models import Envelope
from samspil.intake.queries import account_view, envelope_view, type_of
from samspil.organisation.models import Colleague
from samspil.reply.actions import attach

log = logging.getLogger(__name__)

SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
"""What belongs to the mail and not to what is said."""
LEASE = timedelta(minutes=15)
"""After so long what a process fetches is taken for lost, and begun again."""
TRIES, LONGEST = 5, timedelta(minutes=1)
"""A colleague waits, and so does the consumer: what does not come soon is held."""

_CLAIM = (
    "UPDATE elsewhere_arrival SET claimed_at = %s, fetch_at = %s, attempts = attempts + 1 WHERE id = ("
    " SELECT id FROM elsewhere_arrival WHERE verdict = 'fetching' AND fetch_at <= %s ORDER BY fetch_at, id LIMIT 1"
    " FOR UPDATE SKIP LOCKED) RETURNING id"
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was fetched."""

    name: str
    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching: all the ``files``, ``why`` and ``words`` where one cannot be had, or ``again``."""

    files: Sequence[Loaded] = ()
    why: str = ""
    words: str = ""
    again: timedelta | None = None


def taken_files(
    *, arrival: Arrival, conversation: UUID, by: Colleague, at: datetime, loaded: Sequence[Loaded] = ()
) -> Sequence[UUID]:
    """Keep the files that came with an answer as files of its reply; none where the envelope is gone. Raises blobs.TooLarge, NotFound."""
    if loaded:
        return [
            attach(conversation=conversation, by=by, name=one.name, content_type=one.kind, pieces=[one.data], at=at).pk
            for one in loaded
        ]
    wanted = [file for file in arrival.files if file[2] not in SIGNATURES]
    row = Envelope.objects.filter(pk=arrival.envelope).select_related("account").first() if wanted and arrival.envelope else None
    channel = registry.channel(row.account.channel) if row else None
    if row is None or not isinstance(channel, kit.HasAttachments):
        return []
    view = envelope_view(row)
    return [
        attach(
            conversation=conversation,
            by=by,
            name=name,
            content_type=kind,
            pieces=[channel.attachment(view, part)],
            at=at,
        ).pk
        for part, name, kind, _size in wanted
    ]


def begin_fetching(*, arrival: Arrival, at: datetime) -> None:
    """Put an answer in line whose files lie on the network. Joins the caller's step."""
    arrival.verdict, arrival.fetch_at, arrival.attempts = Arrival.Verdict.FETCHING, at, 0
    arrival.save(update_fields=["verdict", "fetch_at", "attempts", "files"])
    bell.ring_after_commit("files")


def claim_fetching(*, at: datetime) -> UUID | None:
    """The answer whose files wait longest, taken for a while; None when none waits."""
    with step():
        rows = sql.run(_CLAIM, [at, at + LEASE, at])
    return rows[0][0] if rows else None


def fetched(*, arrival: Arrival) -> Fetched:
    """Fetch all files of an answer. Outside any transaction."""
    try:
        return _fetched(arrival)
    except kit.TryLater as error:
        again = pause(arrival.attempts, error.after) if arrival.attempts < TRIES else None
        return Fetched(words=str(error), again=min(again, LONGEST)) if again else Fetched(why="files", words=str(error))
    except kit.ChannelError as error:
        return Fetched(why="files", words=str(error))
    except Exception as error:
        log.exception("channel %s failed to fetch a file", arrival.account.channel)
        return Fetched(why="files", words=type(error).__name__)


def _fetched(arrival: Arrival) -> Fetched:
    account = arrival.account
    channel = registry.channel(account.channel) if account.channel in registry.names() else None
    row = Envelope.objects.filter(pk=arrival.envelope).first() if arrival.envelope else None
    if not isinstance(channel, kit.FetchesFiles) or row is None or account.state == "closed":
        return Fetched(why="files", words="The files cannot be asked for any more")
    if len(arrival.files) > MOST_FILES:
        return Fetched(why="many_files")
    found: list[Loaded] = []
    view, as_seen = envelope_view(row), account_view(account)
    for part, name, kind, size, *_remote in arrival.files:
        left = MOST_BYTES - sum(len(one.data) for one in found)
        data = channel.fetch_file(part, view, as_seen) if (size or 0) <= left else b""
        if (size or 0) > left or len(data) > left:
            return Fetched(why="large_files", words=name)
        if (size and len(data) != size) or not is_what_it_says(kind, type_of(data), data[:256]):
            return Fetched(why="files", words=f"{name} is not what it was said to be")
        found.append(Loaded(name=name, kind=kind, data=data))
    return Fetched(files=found)
