"""One answer handed to X: a post below the one it answers, or a direct message; once, within the budget."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

from samspil.channels.x_com.length import DIRECT, LONGEST, has_link, weighted
from samspil.channels.x_com.meter import Meter, budget, dollars, price, spent_words
from samspil.channels.x_com.reading import ID, rows
from samspil.channels.x_com.settings import FAULTS, FORBIDDEN, TOO_MANY, Refused, ask, own_id
from samspil.kit import Account, Outbound, Sent, TryLater, Uncertain, Unreachable

LOOK_BACK = 10
DUPLICATE = 187
_GONE = ("suspended", "not found", "does not exist")
_DIRECT = re.compile(r"dm:([A-Za-z0-9-]{1,80}):\d{1,19}", re.ASCII)


def send(outbound: Outbound, account: Account) -> Sent:
    """Post one answer. Raises TryLater, Unreachable, Uncertain."""
    direct = _DIRECT.fullmatch(outbound.in_reply_to)
    public = "" if direct else outbound.in_reply_to if ID.fullmatch(outbound.in_reply_to) else ""
    if outbound.files:
        raise Unreachable("Files do not go out by this channel: write where they can be seen instead.")
    if not own_id(account):
        raise TryLater("The access token is none: copy it whole from X's developer portal.", after=600)
    within("write_with_link" if has_link(outbound.text) else "write", account)
    if public:
        return _post(outbound.text, public, account)
    return _message(outbound, direct[1] if direct else "", account)


def within(name: str, account: Account) -> None:
    """The budget allows what has this name in the prices. Raises Unreachable, in words: a colleague decides whether to raise it."""
    at = datetime.now(UTC)
    kept = account.cursor if isinstance(account.cursor, dict) else {}
    meter, limit = Meter.of(kept.get("meter"), at), budget(account)
    cost = price(name, at.date())
    if meter.mills >= limit:
        raise Unreachable(spent_words(meter, limit, at))
    if meter.mills + cost > limit:
        raise Unreachable(f"It costs {dollars(cost)}, and {dollars(limit - meter.mills)} of the month's budget for X is left.")


def _post(text: str, answered: str, account: Account) -> Sent:
    length = weighted(text)
    if length > LONGEST:
        raise Unreachable(f"The answer counts {length} characters at X, and a post takes {LONGEST}.")
    try:
        said = ask(
            account, "POST", "/2/tweets", json={"text": text, "reply": {"in_reply_to_tweet_id": answered}}, repeatable=False
        )
    except Uncertain as lost:
        return _found(text, answered, account, lost)
    except Refused as error:
        if error.status >= FAULTS:
            return _found(text, answered, account, Uncertain(f"X broke off: {error}"))
        if error.status == FORBIDDEN and (error.code == DUPLICATE or "duplicate" in str(error).lower()):
            return _found(text, answered, account, _twice(text))
        raise _unreachable(error) from error
    number = _part(said, "data").get("id")
    if not isinstance(number, str) or not ID.fullmatch(number):
        return _found(text, answered, account, Uncertain("X took the answer and gave it no number."))
    return Sent(external_id=number, detail=f"https://x.com/i/status/{number}")


def _message(outbound: Outbound, conversation: str, account: Account) -> Sent:
    if len(outbound.text) > DIRECT:
        raise Unreachable(f"The answer has {len(outbound.text)} characters, and a direct message takes {DIRECT}.")
    if not conversation or "-" in conversation:
        if not ID.fullmatch(outbound.to.address):
            raise Unreachable("The receiver has no number at X.")
        path = f"/2/dm_conversations/with/{outbound.to.address}/messages"
    else:
        path = f"/2/dm_conversations/{conversation}/messages"  # a group
    try:
        said = ask(account, "POST", path, json={"text": outbound.text}, repeatable=False)
    except Refused as error:
        if error.status >= FAULTS:
            raise Uncertain(f"X broke off: {error}") from error
        raise _unreachable(error) from error
    data = _part(said, "data")
    number, where = data.get("dm_event_id"), data.get("dm_conversation_id")
    if not isinstance(number, str) or not isinstance(where, str) or not ID.fullmatch(number):
        raise Uncertain("X took the message and gave it no number.")
    return Sent(external_id=f"dm:{where}:{number}"[:400])


def _found(text: str, answered: str, account: Account, otherwise: Exception) -> Sent:
    """The answer where it stands below the post already; one with a link is changed by X and cannot be told. Raises ``otherwise``."""
    if has_link(text):
        raise otherwise
    query = {
        "max_results": str(LOOK_BACK),
        "post.fields": "created_at,entities,id,text",
        "expansions": "referenced_posts",
    }
    try:
        said = ask(account, "GET", f"/2/users/{own_id(account)}/tweets", query=query)
    except (Refused, TryLater):
        raise otherwise from None
    for row in rows(said.get("data")):
        below = [r.get("id") for r in rows(row.get("referenced_posts")) if r.get("type") == "replied_to"]
        number = row.get("id")
        if answered in below and isinstance(number, str) and ID.fullmatch(number) and _bare(row.get("text")) == _bare(text):
            return Sent(external_id=number, detail="X took it, and its answer was lost on the way")
    raise otherwise


def _twice(text: str) -> Exception:
    if has_link(text):
        return Uncertain("X says that this text was posted already.")
    return Unreachable("X does not take the same text twice, and it does not stand below this post. Write it in other words.")


def _bare(text: Any) -> str:
    """A text without what X adds and changes: the names before it, blanks, signs in HTML's words."""
    words = unescape(text) if isinstance(text, str) else ""
    return " ".join(re.sub(r"^(?:@\w+\s+)+", "", words).split())


def _unreachable(error: Refused) -> Exception:
    if error.status == TOO_MANY:
        return TryLater(f"X asks for patience: {error}")
    words = str(error)
    return Unreachable(
        f"X refuses it: {words}", permanent=any(word in words.lower() for word in _GONE) and "user" in words.lower()
    )


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}
