"""Who is who: how well a labelled file is recognised."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import DJANGO_SETTINGS, ready

identity_commands = typer.Typer(no_args_is_help=True, help="Who is who across channels: learn it, measure it.")
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.csv",
        help="Columns handle, network, name and any others (company, phone, mail, born, postcode …), and person, the truth.",
    ),
]
Own = Annotated[str | None, typer.Option("--engine", help="duckdb or spark; without it what SAMSPIL_MATCHING_ENGINE says.")]
Engine = Annotated[str, typer.Option(help="duckdb, or spark (the extra samspil[spark] and Java).")]


@identity_commands.command("evaluate")
def evaluate(file: File, *, engine: Engine = "duckdb") -> None:
    """Train on FILE.csv without its person column, link it, and say as JSON how right that was. Needs no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", DJANGO_SETTINGS)
    import django

    django.setup()
    from samspil.identity.queries.evaluate import BadFile, NoSpark, evaluate_file

    if engine not in {"duckdb", "spark"}:
        typer.echo(f"no engine {engine!r}: duckdb or spark", err=True)
        raise typer.Exit(1)
    try:
        found = evaluate_file(file, engine=engine, say=lambda text: typer.echo(text, err=True))
    except (BadFile, NoSpark) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(found, indent=1))


@identity_commands.command("learn")
def learn(*, engine: Own = None) -> None:
    """Learn match weights from all handles and answers, compare everybody, and put what may be one person on the worklist.

    It runs every night by itself. Broken off, nothing is lost; the same command does it again.
    """
    from samspil.base.errors import SamspilError

    with ready():
        from django.conf import settings

        from samspil.base.clock import now
        from samspil.identity.actions.learn import learn as do

        chosen = str(engine or settings.SAMSPIL_MATCHING_ENGINE)
        try:
            row = do(
                at=now(), engine=chosen, say=lambda stage, done: typer.echo(f"{stage} {done:,}" if done else stage, err=True)
            )
        except SamspilError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None
        typer.echo(json.dumps({"handles": row.handles, "answers": row.decisions, "engine": row.engine, **row.report}, indent=1))
