"""The three channels of Meta against a stand-in for its Graph API: sent, refused in words, patient, and what they try for real."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from samspil import kit
from samspil.base import registry
from samspil.channels._meta import graph as graph_module
from samspil.channels.facebook import send as facebook
from samspil.channels.instagram import send as instagram
from samspil.channels.whatsapp import send as whatsapp
from tests.channels.meta.graph_api import LOST, PAGE, PHONE, TOKEN, refusal

KAROLINE, BSUID, PSID = "4520304050", "DK.13491208655302741918", "7654321098765432"
COMMENT, IG_COMMENT = "122100000000000001_455500000000001", "17865799348089039"
NOW = datetime(2026, 6, 8, 12, 0, tzinfo=UTC)


def account(config, **more) -> kit.Account:
    return kit.Account(id="a", name="Meta", config={**config, **more}, key=bytes(32))


def outbound(
    to: str, text: str = "Det er set", *, answers: str = "", asked: datetime | None = None, private=False, **extra
) -> kit.Outbound:
    more = extra | ({"quoted_at": asked.isoformat()} if asked else {})
    handle = kit.Handle(network="n", address=to)
    return kit.Outbound(
        id="01997e2a-0000-7000-8000-000000000001",
        conversation="c",
        to=handle,
        text=text,
        in_reply_to=answers,
        private=private,
        extra=more,
    )


@pytest.fixture
def people(graph):
    """Everybody wrote a moment ago."""
    at = datetime.now(UTC)
    graph.wrote = dict.fromkeys((KAROLINE, BSUID, PSID), at)
    graph.comments = {COMMENT: at, IG_COMMENT: at}
    return graph


def test_whatsapp_sends_to_numbers_and_to_ids_each_in_its_own_field(people, config):
    sent = whatsapp.send(outbound("+4520304050", answers="wamid.THEIRS"), account(config))
    assert sent.external_id.startswith("wamid.")
    whatsapp.send(outbound(BSUID), account(config))
    common = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text"}
    common |= {
        "text": {"body": "Det er set", "preview_url": False},
        "biz_opaque_callback_data": "01997e2a-0000-7000-8000-000000000001",
    }
    assert people.sent == [
        (f"{PHONE}/messages", common | {"to": KAROLINE, "context": {"message_id": "wamid.THEIRS"}}),
        (f"{PHONE}/messages", common | {"recipient": BSUID}),
    ]
    assert people.nowhere == []


def file(name: str, content_type: str, size: int = 3) -> kit.File:
    return kit.File(name=name, content_type=content_type, size=size, open=lambda: BytesIO(b"ABC"))


@pytest.mark.parametrize(
    ("sent", "text", "shown"),
    [
        (file("a.jpg", "image/jpeg"), "Se", {"type": "image", "image": {"id": "media-1", "caption": "Se"}}),
        (file("a.mp3", "audio/mpeg"), "", {"type": "audio", "audio": {"id": "media-1"}}),
        (
            file("æ.pdf", "application/pdf"),
            "x" * 1024,
            {"type": "document", "document": {"id": "media-1", "caption": "x" * 1024, "filename": "æ.pdf"}},
        ),
        (
            file("big.png", "image/png", 5 * 1024**2 + 1),
            "",
            {"type": "document", "document": {"id": "media-1", "filename": "big.png"}},
        ),
    ],
    ids=["picture", "sound", "document", "large picture"],
)
def test_a_file_goes_up_and_is_shown_by_its_kind(people, config, sent, text, shown):
    whatsapp.send(replace(outbound(KAROLINE, text), files=[sent]), account(config))
    [(_, body)] = people.sent
    assert {n: body[n] for n in (body["type"], "type")} == shown
    assert "text" not in body
    assert people.files == [(sent.content_type, b"ABC")]


@pytest.mark.parametrize(
    ("sent", "text", "says"),
    [
        ([file("a.jpg", "image/jpeg")] * 2, "", "one file a message"),
        ([file("a.mp3", "audio/mpeg")], "Hør", "no text beside a sound"),
        ([file("a.jpg", "image/jpeg")], "x" * 1025, "at most 1024 characters beside a file"),
        ([file("a.iso", "application/x-iso", 100 * 1024**2 + 1)], "", "at most 100 MB"),
    ],
    ids=["two", "sound", "long", "large"],
)
def test_what_does_not_fit_in_one_message_is_refused_before(people, config, sent, text, says):
    with pytest.raises(kit.Unreachable, match=says):
        whatsapp.send(replace(outbound(KAROLINE, text), files=sent), account(config))
    assert people.calls == 0


@pytest.mark.parametrize("fault", [LOST, (200, {"success": True}), refusal(2, 500)], ids=["lost", "no id", "fault"])
def test_a_file_that_did_not_get_there_is_tried_again_for_nobody_saw_it(people, config, fault):
    people.faults = [fault]
    message = replace(outbound(KAROLINE, ""), files=[file("a.jpg", "image/jpeg")])
    with pytest.raises(kit.TryLater):
        whatsapp.send(message, account(config))
    assert people.sent == []
    whatsapp.send(message, account(config))
    assert len(people.sent) == 1


@pytest.mark.parametrize(
    ("age", "taken"), [(timedelta(hours=24), True), (timedelta(hours=24, seconds=1), False)], ids=["a day", "more"]
)
def test_after_a_day_whatsapp_takes_templates_alone(graph, config, age, taken):
    graph.now = NOW
    graph.wrote = {KAROLINE: NOW - age}
    if taken:
        whatsapp.send(outbound(KAROLINE), account(config))
    else:
        with pytest.raises(kit.Unreachable, match=r"More than 24 hours .* \(131047\)"):
            whatsapp.send(outbound(KAROLINE), account(config))
    assert len(graph.sent) == int(taken)
    template = kit.Chosen(name="hej", language="da")
    whatsapp.send(replace(outbound(KAROLINE), template=template), account(config))
    assert graph.sent[-1][1]["template"] == {"name": "hej", "language": {"code": "da", "policy": "deterministic"}}


@pytest.mark.parametrize(
    ("age", "human", "tag"),
    [
        (timedelta(hours=24), False, None),
        (timedelta(hours=24, seconds=1), True, "HUMAN_AGENT"),
        (timedelta(days=7), True, "HUMAN_AGENT"),
        (timedelta(hours=24, seconds=1), False, "refused"),
        (timedelta(days=7, seconds=1), True, "refused"),
    ],
    ids=["a day", "more than a day", "a week", "without the permission", "more than a week"],
)
@pytest.mark.parametrize("channel", [facebook, instagram], ids=["facebook", "instagram"])
def test_private_messages_within_metas_times(graph, config, channel, age, human, tag):
    graph.now = NOW
    graph.wrote = {PSID: NOW - age}
    message = outbound(PSID, asked=NOW - age)
    if tag == "refused":
        with pytest.raises(kit.Unreachable, match="ago"):
            channel.send(message, account(config, human_agent=human), NOW)
        assert graph.calls == 0
        return
    channel.send(message, account(config, human_agent=human), NOW)
    [(_, body)] = graph.sent
    assert body.get("tag") == tag
    assert body["messaging_type"] == ("MESSAGE_TAG" if tag else "RESPONSE")
    assert ("metadata" in body["message"]) == (channel is facebook)


@pytest.mark.parametrize("day", [26, 27])
def test_the_stand_in_refuses_other_tags_since_27_april_2026(graph, day):
    graph.now = datetime(2026, 4, day, tzinfo=UTC)
    graph.wrote = {PSID: graph.now - timedelta(days=2)}
    body = {"recipient": {"id": PSID}, "messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE", "message": {"text": "Hej"}}
    status, said = graph.answer("POST", f"/v23.0/{PAGE}/messages", {}, TOKEN, body)
    assert (status, said.get("error", {}).get("error_subcode")) == ((200, None) if day == 26 else (400, 1893061))


@pytest.mark.parametrize(
    ("channel", "comment", "path"),
    [(facebook, COMMENT, "comments"), (instagram, IG_COMMENT, "replies")],
    ids=["facebook", "instagram"],
)
def test_comments_are_answered_in_public_or_once_in_private(people, config, channel, comment, path):
    sent = channel.send(outbound(PSID, answers=comment, asked=NOW - timedelta(days=30)), account(config), NOW)
    assert people.sent == [(f"{comment}/{path}", {"message": "Det er set"})]
    assert sent.external_id
    channel.send(outbound(PSID, answers=comment, asked=NOW, private=True), account(config), NOW)
    assert people.sent[1][1]["recipient"] == {"comment_id": comment}
    with pytest.raises(kit.Unreachable, match=r"one private answer already \(10900\)"):
        channel.send(outbound(PSID, answers=comment, asked=NOW, private=True), account(config), NOW)
    assert len(people.sent) == 2


def some_files(*kinds: str) -> list[kit.File]:
    return [
        kit.File(name=f"fil{n}", content_type=kind, size=3, open=lambda n=n: BytesIO(b"ab%d" % n)) for n, kind in enumerate(kinds)
    ]


def test_files_go_up_and_are_shown_before_the_words(people, config):
    files = some_files("image/png", "application/pdf", "image/webp", "video/mp4")
    sent = facebook.send(replace(outbound(PSID), files=files), account(config))
    assert people.files == [("image", b"ab0"), ("file", b"ab1"), ("file", b"ab2"), ("video", b"ab3")]
    told = [body["message"] for _, body in people.sent]
    assert told == [
        {"attachment": {"type": "image", "payload": {"attachment_id": "18571"}}},
        {"attachment": {"type": "file", "payload": {"attachment_id": "18572"}}},
        {"attachment": {"type": "file", "payload": {"attachment_id": "18573"}}},
        {"attachment": {"type": "video", "payload": {"attachment_id": "18574"}}},
        {"text": "Det er set", "metadata": "01997e2a-0000-7000-8000-000000000001"},
    ]
    assert sent.external_id == "m_OUT4"
    facebook.send(replace(outbound(PSID, ""), files=files[:1]), account(config))
    assert people.sent[-1][1]["message"]["metadata"] == "01997e2a-0000-7000-8000-000000000001"


def test_files_of_messenger_that_do_not_fit_are_refused_before(people, config):
    large = [replace(some_files("image/png")[0], size=25_000_001)]
    for files, answers in ((large, ""), (some_files("image/png"), COMMENT)):
        with pytest.raises(kit.Unreachable):
            facebook.send(replace(outbound(PSID, answers=answers), files=files), account(config))
    assert (people.files, people.sent) == ([], [])


def test_files_of_instagram_are_fetched_by_meta_and_shown_before_the_words(people, config):
    url = "https://live.example/in/1/files/r/0/m"
    files = [replace(one, url=url) for one in some_files("image/png", "application/pdf", "video/mp4")]
    instagram.send(replace(outbound(PSID), files=files), account(config))
    assert [body["message"] for _, body in people.sent] == [
        *({"attachment": {"type": kind, "payload": {"url": url}}} for kind in ("image", "file", "video")),
        {"text": "Det er set"},
    ]


@pytest.mark.parametrize(
    ("more", "answers", "says"),
    [
        ({"url": ""}, "", "SAMSPIL_LIVE_URL"),
        ({"size": 8_000_001}, "", "at most 8 MB"),
        ({"content_type": "video/mp4", "size": 25_000_001}, "", "at most 25 MB"),
        ({"content_type": "image/webp"}, "", "does not take fil0"),
        ({}, IG_COMMENT, "go without files"),
    ],
)
def test_files_that_instagram_does_not_take_are_refused_before(people, config, more, answers, says):
    file = replace(some_files("image/png")[0], **{"url": "https://live.example/a", **more})
    with pytest.raises(kit.Unreachable, match=says):
        instagram.send(replace(outbound(PSID, answers=answers), files=[file]), account(config))
    assert people.sent == []


@pytest.mark.parametrize(("faults", "error", "sent"), [
    ([LOST], kit.TryLater, 0),
    ([(500, {})], kit.TryLater, 0),
    ([None, (500, {})], kit.TryLater, 0),
    ([None, LOST], kit.Uncertain, 1),
    ([None, None, (500, {})], kit.Uncertain, 1),
    ([None, None, refusal(10, 2018278)], kit.Uncertain, 1),
])  # fmt: skip
def test_what_has_gone_in_part_is_not_sent_again_by_itself(people, config, faults, error, sent):
    people.faults = list(faults)
    with pytest.raises(error):
        facebook.send(replace(outbound(PSID), files=some_files("image/png")), account(config))
    assert len(people.sent) == sent


@pytest.mark.parametrize(
    ("fault", "error", "says", "detail"),
    [
        (refusal(190, 401), kit.TryLater, "make a new one", 900),
        (refusal(4), kit.TryLater, "patience", 300),
        (refusal(80007, subcode=1), kit.TryLater, "limit of calls", 300),
        (refusal(80014), kit.TryLater, "patience", 300),
        (refusal(613), kit.TryLater, "patience", 300),
        (refusal(130429, 429), kit.TryLater, "a second", 5),
        (refusal(131056), kit.TryLater, "one in six seconds", None),
        (refusal(131048), kit.TryLater, "blocked or reported", 3600),
        (refusal(2, 500, is_transient=True), kit.TryLater, "Something", None),
        (refusal(131026), kit.Unreachable, "could not be delivered", False),
        (refusal(131062), kit.Unreachable, "phone number is hidden", False),
        (refusal(368), kit.Unreachable, "Business Support", False),
        (refusal(10), kit.Unreachable, "no permission", False),
        (refusal(139999, words=f"Strange {TOKEN}"), kit.Unreachable, r"Strange …", False),
        ((503, {"raw": "<html>Sorry</html>"}), kit.TryLater, "503", None),
        ((502, {"raw": "<html>Sorry</html>"}), kit.Uncertain, "may have been sent", None),
        ((429, {"raw": "slow down"}), kit.TryLater, "patience", 300),
        ((200, {"messages": []}), kit.Uncertain, "did not say which", None),
        ((200, {"raw": "ok"}), kit.Uncertain, "did not say which", None),
        ((404, {"raw": "gone"}), kit.Unreachable, "404", False),
        (LOST, kit.Uncertain, "127.0.0.1", None),
    ],
    ids=lambda v: str(v.get("error", {}).get("code", "")) if isinstance(v, dict) else None,
)
def test_what_meta_refuses_in_words_and_what_may_pass(people, config, fault, error, says, detail):
    people.faults = [fault]
    with pytest.raises(error, match=says) as caught:
        whatsapp.send(outbound(KAROLINE), account(config))
    assert getattr(caught.value, "after", getattr(caught.value, "permanent", None)) == detail
    assert TOKEN not in str(caught.value)
    assert len(people.sent) == (1 if fault == LOST else 0)


@pytest.mark.parametrize(
    ("fault", "says", "permanent"),
    [
        (refusal(100, subcode=2018001), "does not know this person", True),
        (refusal(10, subcode=2018278), "time for answers has passed", False),
        (refusal(551, subcode=1545041), "blocked you", False),
        (refusal(100, subcode=1893061), "closed this tag", False),
        (refusal(1404102), "community standards", False),
    ],
)
def test_what_messenger_refuses(people, config, fault, says, permanent):
    people.faults = [fault]
    with pytest.raises(kit.Unreachable, match=says) as caught:
        facebook.send(outbound(PSID), account(config))
    assert caught.value.permanent == permanent
    assert people.sent == []


def test_at_nine_tenths_of_an_allowance_we_stop_by_ourselves(people, config, monkeypatch):
    people.headers = {"x-app-usage": '{"call_count":89,"total_time":1,"total_cputime":1}'}
    whatsapp.send(outbound(KAROLINE), account(config))
    full = '{"type":"whatsapp","call_count":90,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":2}'
    people.headers = {"x-business-use-case-usage": f'{{"1":[{full}]}}'}
    whatsapp.send(outbound(KAROLINE), account(config))  # it was taken, and it says so: only the next one waits
    people.headers = {}
    with pytest.raises(kit.TryLater, match="nearly used up") as caught:
        whatsapp.send(outbound(KAROLINE), account(config))
    assert 100 < caught.value.after <= 120
    assert (len(people.sent), people.calls) == (2, 2)
    other = account(config, access_token="EAAanother")
    with pytest.raises(kit.TryLater, match="190"):  # another token does not rest, and gets as far as Meta
        whatsapp.send(outbound(KAROLINE), other)
    later = graph_module.time.monotonic() + 121
    monkeypatch.setattr(graph_module.time, "monotonic", lambda: later)
    whatsapp.send(outbound(KAROLINE), account(config))
    assert len(people.sent) == 3


@pytest.mark.parametrize("name", ["whatsapp", "facebook", "instagram"])
def test_check_says_what_works_and_what_to_do(graph, config, name):
    channel = registry.channel(name)

    def tried(**more) -> list[tuple[str, bool]]:
        found = channel.check(account(config, **more))
        assert all(c.ok or c.remedy for c in found)
        assert not any(TOKEN in c.detail or "0f1e2d3c" in c.detail for c in found)
        return [(c.name, c.ok) for c in found]

    names = [n for n, _ in tried()]
    assert [n for n, ok in tried() if not ok] == []
    assert {n for n, ok in tried(access_token="EAAdead") if not ok} == set(names)
    assert [n for n, ok in tried(server="http://127.0.0.1:1") if ok] == []
    graph.subscribed, graph.fields = [], []
    assert [n for n, ok in tried() if not ok] == ["receive"]
    if name == "instagram":
        return
    graph.scopes = ["pages_messaging"]
    assert [n for n, ok in tried() if not ok] == ["token", "receive"]
    assert [n for n, ok in tried(app_secret="") if not ok] == ["token", "receive"]


def test_a_number_that_is_not_connected_is_told(graph, config):
    graph.status = "FLAGGED"
    [number] = [c for c in registry.channel("whatsapp").check(account(config)) if c.name == "number"]
    assert (number.ok, number.detail) == (False, "+45 92 45 12 34 Havblik: FLAGGED, quality green")


def test_the_version_is_a_setting_and_an_odd_one_is_not_believed(people, config):
    whatsapp.send(outbound(KAROLINE), account(config, version="v25.0"))
    whatsapp.send(outbound(KAROLINE), account(config, version="../../x"))
    assert len(people.sent) == 2


def test_the_shared_package_is_no_channel():
    assert {"facebook", "instagram", "whatsapp"} <= set(registry.names())
    assert "_meta" not in registry.names()
    with pytest.raises(Exception, match="no channel is called"):
        registry.channel("_meta")
