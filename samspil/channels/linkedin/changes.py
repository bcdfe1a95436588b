"""A comment of ours is given other words, or deleted; anybody's is given a reaction in the page's name.

Sources: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api (edit and delete) and .../reactions-api.
A comment is asked for below its post, an answer to a comment too: the documentation shows no other place. What LinkedIn says of a reaction that
stands there already it does not tell; a conflict is taken for it.
"""

from collections.abc import Mapping
from urllib.parse import quote

from samspil.channels.linkedin.send import CONFLICT, FORBIDDEN, LONGEST, MISSING
from samspil.channels.linkedin.settings import COMMENT, FAULTS, LinkedIn, Refused, own_urn, path_of
from samspil.kit import Account, Change, Sent, TryLater, Unreachable
from samspil.kit.oauth import AFTER_REFUSED

REACTIONS: Mapping[str, str] = {
    "👍": "LIKE",
    "👏": "PRAISE",
    "❤️": "EMPATHY",
    "💡": "INTEREST",
    "🫶": "APPRECIATION",
    "😄": "ENTERTAINMENT",
}
"""LinkedIn's six as the signs that it shows: like, celebrate, love, insightful, support, funny."""


def carry_out(change: Change, account: Account) -> Sent:
    """Edit, delete, react, or take the reaction back; each may be done twice. Raises TryLater, Unreachable."""
    own, found = own_urn(account), COMMENT.fullmatch(change.target)
    if change.kind not in _CALLS or not found:
        raise Unreachable("LinkedIn lets comments be edited, deleted and reacted to, and nothing else be changed.")
    if change.kind in {"edit", "delete"} and not change.own:
        raise Unreachable("Only comments of our own can be changed.")
    if len(change.text) > LONGEST:
        raise Unreachable(f"The comment has {len(change.text)} characters, and LinkedIn takes {LONGEST}.")
    if change.kind == "react" and change.emoji not in REACTIONS:
        raise Unreachable(f"LinkedIn has these signs: {' '.join(REACTIONS)}")
    if not own:
        raise TryLater("The page's number is none: digits alone.", after=AFTER_REFUSED)
    try:
        _CALLS[change.kind](change, own, LinkedIn(account))
    except Refused as error:
        if error.status >= FAULTS:
            raise TryLater(f"LinkedIn broke off: {error}") from error
        if error.status not in _DONE.get(change.kind, ()):
            raise _unreachable(change, error) from error
    return Sent(external_id="")


_DONE: Mapping[str, tuple[int, ...]] = {"delete": (MISSING,), "unreact": (MISSING,), "react": (CONFLICT,)}
"""How LinkedIn says that it was so already."""


def _edit(change: Change, own: str, linkedin: LinkedIn) -> None:
    body = {"patch": {"message": {"$set": {"text": change.text}}}}
    linkedin.ask("POST", _path(change.target), {"actor": own}, json=body, partial=True, repeatable=True)


def _delete(change: Change, own: str, linkedin: LinkedIn) -> None:
    linkedin.ask("DELETE", _path(change.target), {"actor": own})


def _react(change: Change, own: str, linkedin: LinkedIn) -> None:
    """One reaction of the page to a comment: another takes its place."""
    body = {"root": change.target, "reactionType": REACTIONS[change.emoji]}
    linkedin.ask("POST", "reactions", {"actor": own}, json=body, repeatable=True)


def _unreact(change: Change, own: str, linkedin: LinkedIn) -> None:
    linkedin.ask("DELETE", f"reactions/(actor:{quote(own, safe='')},entity:{quote(change.target, safe='')})")


_CALLS = {"edit": _edit, "delete": _delete, "react": _react, "unreact": _unreact}


def _path(urn: str) -> str:
    """A comment, below its post."""
    found = COMMENT.fullmatch(urn)
    return f"{path_of(found[1])}/{found[2]}" if found else ""


def _unreachable(change: Change, error: Refused) -> Unreachable:
    meaning = {
        MISSING: "The comment is not there any more",
        FORBIDDEN: "The account may not do that for this page; it must be its administrator, and the app needs w_organization_social",
    }.get(error.status, f"LinkedIn refuses to {change.kind}")
    return Unreachable(f"{meaning}: {error}")
