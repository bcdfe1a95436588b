"""What we answered comes back from a network that shows it to us again: it is in the log once, and what was written elsewhere is added."""

import json

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.base.ids import new_id
from samspil.intake.actions import connect, keep, record_outgoing, understand_waiting
from samspil.intake.models import Account, Handle, Interaction
from samspil.intake.queries import account_view
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

KEYS = {"consumer_key": "k", "consumer_secret": "s", "access_token": "22-abcdef", "access_token_secret": "s", "budget": 1}
pytestmark = pytest.mark.django_db


def post(number: str, *, by: str, below: str = "") -> kit.Envelope:
    said = {"id": number, "author_id": by, "text": "Hej", "created_at": "2026-11-20T09:15:00Z"}
    if below:
        said |= {"referenced_posts": [{"type": "replied_to", "id": below}], "in_reply_to_user_id": "5"}
    return kit.Envelope(external_id=f"post:{number}", payload=json.dumps({"post": said}).encode())


def bring(account: Account, *envelopes: kit.Envelope) -> None:
    keep(account=account.pk, envelopes=envelopes, cursor={"seen": len(envelopes)}, at=now())
    while understand_waiting(at=now()):
        pass


def test_an_answer_of_ours_that_comes_back_is_in_the_log_once(organisation, mette):  # noqa: F811
    account = connect(channel="x_com", name="X", config=KEYS, own=[])
    bring(account, post("100", by="5"))
    handle = Handle.objects.get(address="5")
    record_outgoing(
        interaction=new_id(), handle=handle.pk, account=account.pk, colleague=mette.pk, at=now(), external_id="101",
        subject="", text="Hej", public=True, data={},
    )  # fmt: skip
    bring(account, post("101", by="22", below="100"), post("102", by="22", below="100"))
    assert sorted(Interaction.objects.values_list("external_id", "outgoing")) == [("100", False), ("101", True), ("102", True)]


def test_a_channel_sees_where_its_pull_stands(organisation):  # noqa: F811
    account = connect(channel="x_com", name="X", config=KEYS, own=[])
    assert account_view(account).cursor is None
    bring(account, post("100", by="5"))
    assert account_view(Account.objects.get()).cursor == {"seen": 1}
