"""The fediverse for the bench: two snacs and two servers on Fedify at addresses of their own, for names with a port are not carried.

Our own server stands at two more, one for snac and one for Fedify: a relay carries what comes there to the live process.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from bench.channels.talk import Looking, Network, caller

NEAR, FAR = "127.0.0.1", "127.0.0.3"
"""snac, where we have an account by the Mastodon channel, and another."""
PEER, OTHER_PEER = "127.0.0.4", "127.0.0.5"
US, US_FOR_FEDIFY = "127.0.0.2", "127.0.0.6"
LOOKS = 0.1
"""Seconds between two looks of their clients."""


@contextmanager
def relay(host: str, port: int) -> Iterator[None]:
    """What comes to port 80 of the address goes to the port here, byte by byte."""
    listening = socket.create_server((host, 80))

    def carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while more := one.recv(65536):
                other.sendall(more)
            other.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection((NEAR, port))
                for one in (near, far):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        listening.close()


@contextmanager
def fedify(folder: Path, host: str) -> Iterator[str]:
    """The tests' server on Fedify, with one person; its address."""
    from tests.channels.activitypub.fedify import running

    folder.mkdir()
    with running(folder, ORIGIN=f"http://{host}", HOST=host, KNOCK="draft-cavage-http-signatures-12"):
        yield f"http://{host}"


def _us(stack: ExitStack, host: str, inside: str) -> Any:
    from samspil.intake.actions import connect
    from samspil.project.settings import settings

    stack.enter_context(relay(host, settings().live_port))
    config = {"host": f"http://{host}", "username": "firma", "inside": inside}
    return connect(channel="activitypub", name=host, config=config)


def snacs(stack: ExitStack, folder: Path) -> list[Network]:
    """snac by the Mastodon channel, and another by our own server."""
    from samspil.intake.actions import connect
    from tests.channels.mastodon import snac

    servers = {}
    for host, users in ((NEAR, ("butik", "karoline", "mads", "jens")), (FAR, ("karoline",))):
        (folder / host).mkdir()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(snac, "HOST", host)
            servers[host] = stack.enter_context(snac.running(folder / host, users))

    calls = {
        (host, user): caller(f"http://{host}", token) for host, server in servers.items() for user, token in server.tokens.items()
    }

    def says(host: str, to: str) -> Callable[[str], None]:
        def say(text: str) -> None:
            calls[host, "karoline"]("POST", "/api/v1/statuses", data={"status": f"@{to} {text}", "visibility": "public"})

        return say

    def told(host: str, user: str) -> Looking:
        def look() -> str:
            return str([(one.get("status") or {}).get("content") for one in calls[host, user]("GET", "/api/v1/notifications")])

        return Looking(look, LOOKS)

    token = {"server": servers[NEAR].url, "access_token": servers[NEAR].tokens["butik"]}
    by_api = connect(channel="mastodon", name="Fediverse", config=token, own=[f"butik@{NEAR}"])
    by_us = _us(stack, US, FAR)
    sought = {"q": f"@firma@{US}", "resolve": "true", "type": "accounts"}
    assert calls[FAR, "karoline"]("GET", "/api/v2/search", params=sought)["accounts"]
    calls[FAR, "karoline"]("GET", "/api/v2/search", params={**sought, "q": f"@jens@{NEAR}"})
    queue = "snac looks at its own queue every few seconds"
    return [
        Network(
            name="mastodon (snac)",
            server="snac 2.75",
            account=by_api.pk,
            say=says(NEAR, f"butik@{NEAR}"),
            client=told(NEAR, "karoline"),
            apart=says(NEAR, f"mads@{NEAR}"),
            other=told(NEAR, "mads"),
            spread=frozenset({"in", "out", "alone"}),
            note=f"we look every 20 seconds, their clients every tenth of a second; {queue}",
        ),
        Network(
            name="activitypub (snac)",
            server="snac 2.75",
            account=by_us.pk,
            say=says(FAR, f"firma@{US}"),
            client=told(FAR, "karoline"),
            apart=says(FAR, f"jens@{NEAR}"),
            other=told(NEAR, "jens"),
            spread=frozenset({"in", "out", "alone"}),
            note=f"alone: from one snac to another; {queue}",
        ),
    ]


def fedifies(stack: ExitStack, folder: Path) -> list[Network]:
    """Fedify by our own server."""
    near, far = (stack.enter_context(fedify(folder / f"fedify-{host}", host)) for host in (PEER, OTHER_PEER))
    row = _us(stack, US_FOR_FEDIFY, PEER)
    peer = caller(near)

    def says(to: str) -> Callable[[str], None]:
        def say(text: str) -> None:
            peer("POST", "/_do", json={"type": "Create", "to": to, "content": f"<p>{text}</p>", "direct": True})

        return say

    def heard(url: str) -> Looking:
        call = caller(url)
        return Looking(lambda: str(call("GET", "/_heard")), LOOKS / 5)

    return [
        Network(
            name="activitypub (fedify)",
            server="Fedify 2.3.6, in memory",
            account=row.pk,
            say=says(f"http://{US_FOR_FEDIFY}/in/{row.pk}/actor"),
            client=heard(near),
            apart=says(f"{far}/users/karoline"),
            other=heard(far),
            note="alone: from one Fedify to another",
        )
    ]
