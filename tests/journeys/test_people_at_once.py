"""Imports, messages and forgetting at the same time: nothing doubled, nothing brought back. And the command line."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from typer.testing import CliRunner

from samspil.base.clock import now
from samspil.exchange.actions.forget import forget
from samspil.exchange.actions.people import go, look, take_file
from samspil.exchange.actions.people_carry import carry_on
from samspil.exchange.models import PeopleRow, PeopleRun
from samspil.identity.models import Consumer, Link
from samspil.intake.actions import keep, understand_waiting
from samspil.intake.models import Forgotten, Handle, Interaction
from samspil.project.cli import app
from tests.journeys.conftest import envelopes, mail
from tests.journeys.test_concurrency import at_once, work

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


def ready_run(rows: int) -> PeopleRun:
    text = "name,email,phone\n" + "".join(f"P{n},p{n}@p.example,26{n:06d}\n" for n in range(rows))
    run = take_file(name="p.csv", pieces=[text.encode()], by=None, country="DK", at=now())
    look(run=run.pk, at=now())
    assert carry_on(run=run.pk)
    go(run=run.pk, at=now())
    return run


def test_an_import_beside_mails_of_the_same_people_gives_each_handle_one_person(mailbox):
    run = ready_run(600)
    mails = [mail(sender=f"P{n} <p{n}@p.example>", ident=f"{n}@x") for n in range(0, 600, 20)]
    keep(account=mailbox.pk, envelopes=envelopes(*mails), at=now())
    at_once(work, work, lambda: carry_on(run=run.pk), lambda: carry_on(run=run.pk))
    while carry_on(run=run.pk) and PeopleRun.objects.get().state == "running":
        pass
    run.refresh_from_db()
    assert (run.state, run.position) == ("done", 600)
    assert Link.objects.filter(ended_at=None).count() == Handle.objects.count() == 1200
    assert Consumer.objects.count() == 600
    assert Interaction.objects.count() == 30
    owners = dict(Link.objects.filter(ended_at=None).values_list("handle__address", "consumer"))
    assert all(owners[f"p{n}@p.example"] == owners[f"+4526{n:06d}"] for n in range(600))


def test_a_person_who_is_forgotten_while_old_mail_is_on_its_way_does_not_come_back(mailbox, mette):
    keep(account=mailbox.pk, envelopes=envelopes(mail(ident="0@x", at=now() - timedelta(hours=1))), at=now())
    understand_waiting(at=now())
    person = Consumer.objects.get()
    old = [mail(f"nr. {n}", ident=f"{n}@x", at=now() - timedelta(minutes=n)) for n in range(1, 41)]
    keep(account=mailbox.pk, envelopes=envelopes(*old), at=now())
    at_once(work, work, lambda: forget(consumer=person.pk, by=mette, at=now()), work)
    assert (Handle.objects.count(), Interaction.objects.count(), Consumer.objects.count()) == (0, 0, 0)
    assert Forgotten.objects.count() == 1


KILLED = """
import django; django.setup()
import sys, time
from samspil.exchange.actions import people_carry
real = people_carry._write_rows
def slow(*args):
    real(*args); print("batch", flush=True); time.sleep(0.4)
people_carry._write_rows = slow
people_carry.carry_on(run=sys.argv[1])
"""


def test_a_run_that_is_killed_with_minus_nine_goes_on_without_doubles(organisation):
    run = ready_run(2000)
    database = connection.settings_dict
    address = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    env = os.environ | {
        "SAMSPIL_DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "samspil.project.django_settings",
        "SAMSPIL_DATA_DIR": str(Path(settings.SAMSPIL_BLOBS).parent),
    }
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(run.pk)], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "batch\n"
    assert child.stdout.readline() == "batch\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    deadline = time.monotonic() + 20
    while not carry_on(run=run.pk) and time.monotonic() < deadline:
        threading.Event().wait(0.1)  # until the server has seen that the session is gone
    run.refresh_from_db()
    assert (run.state, run.counts["new"], run.position) == ("done", 2000, 2000)
    assert (Consumer.objects.count(), Link.objects.count(), PeopleRow.objects.count()) == (2000, 4000, 2000)


def command(*words: str, code: int = 0, typed: str | None = None) -> str:
    result = CliRunner().invoke(app, list(words), input=typed)
    assert result.exit_code == code, result.output
    return result.output


def test_the_command_line_imports_exports_and_forgets(organisation, tmp_path):
    file = tmp_path / "kunder.csv"
    file.write_text("Navn;E-mail;Cykel\nKaroline;karoline@vestergaard.example;Fragt\nBo;skæv;\n")
    said = command("people", "import", str(file), "--dry-run", "--map", "Cykel=new.text")
    assert "2 rows: 1 new, 1 broken, left out" in said
    assert "row 3 broken: Bo  (bad_handle: mail: skæv)" in said
    assert (Consumer.objects.count(), PeopleRun.objects.count()) == (0, 0)
    final = json.loads(command("people", "import", str(file), "--json", "--map", "Cykel=new.text").splitlines()[-1])
    assert (final["state"], final["rows"], final["new"], final["broken"]) == ("done", 2, 1, 1)
    beside = (tmp_path / "kunder.not-taken.csv").read_text(encoding="utf-8-sig").splitlines()
    assert beside == ["row,reason,Navn,E-mail,Cykel", "3,the address cannot be understood: mail: skæv,Bo,skæv,"]
    found = json.loads(command("people", "export", "karoline@vestergaard.example"))
    assert found["person"]["details"][0]["value"] == "Fragt"
    assert found["imports"][0]["file"] == "kunder.csv"
    assert "Nobody has the handle" in command("people", "forget", "nobody@n.example", "--yes", code=1)
    command("people", "forget", "mail:karoline@vestergaard.example", code=1, typed="n\n")
    assert Consumer.objects.count() == 1
    assert "Forgotten: 1 handles" in command("people", "forget", "karoline@vestergaard.example", "--yes")
    assert (Consumer.objects.count(), Handle.objects.count(), PeopleRow.objects.filter(shown__contains="karoline").count()) == (
        0,
        0,
        0,
    )
    assert "1 on the erasure list, left out" in command("people", "import", str(file))
    assert "no column is called so" in command("people", "import", str(file), "--map", "Nej=name", code=2)
    assert PeopleRun.objects.exclude(state="done").count() == 0
