"""Hearing: one connection for as long as it lasts. IRC keeps nothing for those who are away."""

import contextlib
import queue
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from samspil.channels.irc.connection import Connection, connected
from samspil.channels.irc.deliver import Delivery
from samspil.channels.irc.door import opened
from samspil.channels.irc.lines import read
from samspil.channels.irc.settings import settings_of
from samspil.channels.irc.understand import understand
from samspil.kit import Account, Batch, Envelope, NotUnderstood

WAIT = 20.0
"""Seconds after which an empty batch lets the runner see that it shall stop."""
MANY = 100


def pull(account: Account, cursor: Any, wait: float = WAIT) -> Iterator[Batch]:  # noqa: ARG001 - nothing can be taken up again
    """What people say to us, for ever. Raises TryLater when the connection is lost."""
    with connected(settings_of(account)) as link, opened(account, Delivery(link).answer):
        while True:
            found = _take(link, account, wait)
            if not found and link.lost.is_set():
                raise link.trouble()
            yield Batch(envelopes=found, cursor=None)


def _take(link: Connection, account: Account, wait: float) -> list[Envelope]:
    end = time.monotonic() + wait
    found: list[Envelope] = []
    while len(found) < MANY and (not found or not link.heard.empty()) and time.monotonic() < end:
        try:
            raw, headers = link.heard.get(timeout=min(0.5, wait))
        except queue.Empty:
            if link.lost.is_set():
                break
            continue
        envelope = Envelope(external_id=_ident(raw), payload=raw, headers=headers)
        if _is_for_us(envelope, account, link):
            found.append(envelope)
    return found


def _ident(raw: bytes) -> str:
    """The network's own id of the line; where there is none no line comes twice, and a random one names it."""
    with contextlib.suppress(ValueError):
        line = read(raw)
        if ident := line.tags.get("msgid", ""):
            return f"{line.command}:{ident}"[:190]
    return secrets.token_hex(16)


def _is_for_us(envelope: Envelope, account: Account, link: Connection) -> bool:
    """What others say to each other in a channel is theirs, and is not kept; nor is what a server says by itself."""
    try:
        events = understand(replace(envelope, received_at=datetime.now(UTC)), account)
    except NotUnderstood:
        with contextlib.suppress(ValueError):
            return "!" in read(envelope.payload).sender
        return False
    for event in events:
        target = getattr(event, "target", "")
        if target.startswith("#") and target not in link.known:
            return False
        if not target:
            link.known.append(event.external_id)
    return bool(events)
