"""The one-time code of the first run: whoever reaches the port first must not be able to claim a new installation."""

import ipaddress
from urllib.parse import urlsplit

from samspil.base.seal import sign
from samspil.project.settings import settings

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which are mistaken for each other when a code is typed from a screen."""
LENGTH = 12


def setup_code() -> str:
    """The code as ``samspil up`` shows it (XXXX-XXXX-XXXX, 60 bits); "" when only this machine reaches us and none is asked.

    Derived from the installation's secret key, so that every process knows it and nothing is stored. It is asked as soon as
    the port is bound to more than loopback, or ``public_url`` names another host: then a proxy may let strangers in.
    """
    found = settings()
    if _local(found.host) and _local(urlsplit(found.public_url).hostname or "localhost"):
        return ""
    number = int(sign("setup code", b"first run"), 16)
    letters = ""
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return "-".join(letters[i : i + 4] for i in range(0, LENGTH, 4))


def _local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
