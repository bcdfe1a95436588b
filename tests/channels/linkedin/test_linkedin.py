"""LinkedIn against a stand-in for its API: fetched without a gap, answered once, refused in words; and the whole way."""

import json

import pytest

from samspil import kit
from samspil.base.clock import now
from samspil.channels.linkedin.changes import REACTIONS as REACTIONS_OF
from samspil.channels.linkedin.channel import channel
from samspil.channels.linkedin.hear import signed
from samspil.channels.linkedin.pull import pull
from samspil.conversation.models import Conversation
from samspil.identity.models import Consumer
from samspil.intake.actions import connect, keep, understand_waiting
from samspil.intake.models import Handle, Interaction
from samspil.intake.queries import account_view
from samspil.organisation.models import Organisation
from samspil.reply.actions import send_due, write
from samspil.reply.models import Reply
from tests.channels.linkedin.linkedin_api import ACTIVITY, ANTON, KAROLINE, KEYS, OWN, POST, REACTIONS, VERSION, LinkedInApi
from tests.channels.stand_in import listening
from tests.journeys.conftest import mette, organisation  # noqa: F401 - fixtures


@pytest.fixture
def linkedin():
    with listening(LinkedInApi()) as api:
        yield api


def account(linkedin, **config) -> kit.Account:
    values = {**KEYS, "server": linkedin.address, "token_server": linkedin.address, **config}
    return kit.Account(id="a", name="LinkedIn", config=values, key=bytes(32))


def looked(linkedin, cursor=None, **config) -> tuple[list[kit.Event], dict]:
    """One look: what it brought, and the cursor after it."""
    found: list[kit.Envelope] = []
    for batch in pull(account(linkedin, **config), cursor, pause=0):
        found += batch.envelopes
        cursor = batch.cursor
        if not batch.envelopes:
            break
    return [e for one in found for e in channel().understand(one, account(linkedin))], cursor


def outbound(answers: str, text="Det er set", references=(), files=()) -> kit.Outbound:
    to = kit.Handle(network="linkedin", address=KAROLINE)
    return kit.Outbound(
        id="r", conversation="c", to=to, text=text, in_reply_to=answers, references=[*references, answers], files=files
    )


def test_comments_answers_and_edits_are_seen_exactly_once(linkedin):
    first = linkedin.comment("Flot cykel")
    linkedin.comment("Enig", by=ANTON, below=first)
    events, cursor = looked(linkedin)
    assert [(e.text, e.author.address, e.author.display, list(e.references), e.thread) for e in events] == [
        ("Flot cykel", KAROLINE, "Karoline Vang", [], first),
        ("Enig", ANTON, "", [first], first),
    ]
    assert looked(linkedin, cursor)[0] == []
    linkedin.edit(first, "Flot cykel!")
    linkedin.comment("Hvad koster den?", below=first)
    events, cursor = looked(linkedin, cursor)
    assert [(type(e).__name__, e.text) for e in events] == [("Edit", "Flot cykel!"), ("Message", "Hvad koster den?")]
    assert looked(linkedin, cursor)[0] == []


def test_however_many_came_meanwhile_nothing_is_left_out(linkedin):
    first = linkedin.comment("0")
    _, cursor = looked(linkedin)
    for n in range(1, 251):
        linkedin.comment(str(n))
        linkedin.comment(f"svar {n}", by=ANTON, below=first)
    events, cursor = looked(linkedin, cursor)
    assert sorted(e.text for e in events) == sorted(t for n in range(1, 251) for t in (str(n), f"svar {n}"))
    assert looked(linkedin, cursor)[0] == []


def test_where_names_are_not_told_comments_come_all_the_same(linkedin):
    linkedin.names = False
    linkedin.comment("Hej")
    linkedin.comment("Hej igen", by=ANTON)
    assert [(e.text, e.author.display) for e in looked(linkedin)[0]] == [("Hej", ""), ("Hej igen", "")]
    assert len([path for _, path in linkedin.asked if path.startswith("people")]) == 1


def test_an_answer_of_ours_from_elsewhere_is_seen_where_it_is_clear_whom_it_is_for(linkedin):
    first, second = linkedin.comment("Hej"), linkedin.comment("Og hej")
    linkedin.comment("Fra mobilen", by=OWN, below=first)
    linkedin.comment("Mig også", by=ANTON, below=second)
    linkedin.comment("Til en af jer", by=OWN, below=second)
    events, _ = looked(linkedin)
    assert [(e.text, [h.address for h in e.to]) for e in events if e.outgoing] == [("Fra mobilen", [KAROLINE])]


def test_an_answer_stands_below_the_comment_that_began_the_thread(linkedin):
    first = linkedin.comment("Hej")
    answer = linkedin.comment("Enig", by=ANTON, below=first)
    sent = channel().send(outbound(answer, references=[first]), account(linkedin))
    assert linkedin.comments[first][-1]["commentUrn"] == sent.external_id
    assert linkedin.comments[first][-1]["actor"] == OWN


def test_a_lost_answer_is_looked_for_and_never_posted_twice(linkedin):
    first = linkedin.comment("Hej")
    linkedin.lose = {"POST"}
    sent = channel().send(outbound(first), account(linkedin))
    assert linkedin.comments[first][0]["commentUrn"] == sent.external_id
    linkedin.lose = {"POST", "GET"}
    with pytest.raises(kit.Uncertain):
        channel().send(outbound(first, "Andet"), account(linkedin))
    assert channel().send(outbound(first, "Andet"), account(linkedin)).detail  # a duplicate: it was sent
    with pytest.raises(kit.Unreachable, match="the same text twice"):
        channel().send(outbound(linkedin.comment("Hej igen"), "Andet"), account(linkedin))
    linkedin.faults = {"POST": [(503, {})]}
    with pytest.raises(kit.Uncertain, match="broke off"):
        channel().send(outbound(first, "Tredje"), account(linkedin))
    assert len(linkedin.comments[first]) == 2


@pytest.mark.parametrize(
    ("fault", "error", "says", "after"),
    [
        ((429, {"retry-after": "17"}), kit.TryLater, "patience", 17),
        ((429, {}), kit.TryLater, "patience", 3600),
        ((401, {}), kit.TryLater, "access token", 60),
        ((426, {}), kit.TryLater, f"version {VERSION} any more", 3600),
        ((403, {}), kit.Unreachable, "may not comment for this page", None),
        ((400, {}), kit.Unreachable, "refuses it", None),
    ],
)
def test_what_linkedin_refuses(linkedin, fault, error, says, after):
    first = linkedin.comment("Hej")
    linkedin.faults = {"POST": [fault]}
    with pytest.raises(error, match=says) as caught:
        channel().send(outbound(first), account(linkedin))
    assert getattr(caught.value, "after", None) == after
    assert not any(KEYS[name] in str(caught.value) for name in ("client_secret", "refresh_token"))


def test_what_cannot_be_answered_is_said_in_words(linkedin):
    first = linkedin.comment("Hej")
    assert channel().send(outbound(first, "x" * 1250), account(linkedin)).external_id
    with pytest.raises(kit.Unreachable, match="has 1251 characters, and LinkedIn takes 1250"):
        channel().send(outbound(first, "x" * 1251), account(linkedin))
    with pytest.raises(kit.Unreachable, match="is not there any more"):
        channel().send(outbound(f"urn:li:comment:({ACTIVITY},1)"), account(linkedin))
    with pytest.raises(kit.Unreachable, match="only a comment"):
        channel().send(outbound(POST), account(linkedin))


def test_without_an_access_token_it_waits(linkedin):
    first = f"urn:li:comment:({ACTIVITY},1)"
    for call in (lambda a: next(pull(a, None, pause=0)), lambda a: channel().send(outbound(first), a)):
        with pytest.raises(kit.TryLater, match="a year old"):
            call(account(linkedin, refresh_token="gammel"))
    assert linkedin.asked == []


def test_check_says_what_works(linkedin):
    checks = channel().check(account(linkedin))
    assert [c.name for c in checks] == ["Version", "Sign-in", "Page"]
    assert [c.ok for c in checks[1:]] == [True, True]
    assert channel().check(account(linkedin, organization="nordlys"))[1].ok is False
    assert channel().check(account(linkedin, organization="5"))[1].name == "Page"
    assert channel().check(account(linkedin, refresh_token="x"))[1].ok is False


def changed(kind: str, target: str, *, own=True, **more) -> kit.Change:
    to = kit.Handle(network="linkedin", address=KAROLINE)
    return kit.Change(id="c", kind=kind, to=to, target=target, own=own, public=True, **more)


def test_a_comment_of_ours_is_given_other_words_and_deleted_and_twice_is_as_once(linkedin):
    first = linkedin.comment("Hej")
    sent = channel().send(outbound(first, "Tirsdag"), account(linkedin))
    for _ in range(2):
        assert channel().change(changed("edit", sent.external_id, text="Onsdag"), account(linkedin)) == kit.Sent(external_id="")
    assert [r["message"]["text"] for r in linkedin.comments[first]] == ["Onsdag"]
    for _ in range(2):
        channel().change(changed("delete", sent.external_id), account(linkedin))
    assert linkedin.comments[first] == []
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(changed("edit", sent.external_id, text="Torsdag"), account(linkedin))


def test_our_own_other_words_are_no_event_when_they_are_fetched(linkedin):
    first = linkedin.comment("Hej")
    sent = channel().send(outbound(first, "Tirsdag"), account(linkedin))
    events, cursor = looked(linkedin)
    assert [e.text for e in events] == ["Hej", "Tirsdag"]
    channel().change(changed("edit", sent.external_id, text="Onsdag"), account(linkedin))
    linkedin.comment("Og tak", below=first)  # so that what stands below is asked for
    events, cursor = looked(linkedin, cursor)
    assert [(type(e).__name__, e.text) for e in events] == [("Message", "Og tak")]


def test_a_reaction_is_given_and_another_takes_its_place(linkedin):
    first = linkedin.comment("Flot cykel")
    for sign, name in (("👍", "LIKE"), ("👍", "LIKE"), ("💡", "INTEREST")):
        channel().change(changed("react", first, own=False, emoji=sign), account(linkedin))
        assert linkedin.reactions == {first: name}
    for _ in range(2):
        channel().change(changed("unreact", first, own=False, emoji="💡"), account(linkedin))
    assert linkedin.reactions == {}
    assert {REACTIONS_OF[sign] for sign in channel().capabilities.signs} == REACTIONS
    with pytest.raises(kit.Unreachable, match="has these signs: 👍 👏 ❤️ 💡 🫶 😄"):
        channel().change(changed("react", first, own=False, emoji="🚲"), account(linkedin))
    with pytest.raises(kit.Unreachable, match="not there any more"):
        channel().change(changed("react", f"urn:li:comment:({ACTIVITY},1)", own=False, emoji="👍"), account(linkedin))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"own": False}, "of our own"),
        ({"kind": "delete", "own": False}, "of our own"),
        ({"kind": "read"}, "nothing else be changed"),
        ({"target": POST}, "nothing else be changed"),
        ({"text": "x" * 1251}, "has 1251 characters, and LinkedIn takes 1250"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_it_is_asked(linkedin, more, says):
    wrong = {"kind": "edit", "target": f"urn:li:comment:({ACTIVITY},1)", "text": "Ny", **more}
    with pytest.raises(kit.Unreachable, match=says):
        channel().change(changed(**wrong), account(linkedin))
    assert linkedin.asked == []


def test_what_linkedin_refuses_to_change(linkedin):
    first = linkedin.comment("Hej")
    ours = channel().send(outbound(first), account(linkedin)).external_id
    channel().change(changed("edit", ours, text="x" * 1250), account(linkedin))
    with pytest.raises(kit.Unreachable, match="may not do that for this page"):
        channel().change(changed("edit", first, text="Nej"), account(linkedin))
    for fault, error in (
        ((429, {}), kit.TryLater),
        ((503, {}), kit.TryLater),
        ((401, {}), kit.TryLater),
        ((400, {}), kit.Unreachable),
    ):
        linkedin.faults = {"POST": [fault], "DELETE": [fault]}
        for kind in ("edit", "delete"):
            with pytest.raises(error):
                channel().change(changed(kind, ours, text="Ny"), account(linkedin))
    linkedin.lose = {"POST"}
    with pytest.raises(kit.TryLater):
        channel().change(changed("edit", ours, text="Ny"), account(linkedin))
    assert linkedin.comments[first][0]["message"]["text"] == "Ny"


def test_a_picture_is_asked_for_where_it_lies_now(linkedin):
    linkedin.comment("Se")
    names = ["urn:li:image:C55", "urn:li:image:C56", "urn:li:image:C57", "urn:li:image:gone"]
    linkedin.comments[POST][0]["content"] = [{"type": "IMAGE", "entity": {"image": name}} for name in names] + [{"type": "VIDEO"}]
    linkedin.images = {
        names[0]: {"downloadUrl": linkedin.file("a", "image/png", b"PNG")},
        names[1]: {"downloadUrl": "https://media.licdn.com.ond.example/a"},
        names[2]: {"downloadUrl": linkedin.file("page", "text/html", b"<p>")},
    }
    batch = next(pull(account(linkedin), None, pause=0))
    [envelope] = batch.envelopes
    [message] = channel().understand(envelope, account(linkedin))
    assert message.text == "Se\n[picture]"
    assert [(a.part, a.name, a.remote) for a in message.attachments] == [
        (name, f"picture{n}.jpg", True) for n, name in enumerate(names, 1)
    ]
    assert channel().fetch_file(names[0], envelope, account(linkedin)) == b"PNG"
    for name, says in (
        (names[1], "from where nothing is fetched"),
        (names[2], "sent text/html"),
        (names[3], "does not give the picture"),
        ("urn:li:image:C99", "no such picture"),
    ):
        with pytest.raises(kit.Unreachable, match=says):
            channel().fetch_file(name, envelope, account(linkedin))


def heard(linkedin, urn: str, text: str) -> list[kit.Envelope]:
    note = {
        "notificationId": 1, "organizationalEntity": OWN, "action": "COMMENT", "sourcePost": POST, "generatedActivity": urn,
        "lastModifiedAt": 1795166101000, "decoratedGeneratedActivity": {"comment": {"owner": KAROLINE, "text": text}},
    }  # fmt: skip
    body = json.dumps({"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": [note]}).encode()
    headers = {"x-li-signature": signed(b"hmacsha256=" + body, KEYS["client_secret"])}
    return list(
        channel()
        .hear(kit.Request(method="POST", url="https://a.example", headers=headers, body=body), account(linkedin))
        .envelopes
    )


@pytest.mark.django_db
def test_the_whole_way(linkedin, organisation, mette):  # noqa: F811
    Organisation.objects.update(undo_seconds=0)
    config = {**KEYS, "server": linkedin.address, "token_server": linkedin.address}
    row = connect(channel="linkedin", name="LinkedIn", config=config, own=[])
    first = linkedin.comment("Flot cykel")
    keep(account=row.pk, envelopes=heard(linkedin, first, "Flot cykel"), cursor=None, at=now())  # the webhook comes first
    _fetch(row)
    assert Handle.objects.get(network="linkedin").address == KAROLINE
    assert Consumer.objects.count() == 1
    write(conversation=Conversation.objects.get().pk, by=mette, text="Tak, Karoline", at=now())
    while send_due(at=now()):
        pass
    assert Reply.objects.get().state == "accepted"
    _fetch(row)  # our own answer comes back, and is not another message
    _fetch(row)
    assert [(r["actor"], r["message"]["text"]) for r in linkedin.comments[first]] == [(OWN, "Tak, Karoline")]
    assert sorted(Interaction.objects.values_list("outgoing", "text")) == [(False, "Flot cykel"), (True, "Tak, Karoline")]
    assert Conversation.objects.count() == 1


def _fetch(row) -> None:
    row.refresh_from_db()
    for batch in pull(account_view(row), row.cursor, pause=0):
        keep(account=row.pk, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
        if not batch.envelopes:
            break
    while understand_waiting(at=now()):
        pass
