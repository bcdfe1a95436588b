"""YouTube against a stand-in for its API: fetched without a gap and within the quota, answered once, refused in words; and the whole way."""

from datetime import UTC, datetime

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.youtube.channel import channel
from samspil.channels.youtube.pull import pull
from samspil.channels.youtube.quota import day_of
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account, Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.stand_in import listening
from tests.channels.youtube.youtube_api import ANTON, KAROLINE, KEYS, OWN, YouTubeApi
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures


@pytest.fixture
def youtube():
    with listening(YouTubeApi()) as api:
        yield api


def account(youtube, cursor=None, **config) -> kit.Account:
    values = {**KEYS, "server": youtube.address, "token_server": youtube.address, **config}
    return kit.Account(id="a", name="YouTube", config=values, key=bytes(32), cursor=cursor)


def looked(youtube, cursor=None, **config) -> tuple[list[kit.Event], dict]:
    """One look: what it brought, and the cursor after it."""
    found: list[kit.Envelope] = []
    for batch in pull(account(youtube, **config), cursor, pause=0):
        found += batch.envelopes
        cursor = batch.cursor
        if not batch.envelopes:
            break
    return [e for one in found for e in channel().understand(one, account(youtube))], cursor


def outbound(text="Det er set", answers="Ugz0001", files=()) -> kit.Outbound:
    to = kit.Handle(network="youtube", address=KAROLINE)
    return kit.Outbound(id="r", conversation="c", to=to, text=text, in_reply_to=answers, files=files)


def test_comments_answers_and_edits_are_seen_exactly_once(youtube):
    first = youtube.comment("Hvilken cykel er det?")
    youtube.comment("Den røde", by=ANTON, below=first)
    events, cursor = looked(youtube)
    assert [(type(e).__name__, e.text, e.author.address) for e in events] == [
        ("Message", "Hvilken cykel er det?", KAROLINE),
        ("Message", "Den røde", ANTON),
    ]
    assert (list(events[1].references), events[1].thread, events[1].public) == ([first], first, True)
    assert looked(youtube, cursor)[0] == []
    youtube.edit(first, "Hvilken cykel er det, og hvad koster den?")
    youtube.comment("Tak", by=KAROLINE, below=first)
    events, cursor = looked(youtube, cursor)
    assert [(type(e).__name__, e.text) for e in events] == [
        ("Edit", "Hvilken cykel er det, og hvad koster den?"),
        ("Message", "Tak"),
    ]
    assert events[0].target == first
    assert looked(youtube, cursor)[0] == []


def test_however_much_came_meanwhile_nothing_is_left_out(youtube):
    thread = youtube.comment("0")
    _, cursor = looked(youtube)
    for n in range(1, 351):
        youtube.comment(str(n))
    for n in range(150):
        youtube.comment(f"svar {n}", by=ANTON, below=thread)
    events, cursor = looked(youtube, cursor)
    assert sorted(e.text for e in events) == sorted([*map(str, range(1, 351)), *(f"svar {n}" for n in range(150))])
    for n in range(3):
        youtube.comment(f"sent {n}", by=ANTON, below=thread)
    late = []
    for _ in range(10):  # an old thread is looked at with every tenth look
        events, cursor = looked(youtube, cursor)
        late += [e.text for e in events]
    assert sorted(late) == ["sent 0", "sent 1", "sent 2"]
    assert cursor["meter"]["used"] == youtube.used


def test_a_look_that_is_broken_off_leaves_nothing_out(youtube):
    youtube.comment("0")
    _, cursor = looked(youtube)
    for n in range(1, 251):
        youtube.comment(str(n))
    batch = next(pull(account(youtube), cursor, pause=0))
    seen = [e.text for one in batch.envelopes for e in channel().understand(one, account(youtube))]
    youtube.comment("251")
    events, _ = looked(youtube, batch.cursor)
    assert sorted(seen + [e.text for e in events]) == sorted(map(str, range(1, 252)))


def test_the_quota_is_counted_and_some_is_kept_for_answers(youtube):
    youtube.comment("Hej")
    _, cursor = looked(youtube)
    channel().send(outbound(), account(youtube, cursor))
    _, cursor = looked(youtube, cursor)
    assert cursor["meter"] == {"day": day_of(datetime.now(UTC)).isoformat(), "used": youtube.used}
    assert youtube.used == 1 + 50 + 1
    full = {**cursor, "meter": {**cursor["meter"], "used": 8000}}
    with pytest.raises(kit.TryLater, match="8000 of the day's 10000 units at YouTube are used; the rest is kept") as caught:
        next(pull(account(youtube), full, pause=0))
    assert 0 < caught.value.after <= 25 * 3600
    almost = {**cursor, "meter": {**cursor["meter"], "used": 7999}}
    assert looked(youtube, almost)[0] == []
    for used, fits in ((9950, True), (9951, False)):
        there = account(youtube, {**cursor, "meter": {**cursor["meter"], "used": used}})
        if fits:
            assert channel().send(outbound("Endnu et"), there).external_id
        else:
            with pytest.raises(kit.TryLater, match="9951 of the day's 10000"):
                channel().send(outbound("Og et"), there)
    assert looked(youtube, full, quota=1_000_000)[0] != []  # more was given


def test_an_answer_stands_in_the_thread_also_when_an_answer_is_answered(youtube):
    first = youtube.comment("Hej")
    answer = youtube.comment("Ja", by=ANTON, below=first)
    sent = channel().send(outbound(answers=answer), account(youtube))
    assert (sent.external_id, youtube.replies[first][-1]["snippet"]["authorChannelId"]["value"]) == ("Ugz0001.r0003", OWN)


def test_an_answer_of_ours_from_elsewhere_is_seen_where_it_is_clear_whom_it_is_for(youtube):
    first = youtube.comment("Hej")
    youtube.comment("Fra mobilen", by=OWN, below=first)
    events, cursor = looked(youtube)
    assert [(e.text, e.outgoing, [h.address for h in e.to]) for e in events][1] == ("Fra mobilen", True, [KAROLINE])
    youtube.comment("Og mig?", by=ANTON, below=first)
    youtube.comment("Også dig", by=OWN, below=first)
    events, cursor = looked(youtube, cursor)
    assert [e.text for e in events] == ["Og mig?"]  # for one of two: YouTube does not tell which


def test_a_lost_answer_is_looked_for_and_never_posted_twice(youtube):
    youtube.comment("Hej")
    youtube.lose = {"POST"}
    assert channel().send(outbound(), account(youtube)).external_id == "Ugz0001.r0002"
    youtube.lose = {"POST", "GET"}
    with pytest.raises(kit.Uncertain):
        channel().send(outbound("Andet"), account(youtube))
    youtube.faults = {"POST": [(503, "backendError")]}
    with pytest.raises(kit.Uncertain, match="broke off"):
        channel().send(outbound("Tredje"), account(youtube))
    assert len(youtube.replies["Ugz0001"]) == 2


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ((403, "quotaExceeded"), kit.TryLater, "midnight in California"),
        ((403, "rateLimitExceeded"), kit.TryLater, "patience"),
        ((429, "x"), kit.TryLater, "patience"),
        ((401, "authError"), kit.TryLater, "access token"),
        ((403, "commentsDisabled"), kit.Unreachable, "turned off"),
        ((400, "parentCommentIsPrivate"), kit.Unreachable, "private"),
        ((403, "insufficientPermissions"), kit.Unreachable, "without the right"),
        ((400, "unknownWord"), kit.Unreachable, r"No: unknownWord \(unknownWord\)"),
    ],
)
def test_what_youtube_refuses(youtube, fault, error, says):
    youtube.comment("Hej")
    youtube.faults = {"POST": [fault]}
    with pytest.raises(error, match=says) as caught:
        channel().send(outbound(), account(youtube))
    assert not any(KEYS[name] in str(caught.value) for name in ("client_secret", "refresh_token"))


@pytest.mark.parametrize(
    ("config", "says"),
    [({"refresh_token": "1//gammel"}, "withdrawn the refresh token"), ({"client_secret": "x"}, "does not know the client id"),
     ({"token_server": "http://127.0.0.1:1"}, "refused")],
    ids=["withdrawn", "client", "no server"],
)  # fmt: skip
def test_without_an_access_token_it_waits(youtube, config, says):
    for call in (lambda a: next(pull(a, None, pause=0)), lambda a: channel().send(outbound(), a)):
        with pytest.raises(kit.TryLater, match=says):
            call(account(youtube, **config))
    assert youtube.asked == []


def test_the_length_of_an_answer_on_both_sides_of_the_border(youtube):
    youtube.comment("Hej")
    assert channel().send(outbound("x" * 10_000), account(youtube)).external_id
    with pytest.raises(kit.Unreachable, match="has 10001 characters"):
        channel().send(outbound("x" * 10_001), account(youtube))
    with pytest.raises(kit.Unreachable, match="is not there any more"):
        channel().send(outbound(answers="Ugz9999"), account(youtube))
    with pytest.raises(kit.Unreachable, match="only a comment"):
        channel().send(outbound(answers=""), account(youtube))


def test_check_says_what_works(youtube):
    units, sign_in = channel().check(account(youtube, {"meter": {"day": day_of(datetime.now(UTC)).isoformat(), "used": 12}}))
    assert (units.ok, units.detail) == (True, "12 of 10000 units used since midnight in California")
    assert (sign_in.ok, sign_in.detail) == (True, "as Nordlys Cykler")
    assert channel().check(account(youtube, channel=KAROLINE))[1].detail == "the account does not own this channel"
    assert channel().check(account(youtube, channel="nordlys"))[0].ok is False
    assert channel().check(account(youtube, refresh_token="x"))[1].ok is False


def changed(kind: str, target: str, *, own=True, **more) -> kit.Change:
    return kit.Change(
        id="c", kind=kind, to=kit.Handle(network="youtube", address=KAROLINE), target=target, own=own, public=True, **more
    )


def test_a_comment_of_ours_is_given_other_words_and_deleted_and_twice_is_as_once(youtube):
    youtube.comment("Hej")
    sent = channel().send(outbound("Tirsdag"), account(youtube))
    for _ in range(2):
        assert channel().change(changed("edit", sent.external_id, text="Onsdag"), account(youtube)) == kit.Sent(external_id="")
    assert [r["snippet"]["textOriginal"] for r in youtube.replies["Ugz0001"]] == ["Onsdag"]
    for _ in range(2):
        channel().change(changed("delete", sent.external_id), account(youtube))
    assert youtube.replies["Ugz0001"] == []
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(changed("edit", sent.external_id, text="Torsdag"), account(youtube))


def test_our_own_other_words_are_counted_when_they_are_seen_and_are_no_event(youtube):
    youtube.comment("Hej")
    _, cursor = looked(youtube)
    sent = channel().send(outbound("Tirsdag"), account(youtube, cursor))
    events, cursor = looked(youtube, cursor)
    assert [e.text for e in events] == ["Tirsdag"]
    channel().change(changed("edit", sent.external_id, text="Onsdag"), account(youtube, cursor))
    events, cursor = looked(youtube, cursor)
    assert events == []
    assert cursor["meter"]["used"] == youtube.used == 3 + 50 + 50


@pytest.mark.parametrize("kind", ["edit", "delete"])
def test_a_change_is_made_within_the_quota_alone(youtube, kind):
    youtube.comment("Hej")
    ident = channel().send(outbound(), account(youtube)).external_id
    day = day_of(datetime.now(UTC)).isoformat()
    with pytest.raises(kit.TryLater, match="9951 of the day's 10000") as caught:
        channel().change(changed(kind, ident, text="Nyt"), account(youtube, {"meter": {"day": day, "used": 9951}}))
    assert 0 < caught.value.after <= 25 * 3600
    assert len(youtube.asked) == 1
    channel().change(changed(kind, ident, text="Nyt"), account(youtube, {"meter": {"day": day, "used": 9950}}))
    assert len(youtube.asked) == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (changed("edit", "Ugz0001", own=False, text="Nej"), "of our own"),
        (changed("delete", "Ugz0001", own=False), "of our own"),
        (changed("react", "Ugz0001", emoji="❤️"), "nothing else be changed"),
        (changed("edit", "../x", text="Nej"), "nothing else be changed"),
        (changed("edit", "Ugz0001", text="x" * 10_001), "has 10001 characters"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_it_is_asked(youtube, wrong, says):
    youtube.comment("Hej")
    with pytest.raises(kit.Unreachable, match=says):
        channel().change(wrong, account(youtube))
    assert youtube.asked == []


def test_what_youtube_refuses_to_change(youtube):
    theirs = youtube.comment("Hej")
    ours = channel().send(outbound(), account(youtube)).external_id
    with pytest.raises(kit.Unreachable, match="may not write here"):
        channel().change(changed("edit", theirs, text="Nej"), account(youtube))
    for fault, error in (
        ((503, "backendError"), kit.TryLater),
        ((403, "quotaExceeded"), kit.TryLater),
        ((400, "x"), kit.Unreachable),
    ):
        youtube.faults = {"PUT": [fault]}
        with pytest.raises(error):
            channel().change(changed("edit", ours, text="Nyt"), account(youtube))
    youtube.lose = {"PUT"}
    with pytest.raises(kit.TryLater):
        channel().change(changed("edit", ours, text="x" * 10_000), account(youtube))
    assert youtube.replies[theirs][0]["snippet"]["textOriginal"] == "x" * 10_000


@pytest.mark.django_db
def test_the_whole_way(youtube, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    config = {**KEYS, "server": youtube.address, "token_server": youtube.address}
    row = connect(channel="youtube", name="YouTube", config=config, own=[])
    youtube.comment("Hvilken cykel er det?")
    _fetch(row)
    assert str(Handle.objects.get(network="youtube", address=KAROLINE)) == "@karolinevang"
    assert Consumer.objects.count() == 1
    write(conversation=Conversation.objects.get().pk, by=mette, text="Nordlys 3", at=now())
    while send_due(at=now()):
        pass
    assert (Reply.objects.get().state, Reply.objects.get().external_id) == ("accepted", "Ugz0001.r0002")
    _fetch(row)  # our own answer comes back, and is not another message
    _fetch(row)
    assert [(r["snippet"]["textOriginal"]) for r in youtube.replies["Ugz0001"]] == ["Nordlys 3"]
    assert sorted(Interaction.objects.values_list("text", "outgoing")) == [("Hvilken cykel er det?", False), ("Nordlys 3", True)]
    assert Conversation.objects.count() == 1
    assert account_view(Account.objects.get(pk=row.pk)).cursor["meter"]["used"] == youtube.used == 1 + 50 + 2


def _fetch(row) -> None:
    row.refresh_from_db()
    for batch in pull(account_view(row), row.cursor, pause=0):
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        if not batch.envelopes:
            break
    while understand_waiting(at=now()):
        pass
