"""The bytes of a file that a colleague sent along: from the account's own server, signed in (api.mattermost.com, files)."""

from samspil.channels.mattermost.api import call, thing
from samspil.channels.mattermost.settings import ID, settings_of
from samspil.kit import Account, SignInAgain, Unreachable
from samspil.kit.channel import LARGEST_FILE
from samspil.kit.files import is_page
from samspil.kit.web import NotAllowed, fetch

SECONDS = 60.0
SIGNED_OUT = 401


def fetch_file(ident: str, account: Account) -> bytes:
    """The bytes of one file. Raises SignInAgain, TryLater, Unreachable."""
    settings = settings_of(account)
    if not ID.fullmatch(ident) or not settings.server:
        raise Unreachable("The message has no such file")
    told = thing(call(settings, "GET", f"files/{ident}/info"))
    size = told.get("size")
    if told.get("id") != ident or told.get("delete_at"):
        raise Unreachable("The file is not there any more")
    if isinstance(size, int) and size > LARGEST_FILE:
        raise Unreachable(f"The file has {size} bytes, and {LARGEST_FILE} are fetched at most")
    try:
        answer = fetch(
            f"{settings.server}/api/v4/files/{ident}",
            largest=LARGEST_FILE,
            seconds=SECONDS,
            headers={"authorization": f"Bearer {settings.token}"},
            inside=settings.allowed,
            redirects=0,
        )
    except NotAllowed as error:
        raise Unreachable(f"The file is not fetched: {error}") from error
    if answer.status == SIGNED_OUT:
        raise SignInAgain("Mattermost does not accept the bot's token: give the new one in the settings of the channel")
    if not answer.ok:
        raise Unreachable(f"The file is not there any more ({answer.status})")
    if is_page(answer) and told.get("mime_type") != "text/html":
        raise Unreachable("Mattermost shows a page in place of the file")
    if isinstance(size, int) and len(answer.body) != size:
        raise Unreachable(f"The file has {len(answer.body)} bytes, and Mattermost says {size}")
    return answer.body
