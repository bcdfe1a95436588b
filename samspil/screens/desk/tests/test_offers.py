"""What a channel listened for is an offer: open for who wants it, and nobody waits."""

from django.utils import translation

from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.intake.actions import keep, understand_waiting
from samspil.intake.models import Interaction
from samspil.kit import Envelope, Handle, Message
from samspil.screens.desk.views.words import automatic_words


def test_an_offer_is_open_and_marked_and_nobody_waits_or_is_given_it(mailbox, signed_in, monkeypatch):
    from samspil.base import registry

    author = Handle(network="mail", address="karoline@v.example", display="Karoline")
    offer = Message(external_id="o1", author=author, at=now(), text="Nordlys er en god cykel", automatic="offer", public=True)
    monkeypatch.setattr(type(registry.channel("mail")), "understand", lambda *_: [offer])
    keep(account=mailbox.pk, envelopes=[Envelope(external_id="o1", payload=b"x")], at=now())
    while understand_waiting(at=now()):
        pass
    row = Conversation.objects.get()
    assert Interaction.objects.get().data["automatic"] == "offer"
    assert (row.status, row.waiting_since, row.assignee, row.competence) == ("open", None, None, None)
    with translation.override("da"):
        assert automatic_words("offer") == "Et tilbud: skrevet offentligt, ikke til os"
    assert "Et tilbud: skrevet offentligt" in signed_in.get(f"/c/{row.pk}/").content.decode()
