"""Routing by competence: how well labelled texts are told apart."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import DJANGO_SETTINGS

routing_commands = typer.Typer(no_args_is_help=True, help="Routing by competence: measure it.")


@routing_commands.command("evaluate")
def evaluate(
    *,
    train: Annotated[Path, typer.Option(metavar="A.csv", help="What it learns from: columns text and label.")],
    test: Annotated[Path, typer.Option(metavar="B.csv", help="What it is asked about: columns text and label.")],
) -> None:
    """Learn from A.csv, ask about B.csv, and say as JSON how right that was, how sure and how fast. Needs no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", DJANGO_SETTINGS)
    import django

    django.setup()
    from samspil.routing.queries.evaluate import BadFile, read_file
    from samspil.routing.queries.evaluate import evaluate as do

    try:
        found = do(read_file(train), read_file(test), say=lambda text: typer.echo(text, err=True))
    except BadFile as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(found, indent=1, ensure_ascii=False))
