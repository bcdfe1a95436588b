"""Telegram against a stand-in for its Bot API: fetched, confirmed only when it is on disk, answered, refused, patient; and the whole way."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.telegram.channel import channel
from samspil.channels.telegram.pull import pull
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Attachment, Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.telegram.bot_api import TOKEN, serve
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures

KAROLINE = {"id": 5512345678, "is_bot": False, "first_name": "Karoline", "username": "karolinev", "language_code": "da"}
PRIVATE = {"id": 5512345678, "first_name": "Karoline", "type": "private"}


@pytest.fixture
def bot():
    made, server = serve()
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield made
    server.shutdown()
    server.server_close()


def account(bot, **config) -> kit.Account:
    return kit.Account(id="a", name="Bot", config={"token": TOKEN, "server": bot.address, **config}, key=bytes(32))


def said(text: str, number: int = 12, **more) -> dict[str, object]:
    return {"message": {"message_id": number, "from": KAROLINE, "chat": PRIVATE, "date": 1764000000, "text": text, **more}}


def outbound(text: str = "Det er set", *, answers: str = "5512345678:12", to: str = "5512345678", files=()) -> kit.Outbound:
    handle = kit.Handle(network="telegram", address=to)
    return kit.Outbound(id="r", conversation="c", to=handle, text=text, in_reply_to=answers, files=files)


def file(name: str, content: bytes) -> kit.File:
    return kit.File(name=name, content_type="text/plain", size=len(content), open=lambda: BytesIO(content))


def test_an_update_is_confirmed_only_when_its_batch_is_on_disk(bot):
    bot.write(said("Hej"))
    bot.write(said("Er I der?", 13))
    batches = pull(account(bot), None, wait=0)
    batch = next(batches)
    assert [e.external_id for e in batch.envelopes] == ["101", "102"]
    assert (batch.cursor, bot.confirmed) == (103, [])
    bot.write(said("Hallo", 14))
    assert [e.external_id for e in next(batches).envelopes] == ["103"]
    assert bot.confirmed == [101, 102]
    assert [e.external_id for e in next(pull(account(bot), 103, wait=0)).envelopes] == ["103"]  # taken up where it was


def test_a_file_comes_along_and_one_that_is_gone_does_not_stop_the_message(bot):
    bot.files["big"] = b"\xff\xd8jpeg"
    bot.write(said("", photo=[{"file_id": "big", "width": 9}], caption="Se"))
    bot.write(said("", 13, document={"file_id": "gone", "file_name": "a.pdf"}))
    envelopes = next(pull(account(bot), None, wait=0)).envelopes
    [photo], [document] = (channel().understand(e, account(bot)) for e in envelopes)
    assert [(a.name, a.size) for a in photo.attachments] == [("photo.jpg", 6)]
    assert channel().attachment(envelopes[0], "big") == b"\xff\xd8jpeg"
    assert (document.text, list(document.attachments)) == ("[a.pdf]", [])


@pytest.mark.parametrize(
    ("config", "says"),
    [({"token": "990001:" + "B" * 35}, "does not accept the bot's token"), ({"server": "http://127.0.0.1:1"}, "refused")],
    ids=["wrong token", "no server"],
)
def test_what_may_pass_is_tried_later_and_the_token_is_in_no_word(bot, config, says):
    for call in (lambda a: next(pull(a, None, wait=0)), lambda a: channel().send(outbound(), a)):
        with pytest.raises(kit.TryLater, match=says) as caught:
            call(account(bot, **config))
        assert "B" * 35 not in str(caught.value)
        assert TOKEN not in str(caught.value)


def test_no_log_holds_the_token_that_is_in_every_address(bot, caplog):
    channel().check(account(bot))
    assert logging.getLogger().isEnabledFor(logging.INFO)
    assert TOKEN not in caplog.text


def test_an_answer_goes_to_the_chat_of_what_it_answers(bot):
    bot.chats = {"5512345678", "-1001"}
    assert channel().send(outbound(), account(bot)).external_id == "5512345678:101"
    assert channel().send(outbound(answers="-1001:70"), account(bot)).external_id == "-1001:102"
    channel().send(outbound(answers=""), account(bot))
    assert [what for _, what, _ in bot.sent] == [
        {
            "text": "Det er set",
            "chat_id": "5512345678",
            "reply_parameters": {"message_id": 12, "allow_sending_without_reply": True},
        },
        {"text": "Det er set", "chat_id": "-1001", "reply_parameters": {"message_id": 70, "allow_sending_without_reply": True}},
        {"text": "Det er set", "chat_id": "5512345678"},
    ]


def test_answers_are_offered_as_buttons_and_a_press_gives_the_message_its_sign(bot):
    bot.chats = {"5512345678"}
    asked = replace(
        outbound("Hvordan føles det?"), choices=[kit.Choice(sign="🙁", label="ikke godt"), kit.Choice(sign="🙂", label="godt")]
    )
    ident = channel().send(asked, account(bot)).external_id
    assert bot.sent[0][1]["reply_markup"] == {
        "inline_keyboard": [[{"text": "🙁", "callback_data": "🙁"}, {"text": "🙂", "callback_data": "🙂"}]]
    }
    message = {"message_id": int(ident.partition(":")[2]), "chat": PRIVATE, "date": 1764000000}
    bot.write({"callback_query": {"id": "7", "from": KAROLINE, "message": message, "data": "🙂", "chat_instance": "1"}})
    batches = pull(account(bot), None, wait=0)
    [envelope] = next(batches).envelopes
    assert bot.thanked == []  # the batch is not on disk yet
    at = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    [pressed] = channel().understand(replace(envelope, received_at=at), account(bot))
    assert pressed == kit.Reaction(
        external_id=envelope.external_id, target=ident, at=at, emoji="🙂", author=kit.Handle(
            network="telegram", address="5512345678", display="Karoline", name="@karolinev"
        ),
    )  # fmt: skip
    bot.write(said("Hej"))
    next(batches)
    assert bot.thanked == ["7"]


def test_files_and_text_go_in_one_call(bot):
    bot.chats = {"5512345678"}
    channel().send(outbound(files=[file("a.txt", b"A")]), account(bot))
    channel().send(outbound(files=[file("a.txt", b"A"), file("b.txt", b"B")]), account(bot))
    assert [(method, files) for method, _, files in bot.sent] == [
        ("sendDocument", {"document": b"A"}),
        ("sendMediaGroup", {"f0": b"A", "f1": b"B"}),
    ]
    assert bot.sent[0][1]["caption"] == "Det er set"


@pytest.mark.parametrize(
    ("text", "files", "says"),
    [
        ("x" * 4097, [], "at most 4096 characters"),
        ("\N{BICYCLE}" * 2049, [], "at most 4096 characters"),
        ("x" * 1025, [file("a", b"A")], "at most 1024 characters beside files"),
        ("x", [file("a", b"A")] * 11, "at most 10 files"),
    ],
    ids=["text", "emoji count twice", "caption", "files"],
)
def test_what_is_too_much_is_refused_before_it_is_sent(bot, text, files, says):
    bot.chats = {"5512345678"}
    with pytest.raises(kit.Unreachable, match=says):
        channel().send(outbound(text, files=files), account(bot))
    assert bot.sent == []
    channel().send(outbound("x" * 4096), account(bot))  # the other side of the border


@pytest.mark.parametrize(
    ("fault", "error", "detail"),
    [
        ((429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 17}}), kit.TryLater, 17),
        ((502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}), kit.TryLater, None),
        ((403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}), kit.Unreachable, True),
        ((400, {"ok": False, "error_code": 400, "description": "Bad Request: TOPIC_CLOSED"}), kit.Unreachable, False),
        ((200, {"ok": True, "result": True}), kit.Uncertain, None),
    ],
    ids=["patience", "fault", "blocked", "closed", "no number"],
)  # fmt: skip
def test_what_telegram_refuses(bot, fault, error, detail):
    bot.faults = [fault]
    with pytest.raises(error) as caught:
        channel().send(outbound(), account(bot))
    found = getattr(caught.value, "after", getattr(caught.value, "permanent", None))
    assert found == detail


def test_check_says_what_works_and_what_to_do(bot):
    assert [(c.name, c.ok) for c in channel().check(account(bot))] == [("sign in", True), ("receive", True), ("groups", True)]
    bot.webhook = "https://other.example/hook"
    assert [(c.name, c.ok, bool(c.remedy)) for c in channel().check(account(bot))][1] == ("receive", False, True)
    assert [(c.name, c.ok) for c in channel().check(account(bot, token="990001:" + "B" * 35))] == [("sign in", False)]
    assert [(c.name, c.ok) for c in channel().check(account(bot, token="hello"))] == [("token", False)]


def changed(target: str, kind: str, *, own: bool = True, **more) -> kit.Change:
    return kit.Change(id="c", kind=kind, to=kit.Handle(network="telegram", address="5512345678"), target=target, own=own, **more)


def test_other_words_and_taken_back_and_twice_is_as_once(bot):
    bot.chats = {"5512345678"}
    sent = channel().send(outbound("Tirsdag"), account(bot))
    edit = changed(sent.external_id, "edit", text="Onsdag")
    for _ in range(2):
        assert channel().change(edit, account(bot)) == kit.Sent(external_id="")
    assert bot.messages["5512345678", 101]["text"] == "Onsdag"
    for _ in range(2):
        channel().change(changed(sent.external_id, "delete"), account(bot))
    assert bot.messages == {}
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(edit, account(bot))


def test_the_words_beside_files_are_changed_where_they_stand_and_all_files_are_taken_back(bot):
    bot.chats = {"5512345678"}
    message = outbound("Her", files=[file("a.txt", b"A"), file("b.txt", b"B")])
    sent = channel().send(message, account(bot))
    assert (sent.external_id, sent.kept) == ("5512345678:101", {"messages": [101, 102]})
    edit = changed(sent.external_id, "edit", text="Her er de", sent=message, kept=sent.kept)
    assert channel().change(edit, account(bot)).kept == sent.kept
    assert [row["caption"] for row in bot.messages.values()] == ["", "Her er de"]
    with pytest.raises(kit.Unreachable, match="1024 characters beside files"):
        channel().change(changed(sent.external_id, "edit", text="x" * 1025, sent=message, kept=sent.kept), account(bot))
    channel().change(changed(sent.external_id, "delete", kept=sent.kept), account(bot))
    assert bot.messages == {}


def test_what_another_program_sent_with_a_file_is_changed_too(bot):
    bot.messages["5512345678", 7] = {"from": "us", "at": bot.now, "caption": "Gammel"}
    channel().change(changed("5512345678:7", "edit", text="Ny"), account(bot))
    assert bot.messages["5512345678", 7]["caption"] == "Ny"


def test_telegram_takes_a_message_back_for_48_hours(bot):
    bot.chats = {"5512345678"}
    assert channel().capabilities.delete_window == 48 * 3600
    first, second = (channel().send(outbound(text), account(bot)).external_id for text in ("Hej", "Hej igen"))
    bot.now += 48 * 3600 - 1
    channel().change(changed(first, "delete"), account(bot))
    bot.now += 1
    with pytest.raises(kit.Unreachable, match="after 48 hours"):
        channel().change(changed(second, "delete"), account(bot))
    assert list(bot.messages) == [("5512345678", 102)]


def test_one_sign_is_given_and_another_takes_its_place(bot):
    bot.write(said("Tak"))
    for sign in ("👍", "❤️", "❤"):
        channel().change(changed("5512345678:12", "react", own=False, emoji=sign), account(bot))
    assert bot.reactions == {("5512345678", 12): "❤"}
    for _ in range(2):
        channel().change(changed("5512345678:12", "unreact", own=False, emoji="❤"), account(bot))
    assert bot.reactions == {}
    with pytest.raises(kit.Unreachable, match="give this sign"):
        channel().change(changed("5512345678:12", "react", own=False, emoji="🚲"), account(bot))
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(changed("5512345678:13", "react", own=False, emoji="👍"), account(bot))
    assert {"👍", "❤", "🔥", "🎉", "😢", "👏"} <= set(channel().capabilities.signs)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (changed("5512345678:12", "edit", own=False, text="Nej"), "of our own"),
        (changed("5512345678:12", "delete", own=False), "of our own"),
        (changed("5512345678:12", "edit", text="x" * 4097), "at most 4096"),
        (changed("12", "edit", text="Hej"), "no message of Telegram's"),
        (changed("5512345678:12", "read", own=False), "does not let a bot"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_it_is_asked(bot, wrong, says):
    bot.write(said("Hej"))
    before = dict(bot.messages)
    with pytest.raises(kit.Unreachable, match=says):
        channel().change(wrong, account(bot))
    assert bot.messages == before


def test_a_change_that_may_pass_is_tried_later(bot):
    for fault, error in ((429, kit.TryLater), (502, kit.TryLater), (403, kit.Unreachable)):
        bot.faults = [(fault, {"ok": False, "error_code": fault, "description": "No"})]
        with pytest.raises(error):
            channel().change(changed("5512345678:12", "edit", text="Hej"), account(bot))
    with pytest.raises(kit.TryLater) as caught:
        channel().change(changed("5512345678:12", "delete"), account(bot, server="http://127.0.0.1:1"))
    assert TOKEN not in str(caught.value)


def test_that_we_write_is_shown_in_the_chat_of_what_is_answered(bot):
    bot.chats = {"5512345678", "-1001"}
    karoline = kit.Handle(network="telegram", address="5512345678")
    channel().typing(karoline, "-1001:70", account(bot))
    channel().typing(karoline, "", account(bot))
    assert bot.actions == [{"chat_id": "-1001", "action": "typing"}, {"chat_id": "5512345678", "action": "typing"}]
    with pytest.raises(kit.Unreachable, match="chat not found"):
        channel().typing(kit.Handle(network="telegram", address="9"), "", account(bot))


@pytest.mark.django_db
def test_the_whole_way(bot, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    row = connect(channel="telegram", name="Bot", config={"token": TOKEN, "server": bot.address}, own=[])
    bot.files["p"] = b"\x89PNG\r\n\x1a\n"
    bot.write(said("Mit batteri er fladt"))
    bot.write(said("", 13, photo=[{"file_id": "p", "width": 1}], caption="Se her"))
    batch = next(pull(account_view(row), None, wait=0))
    keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
    while understand_waiting(at=now()):
        pass
    consumer, conversation = Consumer.objects.get(), Conversation.objects.get()
    assert (consumer.name, conversation.messages) == ("Karoline", 2)
    assert str(Handle.objects.get(network="telegram")) == "@karolinev"
    assert Attachment.objects.get().size == 8
    write(conversation=conversation.pk, by=mette, text="Hej Karoline", at=now())
    while send_due(at=now()):
        pass
    assert Reply.objects.get().state == "accepted"
    assert [(what["chat_id"], what["text"]) for _, what, _ in bot.sent] == [("5512345678", "Hej Karoline")]
    assert Interaction.objects.filter(outgoing=True).get().external_id == "5512345678:103"
