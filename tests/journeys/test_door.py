"""Who takes over nobody: looks warn, and join nothing."""

import pytest

from samspil import kit
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.identity.actions.marks import end_mark, put_mark_again
from samspil.identity.models import Decision, Link, Mark, Suggestion
from samspil.identity.queries.marks import marks_of, warned_of
from samspil.identity.rules.door import COLLEAGUE, EMPTY, LONG, MIXED, TWIN
from samspil.intake.actions.write import Received, write
from samspil.intake.models import Handle

pytestmark = pytest.mark.django_db


def say(account, address, *, name="", network="mail", number=1, claims=()):
    event = kit.Message(
        external_id=f"{address[:60]}{number}",
        author=kit.Handle(network=network, address=address, display=name),
        at=now(),
        text="Hej",
        claims=claims,
    )
    with step():
        write([Received(envelope=None, account=account, event=event)], now())


def owner(address):
    return Link.objects.get(handle__address=address, ended_at=None).consumer_id


def marks():
    return sorted(Mark.objects.filter(ended_at=None).values_list("handle__address", "kind", "why"))


def test_typing_somebodys_address_takes_over_nobody(mailbox, mette):
    say(mailbox, "karoline@vestergaard.example", name="Karoline")
    karoline = owner("karoline@vestergaard.example")
    typed = (kit.Claim(handle=kit.Handle(network="mail", address="karoline@vestergaard.example"), by="typed"),)
    say(mailbox, "v1", name="Karoline", network="webchat", claims=typed)
    assert owner("karoline@vestergaard.example") == karoline
    assert owner("v1") != karoline
    assert (Decision.objects.count(), Suggestion.objects.count(), marks()) == (0, 0, [])


@pytest.mark.parametrize("address", ["karoline@vestergаard.example", "karoline@vestergaarcl.example"])
def test_a_lookalike_of_a_known_address_is_flagged_and_not_joined(mailbox, address):
    say(mailbox, "karoline@vestergaard.example", name="Karoline Vestergaard")
    say(mailbox, address, name="Karoline Vestergaard")
    assert owner(address) != owner("karoline@vestergaard.example")
    assert marks() == [(address, "lookalike", f"{TWIN}: karoline@vestergaard.example")]
    handle = Handle.objects.get(address=address)
    assert warned_of([handle.pk, Handle.objects.get(address="karoline@vestergaard.example").pk]) == {handle.pk}
    assert (Decision.objects.count(), Suggestion.objects.count()) == (0, 0)


def test_who_is_called_what_a_colleague_is_and_writes_from_elsewhere(mailbox, mette):
    say(mailbox, "mette@firma.example", name="Mette Krogh")
    say(mailbox, "mette.krogh@elsewhere.example", name="Мette Krogh")
    say(mailbox, "other@elsewhere.example", name="Jonas Lundgren")
    assert marks() == [
        ("mette.krogh@elsewhere.example", "impostor", f"{COLLEAGUE}: Mette Krogh"),
        ("mette.krogh@elsewhere.example", "lookalike", MIXED),
    ]


def test_an_ended_warning_is_not_put_again_and_its_end_can_be_taken_back(mailbox, mette):
    say(mailbox, "m@elsewhere.example", name="Mette Krogh")
    mark = Mark.objects.get()
    end_mark(mark=mark.pk, by=mette, at=now())
    say(mailbox, "m@elsewhere.example", name="Mette Krogh", number=2)
    assert Mark.objects.count() == 1
    assert marks_of([mark.handle_id]) == {}
    again = put_mark_again(mark=mark.pk, by=mette, at=now())
    assert [(m.pk, m.kind, m.why, m.by) for m in marks_of([mark.handle_id])[mark.handle_id]] == [
        (again.pk, mark.kind, mark.why, mette)
    ]


def test_addresses_without_end_and_without_letters(mailbox):
    say(mailbox, "a" * 10_000 + "1", name="Long")
    say(mailbox, "a" * 10_000 + "2", name="Long")
    say(mailbox, "", name="Nobody")
    assert Link.objects.values("consumer").distinct().count() == 3
    assert sorted((len(a), k, w) for a, k, w in marks()) == [
        (0, "shared", EMPTY), (500, "lookalike", LONG), (500, "lookalike", LONG),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "address", ["karoline\x00@vestergaarcl.example", "karoline\ud800@vestergаard.example", "@", "a@b@c", "xn--@xn--"]
)
def test_what_no_database_takes_does_not_stop_the_message(mailbox, mette, address):
    say(mailbox, address, name="Mette \x00Krogh\ud800")
    assert Link.objects.filter(ended_at=None).count() == 1


def test_an_honest_message_pays_for_one_statement_at_most(mailbox, mette):
    say(mailbox, "karoline@vestergaard.example", name="Karoline Vestergaard")
    with sql.counted() as seen:
        say(mailbox, "karoline@vestergaard.example", name="Karoline Vestergaard", number=2)
    assert len([q for q in seen if "identity_mark" in q or "organisation_colleague WHERE" in q or "t.twin" in q]) == 1
    with sql.counted() as seen:
        say(mailbox, "karoline@vestergaard.example", name="Karoline", number=3)
    assert [q for q in seen if "identity_mark" in q or "identity_loose" in q or "t.twin" in q] == []
