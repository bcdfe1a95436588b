"""One answer handed to LinkedIn, below the comment that it answers; once."""

from samspil.channels.linkedin.pull import urn_of
from samspil.channels.linkedin.settings import COMMENT, FAULTS, LinkedIn, Refused, own_urn, path_of
from samspil.kit import Account, Outbound, Sent, TryLater, Uncertain, Unreachable
from samspil.kit.oauth import AFTER_REFUSED

LONGEST = 1250
FORBIDDEN, MISSING, CONFLICT = 403, 404, 409
LOOK_BACK = "100"


def send(outbound: Outbound, account: Account) -> Sent:
    """Post one answer. Raises TryLater, Unreachable, Uncertain."""
    own, answered = own_urn(account), COMMENT.fullmatch(outbound.in_reply_to)
    if not own:
        raise TryLater("The page's number is none: digits alone.", after=AFTER_REFUSED)
    if outbound.files:
        raise Unreachable("Files do not go out by this channel: write where they can be seen instead.")
    if not answered:
        raise Unreachable("On LinkedIn only a comment can be answered.")
    if len(outbound.text) > LONGEST:
        raise Unreachable(f"The answer has {len(outbound.text)} characters, and LinkedIn takes {LONGEST}.")
    top = _top(outbound)
    body = {"actor": own, "object": answered[1], "message": {"text": outbound.text}, "parentComment": top}
    linkedin = LinkedIn(account)
    try:
        said = linkedin.ask("POST", path_of(top), json=body)
    except Uncertain as lost:
        return _found(linkedin, top, outbound.text, lost)
    except Refused as error:
        if error.status >= FAULTS:
            return _found(linkedin, top, outbound.text, Uncertain(f"LinkedIn broke off: {error}"))
        if error.status == CONFLICT or "duplicate" in str(error).lower():
            twice = Unreachable("LinkedIn does not take the same text twice, and it does not stand below this comment.")
            return _found(linkedin, top, outbound.text, twice)
        raise _unreachable(error) from error
    urn = urn_of(said) or str(said["made"])
    urn = f"urn:li:comment:({answered[1]},{urn})" if urn.isascii() and urn.isdigit() else urn
    if not COMMENT.fullmatch(urn):
        return _found(linkedin, top, outbound.text, Uncertain("LinkedIn took the answer and gave it no id."))
    return Sent(external_id=urn)


def _top(outbound: Outbound) -> str:
    """The comment that began the thread: LinkedIn has one level below it."""
    for one in outbound.references:
        if COMMENT.fullmatch(one):
            return one
    return outbound.in_reply_to


def _found(linkedin: LinkedIn, top: str, text: str, otherwise: Exception) -> Sent:
    """The answer where it stands below the comment already. Raises ``otherwise``."""
    try:
        said = linkedin.ask("GET", path_of(top), {"start": "0", "count": LOOK_BACK})
    except (Refused, TryLater):
        raise otherwise from None
    rows = said.get("elements")
    for row in [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []:
        message = row.get("message")
        words = message.get("text") if isinstance(message, dict) else None
        if row.get("actor") == own_urn(linkedin.account) and isinstance(words, str) and words.split() == text.split():
            urn = urn_of(row)
            if COMMENT.fullmatch(urn):
                return Sent(external_id=urn, detail="LinkedIn took it, and its answer was lost on the way")
    raise otherwise


def _unreachable(error: Refused) -> Unreachable:
    meaning = {
        MISSING: "The comment you answer is not there any more",
        FORBIDDEN: "The account may not comment for this page; it must be its administrator, and the app needs w_organization_social",
    }.get(error.status, "LinkedIn refuses it")
    return Unreachable(f"{meaning}: {error}")
