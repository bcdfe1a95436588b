"""Routing by competence: how well labelled texts are told apart."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import DJANGO_SETTINGS, ready

routing_commands = typer.Typer(no_args_is_help=True, help="Routing by competence: measure it, set how work is shared out.")


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


@routing_commands.command("policy")
def policy(
    *,
    grace: Annotated[
        str, typer.Option(metavar="MINUTES", help="What waits with who has gone away is handed over after; or never.")
    ] = "",
    daily: Annotated[str, typer.Option(metavar="NUMBER", help="The most that a colleague is given a day; or none.")] = "",
    patience: Annotated[
        str, typer.Option(metavar="MINUTES", help="How long what arrives may wait for whom its consumer knows; or never.")
    ] = "",
) -> None:
    """How work is shared out: show it, and change what is given."""
    with ready():
        from samspil.routing.actions import NotALimit, set_policy
        from samspil.routing.queries import policy as asked

        now = asked()
        try:
            given = _number(grace, "never", now.grace_minutes), _number(daily, "none", now.daily)
            waits = _number(patience, "never", now.patience_minutes) or 0
            if grace or daily or patience:
                now = set_policy(grace_minutes=given[0], daily=given[1], patience_minutes=waits)
        except (NotALimit, ValueError):
            typer.echo("A whole number above nothing, or never (--grace, --patience) and none (--daily)", err=True)
            raise typer.Exit(1) from None
        typer.echo(json.dumps({"grace": now.grace_minutes, "daily": now.daily, "patience": now.patience_minutes}))


def _number(typed: str, nothing: str, before: int | None) -> int | None:
    """What was typed, or what it was before."""
    return before if not typed else None if typed == nothing else int(typed)
