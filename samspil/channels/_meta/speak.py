"""Sending a private message of Messenger or Instagram within Meta's windows, by rules with dates.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from samspil.channels._meta.graph import Graph, Meaning
from samspil.channels._meta.limits import limit
from samspil.kit import Outbound, Sent, TryLater, Uncertain, Unreachable

TAG = "HUMAN_AGENT"
"""The one tag that is used. The others (ACCOUNT_UPDATE and so on) were never for conversations, and are refused since 27 April 2026."""

CODES: Mapping[int | tuple[int, int], Meaning] = {
    (10, 2018278): Meaning(words="They wrote too long ago: Meta's time for answers has passed"),
    (10, 2534022): Meaning(words="They wrote too long ago: Meta's time for answers has passed"),
    (10, 2018065): Meaning(words="They wrote too long ago: Meta's time for answers has passed"),
    (10, 2018108): Meaning(words="They have turned messages from you off"),
    (100, 2018001): Meaning(words="Meta does not know this person any more", permanent=True),
    (100, 1893061): Meaning(words="Meta has closed this tag for messages outside the time for answers"),
    (100, 2018109): Meaning(words="The message is too long for Meta"),
    (200, 1545041): Meaning(words="They cannot be reached: they have blocked you, or closed their account"),
    (551, 1545041): Meaning(words="They cannot be reached: they have blocked you, or closed their account"),
    551: Meaning(words="They cannot be reached just now: they may have blocked you"),
    368: Meaning(words="Meta has restricted your page because of its rules: look in Page Quality"),
    1390008: Meaning(words="You write too fast for Meta", after=600.0),
    1346003: Meaning(words="Meta takes the text for abusive"),
    1404102: Meaning(words="Meta takes the text for a breach of its community standards"),
    1404112: Meaning(words="Meta limits your account for a time"),
    1609008: Meaning(words="Meta does not let you link to Facebook there"),
    4854002: Meaning(words="Meta wants you to confirm who you are, at Facebook"),
    10900: Meaning(words="The comment has had its one private answer already"),
    10901: Meaning(words="The comment is too old for a private answer: Meta gives seven days"),
}
"""Meta's codes in words (https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes)."""


def asked_at(outbound: Outbound) -> datetime | None:
    """When the message that is answered was written, None when none is."""
    try:
        at = datetime.fromisoformat(str(outbound.extra.get("quoted_at") or ""))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def frame(channel: str, asked: datetime | None, now: datetime, *, human_agent: bool) -> Mapping[str, str]:
    """How Meta is told why we may write: as an answer, or later as a colleague of flesh and blood. Raises Unreachable when neither holds."""
    age = now - asked if asked else timedelta(0)
    if age <= timedelta(seconds=limit(channel, "response_seconds")):
        return {"messaging_type": "RESPONSE"}
    days = limit(channel, "human_agent_seconds")
    if age > timedelta(seconds=days):
        raise Unreachable("They wrote more than seven days ago: Meta's time for answers has passed")
    if not human_agent:
        raise Unreachable(
            "They wrote more than 24 hours ago: Meta takes an answer only if the app has its permission Human Agent (see the settings)"
        )
    return {"messaging_type": "MESSAGE_TAG", "tag": TAG}


def private(
    way: Graph, path: str, outbound: Outbound, recipient: Mapping[str, str], why: Mapping[str, str], *, named: bool = False
) -> Sent:
    """One private message; ``named``: with our reply's id in it, which its echo brings back. Raises TryLater, Unreachable, Uncertain."""
    return in_parts(way, path, recipient, why, [{"text": outbound.text} | ({"metadata": outbound.id} if named else {})])


def in_parts(
    way: Graph, path: str, recipient: Mapping[str, str], why: Mapping[str, str], messages: Sequence[Mapping[str, Any]]
) -> Sent:
    """One private message or several that belong together. Raises TryLater, Unreachable, Uncertain: that as soon as one of them has gone."""
    sent = Sent(external_id="")
    for number, message in enumerate(messages):
        try:
            sent = _made(way.call("POST", path, json={"recipient": recipient, **why, "message": message}), "message_id")
        except (TryLater, Unreachable) as error:
            if not number:
                raise
            raise Uncertain(f"{number} of {len(messages)} parts were sent, and then: {error}") from error
    return sent


def public(way: Graph, path: str, text: str) -> Sent:
    """One comment. Raises TryLater, Unreachable, Uncertain."""
    return replace(_made(way.call("POST", path, json={"message": text}), "id"), public=True)


def in_private(outbound: Outbound, asked: datetime | None, now: datetime, channel: str) -> bool:
    """Whether a comment is to be answered in private, where that is still possible. Raises Unreachable when it is not any more."""
    if not outbound.private:
        return False
    if asked and now - asked > timedelta(seconds=limit(channel, "private_reply_seconds")):
        raise Unreachable("The comment is more than seven days old: Meta takes no private answer to it any more")
    return True


def _made(found: Mapping[str, Any], name: str) -> Sent:
    ident = found.get(name)
    if not isinstance(ident, str) or not ident:
        raise Uncertain("Meta's answer did not say which message it made")
    return Sent(external_id=ident)
