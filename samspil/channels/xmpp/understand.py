"""What a stanza means: pure."""

from collections.abc import Sequence

from samspil.channels.xmpp.group import GroupReader
from samspil.channels.xmpp.reader import Reader, read
from samspil.channels.xmpp.rooms import ROOM
from samspil.channels.xmpp.stanza import CLIENT
from samspil.kit import Account, Envelope, Event, NotUnderstood


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The events of one stanza; none for what we sent ourselves, and for what says nothing. Raises NotUnderstood."""
    outer = read(envelope.payload)
    seen = _reader(outer, envelope, account)
    if outer.tag == f"{CLIENT}presence":
        return seen.presence()
    if outer.tag != f"{CLIENT}message":
        raise NotUnderstood("The stanza is neither a message nor a presence")
    return seen.events()


def files_told(envelope: Envelope, account: Account) -> Sequence[dict[str, str]]:
    """The files that the stanza tells of, each with its address and description. Raises NotUnderstood."""
    return _reader(read(envelope.payload), envelope, account).files()


def _reader(outer: object, envelope: Envelope, account: Account) -> Reader:
    return (GroupReader if envelope.headers.get(ROOM) else Reader)(outer, envelope, account)
