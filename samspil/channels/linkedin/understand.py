"""What a comment, or a notification of LinkedIn's webhook, means: pure, and without trust in any field."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels.linkedin.settings import COMMENT, NETWORK, own_urn
from samspil.kit import Account, Attachment, Delete, Edit, Envelope, Event, Handle, Message, NotUnderstood, Reaction, reading

LARGEST = 4 * 1024 * 1024
LONGEST, MANY = 20_000, 20
IMAGE = re.compile(r"urn:li:image:[A-Za-z0-9_-]{1,80}", re.ASCII)
ACTOR = re.compile(r"urn:li:(person|organization):[A-Za-z0-9_-]{1,60}", re.ASCII)
_SILENT = frozenset({"SHARE", "SHARE_MENTION", "ADMIN_COMMENT"})


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The event of one comment or notification; nothing for what asks nothing of us. Raises NotUnderstood."""
    said, own = _read(envelope.payload), own_urn(account)
    if isinstance(said.get("comment"), dict):
        return _comment(said["comment"], said, envelope, own)
    if isinstance(said.get("notification"), dict):
        return _notification(said["notification"], envelope, own)
    raise NotUnderstood("neither a comment nor a notification of LinkedIn")


def _comment(row: Mapping[str, Any], said: Mapping[str, Any], envelope: Envelope, own: str) -> Sequence[Event]:
    urn, author = _urn(row.get("commentUrn") or row.get("$URN")), _person(row.get("actor"), said.get("name"))
    pictures, rest = _pictures(row)
    text = "\n".join(part for part in (_text(reading.part(row, "message").get("text")), "[picture]" if rest else "") if part)
    ours = author.address == own
    if envelope.headers.get("seen") == "yes" and ours:
        return []  # other words of our own, which are in the log where they were given
    if envelope.headers.get("seen") == "yes":
        changed = _when(reading.part(row, "lastModified").get("time"))
        return [Edit(external_id=envelope.external_id, target=urn, author=author, at=changed, text=text)]
    top = said.get("top")
    above = top if isinstance(top, str) and COMMENT.fullmatch(top) and top != urn else ""
    began = said.get("began")
    to = [_person(began, "")] if ours and above and isinstance(began, str) and ACTOR.fullmatch(began) and began != own else []
    if ours and not to:
        return []
    return [
        Message(
            external_id=urn,
            author=author,
            at=_when(reading.part(row, "created").get("time")),
            text=text,
            references=[above] if above else [],
            thread=above or urn,
            to=to,
            attachments=tuple(
                Attachment(part=name, name=f"picture{n}.jpg", content_type="image/jpeg", size=0, remote=True)
                for n, name in enumerate(pictures, 1)
            ),
            public=True,
            outgoing=ours,
            extra={"post": f"https://www.linkedin.com/feed/update/{_about(urn)}"},
        )
    ]


def pictures_in(envelope: Envelope) -> Sequence[str]:
    """The names at LinkedIn of the pictures in the comment that the envelope holds. Raises NotUnderstood."""
    return _pictures(reading.part(_read(envelope.payload), "comment"))[0]


def _pictures(row: Mapping[str, Any]) -> tuple[list[str], int]:
    """The names of a comment's pictures, and how many there are without one."""
    content = row.get("content")
    found = [reading.part(one, "entity").get("image") for one in content[:MANY]] if isinstance(content, list) else []
    named = [name for name in found if isinstance(name, str) and IMAGE.fullmatch(name)]
    return named, len(found) - len(named)


def _notification(row: Mapping[str, Any], envelope: Envelope, own: str) -> Sequence[Event]:
    entity, action = row.get("organizationalEntity"), row.get("action")
    if entity != own:
        raise NotUnderstood("the notification is about another page")
    if action in _SILENT:
        return []
    made = reading.part(row, "decoratedGeneratedActivity")
    if action == "LIKE":
        like = reading.part(made, "like")
        author = _person(like.get("owner"), "")
        target = like.get("object")
        aim = target if isinstance(target, str) and COMMENT.fullmatch(target) and author.address != own else ""
        at = _when(row.get("lastModifiedAt"))
        return [Reaction(external_id=envelope.external_id, target=aim, author=author, at=at, emoji="👍")] if aim else []
    if action not in ("COMMENT", "COMMENT_EDIT", "COMMENT_DELETE"):
        raise NotUnderstood(f"a notification of the kind {str(action)[:60]!r} is not known")
    return _of_comment(str(action), row, reading.part(made, "comment"), envelope, own)


def _of_comment(action: str, row: Mapping[str, Any], comment: Mapping[str, Any], envelope: Envelope, own: str) -> Sequence[Event]:
    urn, author, at = _urn(row.get("generatedActivity")), _person(comment.get("owner"), ""), _when(row.get("lastModifiedAt"))
    if author.address == own:
        return []  # our own comments are seen when they are fetched, with whom they answer
    text = _text(comment.get("text"))
    if action == "COMMENT_DELETE":
        return [Delete(external_id=envelope.external_id, target=urn, author=author, at=at)]
    if action == "COMMENT_EDIT":
        return [Edit(external_id=envelope.external_id, target=urn, author=author, at=at, text=text)]
    link = {"post": f"https://www.linkedin.com/feed/update/{_about(urn)}"}
    return [Message(external_id=urn, author=author, at=at, text=text, thread=urn, public=True, extra=link)]


def _read(payload: bytes) -> Mapping[str, Any]:
    return reading.body(payload, what="it", largest=LARGEST)


def _urn(value: Any) -> str:
    if not isinstance(value, str) or not COMMENT.fullmatch(value):
        raise NotUnderstood("the comment has no id")
    return value


def _about(urn: str) -> str:
    found = COMMENT.fullmatch(urn)
    return found[1] if found else ""


def _person(value: Any, name: Any) -> Handle:
    if not isinstance(value, str) or not ACTOR.fullmatch(value):
        raise NotUnderstood("it does not say who wrote it")
    return Handle(network=NETWORK, address=value, display=_text(name, 200).strip())


def _text(value: Any, longest: int = LONGEST) -> str:
    return reading.text(value, longest, reading.CONTROLS_AND_RETURNS)


def _when(value: Any) -> datetime:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**14:
        raise NotUnderstood("it says no time at which it was written")
    return datetime.fromtimestamp(value / 1000, UTC)
