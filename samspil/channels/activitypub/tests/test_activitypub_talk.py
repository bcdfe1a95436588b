"""What we say: answers, pages, keys, and what the settings make of what was typed."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from samspil.channels.activitypub import answers, signatures
from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.channel import ActivityPubChannel
from samspil.channels.activitypub.keys import from_multibase, is_signed, keys_of, multibase
from samspil.channels.activitypub.prepare import prepare
from samspil.channels.activitypub.settings import settings_of, valid_keys
from samspil.channels.activitypub.tests.peer import KAROLINE, US, Net, account, actor, private
from samspil.kit import Forged, Handle, Heard, NotUnderstood, Outbound, Request, TryLater, Unreachable
from samspil.kit.web import Answer

REPLY = "0197c1e0-0000-7000-8000-000000000001"
TO = Handle(network="mastodon", address="karoline@norrebro.example")


class Posted(list[tuple[str, dict[str, str], Any]]):
    """What was posted; ``say`` are the answers in turn, the last for all that follow."""

    say: Sequence[int] = (202,)

    def post(self, url: str, *, content: bytes, headers: dict[str, str], **_more: Any) -> Answer:
        self.append((url, headers, json.loads(content)))
        return Answer(status=self.say[min(len(self), len(self.say)) - 1], headers={"retry-after": "7"}, body=b"nej")


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> Posted:
    found = Posted()
    monkeypatch.setattr(answers, "post", found.post)
    return found


@pytest.fixture
def ours() -> ActivityPubChannel:
    net = Net()
    net.add(actor())
    return ActivityPubChannel(Actors(net.get))


def outbound(text: str = "Det klarer vi <i dag> https://firma.example/a?b=1&c=2.", **more: Any) -> Outbound:
    return Outbound(id=REPLY, conversation="c", to=TO, text=text, **{"in_reply_to": f"{KAROLINE}/statuses/1", **more})


def test_an_answer_is_the_same_note_at_every_try(posted: Posted, ours: ActivityPubChannel) -> None:
    first = ours.send(outbound(), account())
    ours.send(outbound(), account())
    (url, headers, activity), (_, _, again) = posted
    assert activity == again
    note = activity["object"]
    assert (url, first.external_id, first.public, first.kept) == (
        f"{KAROLINE}/inbox",
        f"{US}/notes/{REPLY}",
        False,
        {"note": note},
    )
    assert (note["to"], note["cc"], note["inReplyTo"]) == ([KAROLINE], [], f"{KAROLINE}/statuses/1")
    assert note["content"].endswith(
        'Det klarer vi &lt;i dag&gt; <a href="https://firma.example/a?b=1&amp;c=2" rel="nofollow noopener">'
        "https://firma.example/a?b=1&amp;c=2</a>.</p>"
    )
    assert note["content"].startswith(
        f'<p><span class="h-card"><a href="{KAROLINE}" class="u-url mention">@<span>karoline</span></a>'
    )
    request = Request(method="POST", url=url, headers=headers, body=json.dumps(activity, ensure_ascii=False).encode())
    found = signatures.signed(request)
    signatures.check_shape(found, request, datetime.now(UTC))
    key = settings_of(account()).keys[0]
    assert is_signed(key.private.public_key(), found.algorithm, found.signature, found.base)


@pytest.mark.parametrize(
    ("public", "setting", "cc", "inbox"),
    [
        (True, "", ["https://www.w3.org/ns/activitystreams#Public"], "https://norrebro.example/inbox"),
        (True, "direct", [], f"{KAROLINE}/inbox"),
        (False, "public", [], f"{KAROLINE}/inbox"),
    ],
)
def test_an_answer_is_no_more_public_than_the_message(
    posted: Posted, ours: ActivityPubChannel, setting: str, cc: list[str], inbox: str, *, public: bool
) -> None:
    sent = ours.send(outbound(public=public), account(visibility=setting))
    [(url, _, activity)] = posted
    assert (activity["cc"], activity["object"]["cc"], url, sent.public) == (cc, cc, inbox, bool(cc))


def test_an_answer_for_one_alone_goes_to_nobody_else(posted: Posted, ours: ActivityPubChannel) -> None:
    sent = ours.send(outbound(public=True, private=True), account())
    [(url, _, activity)] = posted
    assert (activity["cc"], activity["object"]["cc"], url, sent.public) == ([], [], f"{KAROLINE}/inbox", False)


def test_a_server_that_wants_the_newer_signature_gets_it(posted: Posted, ours: ActivityPubChannel) -> None:
    posted.say = (401, 202)
    ours.send(outbound(), account())
    assert ["signature-input" in headers for _, headers, _ in posted] == [False, True]


@pytest.mark.parametrize(("status", "permanent"), [(400, False), (401, False), (403, False), (404, True), (410, True)])
def test_who_refuses_cannot_be_reached(posted: Posted, ours: ActivityPubChannel, status: int, *, permanent: bool) -> None:
    posted.say = (status,)
    with pytest.raises(Unreachable) as caught:
        ours.send(outbound(), account())
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("status", [429, 500, 503])
def test_who_asks_for_patience_gets_it(posted: Posted, ours: ActivityPubChannel, status: int) -> None:
    posted.say = (status,)
    with pytest.raises(TryLater) as caught:
        ours.send(outbound(), account())
    assert caught.value.after == 7


def test_nobody_of_that_name(posted: Posted) -> None:
    with pytest.raises(Unreachable) as caught:
        ActivityPubChannel(Actors(Net().get)).send(outbound(), account())
    assert caught.value.permanent
    assert posted == []


def test_too_long_is_refused_before_anything_is_asked(posted: Posted, ours: ActivityPubChannel) -> None:
    with pytest.raises(Unreachable):
        ours.send(outbound("x" * 5001), account())
    assert posted == []


class Kept:
    """What the core would give back."""

    notes: Mapping[str, Mapping[str, Any]] = {}

    def sent(self, external_id: str) -> Mapping[str, Any] | None:
        return self.notes.get(external_id)

    def public(self, before: str, most: int) -> Sequence[Mapping[str, Any]]:
        del before
        return [one for one in self.notes.values() if one["note"]["cc"]][:most]

    def public_count(self) -> int:
        return len(self.public("", 100))

    def followers_count(self) -> int:
        return 3


def get(
    ours: ActivityPubChannel, url: str, kept: Kept | None = None, headers: Mapping[str, str] | None = None, **config: Any
) -> Heard | None:
    query = dict(parse_qsl(urlsplit(url).query))
    request = Request(method="GET", url=url, headers={"host": "firma.example", **(headers or {})}, body=b"", query=query)
    return ours.host(request, account(**config), kept or Kept())


def shown(*args: Any, **more: Any) -> Any:
    found = get(*args, **more)
    assert found is not None
    return json.loads(found.body)


def test_who_we_are(ours: ActivityPubChannel) -> None:
    finger = "https://firma.example/.well-known/webfinger?resource="
    assert shown(ours, f"{finger}acct:firma@firma.example")["links"][0]["href"] == f"{US}/actor"
    assert shown(ours, f"{finger}{US}/actor")["subject"] == "acct:Firma@firma.example"
    assert get(ours, f"{finger}acct:other@firma.example") is None
    assert get(ours, f"{finger}acct:firma@other.example") is None
    found = shown(ours, f"{US}/actor", display_name="Firma <A/S>", summary="A & B\nC")
    assert (found["name"], found["summary"], found["preferredUsername"]) == ("Firma <A/S>", "A &amp; B<br>C", "Firma")
    assert keys_of(found, f"{US}/actor").keys() == {f"{US}/actor#main-key"}
    assert "PRIVATE" not in json.dumps(found)
    assert shown(ours, f"{US}/followers")["totalItems"] == 3
    assert shown(ours, "https://firma.example/.well-known/nodeinfo")["links"][0]["href"] == f"{US}/nodeinfo/2.1"
    assert shown(ours, f"{US}/nodeinfo/2.1")["protocols"] == ["activitypub"]
    assert get(ours, f"{US}/else") is None
    assert get(ours, f"{US}/notes/1") is None


def signed_get(url: str, key_id: str = f"{KAROLINE}#main-key") -> dict[str, str]:
    return signatures.sign("GET", url, key=private(), key_id=key_id)


def test_our_notes(posted: Posted, ours: ActivityPubChannel) -> None:
    kept = Kept()
    sent = [ours.send(outbound(public=public), account()) for public in (True, False)]
    kept.notes = {sent[0].external_id: sent[0].kept}
    url = sent[0].external_id
    assert shown(ours, url, kept)["content"] == posted[0][2]["object"]["content"]
    assert shown(ours, f"{url}/create", kept)["object"]["id"] == url
    page = get(ours, url, kept, {"accept": "text/html"})
    assert page is not None
    assert b"&lt;i dag&gt;" in page.body
    assert shown(ours, f"{US}/outbox", kept)["totalItems"] == 1
    assert [item["object"]["id"] for item in shown(ours, f"{US}/outbox?page=true", kept)["orderedItems"]] == [url]
    # A direct note is there for its receiver alone.
    kept.notes = {url: sent[1].kept}
    assert get(ours, url, kept) is None
    assert get(ours, url, kept, {"accept": "text/html"}) is None
    assert shown(ours, url, kept, signed_get(url))["id"] == url
    assert shown(ours, f"{US}/outbox", kept)["totalItems"] == 0


def test_who_reads_must_sign_where_the_account_wants_it(ours: ActivityPubChannel) -> None:
    url = f"{US}/outbox"
    with pytest.raises(Forged):
        get(ours, url, require_signature=True)
    assert shown(ours, url, None, signed_get(url), require_signature=True)["totalItems"] == 0
    with pytest.raises(Forged):
        get(ours, url, None, signed_get(url), require_signature=True, blocked="norrebro.example")
    assert shown(ours, f"{US}/actor", require_signature=True)["id"] == f"{US}/actor"


def test_keys_are_made_once_and_renewed_on_request() -> None:
    first = prepare({"host": "https://Firma.example/", "username": "@Firma"})
    assert (first["host"], first["username"]) == ("firma.example", "Firma")
    assert prepare(first)["keys"] == first["keys"]
    at = datetime(2026, 3, 1, tzinfo=UTC)
    second = prepare({**first, "renew_key": True}, at)
    assert second["renew_key"] is False
    found = settings_of(account(keys=second["keys"]))
    assert [key.name for key in found.keys] == ["key-20260301000000", "main-key"]
    assert [key.name for key in valid_keys(found, at)] == ["key-20260301000000", "main-key"]
    assert [key.name for key in valid_keys(found, at + timedelta(days=8))] == ["key-20260301000000"]
    assert len(json.loads(prepare(second, at + timedelta(days=8))["keys"])) == 1


def test_while_a_key_is_renewed_both_are_shown(ours: ActivityPubChannel) -> None:
    renewed = prepare({**account().config, "renew_key": True})
    found = shown(ours, f"{US}/actor", keys=renewed["keys"])
    assert len(keys_of(found, f"{US}/actor")) == 2


def test_a_key_as_multikey() -> None:
    public = private().public_key()
    assert from_multibase(multibase(public)) == public
    # The example of Controlled Identifiers 1.0.
    assert from_multibase("z6MkmM42vxfqZQsv4ehtTjFFxQ4sQKS2w6WR7emozFAn5cxu") is not None
    assert [from_multibase(odd) for odd in ("", "z", "zz0", "m6Mk", "z" + "1" * 2000, "zæ")] == [None] * 6


@pytest.mark.parametrize(
    ("host", "username"),
    [("", "a"), ("firma.example", ""), ("firma.example/sti", "a"), ("firma.example", "a b"), ("a@b", "a"), ("[", "a")],
)
def test_what_cannot_be_a_name_is_refused(host: str, username: str) -> None:
    with pytest.raises(NotUnderstood):
        prepare({"host": host, "username": username})
