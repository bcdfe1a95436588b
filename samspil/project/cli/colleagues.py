"""Colleagues: taken in from a table. ``samspil colleagues``."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.provision.models import Run

colleague_commands = typer.Typer(no_args_is_help=True, help="Colleagues: import a table of them.")
PIECE = 1 << 20
SHOWN = 200
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV or TSV, in any encoding.")]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="COLUMN=MEANING", help="As 'Lønnr=external' or 'Fag=competences'.")
]
Separator = Annotated[str, typer.Option(help="What stands between a unit and the one below it; '' where nothing does.")]
Close = Annotated[
    bool, typer.Option("--close-missing", help="Who came from a file before and is not in this one loses the access.")
]
Roles = Annotated[bool, typer.Option("--roles", help="The file may give and take roles.")]
Brake = Annotated[int, typer.Option(help="Percent of all whose access is closed at once without --yes.", min=0, max=100)]
Yes = Annotated[bool, typer.Option("--yes", help="Close as many as it says.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, row by row, and do nothing.")]
Json = Annotated[bool, typer.Option("--json", help="The account as JSON, for programs.")]


@colleague_commands.callback()
def colleagues() -> None:
    """Colleagues: import a table of them."""


@colleague_commands.command("import")
def import_colleagues(
    file: File,
    *,
    map_: Map = None,
    separator: Separator = "/",
    close_missing: Close = False,
    roles: Roles = False,
    brake: Brake = 20,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take colleagues and units in from a table: looked through first, then done. The page of imports shows it, and takes it back."""
    from samspil.base.errors import SamspilError

    terms = {"separator": separator, "missing": "close" if close_missing else "leave", "roles": roles, "brake": brake}
    with ready():
        try:
            _import(file, map_ or [], terms, yes=yes, dry_run=dry_run, as_json=as_json)
        except (SamspilError, ValueError) as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None


def _import(file: Path, wanted: list[str], terms: Mapping[str, object], *, yes: bool, dry_run: bool, as_json: bool) -> None:
    from samspil.base.clock import now
    from samspil.provision.actions import runs
    from samspil.provision.actions.carry import carry_on
    from samspil.provision.queries import acting

    by = acting(None)
    if by is None:
        raise ValueError("Nobody administers here yet: start Samspil and finish the first run")
    run = runs.take_file(name=file.name, pieces=_pieces(file), by=by, at=now())
    try:
        run = runs.map_columns(run=run.pk, meanings=_meanings(run, wanted), **terms)
        run = runs.look(run=run.pk, at=now())
        if dry_run:
            _tell(run, as_json=as_json, done=False)
            return
        runs.go(run=run.pk, by=by, at=now(), confirmed=yes)
    except runs.TooMany as problem:
        raise ValueError(f"{problem}: with --yes they do") from None
    finally:
        run.refresh_from_db()
        if run.state in {"chosen", "looked"}:
            runs.drop(run=run.pk, by=by)
    carry_on(run=run.pk)
    run.refresh_from_db()
    if run.state != "done":
        raise ValueError(run.error or "It waits for the worker, which goes on with it")
    _tell(run, as_json=as_json, done=True)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def _meanings(run: "Run", wanted: list[str]) -> list[str]:
    columns: list[list[str]] = run.options["columns"]
    said = {}
    for word in wanted:
        name, sign, meaning = word.rpartition("=")
        if not sign or name not in {n for n, _ in columns}:
            raise typer.BadParameter(f"{word!r}: no column is called so", param_hint="--map")
        said[name] = meaning
    return [said.get(name, "" if meaning in said.values() else meaning) for name, meaning in columns]


def _tell(run: "Run", *, as_json: bool, done: bool) -> None:
    from samspil.provision.queries import page_of

    if as_json:
        typer.echo(
            json.dumps({"import": str(run.pk), "state": run.state, "people": run.total, "closing": run.closing, **run.counts})
        )
        return
    typer.echo(f"{run.name}: " + ", ".join(f"{name} = {meaning}" for name, meaning in run.options["columns"] if meaning))
    for row in page_of(run.pk, limit=SHOWN)[0]:
        what = "; ".join(
            [*[f"{n}: {old!r} -> {new!r}" for n, (old, new) in row.changes.items()], *[": ".join(w) for w in row.why]]
        )
        typer.echo(f"  line {row.number or '-'} {row.outcome}: {row.shown}  {what}".rstrip())
    typer.echo(f"{run.total} people: " + ", ".join(f"{n} {outcome}" for outcome, n in sorted(run.counts.items())))
    if not done:
        typer.echo("Nothing was done.")
