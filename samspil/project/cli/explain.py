"""``samspil explain``: what one message met, and why; or why two handles are, or are not, one person."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.exchange.queries import Met
    from samspil.identity.queries.why import Why
    from samspil.intake.models import Handle

Message = Annotated[
    str,
    typer.Argument(
        metavar="MESSAGE", help="Id of an interaction, envelope, conversation or reply, or a Message-ID; or a handle."
    ),
]
Other = Annotated[str | None, typer.Argument(metavar="HANDLE", help="A second handle: why are the two (not) one person?")]
FULL = 24
"""Letters of the longest bar."""
Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def explain(message: Message, other: Other = None, *, as_json: Json = False) -> None:
    """Show every fact and decision that a message met, in order, with the reasons.

    With two handles (an address, or network:address): what speaks for and against their being one person, each with its weight.
    """
    from samspil.base.errors import NotFound

    if other is not None:
        _explain_two(message, other, as_json=as_json)
        return

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


def _explain_two(one: str, other: str, *, as_json: bool) -> None:
    with ready():
        from samspil.identity.queries.why import why

        found = why(_handle(one).pk, _handle(other).pk)
        if as_json:
            typer.echo(json.dumps(_data(found), ensure_ascii=False, indent=1))
            return
        typer.echo(f"{found.one.network}:{found.one} and {found.other.network}:{found.other}")
        typer.echo(f"  {'are one person now' if found.same else 'are two persons now'}")
        for words in found.proved:
            typer.echo(f"  proved: {words}")
        if found.vetoed:
            typer.echo("  a colleague has said that they are two persons")
        if found.shared:
            typer.echo("  one of the handles is shared, and joins nobody")
        total = 0.0
        most = max((abs(part["bits"]) for part in found.parts), default=1.0)
        for part in found.parts:
            total += part["bits"]
            bar = ("+" if part["bits"] > 0 else "-") * max(1, round(FULL * abs(part["bits"]) / most))
            typer.echo(f"  {part['bits']:+7.1f}  {total:+7.1f}  {bar:<{FULL}}  {_words(part)}")
        typer.echo(f"  about {found.probability:.1%} of such pairs are one person")


def _words(part: "dict[str, object]") -> str:
    if part["kind"] == "prior":
        return "before anything is known of them"
    sides = " / ".join(str(part[side]) for side in ("left", "right") if part.get(side))
    return f"{part['kind']}: {part['level']}" + (f" ({sides})" if sides else "")


def _data(found: "Why") -> "dict[str, object]":
    return {
        "one": f"{found.one.network}:{found.one.address}",
        "other": f"{found.other.network}:{found.other.address}",
        "same": found.same,
        "vetoed": found.vetoed,
        "shared": found.shared,
        "proved": found.proved,
        "bits": found.bits,
        "probability": found.probability,
        "parts": found.parts,
    }


def _handle(text: str) -> "Handle":
    from samspil.identity.queries.handles import handles_like

    found = handles_like(text)
    if len(found) == 1:
        return found[0]
    if not found:
        typer.echo(f"No handle is written {text!r}. Try network:address, as in mail:karoline@example.org", err=True)
    else:
        typer.echo(f"{text!r} is written so on several networks:", err=True)
        for row in found:
            typer.echo(f"  {row.network}:{row.address}", err=True)
    raise typer.Exit(1)
