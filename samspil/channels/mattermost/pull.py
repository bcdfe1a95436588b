"""What is written to the bot, as it comes; and what was missed while there was no connection, asked for channel by channel.

An envelope is named by its post, so that the stream and the question after it bring each once. What colleagues say to each other is not kept: only
the bot's own conversations, threads that begin with a post of its own, and signs given to those.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection

from samspil.channels.mattermost import notify
from samspil.channels.mattermost.api import call, me, rows, thing
from samspil.channels.mattermost.settings import ID, Settings, settings_of
from samspil.channels.mattermost.sort import by_machine
from samspil.channels.mattermost.stream import opened, read
from samspil.kit import Account, Batch, ChannelError, Envelope, TryLater, Unreachable
from samspil.kit.notices import ASTRAY, worded
from samspil.kit.reading import part, text

SLICE = 30.0
"""Seconds without a word after which the runner sees whether it shall stop."""
OVERLAP = 60_000
"""Milliseconds before the last post from which on is asked again: posts are written at once and not in order."""
MANY = 2000
"""Posts of which it is remembered whose they are."""
POSTS = {"posted": "posted", "post_edited": "edited", "post_deleted": "deleted"}
REACTIONS = frozenset({"reaction_added", "reaction_removed"})


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """Events for ever, from ``cursor``: ``{"since": milliseconds of the last post}``. Raises TryLater."""
    settings = settings_of(account)
    looks = Looks(settings, cursor)
    try:
        with opened(settings) as connection:
            # First the stream and then the question: what comes between the two comes twice, and is kept once.
            yield Batch(envelopes=looks.missed(), cursor=looks.cursor)
            while True:
                found = looks.heard(_next(connection))
                yield Batch(envelopes=found, cursor=looks.cursor)
                for one in found:
                    looks.hint(one, account.language)
    except (OSError, WebSocketException) as error:
        raise TryLater(f"The connection with Mattermost was lost: {str(error)[:200]}") from error


def _next(connection: ClientConnection) -> Mapping[str, Any]:
    try:
        return read(connection.recv(timeout=SLICE))
    except TimeoutError:
        return {}


class Looks:
    """Where we are, who we are, and of which posts it is known whose they are."""

    def __init__(self, settings: Settings, cursor: Any) -> None:
        since = cursor.get("since") if isinstance(cursor, Mapping) else None
        self._settings = settings
        self.since = since if isinstance(since, int) and not isinstance(since, bool) else 0
        self.bot = text(me(settings).get("id"), 40)
        self._roots: dict[str, str] = {}

    @property
    def cursor(self) -> Any:
        return {"since": self.since}

    def heard(self, said: Mapping[str, Any]) -> list[Envelope]:
        """What one message of the stream brings; none where it is not about us."""
        kind, data = text(said.get("event"), 40), part(said, "data")
        if kind in POSTS:
            post = _inner(data, "post")
            direct = data.get("channel_type") == "D" or part(said, "broadcast").get("channel_type") == "D"
            return self._post(POSTS[kind], post, direct=direct)
        if kind in REACTIONS:
            given = _inner(data, "reaction")
            if given.get("user_id") == self.bot or self._whose(text(given.get("post_id"), 40)) != self.bot:
                return []
            kept = {"kind": kind, "reaction": _some(given, ("user_id", "post_id", "emoji_name", "create_at")), "bot": self.bot}
            ident = ":".join(str(given.get(name))[:60] for name in ("post_id", "user_id", "emoji_name", "create_at"))
            return [_envelope(f"{kind}:{ident}:{said.get('seq') if kind != 'reaction_added' else ''}", kept)]
        return []

    def missed(self) -> list[Envelope]:
        """What was written since the last post that we know of. At the first look nothing: nobody was told anything before."""
        channels = rows(call(self._settings, "GET", f"users/{self.bot}/channels"))
        newest = max((_number(row.get("last_post_at")) for row in channels), default=0)
        if not self.since:
            self.since = newest
            return []
        found, after = [], self.since - OVERLAP
        for row in channels:
            ident = text(row.get("id"), 40)
            if ID.fullmatch(ident) and _number(row.get("last_post_at")) >= after:
                found += self._since(ident, after, direct=row.get("type") == "D")
        self.since = max(self.since, newest)
        return found

    def _since(self, channel: str, after: int, *, direct: bool) -> list[Envelope]:
        said = thing(call(self._settings, "GET", f"channels/{channel}/posts?since={max(after, 0)}"))
        posts = [one for one in part(said, "posts").values() if isinstance(one, Mapping)]
        found: list[Envelope] = []
        for post in sorted(posts, key=lambda one: (_number(one.get("create_at")), str(one.get("id")))):
            if _number(post.get("delete_at")):
                found += self._post("deleted", post, direct=direct)
                continue
            if _number(post.get("create_at")) >= after:
                found += self._post("posted", post, direct=direct)
            if _number(post.get("edit_at")) >= max(after, 1):
                found += self._post("edited", post, direct=direct)
        return found

    def _post(self, kind: str, post: Mapping[str, Any], *, direct: bool) -> list[Envelope]:
        ident, root = text(post.get("id"), 40), text(post.get("root_id"), 40)
        if not ID.fullmatch(ident):
            return []
        self.since = max(self.since, _number(post.get("create_at")))
        if post.get("user_id") == self.bot:
            return []
        if not direct and (not ID.fullmatch(root) or self._whose(root) != self.bot):
            return []
        kept = {"kind": kind, "post": _some(post, KEPT), "direct": direct, "bot": self.bot}
        number = {"posted": "", "edited": f":{_number(post.get('edit_at'))}", "deleted": ""}[kind]
        return [_envelope(f"{kind}:{ident}{number}", kept)]

    def hint(self, envelope: Envelope, language: str) -> None:
        """Say to whoever writes to the bot outside of a thread of ours that it was sent to nobody. Raises nothing: it is a courtesy."""
        kept = read(envelope.payload)
        said = part(kept, "post")
        root, ident, place = (text(said.get(name), 40) for name in ("root_id", "id", "channel_id"))
        if kept.get("kind") != "posted" or not kept.get("direct") or by_machine(said) or not ID.fullmatch(place):
            return
        with suppress(ChannelError):
            if root and self._whose(root) == self.bot:
                return
            notify.post(self._settings, place, ident=f"hint:{ident}", words=worded(ASTRAY, language), root=root or ident)

    def _whose(self, post: str) -> str:
        """Who wrote a post; "" where it is not there for us."""
        if not ID.fullmatch(post):
            return ""
        if post not in self._roots:
            try:
                self._roots[post] = text(thing(call(self._settings, "GET", f"posts/{post}")).get("user_id"), 40)
            except Unreachable:
                self._roots[post] = ""
            for old in list(self._roots)[:-MANY]:
                del self._roots[old]
        return self._roots[post]


KEPT = (
    "id", "create_at", "update_at", "edit_at", "delete_at", "user_id", "channel_id", "root_id", "message", "type", "props", "file_ids",
    "metadata", "remote_id",
)  # fmt: skip


def _some(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: found[name] for name in names if name in found}


def _inner(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The post or the reaction, which stands as text within the event."""
    said = data.get(name)
    return read(said) if isinstance(said, str) else part(data, name)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 53 else 0


def _envelope(ident: str, kept: Mapping[str, Any]) -> Envelope:
    return Envelope(external_id=ident[:400], payload=json.dumps(kept, ensure_ascii=True, sort_keys=True).encode())
