"""Approvals and answers by mail: the same gate, both are told, and what answers a request for a yes never reaches the consumer."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from samspil.base.clock import now
from samspil.conversation.models import Note
from samspil.elsewhere.actions import send_notice
from samspil.elsewhere.models import Arrival, Notice
from samspil.elsewhere.rules import BURST
from samspil.organisation.models import Colleague
from samspil.reply.actions import approve, send_back, send_due, set_policy
from samspil.reply.models import Approval, Reply
from tests.channels.mail.hostile import Letter, mail
from tests.journeys.elsewhere import begin, later
from tests.journeys.test_answer_by_mail import comes, told
from tests.journeys.test_answer_by_mail import house as a_house  # noqa: F401 - a fixture
from tests.journeys.test_answer_by_mail import post as a_post  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def house(a_house):  # noqa: F811 - pytest's way
    set_policy(unit=a_house.mette.unit, by=a_house.mette, at=now(), active=True, everybody=True)
    return a_house


@pytest.fixture
def post(a_post):  # noqa: F811 - pytest's way
    return a_post


def notices(post) -> dict[str, str]:
    """Send all that waits; the newest text that each was sent."""
    later()
    post.clear()
    while send_notice(at=now() + BURST + timedelta(seconds=1)):
        pass
    found = {}
    for receiver, raw in post:
        body = message_from_bytes(raw, policy=default).get_body(("plain",))
        assert body is not None
        found[receiver] = body.get_content()
    return found


def letter_of(post, who: str) -> Letter:
    read = message_from_bytes(next(raw for receiver, raw in reversed(post) if receiver == who), policy=default)
    return Letter(
        answer_to=str(read["Reply-To"].addresses[0].addr_spec),
        message_id=str(read["Message-ID"]).strip(),
        text="",
        other_answer_to="",
        conversation_address="",
    )


def test_an_answer_by_mail_waits_and_both_are_told(house, post):
    comes(house, mail(told(house, post), "Kom forbi fredag."))
    [reply] = Reply.objects.all()
    assert (reply.state, reply.text, reply.colleague) == ("awaits_yes", "Kom forbi fredag.", house.bo)
    assert send_due(at=now() + timedelta(days=99)) is None
    said = notices(post)
    assert sorted(said) == ["bo@brand.test", "mette@brand.test"]
    assert "venter på et ja fra Mette Holm" in said["bo@brand.test"]
    assert "Bo Holm beder om dit ja til dette svar" in said["mette@brand.test"]
    assert "Kom forbi fredag." in said["mette@brand.test"]
    assert Arrival.objects.get().verdict == "answered"


def test_who_answers_by_mail_is_told_at_the_desk_too(house, post):
    comes(house, mail(told(house, post), "Kom forbi fredag."))
    Colleague.objects.update(seen_at=now())
    assert sorted(notices(post)) == ["bo@brand.test"]


def test_an_answer_to_a_request_for_a_yes_is_a_note_and_says_no_yes(house, post):
    comes(house, mail(told(house, post), "Kom forbi fredag."))
    notices(post)
    asked = letter_of(post, "mette@brand.test")
    comes(house, mail(asked, "ja, fint", sender="Mette <mette@brand.test>"))
    assert [(n.colleague, n.text) for n in Note.objects.all()] == [(house.mette, "ja, fint")]
    assert [(r.colleague, r.state) for r in Reply.objects.all()] == [(house.bo, "awaits_yes")]
    comes(house, mail(replace(asked, ident="second"), "færdig", sender="Mette <mette@brand.test>"))
    house.conversation.refresh_from_db()
    assert (house.conversation.status, Reply.objects.count(), Note.objects.count()) == ("open", 1, 1)
    assert Arrival.objects.latest("id").verdict == "told"


def test_sent_back_its_author_is_told_with_the_word(house, post):
    comes(house, mail(told(house, post), "Kom forbi fredag."))
    notices(post)
    send_back(approval=Approval.objects.get().pk, by=house.mette, word="Vi har lukket fredag.", at=now())
    said = notices(post)
    assert sorted(said) == ["bo@brand.test"]
    assert "Vi har lukket fredag." in said["bo@brand.test"]


def test_who_is_asked_is_not_told_of_what_was_decided_meanwhile(house, post):
    comes(house, mail(told(house, post), "Kom forbi fredag."))
    later()
    approve(approval=Approval.objects.get().pk, by=house.mette, at=now())
    assert "mette@brand.test" not in notices(post)
    assert list(Notice.objects.filter(kind="yes_asked").values_list("state", "detail")) == [("not_needed", "decided already")]
