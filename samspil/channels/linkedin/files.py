"""The pictures in comments (https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api).

A comment names its picture, and LinkedIn is asked where it lies just now: the address that it gives ends after a while.
"""

from samspil.channels.linkedin.settings import LinkedIn, Refused, server_of
from samspil.channels.linkedin.understand import pictures_in
from samspil.kit import Account, Envelope, Unreachable
from samspil.kit.files import load

HOSTS = (".licdn.com",)
"""LinkedIn's stores of pictures."""


def fetch_file(part: str, envelope: Envelope, account: Account) -> bytes:
    """The bytes of one; ``part`` is its name at LinkedIn. Raises TryLater, Unreachable."""
    if part not in pictures_in(envelope):
        raise Unreachable("There is no such picture in it")
    try:
        said = LinkedIn(account).ask("GET", f"images/{part.replace(':', '%3A')}")
    except Refused as error:
        raise Unreachable(f"LinkedIn does not give the picture: {error}") from error
    url = said.get("downloadUrl")
    return load(url if isinstance(url, str) else "", hosts=HOSTS, server=server_of(account), kinds=("image/*",)).body
