"""The demo: a made-up company with some weeks of conversations, made in one transaction and taken away in one."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from samspil.base import blobs, clock
from samspil.base.errors import SamspilError
from samspil.base.flow import step
from samspil.conversation.actions import make_label
from samspil.exchange.actions.demo_arranged import arrange
from samspil.exchange.actions.demo_talks import Company, talk
from samspil.exchange.queries.demo import SHOWN, password_file
from samspil.intake.actions import connect, pause
from samspil.intake.models import Account
from samspil.organisation.actions import add_competence, add_unit, be_seen, found, hold, speak, take_in
from samspil.organisation.models import Colleague, Competence, Unit
from samspil.organisation.queries import organisation
from samspil.reply.actions import make_canned
from samspil.routing.actions import teach, train

CONFIRMED = 150
"""Days since the demo's levels were confirmed."""
SECOND = "jonas@nordlys.example"
"""Whoever wants to see two sides signs in as this one in another browser, with the same password."""
PLACES = (Path(__file__).resolve().parents[3] / "demo", Path(__file__).resolve().parents[1] / "demo_content")
"""In a checkout, and in an installed package."""
KEPT = frozenset({"contenttypes", "auth", "procrastinate", "sites"})
"""Apps whose tables are no organisation's: they stay when the demo goes."""


class NotEmpty(SamspilError):
    """The demo goes into an empty installation only."""

    code = "exchange.not_empty"


class NoDemo(SamspilError):
    """This installation is somebody's own, and is not removed."""

    code = "exchange.no_demo"


def folder() -> Path:
    """Where the demo's texts lie. Raises NoDemo."""
    for place in PLACES:
        if (place / "organisation.toml").exists():
            return place
    raise NoDemo("The demo's texts are not installed here")


def create_demo() -> bool:
    """Make the demo company in an empty installation; False when there is an organisation already. Raises NoDemo."""
    if organisation() is not None:
        return False
    texts = folder()
    password = _password()
    now = clock.now()
    with transaction.atomic():  # several steps, for the later ones need what the reactions to the first have made
        with step():
            company = _company(texts, password, now)
        talk(company=company, texts=texts, now=now)
        with step():
            arrange(company=company, arranged=_read(texts / "arranged.toml"), now=now)
    train(at=clock.now(), quick=True)
    return True


def make_demo() -> None:
    """The same for a person who asked for it. Raises NotEmpty, NoDemo."""
    if not create_demo():
        raise NotEmpty("There is an organisation here already; the demo needs an empty installation (another SAMSPIL_DATA_DIR)")


def _password() -> str:
    path = password_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password + "\n")
    path.chmod(0o600)
    return password


def _read(path: Path) -> dict[str, Any]:
    """One file of the demo."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _company(texts: Path, password: str, now: datetime) -> Company:
    here = _read(texts / "organisation.toml")
    found(name=here["name"], language=here["language"], demo=True)
    units: dict[str, Unit] = {}
    for row in here["unit"]:
        units[row["key"]] = add_unit(
            name=row["name"],
            name_en=row["name_en"],
            parent=units[row["parent"]] if "parent" in row else None,
            triage=row.get("triage", False),
        )
    competences: dict[str, Competence] = {}
    for row in here["competence"]:
        competences[row["key"]] = add_competence(
            name=row["name"],
            name_en=row["name_en"],
            parent=competences[row["parent"]] if "parent" in row else None,
            description=row["description"],
            words=row["words"],
        )
    colleagues = _colleagues(_read(texts / "colleagues.toml"), units, competences, password, now)
    for row in _read(texts / "replies.toml")["reply"]:
        make_canned(key=row["key"], name=row["name"], text=row["da"], text_en=row["en"])
    labels = {row["key"]: make_label(name=row["name"], colour=row["colour"]) for row in _read(texts / "labels.toml")["label"]}
    asked: dict[str, list[tuple[str, str]]] = {}
    for row in _read(texts / "training.toml")["question"]:
        asked.setdefault(row["competence"], []).append((row["text"], row["language"]))
    for key, questions in asked.items():
        teach(competence=competences[key].pk, questions=questions)
    return Company(units=units, competences=competences, colleagues=colleagues, labels=labels, accounts=_accounts())


def _colleagues(
    rows: Mapping[str, Any], units: Mapping[str, Unit], competences: Mapping[str, Competence], password: str, now: datetime
) -> dict[str, Colleague]:
    made = {}
    for place, row in enumerate(rows["colleague"]):
        # A password costs its hashing: two have one, the others are met on the pages.
        made[row["key"]] = take_in(
            email=row["email"],
            name=row["name"],
            password=password if row["email"] in (SHOWN, SECOND) else None,
            title=row["title"],
            unit=units[row["unit"]],
            role=row["role"],
            language=row["language"],
            capacity=row["capacity"],
        )
        for key, level in row["competences"].items():
            said = key in row.get("said", ())
            hold(
                colleague=made[row["key"]],
                competence=competences[key].pk,
                level=level,
                source="self" if said else "lead",
                by=None if said else made["mette"],
                at=now - timedelta(days=row.get("days", 0) if said else CONFIRMED),
            )
        speak(colleague=made[row["key"]], languages=row.get("languages", {}), by=made[row["key"]])
        if place % 3 != 2:  # noqa: PLR2004  two of three are at their desks
            be_seen(colleague=made[row["key"]].pk, at=now)
    return made


NETWORKS = {"mastodon": "Mastodon", "matrix": "Matrix", "instagram": "Instagram", "bluesky": "Bluesky", "facebook": "Facebook"}
"""Networks that the demo's people came from; what they said there is history, for nothing is connected to them."""


def _accounts() -> dict[str, Account]:
    config = {
        "address": "service@nordlys.example",
        "imap_host": "mail.nordlys.example",
        "smtp_host": "mail.nordlys.example",
        "name": "Nordlys Cykler",
    }
    post = connect(channel="mail", name="service@nordlys.example", config=config, own=["service@nordlys.example"])
    pause(account=post.pk)  # nothing is fetched or sent: the address is made up
    accounts = {"mail": post, "webchat": connect(channel="webchat", name="Nordlys Cykler", config={})}
    for network, name in NETWORKS.items():
        accounts[network] = connect(channel="csvfile", name=name, config={}, history=True)
    return accounts


def remove_demo() -> None:
    """Take the demo away with everything in it: afterwards the installation is empty. Raises NoDemo, and touches nothing."""
    here = organisation()
    if here is None or not here.demo:
        raise NoDemo("This is no demo: nothing was touched")
    with step(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest FROM intake_attachment WHERE digest <> '' UNION SELECT digest FROM reply_file"
            " UNION SELECT blob FROM intake_envelope WHERE blob <> '' UNION SELECT digest FROM exchange_people_run WHERE digest <> ''"
        )
        files = [digest for (digest,) in cursor.fetchall()]
        names = [connection.ops.quote_name(name) for name in sorted(_tables())]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # whatever this transaction has still to check is checked now
        cursor.execute(f"TRUNCATE {', '.join(names)}")  # no CASCADE: a table that was forgotten makes it fail as a whole
    for digest in files:
        blobs.forget(digest)
    password_file().unlink(missing_ok=True)


def _tables() -> set[str]:
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table for model in models if model._meta.app_label not in KEPT}  # noqa: SLF001  Django documents _meta
