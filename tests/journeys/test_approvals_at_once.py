"""Two say yes at once: exactly one wins, and the other reads who was first. And a yes that is not whole did not happen."""

import sys
from datetime import timedelta
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from django.db import connection

from samspil.base.clock import now
from samspil.conversation.models import Event
from samspil.intake.actions import connect
from samspil.organisation.actions import found
from samspil.reply.actions import approve, cancel, send_back, send_due
from samspil.reply.actions.approve import DecidedAlready
from samspil.reply.actions.write import TooLate
from samspil.reply.models import Approval, Delivery, Reply
from tests.journeys.approvals import FAR, Network, a_house, answer, asked, wants
from tests.journeys.conftest import mail_config

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> SimpleNamespace:
    found(name="Prøve", language="da")
    mailbox = connect(channel="mail", name="Service", config=mail_config(), own=["service@firma.example"])
    return a_house(mailbox)


def together(*deeds) -> list[object]:
    """Do them at the same time, each on a connection of its own; what each gave or raised."""
    ready, given = Barrier(len(deeds)), [None] * len(deeds)

    def run(place: int) -> None:
        try:
            ready.wait(10)
            given[place] = deeds[place]()
        except Exception as error:  # noqa: BLE001 - the test looks at each
            given[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return given


def test_of_two_who_say_yes_at_once_one_wins_and_the_other_reads_who(house):
    wants(house, named=[house.ida.pk, house.otto.pk])
    reply = answer(house)
    ident, at = asked(reply).pk, now()
    people = (house.lis, house.ida, house.otto)
    given = together(*(lambda who=who: approve(approval=ident, by=who, at=at) for who in people))
    won = [who for who, end in zip(people, given, strict=True) if isinstance(end, Approval)]
    lost = [end for end in given if isinstance(end, DecidedAlready)]
    assert (len(won), len(lost)) == (1, 2)
    assert {str(end) for end in lost} == {won[0].name}
    reply.refresh_from_db()
    assert (reply.state, reply.approved_by, asked(reply).decided_by) == ("queued", won[0], won[0])
    assert list(Delivery.objects.order_by("at", "id").values_list("state", flat=True)) == ["awaits_yes", "queued"]
    assert [e.data["step"] for e in Event.objects.filter(kind="approval").order_by("id")] == ["asked", "approved"]


def test_a_yes_and_sending_back_at_once_are_one_of_the_two(house):
    wants(house, named=[house.ida.pk])
    reply = answer(house)
    ident, at = asked(reply).pk, now()
    given = together(
        lambda: approve(approval=ident, by=house.lis, at=at),
        lambda: send_back(approval=ident, by=house.ida, word="Nej", at=at),
    )
    assert sorted(type(end).__name__ for end in given) == ["Approval", "DecidedAlready"]
    reply.refresh_from_db()
    assert (reply.state, asked(reply).state) in {("queued", "approved"), ("cancelled", "returned")}


def test_a_yes_while_its_author_withdraws_leaves_no_answer_without_a_yes(house, monkeypatch):
    network = Network(monkeypatch)
    wants(house)
    reply = answer(house)
    ident, at = asked(reply).pk, now()
    given = together(lambda: approve(approval=ident, by=house.lis, at=at), lambda: cancel(reply=reply.pk, by=house.bo, at=at))
    assert all(isinstance(end, Approval | Reply | DecidedAlready | TooLate) for end in given), given
    reply.refresh_from_db()
    # Withdrawn after the yes is withdrawn too: within the undo time the author can still take it back.
    assert (reply.state, asked(reply).state) == ("cancelled", "withdrawn")
    assert send_due(at=now() + FAR) is None
    assert network.sent == []


def test_a_yes_that_is_not_whole_did_not_happen(house, monkeypatch):
    wants(house)
    reply = answer(house)

    def dies(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["samspil.reply.actions.approve"], "journal", dies)
    with pytest.raises(KeyboardInterrupt):
        approve(approval=asked(reply).pk, by=house.lis, at=now())
    reply.refresh_from_db()
    assert (reply.state, reply.approved_by, asked(reply).state, asked(reply).decided_by) == ("awaits_yes", None, "waiting", None)
    assert send_due(at=now() + timedelta(days=1)) is None
