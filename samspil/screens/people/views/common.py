"""What the pages of consumers share: who asks, where a list goes on, the consumer that is meant."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from samspil.base.errors import NotAllowed, NotFound
from samspil.identity.models import Consumer, Link
from samspil.identity.queries import consumer as one
from samspil.identity.queries import links
from samspil.organisation.models import Colleague
from samspil.screens.people.queries import Place, heir


def me(request: HttpRequest) -> Colleague:
    """The colleague who asks. Raises NotAllowed for anybody else."""
    if not isinstance(request.user, Colleague):
        raise NotAllowed("Sign in first")
    return request.user


def place(request: HttpRequest) -> Place:
    """Where a list goes on, from ``?at=&id=``; None at its beginning, also for what nobody of ours has written."""
    try:
        at = datetime.fromisoformat(request.GET["at"])
        return (at, UUID(request.GET["id"])) if at.tzinfo else None
    except (KeyError, ValueError):
        return None


def ident(text: str) -> UUID | None:
    """A key from an address; None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


class Moved(Exception):
    """The consumer's handles are another's now: the answer leads there."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.answer = answer


def somebody(consumer: UUID, *, to: str = "consumer", **where: Any) -> tuple[Consumer, list[Link]]:
    """The consumer with the handles. Raises Moved when they are all another's, NotFound when there is nobody."""
    row, theirs = one(consumer), list(links(consumer))
    if not theirs:
        other = heir(consumer)
        if other is None:
            raise NotFound("no such consumer")
        raise Moved(redirect(to, ident=other, **where))
    return row, theirs
