"""Relationships: count them anew, and how fast is forgotten."""

import json
import time
from collections.abc import Callable
from typing import Annotated

import typer

from samspil.project.cli.ready import ready

relationship_commands = typer.Typer(no_args_is_help=True, help="Relationships: count them anew, and how fast is forgotten.")


@relationship_commands.command("recompute")
def recompute() -> None:
    """Count every relationship anew from the log, with its stages. What comes meanwhile waits, and is counted once."""
    with ready():
        from samspil.base.clock import now
        from samspil.relationship.actions import rebuild

        _told(lambda: rebuild(at=now()))


@relationship_commands.command("half-life")
def half_life(
    days: Annotated[float, typer.Argument(metavar="DAYS", help="After so many days an interaction counts half; 0 shows it.")] = 0,
) -> None:
    """How fast is forgotten: show it, or set it and count everything anew."""
    with ready():
        from samspil.base.clock import now
        from samspil.relationship.actions import NotAHalfLife, set_half_life
        from samspil.relationship.queries.log import pace

        if not days:
            typer.echo(json.dumps({"half_life": pace().half_life}))
            return
        try:
            _told(lambda: set_half_life(days=days, at=now()))
        except NotAHalfLife as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None


def _told(build: Callable[[], int]) -> None:
    from samspil.relationship.jobs import keep_up

    began = time.monotonic()
    bonds = build()
    consumers = keep_up()
    typer.echo(json.dumps({"bonds": bonds, "consumers": consumers, "seconds": round(time.monotonic() - began, 2)}))
