"""up, and each part of it alone."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import ready
from samspil.project.settings import settings

Empty = Annotated[bool, typer.Option("--empty", help="Start without the demo; the first page makes the first colleague.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on (SAMSPIL_HOST).")]
Port = Annotated[int | None, typer.Option(help="Port of the pages (SAMSPIL_PORT).")]
DataDir = Annotated[Path | None, typer.Option(help="Folder of everything that is kept (SAMSPIL_DATA_DIR).")]


def up(*, empty: Empty = False, host: Host = None, port: Port = None, data_dir: DataDir = None) -> None:
    """Start everything: database, pages, live events, workers, channel runners. Ctrl-C stops it."""
    from samspil.project.supervisor.up import CannotStart
    from samspil.project.supervisor.up import up as run

    # The children read the same environment.
    for name, value in (("HOST", host), ("PORT", port), ("DATA_DIR", data_dir and data_dir.absolute())):
        if value is not None:
            os.environ[f"SAMSPIL_{name}"] = str(value)
    settings.cache_clear()
    try:
        run(settings(), empty=empty)
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@contextmanager
def _part() -> Iterator[None]:
    from samspil.project.supervisor.parent import end_with_supervisor

    end_with_supervisor(stop_seconds=settings().stop_seconds)
    with ready():
        yield


def web() -> None:
    """Run the pages alone."""
    from samspil.project.supervisor.serve import serve_pages

    with _part():
        serve_pages(settings())


def live() -> None:
    """Run the live process alone: event streams, webhooks, chat."""
    from samspil.project.supervisor.serve import serve_live

    with _part():
        serve_live(settings())


def worker() -> None:
    """Run one worker alone: understands messages, runs jobs."""
    with _part():
        from samspil.project.worker import run

        run()


def runners() -> None:
    """Run the channels' runners alone: they fetch and listen."""
    with _part():
        from samspil.project.runners import run

        run()
