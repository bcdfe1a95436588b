"""A question that is compiled once answers what its queryset does, object for object."""

from datetime import UTC, datetime

import pytest
from django.db.models import QuerySet

from samspil.base import sql
from samspil.base.question import Question
from samspil.conversation.models import Conversation, Placement
from samspil.identity.models import Link
from samspil.intake.models import Account
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


def same(asked, rows: QuerySet) -> None:
    expected = list(rows)
    assert [(a, a.__dict__.keys(), values(a)) for a in asked] == [(e, e.__dict__.keys(), values(e)) for e in expected]
    assert expected


def values(row) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if name != "_state"}


@pytest.fixture
def talks(mailbox):
    receive(mailbox, mail(ident="a@x.example"), mail("Anden", sender="Ib <ib@x.example>", subject="Andet", ident="b@x.example"))
    return list(Conversation.objects.order_by("pk"))


def test_one_id_with_what_is_joined_and_read_from_json(talks):
    question = Question(lambda who: Link.objects.filter(consumer=who, ended_at=None).select_related("handle", "made_by"))
    for talk in talks:
        asked = question(talk.consumer_id)
        same(asked, Link.objects.filter(consumer=talk.consumer_id, ended_at=None).select_related("handle", "made_by"))
        with sql.counted() as seen:
            assert asked[0].handle.address
            assert asked[0].made_by is None
        assert seen == []
        assert isinstance(asked[0].evidence, list)


@pytest.mark.parametrize("number", [1, 2])
def test_a_list_of_any_length_beside_another_value(talks, number):
    question = Question(lambda ids, account: Conversation.objects.filter(account=account, pk__in=ids).order_by("pk"))
    ids = [t.pk for t in talks[:number]]
    same(question(ids, talks[0].account_id), Conversation.objects.filter(pk__in=ids).order_by("pk"))
    assert question([], talks[0].account_id) == []
    assert question(ids, talks[0].pk) == []


def test_times_and_none(talks):
    question = Question(
        lambda talk, since, until: Placement.objects.filter(conversation=talk, at__gte=since, at__lt=until).order_by("pk")
    )
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    same(question(talks[0].pk, first, last), Placement.objects.filter(conversation=talks[0]).order_by("pk"))
    assert question(talks[0].pk, last, last) == []
    assert question(None, first, last) == []


def test_without_values_and_the_first_alone(mailbox):
    question = Question(lambda: Account.objects.order_by("created_at", "id")[:1])
    same(question(), Account.objects.order_by("created_at", "id")[:1])
    assert question.first() == mailbox
    mailbox.delete()
    assert question.first() is None
