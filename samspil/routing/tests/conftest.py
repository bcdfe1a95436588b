"""A small shop in the database: units, competences, colleagues, consumers who write."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.models import Conversation, Placement
from samspil.identity.models import Consumer, Link
from samspil.intake.models import Account, Handle, Interaction
from samspil.organisation.actions import add_competence, add_unit, found, hold
from samspil.organisation.models import Colleague, Unit
from samspil.routing.actions import decide, train
from samspil.routing.queries import look_again
from samspil.routing.tests.examples import SHOP

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    look_again()
    yield
    look_again()


class Shop:
    """Builds what a test needs with few words."""

    def __init__(self) -> None:
        found(name="Prøve")
        self.triage = Unit.objects.get(triage=True)
        self.workshop = add_unit(name="Værksted")
        self.office = add_unit(name="Økonomi")
        self.account = Account.objects.create(channel="webchat", name="Chat", key=b"k")
        self.number = count(1)

    def describe(self) -> None:
        """The three competences of the examples, by name: batteri, bremser, faktura."""
        for described in SHOP:
            row = add_competence(
                name=described.name, name_en=described.name_en, description=described.description, words=described.words
            )
            setattr(self, described.name.lower(), row)

    def colleague(
        self, name: str, unit: Unit, *, capacity: int = 5, seen: timedelta | None = timedelta(), **levels: int
    ) -> Colleague:
        row = Colleague.objects.create_user(
            f"{name}@firma.example", name=name.title(), unit=unit, capacity=capacity, seen_at=None if seen is None else AT - seen
        )
        for competence, level in levels.items():
            hold(colleague=row, competence=getattr(self, competence).pk, level=level)
        return row

    def consumer(self, name: str = "Karoline") -> Consumer:
        row = Consumer.objects.create(name=name, since=AT)
        address = f"{name}{next(self.number)}@x.example".lower()
        handle = Handle.objects.create(network="mail", address=address, first_at=AT, last_at=AT)
        Link.objects.create(handle=handle, consumer=row, began_at=AT)
        return row

    def conversation(self, consumer: Consumer | None = None, **values: object) -> Conversation:
        given = {"opened_at": AT, "last_at": AT, "waiting_since": AT, **values}
        return Conversation.objects.create(consumer=consumer or self.consumer(), account=self.account, **given)

    def said(
        self, conversation: Conversation, text: str, *, by: Colleague | None = None, at: datetime = AT, **data: str
    ) -> Interaction:
        handle = Handle.objects.get(links__consumer=conversation.consumer)
        row = Interaction.objects.create(
            handle=handle,
            account=self.account,
            kind="message",
            outgoing=by is not None,
            colleague=by,
            at=at,
            external_id=str(new_id()),
            text=text,
            data=data,
        )
        Placement.objects.create(interaction=row, conversation=conversation, at=at, why="new")
        return row

    def learn(self) -> None:
        train(at=AT - timedelta(days=1))
        look_again()

    def decide(self, *asked: tuple[Conversation, str], at: datetime = AT) -> None:
        texts: dict[UUID, str] = {conversation.pk: text for conversation, text in asked}
        with step():
            decide(texts=texts, at=at)


@pytest.fixture
def bare(db) -> Shop:
    """Units only."""
    return Shop()


@pytest.fixture
def shop(bare) -> Shop:
    """With competences, and a classifier that has read their descriptions."""
    bare.describe()
    bare.learn()
    return bare
