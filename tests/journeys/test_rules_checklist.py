"""A rule begins a checklist: once for what happened, in the journal with its name."""

import pytest

from samspil.automation.models import Run
from samspil.base.clock import now
from samspil.checklist.actions import Wanted, end, keep, remove
from samspil.checklist.models import Checklist, Step
from samspil.conversation.models import Event
from tests.journeys.conftest import mail, receive
from tests.journeys.elsewhere import begin, later
from tests.journeys.rules import do, rule, said

pytestmark = pytest.mark.django_db


def test_a_rule_begins_a_checklist_once_and_not_where_it_does_not_hold(mette, mailbox):
    begin()
    wanted = Wanted(name="Reklamation", steps=[{"text": "Find nummeret", "must": True}, {"text": "Bed om et billede"}])
    template = keep(by=mette, at=now(), wanted=wanted)
    rule(mette, do("checklist", template.pk), test=[said("batteri*")])
    receive(
        mailbox,
        mail("Mit batteri er fladt", ident="1@x"),
        mail("Cyklen er blå", sender="b@b.example", subject="Hej", ident="2@x"),
    )
    later()
    (row,) = Checklist.objects.all()
    assert (row.conversation.subject, row.begun_by, row.cause) == ("Batteriet", None, Run.objects.get().pk)
    assert [(s.text, s.must, s.state) for s in Step.objects.order_by("place")] == [
        ("Find nummeret", True, "open"),
        ("Bed om et billede", False, "open"),
    ]
    assert Event.objects.get(kind="ruled").data["did"] == [{"kind": "checklist", "name": "Reklamation"}]
    # What was seen is not seen again, and a second message begins no second list.
    begin()
    later()
    receive(mailbox, mail("Batteriet igen", ident="3@x", references=("1@x",)))
    later()
    assert Checklist.objects.count() == 1
    remove(checklist=row.pk, by=mette, at=now())
    end(template=template.pk, by=mette, at=now())
    receive(mailbox, mail("Stadig batteriet", ident="4@x", references=("1@x",)))
    later()
    assert (Checklist.objects.count(), Run.objects.order_by("-at", "-id")[0].outcome) == (1, "failed")
