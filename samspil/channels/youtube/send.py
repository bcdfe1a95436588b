"""One answer handed to YouTube, in the thread of what it answers; once, within the day's quota."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels.youtube.quota import Meter, a_day, seconds_of_day, units
from samspil.channels.youtube.settings import FAULTS, Google, Refused, own_channel
from samspil.channels.youtube.understand import ID
from samspil.kit import Account, Outbound, Sent, TryLater, Uncertain, Unreachable
from samspil.kit.oauth import AFTER_REFUSED

LONGEST = 10_000
_MEANINGS = {
    "parentCommentNotFound": "The comment you answer is not there any more.",
    "commentNotFound": "The comment is not there any more.",
    "parentCommentIsPrivate": "The comment you answer is private, and YouTube lets nobody answer it.",
    "commentsDisabled": "Comments are turned off below this video.",
    "ineligibleAccount": "The Google account has no channel on YouTube yet.",
    "commentTextTooLong": f"The answer is longer than the {LONGEST} characters that YouTube takes.",
    "forbidden": "The Google account may not write here. Was the refresh token made with the right to write comments?",
    "insufficientPermissions": "The refresh token was made without the right to write comments. Make a new one.",
}


def send(outbound: Outbound, account: Account) -> Sent:
    """Post one answer. Raises TryLater, Unreachable, Uncertain."""
    if outbound.files:
        raise Unreachable("A comment on YouTube has no files.")
    if not ID.fullmatch(outbound.in_reply_to):
        raise Unreachable("On YouTube only a comment can be answered.")
    if len(outbound.text) > LONGEST:
        raise Unreachable(f"The answer has {len(outbound.text)} characters, and YouTube takes {LONGEST}.")
    if not own_channel(account):
        raise TryLater("The channel's id is none: UC and 22 characters.", after=AFTER_REFUSED)
    within(account, "insert")
    thread = outbound.in_reply_to.partition(".")[0]
    google = Google(account)
    try:
        said = google.ask(
            "POST", "comments", {"part": "snippet"}, json={"snippet": {"parentId": thread, "textOriginal": outbound.text}}
        )
    except Uncertain as lost:
        return _found(google, thread, outbound.text, lost)
    except Refused as error:
        if error.status >= FAULTS:
            return _found(google, thread, outbound.text, Uncertain(f"YouTube broke off: {error}"))
        raise Unreachable(meaning(error)) from error
    ident = said.get("id")
    if not isinstance(ident, str) or not ID.fullmatch(ident):
        return _found(google, thread, outbound.text, Uncertain("YouTube took the answer and gave it no id."))
    return Sent(external_id=ident)


def meaning(error: Refused) -> str:
    """YouTube's refusal in a colleague's words."""
    return _MEANINGS.get(error.reason, f"YouTube refuses it: {error}")


def within(account: Account, name: str) -> None:
    """The day's quota allows the call of this name. Raises TryLater until the next day: it costs nothing but patience."""
    at = datetime.now(UTC)
    kept = account.cursor if isinstance(account.cursor, dict) else {}
    meter, limit = Meter.of(kept.get("meter"), at), a_day(account, at)
    if meter.used + units(name, at.date()) > limit:
        words = f"{meter.used} of the day's {limit} units at YouTube are used; it goes out when they begin anew."
        raise TryLater(words, after=seconds_of_day(at))


def _found(google: Google, thread: str, text: str, otherwise: Uncertain) -> Sent:
    """The answer where it stands in the thread already. Raises Uncertain."""
    query = {"part": "snippet", "parentId": thread, "textFormat": "plainText", "maxResults": "100"}
    try:
        said = google.ask("GET", "comments", query)
    except (Refused, TryLater):
        raise otherwise from None
    items = said.get("items")
    for row in items if isinstance(items, list) else []:
        snippet = _part(row, "snippet")
        ours = _part(snippet, "authorChannelId").get("value") == own_channel(google.account)
        ident = row.get("id") if isinstance(row, dict) else None
        if ours and isinstance(ident, str) and ID.fullmatch(ident) and _bare(snippet) == " ".join(text.split()):
            return Sent(external_id=ident, detail="YouTube took it, and its answer was lost on the way")
    raise otherwise


def _bare(snippet: Mapping[str, Any]) -> str:
    return " ".join(str(snippet.get("textOriginal") or snippet.get("textDisplay") or "").split())


def _part(said: Any, name: str) -> Mapping[str, Any]:
    found = said.get(name) if isinstance(said, dict) else None
    return found if isinstance(found, dict) else {}
