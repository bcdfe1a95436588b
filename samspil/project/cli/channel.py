"""New channels."""

from typing import Annotated

import typer

channel_commands = typer.Typer(no_args_is_help=True, help="Channels: make a new one.")


@channel_commands.callback()
def group() -> None:
    """Keep ``new`` a word of its own while it is the only command."""


@channel_commands.command("new")
def new(name: Annotated[str, typer.Argument(help="Small letters and digits, such as matrix.")]) -> None:
    """Make samspil/channels/NAME from a template that passes its own tests."""
    from samspil.project.new_channel import NotMade, make_channel

    try:
        folder = make_channel(name)
    except NotMade as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Made {folder}. Its tests: bin/test {folder}")
