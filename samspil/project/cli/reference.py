"""``samspil docs cli``: the reference page of these commands."""

from pathlib import Path
from typing import Annotated

import typer

Check = Annotated[bool, typer.Option("--check", help="Change nothing; fail when the page is not up to date.")]
Page = Annotated[Path, typer.Argument(metavar="PAGE", help="The page.")]


def docs_cli(context: typer.Context, *, check: Check = False, path: Page = Path("docs/reference/cli.md")) -> None:
    """Write the reference page of the command line."""
    from samspil.project.cli_page import page

    text = page(context.find_root().command)
    if check:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            typer.echo(f"{path} is not up to date: run samspil docs cli", err=True)
            raise typer.Exit(1)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
