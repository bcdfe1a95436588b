"""What elsewhere wants of others: the pages' address, and who takes an answer that does not go to the consumer."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from samspil.organisation.models import Colleague

Take = Callable[[UUID, Colleague, str, datetime, UUID], None]
"""(into, by, text, at, ident): the answer of a colleague into something else than the conversation; ``ident`` makes it safe to repeat."""


class _Filled:
    public_address: Callable[[], str] = staticmethod(lambda: "")
    take: Take | None = None


def fill(*, public_address: Callable[[], str], take: Take | None = None) -> None:
    """``public_address``: the pages' address without a slash at its end. ``take``: what to do with an answer to a notice with ``into``."""
    _Filled.public_address = staticmethod(public_address)
    _Filled.take = staticmethod(take) if take else None


def public_address() -> str:
    """The pages' address."""
    return _Filled.public_address()


def take() -> Take | None:
    """Who takes an answer to a notice with ``into``."""
    return _Filled.take
