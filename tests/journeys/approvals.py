"""What the journeys of approvals share: a unit whose answers need a yes, who is in it, a conversation, and the network replaced."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation
from samspil.organisation.actions import add_unit, take_in
from samspil.organisation.models import Colleague, Unit
from samspil.reply.actions import set_policy, write
from samspil.reply.models import Approval
from tests.journeys.conftest import mail, receive


def a_house(mailbox: Any) -> SimpleNamespace:
    """The unit Butik below the triage unit: Lis leads it, Bo and Ida answer; Mette administers, Otto leads the unit above. Karoline wrote."""
    above = Unit.objects.get(triage=True)
    shop = add_unit(name="Butik", parent=above)
    people = {
        name: take_in(
            email=f"{name}@firma.example", name=f"{name.title()} Holm", password="cykelkurv-i-regn", unit=unit, role=role
        )
        for name, unit, role in (
            ("lis", shop, "lead"),
            ("bo", shop, "employee"),
            ("ida", shop, "employee"),
            ("otto", above, "lead"),
            ("mia", above, "admin"),
        )
    }
    receive(mailbox, mail(ident="a@x.example"))
    conversation = Conversation.objects.get()
    Conversation.objects.update(unit=shop)
    assign(conversations=[conversation.pk], to=people["bo"], by=people["mia"], at=now())
    Conversation.objects.update(unit=shop)
    conversation.refresh_from_db()
    return SimpleNamespace(**people, shop=shop, above=above, mailbox=mailbox, conversation=conversation)


def wants(house: SimpleNamespace, **how: Any) -> None:
    """The shop says when its answers need a yes; for everybody where nothing else is said."""
    set_policy(unit=house.shop, by=house.lis, at=now(), **{"active": True, "everybody": True, **how})


def answer(house: SimpleNamespace, by: Colleague | None = None, text: str = "Det ordner vi.", **how: Any) -> Any:
    """An answer in the conversation, by Bo where nobody else is named."""
    return write(conversation=house.conversation.pk, by=by or house.bo, text=text, at=how.pop("at", now()), **how)


def asked(reply: Any) -> Approval:
    """What is asked about a reply."""
    return Approval.objects.get(reply=reply)


class Network:
    """The mail channel's way out, replaced: it keeps what was sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[kit.Outbound] = []
        self.answer: object = kit.Sent(external_id="our@firma.example")
        monkeypatch.setattr(registry.channel("mail"), "send", self.send, raising=False)

    def send(self, outbound: kit.Outbound, account: kit.Account) -> kit.Sent:
        self.sent.append(outbound)
        if isinstance(self.answer, Exception):
            raise self.answer
        assert isinstance(self.answer, kit.Sent)
        return self.answer


FAR = timedelta(days=400)
"""Longer than anything is put off."""
