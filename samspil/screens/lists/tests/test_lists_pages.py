"""The lists beside a conversation, the question before it is finished, the templates' page, the card and handing over: what they show."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from samspil.base import sql
from samspil.base.clock import now
from samspil.checklist import actions
from samspil.checklist.actions import Wanted
from samspil.checklist.models import Checklist, Step, Template, Version
from samspil.conversation.actions import assign, note
from samspil.conversation.models import Conversation, Event
from samspil.handover.actions import give, record
from samspil.handover.models import HandOver
from samspil.organisation.actions import add_competence, add_unit, take_in
from samspil.organisation.models import Unit
from tests.journeys.conftest import jonas, mail, mailbox, mette, organisation, receive  # noqa: F401 - fixtures among them

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def statements(client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as orm, sql.counted() as ours:
        assert client.get(address).status_code == 200
    return len(orm) + len(ours)


def told(response):
    return json.loads(response.headers.get("HX-Trigger", "{}"))


@pytest.fixture
def hers(client, mette):  # noqa: F811 - the fixture
    client.force_login(mette)
    return client


@pytest.fixture
def talk(mailbox) -> Conversation:  # noqa: F811 - the fixture
    receive(mailbox, mail("Min cykel er i stykker", ident="1@x"))
    return Conversation.objects.get()


@pytest.fixture
def complaint(mette) -> Template:  # noqa: F811 - the fixture
    steps = [{"text": "Serial number", "must": True}, {"text": "Photo", "hint": HOSTILE}, {"text": HOSTILE}]
    return actions.keep(by=mette, at=now(), wanted=Wanted(name="Reklamation", name_en="Complaint", steps=steps))


def test_the_page_asks_for_the_lists_later_and_says_how_far_they_are(hers, talk, complaint, mette):  # noqa: F811
    page = hers.get(reverse("conversation", args=[talk.pk])).text
    assert f'hx-get="{reverse("lists", args=[talk.pk])}"' in page
    assert f'hx-get="{reverse("handed", args=[talk.pk])}"' in page
    assert "lists-chip" not in page
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    actions.tick(of=Step.objects.order_by("place")[0].pk, by=mette, at=now())
    page = hers.get(reverse("conversation", args=[talk.pk]) + "?view=open").text
    assert page.count("1/3") == 2
    assert page.count("lists-chip") == 2


def test_a_list_is_begun_ticked_skipped_and_removed_on_the_page(hers, talk, complaint, mette):  # noqa: F811
    choice = hers.get(reverse("list-choose", args=[talk.pk])).text
    assert f'"template":"{complaint.pk}"' in choice
    answer = hers.post(reverse("list-begin", args=[talk.pk]), {"template": str(complaint.pk)}, headers=PART)
    made = Checklist.objects.get()
    assert answer.status_code == 200
    assert told(answer)["desk:changed"] == {"ids": [str(talk.pk)]}
    assert told(answer)["look:toast"]["undoUrl"] == reverse("list-do", args=[made.pk, "remove"]) + "?quiet=1"
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    first, photo, _ = Step.objects.order_by("place")
    assert 'aria-checked="true"' in hers.post(reverse("step-do", args=[first.pk, "tick"]), headers=PART).text
    assert 'aria-checked="true"' not in hers.post(reverse("step-do", args=[first.pk, "untick"]), headers=PART).text
    refused = hers.post(reverse("step-do", args=[photo.pk, "skip"]), {"word": " "}, headers=PART)
    assert (refused.status_code, told(refused)["look:toast"]["text"]) == (422, "Skriv, hvorfor du springer det over.")
    photo.refresh_from_db()
    assert photo.state == "open"
    assert "Has sent it" in hers.post(reverse("step-do", args=[photo.pk, "skip"]), {"word": "Has sent it"}, headers=PART).text
    assert hers.post(reverse("step-do", args=[photo.pk, "explode"]), headers=PART).status_code == 404
    gone = hers.post(reverse("list-do", args=[made.pk, "remove"]), headers=PART)
    assert (gone.text.strip(), told(gone)["look:toast"]["undoUrl"]) == ("", reverse("list-do", args=[made.pk, "restore"]))
    assert "Has sent it" in hers.post(reverse("list-do", args=[made.pk, "restore"]), headers=PART).text


def test_a_checklist_that_fits_is_suggested_until_one_runs(hers, talk, complaint, mette):  # noqa: F811
    skill = add_competence(name="Bremser")
    Conversation.objects.filter(pk=talk.pk).update(competence=skill)
    assert hers.get(reverse("lists", args=[talk.pk])).text.strip() == ""
    steps = [{"text": "x"}]
    actions.keep(by=mette, at=now(), wanted=Wanted(name="Bremsetjek", steps=steps, competences=[skill]))
    assert "Bremsetjek" in hers.get(reverse("lists", args=[talk.pk])).text
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    assert "Bremsetjek" not in hers.get(reverse("lists", args=[talk.pk])).text


def test_finishing_with_a_must_open_asks_and_a_reason_passes_it_by(hers, talk, complaint, mette):  # noqa: F811
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    refused = hers.post(reverse("do", args=["done"]), {"c": str(talk.pk)}, headers=PART)
    url = f"{reverse('list-finish')}?c={talk.pk}"
    assert (refused.status_code, told(refused)) == (422, {"desk:finish": {"url": url}})
    talk.refresh_from_db()
    assert (talk.status, Event.objects.filter(kind="done").count()) == ("open", 0)
    page = hers.get(url).text
    assert "Serial number" in page
    assert 'name="anyway"' in page
    done = hers.post(reverse("do", args=["done"]), {"c": str(talk.pk), "anyway": "She calls herself"}, headers=PART)
    assert done.status_code == 204
    talk.refresh_from_db()
    assert talk.status == "done"
    assert "She calls herself" in hers.get(reverse("conversation", args=[talk.pk])).text


def test_what_cannot_be_passed_by_offers_no_reason_and_the_ticks_are_made_there(hers, mailbox, mette):  # noqa: F811
    receive(mailbox, *[mail(f"Nr {n}", ident=f"{n}@x", sender=f"P{n} <p{n}@x.example>", subject=f"S{n}") for n in range(2)])
    one, two = Conversation.objects.order_by("subject")
    strict = Wanted(name="Streng", steps=[{"text": "Serial number", "must": True}], anyway=False)
    row = actions.keep(by=mette, at=now(), wanted=strict)
    actions.begin(conversation=one.pk, template=row.pk, by=mette, at=now())
    page = hers.get(f"{reverse('list-finish')}?c={one.pk},{two.pk}").text
    assert 'name="anyway"' not in page
    assert f'"c":"{two.pk}"' in page
    step = Step.objects.get()
    after = hers.post(reverse("step-do", args=[step.pk, "tick"]), {"finish": "1", "c": f"{one.pk},{two.pk}"}, headers=PART)
    assert "Serial number" not in after.text
    assert f'"c":"{one.pk},{two.pk}"' in after.text
    assert told(after)["lists:fresh"] == {"conversation": str(one.pk)}
    step.refresh_from_db()
    assert (step.state, step.by) == ("done", mette)


def test_a_stranger_to_the_conversation_sees_no_list_no_card_and_no_step(client, talk, complaint, mette, jonas):  # noqa: F811
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    step = Step.objects.order_by("place")[0]
    Conversation.objects.filter(pk=talk.pk).update(unit=add_unit(name="Løn", closed=True), assignee=None)
    client.force_login(jonas)
    for name, args in (
        ("lists", [talk.pk]), ("list-choose", [talk.pk]), ("handed", [talk.pk]), ("step-people", [step.pk]),
    ):  # fmt: skip
        assert client.get(reverse(name, args=args)).status_code == 404, name
    assert client.get(f"{reverse('list-finish')}?c={talk.pk}").status_code == 404
    assert client.post(reverse("step-do", args=[step.pk, "tick"]), headers=PART).status_code == 404
    step.refresh_from_db()
    assert step.state == "open"


def test_the_lists_take_the_same_number_of_statements_however_many_there_are(hers, talk, complaint, mette):  # noqa: F811
    actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
    addresses = [
        reverse("lists", args=[talk.pk]),
        reverse("list-choose", args=[talk.pk]),
        f"{reverse('list-finish')}?c={talk.pk}",
    ]
    few = [statements(hers, a) for a in addresses]
    for n in range(4):
        actions.begin(conversation=talk.pk, template=complaint.pk, by=mette, at=now())
        actions.keep(by=mette, at=now(), wanted=Wanted(name=f"L{n}", steps=[{"text": "x"}]))
        actions.add(conversation=talk.pk, text=f"Own {n}", by=mette, at=now())
    assert [statements(hers, a) for a in addresses] == few


FORM = {
    "name": "Retur",
    "name_en": "Return",
    "text": ["Weigh it", "", "Print the label"],
    "hint": ["Kilos", "", ""],
    "link": ["", "", "https://labels.example/"],
    "must": ["1", "", ""],
}


def test_a_template_is_made_changed_and_taken_out_of_use_with_who_and_when(hers, mette):  # noqa: F811
    skill = add_competence(name="Levering")
    assert hers.post(reverse("checklist_new"), {**FORM, "skill": [str(skill.pk)]}).status_code == 302
    row = Version.objects.get()
    assert (row.name, row.name_en, row.by, row.anyway) == ("Retur", "Return", mette, False)
    assert row.steps == [
        {"text": "Weigh it", "hint": "Kilos", "link": "", "must": True},
        {"text": "Print the label", "hint": "", "link": "https://labels.example/", "must": False},
    ]
    address = reverse("checklist_edit", args=[row.template_id])
    assert hers.post(address, {**FORM, "name": "Returnering", "anyway": "1"}).status_code == 302
    page = hers.get(address).text
    assert page.count("<details><summary><b>Version") == 2
    gone = hers.post(reverse("checklist_end", args=[row.template_id]))
    assert gone.url == f"{reverse('checklists')}?gone={row.template_id}"
    assert "Returnering" in hers.get(gone.url).text
    hers.post(reverse("checklist_back", args=[row.template_id]))
    assert Template.objects.get().ended_at is None


def test_what_is_wrong_with_a_template_is_said_and_what_was_typed_stays(hers, mette):  # noqa: F811
    for change, kept in (
        ({"name": ""}, "Weigh it"),
        ({"text": ["", "", ""]}, "Retur"),
        ({"link": ["javascript:x", "", ""]}, "Weigh it"),
    ):
        answer = hers.post(reverse("checklist_new"), {**FORM, **change})
        assert answer.status_code == 422
        assert kept in answer.text
    assert Version.objects.count() == 0


def test_the_templates_page_takes_the_same_number_of_statements(hers, complaint, mette):  # noqa: F811
    skills = [add_competence(name=f"K{n}") for n in range(3)]
    actions.keep(by=mette, at=now(), wanted=Wanted(name="Første", steps=[{"text": "x"}], competences=skills[:1]))
    few = statements(hers, reverse("checklists"))
    for n in range(5):
        wanted = Wanted(name=f"Liste {n}", steps=[{"text": "x"}], competences=skills, unit=Unit.objects.get(triage=True))
        actions.keep(by=mette, at=now(), wanted=wanted)
    assert statements(hers, reverse("checklists")) == few


# -- handing over --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def given(talk, jonas, mette):  # noqa: F811 - the fixture
    assign(conversations=[talk.pk], to=jonas, by=jonas, at=now())
    record(conversations=[talk.pk], at=now())
    note(conversation=talk.pk, by=jonas, text=HOSTILE, at=now())
    give(conversations=[talk.pk], to=mette, by=jonas, at=now(), word=HOSTILE)
    return HandOver.objects.get()


def test_the_card_says_what_one_should_know_until_it_is_read(hers, given, talk):
    card = hers.get(reverse("handed", args=[talk.pk])).text
    assert "Jonas Lund" in card
    assert "Min cykel er i stykker" in card
    assert "<script>alert" not in card
    assert card.count("&lt;script&gt;alert(1)") == 2
    assert hers.post(reverse("handed-read", args=[given.pk]), headers=PART).text == ""
    assert hers.get(reverse("handed", args=[talk.pk])).text == ""
    page = hers.get(reverse("conversation", args=[talk.pk])).text
    assert f"?of={given.pk}" in page
    assert "<script>alert" not in page
    assert "Min cykel er i stykker" in hers.get(reverse("handed", args=[talk.pk]) + f"?of={given.pk}").text


def test_nobody_else_reads_it_away(client, given, talk):
    bo = take_in(email="bo@firma.example", name="Bo Holm", unit=Unit.objects.get(triage=True))
    client.force_login(bo)
    assert client.get(reverse("handed", args=[talk.pk])).text == ""
    assert client.post(reverse("handed-read", args=[given.pk]), headers=PART).status_code == 422
    given.refresh_from_db()
    assert given.read_at is None


def test_a_word_goes_along_from_the_menu(hers, talk, mette, jonas):  # noqa: F811
    assign(conversations=[talk.pk], to=mette, by=mette, at=now())
    record(conversations=[talk.pk], at=now())
    assert 'id="assign-word"' in hers.get(reverse("assign-menu", args=[talk.pk])).text
    hers.post(reverse("do", args=["assign"]), {"c": str(talk.pk), "to": str(jonas.pk), "word": "Ring først"}, headers=PART)
    row = HandOver.objects.get()
    assert (row.had, row.to, row.word) == (mette, jonas, "Ring først")


def test_many_are_looked_at_then_handed_over_and_undone(hers, mailbox, mette, jonas):  # noqa: F811
    receive(mailbox, *[mail(f"Nr {n}", ident=f"{n}@x", sender=f"P{n} <p{n}@x.example>", subject=f"S{n}") for n in range(4)])
    rows = list(Conversation.objects.order_by("subject"))
    assert "S0" not in hers.get(reverse("handing")).text
    assign(conversations=[r.pk for r in rows], to=mette, by=mette, at=now())
    record(conversations=[r.pk for r in rows], at=now())
    few = statements(hers, reverse("handing"))
    assert all(f"S{n}" in hers.get(reverse("handing")).text for n in range(4))
    wanted = {"c": [str(r.pk) for r in rows[:2]], "to": f"colleague:{jonas.pk}", "word": "God vagt"}
    shown = hers.post(reverse("handing-preview"), wanted, headers=PART).text
    assert ("Jonas Lund" in shown, "S0" in shown, "S2" in shown) == (True, True, False)
    assert HandOver.objects.count() == 0
    refused = hers.post(reverse("handing-preview"), {"to": "able"}, headers=PART)
    assert (refused.status_code, refused.headers["HX-Reswap"]) == (422, "none")
    done = hers.post(reverse("handing"), wanted, headers=PART)
    assert [(h.to, h.word) for h in HandOver.objects.all()] == [(jonas, "God vagt")] * 2
    assert "S0" not in done.text
    assert "S2" in done.text
    assert statements(hers, reverse("handing")) == few
    hers.post(told(done)["look:toast"]["undoUrl"], headers=PART)
    assert set(Conversation.objects.values_list("assignee", flat=True)) == {mette.pk}
