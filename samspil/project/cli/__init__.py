"""The command ``samspil``. One file a group of commands; every command is named here.

Nothing here imports Django: ``samspil --help`` answers at once. A command that needs it works inside ``with ready():``.
"""

import sys

import typer

from samspil.project.cli import (
    channel,
    colleagues,
    demo,
    doctor,
    exchange,
    explain,
    identity,
    mail,
    maintenance,
    people,
    processes,
    reference,
    relationship,
    routing,
    rules,
)

UNDEFINED_TABLE = "42P01"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Samspil, the social business platform."
)
for command in (processes.up, processes.web, processes.live, processes.worker, processes.runners, maintenance.migrate):
    app.command()(command)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(
    maintenance.manage
)
app.command("import")(exchange.import_)
app.command()(exchange.replay)
app.command()(explain.explain)
app.command()(doctor.doctor)
app.add_typer(maintenance.database_commands, name="database")
maintenance.docs_commands.command("cli")(reference.docs_cli)
app.add_typer(maintenance.docs_commands, name="docs")
app.add_typer(channel.channel_commands, name="channel")
app.add_typer(colleagues.colleague_commands, name="colleagues")
app.add_typer(demo.demo_commands, name="demo")
app.add_typer(identity.identity_commands, name="identity")
app.add_typer(mail.mail_commands, name="mail")
app.add_typer(people.people_commands, name="people")
app.add_typer(relationship.relationship_commands, name="relationship")
app.add_typer(routing.routing_commands, name="routing")
app.add_typer(rules.rules_commands, name="rules")


def main() -> None:
    """Run the command line; a setting or a database that cannot be used is told in a sentence, without a traceback."""
    from samspil.project.database import DatabaseFailed
    from samspil.project.settings import WrongSetting

    try:
        app()
    except (DatabaseFailed, WrongSetting) as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)
    except Exception as problem:
        if not (words := about_the_database(problem)):
            raise
        sys.stderr.write(f"{words}\n")
        sys.exit(1)


def about_the_database(problem: Exception) -> str:
    """What to tell of an error of the database's that the user can mend; "" for any other."""
    errors = sys.modules.get("django.db.utils")  # not there: Django did not run, so it is not the database's
    if errors is None:
        return ""
    if isinstance(problem, errors.OperationalError):
        return f"The database cannot be used: {problem}"
    if isinstance(problem, errors.ProgrammingError) and getattr(problem.__cause__, "sqlstate", "") == UNDEFINED_TABLE:
        return "The database has no tables yet: start Samspil once, or run samspil migrate. Is SAMSPIL_DATA_DIR the right folder?"
    return ""
