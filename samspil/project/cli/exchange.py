"""Taking history in: ``samspil import``; understanding anew: ``samspil replay``."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from samspil.project.cli.progress import Bar, BrokenOff, ctrl_c
from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.exchange.actions import Progress
    from samspil.exchange.queries import Report
    from samspil.intake.models import Account
    from samspil.kit import Event

SHOWN = 5
REFUSED = 50
BROKEN_OFF = 130
"""What the shell is told of a command that Ctrl-C has ended."""
BATCH = 1000
SHORT = 90
Format = Annotated[str, typer.Argument(metavar="FORMAT", help="What the file is: mbox, eml, maildir, csv.")]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=True, help="The file or folder; .gz is unpacked on the way.")]
Name = Annotated[str, typer.Option(help="The account of history to take it into; without it the file's name.")]
Own = Annotated[list[str] | None, typer.Option(metavar="ADDRESS", help="An address of ours: what it wrote is our answer.")]
Map = Annotated[list[str] | None, typer.Option("--map", metavar="WORD=COLUMN", help="What a column means, as text=body.")]
TimeFormat = Annotated[str, typer.Option(metavar="FORM", help="How times are written, as %d/%m/%Y %H:%M; without it guessed.")]
Network = Annotated[str, typer.Option(help="The network that the handles of a table belong to, as twitter.")]
Option = Annotated[list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="Any other option of the channel.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Keep nothing; show the first records as they are understood.")]
Json = Annotated[bool, typer.Option("--json", help="The final account as JSON, for programs.")]


def import_(
    format: Format,  # noqa: A002  the word that people use
    file: File,
    *,
    account: Name = "",
    own: Own = None,
    map_: Map = None,
    time_format: TimeFormat = "",
    network: Network = "",
    option: Option = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take history in from a file: mail as mbox, eml or Maildir, tables as CSV.

    It goes through the same spine as what arrives, whether or not Samspil runs meanwhile. Broken off, the same command goes on
    where it stopped; a second time nothing is doubled. Nobody is notified, and conversations come in as done.
    """
    from samspil.base.errors import SamspilError

    options = _pairs("map", map_ or [], prefix="map.") | _pairs("option", option or [])
    options |= {name: value for name, value in (("time_format", time_format), ("network", network)) if value}
    with ready():
        try:
            if dry_run:
                _dry(format, file, options, own or [])
            else:
                _bring(format, file, options, own or [], account or file.name.split(".")[0], as_json=as_json)
        except SamspilError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None


def _pairs(name: str, words: list[str], prefix: str = "") -> dict[str, str]:
    found = {}
    for word in words:
        left, sign, right = word.partition("=")
        if not sign or not left or not right:
            raise typer.BadParameter(f"{word!r}: write WORD=VALUE", param_hint=f"--{name}")
        found[prefix + left] = right
    return found


def _completed(format: str, file: Path, options: dict[str, str], *, quiet: bool) -> dict[str, str]:  # noqa: A002
    from samspil.base import registry
    from samspil.exchange.actions import CannotRead
    from samspil.kit import ChannelError, ChoosesOptions

    _, channel = registry.reader(format)
    if not isinstance(channel, ChoosesOptions):
        return options
    try:
        found = dict(channel.options_of(file, options))
    except ChannelError as error:
        raise CannotRead(str(error)) from error
    guessed = [f"{k.removeprefix('map.')}={v}" for k, v in found.items() if k.startswith("map.") and k not in options]
    if guessed and not quiet:
        typer.echo("Read as --map " + " --map ".join(guessed), err=True)
    return found


def _bring(format: str, file: Path, options: dict[str, str], own: list[str], name: str, *, as_json: bool) -> None:  # noqa: A002
    from samspil.base import registry
    from samspil.base.clock import now
    from samspil.exchange.actions import bring, history_account, look
    from samspil.exchange.queries import report

    options = _completed(format, file, options, quiet=as_json)
    records = int(options.pop("records", 0))
    if not records:
        look(file=file, format=format, options=options)
    into = history_account(channel=registry.reader(format)[0], name=name, own=own)
    with Bar(file, records, quiet=as_json) as bar, ctrl_c() as asked:

        def say(progress: "Progress") -> None:
            bar(progress)
            if asked() and not progress.done:
                raise BrokenOff(progress.records)

        try:
            progress = bring(file=file, format=format, account=into, options=options, at=now(), say=say)
        except BrokenOff as off:
            typer.echo(
                f"Broken off after {off.records:,} records, all of them kept. The same command goes on from there.", err=True
            )
            raise typer.Exit(BROKEN_OFF) from None
    final = report(account=into.pk, external_ids=progress.ids, new=progress.new)
    if as_json:
        rate = round(progress.rate, 1) if progress.seconds else None
        typer.echo(json.dumps({**final.data(), "account": into.name, "seconds": round(progress.seconds, 2), "rate": rate}))
    else:
        _tell(final, progress, into)


def _tell(final: "Report", progress: "Progress", account: "Account") -> None:
    say = typer.echo
    twice = f", {final.twice:,} twice in the file" if final.twice else ""
    say(f"{final.records:,} messages: {final.new:,} new, {final.here:,} here already{twice}")
    if progress.resumed:
        say(f"An earlier try had kept the first {progress.resumed:,}; this one went on from there.")
    states = final.states
    parts = [f"{states['understood']:,} understood, as {final.messages:,} messages in {final.threads:,} conversations"]
    parts += [f"{states[name]:,} {words}" for name, words in _STATES.items() if states[name]]
    say(f"Of the {final.records - final.twice:,}: " + "; ".join(parts))
    for external, why in final.refused[:REFUSED]:
        say(f"  {external}: {why}")
    if len(final.refused) > REFUSED:
        say(f"  and {len(final.refused) - REFUSED:,} more: samspil replay --list --account {account.name!r}")
    cpu = f", {progress.cpu / progress.gone * 1000:.2f} CPU ms a message here" if progress.gone else ""
    say(f"In {account.name!r}, {progress.seconds:.1f} seconds, {progress.rate:,.0f} messages a second{cpu}.")


_STATES = {
    "empty": "with nothing in them for us",
    "not_understood": "kept but not understood:",
    "quarantined": "quarantined by an error of ours:",
    "arrived": "still wait for a worker",
    "forgotten": "of persons who are forgotten, and left out",
}


def _dry(format: str, file: Path, options: dict[str, str], own: list[str]) -> None:  # noqa: A002
    from collections import Counter

    from samspil import kit
    from samspil.base import registry
    from samspil.exchange.actions import CannotRead

    found = _completed(format, file, options, quiet=False)
    name, reads = registry.reader(format)
    account = kit.Account(id="", name=name, config={}, key=bytes(32), own=frozenset(one.lower() for one in own))
    counts: Counter[str] = Counter()
    try:
        for number, envelope in enumerate(reads.read_file(file, {**found, "format": format})):
            try:
                events = reads.understand(envelope, account)  # type: ignore[attr-defined]  # whoever reads files understands them
            except kit.NotUnderstood as error:
                counts["not understood"] += 1
                if counts["not understood"] <= SHOWN:
                    typer.echo(f"not understood: {error}")
                continue
            for event in events:
                counts[_kind(event)] += 1
                if number < SHOWN:
                    typer.echo(_shown(event))
    except kit.ChannelError as error:
        raise CannotRead(str(error)) from error
    typer.echo("Would be made: " + ", ".join(f"{number:,} {kind}" for kind, number in counts.most_common()))
    typer.echo("Nothing was kept.")


def _kind(event: "Event") -> str:
    from samspil.kit import Message

    if isinstance(event, Message):
        return "answers of ours" if event.outgoing else "messages of consumers"
    return type(event).__name__


def _shown(event: "Event") -> str:
    from samspil.kit.testing import as_json

    return json.dumps(as_json(event), ensure_ascii=False, indent=1)


Only = Annotated[str, typer.Option(help="Only envelopes of this account.")]
Since = Annotated[datetime | None, typer.Option(help="Only envelopes received since then (UTC).")]
One = Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this envelope. Repeatable.")]
State = Annotated[str, typer.Option(help="Only envelopes in this state: not_understood, quarantined or empty.")]
List = Annotated[bool, typer.Option("--list", help="Change nothing; list them with their reasons.")]
Rebuild = Annotated[bool, typer.Option("--rebuild", help="Compare what was understood with what would be understood today.")]
Apply = Annotated[bool, typer.Option("--apply", help="With --rebuild: put subject, text and markup right where they differ.")]


def replay(
    *,
    account: Only = "",
    since: Since = None,
    envelope: One = None,
    state: State = "",
    list_: List = False,
    rebuild: Rebuild = False,
    apply_: Apply = False,
) -> None:
    """Put envelopes that were not understood back in line, and take them through the spine at once.

    With --rebuild, understand again what was understood before, and show what would be read otherwise today; --apply then
    corrects the wording in the log. Who it is from, when it was and where it lies are never changed by this.
    """
    from samspil.base.errors import SamspilError

    if apply_ and not rebuild:
        raise typer.BadParameter("--apply needs --rebuild", param_hint="--apply")
    ids = _uuids(envelope)
    with ready():
        try:
            if rebuild:
                _rebuild(account, ids, apply=apply_)
            else:
                _replay(account, since, ids, state, only_list=list_)
        except SamspilError as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None


def _uuids(texts: list[str] | None) -> list[UUID] | None:
    try:
        return [UUID(text) for text in texts] if texts else None
    except ValueError as error:
        raise typer.BadParameter("an envelope's id is a UUID", param_hint="--envelope") from error


def _replay(account: str, since: datetime | None, ids: list[UUID] | None, state: str, *, only_list: bool) -> None:
    from samspil.base.clock import now
    from samspil.exchange.actions import account_of
    from samspil.intake.actions import replay as put_back
    from samspil.intake.actions import understand_waiting
    from samspil.intake.queries import accounts_of, troubled

    states = [state] if state else ["not_understood", "quarantined"]
    if not set(states) <= {"not_understood", "quarantined", "empty"}:
        raise typer.BadParameter("not_understood, quarantined or empty", param_hint="--state")
    where = account_of(name=account).pk if account else None
    accounts_of(ids or [])  # refuses an id that is none here
    found = troubled(states=states, account=where, since=since and since.replace(tzinfo=UTC), envelopes=ids)
    if only_list:
        for row in found:
            typer.echo(
                f"{row.pk}  {row.received_at:%Y-%m-%d %H:%M}  {row.account.name}  {row.state}  {row.external_id}: {row.error}"
            )
        typer.echo(f"{len(found):,} envelopes.")
        return
    at = now()
    again = [row.pk for row in found]
    number = sum(put_back(envelopes=again[start : start + BATCH], at=at) for start in range(0, len(again), BATCH))
    with ctrl_c() as asked:
        while understand_waiting(at=now()) and not asked():
            pass
    after = {row.pk for row in troubled(states=["not_understood", "quarantined"], envelopes=again)} if again else set()
    typer.echo(f"{number:,} put back in line; {number - len(after):,} understood now, {len(after):,} not.")


def _rebuild(account: str, ids: list[UUID] | None, *, apply: bool) -> None:
    from collections import Counter

    from samspil.base.clock import now
    from samspil.exchange.actions import account_of
    from samspil.intake.actions import reread
    from samspil.intake.queries import accounts_of

    if not account and not ids:
        raise typer.BadParameter("name --envelope or --account", param_hint="--rebuild")
    where = [account_of(name=account).pk] if account else accounts_of(ids or [])
    counts: Counter[str] = Counter()
    put_right = 0
    for one in where:
        for d in reread(account=one, envelopes=ids, apply=apply, at=now()):
            counts[d.field] += 1
            put_right += d.applied
            mark = "put right" if d.applied else "differs"
            typer.echo(f"{d.envelope}  {d.field} {mark}: {_short(d.stored)} -> {_short(d.now)}")
    told = ", ".join(f"{number:,} {field}" for field, number in sorted(counts.items())) or "nothing"
    typer.echo(f"Read otherwise today: {told}. Put right: {put_right:,}.")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHORT else text[: SHORT - 3] + "..."
