"""Large payloads lie outside the database: there before the row is, read like any other, gone with the person."""

import pytest

from samspil.base import blobs
from samspil.base.clock import now
from samspil.exchange.queries import explain
from samspil.intake.actions import keep, replay, understand_waiting
from samspil.intake.actions.keep import LARGE
from samspil.intake.models import Envelope, Handle, Interaction
from samspil.intake.privacy import forget
from samspil.intake.queries import beginning_of, original
from tests.journeys.conftest import envelopes, mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(tmp_path, settings):
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"
    return settings.SAMSPIL_BLOBS


def stored(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def large(ident: str, size: int = LARGE) -> bytes:
    return mail("Hej\n\n" + "Mit batteri er fladt. \n" * (size // 20), ident=ident)


def take() -> None:
    while understand_waiting(at=now()):
        pass


@pytest.mark.parametrize("others", [0, 20])
def test_a_large_mail_is_kept_outside_and_read_like_any_other(mailbox, files, others):
    body = large("large@x.example")
    small = [mail(ident=f"{n}@x.example") for n in range(others)]
    assert keep(account=mailbox.pk, envelopes=envelopes(*small, body), at=now()) == others + 1
    row = Envelope.objects.exclude(blob="").get()
    assert (bytes(row.payload), row.blob_size, blobs.read(row.blob).read()) == (b"", len(body), body)
    assert Envelope.objects.filter(blob="", blob_size=0).count() == others
    assert len(stored(files)) == 1
    assert beginning_of(row.pk, 100) == (body[:100], len(body))
    take()
    interaction = Interaction.objects.get(external_id="large@x.example")
    assert interaction.text.startswith("Hej\n\nMit batteri er fladt.")
    assert original(interaction).payload == body
    assert explain("large@x.example").messages[0][0].data["bytes"] == len(body)
    assert keep(account=mailbox.pk, envelopes=envelopes(body), at=now()) == 0
    assert len(stored(files)) == 1


def test_what_is_not_large_stays_in_the_database(mailbox, files):
    keep(account=mailbox.pk, envelopes=envelopes(b"x" * LARGE), at=now())
    assert len(Envelope.objects.get().payload) == LARGE
    assert stored(files) == []


def test_the_file_is_there_before_the_row(mailbox, files, monkeypatch):
    from importlib import import_module

    module = import_module("samspil.intake.actions.keep")

    def fail(rows):
        assert len(stored(files)) == 1
        raise RuntimeError("the process dies")

    monkeypatch.setattr(module, "_insert", fail)
    with pytest.raises(RuntimeError):
        keep(account=mailbox.pk, envelopes=envelopes(large("a@x.example")), at=now())
    assert Envelope.objects.count() == 0
    monkeypatch.undo()
    assert keep(account=mailbox.pk, envelopes=envelopes(large("b@x.example")), at=now()) == 1


def test_a_lost_file_quarantines_its_envelope_alone_and_can_come_back(mailbox, files):
    body = large("a@x.example")
    keep(account=mailbox.pk, envelopes=envelopes(body, mail(ident="b@x.example")), at=now())
    (path,) = stored(files)
    path.rename(files / "lost")
    take()
    bad = Envelope.objects.exclude(blob="").get()
    assert bad.state == "quarantined"
    assert bad.error.startswith("FileNotFoundError")
    assert list(Interaction.objects.values_list("external_id", flat=True)) == ["b@x.example"]
    (files / "lost").rename(path)
    assert replay(envelopes=[bad.pk], at=now()) == 1
    take()
    assert Interaction.objects.filter(external_id="a@x.example").count() == 1


def test_forgetting_removes_the_file_unless_another_row_names_it(mailbox, files, django_capture_on_commit_callbacks):
    keep(account=mailbox.pk, envelopes=envelopes(large("a@x.example"), large("b@x.example")), at=now())
    take()
    kept = Envelope.objects.exclude(blob="").order_by("id")[0]
    other = Envelope.objects.create(
        account=mailbox, external_id="again", payload=b"", blob=kept.blob, blob_size=kept.blob_size, received_at=now()
    )
    handles = list(Handle.objects.values_list("pk", flat=True))
    from samspil.conversation.models import Placement, ThreadRef
    from samspil.identity.models import Link

    ThreadRef.objects.all().delete()
    Placement.objects.all().delete()
    Link.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        forget(handles=handles)
    assert [f"{p.parent.name}{p.name}" for p in stored(files)] == [other.blob]
    assert list(Envelope.objects.values_list("pk", flat=True)) == [other.pk]
