"""Trying an account for real, without writing to anybody."""

import contextlib
from collections.abc import Sequence

from samspil.channels.xmpp import disco
from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.connection import Connection, signed_in
from samspil.channels.xmpp.rooms import NotIn, features_of
from samspil.channels.xmpp.settings import settings_of
from samspil.kit import Account, Check, TryLater

_SIGN_IN = (
    "Look whether the address and the password are right, and whether the server is up; sign in with another XMPP program to see."
)
_NO_ARCHIVE = "Ask who runs the server for an archive (XEP-0313): without it, what our other programs read may not come here."


def check(account: Account) -> Sequence[Check]:
    """Sign in, and look what the server can do. Raises nothing."""
    settings = settings_of(account)
    if not settings.address:
        return [Check(name="Address", ok=False, detail="this is no XMPP address", remedy="Write it as name@server.")]
    try:
        with signed_in(settings, f"{words.OURS}check") as link:
            found = link.run(_features(link))
            rooms = [link.run(_room(link, room)) for room in settings.rooms]
    except TryLater as error:
        return [Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=_SIGN_IN)]
    archive, carbons = words.ARCHIVE in found, words.CARBONS in found
    return [
        Check(name="Sign-in", ok=True, detail=f"as {settings.address}, " + ("not encrypted" if settings.plain else "encrypted")),
        Check(
            name="Archive",
            ok=archive,
            detail="the server keeps what comes while we are away" if archive else "the server keeps no archive",
            remedy="" if archive else _NO_ARCHIVE,
        ),
        Check(
            name="Carbons",
            ok=True,
            detail="answers from other programs are seen"
            if carbons
            else "answers from other programs are seen in the archive alone",
        ),
        *rooms,
    ]


async def _room(link: Connection, room: str) -> Check:
    """Whether the room is there. It is asked and not entered, so that nobody sees it."""
    try:
        found = await features_of(link, room)
    except NotIn as error:
        return Check(
            name=room, ok=False, detail=str(error), remedy="Look at the room's address, and whether it lets the account in."
        )
    who = "says who people are" if "muc_nonanonymous" in found else "knows people by their nicknames"
    kept = "keeps what is said" if words.ARCHIVE in found else "keeps no archive: what is said while we are away may be lost"
    return Check(name=room, ok=True, detail=f"the room {who}, and {kept}")


async def _features(link: Connection) -> set[str]:
    """What our account and its server say they can do."""
    from slixmpp.exceptions import IqError, IqTimeout

    found: set[str] = set()
    for whom in (link.settings.address, link.settings.domain):
        with contextlib.suppress(IqError, IqTimeout):
            found |= disco.features(await disco.ask(link, whom, seconds=10))
    return found
