"""One answer put below a review. Google keeps one for each: putting the same twice is the same, and another replaces it."""

from samspil.channels.google_reviews.replies import reply_id
from samspil.channels.google_reviews.settings import REVIEW, Google, Refused, place_of
from samspil.kit import Account, Outbound, Sent, TryLater, Unreachable
from samspil.kit.oauth import AFTER_REFUSED

LONGEST = 4096
"""Bytes of an answer."""
FORBIDDEN, MISSING = 403, 404


def send(outbound: Outbound, account: Account) -> Sent:
    """Put the answer. Raises TryLater, Unreachable."""
    place = place_of(account)
    if not place:
        raise TryLater("The place is none: accounts/DIGITS/locations/DIGITS.", after=AFTER_REFUSED)
    if outbound.files:
        raise Unreachable("An answer to a review has no files.")
    if words := too_long(outbound.text):
        raise Unreachable(words)
    review = outbound.to.address
    if not REVIEW.fullmatch(review) or (outbound.to.scope and outbound.to.scope != place):
        raise Unreachable("This review is of another place.")
    google, path = Google(account), f"{place}/reviews/{review}"
    try:
        there = google.ask("GET", path).get("reviewReply")
        google.ask("PUT", f"{path}/reply", json={"comment": outbound.text})
    except Refused as error:
        raise refusal(error) from error
    ident = reply_id(review, outbound.text)
    replaced = isinstance(there, dict) and bool(there.get("comment")) and reply_id(review, there.get("comment")) != ident
    return Sent(external_id=ident, detail="It replaces the answer that stood there: a review has only one" if replaced else "")


def too_long(text: str) -> str:
    """Why Google would not take the text; "" for one that it takes."""
    size = len(text.encode("utf-8", "replace"))
    return (
        ""
        if size <= LONGEST
        else f"The answer has {size} bytes, and Google takes {LONGEST}; letters like æ and signs count for more than one."
    )


def refusal(error: Refused) -> Unreachable:
    """Google's refusal in a colleague's words."""
    meaning = {
        MISSING: "The review is not there any more",
        FORBIDDEN: "The Google account may not answer for this place",
    }.get(error.status, "Google refuses the answer")
    return Unreachable(f"{meaning}: {error}", permanent=error.status == MISSING)
