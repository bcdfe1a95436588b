"""What is done to messages and comments of Meta's three channels afterwards, and their files, against the stand-in."""

from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from samspil import kit
from samspil.channels._meta import files
from samspil.channels.facebook.channel import channel as facebook
from samspil.channels.instagram.channel import channel as instagram
from samspil.channels.whatsapp.channel import channel as whatsapp
from samspil.kit.web import Answer
from tests.channels.meta.graph_api import INSTAGRAM, LOST, PAGE, PHONE, refusal

KAROLINE, PSID, COMMENT, IG_COMMENT = "4520304050", "7654321098765432", "122100_4555", "17865799348089039"


@pytest.fixture
def people(graph):
    at = datetime.now(UTC)
    graph.wrote = dict.fromkeys((KAROLINE, PSID), at)
    graph.comments = {COMMENT: at, IG_COMMENT: at}
    return graph


def account(config, **more) -> kit.Account:
    return kit.Account(id="a", name="Meta", config={**config, **more}, key=bytes(32))


def change(kind: str, target: str, to: str = PSID, **more: Any) -> kit.Change:
    return kit.Change(id="c", kind=kind, to=kit.Handle(network="n", address=to), target=target, **more)  # type: ignore[arg-type]


FACEBOOK = [
    (change("edit", COMMENT, text="Nu", own=True), (COMMENT, {"message": "Nu"})),
    (change("delete", COMMENT, own=True), (f"DELETE {COMMENT}", {})),
    (change("react", COMMENT, emoji="👍"), (f"{COMMENT}/likes", {})),
    (change("unreact", COMMENT, emoji="👍"), (f"DELETE {COMMENT}/likes", {})),
    (
        change("react", "m_IN", emoji="🎉"),
        (
            f"{PAGE}/messages",
            {"recipient": {"id": PSID}, "sender_action": "react", "payload": {"message_id": "m_IN", "reaction": "🎉"}},
        ),
    ),
    (
        change("unreact", "m_IN", emoji="🎉"),
        (f"{PAGE}/messages", {"recipient": {"id": PSID}, "sender_action": "unreact", "payload": {"message_id": "m_IN"}}),
    ),
    (change("read", "m_IN"), (f"{PAGE}/messages", {"recipient": {"id": PSID}, "sender_action": "mark_seen"})),
]
HEART = {"recipient": {"id": PSID}, "sender_action": "react", "payload": {"message_id": "aWdIN", "reaction": "love"}}
BODY = {"messaging_product": "whatsapp"}
REACTION = BODY | {"recipient_type": "individual", "to": KAROLINE, "type": "reaction"}


@pytest.mark.parametrize(("made", "sent"), FACEBOOK, ids=[f"{c.kind} {c.target}" for c, _ in FACEBOOK])
def test_on_facebook(people, config, made, sent):
    assert facebook().change(made, account(config)) == kit.Sent(external_id="")
    assert people.sent == [sent]


def test_on_instagram(people, config):
    ours = account(config)
    instagram().change(change("react", "aWdIN", emoji="❤️"), ours)
    instagram().change(change("delete", IG_COMMENT, own=True), ours)
    assert people.sent == [(f"{INSTAGRAM}/messages", HEART), (f"DELETE {IG_COMMENT}", {})]
    for made in (
        change("edit", IG_COMMENT, text="x", own=True),
        change("react", IG_COMMENT, emoji="❤️"),
        change("react", "aWdIN", emoji="👍"),
        change("edit", "aWdOUT", text="x", own=True),
        change("delete", "aWdOUT", own=True),
    ):
        with pytest.raises(kit.Unreachable):
            instagram().change(made, ours)
    assert len(people.sent) == 2


def test_on_whatsapp(people, config):
    ours = account(config)
    whatsapp().change(change("react", "wamid.IN", KAROLINE, emoji="👍"), ours)
    whatsapp().change(change("unreact", "wamid.IN", KAROLINE, emoji="👍"), ours)
    whatsapp().change(change("read", "wamid.IN", KAROLINE), ours)
    whatsapp().typing(kit.Handle(network="whatsapp", address=KAROLINE), "wamid.IN", ours)
    assert people.sent == [
        (f"{PHONE}/messages", REACTION | {"reaction": {"message_id": "wamid.IN", "emoji": "👍"}}),
        (f"{PHONE}/messages", REACTION | {"reaction": {"message_id": "wamid.IN", "emoji": ""}}),
        (f"{PHONE}/messages", BODY | {"status": "read", "message_id": "wamid.IN"}),
        (f"{PHONE}/messages", BODY | {"status": "read", "message_id": "wamid.IN", "typing_indicator": {"type": "text"}}),
    ]
    for kind in ("edit", "delete"):
        with pytest.raises(kit.Unreachable, match="neither changed nor taken back"):
            whatsapp().change(change(kind, "wamid.OUT", KAROLINE, own=True, text="x"), ours)
    # The sign that somebody writes would tell that it was read, where that is not wanted.
    with pytest.raises(kit.Unreachable):
        whatsapp().typing(kit.Handle(network="whatsapp", address=KAROLINE), "wamid.IN", account(config, tell_read=False))
    assert len(people.sent) == 4


def test_typing_is_shown_in_private_alone(people, config):
    to = kit.Handle(network="n", address=PSID)
    facebook().typing(to, "m_IN", account(config))
    instagram().typing(to, "aWdIN", account(config))
    assert [body["sender_action"] for _, body in people.sent] == ["typing_on"] * 2
    for made, answering in ((facebook(), COMMENT), (instagram(), IG_COMMENT)):
        with pytest.raises(kit.Unreachable):
            made.typing(to, answering, account(config))


@pytest.mark.parametrize("fault", [LOST, (200, {"raw": "?"}), refusal(2, 500)], ids=["lost", "odd", "fault"])
@pytest.mark.parametrize(
    ("made", "one"),
    [
        (facebook, change("edit", COMMENT, text="Nu", own=True)),
        (instagram, change("react", "aWdIN", emoji="❤️")),
        (whatsapp, change("react", "wamid.IN", KAROLINE, emoji="👍")),
    ],
    ids=["facebook", "instagram", "whatsapp"],
)
def test_what_was_lost_is_done_again(people, config, made, one, fault):
    people.faults = [fault]
    with pytest.raises((kit.TryLater, kit.NotUnderstood)):
        made().change(one, account(config))
    made().change(one, account(config))
    assert people.sent[-1] == people.sent[0]


def test_a_comment_that_is_gone_or_an_odd_sign_is_told(people, config):
    for one in (change("delete", "1_1", own=True), change("react", COMMENT, emoji="❤️"), change("read", COMMENT)):
        with pytest.raises(kit.Unreachable):
            facebook().change(one, account(config))
    with pytest.raises(kit.Unreachable, match="at most 2000"):
        facebook().change(change("edit", COMMENT, text="x" * 2001, own=True), account(config))
    assert people.sent == []


def test_a_file_on_whatsapp_is_fetched_with_the_token_and_held_against_its_digest(people, config):
    ours = account(config)
    people.contents = {"/file/1": b"billede"}
    about = {"url": f"{people.address}/file/1", "mime_type": "image/jpeg", "file_size": 7}
    envelope = kit.Envelope(external_id="e", payload=b"{}")
    for digest in (sha256(b"billede").hexdigest(), b64encode(sha256(b"billede").digest()).decode()):
        people.media = {"1234": about | {"sha256": digest}}
        assert whatsapp().fetch_file("1234", envelope, ours) == b"billede"
    for wrong, says in (
        ({"sha256": sha256(b"andet").hexdigest()}, "not the one"),
        ({"sha256": "?"}, "not the one"),
        ({"file_size": 25_000_001}, "at most"),
        ({"url": "https://ond.example/1"}, "from where nothing is fetched"),
        ({"url": None}, "no address"),
    ):
        people.media = {"1234": about | wrong}
        with pytest.raises(kit.Unreachable, match=says):
            whatsapp().fetch_file("1234", envelope, ours)
    for odd in ("9999", "../me", ""):
        with pytest.raises(kit.Unreachable):
            whatsapp().fetch_file(odd, envelope, ours)


def test_files_of_messenger_are_fetched_from_metas_hosts_alone(config, monkeypatch):
    asked: list[str] = []

    def get(url: str, **_given: Any) -> Answer:
        asked.append(url)
        return Answer(status=200, headers={}, body=b"x")

    monkeypatch.setattr(files, "load", get)
    good = "https://scontent.xx.fbcdn.net/v/1.jpg?oh=hemmelig"
    media = [
        ("image", good),
        ("image", "https://ond.example/1.jpg"),
        ("image", "http://x.fbcdn.net/1.jpg"),
        ("ig_reel", good),
        ("image", good),
    ]
    [made] = files.attachments(media)
    assert (made.name, made.content_type, made.remote, "hemmelig" in made.part) == ("1.jpg", "image/jpeg", True, False)
    deep: Any = good
    for _ in range(8):
        deep = {"a": [deep]}
    for payload, found in ((f'{{"entry": [{{"url": "{good}"}}]}}', True), ('{"entry": []}', False)):
        envelope = kit.Envelope(external_id="e", payload=payload.encode())
        if found:
            assert files.fetch_file(made.part, envelope, account(config)) == b"x"
            continue
        with pytest.raises(kit.Unreachable):
            files.fetch_file(made.part, envelope, account(config))
    assert asked == [good]
