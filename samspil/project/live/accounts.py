"""The accounts as the live process knows them: kept for a little while, forgotten when the bell says that one has changed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from samspil import kit
from samspil.base import registry
from samspil.base.errors import NotFound
from samspil.intake import queries
from samspil.project.live.database import Database
from samspil.project.live.http import Refused

KEPT = 30.0
MOST = 1000


@dataclass(frozen=True, slots=True)
class Post:
    """One account with its channel."""

    id: UUID
    view: kit.Account
    channel: kit.Channel


class Accounts:
    """Accounts by id."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[UUID, tuple[float, Post | None]] = {}
        self._hosting: tuple[float, dict[str, list[tuple[Post, kit.Hosts]]]] | None = None

    def forget(self) -> None:
        """Ask the database again."""
        self._kept.clear()
        self._hosting = None

    async def get(self, text: str) -> Post:
        """The account with this id. Raises Refused (404)."""
        try:
            ident = UUID(text)
        except ValueError:
            raise Refused(404, "no_account") from None
        until, post = self._kept.get(ident, (0.0, None))
        if until < time.monotonic():
            post = await self._database.ask(_load, ident)
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[ident] = (time.monotonic() + KEPT, post)
        if post is None:
            raise Refused(404, "no_account")
        return post

    async def widget(self, text: str) -> tuple[Post, kit.Widget]:
        """An account whose visitors write in our own script. Raises Refused (404)."""
        post = await self.get(text)
        if not isinstance(post.channel, kit.Widget):
            raise Refused(404, "no_widget")
        return post, post.channel

    async def hosting(self, host: str) -> Sequence[tuple[Post, kit.Hosts]]:
        """The accounts that are a server of that name, the oldest first."""
        if self._hosting is None or self._hosting[0] < time.monotonic():
            self._hosting = (time.monotonic() + KEPT, await self._database.ask(_load_hosting))
        return self._hosting[1].get(host, [])


def _load_hosting() -> dict[str, list[tuple[Post, kit.Hosts]]]:
    found: dict[str, list[tuple[Post, kit.Hosts]]] = {}
    for row in sorted(queries.accounts(), key=lambda one: one.pk):
        try:
            channel = registry.channel(row.channel)
        except NotFound:
            continue
        if isinstance(channel, kit.Hosts) and not row.history:
            post = Post(row.pk, queries.account_view(row), channel)
            for name in channel.hosts(post.view):
                found.setdefault(name.lower(), []).append((post, channel))
    return found


def _load(ident: UUID) -> Post | None:
    try:
        row = queries.account(ident)
        if row.state == row.State.CLOSED:
            return None
        return Post(row.pk, queries.account_view(row), registry.channel(row.channel))
    except NotFound:
        return None
