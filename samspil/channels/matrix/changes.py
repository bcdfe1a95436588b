"""What is done to an event afterwards, that it was read, and that we write. Source: spec.matrix.org, client-server API, event relations."""

from collections.abc import Mapping
from typing import Any

from samspil.channels.matrix.crypto.outbound import Secret, sealed, secret_of
from samspil.channels.matrix.send import BYTES, LENGTH, MISSING, markup, refused_words
from samspil.channels.matrix.server import Refused, Server, path
from samspil.channels.matrix.settings import MARK, event_id, external_id, place_of
from samspil.channels.matrix.words import HTML
from samspil.kit import Account, Change, Handle, Sent, TryLater, Uncertain, Unreachable

TYPING_MS = 8000
DUPLICATE = "M_DUPLICATE_ANNOTATION"
"""The homeserver has our sign already."""


def carry_out(change: Change, account: Account) -> Sent:
    """Carry one change out; its id is the transaction of every try. Raises TryLater, Unreachable."""
    room, event = place_of(change.target)
    if not room or not event:
        raise Unreachable("Nobody knows in which room the message stands.")
    server = Server(account, "out")
    try:
        secret = secret_of(server, account, room) if change.kind == "edit" else None
        return Sent(external_id=_change(server, room, event, change, secret))
    except Refused as refused:
        raise Unreachable(refused_words(refused)) from refused
    except Uncertain as lost:  # the same transaction again does nothing twice
        raise TryLater(str(lost)) from lost


def _change(server: Server, room: str, event: str, change: Change, secret: Secret | None) -> str:
    if change.kind == "read":
        server.call("POST", path("rooms", room, "receipt", "m.read", event), json={}, repeatable=True)
        return ""
    if change.kind == "edit":
        kind, content = sealed(secret, "m.room.message", _edit(event, change))
        return _put(server, room, kind, change.id, content)
    if change.kind == "react":
        relation = {"rel_type": "m.annotation", "event_id": event, "key": change.emoji}
        try:
            return _put(server, room, "m.reaction", change.id, {"m.relates_to": relation, MARK: change.id})
        except Refused as refused:
            if refused.code != DUPLICATE:
                raise
            return ""
    taken = event if change.kind == "delete" else place_of(change.given)[1]
    if not taken:
        raise Unreachable("Nobody knows any more by which event the sign was given.")
    try:
        said = server.call("PUT", path("rooms", room, "redact", taken, change.id), json={})
    except Refused as refused:
        if refused.status != MISSING:
            raise
        return ""
    return external_id(room, event_id(said.get("event_id")) or "")


def _edit(event: str, change: Change) -> dict[str, Any]:
    if len(change.text) > LENGTH or len(change.text.encode("utf-8", "replace")) > BYTES // 2:
        raise Unreachable(f"The answer has {len(change.text)} characters, and {LENGTH} are carried at most.")
    newest: dict[str, Any] = {"msgtype": "m.text", "body": change.text, "m.mentions": {}, MARK: change.id}
    html = markup(change.text)
    # The words stand twice in the event: for those who know of changes, and for those who do not.
    if 2 * (len(html.encode("utf-8", "replace")) + len(change.text.encode("utf-8", "replace"))) <= BYTES:
        newest |= {"format": HTML, "formatted_body": html}
    relation = {"rel_type": "m.replace", "event_id": event}
    return {**newest, "body": f"* {change.text}", "m.new_content": newest, "m.relates_to": relation}


def _put(server: Server, room: str, kind: str, transaction: str, content: Mapping[str, Any]) -> str:
    said = server.call("PUT", path("rooms", room, "send", kind, transaction), json=content)
    ident = event_id(said.get("event_id"))
    if not ident:
        raise TryLater("The homeserver took the change and gave it no id; the same try again does not do it twice.")
    return external_id(room, ident)


def typing(to: Handle, answering: str, account: Account) -> None:  # noqa: ARG001 - the room says who reads along
    """Show in the room that one of us writes. Raises TryLater, Unreachable."""
    room, _ = place_of(answering)
    if not room:
        raise Unreachable("Nobody knows in which room.")
    server = Server(account, "out")
    try:
        server.call("PUT", path("rooms", room, "typing", server.settings.user), json={"typing": True, "timeout": TYPING_MS})
    except Refused as refused:
        raise Unreachable(refused_words(refused)) from refused
