"""Saying which language model may be asked, for what, and where."""

from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from samspil.assist.models import Endpoint, Scope
from samspil.assist.queries.asking import may_set
from samspil.assist.rules.prompt import PURPOSES
from samspil.base.errors import NotAllowed, SamspilError
from samspil.base.flow import step
from samspil.base.seal import seal
from samspil.organisation.models import Colleague


class NoAddress(SamspilError):
    """It is no http address of a server."""

    code = "assist.no_address"


def arrange(
    *,
    by: Colleague,
    at: datetime,
    active: bool,
    base_url: str,
    model: str,
    uses: Collection[str],
    units: Collection[UUID | None],
    masked_in: Collection[UUID | None],
    max_tokens: int,
    seconds: int,
    key: str | None = None,
) -> Endpoint:
    """Say it. ``units`` are where it may be asked (None: conversations without a unit), ``masked_in`` where names are taken out before.

    ``key`` None keeps the one that is there, "" takes it away. Raises NotAllowed, NoAddress.
    """
    if not may_set(by):
        raise NotAllowed("Only an administrator can do that")
    with step():
        row = Endpoint.objects.select_for_update().filter(pk=1).first() or Endpoint(pk=1)
        url = _checked(base_url)
        if row.base_url and _server(url) != _server(row.base_url) and key is None:
            key = ""  # a key goes to the server that it was given for, and to no other
        row.active, row.base_url, row.model = active, url, model.strip()
        row.uses = [one for one in PURPOSES if one in uses]
        row.max_tokens, row.seconds = min(max(max_tokens, 16), 8_000), min(max(seconds, 5), 300)
        row.changed_at, row.changed_by = at, by
        if key is not None:
            row.secret = seal(key.strip()) if key.strip() else b""
        row.save()
        Scope.objects.all().delete()
        Scope.objects.bulk_create([Scope(unit_id=unit, masked=unit in masked_in) for unit in dict.fromkeys(units)])
    return row


def _checked(base_url: str) -> str:
    """An address as it is kept, without a slash at its end. Raises NoAddress."""
    url = base_url.strip().rstrip("/").removesuffix("/chat/completions")
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError as error:
        raise NoAddress("Write an address that begins with https:// or http://") from error
    if not named or parts.username is not None or parts.query or parts.fragment:
        raise NoAddress("Write an address that begins with https:// or http://")
    return url


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".casefold()
