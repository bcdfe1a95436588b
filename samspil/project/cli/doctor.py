"""``samspil doctor``: what is configured, what works, what to do."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.kit import Check
    from samspil.project.doctor import AccountState, Diagnosis

Json = Annotated[bool, typer.Option("--json", help="Everything as JSON, for programs; with the counts of what is here.")]
Accounts = Annotated[bool, typer.Option("--accounts/--no-accounts", help="Whether to sign in to every connected account.")]


def doctor(*, as_json: Json = False, accounts: Accounts = True) -> None:
    """Look at everything: what is configured, what works, and what to do. Ends with 1 when something is broken."""
    with ready():
        from samspil.project.doctor import diagnose

        found = diagnose(accounts=accounts)
        if as_json:
            typer.echo(json.dumps(found.data(), ensure_ascii=False, indent=1))
        else:
            _show(found)
    if not found.ok:
        raise typer.Exit(1)


def _show(found: "Diagnosis") -> None:
    for check in found.checks:
        _line(check)
    for account in found.accounts:
        typer.echo(f"  {account.name} ({account.channel}, {state_of(account)})" + (f": {account.error}" if account.error else ""))
        for check in account.checks or ():
            _line(check, "    ")
    typer.echo("Here are:")
    here = {"consumers": found.consumers, "handles": found.handles, "interactions": found.interactions}
    typer.echo("  " + ", ".join(f"{number:,} {name}" for name, number in {**here, "conversations": found.conversations}.items()))
    for name, counts in (("envelopes", found.envelopes), ("replies", found.replies)):
        parts = [f"{number:,} {state.replace('_', ' ')}" for state, number in counts.items() if number]
        typer.echo(f"  {name}: {', '.join(parts) or 'none'}")
    refused = [f"{name} {count:,}" for name, (count, _) in found.counters.items()]
    if refused:
        typer.echo(f"  refused and counted: {', '.join(refused)}")


def state_of(account: "AccountState") -> str:
    """The state of an account in words; what was imported is connected to nothing."""
    if account.history:
        return "imported history"
    return "connected" if account.state == "active" else account.state


def _line(check: "Check", indent: str = "") -> None:
    typer.secho(f"{indent}{'✓' if check.ok else '✗'} {check.name}: {check.detail}", fg=None if check.ok else "red")
    if not check.ok and check.remedy:
        typer.echo(f"{indent}  {check.remedy}")
