"""A forgotten person stays forgotten: over old mail read again, imports and replay; and who writes anew is a new person."""

import json
from datetime import timedelta

import pytest

from samspil import kit
from samspil.base import blobs, sql
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.ids import new_id
from samspil.base.models import Counter
from samspil.conversation.models import Conversation
from samspil.exchange.actions.forget import export_person, forget, forget_handle
from samspil.identity.actions import merge
from samspil.identity.models import Consumer, Decision, Detail, Link, Note
from samspil.intake.actions import keep, know_handles, record, replay, understand_waiting
from samspil.intake.models import Envelope, Forgotten, Handle, Interaction
from samspil.intake.queries import forgotten, look_again, marks_of, nobody_is_forgotten
from samspil.reply.actions import attach
from tests.journeys.conftest import envelopes, mail, receive

pytestmark = pytest.mark.django_db
KAROLINE = "Karoline <karoline@vestergaard.example>"


def consumer_of(address: str) -> Consumer:
    return Consumer.objects.get(links__handle__address=address, links__ended_at=None)


@pytest.fixture
def karoline(mailbox):
    receive(mailbox, mail(ident="1@x", at=now() - timedelta(days=3)), mail(sender="Bo <bo@b.example>", ident="2@x"))
    return consumer_of("karoline@vestergaard.example")


def test_everything_goes_and_only_a_keyed_hash_is_left(karoline, mette):
    handle = Handle.objects.get(address="karoline@vestergaard.example")
    Note.objects.create(handle=handle, text="ringer altid", at=now())
    Detail.objects.create(handle=handle, field="company", value="Nørrebro Cykler", at=now())
    assert nobody_is_forgotten()
    at = now()
    gone = forget(consumer=karoline.pk, by=mette, at=at)
    assert (gone.handles, gone.interactions) == (1, 1)
    assert not Consumer.objects.filter(pk=karoline.pk).exists()
    assert [h.address for h in Handle.objects.all()] == ["bo@b.example"]
    assert (Note.objects.count(), Detail.objects.count(), Interaction.objects.count(), Conversation.objects.count()) == (
        0,
        0,
        1,
        1,
    )
    assert Envelope.objects.count() == 1
    row = Forgotten.objects.get()
    assert (bytes(row.mark), row.at) == (marks_of(("mail", "", "karoline@vestergaard.example"))[0], at)
    assert len(bytes(row.mark)) == 32
    with pytest.raises(NotFound):
        forget(consumer=karoline.pk, by=mette, at=now())
    assert Forgotten.objects.get().at == at


def test_who_was_joined_leaves_no_row_with_the_name(karoline, mette, mailbox):
    receive(mailbox, mail(sender="Fru Vestergaard <fru@v.example>", ident="9@x"))
    other = consumer_of("fru@v.example")
    merge(kept=karoline.pk, absorbed=other.pk, by=mette, why="same", at=now())
    forget(consumer=karoline.pk, by=mette, at=now())
    assert [c.name for c in Consumer.objects.all()] == ["Bo"]
    assert (Decision.objects.count(), Link.objects.count(), Forgotten.objects.count()) == (0, 1, 2)


def test_old_mail_read_again_stays_out_and_is_counted(karoline, mette, mailbox):
    old = mail(ident="1@x", at=now() - timedelta(days=3))
    older = mail("En anden gammel mail", ident="0@x", at=now() - timedelta(days=30))
    forget(consumer=karoline.pk, by=mette, at=now())
    assert receive(mailbox, old, older, mail("ny fra Bo", sender="Bo <bo@b.example>", ident="3@x")) == 3
    assert Interaction.objects.count() == 2
    assert [h.address for h in Handle.objects.all()] == ["bo@b.example"]
    assert Consumer.objects.count() == 1
    emptied = Envelope.objects.filter(state="forgotten")
    assert [(bytes(e.payload), e.headers, e.blob) for e in emptied] == [(b"", {}, "")] * 2
    assert Counter.objects.get(name="forgotten.Service").count == 2
    # Read a third time it is not even stored again, and replay brings nothing back.
    keep(account=mailbox.pk, envelopes=envelopes(old), at=now())
    assert understand_waiting(at=now()) == 0
    assert replay(envelopes=[e.pk for e in Envelope.objects.all()], at=now()) == 0
    assert Interaction.objects.count() == 2


def test_what_waited_or_was_not_understood_is_not_brought_back_by_replay(karoline, mette, mailbox):
    keep(account=mailbox.pk, envelopes=envelopes(mail("på vej", ident="7@x", at=now() - timedelta(minutes=1))), at=now())
    keep(account=mailbox.pk, envelopes=envelopes(mail("gik galt", ident="8@x", at=now() - timedelta(minutes=2))), at=now())
    wrong = Envelope.objects.filter(state="arrived").order_by("-id")[0]
    Envelope.objects.filter(pk=wrong.pk).update(state="quarantined", error="ValueError")
    forget(consumer=karoline.pk, by=mette, at=now())
    assert understand_waiting(at=now()) == 1
    assert replay(envelopes=[wrong.pk], at=now()) == 1
    assert understand_waiting(at=now()) == 1
    assert Envelope.objects.filter(state="forgotten").count() == 2
    assert [h.address for h in Handle.objects.all()] == ["bo@b.example"]


def test_a_mail_that_was_here_before_does_not_pass_by_dating_itself_into_the_future(karoline, mette, mailbox):
    sent = [
        kit.Envelope(
            external_id="f", payload=mail("fra fremtiden", ident="f@x", at=now() + timedelta(days=400)), received_at=now()
        )
    ]
    keep(account=mailbox.pk, envelopes=sent, at=now())
    forget(consumer=karoline.pk, by=mette, at=now())
    understand_waiting(at=now())
    assert Handle.objects.count() == 1


def test_a_new_message_is_a_new_person_with_nothing_of_the_old(karoline, mette, mailbox):
    forget(consumer=karoline.pk, by=mette, at=now() - timedelta(seconds=30))
    receive(
        mailbox,
        mail("Jeg er her igen", sender="K. V. <karoline@vestergaard.example>", ident="5@x", references=("1@x",), at=now()),
    )
    again = consumer_of("karoline@vestergaard.example")
    assert (again.pk != karoline.pk, again.name) == (True, "K. V.")
    assert Interaction.objects.filter(handle__address="karoline@vestergaard.example").count() == 1
    assert Conversation.objects.get(consumer=again).messages == 1


def test_the_files_that_we_sent_go_too_but_those_that_others_have(
    karoline, mette, tmp_path, settings, django_capture_on_commit_callbacks
):
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"
    hers, bos = (Conversation.objects.get(consumer=consumer_of(a)) for a in ("karoline@vestergaard.example", "bo@b.example"))

    def attached(row: Conversation, content: bytes) -> str:
        return attach(conversation=row.pk, by=mette, name="a", content_type="a/b", pieces=[content], at=now()).digest

    alone, both = attached(hers, b"kun hende"), attached(hers, b"begge")
    assert attached(bos, b"begge") == both
    with django_capture_on_commit_callbacks(execute=True):
        forget(consumer=karoline.pk, by=mette, at=now())
    with pytest.raises(FileNotFoundError):
        blobs.read(alone)
    assert blobs.read(both).read() == b"begge"


def test_our_old_answers_reactions_and_claims_stay_out_too(karoline, mette, mailbox):
    forget(consumer=karoline.pk, by=mette, at=now())
    her = kit.Handle(network="mail", address="karoline@vestergaard.example", display="Karoline")
    past, ours = now() - timedelta(days=1), kit.Handle(network="mail", address="service@firma.example")
    other = kit.Handle(network="webchat", address="v7", display="v7")
    claim = kit.Claim(handle=her, by="hmac")
    events = [
        kit.Message(external_id="a", author=ours, to=(her,), outgoing=True, at=past, text="svar"),
        kit.Reaction(external_id="b", author=her, at=past, target="x", emoji="👍"),
        kit.Edit(external_id="c", author=her, at=past, target="x", text="rettet"),
        kit.Message(external_id="d", author=other, at=past, text="hej", claims=(claim,)),
    ]
    assert list(record(events=[(mailbox, e) for e in events], at=now())) == ["d"]
    assert sorted(h.address for h in Handle.objects.all()) == ["bo@b.example", "v7"]
    assert Counter.objects.get(name="forgotten.Service").count == 3


def test_the_number_of_statements_does_not_depend_on_the_batch_and_grows_by_one_when_somebody_is_forgotten(
    karoline, mette, mailbox
):
    def spent(*payloads: bytes) -> int:
        keep(account=mailbox.pk, envelopes=envelopes(*payloads), at=now())
        look_again()  # the account is read once a second, whoever asks
        with sql.counted() as seen:
            understand_waiting(at=now())
        return len(seen)

    def fresh(number: int) -> list[bytes]:
        return [mail(sender=f"N <n{new_id()}@n.example>", ident=f"{new_id()}@x") for _ in range(number)]

    spent(*fresh(2))
    empty = (spent(*fresh(2)), spent(*fresh(40)))
    forget(consumer=karoline.pk, by=mette, at=now())
    listed = (spent(*fresh(2)), spent(*fresh(40)))
    assert empty[0] == empty[1]
    assert listed == (empty[0] + 1, empty[1] + 1)


def test_a_handle_of_nobody_is_forgotten_too(mailbox, mette):
    known = know_handles(handles=[(kit.Handle(network="phone", address="+4511223344"), now())])
    forget_handle(handle=known["phone", "", "+4511223344"], by=mette, at=now())
    assert (Handle.objects.count(), Forgotten.objects.count()) == (0, 1)
    with pytest.raises(NotFound):
        forget_handle(handle=new_id(), by=mette, at=now())
    assert Forgotten.objects.count() == 1


def test_the_list_is_read_with_the_keys_before_todays_as_well(karoline, mette, settings):
    from samspil.base import seal

    one = ("mail", "", "karoline@vestergaard.example")
    at = now()
    forget(consumer=karoline.pk, by=mette, at=at)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    settings.SECRET_KEY_FALLBACKS = [old]
    seal.key.cache_clear(), seal.keys.cache_clear()
    try:
        assert forgotten([one]) == {one: at}
        settings.SECRET_KEY_FALLBACKS = []
        seal.keys.cache_clear()
        assert forgotten([one]) == {}
    finally:
        settings.SECRET_KEY = old
        seal.key.cache_clear(), seal.keys.cache_clear()


def test_a_failure_in_the_middle_leaves_everything(karoline, mette, monkeypatch):
    from samspil.intake import privacy

    def broken(*, handles):
        raise RuntimeError("killed here")

    monkeypatch.setattr(privacy, "forget", broken)
    before = (Interaction.objects.count(), Link.objects.count(), Conversation.objects.count())
    with pytest.raises(RuntimeError):
        forget(consumer=karoline.pk, by=mette, at=now())
    assert (Interaction.objects.count(), Link.objects.count(), Conversation.objects.count()) == before
    assert (Forgotten.objects.count(), consumer_of("karoline@vestergaard.example")) == (0, karoline)


def test_a_person_is_exported_whole(karoline):
    handle = Handle.objects.get(address="karoline@vestergaard.example")
    Detail.objects.create(handle=handle, field="company", value="Nørrebro Cykler", at=now())
    Note.objects.create(handle=handle, text="ringer altid", at=now())
    found = export_person(consumer=karoline.pk)
    assert json.loads(json.dumps(found)) == found
    assert found["person"]["details"][0]["value"] == "Nørrebro Cykler"
    assert found["person"]["notes"][0]["text"] == "ringer altid"
    assert found["log"]["interactions"][0]["text"].startswith("Hej")
    assert [c["subject"] for c in found["conversations"]] == ["Batteriet"]
    with pytest.raises(NotFound):
        export_person(consumer=new_id())


def test_an_archive_that_is_imported_brings_nobody_back_and_its_account_says_so(karoline, mette, tmp_path):
    from samspil.exchange.actions import bring, history_account
    from samspil.exchange.queries import report
    from tests.journeys.test_import_files import mbox

    forget(consumer=karoline.pk, by=mette, at=now())
    past = now() - timedelta(days=400)
    bo = mail(sender="Bo <bo@b.example>", ident="12@x", at=past)
    file = mbox(tmp_path / "old.mbox", mail(ident="10@x", at=past), mail("mere", ident="11@x", at=past), bo)
    account = history_account(channel="mail", name="old")
    progress = bring(file=file, format="mbox", account=account, options={}, at=now())
    final = report(account=account.pk, external_ids=progress.ids, new=progress.new)
    assert (final.states["understood"], final.states["forgotten"], final.messages) == (1, 2, 1)
    assert [h.address for h in Handle.objects.all()] == ["bo@b.example"]
    assert Counter.objects.get(name="forgotten.old").count == 2
