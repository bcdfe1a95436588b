"""Taking in what another program hands to us whole: from standard input, or over a server of the channel's own."""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from django.db import connection
from django.db.utils import Error

from samspil.base import clock, registry
from samspil.exchange.actions.bring import CannotRead
from samspil.intake.actions import keep
from samspil.intake.models import Account
from samspil.intake.queries import account_view
from samspil.kit import ChannelError, Envelope, Serves, Serving

PIECE = 1 << 16


def take_stream(*, account: Account, format: str, stream: BinaryIO, limit: int) -> int:  # noqa: A002  the word that people use
    """Keep what stands on a stream, in the format of one of the channel's files; the number of envelopes that were new.

    When it returns they are durable. Raises CannotRead (also for more than ``limit`` bytes, and then keeps nothing), and the
    database's own errors.
    """
    name, channel = registry.reader(format)
    if name != account.channel:
        raise CannotRead(f"{account.name!r} takes no {format} in")
    with tempfile.NamedTemporaryFile(prefix="samspil-") as file:
        size = 0
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > limit:
                raise CannotRead(f"more than {limit} bytes")
            file.write(piece)
        file.flush()
        if not size:
            raise CannotRead("nothing came")
        try:
            read = channel.read_file(Path(file.name), {"format": format})
            # A file's reader takes the time of receipt from the text; here it is received now, whatever the sender says.
            envelopes = [replace(envelope, received_at=None) for envelope in read]
        except ChannelError as error:
            raise CannotRead(str(error)) from error
    return keep(account=account.pk, envelopes=envelopes, at=clock.now())


def listen(*, account: Account, options: Mapping[str, str]) -> AbstractContextManager[Serving]:
    """The channel's own server for another program that delivers to us; it listens inside the context. Raises CannotRead."""
    channel = registry.channel(account.channel)
    if not isinstance(channel, Serves):
        raise CannotRead(f"{account.name!r} has no server of its own")
    return channel.serve(account_view(account), _storing(account), options)


def _storing(account: Account) -> Callable[[Envelope], None]:
    """Keeps one envelope and returns when it is durable; for any thread, and over a database that went away and came back."""

    def store(envelope: Envelope) -> None:
        connection.close_if_unusable_or_obsolete()
        try:
            keep(account=account.pk, envelopes=[envelope], at=clock.now())
        except Error:
            connection.close()
            raise

    return store
