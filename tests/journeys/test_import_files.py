"""Taking history in: stored once, resumed after a break, understood anew; refusals change nothing."""

import gzip
import json
from datetime import UTC, datetime
from importlib import import_module

import pytest

from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Placement
from samspil.exchange.actions import AlreadyLive, CannotRead, Progress, bring, history_account
from samspil.exchange.models import ImportRun
from samspil.exchange.queries import report
from samspil.intake.actions import reread
from samspil.intake.models import Account, Envelope, Interaction
from samspil.organisation.models import Colleague
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


def mbox(path, *mails: bytes):
    text = b"".join(b"From x@y.example Mon Nov 24 10:00:00 2025\n" + one.rstrip(b"\n") + b"\n\n" for one in mails)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def take(file, account, **options):
    got = bring(file=file, format=options.pop("format", "mbox"), account=account, options=options, at=now())
    return got, report(account=account.pk, external_ids=got.ids, new=got.new)


def test_a_second_time_nothing_is_doubled(organisation, tmp_path):
    file = mbox(tmp_path / "a.mbox.gz", mail(ident="a@x.example"), mail(ident="b@x.example", references=("a@x.example",)))
    account = history_account(channel="mail", name="old")
    _, first = take(file, account)
    assert (first.records, first.new, first.here, first.messages, first.threads) == (2, 2, 0, 2, 1)
    _, second = take(file, account)
    assert (second.records, second.new, second.here, second.messages, second.threads) == (2, 0, 2, 2, 1)
    assert (Envelope.objects.count(), Interaction.objects.count(), ImportRun.objects.count()) == (2, 2, 1)
    assert history_account(channel="mail", name="old") == account


def test_what_stands_in_the_file_twice_is_said(organisation, tmp_path):
    one = mail(ident="a@x.example", at=datetime(2025, 11, 24, tzinfo=UTC))
    _, final = take(mbox(tmp_path / "a.mbox", one, one), history_account(channel="mail", name="old"))
    assert (final.records, final.new, final.here, final.twice, final.messages) == (2, 1, 0, 1, 1)


def test_a_broken_import_goes_on_where_it_stopped(organisation, tmp_path, monkeypatch):
    module = import_module("samspil.exchange.actions.bring")  # the package's own name is the verb
    _keep = module._keep
    monkeypatch.setattr(module, "BATCH", 2)
    file = mbox(tmp_path / "a.mbox", *[mail(ident=f"{n}@x.example") for n in range(7)])
    account = history_account(channel="mail", name="old")

    def killed(batch, run, progress, at):
        if progress.records == 4:
            raise KeyboardInterrupt
        _keep(batch, run, progress, at)

    monkeypatch.setattr(module, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        take(file, account)
    run = ImportRun.objects.get()
    assert (run.position, run.new, run.finished_at, Envelope.objects.count()) == (4, 4, None, 4)
    monkeypatch.setattr(module, "_keep", _keep)
    got, final = take(file, account)
    assert (got.resumed, got.records, final.new, final.here) == (4, 7, 3, 4)
    assert Interaction.objects.count() == 7
    run.refresh_from_db()
    assert (run.position, run.new, run.finished_at is not None) == (7, 7, True)


def test_our_own_address_makes_answers_of_colleagues(mette, tmp_path):
    file = mbox(
        tmp_path / "a.mbox",
        mail(ident="a@x.example"),
        mail(
            "Tag det med ind.\n", sender="Mette <mette@firma.example>", to="karoline@vestergaard.example", ident="b@x.example",
            references=("a@x.example",),
        ),
        mail(
            "Tak.\n", sender="Ole <ole@firma.example>", to="karoline@vestergaard.example", ident="c@x.example",
            references=("b@x.example",),
        ),
    )  # fmt: skip
    account = history_account(channel="mail", name="old", own=["Mette@firma.example", "ole@firma.example"])
    take(file, account)
    rows = Interaction.objects.order_by("external_id").values_list("outgoing", "colleague__name", "handle__address")
    person = "karoline@vestergaard.example"
    assert list(rows) == [(False, None, person), (True, "Mette Krogh", person), (True, "Ole", person)]
    assert Colleague.objects.get(name="Ole").outside
    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.messages, conversation.waiting_since) == ("done", 3, None)


def test_history_is_joined_by_references_alone(organisation, tmp_path):
    reply = mail(subject="Re: Batteriet", ident="b@x.example")
    take(mbox(tmp_path / "a.mbox", mail(ident="a@x.example"), reply), history_account(channel="mail", name="old"))
    assert Conversation.objects.count() == 2


def test_history_never_goes_into_a_connected_account(mailbox):
    with pytest.raises(AlreadyLive, match="'Service'"):
        history_account(channel="mail", name="Service")
    assert list(Account.objects.values_list("name", "history")) == [("Service", False)]


def test_a_format_that_nobody_reads(organisation, tmp_path):
    account = history_account(channel="mail", name="old")
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(NotFound, match="No channel reads 'zip' files; there are csv, eml, maildir, mbox"):
        take(tmp_path / "a.zip", account, format="zip")
    assert ImportRun.objects.count() == 0


TABLE = """nr;fra;tekst;dato;svar til;mod os
1;anna;Hej, er I der?;24/11/2025 10:00;;ja
2;butik;Ja, vi er her;24/11/2025 10:05;1;nej
3;anna;Tak;24/11/2025 10:06;2;ja
4;bo;Noget andet;24/11/2025 11:00;;ja
5;butik;Julen varer længe;24/11/2025 12:00;;nej
6;;Uden afsender;24/11/2025 12:00;;ja
"""
MEANING = {
    "map.id": "nr",
    "map.author": "fra",
    "map.text": "tekst",
    "map.time": "dato",
    "map.reply_to": "svar til",
    "map.outgoing": "!mod os",
    "network": "forum",
}


def test_a_table_in_windows_letters(organisation, tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(TABLE.encode("cp1252"))
    account = history_account(channel="csvfile", name="forum")
    _, final = take(file, account, format="csv", **MEANING)
    assert (final.records, final.new, final.messages, final.threads) == (6, 6, 4, 2)
    assert final.states == {"arrived": 0, "understood": 4, "empty": 0, "not_understood": 2, "quarantined": 0, "forgotten": 0}
    assert [why for _, why in final.refused] == [
        "row 5: written by us to nobody in particular: it answers no row, and addresses nobody",
        "row 6: no author",
    ]
    rows = Interaction.objects.order_by("external_id").values_list(
        "external_id", "handle__address", "outgoing", "colleague__name", "at"
    )
    assert list(rows) == [
        ("1", "anna", False, None, datetime(2025, 11, 24, 10, 0, tzinfo=UTC)),
        ("2", "anna", True, "butik", datetime(2025, 11, 24, 10, 5, tzinfo=UTC)),
        ("3", "anna", False, None, datetime(2025, 11, 24, 10, 6, tzinfo=UTC)),
        ("4", "bo", False, None, datetime(2025, 11, 24, 11, 0, tzinfo=UTC)),
    ]
    kept = Envelope.objects.get(external_id="5")
    assert json.loads(bytes(kept.payload))["tekst"] == "Julen varer længe"
    assert take(file, account, format="csv", **MEANING)[1].new == 0


def test_a_table_without_the_needed_columns_is_refused(organisation, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CannotRead, match="say which column is the author and the text and the time"):
        take(file, history_account(channel="csvfile", name="forum"), format="csv")
    assert Envelope.objects.count() == 0


def test_reading_anew_tells_the_differences_and_corrects_the_wording_only_when_asked(mailbox):
    receive(mailbox, mail(ident="a@x.example"), mail(ident="b@x.example"))
    assert list(reread(account=mailbox.pk, at=now())) == []
    row = Interaction.objects.get(external_id="a@x.example")
    at = row.at
    Interaction.objects.filter(pk=row.pk).update(text="forkert", outgoing=True)
    placed = list(Placement.objects.order_by("pk").values())
    found = {d.field: d for d in reread(account=mailbox.pk, at=now())}
    assert set(found) == {"text", "outgoing"}
    assert (found["text"].stored, found["text"].interaction, found["text"].applied) == ("forkert", row.pk, False)
    assert found["text"].now.strip() == "Hej\n\nMit batteri er fladt."
    assert Interaction.objects.get(pk=row.pk).text == "forkert"
    applied = {d.field: d.applied for d in reread(account=mailbox.pk, envelopes=[row.envelope_id], apply=True, at=now())}
    assert applied == {"text": True, "outgoing": False}
    row.refresh_from_db()
    assert (row.text.strip(), row.outgoing, row.at) == ("Hej\n\nMit batteri er fladt.", True, at)
    assert list(Placement.objects.order_by("pk").values()) == placed


def test_the_rate_counts_what_this_try_went_through():
    progress = Progress(run=new_id(), account=new_id(), records=2814, resumed=814, seconds=10.0)
    assert (progress.gone, progress.rate) == (2000, 200.0)
    skipping = Progress(run=new_id(), account=new_id(), records=400, resumed=814, seconds=0.1)
    assert (skipping.gone, skipping.rate) == (0, 0.0)
