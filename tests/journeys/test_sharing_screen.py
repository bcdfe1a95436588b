"""How work is shared out, on a page: tried on what happened, saved, taken back; a lead only looks, others see nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.conversation.models import Conversation
from samspil.hours.actions import be_absent
from samspil.organisation.models import Colleague
from samspil.routing.actions import go_back, set_policy
from samspil.routing.models import Decision, Policy, PolicyChange
from samspil.routing.queries import past, policy
from samspil.routing.rules.tried import Limits, counted
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
GIVEN = {"grace": "30", "daily": "2", "patience": "0"}


def client_of(colleague: Colleague, *, role: str = "") -> Client:
    Colleague.objects.filter(pk=colleague.pk).update(language="en", **({"role": role} if role else {}))
    client = Client()
    client.force_login(colleague)
    return client


@pytest.fixture
def hers(mette):
    return client_of(mette)


@pytest.fixture
def given(mailbox, mette, jonas):
    """Three conversations that routing gave to Jonas yesterday, who was away from then on; Mette is there."""

    def some(count: int) -> None:
        receive(mailbox, *[mail(ident=f"m{n}@x.example", sender=f"P {n} <p{n}@x.example>") for n in range(count)])
        Decision.objects.all().delete()
        start = now() - timedelta(hours=20)
        for row in Conversation.objects.order_by("id"):
            Decision.objects.create(conversation=row, at=start, colleague=jonas, reasons=[])
        Conversation.objects.update(opened_at=start - timedelta(minutes=2))
        be_absent(colleague=jonas, since=start, until=now() + timedelta(days=1), by=jonas, at=now())

    return some


def state() -> tuple[object, ...]:
    return list(Policy.objects.values()), list(PolicyChange.objects.values())


def test_an_administrator_tries_saves_and_goes_back(hers, mette, given):
    given(3)
    page = hers.get(reverse("sharing"), {**GIVEN, "try": "1"}).content.decode()
    assert "<b>1</b> conversation would have gone to another colleague" in page
    assert state() == ([], [])
    assert hers.post(reverse("sharing"), GIVEN)["Location"] == reverse("sharing")
    row = policy()
    assert (row.grace_minutes, row.daily, row.patience_minutes) == (30, 2, 0)
    first = PolicyChange.objects.get()
    assert (first.by, first.daily) == (mette, 2)
    hers.post(reverse("sharing"), {"grace": "", "daily": "", "patience": "45"})
    assert (policy().grace_minutes, policy().daily, policy().patience_minutes) == (None, None, 45)
    page = hers.get(reverse("sharing")).content.decode()
    assert ("no grace ends, no limit a day, patience 45 min." in page, "grace 30 min., 2 a day, no patience" in page) == (
        True,
        True,
    )
    hers.post(reverse("sharing_back", args=[first.pk]))
    assert (policy().grace_minutes, policy().daily, policy().patience_minutes) == (30, 2, 0)
    assert PolicyChange.objects.count() == 3


def test_what_happened_is_counted_from_the_log(given, jonas):
    given(3)
    happened = past(at=now())
    assert [(h.colleague, h.by_routing) for h in happened.held] == [(jonas.pk, True)] * 3
    found = counted(happened, Limits(grace=60, daily=2, patience=0))
    assert (found.handed, found.full, found.met, round(found.half or 0)) == (3, 1, 0, 120)
    assert counted(happened, Limits(grace=None, daily=None, patience=0)).handed == 0


def test_saving_what_holds_already_changes_nothing(hers):
    hers.post(reverse("sharing"), {"grace": "60", "daily": "", "patience": "30"})
    assert state() == ([], [])


@pytest.mark.parametrize(
    ("field", "value"), [("grace", "0"), ("daily", "-1"), ("patience", "241"), ("grace", "1e3"), ("daily", "9" * 9)]
)
def test_what_is_no_limit_is_refused(hers, field, value):
    answer = hers.post(reverse("sharing"), {**GIVEN, field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}-error"' in answer.content.decode()
    assert hers.get(reverse("sharing"), {**GIVEN, field: value, "try": "1"}).status_code == 200
    assert state() == ([], [])


def test_a_lead_tries_and_does_not_save(jonas, mette, given):
    given(3)
    set_policy(grace_minutes=60, daily=None)
    leads = client_of(jonas, role="lead")
    page = leads.get(reverse("sharing"), {**GIVEN, "try": "1"}).content.decode()
    assert ("You can try it" in page, "Back to this" in page) == (True, False)
    before = state()
    assert leads.post(reverse("sharing"), GIVEN).status_code == 403
    assert leads.post(reverse("sharing_back", args=[PolicyChange.objects.get().pk])).status_code == 403
    assert state() == before


def test_an_employee_sees_and_changes_nothing(jonas):
    his = client_of(jonas)
    assert [his.get(reverse("sharing")).status_code, his.post(reverse("sharing"), GIVEN).status_code] == [403, 403]
    with pytest.raises(NotAllowed):
        set_policy(grace_minutes=1, daily=1, by=jonas, at=now())
    with pytest.raises(NotFound):
        go_back(change=jonas.pk, by=jonas, at=now())
    assert state() == ([], [])


def test_nothing_to_try_it_on(hers):
    assert "there is nothing to try it on" in hers.get(reverse("sharing")).content.decode()


def test_the_page_takes_as_many_statements_for_much(hers, given):
    def statements() -> int:
        with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
            assert hers.get(reverse("sharing"), {**GIVEN, "try": "1"}).status_code == 200
        return len(orm) + len(ours)

    given(1)
    statements()
    few = statements()
    given(20)
    assert statements() == few
