"""A public message is answered for everybody or for its author alone, in the same conversation, and never otherwise than was chosen."""

import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation
from samspil.intake.actions import connect
from samspil.intake.actions.write import Received
from samspil.intake.actions.write import write as receive
from samspil.intake.models import Interaction
from samspil.organisation.models import Organisation
from samspil.reply.actions import resend, send_due, write
from samspil.reply.actions.write import NoWay
from samspil.reply.models import Reply
from samspil.reply.queries import ways

pytestmark = pytest.mark.django_db
KAROLINE = kit.Handle(network="mastodon", address="karoline@koral.example", display="Karoline")


@pytest.fixture
def sent(monkeypatch) -> list[kit.Outbound]:
    """What was sent; whether it is public is said as a server would."""
    found: list[kit.Outbound] = []

    def send(_self: object, outbound: kit.Outbound, _account: kit.Account) -> kit.Sent:
        found.append(outbound)
        return kit.Sent(external_id=f"s{len(found)}", public=outbound.public and not outbound.private)

    monkeypatch.setattr(type(registry.channel("mastodon")), "send", send)
    return found


@pytest.fixture
def talk(organisation):
    Organisation.objects.update(undo_seconds=0)
    account = connect(channel="mastodon", name="Mastodon", config={"server": "https://koral.example", "access_token": "t"})

    def said(ident: str, *, public: bool) -> Conversation:
        message = kit.Message(external_id=ident, author=KAROLINE, at=now(), text=ident, public=public)
        with step():
            receive([Received(envelope=new_id(), account=account, event=message)], now())
        return Conversation.objects.get(placements__interaction__external_id=ident)

    return said


def leave() -> None:
    while send_due(at=now()):
        pass


@pytest.mark.parametrize("private", [True, False])
def test_a_public_message_is_answered_as_was_chosen(talk, mette, sent, private):
    row = talk("a", public=True)
    assert [(w.public, w.capabilities.private) for w in ways(row, at=now())] == [(True, True)]
    write(conversation=row.pk, by=mette, text="Hej", at=now(), private=private)
    leave()
    assert [(out.public, out.private) for out in sent] == [(True, private)]
    answer = Interaction.objects.get(outgoing=True)
    assert (answer.public, answer.placement.conversation) == (not private, row)


def test_what_failed_in_private_is_sent_again_in_private(talk, mette, sent):
    row = talk("a", public=True)
    reply = write(conversation=row.pk, by=mette, text="Hej", at=now(), private=True)
    Reply.objects.filter(pk=reply.pk).update(state="failed")
    resend(reply=reply.pk, by=mette, at=now())
    leave()
    assert [out.private for out in sent] == [True]


def test_a_private_message_needs_no_choice(talk, mette, sent):
    row = talk("a", public=False)
    write(conversation=row.pk, by=mette, text="Hej", at=now(), private=True)
    leave()
    assert [(out.public, out.private) for out in sent] == [(False, False)]


def test_a_channel_that_cannot_says_so_and_nothing_is_sent(talk, mette, sent, monkeypatch):
    monkeypatch.setattr(type(registry.channel("mastodon")), "capabilities", kit.Capabilities(sends=True, public=True))
    row = talk("a", public=True)
    with pytest.raises(NoWay, match="in private"):
        write(conversation=row.pk, by=mette, text="Hej", at=now(), private=True)
    assert (Reply.objects.count(), sent) == (0, [])
