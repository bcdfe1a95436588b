"""Socket Mode: Slack's calls by a connection that we open, so that nobody needs to reach us from outside.

Each call is acknowledged when it is on disk and not before; what is not acknowledged comes again. Slack closes connections as it likes and
says so. Source: docs.slack.dev/apis/events-api/using-socket-mode.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection

from samspil.channels.slack.api import AFTER_REFUSED, asked
from samspil.channels.slack.hear import envelope_of, team_of
from samspil.channels.slack.hint import hint
from samspil.channels.slack.settings import Settings, is_home, settings_of
from samspil.kit import Account, Batch, Forged, TryLater
from samspil.kit.pause import rest
from samspil.kit.reading import part, text
from samspil.kit.sockets import opened
from samspil.kit.web import Web

SLICE = 30.0
"""Seconds without a word after which the runner sees whether it shall stop."""
CALM = 3600.0
KEPT = frozenset({"events_api", "interactive"})


def pull(account: Account) -> Iterator[Batch]:
    """Calls for ever, each acknowledged when its batch is on disk. Raises TryLater."""
    settings = settings_of(account)
    if not settings.app_token:
        # Slack calls us: nothing is fetched.
        while True:
            for _ in rest(CALM):
                yield Batch(envelopes=[], cursor=None)
    while True:
        yield from _listen(settings, account.language)


def address_of(settings: Settings) -> str:
    """Where this connection goes; made anew each time. Raises TryLater."""
    web = Web(base=settings.server, headers={"authorization": f"Bearer {settings.app_token}"})
    url = text(asked(web, "apps.connections.open", json={}).get("url"), 2000)
    scheme = urlsplit(url).scheme if is_home(url, settings.server) else ""
    if scheme not in {"wss", "ws"} or (scheme == "ws") != (urlsplit(settings.server).scheme == "http"):
        raise TryLater("Slack names a stream that is not its own", after=AFTER_REFUSED)
    return url


def _listen(settings: Settings, language: str) -> Iterator[Batch]:
    """One connection, until Slack closes it. Raises TryLater."""
    try:
        with opened(address_of(settings)) as connection:
            while (said := _next(connection)) is not None:
                if said.get("type") == "disconnect":
                    if text(said.get("reason"), 40) == "link_disabled":
                        raise TryLater("Socket Mode is switched off in the app", after=AFTER_REFUSED)
                    return
                yield Batch(envelopes=_kept(said, settings), cursor=None)
                if ident := text(said.get("envelope_id"), 200):
                    connection.send(json.dumps({"envelope_id": ident}))
                if team_of(part(said, "payload")) == settings.team:
                    hint(part(said, "payload"), settings, language)
    except (OSError, WebSocketException) as error:
        raise TryLater(f"The connection with Slack was lost: {str(error)[:200]}") from error


def _next(connection: ClientConnection) -> Mapping[str, Any] | None:
    """What comes next; empty when nothing came for a while."""
    try:
        found = json.loads(connection.recv(timeout=SLICE))
    except TimeoutError:
        return {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _kept(said: Mapping[str, Any], settings: Settings) -> list[Any]:
    """What is to be kept of one message of the stream; of another workspace nothing is."""
    inner = said.get("payload")
    if said.get("type") not in KEPT or not isinstance(inner, Mapping):
        return []
    try:
        found = envelope_of(inner, settings)
    except Forged:
        return []
    return [found] if found else []
