"""People: taken in from a file, taken out as JSON, forgotten. ``samspil people``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from samspil.project.cli.progress import ctrl_c
from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.exchange.models import PeopleRun
    from samspil.intake.models import Handle

people_commands = typer.Typer(no_args_is_help=True, help="People: import a file of them, export one, forget one.")
PIECE = 1 << 20
SHOWN = 20
BROKEN_OFF = 130
SAY = {
    "new": "new",
    "joins": "known, with new handles",
    "changes": "known, with new details",
    "same": "known, nothing new",
    "conflict": "of two different persons, left out",
    "forgotten": "on the erasure list, left out",
    "shared": "with a shared address only, left out",
    "empty": "empty",
    "broken": "broken, left out",
}
File = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, vCard, or another program's export.")
]
Map = Annotated[list[str] | None, typer.Option("--map", metavar="COLUMN=MEANING", help="As 'Kunde nr=detail.customer_number'.")]
Country = Annotated[str, typer.Option(help="Country of phone numbers that name none (ISO, as DK).")]
Encoding = Annotated[str, typer.Option(help="Without it found by the bytes.")]
Delimiter = Annotated[str, typer.Option(help="Without it found by the first rows.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, row by row where it matters, and write nothing.")]
Json = Annotated[bool, typer.Option("--json", help="The final account as JSON, for programs.")]
Known = Annotated[str, typer.Argument(metavar="HANDLE", help="An address, or network:address where several networks have it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@people_commands.command("import")
def import_people(
    file: File,
    *,
    map_: Map = None,
    country: Country = "DK",
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take people in from a file: looked through first, then run, in one go. What is not taken is written beside the file.

    Broken off, it goes on by itself where a worker runs; a second time nothing is doubled.
    """
    from samspil.base.errors import SamspilError

    with ready():
        try:
            _import(file, map_ or [], country, encoding, delimiter, dry_run=dry_run, as_json=as_json)
        except (SamspilError, ValueError) as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None


def _import(file: Path, wanted: list[str], country: str, encoding: str, delimiter: str, *, dry_run: bool, as_json: bool) -> None:
    from samspil.base.clock import now
    from samspil.exchange.actions import people

    run = people.take_file(name=file.name, pieces=_pieces(file), by=None, country=country.upper(), at=now())
    try:
        if encoding or delimiter:
            run = people.read_otherwise(
                run=run.pk, encoding=encoding, delimiter=delimiter.replace("\\t", "\t"), country=run.options["country"]
            )
        run = people.map_columns(run=run.pk, meanings=_meanings(run, wanted))
        people.look(run=run.pk, at=now())
        _carry(run, quiet=as_json)
        if run.state != "looked":
            raise ValueError(run.error or "The dry run was stopped")
        if dry_run:
            _tell(run, run.looked, as_json=as_json)
            if not as_json:
                _rows(run)
            return
        people.go(run=run.pk, at=now())
    finally:
        run.refresh_from_db()
        if run.state in {"chosen", "looked", "failed"} and not run.counts:
            people.drop_run(run=run.pk)
    _carry(run, quiet=as_json)
    if run.state != "done":
        raise ValueError(run.error or "The import was stopped")
    _tell(run, run.counts, as_json=as_json)
    _beside(run, file, quiet=as_json)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


def _meanings(run: "PeopleRun", wanted: list[str]) -> list[str]:
    columns: list[list[str]] = run.options["columns"]
    said = {}
    for word in wanted:
        name, sign, meaning = word.rpartition("=")
        if not sign or name not in {n for n, _ in columns}:
            raise typer.BadParameter(f"{word!r}: no column is called so", param_hint="--map")
        said[name] = meaning
    return [said.get(name, meaning) for name, meaning in columns]


def _carry(run: "PeopleRun", *, quiet: bool) -> None:
    """Until it is done, here or by a worker that was quicker; Ctrl-C leaves a run to be taken back or gone on with."""
    import time

    from samspil.base.clock import now
    from samspil.exchange.actions.people import cancel
    from samspil.exchange.actions.people_carry import carry_on

    def say(at: "PeopleRun") -> None:
        if not quiet:
            typer.echo(f"\r{at.state} {at.position:,} rows", nl=False, err=True)

    with ctrl_c() as asked:
        while True:
            carry_on(run=run.pk, say=say, stop=asked)
            run.refresh_from_db()
            if run.state not in {"looking", "running", "undoing"}:
                break
            if asked():
                cancel(run=run.pk, at=now())
                typer.echo(
                    "\nBroken off. What was taken in can be taken back, or gone on with, on the page of imports.", err=True
                )
                raise typer.Exit(BROKEN_OFF)
            time.sleep(0.2)
    if not quiet:
        typer.echo("", err=True)


def _tell(run: "PeopleRun", counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"import": str(run.pk), "state": run.state, "rows": run.total, **counts}))
        return
    columns = [f"{name} = {meaning}" for name, meaning in run.options["columns"] if meaning]
    typer.echo(f"{run.name}, read as {run.format}: " + ", ".join(columns))
    typer.echo(f"{run.total or 0:,} rows: " + ", ".join(f"{counts[k]:,} {w}" for k, w in SAY.items() if counts.get(k)))
    more = {
        "_handles": "handles linked",
        "_details": "details added",
        "_suggested": "suggestions",
        "_flagged": "rows with a remark",
    }
    if said := ", ".join(f"{counts[k]:,} {w}" for k, w in more.items() if counts.get(k)):
        typer.echo(said)


def _rows(run: "PeopleRun") -> None:
    from samspil.exchange.queries.people import page_of

    for outcome in ("conflict", "broken", "joins", "changes"):
        rows, more = page_of(run.pk, outcome=outcome, limit=SHOWN)
        for row in rows:
            typer.echo(f"  row {row.number} {outcome}: {row.shown}  ({'; '.join(': '.join(filter(None, w)) for w in row.why)})")
        if more:
            typer.echo(f"  and more rows: {outcome}")
    typer.echo("Nothing was written.")


def _beside(run: "PeopleRun", file: Path, *, quiet: bool) -> None:
    from samspil.exchange.queries.people import given_back
    from samspil.exchange.rules.plan import GIVEN_BACK

    if any(run.counts.get(outcome) for outcome in GIVEN_BACK):
        path = file.with_name(f"{file.stem}.not-taken.csv")
        with path.open("w", encoding="utf-8", newline="") as out:
            out.writelines(given_back(run))
        if not quiet:
            typer.echo(f"What was not taken, with the reasons: {path}")


def _handle(text: str) -> "Handle":
    from samspil.intake.models import Handle

    network, sign, rest = text.partition(":")
    found = list(Handle.objects.filter(address__in=[text, text.lower()]).order_by("network", "scope")[:20])
    if not found and sign:
        found = list(Handle.objects.filter(network=network, address__in=[rest, rest.lower()]).order_by("scope")[:20])
    if not found:
        typer.echo(f"Nobody has the handle {text!r}", err=True)
        raise typer.Exit(1)
    if len(found) > 1:
        typer.echo("Several handles are called so: " + ", ".join(f"{h.network}:{h.address}" for h in found), err=True)
        raise typer.Exit(1)
    return found[0]


@people_commands.command("export")
def export(handle: Known) -> None:
    """Everything that is kept of the person who has this handle, as JSON."""
    from samspil.base.errors import NotFound

    with ready():
        from samspil.exchange.actions.forget import export_person

        try:
            found: Any = export_person(consumer=_owner(_handle(handle)))
        except NotFound:
            typer.echo(f"Nobody has the handle {handle!r}", err=True)
            raise typer.Exit(1) from None
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@people_commands.command("forget")
def forget(handle: Known, *, yes: Yes = False) -> None:
    """Forget the person who has this handle, for good: messages, handles, details, notes. Nothing old comes in from them again."""
    with ready():
        from samspil.base.clock import now
        from samspil.exchange.actions.forget import forget_handle
        from samspil.identity.queries import consumer, links, owner_of

        row = _handle(handle)
        owner = owner_of(row.pk)
        theirs = [str(link.handle) for link in links(owner)] if owner else [str(row)]
        called = consumer(owner).name if owner else str(row)
        if not yes:
            typer.echo(f"{called}: {', '.join(theirs)}")
            typer.confirm("Forget this person? It cannot be undone.", abort=True)
        gone = forget_handle(handle=row.pk, by=None, at=now())
        typer.echo(f"Forgotten: {gone.handles:,} handles, {gone.interactions:,} messages and other acts.")


def _owner(row: "Handle") -> UUID:
    from samspil.base.errors import NotFound
    from samspil.identity.queries import owner_of

    owner = owner_of(row.pk)
    if owner is None:
        raise NotFound("nobody has it")
    return owner
