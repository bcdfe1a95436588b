"""The bytes of pictures and films, from where X keeps them for everybody."""

from samspil.channels.x_com import media, understand
from samspil.channels.x_com.settings import server_of
from samspil.kit import Account, Envelope, Unreachable
from samspil.kit.files import load


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one; ``part`` is its key at X. Raises TryLater, Unreachable."""
    server = server_of(account)
    found = next((m for m in understand.media_in(envelope, server) if m.key == part and m.url), None)
    if found is None:
        raise Unreachable("There is no such picture in it")
    kinds = (media.FILM,) if found.kind in {"video", "GIF"} else ("image/*",)
    return load(found.url, hosts=media.HOSTS, server=server, kinds=kinds).body
