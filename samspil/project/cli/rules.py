"""Rules on the command line: list them, try them on the past, carry them to another installation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from samspil.project.cli.ready import ready

if TYPE_CHECKING:
    from samspil.automation.models import Rule

rules_commands = typer.Typer(no_args_is_help=True, help="Rules: list, dry run, export, import.")
Which = Annotated[str, typer.Argument(metavar="RULE", help="Its name, or its id.")]


@rules_commands.command("list")
def list_() -> None:
    """Every rule in its order: on, off or paused, how often it acted in 7 days, its last error."""
    with ready():
        from samspil.automation.queries.rules import lines
        from samspil.base.clock import now
        from samspil.organisation.queries.rights import whole_house

        for line in lines(by=whole_house(), at=now()):
            state = "paused" if line.rule.paused_at else "on" if line.rule.enabled else "off"
            error = f"  failed {line.failed}: {line.error}" if line.error else ""
            typer.echo(f"{line.rule.place:>3}  {state:<6}  {line.week:>6}  {line.rule.name}  [{line.rule.pk}]{error}")


@rules_commands.command("dry-run")
def dry_run(
    rule: Which,
    *,
    days: Annotated[int, typer.Option(help="How far to look back, at most 90.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what RULE would have done in the last days with what really happened. Nothing is written. Ctrl-C gives it up."""
    with ready():
        from samspil.automation.queries.dry_run import asked
        from samspil.automation.queries.dry_run import dry_run as do
        from samspil.base.clock import now

        row = _found(rule)
        question = asked(document=row.document, now=None, rule=row.pk, unit=row.unit_id, days=days, until=now())
        progress = None
        for progress in do(question):
            typer.echo(f"{100 * progress.share:3.0f} %  {progress.trial.looked:,} looked at", err=True)
        assert progress is not None  # noqa: S101 - it tells at least once
        found = progress.trial
        told: dict[str, Any] = {
            "rule": row.name,
            "version": row.number,
            "days": days,
            "looked": found.looked,
            "matched": found.matched,
            "from_before": found.old,
            "busiest_minute": found.busiest,
            "a_day": dict(sorted(found.days.items())),
            "newest": [{"at": f.at.isoformat(), "conversation": str(f.conversation)} for f in reversed(found.found)],
        }
        if as_json:
            typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
            return
        typer.echo(f"{row.name}: {found.matched:,} of {found.looked:,} in {days} days")
        for day, number in told["a_day"].items():
            typer.echo(f"{day}  {number:>6,}")


def _found(rule: str) -> "Rule":
    from samspil.automation.models import Rule

    rows = [r for r in Rule.objects.filter(deleted_at=None) if rule in (str(r.pk), r.name)]
    if len(rows) != 1:
        typer.echo(f"{len(rows)} rules are called {rule!r}; samspil rules list names them", err=True)
        raise typer.Exit(1)
    return rows[0]


@rules_commands.command("export")
def export() -> None:
    """Write every rule as JSON to the output, with the names of what they mean."""
    with ready():
        from samspil.automation.queries.carried import carried

        typer.echo(json.dumps(carried(), indent=1, ensure_ascii=False))


@rules_commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="What samspil rules export wrote.")],
    *,
    by: Annotated[str, typer.Option(help="The mail address of the administrator in whose name they are made.")],
) -> None:
    """Make the rules of FILE.json, switched off, all or none; units, labels and colleagues are found by their names."""
    with ready():
        from samspil.automation.actions import make
        from samspil.automation.queries.carried import Unknown, translated
        from samspil.automation.rules.read import WrongRule
        from samspil.base.clock import now
        from samspil.base.errors import SamspilError
        from samspil.base.flow import step
        from samspil.organisation.models import Colleague, Unit

        try:
            given = json.loads(file.read_text(encoding="utf-8"))
            who = Colleague.objects.get(email__iexact=by)
            with step():
                for one in given["rules"]:
                    unit = Unit.objects.get(name=one["unit"]) if one.get("unit") else None
                    make(name=one["name"], document=translated(one), unit=unit, by=who, at=now())
        except (Unknown, WrongRule, SamspilError) as problem:
            typer.echo(f"nothing was made: {problem}", err=True)
            raise typer.Exit(1) from None
        except (OSError, ValueError, KeyError, TypeError, Colleague.DoesNotExist, Unit.DoesNotExist) as problem:
            typer.echo(f"nothing was made; the file cannot be used: {type(problem).__name__} {problem}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{len(given['rules'])} rules made, switched off")
