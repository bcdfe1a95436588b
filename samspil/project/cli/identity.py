"""Who is who: how well a labelled file is recognised."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import DJANGO_SETTINGS

identity_commands = typer.Typer(no_args_is_help=True, help="Who is who across channels: measure the matching.")
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.csv",
        help="Columns handle, network, name and any others (company, phone, mail, born, postcode …), and person, the truth.",
    ),
]
Engine = Annotated[str, typer.Option(help="duckdb, or spark (the extra samspil[spark] and Java).")]


@identity_commands.callback()
def group() -> None:
    """Keep ``evaluate`` a word of its own while it is the only command."""


@identity_commands.command("evaluate")
def evaluate(file: File, *, engine: Engine = "duckdb") -> None:
    """Train on FILE.csv without its person column, link it, and say as JSON how right that was. Needs no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", DJANGO_SETTINGS)
    import django

    django.setup()
    from samspil.identity.queries.evaluate import BadFile, evaluate_file

    if engine not in {"duckdb", "spark"}:
        typer.echo(f"no engine {engine!r}: duckdb or spark", err=True)
        raise typer.Exit(1)
    try:
        found = evaluate_file(file, engine=engine, say=lambda text: typer.echo(text, err=True))
    except BadFile as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(found, indent=1))
