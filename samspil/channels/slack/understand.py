"""What one event or one pressed button means. Pure, and without trust in any field.

A message is named "CHANNEL:TIME", as Slack does it. Who wrote is Slack's own id of the person, within the workspace; a name that
somebody shows proves nothing and is not read.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from mimetypes import guess_type
from typing import Any

from samspil.channels.slack import tokens
from samspil.channels.slack.hear import LARGEST, team_of
from samspil.channels.slack.settings import NETWORK, PLACE, STAMP, TEAM, USER, Settings, settings_of
from samspil.channels.slack.sort import REACTIONS, SAYING, bots_of, is_by_machine, is_ours, message_of
from samspil.channels.slack.words import said_of
from samspil.kit import Account, Attachment, ColleagueWrote, Envelope, Event, Handle, NotUnderstood
from samspil.kit.notices import SAYS
from samspil.kit.reading import body, part, size, text
from samspil.kit.signs import sign_of

MANY = 20
"""Files of one message that are looked at."""
FOREIGN = "another workspace"


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """What it means; nothing where it is not about us. Raises NotUnderstood."""
    said, settings = body(envelope.payload, what="The event", largest=LARGEST), settings_of(account)
    if not settings.team or team_of(said) != settings.team:
        raise NotUnderstood("It is of another workspace")
    if said.get("type") == "block_actions":
        return [_pressed(said, account, settings)]
    if not is_ours(said, settings.own):
        return []
    event = part(said, "event")
    if event.get("type") in REACTIONS:
        return _sign(said, event, settings)
    if is_by_machine(event, bots_of(said, settings.own)):
        return []
    return _message(said, event, settings)


def _message(said: Mapping[str, Any], event: Mapping[str, Any], settings: Settings) -> Sequence[Event]:
    """What somebody wrote, wrote anew or took back."""
    kind, inner = text(event.get("subtype"), 40), message_of(event)
    place, stamp = _place(event.get("channel")), text(inner.get("ts"), 40)
    if not STAMP.fullmatch(stamp):
        raise NotUnderstood("The message has no time, which is its name")
    thread = text(inner.get("thread_ts"), 40)
    more: dict[str, Any] = {
        "notice": "", "by": "reference", "place": f"{place}:{thread}" if STAMP.fullmatch(thread) else "",
        "author": _author(inner.get("user"), inner, settings), "unsure": _doubt(said, inner, settings),
    }  # fmt: skip
    name = f"{place}:{stamp}"
    if kind == "message_deleted":
        at = text(event.get("event_ts") or event.get("ts"), 40)
        return [ColleagueWrote(external_id=f"{name}:deleted", kind="delete", target=name, at=_time(at), **more)]
    if kind == "message_changed":
        changed = part(inner, "edited")
        # Slack changes a message itself, to show what lies behind a link: nobody said anything then.
        if changed.get("user") != inner.get("user") or not STAMP.fullmatch(text(changed.get("ts"), 40)):
            return []
        again = text(changed.get("ts"), 40)
        return [
            ColleagueWrote(external_id=f"{name}:{again}", kind="edit", target=name, at=_time(again), text=said_of(inner), **more)
        ]
    if kind not in SAYING:
        return []
    if not text(inner.get("text"), 10) and not inner.get("files") and not inner.get("blocks"):
        raise NotUnderstood("The message says nothing")
    return [ColleagueWrote(external_id=name, at=_time(stamp), text=said_of(inner), attachments=_files(inner), **more)]


def _sign(said: Mapping[str, Any], event: Mapping[str, Any], settings: Settings) -> Sequence[Event]:
    """A sign given to a message of ours. One that is taken back asks nothing: what it did is done."""
    item, name = part(event, "item"), text(event.get("reaction"), 100)
    stamp = text(item.get("ts"), 40)
    if event.get("type") != "reaction_added" or item.get("type") != "message":
        return []
    if not STAMP.fullmatch(stamp) or not name:
        raise NotUnderstood("The sign was given to nothing")
    place, author = f"{_place(item.get('channel'))}:{stamp}", _author(event.get("user"), event, settings)
    at = text(event.get("event_ts"), 40)
    return [
        ColleagueWrote(
            external_id=f"{place}:{name}:{author.address}:{at}", notice="", by="reference", place=place, author=author, at=_time(at),
            kind="sign", text=sign_of(name), unsure=_doubt(said, event, settings),
        )
    ]  # fmt: skip


def _pressed(said: Mapping[str, Any], account: Account, settings: Settings) -> Event:
    """A button of ours: which notice and which word stand in it, signed; who pressed it is Slack's word."""
    rows = said.get("actions")
    action = rows[0] if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], Mapping) else {}
    found = tokens.read(account.key, text(action.get("value"), 200))
    if found is None:
        raise NotUnderstood("The button is not ours")
    where, person = part(said, "container"), part(said, "user")
    stamp, at = text(where.get("message_ts"), 40), text(action.get("action_ts"), 40)
    if not STAMP.fullmatch(stamp):
        raise NotUnderstood("The button stands nowhere")
    place, author = f"{_place(where.get('channel_id'))}:{stamp}", _author(person.get("id"), person, settings)
    notice, word = found
    return ColleagueWrote(
        # Pressed twice it says the same once.
        external_id=f"{place}:{word}:{author.address}", notice=notice, by="reference", place=place, author=author, at=_time(at),
        text=SAYS[word], unsure=_doubt(said, person, settings),
    )  # fmt: skip


def _author(value: object, inner: Mapping[str, Any], settings: Settings) -> Handle:
    """Who it was, in the workspace that they are of."""
    user = text(value, 40)
    if not USER.fullmatch(user):
        raise NotUnderstood("Slack does not say who it was")
    return Handle(network=NETWORK, scope=_teams(inner, settings)[0], address=user)


def _teams(inner: Mapping[str, Any], settings: Settings) -> Sequence[str]:
    """The workspaces that are told of an author, those that are not ours first; ours where none is told."""
    named = [text(inner.get(name), 40) for name in ("user_team", "source_team", "team_id", "team")]
    found = [one for one in named if TEAM.fullmatch(one)]
    return sorted(found, key=lambda one: one == settings.team) or [settings.team]


def _doubt(said: Mapping[str, Any], inner: Mapping[str, Any], settings: Settings) -> str:
    """Why it is not sure that somebody of the house wrote: a channel shared with others, where people of theirs are not ours."""
    foreign = any(one != settings.team for one in _teams(inner, settings))
    shared = said.get("is_ext_shared_channel") is True
    unsaid = not any(text(inner.get(name), 40) for name in ("user_team", "source_team", "team_id", "team"))
    return FOREIGN if foreign or (shared and unsaid) else ""


def _place(value: object) -> str:
    found = text(value, 40)
    if not PLACE.fullmatch(found):
        raise NotUnderstood("Slack does not say where it was")
    return found


def _time(stamp: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(stamp), UTC) if STAMP.fullmatch(stamp) else datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotUnderstood("The event has no time") from error


def _files(inner: Mapping[str, Any]) -> Sequence[Attachment]:
    """The files of a message; their bytes are fetched afterwards."""
    rows = inner.get("files")
    found = []
    for row in rows[:MANY] if isinstance(rows, list) else ():
        ident = text(row.get("id"), 40) if isinstance(row, Mapping) else ""
        if not ident:
            continue
        name = text(row.get("name"), 255) or "file"
        kind = text(row.get("mimetype"), 100) or guess_type(name)[0] or "application/octet-stream"
        found.append(Attachment(part=ident, name=name, content_type=kind, size=size(row.get("size")), remote=True))
    return found
