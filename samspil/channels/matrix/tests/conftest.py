"""What the tests of this folder begin with."""

import pytest

from samspil.channels.matrix import server
from samspil.channels.matrix.tests.homeserver import ACCOUNT, Homeserver
from samspil.kit.web import Web


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Homeserver:
    played = Homeserver()
    monkeypatch.setattr(Web, "call", lambda _web, method, path, **given: played.call(method, path, **given))
    server.Server(ACCOUNT, "in").forget()
    return played
