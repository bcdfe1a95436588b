"""The demo: made into an empty installation, and taken away with everything in it."""

from typing import Annotated

import typer

from samspil.project.cli.ready import ready

demo_commands = typer.Typer(no_args_is_help=True, help="The demo company: make it, take it away.")
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@demo_commands.command("create")
def create() -> None:
    """Fill an empty installation with a made-up company and some weeks of its conversations."""
    from samspil.base.errors import SamspilError

    with ready():
        from samspil.exchange.actions import make_demo
        from samspil.exchange.queries import demo_sign_in

        try:
            make_demo()
        except SamspilError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None
        shown = demo_sign_in()
    if shown:
        typer.echo(f"The demo is ready. Sign in as {shown[0]} with {shown[1]}")


@demo_commands.command("remove")
def remove(*, yes: Yes = False) -> None:
    """Take the demo away, with everything that was added to it. Refuses to touch an installation that is no demo."""
    from samspil.base.errors import SamspilError

    with ready():
        from samspil.exchange.actions import remove_demo
        from samspil.organisation.queries import organisation

        here = organisation()
        if here and here.demo and not yes:
            typer.confirm(f"Remove {here.name} and everything in this installation?", abort=True)
        try:
            remove_demo()
        except SamspilError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None
    typer.echo("The installation is empty: open it in a browser to make your own, or run samspil demo create.")
