"""A comment of ours is given other words, or deleted, within the day's quota. YouTube has no call that likes a comment.

Sources: https://developers.google.com/youtube/v3/docs/comments/update and .../comments/delete.
"""

from samspil.channels.youtube.send import LONGEST, meaning, within
from samspil.channels.youtube.settings import Google, Refused, own_channel
from samspil.channels.youtube.understand import ID
from samspil.kit import Account, Change, Sent, TryLater, Unreachable
from samspil.kit.oauth import AFTER_REFUSED

MISSING = 404
_UNITS = {"edit": "update", "delete": "delete"}


def carry_out(change: Change, account: Account) -> Sent:
    """Edit or delete; both may be done twice. Raises TryLater (also where the quota is used up), Unreachable."""
    if change.kind not in _UNITS or not ID.fullmatch(change.target):
        raise Unreachable("YouTube lets comments be edited and deleted, and nothing else be changed.")
    if not change.own:
        raise Unreachable("Only comments of our own can be changed.")
    if len(change.text) > LONGEST:
        raise Unreachable(f"The comment has {len(change.text)} characters, and YouTube takes {LONGEST}.")
    if not own_channel(account):
        raise TryLater("The channel's id is none: UC and 22 characters.", after=AFTER_REFUSED)
    within(account, _UNITS[change.kind])
    google = Google(account)
    try:
        if change.kind == "edit":
            body = {"id": change.target, "snippet": {"textOriginal": change.text}}
            google.ask("PUT", "comments", {"part": "snippet"}, json=body)
        else:
            google.ask("DELETE", "comments", {"id": change.target})
    except Refused as error:
        if change.kind == "delete" and error.status == MISSING:
            return Sent(external_id="")  # it is gone, which is what was wanted
        raise Unreachable(meaning(error)) from error
    return Sent(external_id="")
