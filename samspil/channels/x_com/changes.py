"""What can be done to a post that stands there: one of ours is deleted, anybody's is liked; within the month's budget.

Sources: docs.x.com/x-api/posts/delete-post, docs.x.com/x-api/users/like-post. Direct messages are left as they are: X deletes one for ourselves
alone. X has no question that tells what these calls have cost: the meter is asked before each, and X's own spending limit holds.
"""

from samspil.channels.x_com.reading import ID
from samspil.channels.x_com.send import within
from samspil.channels.x_com.settings import FAULTS, FORBIDDEN, MISSING, Refused, ask, own_id
from samspil.kit import Account, Change, Sent, TryLater, Unreachable

LIKE = "❤️"
_PRICES = {"delete": "delete", "react": "like", "unreact": "unlike"}


def carry_out(change: Change, account: Account) -> Sent:
    """Delete, like, or like no more. Raises TryLater, Unreachable."""
    own = own_id(account)
    if change.kind not in _PRICES or not ID.fullmatch(change.target):
        raise Unreachable("X lets posts be deleted and liked by programs, and nothing else be changed")
    if change.kind == "delete" and not change.own:
        raise Unreachable("Only posts of our own can be deleted")
    if change.kind != "delete" and change.emoji.rstrip("\ufe0f") != LIKE.rstrip("\ufe0f"):
        raise Unreachable("X has one sign: a heart")
    if not own:
        raise TryLater("The access token is none: copy it whole from X's developer portal.", after=600)
    within(_PRICES[change.kind], account)
    method, path, body = {
        "delete": ("DELETE", f"/2/tweets/{change.target}", None),
        "react": ("POST", f"/2/users/{own}/likes", {"tweet_id": change.target}),
        "unreact": ("DELETE", f"/2/users/{own}/likes/{change.target}", None),
    }[change.kind]
    try:
        ask(account, method, path, json=body, repeatable=True)
    except Refused as error:
        _settle(change, error)
    return Sent(external_id="")


def _settle(change: Change, error: Refused) -> None:
    if error.status >= FAULTS:
        raise TryLater(f"X broke off: {error}") from error
    if error.status == MISSING and change.kind != "react":
        return  # it is gone, which is what was wanted
    meaning = {
        MISSING: "The post is not there any more",
        FORBIDDEN: "X does not let this account do that"
        if change.kind == "delete"
        else "X lets programs like posts only under a contract of its own (Enterprise) since 2026-04-20; like it in X itself",
    }.get(error.status, "X refuses it")
    raise Unreachable(f"{meaning}: {error}") from error
