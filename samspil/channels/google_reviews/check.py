"""Trying an account for real, without writing."""

from collections.abc import Sequence

from samspil.channels.google_reviews.settings import Google, Refused, place_of
from samspil.kit import Account, ChannelError, Check


def check(account: Account) -> Sequence[Check]:
    """Sign in and look at the reviews. Raises nothing."""
    place = place_of(account)
    if not place:
        remedy = "Write it as accounts/DIGITS/locations/DIGITS; the guide says where it stands."
        return [Check(name="Place", ok=False, detail="this is no place", remedy=remedy)]
    google = Google(account)
    try:
        said = google.ask("GET", f"{place}/reviews", {"pageSize": "1"})
    except ChannelError as error:
        remedy = "Make a new refresh token, as the guide says, with an account that manages the place."
        return [Check(name="Sign-in", ok=False, detail=str(error)[:300], remedy=remedy)]
    except Refused as error:
        remedy = "Is the place verified, is the API turned on for the project, and does this account manage the place?"
        return [Check(name="Reviews", ok=False, detail=str(error)[:300], remedy=remedy)]
    total, average = said.get("totalReviewCount"), said.get("averageRating")
    stars = f", {average:.1f} stars" if isinstance(average, (int, float)) else ""
    return [
        Check(name="Sign-in", ok=True),
        Check(name="Reviews", ok=True, detail=f"{total if isinstance(total, int) else 0} reviews{stars}"),
    ]
