"""What routing hears of how it felt."""

from datetime import UTC, datetime, timedelta

import pytest

from samspil.base import sql
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.models import Account
from samspil.project.ports import fill
from samspil.pulse.models import Asked, Said
from samspil.pulse.queries import verdicts
from samspil.routing import ports as routing

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_routing_hears_the_newest_answer_and_so_so_says_nothing():
    consumer = Consumer.objects.create(name="Karoline", since=AT)
    account = Account.objects.create(channel="webchat", name="Chat", key=b"k")

    def said(*scores, at=AT, why_not=""):
        row = Conversation.objects.create(consumer=consumer, account=account, opened_at=AT, last_at=AT)
        asked = Asked.objects.create(conversation=row, at=at, open_until=at, why_not=why_not)
        for n, score in enumerate(scores):
            Said.objects.create(asked=asked, score=score, via="page", at=at + timedelta(minutes=n))
        return row.pk

    good, bad, changed = said(4), said(2), said(1, 5)
    said(3)
    said(5, None)
    said()
    said(5, at=AT - timedelta(days=2))
    said(5, why_not="night")
    with sql.counted() as seen:
        assert verdicts(AT - timedelta(days=1)) == {good: True, bad: False, changed: True}
    assert len(seen) == 1
    fill()
    assert routing.verdicts(AT - timedelta(days=1)) == {good: True, bad: False, changed: True}
