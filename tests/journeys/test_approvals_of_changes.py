"""New words of a message that is on its network already go through the same gate; taking back and signs do not wait."""

import pytest

from samspil.base.clock import now
from samspil.base.errors import NotAllowed
from samspil.intake.actions import disconnect
from samspil.organisation.actions import take_in
from samspil.organisation.models import Colleague, Unit
from samspil.reply import actions
from samspil.reply.models import Approval, Change
from samspil.reply.queries import changes_of
from tests.journeys.approvals import FAR
from tests.journeys.test_changes import account, answer, leave, network, row  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.django_db


@pytest.fixture
def lis(organisation) -> Colleague:
    triage = Unit.objects.get(triage=True)
    return take_in(email="lis@firma.example", name="Lis Holm", password="cykelkurv-i-regn", unit=triage, role="lead")


@pytest.fixture
def wanted(answer, lis) -> None:  # noqa: F811 - the fixture
    actions.set_policy(unit=lis.unit, by=lis, at=now(), active=True, everybody=True)


def changed(row, answer, by, kind="edit", **how):  # noqa: F811 - the fixtures
    how.setdefault("text", "Jo" if kind == "edit" else "")
    return actions.change(conversation=row.pk, interaction=answer.pk, by=by, kind=kind, at=now(), **how)


@pytest.mark.usefixtures("wanted")
def test_new_words_wait_for_a_yes_and_are_then_carried_out(row, answer, network, mette, lis):  # noqa: F811
    made = changed(row, answer, mette)
    assert (made.state, made.needs_yes) == ("awaits_yes", True)
    assert actions.change_due(at=now() + FAR) is None
    assert [c.pk for c in changes_of(row)[answer.pk]] == [made.pk]
    with pytest.raises(NotAllowed):
        actions.approve(approval=Approval.objects.get().pk, by=mette, at=now())
    actions.approve(approval=Approval.objects.get().pk, by=lis, at=now(), text="Jo, gerne")
    assert actions.change_due(at=now() + FAR) == made.pk
    assert [(c.kind, c.text) for c in network.changes] == [("edit", "Jo, gerne")]
    made.refresh_from_db()
    assert (made.state, made.approved_by, Approval.objects.get().before) == ("done", lis, "Jo")


@pytest.mark.usefixtures("wanted")
def test_taking_back_and_signs_do_not_wait_and_give_up_new_words_that_do(row, answer, network, mette, lis):  # noqa: F811
    edit = changed(row, answer, mette)
    sign = changed(row, answer, mette, kind="react", emoji="👍")
    gone = changed(row, answer, mette, kind="delete")
    edit.refresh_from_db()
    assert (edit.state, Approval.objects.get().state) == ("cancelled", "withdrawn")
    assert (sign.needs_yes, gone.needs_yes, gone.state) == (False, False, "queued")
    leave()
    assert "edit" not in network.kinds


@pytest.mark.usefixtures("wanted")
def test_other_words_take_the_place_of_those_that_wait(row, answer, mette, lis):  # noqa: F811
    first, second = changed(row, answer, mette), changed(row, answer, mette, text="Nej")
    first.refresh_from_db()
    assert (first.state, second.state) == ("cancelled", "awaits_yes")
    assert dict(Approval.objects.values_list("change", "state")) == {first.pk: "withdrawn", second.pk: "waiting"}


@pytest.mark.usefixtures("wanted")
def test_new_words_are_withdrawn_and_sent_back(row, answer, mette, lis):  # noqa: F811
    first = changed(row, answer, mette)
    actions.cancel_change(change=first.pk, by=mette, at=now())
    assert Approval.objects.get(change=first).state == "withdrawn"
    second = changed(row, answer, mette)
    actions.send_back(approval=Approval.objects.get(change=second).pk, by=lis, word="Lad det stå", at=now())
    second.refresh_from_db()
    assert (second.state, Approval.objects.get(change=second).state) == ("cancelled", "returned")
    assert actions.change_due(at=now() + FAR) is None


@pytest.mark.usefixtures("wanted")
def test_with_its_channel_gone_what_waits_has_failed_and_tried_again_it_waits_anew(row, answer, account, mette, lis):  # noqa: F811
    made = changed(row, answer, mette)
    reply = actions.write(conversation=row.pk, by=mette, text="Og mere", at=now())
    disconnect(account=account.pk, by=None)
    made.refresh_from_db()
    reply.refresh_from_db()
    assert (made.state, reply.state) == ("failed", "failed")
    assert set(Approval.objects.values_list("state", flat=True)) == {"withdrawn"}
    again = actions.change_again(change=made.pk, by=mette, at=now())
    assert (again.state, Approval.objects.get(change=made).state) == ("awaits_yes", "waiting")
    assert Change.objects.filter(state="queued").exclude(kind="read").count() == 0
