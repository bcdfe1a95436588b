"""What a review means: pure, and without trust in any field.

A reviewer has no stable id at Google: the same person's two reviews cannot be told from those of two people. So a review is an address by
itself, valid at our place, and nobody is joined wrongly.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from samspil.channels.google_reviews.replies import reply_id
from samspil.channels.google_reviews.settings import NETWORK, REVIEW, place_of, server_of
from samspil.kit import (
    Account,
    Attachment,
    Delete,
    DeliveryReport,
    Edit,
    Envelope,
    Event,
    Handle,
    Message,
    NotUnderstood,
    reading,
)
from samspil.kit.files import may_load

LARGEST = 4 * 1024 * 1024
LONGEST, MANY = 20_000, 50
HOSTS = (".googleusercontent.com", ".ggpht.com")
"""Google's stores of pictures."""
STARS: Mapping[Any, int] = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_FRACTION = re.compile(r"(\.\d{6})\d+")
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The event of one envelope. Raises NotUnderstood."""
    said, place = _read(envelope.payload), place_of(account)
    if isinstance(said.get("review"), dict):
        return [_review(said["review"], envelope, place, server_of(account))]
    if isinstance(said.get("answer"), dict):
        return [_answer(said["answer"], place)]
    if isinstance(said.get("rejected"), dict):
        return [_rejected(said["rejected"], place)]
    if isinstance(said.get("deleted"), dict):
        author = replace(_person(said["deleted"], place), name="")  # the name that is known stays
        return [Delete(external_id=envelope.external_id, target=author.address, author=author, at=_when(said.get("at")))]
    raise NotUnderstood("neither a review nor an answer to one")


def pictures_in(envelope: Envelope, server: str) -> Mapping[str, str]:
    """Where each picture of the review in it lies, by its place. Raises NotUnderstood."""
    return _pictures(reading.part(_read(envelope.payload), "review"), server)


def _pictures(review: Mapping[str, Any], server: str) -> dict[str, str]:
    media = review.get("reviewMediaItems")
    rows = [row if isinstance(row, dict) else {} for row in media[:MANY]] if isinstance(media, list) else []
    urls = [(str(n), _text(row.get("thumbnailUrl"), 2000)) for n, row in enumerate(rows)]
    return {part: url for part, url in urls if may_load(url, hosts=HOSTS, server=server)}


def _files(review: Mapping[str, Any], server: str) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(part=part, name=f"picture{int(part) + 1}.jpg", content_type="image/jpeg", size=0, remote=True)
        for part in _pictures(review, server)
    )


def shown(review: Mapping[str, Any], server: str = "") -> str:
    """A review as text: its stars, what was written, and how many pictures cannot be had; a translation of Google's is left out."""
    number = _stars(review)
    stars = f"{'★' * number}{'☆' * (5 - number)}" if number else ""
    media = review.get("reviewMediaItems")
    rest = len(media) - len(_pictures(review, server)) if isinstance(media, list) else 0
    files = f"[{rest} 📷]" if rest else ""
    return "\n\n".join(part for part in (stars, _own_words(_text(review.get("comment"))), files) if part)


def _review(review: Mapping[str, Any], envelope: Envelope, place: str, server: str) -> Event:
    author, changed = _person(review, place), _when(review.get("updateTime"))
    if envelope.headers.get("seen") == "yes":
        return Edit(
            external_id=envelope.external_id, target=author.address, author=author, at=changed, text=shown(review, server)
        )
    whole = _text(review.get("comment"))
    translated = _TRANSLATED in whole
    return Message(
        external_id=author.address,
        author=author,
        at=_when(review.get("createTime")),
        text=shown(review, server),
        attachments=_files(review, server),
        full_text=whole if translated else "",
        thread=author.address,
        public=True,
        notes=["Google's translation is left out; it stands in the whole text"] if translated else [],
        extra={"stars": _stars(review)} if _stars(review) else {},
    )


def _answer(review: Mapping[str, Any], place: str) -> Event:
    """Our answer, also where it was written in Google itself."""
    author, reply = _person(review, place), reading.part(review, "reviewReply")
    text = _text(reply.get("comment"))
    if not text:
        raise NotUnderstood("the answer has no text")
    return Message(
        external_id=reply_id(author.address, reply.get("comment")),
        author=Handle(network=NETWORK, address=place or "us"),
        at=_when(reply.get("updateTime")),
        text=_own_words(text),
        references=[author.address],
        thread=author.address,
        to=[author],
        public=True,
        outgoing=True,
    )


def _rejected(review: Mapping[str, Any], place: str) -> Event:
    author, reply = _person(review, place), reading.part(review, "reviewReply")
    target = reply_id(author.address, reply.get("comment"))
    why = _text(reply.get("policyViolation"), 300)
    return DeliveryReport(
        external_id=f"rejected:{target}",
        target=target,
        state="failed",
        at=_when(reply.get("updateTime")),
        detail="Google does not publish the answer: it is against its rules" + (f" ({why})" if why else ""),
    )


def _person(review: Mapping[str, Any], place: str) -> Handle:
    ident = review.get("reviewId")
    if not isinstance(ident, str) or not REVIEW.fullmatch(ident):
        raise NotUnderstood("the review has no id")
    about = reading.part(review, "reviewer")
    name = "" if about.get("isAnonymous") is True else _text(about.get("displayName"), 200).strip()
    return Handle(network=NETWORK, scope=place, address=ident, display=name, name="" if name else f"#{ident[-8:]}")


def _own_words(text: str) -> str:
    """Without Google's translation, which stands before the original or after it."""
    if _TRANSLATED not in text:
        return text
    before, _, after = text.partition(_TRANSLATED)
    original = after.partition(_ORIGINAL)[2].strip()
    return original or before.strip() or after.strip()


def _stars(review: Mapping[str, Any]) -> int:
    said = review.get("starRating")
    return STARS.get(said, 0) if isinstance(said, str) else 0


def _read(payload: bytes) -> Mapping[str, Any]:
    return reading.body(payload, what="it", largest=LARGEST)


def _text(value: Any, longest: int = LONGEST) -> str:
    return reading.text(value, longest, reading.CONTROLS_AND_RETURNS).strip()


def _when(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", value)) if isinstance(value, str) else None
        if found:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood("it says no time") from error
    raise NotUnderstood("it says no time")
