"""Approvals at the desk: what the author, who can say yes and everybody else see; the acts, and what they refuse."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from samspil.base.clock import now
from samspil.organisation.actions import take_in
from samspil.organisation.models import Unit
from samspil.reply.actions import approve, set_policy, write
from samspil.reply.models import Approval, Draft, Reply
from samspil.screens.desk.tests.test_views import statements
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(fill, jonas):
    (found,) = fill(1)
    return found


@pytest.fixture
def lis(organisation):
    return take_in(
        email="lis@firma.example", name="Lis Holm", password="cykelkurv-i-regn", unit=Unit.objects.get(triage=True), role="lead"
    )


@pytest.fixture
def waits(row, jonas, lis):
    set_policy(unit=lis.unit, by=lis, at=now(), active=True, everybody=True, by_leads=False, named=[lis.pk])
    write(conversation=row.pk, by=jonas, text="Du får 500 kr.", at=now())
    return Approval.objects.get()


def page(who, address: str) -> str:
    client = Client()
    client.force_login(who)
    return client.get(address).content.decode()


def post(who, name: str, ident, **values):
    client = Client()
    client.force_login(who)
    answer = client.post(reverse(name, args=[ident]), values)
    return answer, json.loads(answer.headers.get("HX-Trigger", "{}"))


def test_each_sees_what_is_theirs(row, waits, jonas, lis, mette):
    address = reverse("conversation", args=[row.pk])
    yes, back = reverse("approval-yes", args=[waits.pk]), reverse("approval-back", args=[waits.pk])
    cancel = reverse("reply-cancel", args=[waits.reply_id])
    author, approver, other = page(jonas, address), page(lis, address), page(mette, address)
    assert "Venter på et ja fra Lis Holm" in author
    assert "Jonas Lund beder om dit ja" in approver
    assert "Venter på et ja fra Lis Holm" in other
    assert [(yes in p, back in p, cancel in p) for p in (author, approver, other)] == [
        (False, False, True), (True, True, False), (False, False, False),
    ]  # fmt: skip


def test_the_author_is_told_at_once_that_it_waits(row, lis, jonas):
    set_policy(unit=lis.unit, by=lis, at=now(), active=True, everybody=True, by_leads=False, named=[lis.pk])
    answer, told = post(jonas, "reply", row.pk, body="Hej", kind="reply")
    assert (answer.status_code, told["look:toast"]["text"]) == (200, "Det venter på et ja fra Lis Holm")
    assert Reply.objects.get().state == "awaits_yes"
    post(jonas, "reply-cancel", Reply.objects.get().pk)
    assert (Reply.objects.get().state, Draft.objects.get().text) == ("cancelled", "Hej")


def test_saying_yes_changing_undoing_and_sending_back(row, waits, jonas, lis):
    answer, told = post(lis, "approval-yes", waits.pk, text="Du får 300 kr.")
    assert (answer.status_code, told["look:toast"]["text"]) == (204, "Du rettede det og sagde ja")
    assert told["look:toast"]["undoUrl"] == reverse("approval-undo", args=[waits.pk])
    thread = page(jonas, reverse("conversation", args=[row.pk]))
    assert "Lis Holm rettede det" in thread
    assert "Du får 500 kr." in thread
    assert "Du får 300 kr." in thread
    post(lis, "approval-undo", waits.pk)
    assert (Reply.objects.get().state, Reply.objects.get().text) == ("awaits_yes", "Du får 500 kr.")
    empty, _ = post(lis, "approval-back", waits.pk, word="")
    assert (empty.status_code, Reply.objects.get().state) == (422, "awaits_yes")
    post(lis, "approval-back", waits.pk, word="Højst 300")
    assert (Reply.objects.get().state, Draft.objects.get().text) == ("cancelled", "Du får 500 kr.")
    assert "Lis Holm sendte svaret tilbage: Højst 300" in page(jonas, reverse("conversation", args=[row.pk]))


@pytest.mark.parametrize("who", ["jonas", "mette"])
def test_who_is_not_asked_cannot_say_it(waits, who, request):
    answer, told = post(request.getfixturevalue(who), "approval-yes", waits.pk)
    assert (answer.status_code, told["look:toast"]["error"]) == (422, True)
    assert (Reply.objects.get().state, Approval.objects.get().state) == ("awaits_yes", "waiting")


def test_the_second_reads_who_was_first(row, waits, lis, mette):
    set_policy(unit=lis.unit, by=lis, at=now(), active=True, everybody=True, by_leads=False, named=[lis.pk, mette.pk])
    approve(approval=waits.pk, by=mette, at=now())
    answer, told = post(lis, "approval-yes", waits.pk)
    assert (answer.status_code, told["look:toast"]["text"]) == (422, "Mette Krogh kom først: det er afgjort.")


def test_a_new_message_is_shown_and_asks_once_more(row, waits, lis, jonas, mailbox):
    receive(mailbox, mail("Har I set det?", ident="again@v.example", references=("m0@v.example",), sender="P <p0@v.example>"))
    answer, told = post(lis, "approval-yes", waits.pk)
    assert (answer.status_code, told["look:toast"]["text"]) == (422, "Der er kommet en ny besked siden. Læs den, og sig ja igen.")
    assert Reply.objects.get().state == "awaits_yes"
    address = reverse("conversation", args=[row.pk])
    assert all("Der er kommet en ny besked, siden svaret blev skrevet" in page(who, address) for who in (lis, jonas))
    heard = page(lis, address).split('name="heard" value="')[1].split('"')[0]
    answer, _ = post(lis, "approval-yes", waits.pk, heard=heard)
    assert (answer.status_code, Reply.objects.get().state) == (204, "queued")


def test_the_list_and_its_count(row, waits, jonas, lis, mette):
    assert "Du får 500 kr." in page(lis, reverse("approvals"))
    assert "Intet venter på dit ja" in page(mette, reverse("approvals"))
    for who, number in ((lis, 1), (mette, 0), (jonas, 0)):
        client = Client()
        client.force_login(who)
        assert client.get(reverse("approvals-count")).json() == {"yes": number}
    desk = [reverse("approvals") in page(who, reverse("desk")) for who in (lis, mette, jonas)]
    assert desk == [True, True, False]


def test_the_number_of_statements_does_not_grow(row, waits, jonas, lis):
    client = Client()
    client.force_login(lis)
    addresses = [reverse("conversation", args=[row.pk]), reverse("approvals")]
    few = [statements(client, address) for address in addresses]
    for n in range(5):
        write(conversation=row.pk, by=jonas, text=f"Nr. {n}", at=now())
    assert [statements(client, address) for address in addresses] == few
