"""The database, Django's own commands, the reference pages."""

from pathlib import Path
from typing import Annotated

import typer

from samspil.project.cli.ready import database, ready

database_commands = typer.Typer(no_args_is_help=True, help="The database: its address, a prompt, a move to another server.")
docs_commands = typer.Typer(no_args_is_help=True, help="Pages of the reference that are made from the code.")


def migrate() -> None:
    """Bring the database's tables up to date."""
    with ready():
        from django.core.management import call_command

        call_command("migrate", interactive=False)


def manage(context: typer.Context) -> None:
    """Run a command of Django, as its manage.py would."""
    with ready():
        from django.core.management import execute_from_command_line

        execute_from_command_line(["samspil manage", *context.args])


@database_commands.command("move")
def move(
    url: Annotated[str, typer.Argument(help="Where to, as postgresql://user:password@host/name: an empty database.")],
) -> None:
    """Copy everything into an empty database on another server. Nothing is removed here."""
    from samspil.project.database.move import CannotMove, move_to

    try:
        with database() as dsn:
            move_to(dsn, url, say=typer.echo)
    except CannotMove as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo("Everything is there. From now on start Samspil with SAMSPIL_DATABASE_URL set to that address.")


@database_commands.command("shell")
def shell() -> None:
    """Open psql on the database."""
    import subprocess

    from samspil.project.database.places import wheel_binaries

    with database() as dsn:
        raise typer.Exit(subprocess.run([wheel_binaries() / "psql", dsn], check=False).returncode)


@docs_commands.command("settings")
def docs_settings(
    *,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail when the page is not up to date.")] = False,
    path: Annotated[Path, typer.Argument(help="The page.")] = Path("docs/reference/settings.md"),
) -> None:
    """Write the reference page of the settings."""
    from samspil.project.settings_page import page

    text = page()
    if check:
        if not path.exists() or path.read_text() != text:
            typer.echo(f"{path} is not up to date: run samspil docs settings", err=True)
            raise typer.Exit(1)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@docs_commands.command("reference")
def docs_reference(
    folder: Annotated[Path, typer.Argument(help="The folder of the reference.")] = Path("docs/reference"),
) -> None:
    """Write the reference pages of the facts and the channels."""
    from samspil.project.cli.ready import ready

    with ready():
        from samspil.project.reference_pages import PAGES

        folder.mkdir(parents=True, exist_ok=True)
        for name, page in PAGES.items():
            (folder / name).write_text(page())
