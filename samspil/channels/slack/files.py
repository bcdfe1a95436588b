"""The bytes of a file that a colleague sent along (docs.slack.dev/reference/methods/files.info): from Slack's own hosts, signed in."""

import re

from samspil.channels.slack.api import look
from samspil.channels.slack.settings import Settings, is_home, settings_of
from samspil.kit import Account, Unreachable
from samspil.kit.channel import LARGEST_FILE
from samspil.kit.files import is_page, load
from samspil.kit.reading import part, text

FILE = re.compile(r"F[A-Z0-9]{2,30}", re.ASCII)


def fetch_file(ident: str, account: Account) -> bytes:
    """The bytes of one file. Raises SignInAgain, TryLater, Unreachable."""
    settings = settings_of(account)
    if not FILE.fullmatch(ident):
        raise Unreachable("The message has no such file")
    return load_file(settings, ident)


def load_file(settings: Settings, ident: str) -> bytes:
    """Asked for anew, for its address may have changed and it may have been taken back. Raises as :func:`fetch_file`."""
    found = part(look(settings, "files.info", {"file": ident}), "file")
    size = found.get("size")
    if found.get("is_external") is True or found.get("mode") in {"external", "tombstone", "hidden_by_limit"}:
        raise Unreachable("The file does not lie at Slack")
    if isinstance(size, int) and size > LARGEST_FILE:
        raise Unreachable(f"The file has {size} bytes, and {LARGEST_FILE} are fetched at most")
    url = text(found.get("url_private_download") or found.get("url_private"), 2000)
    if not is_home(url, settings.server):
        raise Unreachable("The file lies where nothing is fetched from")
    answer = load(
        url, hosts=(".slack.com",), server=settings.server, headers={"authorization": f"Bearer {settings.token}"}, stays=True
    )
    if is_page(answer) and found.get("mimetype") != "text/html":
        raise Unreachable("Slack shows a page for signing in in place of the file: the app lacks files:read")
    if isinstance(size, int) and size and len(answer.body) != size:
        raise Unreachable(f"The file has {len(answer.body)} bytes, and Slack says {size}")
    return answer.body
