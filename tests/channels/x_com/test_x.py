"""X against a stand-in for its API: fetched without a gap and within the budget, answered once, refused in words; and the whole way."""

import json
from datetime import UTC, datetime
from itertools import islice

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.x_com.channel import channel
from samspil.channels.x_com.pull import pull
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Account, Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.stand_in import listening
from tests.channels.x_com.x_api import KAROLINE, KEYS, OWN, XApi
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures


@pytest.fixture
def x():
    with listening(XApi()) as api:
        yield api


def account(x, cursor=None, **config) -> kit.Account:
    values = {**KEYS, "server": x.address, "budget": 10, "direct_messages": True, **config}
    return kit.Account(id="a", name="X", config=values, key=bytes(32), cursor=cursor)


def looked(x, cursor=None, **config) -> tuple[list[kit.Envelope], dict]:
    """One round of looks: what it brought, and the cursor after it."""
    found: list[kit.Envelope] = []
    for batch in pull(account(x, **config), cursor, pause=0):
        found += batch.envelopes
        cursor = batch.cursor
        if not batch.envelopes:
            break
    return found, cursor


def texts(x, envelopes) -> list[str]:
    return [e.text for one in envelopes for e in channel().understand(one, account(x)) if isinstance(e, kit.Message)]


def outbound(text="Kom forbi", answers="1001", to=KAROLINE, files=()) -> kit.Outbound:
    return kit.Outbound(
        id="r", conversation="c", to=kit.Handle(network="x", address=to), text=text, in_reply_to=answers, files=files
    )


def bill(cursor) -> int:
    return cursor["meter"]["mills"]


def test_everything_is_seen_exactly_once_and_the_meter_shows_what_was_charged(x):
    x.post("@nordlyscykler Hej")
    x.write("Min ordre er 4711")
    found, cursor = looked(x)
    assert texts(x, found) == ["@nordlyscykler Hej", "Min ordre er 4711"]
    assert bill(cursor) == x.charged == 5 + 10 + 10  # the author is paid for once
    found, cursor = looked(x, cursor)
    assert (found, bill(cursor)) == ([], x.charged)
    x.post("@nordlyscykler Er I der?")
    channel().send(outbound("Ja"), account(x, cursor))
    channel().send(outbound("Se https://nordlys.example"), account(x, cursor))
    found, cursor = looked(x, cursor)
    assert texts(x, found) == ["@karolinevang Ja", "@karolinevang Se https://nordlys.example", "@nordlyscykler Er I der?"]
    assert bill(cursor) == x.charged
    assert bill(cursor) == 25 + 5 + 15 + 200 + 2 * 1 + 10


def test_however_much_came_meanwhile_nothing_is_left_out(x):
    x.post("@nordlyscykler 0")
    _, cursor = looked(x)
    for n in range(1, 251):
        x.post(f"@nordlyscykler {n}")
    for n in range(35):
        x.write(f"Besked {n}")
    found, cursor = looked(x, cursor)
    assert sorted(texts(x, found)) == sorted([f"@nordlyscykler {n}" for n in range(1, 251)] + [f"Besked {n}" for n in range(35)])
    for n in range(35, 70):
        x.write(f"Besked {n}")
    found, cursor = looked(x, cursor)
    assert sorted(texts(x, found)) == sorted(f"Besked {n}" for n in range(35, 70))
    assert bill(cursor) == x.charged
    assert looked(x, cursor)[0] == []


def test_a_walk_that_is_broken_off_goes_on_where_it_was(x):
    x.post("@nordlyscykler 0")
    _, cursor = looked(x)
    for n in range(1, 251):
        x.post(f"@nordlyscykler {n}")
    [first] = islice(pull(account(x), cursor, pause=0), 1)
    x.post("@nordlyscykler 251")  # while it is broken off
    rest, cursor = looked(x, first.cursor)
    late, cursor = looked(x, cursor)
    seen = texts(x, [*first.envelopes, *rest, *late])
    assert sorted(seen) == sorted(f"@nordlyscykler {n}" for n in range(1, 252))
    assert bill(cursor) == x.charged


def test_when_the_budget_is_spent_nothing_is_asked_until_the_next_month(x):
    x.post("@nordlyscykler Hej")
    month, day = datetime.now(UTC).strftime("%Y-%m"), datetime.now(UTC).date().isoformat()
    spent = {"meter": {"month": month, "mills": 1000, "day": day, "paid": []}}
    with pytest.raises(
        kit.TryLater, match=r"budget for X is spent: \$1.00 of \$1.00. It goes on on \d{4}-\d\d-01, or when you raise"
    ) as caught:
        next(pull(account(x, budget=1), spent, pause=0))
    assert 0 < caught.value.after <= 31 * 86400
    with pytest.raises(kit.Unreachable, match=r"budget for X is spent"):
        channel().send(outbound(), account(x, spent, budget=1))
    assert x.asked == []
    assert channel().check(account(x, spent, budget=1))[0].ok is False
    before = {"meter": {**spent["meter"], "mills": 984}}
    assert channel().send(outbound(), account(x, before, budget=1)).external_id == "1002"  # 15 is left, and more
    with pytest.raises(kit.Unreachable, match=r"costs \$0.20, and \$0.02"):
        channel().send(outbound("Se https://a.example"), account(x, before, budget=1))
    assert len(looked(x, before, budget=2)[0]) > 0  # raised
    old = {"meter": {**spent["meter"], "month": "2020-01"}}
    assert len(looked(x, old, budget=1)[0]) > 0  # a month has begun


def test_no_more_is_asked_for_than_is_left(x):
    for n in range(8):
        x.post(f"@nordlyscykler {n}")
    month, day = datetime.now(UTC).strftime("%Y-%m"), datetime.now(UTC).date().isoformat()
    almost = {"mentions": {"since": "1"}, "meter": {"month": month, "mills": 990, "day": day, "paid": []}}
    batch = next(pull(account(x, budget=1), almost, pause=0))
    assert (x.queries[-1]["max_results"], len(batch.envelopes)) == ("5", 5)
    with pytest.raises(kit.TryLater, match="is spent"):
        next(pull(account(x, budget=1), batch.cursor, pause=0))
    rest, _ = looked(x, batch.cursor, budget=2)  # the three that were left are there when the budget is raised
    assert texts(x, rest) == ["@nordlyscykler 0", "@nordlyscykler 1", "@nordlyscykler 2"]


def test_a_walk_through_messages_that_is_broken_off_leaves_nothing_out(x):
    x.write("Besked 0")
    _, cursor = looked(x)
    for n in range(1, 31):
        x.write(f"Besked {n}")
    [first] = islice(pull(account(x), cursor, pause=0), 1)
    rest, cursor = looked(x, first.cursor)
    assert {*texts(x, first.envelopes), *texts(x, rest)} == {f"Besked {n}" for n in range(1, 31)}
    assert bill(cursor) == x.charged


def test_without_a_budget_the_channel_is_off(x):
    with pytest.raises(kit.TryLater, match="The channel is off: its budget is 0"):
        next(pull(account(x, budget=0), None, pause=0))
    with pytest.raises(kit.Unreachable, match="The channel is off"):
        channel().send(outbound(), account(x, budget=None))
    assert x.asked == []


def test_an_answer_stands_below_the_post_or_is_a_direct_message(x):
    x.post("@nordlyscykler Hej")
    sent = channel().send(outbound(), account(x))
    assert (sent.external_id, x.posts[-1]["referenced_posts"]) == ("1002", [{"type": "replied_to", "id": "1001"}])
    direct = channel().send(outbound("Privat", answers=f"dm:{KAROLINE}-{OWN}:7"), account(x))
    assert direct.external_id == f"dm:{KAROLINE}-{OWN}:1003"
    assert channel().send(outbound("Hej", answers=""), account(x)).external_id.startswith("dm:")


def test_a_lost_answer_is_looked_for_and_never_posted_twice(x):
    x.post("@nordlyscykler Hej")
    x.lose = {"POST"}
    assert channel().send(outbound("Kom & se"), account(x)).external_id == "1002"  # found below the post
    x.lose = {"POST", "GET"}
    with pytest.raises(kit.Uncertain):
        channel().send(outbound("Vi har åbent"), account(x))
    assert len([p for p in x.posts if p["author_id"] == OWN]) == 2
    assert channel().send(outbound("Vi har åbent"), account(x)).external_id == "1003"  # a duplicate: it was sent
    with pytest.raises(kit.Unreachable, match="does not take the same text twice"):
        channel().send(outbound("Vi har åbent", answers=x.post("@nordlyscykler Og du?")), account(x))
    x.lose = {"POST"}
    with pytest.raises(kit.Uncertain):
        channel().send(outbound("Privat", answers=""), account(x))
    x.lose = {"POST"}
    for _ in range(2):  # with a link X changes the text: lost, and then a duplicate
        with pytest.raises(kit.Uncertain):
            channel().send(outbound("Se https://nordlys.example"), account(x))
    assert len([p for p in x.posts if "https://" in p["text"]]) == 1


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        ((429, {"x-rate-limit-reset": "1"}, {"title": "Too Many Requests"}), kit.TryLater, "patience"),
        ((401, {}, {"title": "Unauthorized"}), kit.TryLater, "does not accept the keys"),
        ((402, {}, {"title": "CreditsDepleted"}), kit.TryLater, "credits"),
        ((503, {}, {"title": "Service Unavailable"}), kit.Uncertain, "broke off"),
        ((403, {}, {"detail": "You are not permitted to perform this action."}), kit.Unreachable, "not permitted"),
        ((200, {}, {"data": {}}), kit.Uncertain, "no number"),
    ],
    ids=["patience", "keys", "credits", "fault", "forbidden", "no number"],
)
def test_what_x_refuses(x, fault, error, says):
    x.post("@nordlyscykler Hej")
    x.faults = {"POST": [fault]}
    with pytest.raises(error, match=says) as caught:
        channel().send(outbound(), account(x))
    assert not any(secret in str(caught.value) for secret in KEYS.values())


def test_a_window_that_is_full_is_waited_for(x):
    later = str(int(datetime.now(UTC).timestamp()) + 300)
    x.faults = {"GET": [(429, {"x-rate-limit-reset": later}, {}), (429, {}, {}), (503, {}, {})]}
    afters = []
    for _ in range(3):
        with pytest.raises(kit.TryLater) as caught:
            next(pull(account(x), None, pause=0))
        afters.append(caught.value.after)
    assert 290 < afters[0] <= 300
    assert afters[1:] == [900.0, None]


@pytest.mark.parametrize(("text", "ok"), [("x" * 280, True), ("x" * 281, False), ("字" * 140, True), ("字" * 141, False)])
def test_the_length_of_a_post_on_both_sides_of_the_border(x, text, ok):
    x.post("@nordlyscykler Hej")
    if ok:
        assert channel().send(outbound(text), account(x)).external_id == "1002"
    else:
        with pytest.raises(kit.Unreachable, match=r"counts 28[12] characters at X, and a post takes 280"):
            channel().send(outbound(text), account(x))
        assert len(x.posts) == 1


def test_check_says_what_works_and_what_the_month_has_cost(x):
    month = datetime.now(UTC).strftime("%Y-%m")
    kept = {"meter": {"month": month, "mills": 1234, "day": "", "paid": []}}
    money, sign_in = channel().check(account(x, kept))
    assert (money.ok, money.detail) == (True, f"$1.23 of $10.00 spent in {month}")
    assert (sign_in.ok, sign_in.detail) == (True, "as @nordlyscykler")
    wrong = channel().check(account(x, consumer_secret="anden"))[1]
    assert (wrong.ok, "Copy all four keys" in wrong.remedy, "anden" in wrong.detail) == (False, True, False)
    assert channel().check(account(x, access_token="hej"))[1].detail == "the access token is none"
    assert channel().check(account(x, server="http://127.0.0.1:1"))[1].ok is False


def changed(kind: str, target="1001", *, own=False, emoji="❤️", **more) -> kit.Change:
    return kit.Change(
        id="c", kind=kind, to=kit.Handle(network="x", address=KAROLINE), target=target, own=own, public=True, emoji=emoji, **more
    )


def test_a_post_of_ours_is_deleted_and_twice_is_as_once(x):
    theirs = x.post("@nordlyscykler Hej")
    ours = channel().send(outbound(), account(x)).external_id
    for _ in range(2):
        assert channel().change(changed("delete", ours, own=True), account(x)) == kit.Sent(external_id="")
    assert [p["id"] for p in x.posts] == [theirs]
    with pytest.raises(kit.Unreachable, match="Only posts of our own"):
        channel().change(changed("delete", theirs), account(x))
    with pytest.raises(kit.Unreachable, match="does not let this account"):
        channel().change(changed("delete", theirs, own=True), account(x))
    assert [p["id"] for p in x.posts] == [theirs]


def test_a_heart_is_given_and_taken_back(x):
    x.post("@nordlyscykler Hej")
    for _ in range(2):
        channel().change(changed("react"), account(x))
    assert x.liked == {"1001"}
    for _ in range(2):
        channel().change(changed("unreact", emoji="❤"), account(x))
    assert x.liked == set()
    assert list(channel().capabilities.signs) == ["❤️"]
    with pytest.raises(kit.Unreachable, match="one sign: a heart"):
        channel().change(changed("react", emoji="👍"), account(x))
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(changed("react", "9"), account(x))
    x.enterprise = False
    with pytest.raises(kit.Unreachable, match="only under a contract"):
        channel().change(changed("react"), account(x))
    assert x.liked == set()


@pytest.mark.parametrize(("kind", "cost"), [("delete", 10), ("react", 15), ("unreact", 10)])
def test_a_change_costs_and_is_made_within_the_budget_alone(x, kind, cost):
    ours = x.post("Hej", by=OWN)
    month, day = datetime.now(UTC).strftime("%Y-%m"), datetime.now(UTC).date().isoformat()
    for left, fits in ((cost, True), (cost - 1, False)):
        kept = {"meter": {"month": month, "mills": 1000 - left, "day": day, "paid": []}}
        if fits:
            channel().change(changed(kind, ours, own=True), account(x, kept, budget=1))
            continue
        before = list(x.asked)
        with pytest.raises(kit.Unreachable, match=r"costs \$0.0[12], and \$0.0[01]"):
            channel().change(changed(kind, ours, own=True), account(x, kept, budget=1))
        assert x.asked == before
    with pytest.raises(kit.Unreachable, match="The channel is off"):
        channel().change(changed(kind, ours, own=True), account(x, budget=0))


def test_what_x_has_no_change_for_is_refused_and_what_may_pass_is_tried_later(x):
    for kind, target in (
        ("edit", "1001"),
        ("read", "1001"),
        ("delete", f"dm:{KAROLINE}-{OWN}:7"),
        ("react", f"dm:{KAROLINE}-{OWN}:7"),
    ):
        with pytest.raises(kit.Unreachable, match="nothing else be changed"):
            channel().change(changed(kind, target, own=True, text="x"), account(x))
    assert x.asked == []
    x.post("@nordlyscykler Hej")
    for fault, error in ((429, kit.TryLater), (503, kit.TryLater), (401, kit.SignInAgain), (400, kit.Unreachable)):
        x.faults = {"POST": [(fault, {}, {"detail": "No"})]}
        with pytest.raises(error):
            channel().change(changed("react"), account(x))
    x.lose = {"POST"}
    with pytest.raises(kit.TryLater):
        channel().change(changed("react"), account(x))
    channel().change(changed("react"), account(x))
    assert x.liked == {"1001"}


def posted(media: list[dict]) -> kit.Envelope:
    post = {"id": "1", "author_id": KAROLINE, "text": "Se", "created_at": "2026-11-20T09:15:00.000Z"}
    keys = [m["media_key"] for m in media]
    said = {"post": {**post, "attachments": {"media_keys": keys}}, "users": [], "media": media}
    return kit.Envelope(external_id="post:1", payload=json.dumps(said).encode())


def test_pictures_and_films_are_fetched_with_their_words(x):
    picture = {"media_key": "3_1", "type": "photo", "alt_text": "En stang", "url": x.file("a.png", "image/png", b"PNG")}
    film = x.file("b.mp4", "video/mp4", b"MP4")
    variants = [{"content_type": "video/mp4", "bit_rate": 1, "url": f"{x.address}/files/small.mp4"},
                {"content_type": "video/mp4", "bit_rate": 9, "url": film}]  # fmt: skip
    envelope = posted([picture, {"media_key": "7_2", "type": "video", "variants": variants}])
    [message] = channel().understand(envelope, account(x))
    assert message.text == "Se"
    assert [(a.part, a.name, a.content_type, a.alt, a.remote) for a in message.attachments] == [
        ("3_1", "photo.png", "image/png", "En stang", True),
        ("7_2", "video.mp4", "video/mp4", "", True),
    ]
    assert [channel().fetch_file(a.part, envelope, account(x)) for a in message.attachments] == [b"PNG", b"MP4"]


def test_what_lies_elsewhere_is_named_and_never_asked(x):
    x.file("page", "text/html", b"<p>")
    elsewhere = {"media_key": "3_1", "type": "photo", "alt_text": "Et brev", "url": "https://ton.twitter.com/dm/1/a.jpg"}
    page = {"media_key": "3_2", "type": "photo", "url": f"{x.address}/files/page"}
    envelope = posted([elsewhere, page, {"media_key": "3_3", "type": "photo", "url": f"{x.address}/files/gone"}])
    [message] = channel().understand(envelope, account(x))
    assert (message.text, [a.part for a in message.attachments]) == ("Se\n[photo: Et brev]", ["3_2", "3_3"])
    for part, says in (
        ("3_1", "no such picture"),
        ("3_9", "no such picture"),
        ("3_2", "sent text/html"),
        ("3_3", "not there any more"),
    ):
        with pytest.raises(kit.Unreachable, match=says):
            channel().fetch_file(part, envelope, account(x))


@pytest.mark.django_db
def test_the_whole_way(x, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="x_com", name="X", config={**KEYS, "server": x.address, "budget": 5, "direct_messages": True}, own=[])
    x.post("@nordlyscykler Mit batteri er fladt")
    _fetch(row)
    handle = Handle.objects.get(network="x", address=KAROLINE)
    assert (str(handle), Consumer.objects.get().name) == ("@karolinevang", "Karoline Vang")
    write(conversation=Conversation.objects.get().pk, by=mette, text="Det klarer vi", at=now())
    while send_due(at=now()):
        pass
    reply = Reply.objects.get()
    assert (reply.state, reply.external_id) == ("accepted", "1002")
    _fetch(row)  # our own answer comes back, and is not another message
    _fetch(row)
    assert [(p["author_id"], p["text"]) for p in x.posts[1:]] == [(OWN, "@karolinevang Det klarer vi")]
    assert list(Interaction.objects.order_by("at").values_list("outgoing", flat=True)).count(True) == 1
    assert Conversation.objects.count() == 1
    view = account_view(Account.objects.get(pk=row.pk))
    assert bill(view.cursor) == x.charged
    assert channel().check(view)[0].detail.startswith("$0.04 of $5.00")


def _fetch(row) -> None:
    row.refresh_from_db()
    for batch in pull(account_view(row), row.cursor, pause=0):
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        if not batch.envelopes:
            break
    while understand_waiting(at=now()):
        pass
