"""Past answers: gathered where it ended well, masked, found by words and meaning, offered, measured, forgotten."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import override_settings

from samspil.assist import ports
from samspil.assist.actions import (
    count_words,
    gather,
    let_go,
    note_shown,
    of_no_use,
    offer,
    put_in,
    read_messages,
    read_pairs,
    read_ready,
    review,
    settle,
    unsettle,
)
from samspil.assist.models import Gathered, Meaning, Offer, Pair
from samspil.assist.privacy import export_of
from samspil.assist.queries.figures import fared, known
from samspil.assist.queries.vectors import bring_on, search
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.errors import NotFound
from samspil.conversation.actions import finish, reopen
from samspil.conversation.models import Conversation
from samspil.exchange.actions.forget import forget
from samspil.intake.models import Interaction
from samspil.organisation.actions import add_unit
from samspil.organisation.models import Colleague
from samspil.reply.actions import cancel, keep_ready, make_canned, send_due, write
from samspil.reply.models import Reply
from tests.journeys.conftest import mail, receive

pytestmark = pytest.mark.django_db
ASKED = "Hej\n\nMit batteri på elcyklen lader ikke mere, lampen blinker rødt. Ordre AB-229177.\n\nKaroline\n"
SAID = "Hej Karoline\n\nHold knappen på batteriet inde i ti sekunder, så nulstilles det. Ring ellers på 26 12 34 56.\n\nVenlig hilsen\nJonas Lund"
NEW = "Goddag\n\nLampen på batteriet blinker rødt og det lader ikke.\n"
OF_SATURDAYS = {
    "key": "b",
    "asked": "Hvornår åbner butikken på lørdage i juli?",
    "said": "Vi åbner klokken ti alle lørdage i juli, velkommen.",
}


@pytest.fixture(autouse=True)
def _place(tmp_path):
    with override_settings(SAMSPIL_ASSIST=tmp_path / "assist"):
        yield
    ports.fill(verdicts=lambda _: {})


def answered(mailbox, by: Colleague, *, asked: str = ASKED, said: str = SAID, key: str = "a", days: int = 3) -> Conversation:
    """Somebody asked, was answered and it was done, days ago."""
    at = now() - timedelta(days=days)
    before = set(Conversation.objects.values_list("pk", flat=True))
    receive(
        mailbox, mail(asked, ident=f"{key}@x", sender=f"Karoline Vestergaard <{key}@v.example>", subject=f"Emne {key}", at=at)
    )
    [row] = Conversation.objects.exclude(pk__in=before)
    sent = write(conversation=row.pk, by=by, text=said, at=at + timedelta(hours=1))
    given = sql.run(
        "INSERT INTO intake_interaction (id, handle_id, account_id, kind, outgoing, colleague_id, at, external_id, subject, text, public, data,"
        " currency, language) SELECT gen_random_uuid(), handle_id, account_id, 'message', true, colleague_id, %s, id::text, '', text, false,"
        " '{}', '', 'da' FROM reply WHERE id = %s RETURNING id",
        [at + timedelta(hours=1), sent.pk],
    )[0][0]
    sql.run(
        "INSERT INTO conversation_placement (interaction_id, conversation_id, at, why) VALUES (%s, %s, %s, 'thread')",
        [given, row.pk, at + timedelta(hours=1)],
    )
    Reply.objects.filter(pk=sent.pk).update(state="accepted", interaction=given)
    finish(conversations=[row.pk], by=by, at=at + timedelta(hours=2))
    return row


def asks(mailbox, text: str = NEW, key: str = "new", name: str = "Søren Bæk") -> Conversation:
    before = set(Conversation.objects.values_list("pk", flat=True))
    receive(mailbox, mail(text, ident=f"{key}@y", sender=f"{name} <{key}@y.example>", subject="Hjælp"))
    [row] = Conversation.objects.exclude(pk__in=before)
    read_messages(interactions=list(row.placements.values_list("interaction", flat=True)), at=now())
    return row


def learn() -> None:
    while gather(at=now()) is not None:
        pass
    while read_pairs():
        pass
    read_ready()
    count_words()
    bring_on()


def test_what_ended_well_is_kept_masked_once(mailbox, jonas):
    answered(mailbox, jonas)
    learn()
    review(at=now())
    learn()
    [pair] = Pair.objects.all()
    assert pair.asked == "Hej\n\nMit batteri på elcyklen lader ikke mere, lampen blinker rødt. Ordre •••.\n\n•••"
    assert pair.said == (
        "Hej {fornavn}\n\nHold knappen på batteriet inde i ti sekunder, så nulstilles det. Ring ellers på •••.\n\n"
        "Venlig hilsen\n{mit fornavn}"
    )
    assert (len(bytes(pair.vector)), pair.language, known()) == (384, "da", (1, 0))


def test_what_ended_badly_is_not_kept_and_is_let_go_when_it_turns_out(mailbox, jonas):
    fresh = answered(mailbox, jonas, key="fresh", days=0)
    opened = answered(mailbox, jonas, key="opened")
    reopen(conversations=[opened.pk], by=jonas, at=now() - timedelta(days=2))
    finish(conversations=[opened.pk], by=jonas, at=now() - timedelta(days=2))
    angry = answered(mailbox, jonas, key="angry")
    taken = answered(mailbox, jonas, key="taken")
    good = answered(mailbox, jonas, key="good")
    ports.fill(verdicts=lambda _: {angry.pk: False, good.pk: True})
    message = Interaction.objects.get(placement__conversation=taken, outgoing=True)
    copied = {"handle": message.handle, "account": message.account, "outgoing": True, "at": now(), "kind": "delete"}
    gone = Interaction.objects.create(**copied, external_id="d", data={"target": message.external_id})
    learn()
    assert [p.question.placement.conversation_id for p in Pair.objects.all()] == [good.pk]
    gone.delete()
    ports.fill(verdicts=lambda _: {})
    assert review(at=now()) == 0
    learn()
    kept = {p.question.placement.conversation_id for p in Pair.objects.all()}
    assert kept == {good.pk, taken.pk, angry.pk}
    assert fresh.pk not in kept
    generation = Gathered.objects.get().generation
    ports.fill(verdicts=lambda _: {good.pk: False})
    assert review(at=now()) == 1
    assert Gathered.objects.get().generation == generation + 1
    assert {p.question.placement.conversation_id for p in Pair.objects.all()} == {taken.pk, angry.pk}


def test_the_nearest_is_offered_filled_in_for_who_asks_now(mailbox, jonas, mette):
    answered(mailbox, jonas)
    answered(mailbox, jonas, **OF_SATURDAYS)
    learn()
    row = asks(mailbox)
    [first, *rest] = offer(conversation=row.pk, by=mette, at=now())
    assert first.text == (
        "Hej Søren\n\nHold knappen på batteriet inde i ti sekunder, så nulstilles det. Ring ellers på •••.\n\nVenlig hilsen\nMette"
    )
    assert (first.found.source, first.found.by) == ("pair", "Jonas Lund")
    assert first.found.likely > 0.5
    assert first.found.cosine is not None
    assert rest == []
    again = offer(conversation=row.pk, by=mette, at=now())
    assert [one.id for one in again] == [first.id]
    assert Offer.objects.count() == 1
    assert not {"karoline", "vestergaard", "26", "ab-229177"} & set(first.text.casefold().split())


def test_without_the_language_model_words_alone_find_it(mailbox, jonas, mette, monkeypatch):
    from samspil.assist.actions import read

    monkeypatch.setattr(read, "available", lambda: False)
    answered(mailbox, jonas)
    learn()
    assert Pair.objects.get().vector is None
    row = asks(mailbox)
    assert Meaning.objects.count() == 0
    [one] = offer(conversation=row.pk, by=mette, at=now())
    assert one.found.cosine is None


def test_a_closed_units_answers_are_offered_to_the_unit_alone(mailbox, jonas, mette):
    closed = add_unit(name="Personale", closed=True)
    old = answered(mailbox, mette)
    Conversation.objects.filter(pk=old.pk).update(unit=closed, assignee=None)
    learn()
    row = asks(mailbox)
    assert offer(conversation=row.pk, by=jonas, at=now()) == []
    assert Offer.objects.count() == 0
    Colleague.objects.filter(pk=jonas.pk).update(unit=closed)
    jonas.refresh_from_db()
    assert len(offer(conversation=row.pk, by=jonas, at=now())) == 1
    Conversation.objects.filter(pk=row.pk).update(unit=add_unit(name="Andre", closed=True))
    Offer.objects.all().delete()
    with pytest.raises(NotFound):
        offer(conversation=row.pk, by=jonas, at=now())
    assert Offer.objects.count() == 0


def test_an_answer_that_was_taken_back_since_is_not_shown(mailbox, jonas, mette):
    old = answered(mailbox, jonas)
    learn()
    message = Interaction.objects.get(placement__conversation=old, outgoing=True)
    copied = {"handle": message.handle, "account": message.account, "outgoing": True, "at": now(), "kind": "delete"}
    Interaction.objects.create(**copied, external_id="d", data={"target": message.external_id})
    row = asks(mailbox)
    assert offer(conversation=row.pk, by=mette, at=now()) == []


def test_ready_texts_are_offered_beside_and_only_to_their_unit(mailbox, jonas, mette):
    said = "Hej {fornavn|der}, nulstil batteriet: hold knappen inde til lampen blinker. {mit fornavn}"
    ready = keep_ready(by=mette, at=now(), key="batteri", name="Batteriet lader ikke, lampen blinker rødt", text=said)
    learn()
    row = asks(mailbox)
    [one] = offer(conversation=row.pk, by=mette, at=now())
    assert (one.found.source, one.found.ready, one.text) == (
        "ready", ready.pk, "Hej Søren, nulstil batteriet: hold knappen inde til lampen blinker. Mette",
    )  # fmt: skip
    ready.unit = add_unit(name="Værksted")
    ready.save()
    assert offer(conversation=row.pk, by=mette, at=now()) == []


def test_what_was_put_in_is_measured_when_it_leaves(mailbox, jonas, mette):
    answered(mailbox, jonas)
    learn()
    row = asks(mailbox)
    [one] = offer(conversation=row.pk, by=mette, at=now())
    note_shown(offers=[one.id], by=mette, at=now())
    with pytest.raises(NotFound):
        put_in(offer=one.id, by=jonas, at=now())
    put_in(offer=one.id, by=mette, at=now())
    sent = write(conversation=row.pk, by=mette, text=one.text.replace("ti sekunder", "femten sekunder"), at=now())
    assert settle(replies=[sent.pk], at=now()) == 1
    kept = Offer.objects.get()
    assert (kept.outcome, kept.reply_id, Pair.objects.get().used, Pair.objects.get().shown) == ("edited", sent.pk, 1, 1)
    assert kept.distance == pytest.approx(6 / 124, abs=0.02)
    cancel(reply=sent.pk, by=mette, at=now())
    assert unsettle(replies=[sent.pk]) == 1
    assert (Offer.objects.get().outcome, Pair.objects.get().used, Pair.objects.get().shown) == ("", 0, 0)
    again = write(conversation=row.pk, by=mette, text=one.text, at=now())
    settle(replies=[again.pk], at=now())
    settle(replies=[again.pk], at=now())
    [whole] = fared(at=now() + timedelta(minutes=1))
    assert (whole.offered, whole.shown, whole.sent, whole.edited, whole.thrown, whole.changed) == (1, 1, 1, 0, 0, 0.0)
    assert (whole.put.hits, whole.put.of, whole.used.hits, whole.used.of) == (1, 1, 1, 1)
    assert whole.used.low < 0.5
    assert [(f.key, f.offered) for f in fared(at=now(), by="source")] == [("pair", 1)]
    let_go(at=now() + timedelta(days=2))
    assert (Offer.objects.get().put_in, Offer.objects.get().outcome) == ("", "sent")


def test_what_was_put_in_and_never_sent_was_thrown_away(mailbox, jonas, mette):
    answered(mailbox, jonas)
    learn()
    row = asks(mailbox)
    [one] = offer(conversation=row.pk, by=mette, at=now())
    put_in(offer=one.id, by=mette, at=now())
    assert let_go(at=now() + timedelta(hours=1)) == 0
    assert let_go(at=now() + timedelta(hours=25)) == 1
    assert Offer.objects.get().outcome == "thrown"
    assert (Pair.objects.get().shown, Pair.objects.get().used) == (1, 0)


def test_of_no_use_hides_it_here_and_weighs_a_little_everywhere(mailbox, jonas, mette):
    answered(mailbox, jonas)
    learn()
    row = asks(mailbox)
    [one] = offer(conversation=row.pk, by=mette, at=now())
    of_no_use(offer=one.id, by=mette, at=now())
    of_no_use(offer=one.id, by=mette, at=now())
    assert offer(conversation=row.pk, by=mette, at=now()) == []
    assert Pair.objects.get().shown == 1
    [other] = offer(conversation=row.pk, by=jonas, at=now())
    assert other.found.likely < one.found.likely
    of_no_use(offer=one.id, by=mette, at=now(), useless=False)
    assert Pair.objects.get().shown == 0
    assert [o.id for o in offer(conversation=row.pk, by=mette, at=now())] == [one.id]


def test_a_forgotten_person_leaves_no_answer_and_no_vector(mailbox, jonas, mette, settings):
    old = answered(mailbox, jonas)
    other = answered(mailbox, jonas, **OF_SATURDAYS)
    learn()
    row = asks(mailbox)
    offer(conversation=row.pk, by=mette, at=now())
    handles = list(Interaction.objects.filter(placement__conversation=old).values_list("handle", flat=True))
    assert [a["asked"][:10] for a in export_of(consumer=old.consumer_id, handles=handles)["answers"]] == ["Hej\n\nMit b"]
    path = bring_on()
    [vector] = [bytes(p.vector) for p in Pair.objects.filter(question__placement__conversation=old)]
    assert vector in path.read_bytes()
    forget(consumer=old.consumer_id, by=mette, at=now())
    assert [p.question.placement.conversation_id for p in Pair.objects.all()] == [other.pk]
    assert offer(conversation=row.pk, by=mette, at=now()) == []
    fresh = bring_on()
    assert fresh != path
    assert not path.exists()
    assert vector not in fresh.read_bytes()
    forget(consumer=row.consumer_id, by=mette, at=now())
    assert (Offer.objects.count(), Meaning.objects.filter(interaction__placement__conversation=row).count()) == (0, 0)


def test_the_file_grows_and_a_half_written_record_is_mended(mailbox, jonas):
    answered(mailbox, jonas)
    learn()
    path = bring_on()
    size = path.stat().st_size
    with path.open("ab") as out:
        out.write(b"half a record")
    answered(mailbox, jonas, **OF_SATURDAYS)
    learn()
    assert bring_on() == path
    assert path.stat().st_size == 2 * size
    for pair in Pair.objects.all():
        [(nearest, cosine), _] = search(bytes(pair.vector), 5)
        assert (nearest, round(cosine, 4)) == (pair.pk, 1.0)


def test_one_costs_as_many_statements_as_twenty(mailbox, jonas, mette):
    def cost() -> int:
        row = asks(mailbox, key=f"n{Conversation.objects.count()}")
        with sql.counted() as seen:
            assert offer(conversation=row.pk, by=mette, at=now())
        return len(seen)

    answered(mailbox, jonas)
    make_canned(key="a", name="Batteriet lader ikke, lampen blinker rødt", text="Hold knappen inde til lampen blinker")
    learn()
    one = cost()
    for n in range(20):
        answered(mailbox, jonas, key=f"k{n}", asked=f"{ASKED} nummer {n}", said=f"{SAID} {'abcdefghijklmnopqrst'[n] * 3}")
    learn()
    assert cost() == one
    assert isinstance(Offer.objects.first().pk, UUID)
    assert send_due(at=now()) is None
