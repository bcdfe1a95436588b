"""The server that is played, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from samspil.channels.bluesky.session import forget_sessions
from samspil.channels.bluesky.tests.played import Server
from samspil.kit.web import Web


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    played = Server()
    # A method of Web takes itself first, which a bound method of the player would not get.
    monkeypatch.setattr(Web, "call", lambda web, method, path, **given: played.call(web, method, path, **given))  # noqa: PLW0108
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    forget_sessions()
    yield played
    forget_sessions()
