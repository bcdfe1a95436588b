"""Google's reviews against a stand-in: new, changed and deleted, answered in their one place, refused in words; and the whole way."""

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.google_reviews.channel import channel
from samspil.channels.google_reviews.pull import pull
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import change, change_due, send_due, write
from samspil.reply.models import Reply
from tests.channels.google_reviews.reviews_api import KEYS, PLACE, ReviewsApi
from tests.channels.stand_in import listening
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures


@pytest.fixture
def google():
    with listening(ReviewsApi()) as api:
        yield api


def account(google, **config) -> kit.Account:
    values = {**KEYS, "server": google.address, "token_server": google.address, **config}
    return kit.Account(id="a", name="Google", config=values, key=bytes(32))


def looked(google, cursor=None, **config) -> tuple[list[kit.Event], dict]:
    """One look: what it brought, and the cursor after it."""
    found: list[kit.Envelope] = []
    for batch in pull(account(google, **config), cursor, pause=0):
        found += batch.envelopes
        cursor = batch.cursor
        if not batch.envelopes:
            break
    return [e for one in found for e in channel().understand(one, account(google))], cursor


def outbound(review: str, text="Tak for det", files=(), scope=PLACE) -> kit.Outbound:
    to = kit.Handle(network="google", scope=scope, address=review)
    return kit.Outbound(id="r", conversation="c", to=to, text=text, in_reply_to=review, files=files)


def test_new_changed_and_deleted_reviews_are_each_seen_once(google):
    first, second = google.review("Hurtig hjælp"), google.review("", 2, by="Anton")
    events, cursor = looked(google)
    assert [(e.external_id, e.text, e.extra["stars"]) for e in events] == [
        (first, "★★★★★\n\nHurtig hjælp", 5),
        (second, "★★☆☆☆", 2),
    ]
    assert looked(google, cursor)[0] == []
    google.change(first, "Hurtig hjælp, men dyrt", 3)
    [edit], cursor = looked(google, cursor)
    assert (type(edit), edit.target, edit.text) == (kit.Edit, first, "★★★☆☆\n\nHurtig hjælp, men dyrt")
    del google.reviews[second]
    assert looked(google, cursor)[0] == []  # noticed when all are asked for, once a day
    [gone], cursor = looked(google, {**cursor, "swept": "2026-11-19"})
    assert (type(gone), gone.target) == (kit.Delete, second)
    assert looked(google, {**cursor, "swept": "2026-11-19"})[0] == []


def test_one_that_only_moved_is_not_taken_for_deleted(google):
    ident = google.review("Hej")
    _, cursor = looked(google)
    hidden = {"known": [*cursor["known"], ["AbFvOqOther", "x", ""]], "swept": "2026-11-19"}
    google.faults = {}
    there = google.reviews.pop(ident)
    google.reviews["AbFvOqOther"] = {**there, "reviewId": "AbFvOqOther"}
    events, _ = looked(google, hidden)
    assert [(type(e).__name__, e.target) for e in events] == [("Edit", "AbFvOqOther"), ("Delete", ident)]
    google.reviews[ident] = there
    google.faults = {"GET": [(200, {}), (403, {})]}  # a list without it, and no word about it
    assert looked(google, {**cursor, "swept": "2026-11-19"})[0] == []


def test_however_many_came_meanwhile_nothing_is_left_out(google):
    for n in range(120):
        google.review(f"før {n}")
    events, cursor = looked(google)
    assert [e.text[7:] for e in events] == [f"før {n}" for n in range(70, 120)]  # at the first look the newest page
    for n in range(130):
        google.review(f"efter {n}")
    batch = next(pull(account(google), cursor, pause=0))  # and broken off there
    google.review("sidst")
    rest, cursor = looked(google, batch.cursor)
    seen = [e.text[7:] for one in batch.envelopes for e in channel().understand(one, account(google))] + [
        e.text[7:] for e in rest
    ]
    assert sorted(seen) == sorted([*(f"efter {n}" for n in range(130)), "sidst"])
    assert looked(google, cursor)[0] == []
    assert looked(google, {**cursor, "swept": "2026-11-19"})[0] == []


def test_an_answer_is_put_in_its_one_place_and_a_second_replaces_it_and_says_so(google):
    ident = google.review("Hej")
    sent = channel().send(outbound(ident), account(google))
    again = channel().send(outbound(ident), account(google))
    assert (sent, again.detail) == (again, "")
    other = channel().send(outbound(ident, "Mange tak"), account(google))
    assert other.external_id != sent.external_id
    assert "replaces the answer that stood there" in other.detail
    assert google.reviews[ident]["reviewReply"]["comment"] == "Mange tak"


def test_answers_from_elsewhere_and_those_that_are_not_published_are_seen(google):
    ident = google.review("Hej")
    google.reply(ident, "Tak fra mobilen")
    events, cursor = looked(google)
    assert [(e.text, e.outgoing, [h.address for h in e.to]) for e in events] == [
        ("★★★★★\n\nHej", False, []),
        ("Tak fra mobilen", True, [ident]),
    ]
    sent = channel().send(outbound(ident, "Besøg https://reklame.example"), account(google))
    google.reviews[ident]["reviewReply"] |= {"reviewReplyState": "REJECTED", "policyViolation": "ADVERTISEMENT"}
    message, report = looked(google, cursor)[0]
    assert (message.external_id, report.target, report.state) == (sent.external_id, sent.external_id, "failed")
    assert "does not publish the answer" in report.detail


def test_a_lost_answer_is_put_again_and_stands_there_once(google):
    ident = google.review("Hej")
    google.lose = {"PUT"}
    with pytest.raises(kit.TryLater):
        channel().send(outbound(ident), account(google))
    assert channel().capabilities.idempotent
    assert channel().send(outbound(ident), account(google)).detail == ""
    assert google.reviews[ident]["reviewReply"]["comment"] == "Tak for det"


@pytest.mark.parametrize(
    ("fault", "error", "says", "after"),
    [
        ((429, {"retry-after": "17"}), kit.TryLater, "patience", 17),
        ((429, {}), kit.TryLater, "patience", 60),
        ((503, {}), kit.TryLater, "No: 503", None),
        ((401, {}), kit.TryLater, "access token", 60),
        ((403, {}), kit.Unreachable, "may not answer for this place", None),
        ((400, {}), kit.Unreachable, "refuses the answer", None),
    ],
)
def test_what_google_refuses(google, fault, error, says, after):
    ident = google.review("Hej")
    google.faults = {"PUT": [fault]}
    with pytest.raises(error, match=says) as caught:
        channel().send(outbound(ident), account(google))
    assert getattr(caught.value, "after", None) == after
    assert not any(KEYS[name] in str(caught.value) for name in ("client_secret", "refresh_token"))


def test_what_cannot_be_answered_is_said_in_words(google):
    ident = google.review("Hej")
    with pytest.raises(kit.Unreachable, match="is not there any more") as caught:
        channel().send(outbound("AbFvOq99999"), account(google))
    assert caught.value.permanent
    with pytest.raises(kit.Unreachable, match="another place"):
        channel().send(outbound(ident, scope="accounts/1/locations/23"), account(google))
    assert channel().send(outbound(ident, "æ" * 2048), account(google)).external_id
    with pytest.raises(kit.Unreachable, match="has 4098 bytes, and Google takes 4096"):
        channel().send(outbound(ident, "æ" * 2049), account(google))


def test_without_an_access_token_it_waits(google):
    for call in (lambda a: next(pull(a, None, pause=0)), lambda a: channel().send(outbound("AbFvOq1"), a)):
        with pytest.raises(kit.TryLater, match="withdrawn the refresh token"):
            call(account(google, refresh_token="1//gammel"))
    assert google.asked == []


def test_check_says_what_works(google):
    google.review("Hej")
    assert [(c.ok, c.detail) for c in channel().check(account(google))] == [(True, ""), (True, "1 reviews, 4.5 stars")]
    assert channel().check(account(google, place="her"))[0].ok is False
    assert channel().check(account(google, refresh_token="x"))[0].ok is False
    assert "verified" in channel().check(account(google, place="accounts/1/locations/5"))[0].remedy


def changed(kind: str, review: str, target: str, *, own=True, scope=PLACE, **more) -> kit.Change:
    to = kit.Handle(network="google", scope=scope, address=review)
    return kit.Change(id="c", kind=kind, to=to, target=target, own=own, public=True, **more)


def test_our_answer_is_given_other_words_and_deleted_and_twice_is_as_once(google):
    ident = google.review("Hej")
    target = channel().send(outbound(ident, "Tak"), account(google)).external_id
    done = [channel().change(changed("edit", ident, target, text="Mange tak"), account(google)) for _ in range(2)]
    assert done[0] == done[1]
    assert done[0].external_id == channel().send(outbound(ident, "Mange tak"), account(google)).external_id
    assert google.reviews[ident]["reviewReply"]["comment"] == "Mange tak"
    for _ in range(2):
        channel().change(changed("delete", ident, target, kept=done[0].kept), account(google))
    assert "reviewReply" not in google.reviews[ident]
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(changed("edit", ident, target, text="Igen"), account(google))
    assert [words for _, words in google.puts] == ["Tak", "Mange tak", "Mange tak"]


@pytest.mark.parametrize("kind", ["edit", "delete"])
def test_an_answer_that_somebody_else_put_there_is_left_alone(google, kind):
    ident = google.review("Hej")
    target = channel().send(outbound(ident, "Tak"), account(google)).external_id
    google.reply(ident, "Fra mobilen")
    with pytest.raises(kit.Unreachable, match="Another answer stands there now"):
        channel().change(changed(kind, ident, target, text="Ny"), account(google))
    assert google.reviews[ident]["reviewReply"]["comment"] == "Fra mobilen"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"own": False}, "Only our own answer"),
        ({"target": "AbFvOq00001"}, "Only our own answer"),
        ({"scope": "accounts/1/locations/23"}, "another place"),
        ({"kind": "react", "emoji": "❤️"}, "nothing else be changed"),
        ({"text": "æ" * 2049}, "has 4098 bytes, and Google takes 4096"),
    ],
)
def test_what_cannot_be_changed_is_refused(google, more, says):
    ident = google.review("Hej")
    target = channel().send(outbound(ident, "Tak"), account(google)).external_id
    wrong = {"kind": "edit", "review": ident, "target": target, "text": "Ny", **more}
    with pytest.raises(kit.Unreachable, match=says):
        channel().change(changed(**wrong), account(google))
    assert google.reviews[ident]["reviewReply"]["comment"] == "Tak"
    channel().change(changed("edit", ident, target, text="æ" * 2048), account(google))  # the other side of the border


def test_what_google_refuses_to_change(google):
    ident = google.review("Hej")
    target = channel().send(outbound(ident, "Tak"), account(google)).external_id
    for method, kind in (("PUT", "edit"), ("DELETE", "delete")):
        for fault, error in (((429, {}), kit.TryLater), ((503, {}), kit.TryLater), ((403, {}), kit.Unreachable)):
            google.faults = {method: [fault]}
            with pytest.raises(error):
                channel().change(changed(kind, ident, target, text="Ny"), account(google))
    google.lose = {"DELETE"}
    with pytest.raises(kit.TryLater):
        channel().change(changed("delete", ident, target), account(google))
    assert channel().change(changed("delete", ident, target), account(google)) == kit.Sent(external_id="")
    with pytest.raises(kit.Unreachable, match="The review is not there any more"):
        channel().change(changed("delete", "AbFvOq99999", target), account(google))


def test_pictures_are_fetched_from_googles_stores_alone(google):
    ident = google.review("Se")
    google.file("page", "text/html", b"<p>")
    google.reviews[ident]["reviewMediaItems"] = [
        {"thumbnailUrl": google.file("a", "image/jpeg", b"JPEG")},
        {"thumbnailUrl": "https://lh3.googleusercontent.com.ond.example/a"},
        {"thumbnailUrl": f"{google.address}/files/page"},
        {"thumbnailUrl": "http://lh3.googleusercontent.com/a"},
    ]
    batch = next(pull(account(google), None, pause=0))
    [envelope] = batch.envelopes
    [message] = channel().understand(envelope, account(google))
    assert message.text == "★★★★★\n\nSe\n\n[2 📷]"
    assert [(a.part, a.name, a.remote) for a in message.attachments] == [("0", "picture1.jpg", True), ("2", "picture3.jpg", True)]
    assert channel().fetch_file("0", envelope, account(google)) == b"JPEG"
    for part, says in (("1", "no such picture"), ("2", "sent text/html"), ("9", "no such picture")):
        with pytest.raises(kit.Unreachable, match=says):
            channel().fetch_file(part, envelope, account(google))


@pytest.mark.django_db
def test_the_whole_way(google, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    config = {**KEYS, "server": google.address, "token_server": google.address}
    row = connect(channel="google_reviews", name="Google", config=config, own=[])
    ident = google.review("Hurtig hjælp", 4)
    google.review("Dårlig kaffe", 1)  # the same name, and not known to be the same person
    _fetch(row)
    assert sorted(Consumer.objects.values_list("name", flat=True)) == ["Karoline Vang", "Karoline Vang"]
    assert Handle.objects.filter(network="google", scope=PLACE).count() == 2
    conversation = Conversation.objects.get(consumer__links__handle__address=ident)
    write(conversation=conversation.pk, by=mette, text="Tak, Karoline", at=now())
    while send_due(at=now()):
        pass
    assert Reply.objects.get().state == "accepted"
    _fetch(row)  # our own answer comes back, and is not another message
    _fetch(row)
    assert google.puts == [(ident, "Tak, Karoline")]
    assert sorted(Interaction.objects.values_list("outgoing", "text")) == [
        (False, "★★★★☆\n\nHurtig hjælp"),
        (False, "★☆☆☆☆\n\nDårlig kaffe"),
        (True, "Tak, Karoline"),
    ]
    answer = Interaction.objects.get(outgoing=True)
    change(conversation=conversation.pk, interaction=answer.pk, by=mette, kind="edit", text="Mange tak, Karoline", at=now())
    while change_due(at=now()):
        pass
    _fetch(row)  # nor are its other words
    assert google.puts[1:] == [(ident, "Mange tak, Karoline")]
    assert list(Interaction.objects.filter(outgoing=True).values_list("kind", "text")) == [
        ("message", "Tak, Karoline"),
        ("edit", "Mange tak, Karoline"),
    ]
    change(conversation=conversation.pk, interaction=answer.pk, by=mette, kind="delete", at=now())
    while change_due(at=now()):
        pass
    assert "reviewReply" not in google.reviews[ident]


def _fetch(row) -> None:
    row.refresh_from_db()
    for batch in pull(account_view(row), row.cursor, pause=0):
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        if not batch.envelopes:
            break
    while understand_waiting(at=now()):
        pass
