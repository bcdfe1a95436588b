"""Mail at the command line: what is new in one, and the ways in from a mail server on this machine."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import ready
from samspil.project.settings import WrongSetting, settings

mail_commands = typer.Typer(no_args_is_help=True, help="Mail: what is new in one; taking it from a mail server on this machine.")
FORMAT = "eml"
# C0 but tab and line feed, DEL and C1 command a terminal; marks, embeddings, overrides and isolates of direction show words in
# another order than they are written. Joiners and variation selectors stay: emoji and whole scripts need them.
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and comes again."""
LOOK = 1024
"""Bytes at the beginning of a file that tell whether it is text."""
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="One mail as a file, .eml.")]
Name = Annotated[str, typer.Option(help="The account that the mail is for.")]
Host = Annotated[str, typer.Option(help="Address to listen on: a mail server elsewhere needs more than this machine's own.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one and prints it.")]


@mail_commands.command("visible")
def visible(file: File) -> None:
    """Print the part of a mail that is new: without what it quotes, and without signatures."""
    from samspil import kit
    from samspil.base import registry

    channel = registry.reader(FORMAT)[1]
    account = kit.Account(id="", name="", config={}, key=bytes(32))
    try:
        for envelope in channel.read_file(file, {"format": FORMAT}):
            if b"\0" in envelope.payload[:LOOK]:
                typer.echo(f"{file.name} is no mail: it is not text", err=True)
                raise typer.Exit(1)
            for event in channel.understand(envelope, account):  # type: ignore[attr-defined]  # whoever reads files understands them
                if isinstance(event, kit.Message):
                    typer.echo(_harmless(event.text) if sys.stdout.isatty() else event.text)
    except kit.ChannelError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None


def _harmless(text: str) -> str:
    """Without what steers a terminal or deceives who reads it: a stranger's mail could colour it, clear it or write to its clipboard."""
    return STEERS.sub("\N{REPLACEMENT CHARACTER}", text)


@mail_commands.command("pipe")
def pipe(*, account: Name) -> None:
    """Take one mail from standard input, for a mail server that delivers to a program.

    Ends with 0 when the mail is on disk, and with 75 when it cannot be just now, so that the mail server tries again.
    """
    from samspil.base.errors import SamspilError
    from samspil.project.database import DatabaseFailed

    away: tuple[type[Exception], ...] = (DatabaseFailed, WrongSetting, OSError, *_database_errors())
    try:
        with ready():
            from samspil.exchange.actions import account_of, take_stream

            into = account_of(name=account)
            take_stream(account=into, format=FORMAT, stream=sys.stdin.buffer, limit=settings().max_mail_bytes)
    except SamspilError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    except away as problem:
        typer.echo(f"Not stored just now: {type(problem).__name__}", err=True)
        raise typer.Exit(TRY_AGAIN) from None


def _database_errors() -> tuple[type[Exception], ...]:
    from django.db.utils import Error
    from psycopg import Error as PsycopgError

    return Error, PsycopgError


@mail_commands.command("lmtp")
def lmtp(*, account: Name, host: Host = "127.0.0.1", port: Port = 2424) -> None:
    """Listen for a mail server that delivers over LMTP; each mail is on disk before it is acknowledged. Ctrl-C stops it."""
    import signal
    import threading

    from samspil.base.errors import SamspilError

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    options = {"host": host, "port": str(port), "max_bytes": str(settings().max_mail_bytes)}
    with ready():
        from samspil.exchange.actions import account_of, listen

        try:
            with listen(account=account_of(name=account), options=options) as server:
                typer.echo(f"Listening on {host}:{server.port}")
                sys.stdout.flush()
                stop.wait()
        except SamspilError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None
        except OSError as problem:
            typer.echo(f"{host}:{port}: {problem.strerror or problem}", err=True)
            raise typer.Exit(1) from None
