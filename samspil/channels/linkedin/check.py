"""Trying an account for real, without writing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from samspil.channels.linkedin.settings import LinkedIn, Refused, own_urn
from samspil.channels.linkedin.version import words
from samspil.kit import Account, ChannelError, Check


def check(account: Account) -> Sequence[Check]:
    """Sign in and look at the page's posts, and say how long LinkedIn answers our version. Raises nothing."""
    ok, detail = words(datetime.now(UTC).date())
    spoken = Check(name="Version", ok=ok, detail=detail, remedy="" if ok else "Bring Samspil up to date.")
    own = own_urn(account)
    if not own:
        remedy = "Copy the digits from linkedin.com/company/DIGITS/admin."
        return [spoken, Check(name="Page", ok=False, detail="this is no number of a page", remedy=remedy)]
    try:
        LinkedIn(account).ask("GET", "posts", {"q": "author", "author": own, "count": "1", "sortBy": "LAST_MODIFIED"})
    except ChannelError as error:
        remedy = "Make a new refresh token, as the guide says."
        return [spoken, Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=remedy)]
    except Refused as error:
        remedy = "Is the member an administrator of the page, and has the app the Community Management API?"
        return [spoken, Check(name="Page", ok=False, detail=str(error)[:300], remedy=remedy)]
    return [spoken, Check(name="Sign-in", ok=True), Check(name="Page", ok=True, detail=own)]
