"""What the views of several screens say to the page's scripts, and read from what it sends."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

UNPROCESSABLE = 422


def is_part(request: HttpRequest) -> bool:
    """Whether a script asked for a part of a page. Going back in history asks for the whole."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def tell(
    response: HttpResponse,
    *,
    changed: Sequence[UUID] = (),
    toast: str = "",
    undo: str = "",
    seconds: int = 6,
    error: bool = False,
    **events: Mapping[str, Any],
) -> HttpResponse:
    """Name the conversations that changed, so that the page asks for them anew, and show a toast with its undo.

    More ``events`` are dispatched by their names, ``desk_restore`` as ``desk:restore``.
    """
    told: dict[str, Any] = {name.replace("_", ":", 1): data for name, data in events.items()}
    if changed:
        told["desk:changed"] = {"ids": [str(c) for c in changed]}
    if toast:
        told["look:toast"] = {"text": toast, "undoUrl": undo, "seconds": seconds, "error": error}
    if told:
        response["HX-Trigger"] = json.dumps(told)
    return response


def uuid_of(text: str | None) -> UUID | None:
    """The id that a form or an address gives, or None."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def uuids_of(values: Sequence[str], *, most: int = 200) -> list[UUID]:
    """The ids that a form or address names, several in one value with commas between; each once, in order."""
    found = (uuid_of(part) for value in values[:most] for part in value[:8000].split(",")[:most])
    return list(dict.fromkeys(ident for ident in found if ident))
