"""A house with a mailbox, two colleagues and some mails."""

from datetime import timedelta

import pytest

from samspil.base.clock import now
from samspil.conversation.models import Conversation
from tests.journeys.conftest import jonas, mail, mailbox, mette, organisation, receive  # noqa: F401 - fixtures among them


@pytest.fixture
def fill(mailbox):  # noqa: F811 - the fixture
    """Receive so many mails, each of somebody else, or all in one thread."""

    def some(count: int, *, one_thread: bool = False, key: str = "m", **more) -> list[Conversation]:
        letters = [
            mail(
                f"Hej\n\nDet er nummer {i}.\n",
                ident=f"{key}{i}@v.example",
                references=(f"{key}0@v.example",) if one_thread and i else (),
                subject="Emne 0" if one_thread else f"Emne {i}",
                sender="Karoline <karoline@v.example>" if one_thread else f"Person {i} <p{i}@v.example>",
                at=now() - timedelta(hours=3) + timedelta(minutes=i),
                **more,
            )
            for i in range(count)
        ]
        receive(mailbox, *letters)
        return list(Conversation.objects.filter(merged_into=None).order_by("last_at", "id"))

    return some


@pytest.fixture
def signed_in(client, mette):  # noqa: F811 - the fixture
    client.force_login(mette)
    return client
