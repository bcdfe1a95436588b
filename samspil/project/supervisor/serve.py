"""The two web servers: pages by WSGI with threads, and the live process by plain ASGI."""

import gc
import os
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.utils.proxies import wrap_asgi_with_proxy_headers, wrap_wsgi_with_proxy_headers

from samspil.project.settings import Settings
from samspil.project.supervisor.parent import end_with_parent

PAGES = "samspil.project.wsgi:application"
LIVE = "samspil.project.live:application"
# Open event streams never end by themselves, and browsers connect again.
GRACE_SECONDS = 2


def serve_pages(settings: Settings) -> None:
    """Serve the pages until SIGTERM."""
    server = Granian(
        PAGES,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=settings.web_threads,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=Loader(os.getpid(), settings))


def serve_live(settings: Settings) -> None:
    """Serve event streams, webhooks and chat until SIGTERM. One process: its requests share transactions."""
    server = Granian(
        LIVE,
        address=settings.host,
        port=settings.live_port,
        interface=Interfaces.ASGINL,
        workers=1,
        websockets=False,
        workers_kill_timeout=GRACE_SECONDS,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=Loader(os.getpid(), settings))


class Loader:
    """Loads the application within a server's worker, which then ends with its server: else it would keep the port."""

    def __init__(self, server: int, settings: Settings) -> None:
        self.server = server
        self.settings = settings

    def __call__(self, target: str) -> Callable[..., Any]:
        from importlib import import_module

        end_with_parent(self.server, stop_seconds=GRACE_SECONDS)
        module, _, name = target.partition(":")
        application: Callable[..., Any] = getattr(import_module(module), name)
        # What was loaded stays: to look through all of it for garbage again and again would hold up some pages for 50 ms. And a page
        # makes some thousands of small things that are gone with it, so that looking after every 700 finds nothing.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        if self.settings.trust_proxy:
            wrap = wrap_asgi_with_proxy_headers if target == LIVE else wrap_wsgi_with_proxy_headers
            application = wrap(application, trusted_hosts="*")
        return application
