"""A stream by WebSocket, as channels that listen open it."""

from typing import Any

from websockets.sync.client import ClientConnection, connect

from samspil.kit.web import AGENT

PATIENCE = 20.0
"""Seconds for a connection, and between two questions whether the other end is there."""
LARGEST = 4 * 1024 * 1024
"""Bytes of one message."""


def opened(address: str, **more: Any) -> ClientConnection:
    """A connection; ``more`` is handed to websockets' ``connect``. Raises OSError, WebSocketException (InvalidStatus where it was refused).

    Where it may lead is the caller's to have looked at.
    """
    return connect(
        address,
        user_agent_header=AGENT,
        open_timeout=PATIENCE,
        ping_interval=PATIENCE,
        ping_timeout=PATIENCE,
        close_timeout=1,
        max_size=LARGEST,
        legacy=True,  # a connection, and not one that makes itself anew: when to try again, and where, is ours to say
        **more,
    )
