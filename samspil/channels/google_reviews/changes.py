"""Our answer to a review is put anew, or deleted.

Sources: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/updateReply and .../deleteReply. A review has one
answer and Google gives it no id: which one stands there is told by its text, so that none is changed that somebody else has put there.
"""

from collections.abc import Mapping
from typing import Any

from samspil.channels.google_reviews.replies import reply_id
from samspil.channels.google_reviews.send import MISSING, refusal, too_long
from samspil.channels.google_reviews.settings import REVIEW, Google, Refused, place_of
from samspil.kit import Account, Change, Sent, TryLater, Unreachable
from samspil.kit.oauth import AFTER_REFUSED


def carry_out(change: Change, account: Account) -> Sent:
    """Edit or delete our answer; both may be done twice. Raises TryLater, Unreachable."""
    place, review = place_of(account), change.to.address
    if change.kind not in {"edit", "delete"}:
        raise Unreachable("Google lets an answer be edited and deleted, and nothing else be changed.")
    if not change.own or not change.target.startswith("reply:"):
        raise Unreachable("Only our own answer can be changed.")
    if not place:
        raise TryLater("The place is none: accounts/DIGITS/locations/DIGITS.", after=AFTER_REFUSED)
    if not REVIEW.fullmatch(review) or (change.to.scope and change.to.scope != place):
        raise Unreachable("This review is of another place.")
    google, path = Google(account), f"{place}/reviews/{review}"
    try:
        there = _standing(google.ask("GET", path), review)
        return (_edit if change.kind == "edit" else _delete)(change, there, google, path)
    except Refused as error:
        raise refusal(error) from error


def _edit(change: Change, there: str, google: Google, path: str) -> Sent:
    ident = reply_id(change.to.address, change.text)
    if words := too_long(change.text):
        raise Unreachable(words)
    if there != ident:
        _ours(change, there)
        google.ask("PUT", f"{path}/reply", json={"comment": change.text})
    return Sent(external_id=ident, kept={"reply": ident})


def _delete(change: Change, there: str, google: Google, path: str) -> Sent:
    if there:
        _ours(change, there)
        try:
            google.ask("DELETE", f"{path}/reply")
        except Refused as error:
            if error.status != MISSING:
                raise
    return Sent(external_id="")


def _ours(change: Change, there: str) -> None:
    """What stands there is the answer that is to be changed. Raises Unreachable."""
    if not there:
        raise Unreachable("The answer is not there any more.")
    if there != str(change.kept.get("reply") or change.target):
        raise Unreachable("Another answer stands there now: a review has only one.")


def _standing(review: Mapping[str, Any], ident: str) -> str:
    """The id of the answer that stands below a review; "" where there is none."""
    reply = review.get("reviewReply")
    words = reply.get("comment") if isinstance(reply, dict) else None
    return reply_id(ident, words) if isinstance(words, str) and words else ""
