"""What a line of the direct messages' log means: pure, and without trust in any field."""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.bluesky.settings import chat_id, did_of
from samspil.channels.bluesky.values import handle_of, is_own, line, obj, rows, text, time_of, type_of
from samspil.channels.bluesky.words import media, said
from samspil.kit import Event, Handle, Message, NotUnderstood, Reaction

KIND = "chat.bsky.convo.defs#"
CREATED, REACTED, TAKEN_BACK = "logCreateMessage", "logAddReaction", "logRemoveReaction"
HEARD = frozenset({CREATED, REACTED, TAKEN_BACK})
# The network deletes a direct message only for the one who asks, so logDeleteMessage tells what we did ourselves; and what is told
# as read we have read. The rest is about who is in a group and how it is set up.
SILENT = frozenset(
    {
        *("logBeginConvo", "logAcceptConvo", "logLeaveConvo", "logMuteConvo", "logUnmuteConvo", "logDeleteMessage"),
        *("logReadMessage", "logReadConvo", "logAddMember", "logRemoveMember", "logMemberJoin", "logMemberLeave"),
        *("logLockConvo", "logUnlockConvo", "logLockConvoPermanently", "logEditGroup", "logCreateJoinLink"),
        *("logEditJoinLink", "logEnableJoinLink", "logDisableJoinLink", "logIncomingJoinRequest"),
        *("logApproveJoinRequest", "logRejectJoinRequest", "logOutgoingJoinRequest"),
    }
)


def meaning(payload: Mapping[str, Any], own: frozenset[str]) -> Sequence[Event]:
    """The event of one line of the log; none for one that asks nothing of us. Raises NotUnderstood."""
    log = obj(payload.get("log"))
    kind = type_of(log, KIND)
    if kind in SILENT:
        return []
    if kind not in HEARD:
        raise NotUnderstood(f"Direct messages told {line(kind, 60)!r}, which is not known")
    said_in = obj(log.get("message"))
    ident = chat_id(log.get("convoId"), said_in.get("id"))
    if not ident:
        raise NotUnderstood("The direct message has no id")
    people = {did_of(row.get("did")): row for row in [*rows(payload.get("members")), *rows(log.get("relatedProfiles"))]}
    if kind == CREATED:
        return _created(log, ident, people, own)
    return _reaction(log, ident, people, own, removed=kind == TAKEN_BACK)


def _created(log: Mapping[str, Any], ident: str, people: Mapping[str, Any], own: frozenset[str]) -> Sequence[Event]:
    message = obj(log.get("message"))
    if type_of(message, KIND) in {"deletedMessageView", "systemMessageView"}:
        return []
    author, at = _who(message, people), time_of(message.get("sentAt"))
    if at is None:
        raise NotUnderstood("The direct message has no time")
    others = [handle_of(person) for did, person in people.items() if did and did != author.address]
    others = [handle for handle in others if not is_own(handle, own)]
    shared = _as_record(message)
    extra = {"media": media(shared, author.address)}
    return [
        Message(
            external_id=ident,
            author=author,
            at=at,
            text=said(shared, author.address),
            # A conversation of direct messages has no beginning that its messages point to: it is one thread for ever.
            thread=text(log.get("convoId"), 200),
            to=others,
            outgoing=is_own(author, own),
            extra={key: value for key, value in extra.items() if value},
        )
    ]


def _as_record(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message with its embed in the form that a post has; the log gives a whole view of the post that is shown."""
    embed = obj(message.get("embed"))
    return {**message, "embed": {**embed, "$type": "app.bsky.embed.record"}} if embed else message


def _reaction(
    log: Mapping[str, Any], ident: str, people: Mapping[str, Any], own: frozenset[str], *, removed: bool
) -> Sequence[Event]:
    told = obj(log.get("reaction"))
    author, at, sign = _who(told, people), time_of(told.get("createdAt")), line(told.get("value"), 64)
    if at is None or not sign:
        raise NotUnderstood("The reaction has no sign, or no time")
    if is_own(author, own):
        return []
    unique = f"{ident}:{author.address}:{sign}:{text(log.get('rev'), 60)}"
    return [Reaction(external_id=unique, target=ident, author=author, at=at, emoji=sign, removed=removed)]


def _who(told: Mapping[str, Any], people: Mapping[str, Any]) -> Handle:
    sender = obj(told.get("sender"))
    return handle_of(people.get(did_of(sender.get("did"))) or sender)
