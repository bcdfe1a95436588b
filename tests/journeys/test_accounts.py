"""An account's life: its rhythm is counted, a refused sign-in loses nothing, and who disconnects it keeps what came."""

from datetime import timedelta

import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.again import TRIES
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.base.ids import first_id, new_id
from samspil.conversation.models import Conversation
from samspil.intake.actions import configure, connect, count_hours, disconnect, keep, note_well, pause, resume
from samspil.intake.actions.accounts import Incomplete
from samspil.intake.models import Account, Envelope, Hour, Interaction
from samspil.intake.queries import account_view, heard
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from samspil.reply.queries import ways
from tests.journeys.conftest import envelopes, mail, mail_config, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(mailbox, mette) -> Reply:
    Organisation.objects.update(undo_seconds=0)
    receive(mailbox, mail())
    return write(conversation=Conversation.objects.get().pk, by=mette, text="Hej", at=now())


@pytest.fixture
def refusing(monkeypatch) -> list[Exception]:
    """What the mail channel raises instead of sending, in its order; after the last it sends."""
    said: list[Exception] = []
    known = registry.channel("mail")

    def send(_self, _outbound, _account) -> kit.Sent:
        if said:
            raise said.pop(0)
        return kit.Sent(external_id="sent@x")

    monkeypatch.setattr(type(known), "send", send)
    return said


def test_hours_are_counted_once_and_the_newest_is_known_at_once(mailbox, organisation):
    old = connect(channel="mail", name="Old", config={}, history=True)
    at = now().replace(minute=0, second=0, microsecond=0)
    for account in (mailbox, old):
        keep(account=account.pk, envelopes=envelopes(*[mail(ident=f"{n}@{account.pk}") for n in range(3)]), at=at)
    assert heard([mailbox.pk, old.pk], at)[mailbox.pk].last_at == at  # counted or not
    for _ in range(2):
        count_hours(at=at)
    assert [(h.account_id, h.hour.minute, h.envelopes, h.last_at) for h in Hour.objects.all()] == [(mailbox.pk, 0, 3, at)]
    keep(account=mailbox.pk, envelopes=envelopes(mail(ident="later")), at=at + timedelta(seconds=5))
    count_hours(at=at + timedelta(seconds=6))
    assert [(h.envelopes, h.last_at) for h in Hour.objects.all()] == [(4, at + timedelta(seconds=5))]
    assert heard([mailbox.pk], at + timedelta(hours=3))[mailbox.pk].envelopes == 4
    count_hours(at=at + timedelta(days=40))
    assert Hour.objects.count() == 0


def test_a_key_of_a_time_is_before_all_that_are_made_from_it_on():
    at = now()
    assert first_id(at - timedelta(seconds=1)) < new_id() < first_id(now() + timedelta(seconds=1))


def test_a_refused_sign_in_is_shown_and_the_answer_waits_as_long_as_it_takes(answered, refusing, mailbox):
    at = now()
    refusing.extend([kit.SignInAgain("535 no")] * (TRIES + 3))
    for n in range(TRIES + 3):
        assert send_due(at=at + timedelta(hours=n)) == answered.pk
        Reply.objects.update(send_at=at)
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.error) == ("broken", "535 no")
    assert Reply.objects.get().state == "queued"
    configure(account=mailbox.pk, name="Service", config={**mail_config(), "password": "new"})
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.error) == ("active", "")
    send_due(at=at)
    assert Reply.objects.get().state == "accepted"


def test_what_is_only_busy_is_no_refused_sign_in(answered, refusing, mailbox):
    refusing.append(kit.TryLater("421 busy"))
    send_due(at=now())
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.error) == ("active", "421 busy")


@pytest.mark.parametrize("sign", ["pull", "well"])
def test_the_network_answers_again(mailbox, sign):
    Account.objects.update(state="broken", error="535 no")
    if sign == "pull":
        keep(account=mailbox.pk, envelopes=[], cursor={}, at=now())
    else:
        note_well(account=mailbox.pk, at=now())
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.error) == ("active", "")


def test_disconnected_is_disconnected_and_nothing_that_came_is_lost(answered, refusing, mailbox, mette):
    before = Interaction.objects.count(), Envelope.objects.count()
    Account.objects.update(cursor={"INBOX": {"uid": 7}})
    disconnect(account=mailbox.pk, by=mette.pk)
    mailbox.refresh_from_db()
    assert (mailbox.state, bytes(mailbox.secrets), mailbox.cursor) == ("closed", b"", {"INBOX": {"uid": 7}})
    reply = Reply.objects.get()
    assert (reply.state, reply.detail) == ("failed", "The channel was disconnected")
    assert send_due(at=now()) is None
    assert ways(Conversation.objects.get(), at=now()) == []
    assert (Interaction.objects.count(), Envelope.objects.count()) == before
    pause(account=mailbox.pk)
    resume(account=mailbox.pk)
    keep(account=mailbox.pk, envelopes=[], cursor={"INBOX": {"uid": 9}}, at=now())  # a runner that had not heard of it
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.cursor) == ("closed", {"INBOX": {"uid": 7}})
    configure(account=mailbox.pk, name="Service", config={**mail_config(), "password": "new"})
    mailbox.refresh_from_db()
    assert mailbox.state == "active"
    assert account_view(mailbox).config["password"] == "new"
    assert [w.account for w in ways(Conversation.objects.get(), at=now())] == [mailbox]


def test_what_needs_a_secret_is_not_connected_again_without_one(organisation):
    row = connect(channel="sms", name="SMS", config={"account_sid": "AC1", "auth_token": "t", "number": "+4520304050"})
    disconnect(account=row.pk, by=None)
    with pytest.raises(Incomplete):
        configure(account=row.pk, name="SMS", config={"account_sid": "AC1", "number": "+4520304050"})


def test_history_is_not_disconnected(organisation):
    old = connect(channel="mail", name="Old", config={}, history=True)
    with pytest.raises(NotFound):
        disconnect(account=old.pk, by=None)
