"""What one post, sign or pressed button means. Pure, and without trust in any field.

A post is named by its id, which the whole server knows. Who wrote is the server's own id of the person; a name that somebody shows, or
that a webhook puts in its place, proves nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from mimetypes import guess_type
from typing import Any

from samspil.channels.mattermost import tokens
from samspil.channels.mattermost.settings import ID, NETWORK, Settings, settings_of
from samspil.channels.mattermost.sort import by_machine
from samspil.channels.mattermost.words import LONGEST, plain
from samspil.kit import Account, Attachment, ColleagueWrote, Envelope, Event, Handle, NotUnderstood
from samspil.kit.notices import SAYS
from samspil.kit.reading import body, part, size, text
from samspil.kit.signs import sign_of

LARGEST = 1024 * 1024
MANY = 20
FOREIGN = "another server"


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """What it means; nothing where it is not about us. Raises NotUnderstood."""
    said, settings = body(envelope.payload, what="The event", largest=LARGEST), settings_of(account)
    kind = text(said.get("kind"), 40)
    if kind == "pressed":
        return [_pressed(said, account, settings)]
    if kind == "reaction_added":
        return _sign(said, settings)
    if kind == "reaction_removed":
        return []  # what the sign did is done
    if kind in {"posted", "edited", "deleted"}:
        return _post(said, kind, settings)
    raise NotUnderstood(f"An event of the kind {kind!r} is not known")


def _post(said: Mapping[str, Any], kind: str, settings: Settings) -> Sequence[Event]:
    post = part(said, "post")
    ident, root = _id(post.get("id"), "The post has no id"), text(post.get("root_id"), 40)
    if post.get("user_id") == said.get("bot") or by_machine(post):
        return []
    more: dict[str, Any] = {
        "notice": "", "by": "reference", "place": root if ID.fullmatch(root) else "", "author": _author(post.get("user_id"), post, settings),
        "unsure": FOREIGN if post.get("remote_id") else "",
    }  # fmt: skip
    if kind == "deleted":
        return [
            ColleagueWrote(external_id=f"{ident}:deleted", kind="delete", target=ident, at=_time(post.get("delete_at")), **more)
        ]
    words = plain(text(post.get("message"), LONGEST + 1000))
    if kind == "edited":
        at = post.get("edit_at")
        return [
            ColleagueWrote(
                external_id=f"{ident}:{_time(at).timestamp():.3f}", kind="edit", target=ident, at=_time(at), text=words, **more
            )
        ]
    files = _files(post)
    if not words and not files:
        raise NotUnderstood("The post says nothing")
    return [ColleagueWrote(external_id=ident, at=_time(post.get("create_at")), text=words, attachments=files, **more)]


def _sign(said: Mapping[str, Any], settings: Settings) -> Sequence[Event]:
    """A sign given to a post of ours."""
    given = part(said, "reaction")
    place, name, at = (
        _id(given.get("post_id"), "The sign was given to nothing"),
        text(given.get("emoji_name"), 100),
        _time(given.get("create_at")),
    )
    if given.get("user_id") == said.get("bot"):
        return []
    if not name:
        raise NotUnderstood("The sign is none")
    author = _author(given.get("user_id"), given, settings)
    return [
        ColleagueWrote(
            external_id=f"{place}:{name}:{author.address}:{at.timestamp():.3f}", notice="", by="reference", place=place, author=author, at=at,
            kind="sign", text=sign_of(name), unsure=FOREIGN if given.get("remote_id") else "",
        )
    ]  # fmt: skip


def _pressed(said: Mapping[str, Any], account: Account, settings: Settings) -> Event:
    """A button of ours: signed, and pressed by whom it was made for."""
    held = part(said, "context")
    if not tokens.is_ours(account.key, held) or held.get("user") != said.get("user"):
        raise NotUnderstood("The button is not ours")
    place, word = _id(said.get("post"), "The button stands nowhere"), str(held["word"])
    author = _author(said.get("user"), {}, settings)
    at = said.get("at")
    return ColleagueWrote(
        external_id=f"{place}:{word}:{author.address}", notice=str(held["notice"]), by="reference", place=place, author=author,
        at=_time(at), text=SAYS[word],
    )  # fmt: skip


def _author(value: object, inner: Mapping[str, Any], settings: Settings) -> Handle:
    """Who it was, on the server that they are of."""
    user = _id(value, "Mattermost does not say who it was")
    # Of a server that is connected with ours the id is ours, and the person is not.
    scope = f"{settings.host}/{text(inner.get('remote_id'), 60)}" if inner.get("remote_id") else settings.host
    return Handle(network=NETWORK, scope=scope, address=user)


def _id(value: object, otherwise: str) -> str:
    found = text(value, 40)
    if not ID.fullmatch(found):
        raise NotUnderstood(otherwise)
    return found


def _time(value: object) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            pass
    raise NotUnderstood("The event has no time")


def _files(post: Mapping[str, Any]) -> Sequence[Attachment]:
    """The files of a post; their bytes are fetched afterwards. The post names them, and its metadata say what they are."""
    rows, told = post.get("file_ids"), part(post, "metadata").get("files")
    known = {text(row.get("id"), 40): row for row in told if isinstance(row, Mapping)} if isinstance(told, list) else {}
    found = []
    for row in rows[:MANY] if isinstance(rows, list) else ():
        ident = text(row, 40)
        if not ID.fullmatch(ident):
            continue
        more = known.get(ident, {})
        name = text(more.get("name"), 255) or "file"
        kind = text(more.get("mime_type"), 100) or guess_type(name)[0] or "application/octet-stream"
        found.append(Attachment(part=ident, name=name, content_type=kind, size=size(more.get("size")), remote=True))
    return found
