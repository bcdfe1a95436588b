"""The commands as a person types them: what they say, how they end, and that a refusal changes nothing."""

import gzip
import json
import os
import re
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction
from typer.main import get_command
from typer.testing import CliRunner

from samspil import kit
from samspil.base.clock import now
from samspil.exchange.actions import CannotRead, account_of, listen, take_stream
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account, Envelope, Interaction
from samspil.project.cli import about_the_database, app
from samspil.project.cli_page import page
from tests.journeys.conftest import mail, mail_config, receive
from tests.journeys.test_import_files import TABLE, mbox

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str, code: int = 0, payload: bytes | None = None) -> str:
    result = CliRunner().invoke(app, list(words), input=payload)
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.django_db
def test_import_says_what_became_of_every_record(organisation, tmp_path):
    file = mbox(tmp_path / "old.mbox", mail(ident="a@x.example"), mail(ident="b@x.example", references=("a@x.example",)))
    said = run("import", "mbox", str(file)).splitlines()
    assert said[:2] == ["2 messages: 2 new, 0 here already", "Of the 2: 2 understood, as 2 messages in 1 conversations"]
    assert said[2].startswith("In 'old', ")
    assert run("import", "mbox", str(file)).splitlines()[0] == "2 messages: 0 new, 2 here already"
    final = json.loads(run("import", "mbox", str(file), "--json"))
    assert (final["records"], final["new"], final["here"], final["threads"], final["refused"]) == (2, 0, 2, 1, [])


@pytest.mark.django_db
def test_ctrl_c_waits_for_the_batch_and_the_same_command_goes_on(organisation, tmp_path, monkeypatch):
    file = mbox(tmp_path / "old.mbox", *[mail(ident=f"{n}@x.example") for n in range(4)])
    monkeypatch.setattr(sys.modules["samspil.exchange.actions.bring"], "BATCH", 2)
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as pressed:
        pressed.setattr("samspil.project.cli.progress.Bar.__call__", lambda *_: os.kill(os.getpid(), signal.SIGINT))
        said = run("import", "mbox", str(file), code=130).splitlines()
    assert said == [
        "",
        "Stopping after what is in hand; Ctrl-C again stops at once.",
        "Broken off after 2 records, all of them kept. The same command goes on from there.",
    ]
    assert signal.getsignal(signal.SIGINT) is before
    assert Envelope.objects.filter(state="understood").count() == Envelope.objects.count() == 2
    assert run("import", "mbox", str(file)).splitlines()[0] == "4 messages: 2 new, 2 here already"


@pytest.mark.django_db
def test_a_packed_file_that_is_cut_off_is_told_and_its_whole_mails_are_kept(organisation, tmp_path):
    whole = mbox(tmp_path / "old.mbox", *[mail(ident=f"{n}@x.example") for n in range(3)])
    file = tmp_path / "old.mbox.gz"
    file.write_bytes(gzip.compress(whole.read_bytes(), compresslevel=0)[:-40])  # the third mail has no end
    said = run("import", "mbox", str(file), code=1)
    assert said == "old.mbox.gz is cut off: its packing has no end. What was read before is kept: 2 records\n"
    assert Envelope.objects.filter(state="understood").count() == Envelope.objects.count() == 2
    assert run("import", "mbox", str(whole)).splitlines()[0] == "3 messages: 1 new, 2 here already"


def test_the_bar_keeps_its_numbers_beside_a_long_name(tmp_path):
    file = mbox(tmp_path / f"{'a very long name of an old mailbox ' * 3}.mbox", mail(ident="a@x.example"))
    shown = subprocess.run(
        [sys.executable, "-c", BAR, str(file)],
        env={**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "80", "TERM": "xterm"},
        capture_output=True, text=True, check=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    (*_, last) = [line for line in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.stderr).splitlines() if line]
    assert len(last) <= 80
    assert re.fullmatch(r"a very long name of an ol… ━+ 100% 2,814 201/s 0:00:00 left", last)


BAR = """
import sys
from pathlib import Path
from types import SimpleNamespace
from samspil.project.cli.progress import Bar
with Bar(Path(sys.argv[1]), 0, quiet=False) as bar:
    bar(SimpleNamespace(records=2814, bytes=10, rate=201.0, seconds=10.0, done=True))
"""


@pytest.mark.django_db
def test_a_dry_run_shows_and_keeps_nothing(organisation, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(TABLE, encoding="utf-8")
    words = ["id=nr", "author=fra", "text=tekst", "time=dato", "reply_to=svar til", "outgoing=!mod os"]
    said = run("import", "csv", str(file), "--dry-run", *[w for word in words for w in ("--map", word)])
    assert "Would be made: 3 messages of consumers, 2 not understood, 1 answers of ours" in said
    assert said.rstrip().endswith("Nothing was kept.")
    assert '"address": "anna"' in said
    assert (Envelope.objects.count(), Account.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_guess_is_shown(organisation, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("id,author,text,time\n1,anna,hej,2025-11-24\n", encoding="utf-8")
    said = run("import", "csv", str(file))
    assert "Read as --map id=id --map author=author --map text=text --map time=time" in said
    assert "1 messages: 1 new, 0 here already" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["import", "zip", "{file}"], 1, "No channel reads 'zip' files"),
        (["import", "csv", "{file}"], 1, "has no columns"),
        (["import", "csv", "{file}", "--map", "text"], 2, "write WORD=VALUE"),
        (["import", "mbox", "{file}"], 1, "a.txt is no mbox"),
        (["import", "mbox", "/dev/null"], 1, "There is nothing in null"),
        (["import", "maildir", "{file}"], 1, "a.txt is no Maildir"),
        (["import", "eml", "{file}", "--account", "Service"], 1, "An account is called 'Service' already"),
        (["replay", "--apply"], 2, "--apply needs --rebuild"),
        (["replay", "--rebuild"], 2, "name --envelope or --account"),
        (["replay", "--state", "sad"], 2, "not_understood, quarantined or empty"),
        (["replay", "--envelope", "01a21313-207b-77a7-8f16-aa1104788aaa"], 1, "no envelope 01a21313-"),
        (["replay", "--envelope", "7"], 2, "an envelope's id is a UUID"),
        (["replay", "--account", "Nobody"], 1, "No account is called 'Nobody'"),
        (["explain", "nobody@x.example"], 1, "nothing here is called 'nobody@x.example'"),
        (["demo", "remove", "--yes"], 1, "This is no demo: nothing was touched"),
        (["demo", "create"], 1, "There is an organisation here already"),
        (["mail", "pipe", "--account", "Nobody"], 1, "No account is called 'Nobody'"),
    ],
)
def test_refusals(mailbox, tmp_path, words, code, said):
    file = tmp_path / "a.txt"
    file.write_text("just a text\n", encoding="utf-8")
    result = CliRunner().invoke(app, [word.format(file=file) for word in words])
    assert result.exit_code == code, result.output
    assert said in " ".join(result.output.replace("│", " ").split())
    assert (Envelope.objects.count(), list(Account.objects.values_list("name", flat=True))) == (0, ["Service"])


@pytest.mark.django_db
def test_replay_lists_and_tries_again(mailbox):
    keep(account=mailbox.pk, envelopes=[kit.Envelope(external_id="nothing", payload=b"")], at=now())
    understand_waiting(at=now())
    said = run("replay", "--list")
    assert "nothing: The mail is empty." in said
    assert said.splitlines()[-1] == "1 envelopes."
    Envelope.objects.update(payload=mail(ident="a@x.example"))  # as if the channel understood it now
    assert run("replay", "--state", "not_understood").strip() == "1 put back in line; 1 understood now, 0 not."
    assert Interaction.objects.get().external_id == "a@x.example"
    assert run("replay").strip() == "0 put back in line; 0 understood now, 0 not."


@pytest.mark.django_db
def test_rebuild_compares_and_corrects(mailbox):
    receive(mailbox, mail(ident="a@x.example"))
    assert run("replay", "--rebuild", "--account", "Service").strip() == "Read otherwise today: nothing. Put right: 0."
    Interaction.objects.update(text="forkert")
    envelope = str(Envelope.objects.get().pk)
    said = run("replay", "--rebuild", "--envelope", envelope)
    assert "text differs: 'forkert' -> 'Hej" in said
    assert "Put right: 0." in said
    assert Interaction.objects.get().text == "forkert"
    assert "Put right: 1." in run("replay", "--rebuild", "--envelope", envelope, "--apply")
    assert Interaction.objects.get().text.startswith("Hej")


@pytest.mark.django_db
def test_doctor_counts_and_ends_with_one_when_something_is_broken(mailbox):
    receive(mailbox, mail(ident="a@x.example"))
    result = CliRunner().invoke(app, ["doctor", "--json", "--no-accounts"])
    found = json.loads(result.output)
    # The tests' own server may be set to lose data in a crash, which the doctor does not pass.
    assert [c["name"] for c in found["checks"] if not c["ok"] and not c["name"].startswith("database")] == []
    assert result.exit_code == (0 if found["ok"] else 1)
    assert (found["interactions"], found["handles"], found["consumers"], found["conversations"]) == (1, 1, 1, 1)
    assert found["envelopes"] == {
        "arrived": 0,
        "understood": 1,
        "empty": 0,
        "not_understood": 0,
        "quarantined": 0,
        "forgotten": 0,
    }
    assert set(found["replies"].values()) == {0}
    keep(account=mailbox.pk, envelopes=[kit.Envelope(external_id="nothing", payload=b"")], at=now())
    understand_waiting(at=now())
    said = run("doctor", "--no-accounts", code=1)
    assert "✗ messages are understood: 1 could not be understood; they are kept" in said
    assert "✓ organisation: Prøve" in said
    type(mailbox).objects.update(history=True)  # lines of a file that is read once: told, and no failure
    told = json.loads(CliRunner().invoke(app, ["doctor", "--json", "--no-accounts"]).output)["checks"]
    assert [(c["ok"], c["detail"]) for c in told if c["name"] == "messages are understood"] == [
        (True, "1 of imported history could not be understood; they are kept")
    ]


def test_mail_visible_needs_no_database(tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(mail("Tak.\n\nDen 24. nov. 2025 kl. 10.00 skrev Mette <m@x.example>:\n> Hej\n> med dig\n"))
    result = subprocess.run(
        [sys.executable, "-m", "samspil.project.cli", "mail", "visible", str(file)],
        env={**os.environ, "SAMSPIL_DATABASE_URL": "postgresql://127.0.0.1:1/none"},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "Tak.\n")


def test_mail_visible_refuses_what_is_no_text(tmp_path):
    file = tmp_path / "a.eml"
    file.write_bytes(bytes(range(256)))
    assert run("mail", "visible", str(file), code=1) == "a.eml is no mail: it is not text\n"


@pytest.mark.parametrize(
    "words", [["explain", "x"], ["doctor"], ["replay"], ["mail", "lmtp", "--account", "x"], ["import", "mbox", "{file}"]]
)
def test_a_database_that_is_away_is_told_without_a_traceback(tmp_path, words):
    file = mbox(tmp_path / "a.mbox", mail(ident="a@x.example"))
    result = subprocess.run(
        [sys.executable, "-m", "samspil.project.cli", *[word.format(file=file) for word in words]],
        env={**os.environ, "SAMSPIL_DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:1/none", "SAMSPIL_DATA_DIR": str(tmp_path)},
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("The database cannot be used: ")
    assert "Traceback" not in result.stderr
    assert "hush" not in result.stderr


@pytest.mark.django_db
def test_a_database_without_tables_is_told(organisation):
    with pytest.raises(ProgrammingError) as problem, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")
    assert about_the_database(problem.value).startswith("The database has no tables yet: ")
    with pytest.raises(ProgrammingError) as other, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column FROM intake_account")
    assert about_the_database(other.value) == about_the_database(ValueError("x")) == ""


def test_pipe_asks_the_mail_server_to_come_again_when_the_database_is_away(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "samspil.project.cli", "mail", "pipe", "--account", "Service"],
        env={**os.environ, "SAMSPIL_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none", "SAMSPIL_DATA_DIR": str(tmp_path)},
        input=mail(ident="a@x.example"), capture_output=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert result.returncode == 75, result.stderr
    assert result.stderr.startswith(b"Not stored just now: ")


@pytest.mark.django_db
def test_pipe_keeps_a_mail_once(mailbox):
    payload = mail(ident="a@x.example")  # made once: its Date is the second in which it is made
    for _ in range(2):
        result = CliRunner().invoke(app, ["mail", "pipe", "--account", "Service"], input=payload)
        assert (result.exit_code, result.output) == (0, "")
    assert Envelope.objects.get().account == mailbox
    understand_waiting(at=now())
    assert Interaction.objects.get().external_id == "a@x.example"


@pytest.mark.django_db
def test_a_mail_from_the_pipe_is_received_now_whatever_it_says(mailbox):
    before = now()
    for ident, date in (
        ("old@x.example", "Mon, 24 Nov 2014 10:00:00 +0000"),
        ("ahead@x.example", "Tue, 24 Nov 2099 10:00:00 +0000"),
    ):
        payload = f"From: k@x.example\nMessage-ID: <{ident}>\nDate: {date}\n\nHej\n".encode()
        run("mail", "pipe", "--account", "Service", payload=payload)
    assert all(before <= at <= now() for at in Envelope.objects.values_list("received_at", flat=True))
    understand_waiting(at=now())
    assert before <= Interaction.objects.get(external_id="ahead@x.example").at <= now()


@pytest.mark.django_db
def test_pipe_refuses_what_is_too_large_or_nothing(mailbox, tmp_path):
    for body, words in ((b"x" * 11, "more than 10 bytes"), (b"", "nothing came")):
        file = tmp_path / "in"
        file.write_bytes(body)
        with file.open("rb") as stream, pytest.raises(CannotRead, match=words):
            take_stream(account=mailbox, format="eml", stream=stream, limit=10)
    assert Envelope.objects.count() == 0


@pytest.mark.enable_socket
@pytest.mark.django_db(transaction=True)
def test_lmtp_keeps_before_it_acknowledges():
    account = connect(channel="mail", name="Service", config=mail_config(), own=["service@firma.example"])
    with (
        listen(account=account, options={"host": "127.0.0.1", "port": "0"}) as server,
        smtplib.LMTP("127.0.0.1", server.port) as client,
    ):
        assert client.sendmail("k@x.example", ["service@firma.example"], mail(ident="a@x.example")) == {}
        assert Envelope.objects.get().account == account
    assert account_of(name="Service") == account


def test_the_reference_page_is_up_to_date():
    assert (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8") == page(get_command(app))


def test_a_mail_shown_on_a_terminal_does_not_steer_it(tmp_path):
    family = (
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL} \N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16} می\N{ZERO WIDTH NON-JOINER}خواهم"
    )
    written = f"hej \x1b]52;c;Zm9v\x07dig\u202e \u2067gid\u2069\x9b\n\t{family}\n"
    file = tmp_path / "a.eml"
    head = "From: a@x.example\nMessage-ID: <a@x.example>\nContent-Type: text/plain; charset=utf-8\n"
    file.write_bytes(f"{head}Content-Transfer-Encoding: 8bit\n\n{written}".encode())
    assert run("mail", "visible", str(file)) == written
    master, terminal = os.openpty()
    command = [sys.executable, "-m", "samspil.project.cli", "mail", "visible", str(file)]
    subprocess.run(command, stdout=terminal, check=True, cwd=ROOT, timeout=60)
    os.close(terminal)
    shown = written.translate(dict.fromkeys(map(ord, "\x1b\x07\x9b\u202e\u2067\u2069"), "\N{REPLACEMENT CHARACTER}"))
    assert os.read(master, 1000).decode() == shown.replace("\n", "\r\n")
    os.close(master)
