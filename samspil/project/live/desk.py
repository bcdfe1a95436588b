"""The event stream of a colleague's browser."""

import asyncio
import random
import time
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from samspil.base.clock import now
from samspil.organisation.actions import be_seen
from samspil.organisation.models import Colleague
from samspil.project.live.database import Database
from samspil.project.live.http import Call, Refused
from samspil.project.live.hub import Desk, Hub
from samspil.project.settings import Settings

PING = 20.0
HTTP = 80
MOST_WRITTEN = 8_000_000
"""Bytes after which a stream ends and its browser goes on with a new one. The server takes everything at once and does not tell
how far it was read (seen with Granian 2.8: 20 MB for a reader that had stopped), so this is what such a reader can hold."""
RECHECK = 150.0
"""Seconds after which a session is looked at again, so that one that was ended hears no more."""


async def events(call: Call, hub: Hub, database: Database, ours: Settings) -> None:
    """``GET /events?after=ID``: what happens, as ids, while the session lasts. 401 without one, 403 for a foreign page."""
    call.cors = cors(call, ours)
    cookie = session_key(call.headers.get("cookie", ""))
    colleague = await database.ask(colleague_of, cookie) if cookie else None
    if colleague is None:
        raise Refused(401, "not_signed_in")
    # Before the stream begins, so that nothing falls between what was missed and what comes.
    desk = hub.open_desk(colleague, _after(call))
    watch = asyncio.ensure_future(call.watch())
    watch.add_done_callback(lambda _: desk.close())
    try:
        await call.stream()
        await call.write(b"retry: 1000\n: welcome\n\n")
        await _serve(call, desk, database, cookie)
    finally:
        watch.cancel()
        hub.close(desk)
        await call.end()


async def _serve(call: Call, desk: Desk, database: Database, cookie: str) -> None:
    recheck = time.monotonic() + RECHECK * (0.8 + random.random() * 0.4)  # noqa: S311 - only spreads the load
    written = 0
    while not desk.closed and written < MOST_WRITTEN:
        piece = await desk.take(within=PING)
        if desk.closed and not piece:
            return
        await call.write(piece or b": \n\n")
        written += len(piece)
        if time.monotonic() > recheck:
            recheck = time.monotonic() + RECHECK
            if await database.ask(colleague_of, cookie) != desk.colleague:
                return


def _after(call: Call) -> int | None:
    for text in (call.headers.get("last-event-id", ""), call.query.get("after", "")):
        if text.isascii() and text.isdigit() and len(text) < 19:  # noqa: PLR2004 - what a bigint can hold
            return int(text)
    return None


def session_key(header: str) -> str:
    """The session's key in a Cookie header, or ""."""
    try:
        found = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""


def colleague_of(key: str) -> UUID | None:
    """Whose session it is, checked as Django checks it: it lives, the password is the same, the colleague may sign in."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(cast("HttpRequest", SimpleNamespace(session=store)))
    if not isinstance(user, Colleague) or not user.is_active:
        return None
    be_seen(colleague=user.pk, at=now())
    return user.pk


def cors(call: Call, ours: Settings) -> dict[str, str]:
    """The headers that let a page of ours read the stream. Raises Refused (403) for any other page or a Host not ours."""
    host = _name(call.headers.get("host", ""))
    if "*" not in ours.hosts and host not in [name.strip("[]").lower() for name in ours.hosts]:
        raise Refused(403, "unknown_host")
    origin = call.headers.get("origin", "")
    if not origin:
        return {}
    if origin not in own_origins(host, ours):
        raise Refused(403, "foreign_page")
    return {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "origin"}


def own_origins(host: str, ours: Settings) -> set[str]:
    """The origins of our own pages for one who reaches us as ``host``."""
    name = f"[{host}]" if ":" in host else host
    public = urlsplit(ours.public_url)
    found = {f"{public.scheme}://{public.netloc}".lower()}
    if not ours.secure:
        found.add(f"http://{name}" if ours.port == HTTP else f"http://{name}:{ours.port}")
    return found


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
