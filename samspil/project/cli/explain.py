"""``samspil explain``: what one message met, and why."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.exchange.queries import Met

Message = Annotated[
    str, typer.Argument(metavar="MESSAGE", help="Id of an interaction, envelope, conversation or reply, or a Message-ID.")
]
Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def explain(message: Message, *, as_json: Json = False) -> None:
    """Show every fact and decision that a message met, in order, with the reasons."""
    from samspil.base.errors import NotFound

    with ready():
        from django.utils import translation

        from samspil.exchange.queries import explain as ask

        try:
            with translation.override("en"):
                found = ask(message)
        except NotFound as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None
        if as_json:
            typer.echo(json.dumps(found.data(), ensure_ascii=False, indent=1))
            return
        for number, lines in enumerate(found.messages, 1):
            typer.echo(f"Message {number} of {len(found.messages)}")
            _show(list(lines))
        if found.afterwards:
            typer.echo("The conversation")
            _show(list(found.afterwards))


def _show(lines: "list[Met]") -> None:
    for line in lines:
        at = f"{line.at:%Y-%m-%d %H:%M:%S}" if line.at else " " * 19
        typer.echo(f"  {at}  {line.stage:<11} {line.what}")
        if line.why:
            typer.echo(f"{' ' * 34}because {line.why}")
        shown = {
            name: value
            for name, value in line.data.items()
            if value not in ("", None, [], {}) and name not in {"text", "headers"}
        }
        if shown:
            typer.echo(" " * 34 + ", ".join(f"{name}={value}" for name, value in shown.items()))
