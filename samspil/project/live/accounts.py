"""The accounts as the live process knows them: kept for a little while, forgotten when the bell says that one has changed."""

import time
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

    def forget(self) -> None:
        """Ask the database again."""
        self._kept.clear()

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


def _load(ident: UUID) -> Post | None:
    try:
        row = queries.account(ident)
        if row.state == row.State.CLOSED:
            return None
        return Post(row.pk, queries.account_view(row), registry.channel(row.channel))
    except NotFound:
        return None
