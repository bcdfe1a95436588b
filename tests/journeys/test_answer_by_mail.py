"""A colleague is told by mail and answers by mail: who is told, what counts as an answer, and nothing is attributed wrongly."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.urls import reverse

from samspil import kit
from samspil.aside.actions import ask
from samspil.aside.models import AsideMessage
from samspil.base import registry
from samspil.base.clock import now
from samspil.base.errors import NotAllowed, NotFound
from samspil.channels.mail import send as mail_send
from samspil.channels.mail import tokens
from samspil.conversation.actions import assign, note
from samspil.conversation.models import Conversation, Note
from samspil.elsewhere.actions import drop, it_was_me, recover_notices, send_notice, use_as_note
from samspil.elsewhere.actions.decide import NotHeld
from samspil.elsewhere.actions.prefer import prefer
from samspil.elsewhere.models import Arrival, Notice, Preference
from samspil.elsewhere.rules import BURST
from samspil.exchange.actions.forget import forget
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Interaction
from samspil.organisation.actions import add_address, add_unit
from samspil.organisation.models import Colleague, ColleagueAddress
from samspil.reply.actions import send_due
from samspil.reply.models import Reply
from tests.channels.mail.hostile import CASES, Letter, bounce, mail, quoted
from tests.journeys.conftest import mail_config
from tests.journeys.elsewhere import begin, later, people, write_in_chat

pytestmark = pytest.mark.django_db
WORKSHOP = "Mine skivebremser hviner"


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def house():
    """Bo in the workshop, Jonas, Mette who administers; a mailbox and a web chat in which Karla has written, and Bo has it."""
    names = people()
    config = {
        **mail_config(),
        "address": "support@brand.test",
        "name": "Nordlys",
        "plus_addressing": True,
        "trusted_server": "mx.brand.test",
    }
    mailbox = connect(channel="mail", name="Service", config=config, own=["support@brand.test"])
    chat = connect(channel="webchat", name="Chat", config={"origins": "*"})
    write_in_chat(chat, WORKSHOP)
    conversation = Conversation.objects.get()
    assign(conversations=[conversation.pk], to=names["bo"], by=names["mette"], at=now())
    return SimpleNamespace(**names, mailbox=mailbox, chat=chat, conversation=conversation, key=bytes(mailbox.key))


@pytest.fixture
def post(monkeypatch) -> list[tuple[str, bytes]]:
    """What SMTP was handed: (receiver, the mail's bytes)."""
    sent: list[tuple[str, bytes]] = []

    def hand_over(account, write):
        composed = write(mail_send.settings_of(account))
        sent.append((composed.receiver, b"".join(composed.chunks(eight_bit=True))))
        return kit.Sent(external_id=composed.message_id)

    monkeypatch.setattr(mail_send, "_hand_over", hand_over)
    return sent


def told(house, post) -> Letter:
    """Bo has been told by mail: what he can answer with."""
    later()
    assert send_notice(at=now() + BURST) is not None
    receiver, raw = post[-1]
    assert receiver == "bo@brand.test"
    read = message_from_bytes(raw, policy=default)
    other = Notice.objects.create(
        colleague=house.jonas, conversation=house.conversation, kind="mentioned", state="sent", at=now(), send_at=now()
    )
    body = read.get_body(("plain",))
    return Letter(
        answer_to=str(read["Reply-To"].addresses[0].addr_spec),
        message_id=str(read["Message-ID"]).strip(),
        text=body.get_content() if body else "",
        other_answer_to=tokens.notice_address(house.key, "support@brand.test", str(other.pk)),
        conversation_address=tokens.reply_address(house.key, "support@brand.test", str(house.conversation.pk)),
    )


def comes(house, raw) -> None:
    """A mail comes to the mailbox, and the worker does its work."""
    payload = raw if isinstance(raw, bytes) else raw.as_bytes()
    envelope = kit.Envelope(external_id=f"m{uuid4().hex}", payload=payload, received_at=now())
    keep(account=house.mailbox.pk, envelopes=[envelope], at=now())
    while understand_waiting(at=now()):
        pass
    later()


def said(house) -> list[tuple[str, str]]:
    return list(Reply.objects.order_by("written_at").values_list("colleague__name", "text"))


def test_the_notice_says_who_wrote_what_and_what_an_answer_does(house, post):
    letter = told(house, post)
    read = message_from_bytes(post[-1][1], policy=default)
    assert str(read["From"].addresses[0].addr_spec) == "support@brand.test"
    assert read["Auto-Submitted"] == "auto-generated"
    assert letter.text.startswith("--- Svar over denne linje ---")
    assert WORKSHOP in letter.text
    assert "Mette Holm gav dig samtalen." in letter.text
    assert "ikke mig" in letter.text
    html = read.get_body(("html",)).get_content()
    assert WORKSHOP in html
    assert "<script" not in html
    assert Notice.objects.get(colleague=house.bo).state == "sent"
    assert send_notice(at=now() + timedelta(hours=1)) is None


def test_his_answer_reaches_the_consumer_in_his_name_where_she_wrote(house, post):
    letter = told(house, post)
    comes(house, mail(letter, quoted(letter, "Kom forbi fredag, så ser jeg på det.")))
    [reply] = Reply.objects.all()
    assert (reply.colleague, reply.text, reply.account) == (house.bo, "Kom forbi fredag, så ser jeg på det.", house.chat)
    assert send_due(at=now() + timedelta(minutes=1)) == reply.pk
    out = Interaction.objects.get(outgoing=True)
    assert (out.text, out.colleague, out.handle.network) == (reply.text, house.bo, "webchat")
    arrival = Arrival.objects.get()
    assert (arrival.verdict, arrival.reply) == ("answered", reply)


@pytest.mark.parametrize(("name", "made", "verdict", "why"), CASES, ids=[case[0] for case in CASES])
def test_odd_and_hostile_mails(house, post, name, made, verdict, why):
    letter = told(house, post)
    before = Interaction.objects.filter(outgoing=False).count()
    comes(house, made(letter))
    arrivals = list(Arrival.objects.values_list("verdict", "why"))
    heard = Interaction.objects.filter(outgoing=False).count() - before
    if verdict == "consumer":
        assert (arrivals, heard) == ([], 1)
        newest = Interaction.objects.filter(outgoing=False).latest("id")
        assert newest.handle.address in {letter.consumer, letter.stranger}
    else:
        assert (arrivals, heard) == ([(verdict, why)], 0)
    assert [by for by, _ in said(house)] == (["Bo Holm"] if verdict == "answered" else [])
    assert [n.colleague for n in Note.objects.all()] == ([house.bo] if verdict == "noted" else [])
    for _, text in said(house):
        assert "Svar over denne linje" not in text
        assert WORKSHOP not in text


def test_the_same_mail_twice_is_one_answer(house, post):
    letter = told(house, post)
    answer = mail(letter).as_bytes()
    comes(house, answer)
    comes(house, answer)
    assert len(said(house)) == 1
    assert Arrival.objects.count() == 1


def test_a_burst_is_one_notice_and_who_has_come_to_the_desk_is_not_told(house, post):
    later()
    for text in ("Er I der?", "Hallo?", "Det haster"):
        write_in_chat(house.chat, text)
    later()
    assert Notice.objects.filter(state="queued").count() == 1
    Colleague.objects.filter(pk=house.bo.pk).update(seen_at=now())
    assert send_notice(at=now() + BURST) is not None
    assert post == []
    assert list(Notice.objects.values_list("state", "detail")) == [("not_needed", "at the desk")]
    prefer(colleague=house.bo, when="always")
    write_in_chat(house.chat, "Nu da?")
    later()
    send_notice(at=now() + BURST)
    assert [receiver for receiver, _ in post] == ["bo@brand.test"]
    prefer(colleague=house.bo, when="never")
    write_in_chat(house.chat, "Og nu?")
    later()
    assert Notice.objects.filter(state="queued").count() == 0


def test_who_may_not_see_it_any_more_is_not_told_and_cannot_answer(house, post):
    letter = told(house, post)
    closed = add_unit(name="Lukket", closed=True)
    Conversation.objects.update(unit=closed, assignee=None)
    comes(house, mail(letter))
    assert list(Arrival.objects.values_list("verdict", "why")) == [("held", "not_theirs")]
    assert said(house) == []
    note(conversation=house.conversation.pk, by=house.mette, text="@bo hvad siger du?", at=now())
    assert not Notice.objects.filter(kind="mentioned", colleague=house.bo, state="queued").exists()


def test_where_it_cannot_be_sent_the_colleague_is_told_why(house, post):
    letter = told(house, post)
    comes(house, mail(letter, "langt " * 1000))
    assert list(Arrival.objects.values_list("verdict", "why")) == [("told", "reply.too_long")]
    assert send_notice(at=now()) is not None
    assert "blev ikke sendt" in message_from_bytes(post[-1][1], policy=default).get_body(("plain",)).get_content()
    assert said(house) == []


def test_a_held_mail_is_decided_on_once(house, post):
    letter = told(house, post)
    comes(house, mail(letter, sender="bo.privat@hjemme.test"))
    [arrival] = Arrival.objects.all()
    with pytest.raises(NotAllowed):
        it_was_me(arrival=arrival.pk, by=house.jonas, at=now())
    assert said(house) == []
    it_was_me(arrival=arrival.pk, by=house.bo, at=now())
    assert said(house) == [("Bo Holm", "Ja, kom forbi fredag.")]
    assert [(a.colleague, a.address) for a in ColleagueAddress.objects.all()] == [(house.bo, "bo.privat@hjemme.test")]
    with pytest.raises(NotHeld):
        drop(arrival=arrival.pk, by=house.mette, at=now())
    comes(house, mail(Letter(**{**vars_of(letter), "ident": uuid4().hex}), "Og lørdag", sender="Bo.Privat@hjemme.test"))
    assert [text for _, text in said(house)] == ["Ja, kom forbi fredag.", "Og lørdag"]


def vars_of(letter: Letter) -> dict[str, str]:
    return {name: getattr(letter, name) for name in Letter.__dataclass_fields__}


def test_another_colleagues_mail_is_a_note_at_most(house, post):
    letter = told(house, post)
    comes(house, mail(letter, "Jeg tager den", sender=house.jonas.email))
    [arrival] = Arrival.objects.all()
    with pytest.raises(NotAllowed):
        it_was_me(arrival=arrival.pk, by=house.mette, at=now())
    use_as_note(arrival=arrival.pk, by=house.mette, at=now())
    assert Note.objects.get().text == "jonas@brand.test:\nJeg tager den"
    assert said(house) == []
    Conversation.objects.update(unit=add_unit(name="Lukket", closed=True), assignee=None)
    with pytest.raises(NotFound):
        drop(arrival=arrival.pk, by=house.jonas, at=now())


def test_a_bounce_says_that_the_colleague_is_not_reached(house, post):
    letter = told(house, post)
    comes(house, bounce(letter))
    assert "550 5.1.1" in Preference.objects.get(colleague=house.bo).unreachable


def test_what_a_dead_process_was_sending_goes_again(house, post):
    later()
    Notice.objects.update(state="sending", claimed_at=now() - timedelta(minutes=5), attempts=1)
    assert recover_notices(at=now()) == 1
    assert send_notice(at=now() + BURST) is not None
    assert len(post) == 1


def test_a_server_that_is_away_is_asked_again(house, monkeypatch):
    later()

    def away(notice, account):
        raise kit.TryLater("no server")

    monkeypatch.setattr(registry.channel("mail"), "notify", away, raising=False)
    assert send_notice(at=now() + BURST) is not None
    [notice] = Notice.objects.all()
    assert (notice.state, notice.detail) == ("queued", "no server")
    assert notice.send_at > now()


def test_what_is_held_is_forgotten_with_the_person(house, post):
    letter = told(house, post)
    comes(house, mail(letter, sender=letter.stranger))
    forget(consumer=house.conversation.consumer_id, by=house.mette, at=now())
    assert (Notice.objects.count(), Arrival.objects.count(), Conversation.objects.count()) == (0, 0, 0)


def test_the_desk_shows_what_is_held_and_what_came_by_mail(house, post, client):
    letter = told(house, post)
    comes(house, mail(letter, sender=letter.stranger))
    comes(house, mail(Letter(**{**vars_of(letter), "ident": uuid4().hex}), "Det er klar."))
    [held] = Arrival.objects.filter(verdict="held")
    send_due(at=now() + timedelta(minutes=1))
    client.force_login(house.jonas)
    page = client.get(reverse("conversation", args=[house.conversation.pk])).text
    assert "Pr. mail" in page
    assert "som ingen her er kendt under" in page
    assert reverse("held", args=[held.pk, "mine"]) not in page
    assert client.post(reverse("held", args=[held.pk, "mine"])).status_code == 422
    client.force_login(house.bo)
    assert reverse("held", args=[held.pk, "mine"]) in client.get(reverse("conversation", args=[house.conversation.pk])).text
    assert client.post(reverse("held", args=[held.pk, "drop"])).status_code == 204
    held.refresh_from_db()
    assert (held.verdict, held.settled_by) == ("dropped", house.bo)
    assert client.post(reverse("held", args=[held.pk, "note"])).status_code == 422
    assert len(said(house)) == 1


def test_one_says_where_one_is_reached(house, client):
    client.force_login(house.bo)
    assert "Hvor du nås" in client.get(reverse("settings")).text
    assert client.post(reverse("settings_reached"), {"when": "never"}).status_code == 302
    assert Preference.objects.get(colleague=house.bo).when == "never"
    client.post(reverse("settings_reached"), {"when": "sometimes"})
    assert Preference.objects.get(colleague=house.bo).when == "never"
    address = add_address(colleague=house.bo, address="bo@hjemme.test", by=house.bo, at=now())
    client.force_login(house.jonas)
    assert client.post(reverse("settings_address", args=[address.pk])).status_code == 403
    assert ColleagueAddress.objects.count() == 1
    client.force_login(house.bo)
    client.post(reverse("settings_address", args=[address.pk]))
    assert ColleagueAddress.objects.count() == 0


def test_who_is_asked_beside_a_conversation_answers_by_mail_and_reads_no_more_than_is_shared(house, post):
    secret = add_unit(name="Lukket", closed=True)
    Conversation.objects.update(unit=secret, assignee=house.mette)
    Interaction.objects.filter(outgoing=False).update(text=f"{WORKSHOP}. Jeg hedder Karla Hansen.")
    row = ask(
        conversation=house.conversation.pk,
        by=house.mette,
        people=[house.bo.pk],
        text="@bo kan klodserne skiftes på en time?",
        at=now(),
    )
    later()
    while send_notice(at=now() + BURST):
        pass
    [(receiver, raw)] = [(to, sent) for to, sent in post if b"asks" in sent or b"spb" in sent or to == house.bo.email][-1:]
    read = message_from_bytes(raw, policy=default)
    text = read.get_body(("plain",)).get_content()
    assert receiver == house.bo.email
    assert "kan klodserne skiftes på en time?" in text
    assert "Forbrugeren ser det ikke" in text
    letter = Letter(
        answer_to=str(read["Reply-To"].addresses[0].addr_spec),
        message_id=str(read["Message-ID"]).strip(),
        text=text,
        other_answer_to="",
        conversation_address="",
    )
    before = Interaction.objects.count()
    comes(house, mail(letter, "Ja, det tager en halv time."))
    assert list(Arrival.objects.values_list("verdict", flat=True)) == ["answered"]
    assert list(AsideMessage.objects.values_list("aside", "colleague", "text", "via")) == [
        (row.pk, house.bo.pk, "Ja, det tager en halv time.", "mail")
    ]
    assert (said(house), Interaction.objects.count()) == ([], before)
    comes(house, mail(Letter(**{**vars_of(letter), "ident": uuid4().hex}), "Ja!", sender=letter.consumer))
    assert Arrival.objects.filter(verdict="held", why="stranger").count() == 1
    assert AsideMessage.objects.count() == 1


def test_who_has_the_accounts_own_address_is_not_told_there(house, post):
    Colleague.objects.filter(pk=house.bo.pk).update(email="support@brand.test")
    later()
    assert send_notice(at=now() + BURST) is not None
    assert post == []
    assert list(Notice.objects.values_list("state", "detail")) == [("not_needed", "the account's own address")]
