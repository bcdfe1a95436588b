"""A colleague is told in Mattermost and answers in the thread: over a real connection to a stand-in, and nothing is attributed wrongly."""

import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from samspil import kit
from samspil.base import registry
from samspil.base.clock import now
from samspil.channels.mattermost import tokens
from samspil.channels.mattermost.pull import pull
from samspil.conversation.actions import assign
from samspil.conversation.models import Conversation, Note
from samspil.elsewhere.actions import fetch_answer, mark_post, say_remark, send_notice, send_post, set_room
from samspil.elsewhere.models import Arrival, Notice, Seat
from samspil.elsewhere.rules import BURST
from samspil.intake.actions import connect
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Unit
from samspil.reply.actions import send_due
from samspil.reply.models import Reply
from samspil.reply.queries import files_of
from tests.channels.mattermost.server import BOT, Server, config_of, ident, server
from tests.journeys.elsewhere import arrives, begin, later, people, write_in_chat

pytestmark = pytest.mark.django_db
WORKSHOP = "Mine skivebremser hviner @all **nu** [se](https://evil.example)"
BO, JONAS, EVE, GUEST = ident("bo"), ident("jonas"), ident("eve"), ident("guest")
HOOK = "https://live.example/in/1/"


@pytest.fixture(autouse=True)
def _from_the_beginning():
    begin()


@pytest.fixture
def mattermost() -> Iterator[Server]:
    with server() as at:
        at.person(BO, "bo@brand.test")
        at.person(JONAS, "jonas@brand.test")
        at.person(EVE, "eve@brand.test", username="bo.holm")
        at.person(GUEST, "guest@brand.test", roles="system_guest")
        yield at


@pytest.fixture
def house(mattermost: Server):
    """Bo in the workshop, Jonas, Mette who administers; Mattermost and a web chat in which Karla has written, and Bo has it."""
    names = people()
    teller = connect(channel="mattermost", name="Mattermost", config=config_of(mattermost, buttons=HOOK))
    chat = connect(channel="webchat", name="Chat", config={"origins": "*"})
    write_in_chat(chat, WORKSHOP)
    conversation = Conversation.objects.get()
    assign(conversations=[conversation.pk], to=names["bo"], by=names["mette"], at=now())
    return SimpleNamespace(**names, teller=teller, chat=chat, conversation=conversation, key=bytes(teller.key))


class Listening:
    """The runner's work: batches as they come, each kept before the next is asked for."""

    def __init__(self, house: Any, cursor: Any = None) -> None:
        self._house, self._batches = house, pull(account_view(house.teller), cursor)
        self.take()

    def take(self) -> None:
        batch = next(self._batches)
        self.cursor = batch.cursor
        if batch.envelopes:
            arrives(self._house.teller, *batch.envelopes)
        later()

    def end(self) -> None:
        self._batches.close()


def told(mattermost: Server) -> dict[str, Any]:
    """Bo has been told in Mattermost: the post that he can answer."""
    later()
    assert send_notice(at=now() + BURST) is not None
    return next(post for post in reversed(mattermost.posts.values()) if post["user_id"] == BOT)


def replies() -> list[tuple[str, str]]:
    return list(Reply.objects.order_by("written_at").values_list("colleague__name", "text"))


def verdicts() -> list[tuple[str, str]]:
    return list(Arrival.objects.order_by("at", "external_id").values_list("verdict", "why"))


def test_the_notice_says_who_wrote_what_and_calls_nobody(house, mattermost):
    post = told(mattermost)
    assert "Mine skivebremser hviner" in post["message"]
    assert "Svar i tråden" in post["message"]
    assert "@all" not in post["message"]
    assert "https://evil.example" not in post["message"]
    assert [a["name"] for a in post["props"]["attachments"][0]["actions"]] == ["Færdig", "Ikke mig"]
    notice = Notice.objects.get(colleague=house.bo)
    assert (notice.state, notice.place, notice.account) == ("sent", post["id"], house.teller)
    assert list(Seat.objects.values_list("colleague", "network", "scope", "address")) == [
        (house.bo.pk, "mattermost", "127.0.0.1", BO)
    ]


def test_an_answer_in_the_thread_reaches_the_consumer_in_his_name(house, mattermost, client):
    listening = Listening(house)
    post = told(mattermost)
    mattermost.write(BO, post["channel_id"], "Kom forbi **fredag**, så ser jeg på det.", root=post["id"])
    listening.take()
    listening.end()
    [reply] = Reply.objects.all()
    assert (reply.colleague, reply.text, reply.account) == (house.bo, "Kom forbi fredag, så ser jeg på det.", house.chat)
    assert send_due(at=now() + timedelta(minutes=1)) == reply.pk
    out = Interaction.objects.get(outgoing=True)
    assert (out.text, out.colleague, out.handle.network) == (reply.text, house.bo, "webchat")
    client.force_login(house.jonas)
    assert "Via Mattermost" in client.get(reverse("conversation", args=[house.conversation.pk])).text


def test_what_he_answered_while_nobody_listened_is_one_answer(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    mattermost.write(BO, post["channel_id"], "Kom forbi", root=post["id"])
    listening.take()
    listening.end()
    mattermost.write(BO, post["channel_id"], "Og tag kvitteringen med", root=post["id"])
    for _ in range(2):
        Listening(house, listening.cursor).end()
    assert replies() == [("Bo Holm", "Kom forbi"), ("Bo Holm", "Og tag kvitteringen med")]
    assert verdicts() == [("answered", ""), ("answered", "")]


def press(house: Any, post: dict[str, Any], user: str, context: Any) -> None:
    """Mattermost's server calls us for a button."""
    channel = registry.channel("mattermost")
    assert isinstance(channel, kit.Hears)
    said = {"user_id": user, "post_id": post["id"], "channel_id": post["channel_id"], "type": "button", "context": context}
    asked = kit.Request(method="POST", url=HOOK, headers={}, body=json.dumps(said).encode())
    arrives(house.teller, *channel.hear(asked, account_view(house.teller)).envelopes)
    later()


def test_a_button_finishes_and_twice_is_once(house, mattermost):
    post = told(mattermost)
    done = post["props"]["attachments"][0]["actions"][0]["integration"]
    assert done["url"] == HOOK.rstrip("/")
    for _ in range(2):
        press(house, post, BO, done["context"])
    house.conversation.refresh_from_db()
    assert (house.conversation.status, replies(), verdicts()) == ("done", [], [("answered", "")])


def test_a_button_that_is_not_ours_or_not_his_leaves_no_trace(house, mattermost):
    post = told(mattermost)
    held = post["props"]["attachments"][0]["actions"][0]["integration"]["context"]
    notice = str(Notice.objects.get(colleague=house.bo).pk)
    for user, context in (
        (JONAS, held),
        (JONAS, held | {"user": JONAS}),
        (BO, held | {"word": "not_me"}),
        (BO, tokens.context(b"x" * 32, notice, "done", BO)),
        (BO, {}),
    ):
        with pytest.raises(kit.Forged):
            press(house, post, user, context)
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee, verdicts()) == ("open", house.bo, [])


def test_a_sign_is_a_command_of_his_and_of_nobody_elses(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    mattermost.react(JONAS, post["id"], "no_entry_sign")
    listening.take()
    mattermost.react(BO, post["id"], "eyes")
    listening.take()
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee) == ("open", house.bo)
    mattermost.react(BO, post["id"], "white_check_mark")
    listening.take()
    listening.end()
    house.conversation.refresh_from_db()
    assert (house.conversation.status, replies()) == ("done", [])
    assert verdicts() == [("dropped", "stranger"), ("dropped", "sign"), ("answered", "")]


def under(mattermost: Server, post: dict[str, Any]) -> list[str]:
    """All is said that waits to be: the words in the thread of this post."""
    while say_remark(at=now()):
        pass
    return [p["message"].split("\n")[0] for p in mattermost.posts.values() if p["user_id"] == BOT and p["root_id"] == post["id"]]


def test_what_he_changes_or_takes_back_while_it_waits_is_changed_and_he_is_told_each_time(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    answer = mattermost.write(BO, post["channel_id"], "Kom forbi fredag", root=post["id"])
    listening.take()
    [first] = under(mattermost, post)
    assert first.startswith("Det går til ")
    assert "ret eller slet din besked" in first
    mattermost.edit(answer, "Kom forbi lørdag")
    listening.take()
    assert replies() == [("Bo Holm", "Kom forbi lørdag")]
    mattermost.take_back(answer)
    listening.take()
    listening.end()
    assert [(r.text, r.state) for r in Reply.objects.all()] == [("Kom forbi lørdag", "cancelled")]
    assert send_due(at=now() + timedelta(minutes=1)) is None
    assert verdicts() == [("answered", ""), ("changed", "edited"), ("changed", "called_back")]
    assert under(mattermost, post)[1:] == ["Kaldt tilbage: det sendes ikke.", "Kaldt tilbage: det sendes ikke."]
    # What we say there is never heard as anybody's answer.
    Listening(house, {"since": 1}).end()
    assert Arrival.objects.count() == 3


def test_a_change_after_it_was_sent_is_too_late_and_says_where_to_correct_it(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    answer = mattermost.write(BO, post["channel_id"], "Kom forbi fredag", root=post["id"])
    listening.take()
    assert send_due(at=now() + timedelta(minutes=1)) is not None
    mattermost.edit(answer, "Kom forbi lørdag")
    listening.take()
    mattermost.take_back(answer)
    listening.take()
    listening.end()
    assert (replies(), verdicts()) == (
        [("Bo Holm", "Kom forbi fredag")],
        [("answered", ""), ("told", "too_late"), ("told", "too_late")],
    )
    said = under(mattermost, post)
    assert said[0].startswith("Sendt til ")
    assert said[1:] == ["For sent: det er sendt, som det var. Ret det i samtalen."] * 2


def test_files_go_with_the_answer_or_it_is_held(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    file = mattermost.keep(ident("file"), "kvittering.pdf", "application/pdf", b"%PDF-1.7 kvittering")
    page = mattermost.keep(ident("page"), "b.pdf", "application/pdf", b"<html>", headers={"content-type": "text/html"})
    for files in ([file], [file, page]):
        more: dict[str, Any] = {"file_ids": [f["id"] for f in files], "metadata": {"files": files}}
        mattermost.write(BO, post["channel_id"], "Her er den", root=post["id"], **more)
        listening.take()
        assert fetch_answer(at=now()) is not None
    listening.end()
    [reply] = Reply.objects.prefetch_related("files")
    assert [(f.name, f.open().read()) for f in files_of(reply)] == [("kvittering.pdf", b"%PDF-1.7 kvittering")]
    assert verdicts() == [("answered", ""), ("held", "files")]
    said = under(mattermost, post)
    assert said[0].startswith("Det går til ")
    assert said[1].startswith(
        "Intet blev sendt: det holdes tilbage, til en kollega afgør det. En fil kunne ikke hentes (Mattermost shows a page"
    )


def test_in_the_teams_room_the_first_takes_it_and_the_post_says_who(house, mattermost):
    team = mattermost.channel(ident("team"), "O", "vaerksted", {BOT, BO, JONAS})
    mattermost.channel(ident("fremmed"), "O", "fremmed", {BO})
    unit = Unit.objects.get(triage=True)
    for name in (ident("fremmed"), ident("nowhere"), "vaerksted", mattermost.direct(BOT, BO)["id"]):
        with pytest.raises(kit.Unreachable):
            set_room(unit=unit, account=house.teller.pk, name=name, by=house.mette, at=now())
    place = f"{mattermost.address}/nordlys/channels/vaerksted"
    assert set_room(unit=unit, account=house.teller.pk, name=place, by=house.mette, at=now()).place == team["id"]
    later()
    write_in_chat(house.chat, WORKSHOP, visitor="b" * 32)
    new = Conversation.objects.exclude(pk=house.conversation.pk)
    new.update(assignee=None, unit=unit)
    later()
    listening = Listening(house)
    assert send_post(at=now() + BURST)
    post = next(p for p in reversed(mattermost.posts.values()) if p["channel_id"] == team["id"])
    assert "Mine skivebremser hviner" in post["message"]
    assert "@all" not in post["message"]
    for user, text in ((EVE, "Send pengene"), (JONAS, "Kom forbi"), (BO, "Kom i morgen")):
        mattermost.write(user, team["id"], text, root=post["id"])
        listening.take()
    listening.end()
    assert (new.get().assignee, replies()) == (house.jonas, [("Jonas Holm", "Kom forbi")])
    assert verdicts() == [("held", "stranger"), ("answered", ""), ("held", "taken")]
    assert mark_post(at=now())
    assert post["message"].endswith("Taget af Jonas Holm.")
    assert "hviner" not in post["message"]
    said = under(mattermost, post)
    assert said[1].startswith("Jonas Holm har den. Det går til ")
    assert said[2].endswith("Jonas Holm har taget den allerede.")


def test_a_note_is_for_colleagues_only(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    mattermost.write(BO, post["channel_id"], "notat: hun har ringet to gange", root=post["id"])
    listening.take()
    listening.end()
    assert (replies(), [n.text for n in Note.objects.all()]) == ([], ["hun har ringet to gange"])


HOSTILE = [
    ("another colleague in the thread", {"user": JONAS}, ("held", "stranger")),
    ("a stranger with his name", {"user": EVE}, ("held", "stranger")),
    ("a guest", {"user": GUEST}, ("held", "stranger")),
    ("his id on a connected server", {"remote_id": ident("remote")}, ("held", "stranger")),
    ("no thread", {"root": ""}, ("refused", "signature")),
    ("his own thread", {"root": "own"}, ("refused", "signature")),
    ("our own echo", {"user": BOT}, None),
    ("a webhook that he made", {"props": {"from_webhook": "true"}}, None),
    ("a webhook with his name", {"user": EVE, "props": {"from_webhook": "true", "override_username": "bo"}}, None),
    ("another bot", {"props": {"from_bot": "true"}}, None),
    ("a plug-in in his name", {"props": {"from_plugin": "true"}}, None),
    ("an app in his name", {"props": {"from_oauth_app": "true"}}, None),
    ("the server itself", {"type": "system_join_channel"}, None),
    ("a file", {"file_ids": [ident("file")]}, ("fetching", "")),
    ("nothing but signs that are not seen", {"text": "\u200b\u202e"}, ("told", "empty")),
]


@pytest.mark.parametrize(("name", "more", "verdict"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_odd_and_hostile_posts(house, mattermost, name, more, verdict):
    listening = Listening(house)
    post = told(mattermost)
    given = {"user": BO, "text": "Send pengene", "root": post["id"], **more}
    if given["root"] == "own":
        given["root"] = mattermost.write(BO, post["channel_id"], "En tråd", tell=False)["id"]
    mattermost.write(given.pop("user"), post["channel_id"], given.pop("text"), root=given.pop("root"), **given)
    listening.take()
    listening.end()
    assert verdicts() == ([verdict] if verdict else []), name
    assert (replies(), Interaction.objects.filter(outgoing=False).count(), Handle.objects.count()) == ([], 1, 1)
    house.conversation.refresh_from_db()
    assert (house.conversation.status, house.conversation.assignee) == ("open", house.bo)


@pytest.mark.parametrize(
    "more", [{"roles": "system_guest"}, {"delete_at": 5}, {"is_bot": True}, {"remote_id": "another"}, {"email": ""}]
)
def test_who_is_no_full_member_is_told_nothing(house, mattermost, more):
    mattermost.people[BO] |= more
    later()
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, mattermost.posts, Seat.objects.count()) == ("failed", {}, 0)


def test_where_mail_addresses_are_not_verified_nobody_is_found_by_one(house, mattermost):
    mattermost.verifies = False
    later()
    send_notice(at=now() + BURST)
    [notice] = Notice.objects.all()
    assert (notice.state, mattermost.posts, Seat.objects.count()) == ("failed", {}, 0)
    assert "does not verify mail addresses" in notice.detail
    mattermost.people[BO]["email_verified"] = True
    Notice.objects.update(state="queued", send_at=now())
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, Seat.objects.count()) == ("sent", 1)


def test_the_server_asks_for_patience(house, mattermost):
    mattermost.limited.append("POST posts")
    later()
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, mattermost.posts) == ("queued", {})
    Notice.objects.update(send_at=now())
    send_notice(at=now() + BURST)
    assert (Notice.objects.get().state, len(mattermost.posts)) == ("sent", 1)


def test_who_writes_outside_of_a_thread_is_told_that_it_went_nowhere(house, mattermost):
    listening = Listening(house)
    post = told(mattermost)
    astray = mattermost.write(BO, post["channel_id"], "Kom forbi")
    listening.take()
    mattermost.write(BO, post["channel_id"], "I tråden", root=post["id"])
    listening.take()
    listening.end()
    ours = [(p["root_id"], p["message"][:30]) for p in mattermost.posts.values() if p["user_id"] == BOT][1:]
    assert ours == [(astray["id"], "Det her er ikke sendt til noge")]
    assert (replies(), verdicts()) == ([("Bo Holm", "I tråden")], [("refused", "signature"), ("answered", "")])
