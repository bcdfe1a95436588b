"""Slack's calls and ours, against a stand-in that speaks the documented contract over HTTP and WebSocket."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from samspil.channels.slack.api import call, person_of
from samspil.channels.slack.channel import channel
from samspil.channels.slack.files import fetch_file
from samspil.channels.slack.notify import place_of, post
from samspil.channels.slack.pull import address_of, pull
from samspil.channels.slack.settings import settings_of
from samspil.kit import Account, Batch, Forged, NotUnderstood, SignInAgain, TryLater, Uncertain, Unreachable
from tests.channels.slack.workspace import (
    APP_TOKEN,
    BOT,
    OTHER_TEAM,
    SECRET,
    TEAM,
    Workspace,
    config_of,
    event,
    pressed,
    request,
    said,
    workspace,
)


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with workspace() as found:
        found.person("U0BO", "bo@brand.test")
        yield found


def account(slack: Workspace, **more: Any) -> Account:
    return Account(id="1", name="Slack", config=config_of(slack, **more), key=b"k" * 32, own=frozenset({BOT}))


def heard(slack: Workspace, asked: Any) -> list[Any]:
    return [json.loads(one.payload) for one in channel().hear(asked, account(slack)).envelopes]


def test_a_call_is_kept_when_slack_signed_it(slack: Workspace) -> None:
    inner = event(said("U0BO", "Hej", thread="1795000001.000100"))
    assert heard(slack, request(inner)) == [inner]


def test_the_question_whether_we_are_there_is_answered(slack: Workspace) -> None:
    found = channel().hear(request({"type": "url_verification", "token": "x", "challenge": "3eZbrw1aB"}), account(slack))
    assert (found.body, found.content_type, list(found.envelopes)) == (b"3eZbrw1aB", "text/plain", [])


def test_who_did_not_sign_is_not_even_asked_whether_we_are_there(slack: Workspace) -> None:
    with pytest.raises(Forged):
        channel().hear(request({"type": "url_verification", "challenge": "x"}, secret="f" * 32), account(slack))


INNER = event(said("U0BO", "Hej", thread="1795000001.000100"))


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(lambda: request(INNER, secret="0" * 32), id="another secret"),
        pytest.param(lambda: request(INNER, at=time.time() - 301), id="six minutes old"),
        pytest.param(lambda: request(INNER, at=time.time() + 301), id="ahead of time"),
        pytest.param(lambda: request(INNER, **{"x-slack-signature": ""}), id="no signature"),
        pytest.param(lambda: request(INNER, **{"x-slack-signature": "v0=å"}), id="a signature that is none"),
        pytest.param(lambda: request(INNER, **{"x-slack-request-timestamp": ""}), id="no time"),
        pytest.param(lambda: request(INNER, **{"x-slack-request-timestamp": str(int(time.time()) + 1)}), id="another time"),
        pytest.param(lambda: request(INNER, **{"x-slack-request-timestamp": "-5"}), id="a time below zero"),
        pytest.param(lambda: request(INNER, **{"x-slack-request-timestamp": "9" * 40}), id="a time without end"),
        pytest.param(lambda: request(INNER | {"team_id": OTHER_TEAM}), id="another workspace"),
        pytest.param(lambda: request({k: v for k, v in INNER.items() if k != "team_id"}), id="no workspace"),
        pytest.param(
            lambda: request(pressed("U0BO", "x", place="D0BO", stamp="1.1", team=OTHER_TEAM), form=True), id="a button elsewhere"
        ),
    ],
)
def test_what_slack_did_not_say_is_refused(slack: Workspace, asked: Any) -> None:
    with pytest.raises(Forged):
        channel().hear(asked(), account(slack))


def test_a_body_that_was_changed_on_its_way_is_refused(slack: Workspace) -> None:
    asked = request(INNER)
    changed = type(asked)(method="POST", url=asked.url, headers=asked.headers, body=asked.body.replace(b"Hej", b"Nej"))
    with pytest.raises(Forged):
        channel().hear(changed, account(slack))


def test_without_a_signing_secret_nobody_calls(slack: Workspace) -> None:
    with pytest.raises(Forged):
        channel().hear(request(INNER, secret=""), account(slack, signing_secret=""))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'"x"'])
def test_a_body_without_form_is_refused_in_words(slack: Workspace, body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        channel().hear(request(body), account(slack))


def test_a_further_try_bears_the_same_name(slack: Workspace) -> None:
    first = channel().hear(request(INNER), account(slack)).envelopes[0]
    again = channel().hear(request(INNER, **{"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"}), account(slack))
    assert [one.external_id for one in again.envelopes] == [first.external_id] == ["Ev01"]


THREAD = "1795000001.000100"


@pytest.mark.parametrize(
    "inner",
    [
        pytest.param(said("U0BO", "x", thread=THREAD, bot_id="B1"), id="another program"),
        pytest.param(said(BOT, "x", thread=THREAD), id="our own echo"),
        pytest.param(said("U0BO", "x", thread=THREAD, subtype="bot_message"), id="an old program"),
        pytest.param(said("U0BO", "x", thread=THREAD, channel_type="channel", parent_user_id="U0EVA"), id="another's thread"),
        pytest.param(
            {k: v for k, v in said("U0BO", "x", thread="", channel_type="channel").items() if k != "thread_ts"},
            id="talk in a channel",
        ),
        pytest.param(
            {"type": "reaction_added", "user": "U0BO", "reaction": "x", "item_user": "U0EVA", "item": {"type": "message"}},
            id="a sign to another",
        ),
        pytest.param(
            {"type": "reaction_added", "user": BOT, "reaction": "x", "item_user": BOT, "item": {"type": "message"}},
            id="our own sign",
        ),
        pytest.param({"type": "team_join", "user": {"id": "U0EVA"}}, id="a newcomer"),
    ],
)
def test_what_colleagues_say_to_each_other_is_not_kept(slack: Workspace, inner: Any) -> None:
    assert heard(slack, request(event(inner))) == []


def test_somebody_who_is_no_full_member_is_told_nothing(slack: Workspace) -> None:
    people = {
        "U0GUEST": {"is_restricted": True},
        "U0ONE": {"is_ultra_restricted": True},
        "U0AWAY": {"team_id": OTHER_TEAM},
        "U0STRANGE": {"is_stranger": True},
        "U0LEFT": {"deleted": True},
        "U0BOT": {"is_bot": True},
    }
    for ident, more in people.items():
        slack.person(ident, f"{ident.lower()}@brand.test", **more)
        with pytest.raises(Unreachable) as found:
            place_of(settings_of(account(slack)), ident)
        assert found.value.permanent
    assert ("POST", "conversations.open") not in slack.asked


def test_a_name_that_is_no_id_is_asked_of_nobody(slack: Workspace) -> None:
    for one in ("bo", "U0BO/../x", "D0BO", "U0BO,U0EVA", "", "u0bo"):
        with pytest.raises(Unreachable):
            place_of(settings_of(account(slack)), one)
    assert slack.asked == []


def test_slack_asks_for_patience_and_says_how_much(slack: Workspace) -> None:
    slack.limited["chat.postMessage"] = 1
    settings = settings_of(account(slack))
    with pytest.raises(TryLater) as found:
        post(settings, "D0BO", ident="6b0ad4a1-0000-4000-8000-000000000001", words="Hej")
    assert (found.value.after, slack.posted) == (30.0, [])
    post(settings, "D0BO", ident="6b0ad4a1-0000-4000-8000-000000000001", words="Hej")
    assert [one["text"] for one in slack.posted] == ["Hej"]


def test_a_lost_answer_is_uncertain_and_the_same_again_is_one_message(slack: Workspace) -> None:
    settings, ident = settings_of(account(slack)), "6b0ad4a1-0000-4000-8000-000000000002"
    slack.lose.add("POST")
    with pytest.raises(Uncertain):
        post(settings, "D0BO", ident=ident, words="Hej")
    sent = post(settings, "D0BO", ident=ident, words="Hej")
    assert [f"{one['channel']}:{one['ts']}" for one in slack.posted] == [sent.external_id]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("invalid_auth", SignInAgain), ("token_revoked", SignInAgain), ("account_inactive", SignInAgain), ("ratelimited", TryLater),
        ("fatal_error", Uncertain), ("channel_not_found", Unreachable), ("missing_scope", Unreachable), ("is_archived", Unreachable),
    ],
)  # fmt: skip
def test_each_refusal_in_its_words(slack: Workspace, word: str, kind: type[Exception]) -> None:
    slack.errors["chat.postMessage"] = [word]
    with pytest.raises(kind):
        post(settings_of(account(slack)), "D0BO", ident="6b0ad4a1-0000-4000-8000-000000000003", words="Hej")


def test_a_fault_of_slack_s_is_tried_again(slack: Workspace) -> None:
    slack.faults["GET"] = [503]
    with pytest.raises(TryLater):
        person_of(settings_of(account(slack)), "U0BO")


def test_no_token_goes_into_an_address(slack: Workspace) -> None:
    call(settings_of(account(slack)), "conversations.open", {"users": "U0BO"})
    assert all("xoxb" not in path for _, path in slack.asked)


def stored(slack: Workspace, **more: Any) -> None:
    url = slack.file("kvittering.pdf", "application/pdf", b"%PDF-1.7 kvittering")
    slack.stored["F0KVIT"] = {
        "id": "F0KVIT",
        "size": 19,
        "mode": "hosted",
        "mimetype": "application/pdf",
        "url_private": url,
    } | more


@pytest.mark.parametrize(
    "more",
    [
        {"url_private": "https://evil.example/x"},
        {"url_private": "https://files.slack.com.evil.example/x"},
        {"url_private": "http://169.254.169.254/latest"},
        {"is_external": True},
        {"mode": "tombstone"},
        {"size": 30_000_000},
        {"url_private": ""},
    ],
)
def test_a_file_that_lies_elsewhere_is_not_fetched(slack: Workspace, more: dict[str, Any]) -> None:
    stored(slack, **more)
    with pytest.raises(Unreachable):
        fetch_file("F0KVIT", account(slack))


def test_a_file_is_fetched_signed_in_from_where_slack_says_it_lies(slack: Workspace) -> None:
    slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", b"%PDF-1.7 kvittering")
    assert fetch_file("F0KVIT", account(slack)) == b"%PDF-1.7 kvittering"


@pytest.mark.parametrize(
    ("status", "content", "headers", "words"),
    [
        (200, b"<html>Sign in</html>", {"content-type": "text/html; charset=utf-8"}, "signing in"),
        (302, b"", {"location": "https://evil.example/kvittering.pdf"}, "redirects"),
        (302, b"", {"location": "/api/files.info"}, "redirects"),
        (200, b"%PDF-1.7", {"content-type": "application/pdf"}, "8 bytes, and Slack says 19"),
        (404, b"", {}, "not there any more"),
        (403, b"", {}, "not there any more"),
    ],
)
def test_what_comes_in_place_of_a_file_is_none(
    slack: Workspace, status: int, content: bytes, headers: dict[str, str], words: str
) -> None:
    slack.keep("F0KVIT", "kvittering.pdf", "application/pdf", b"%PDF-1.7 kvittering")
    slack.kept["/files-pri/F0KVIT/kvittering.pdf"] = (status, content, headers)
    before = len(slack.asked)
    with pytest.raises(Unreachable, match=words):
        fetch_file("F0KVIT", account(slack))
    assert slack.asked[before:] == [("GET", "files.info"), ("GET", "/files-pri/F0KVIT/kvittering.pdf")]


def test_a_file_s_name_is_no_address(slack: Workspace) -> None:
    for one in ("../x", "F0/../..", "", "f0kvit", "U0BO"):
        with pytest.raises(Unreachable):
            fetch_file(one, account(slack))
    assert slack.asked == []


def batches(slack: Workspace, count: int, then: Any = None) -> list[Batch]:
    """The first batches with something in them."""
    found: list[Batch] = []
    listening = pull(account(slack, app_token=APP_TOKEN))
    for batch in listening:
        if batch.envelopes:
            found.append(batch)
            if then:
                then(batch)
            if len(found) == count:
                break
    listening.close()
    return found


def waits_for(what: Any) -> None:
    for _ in range(200):
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def test_socket_mode_brings_the_same_and_says_so_only_when_it_is_kept(slack: Workspace) -> None:
    ident = slack.push(INNER)
    listening = pull(account(slack, app_token=APP_TOKEN))
    first = next(batch for batch in listening if batch.envelopes)
    assert json.loads(first.envelopes[0].payload) == INNER
    time.sleep(0.1)
    assert (slack.acknowledged, list(slack.waiting)) == ([], [ident])
    second = threading.Thread(target=lambda: next(b for b in listening if b.envelopes), daemon=True)
    second.start()
    waits_for(lambda: slack.acknowledged == [ident])
    slack.push(event(said("U0BO", "Mere", thread=THREAD), ident="Ev02"))
    second.join(5)
    listening.close()


def test_what_was_not_kept_comes_again_with_the_same_name(slack: Workspace) -> None:
    slack.push(INNER)
    assert [b.envelopes[0].external_id for b in batches(slack, 1)] == ["Ev01"]
    assert [b.envelopes[0].external_id for b in batches(slack, 1)] == ["Ev01"]


def test_of_another_workspace_the_stream_brings_nothing(slack: Workspace) -> None:
    slack.push(INNER | {"team_id": OTHER_TEAM, "event_id": "EvX"})
    slack.push({"type": "nothing known"})
    slack.push(INNER)
    assert [b.envelopes[0].external_id for b in batches(slack, 1)] == ["Ev01"]
    assert INNER["team_id"] == TEAM


def test_the_stream_is_only_slack_s_own(slack: Workspace) -> None:
    slack.stream = "ws://10.0.0.1:9"
    with pytest.raises(TryLater, match="not its own"):
        address_of(settings_of(account(slack, app_token=APP_TOKEN)))


def test_a_stream_that_slack_closes_is_opened_again(slack: Workspace) -> None:
    slack.push(INNER)

    def close(_batch: Batch) -> None:
        for link in slack.links:
            link.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
        slack.push(event(said("U0BO", "Mere", thread=THREAD), ident="Ev02"))

    listening = pull(account(slack, app_token=APP_TOKEN))
    names = []
    for batch in listening:
        names += [one.external_id for one in batch.envelopes]
        if batch.envelopes and len(names) == 1:
            close(batch)
        if "Ev02" in names:
            break
    listening.close()
    assert sorted(set(names)) == ["Ev01", "Ev02"]
    assert slack.asked.count(("POST", "apps.connections.open")) == 2


def test_a_connection_that_breaks_is_the_runner_s_to_begin_again(slack: Workspace) -> None:
    slack.push(INNER)
    listening = pull(account(slack, app_token=APP_TOKEN))
    next(batch for batch in listening if batch.envelopes)
    for link in list(slack.links):
        link.close()
    with pytest.raises(TryLater, match="lost"):
        for _ in listening:
            pass


def test_the_check_says_what_is_missing(slack: Workspace) -> None:
    found = {one.name: one for one in channel().check(account(slack))}
    assert {name: one.ok for name, one in found.items()} == {
        "Sign-in": True, "Workspace": True, "Permissions": True, "Way in": True,
    }  # fmt: skip
    wrong = {one.name: one for one in channel().check(account(slack, team="T0WRONG", signing_secret=""))}
    assert (wrong["Workspace"].ok, wrong["Workspace"].detail) == (False, f"Nordlys ({TEAM})")
    assert (wrong["Way in"].ok, "xapp-" in wrong["Way in"].remedy) == (False, True)
    out = {one.name: one for one in channel().check(account(slack, bot_token="xoxb-9-9-wrong"))}
    assert (out["Sign-in"].ok, "xoxb-" in out["Sign-in"].remedy, SECRET in str(out)) == (False, True, False)
    socket = {one.name: one for one in channel().check(account(slack, app_token=APP_TOKEN))}
    assert socket["Way in"].detail == "Socket Mode: we fetch"
