"""Pictures and other files of a text message (https://www.twilio.com/docs/messaging/api/media-resource).

Twilio gives an address for each in its call. It asks for the account's credentials there, and sends on to a store of its own, which gets none.
"""

from samspil.channels.sms.settings import HOME, authorization
from samspil.channels.sms.understand import form_of, media_of
from samspil.kit import Account, Envelope, Unreachable
from samspil.kit.files import load

HOSTS = (".twilio.com",)
_KNOWN = ("image", "video", "audio")


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one file; ``part`` is its place in the call. Raises TryLater, Unreachable."""
    found = dict(enumerate(media_of(form_of(envelope))))
    kind, url = found.get(int(part) if part.isascii() and part.isdigit() else -1, ("", ""))
    if not url:
        raise Unreachable("The message has no such file")
    family = kind.partition("/")[0].lower()
    kinds = (f"{family}/*",) if family in _KNOWN else ()
    server = str(account.config.get("server") or HOME)
    return load(url, hosts=HOSTS, server=server, kinds=kinds, headers={"authorization": authorization(account)}).body
