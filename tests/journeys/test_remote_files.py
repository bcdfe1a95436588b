"""Files that lie on their network: fetched when the message is in the log, each ends as there or as gone, and nothing is kept of who is forgotten."""

import json
import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samspil import kit
from samspil.base import bell, blobs, registry, sql
from samspil.base.again import TRIES, UNTIL_SIGNED_IN, pause
from samspil.base.clock import now
from samspil.conversation.models import Conversation
from samspil.conversation.queries import thread
from samspil.intake.actions import configure, disconnect, fetch_due, keep, resume, understand_waiting
from samspil.intake.actions import pause as pause_account
from samspil.intake.models import Account, Attachment, Handle, Interaction
from samspil.kit.channel import LARGEST_FILE
from samspil.project import loops
from tests.journeys.remote import PNG, account_of, facts, fetch_all, receive, state, stored, the_account, the_folder, the_network  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_waits_is_fetched_and_open_pages_are_told(account, network, folder):
    receive(account, "a", alt="En cykel\x00 med flad slange")
    row = Attachment.objects.get()
    assert (row.state, row.account_id, row.alt, row.history, row.attempts) == (
        "waiting",
        account.pk,
        "En cykel med flad slange",
        False,
        0,
    )
    assert (stored(folder), facts(), network.asked) == ([], [], [])
    assert fetch_due(at=now()) == row.pk
    row.refresh_from_db()
    assert (row.state, row.why, row.error, row.fetch_at, row.claimed_at, row.attempts) == ("there", "", "", None, None, 1)
    assert (row.detected_type, row.size, blobs.read(row.digest).read()) == ("image/png", len(PNG), PNG)
    conversation = Conversation.objects.get()
    handle = Handle.objects.get()
    assert facts() == [{"conversation": str(conversation.pk), "interaction": str(row.interaction_id), "handle": str(handle.pk)}]
    assert [f.pk for f in thread(conversation)[0][0].attachments] == [row.pk]
    assert fetch_due(at=now() + timedelta(days=30)) is None
    assert network.asked == [("a", "Mastodon")]


def test_the_workers_loop_is_woken_when_a_message_is_written(account, network, monkeypatch):
    monkeypatch.setattr(loops, "SILENCE", 60.0)  # only the bell can wake it
    stop, listens = threading.Event(), threading.Event()
    real = loops.fetch_due

    def fetch(*, at: datetime) -> UUID | None:
        found = real(at=at)
        listens.set()
        return found

    monkeypatch.setattr(loops, "fetch_due", fetch)

    def loop() -> None:
        try:
            loops.files(stop)
        finally:
            connection.close()

    thread_of_loop = threading.Thread(target=loop, daemon=True)
    thread_of_loop.start()
    assert listens.wait(20)  # it has looked once, as after every reconnection
    receive(account, "a", "b")
    for _ in range(200):
        if not Attachment.objects.filter(state="waiting").exists():
            break
        threading.Event().wait(0.05)
    stop.set()
    bell.ring("files")
    thread_of_loop.join(10)
    assert (state("a"), state("b"), thread_of_loop.is_alive()) == (("there", "", ""), ("there", "", ""), False)


def test_what_a_file_says_it_is_is_not_believed(account, network):
    network.answers = {"a": [b"<html>"], "b": [b""]}
    receive(account, "a", "b")
    assert fetch_all() == 2
    assert list(Attachment.objects.order_by("part").values_list("state", "detected_type", "size", "content_type")) == [
        ("there", "", 6, "image/png"),
        ("there", "", 0, "image/png"),
    ]


@pytest.mark.parametrize(("size", "ends"), [(LARGEST_FILE, ("waiting", "", "")), (LARGEST_FILE + 1, ("gone", "too_large", ""))])
def test_what_says_that_it_is_too_large_is_not_asked_for(account, network, size, ends):
    receive(account, "a", size=size)
    assert state() == ends


@pytest.mark.parametrize(("size", "ends"), [(LARGEST_FILE, ("there", "", "")), (LARGEST_FILE + 1, ("gone", "too_large", ""))])
def test_what_turns_out_too_large_is_not_kept(account, network, folder, size, ends):
    network.answers = {"a": [b"x" * size]}
    receive(account, "a")
    fetch_all()
    assert (state(), len(stored(folder))) == (ends, int(ends[0] == "there"))


def test_who_cannot_fetch_says_so_and_what_is_inside_does_not_wait(organisation, network, monkeypatch):
    class Unable:
        def __getattr__(self, name):
            if name == "fetch_file":
                raise AttributeError
            return getattr(registry_channel, name)

        understand = staticmethod(network.understand)

    registry_channel = registry.channel("mastodon")
    account = account_of()
    able = registry.channel
    monkeypatch.setattr(registry, "channel", lambda name: Unable() if name == "mastodon" else able(name))
    receive(account, "a")
    receive(account, "b", ident="2", remote=False)
    assert (state("a"), state("b")) == (("gone", "unsupported", ""), ("", "", ""))


def test_a_place_that_is_too_long_is_never_cut_into_another(account):
    receive(account, "p" * 101)
    assert Attachment.objects.get().why == "unsupported"


def test_patience_grows_as_the_outbox_has_it_and_ends(account, network):
    network.answers = {"a": [kit.TryLater("busy")]}
    receive(account, "a")
    at, waits = now(), []
    for attempt in range(1, TRIES):
        assert fetch_due(at=at)
        row = Attachment.objects.get()
        assert (row.state, row.attempts, row.error, row.claimed_at) == ("waiting", attempt, "busy", None)
        waits.append(row.fetch_at - at)
        assert fetch_due(at=row.fetch_at - timedelta(seconds=1)) is None
        at = row.fetch_at
    assert [round(w.total_seconds()) for w in waits] == [round(pause(n, None).total_seconds()) for n in range(1, TRIES)]
    assert fetch_due(at=at)
    assert (state(), len(facts())) == (("gone", "gave_up", "busy"), 1)
    assert fetch_due(at=at + timedelta(days=9)) is None


def test_a_network_says_how_long_to_wait_or_that_it_is_gone(account, network):
    network.answers = {"a": [kit.TryLater("slowly", after=900)], "b": [kit.Unreachable("404 Not Found")]}
    receive(account, "a", "b")
    fetch_all()
    assert (state("a"), state("b")) == (("waiting", "", "slowly"), ("gone", "unreachable", "404 Not Found"))
    assert 890 < (Attachment.objects.get(part="a").fetch_at - now()).total_seconds() <= 900


def test_a_new_sign_in_is_waited_for_however_long_and_one_file_asks_for_all(account, network):
    network.answers = {"a": [kit.SignInAgain("expired")], "b": [kit.SignInAgain("expired")]}
    receive(account, "a", "b")
    at = now()
    for _ in range(TRIES + 3):
        assert fetch_all(at=at) == 1
        assert fetch_all(at=at + UNTIL_SIGNED_IN - timedelta(seconds=1)) == 0
        at += UNTIL_SIGNED_IN + timedelta(seconds=2)
    assert {state("a")[0], state("b")[0]} == {"waiting"}
    assert max(Attachment.objects.values_list("attempts", flat=True)) == 0
    account.refresh_from_db()
    assert (account.state, account.error) == ("broken", "expired")
    network.answers = {}
    assert fetch_all(at=at) == 2
    account.refresh_from_db()
    assert (state("a")[0], state("b")[0], account.state) == ("there", "there", "active")


def test_a_paused_account_is_not_asked_and_goes_on(account, network):
    receive(account, "a")
    pause_account(account=account.pk)
    assert (fetch_all(), network.asked, state()[0]) == (0, [], "waiting")
    resume(account=account.pk)
    assert (fetch_all(), state()[0]) == (1, "there")


def test_a_disconnected_account_has_no_files_to_come(account, network, folder):
    receive(account, "a", "b")
    network.meanwhile = lambda: disconnect(account=account.pk, by=None)
    fetch_all()
    assert (len(network.asked), state("a"), state("b")) == (1, ("gone", "disconnected", ""), ("gone", "disconnected", ""))
    assert stored(folder) == []


def test_with_a_new_sign_in_what_was_given_up_is_asked_for_again(account, network):
    receive(account, "a")
    disconnect(account=account.pk, by=None)
    assert (fetch_all(), state("a")) == (0, ("gone", "disconnected", ""))
    configure(account=account.pk, name="Mastodon", config={"server": "https://koral.example", "access_token": "ny"})
    assert (fetch_all(), state("a")[:2]) == (1, ("there", ""))


def test_what_was_written_as_the_account_closed_ends_too(account, network):
    receive(account, "a")
    Account.objects.update(state="closed")
    assert (fetch_all(), state(), network.asked) == (1, ("gone", "disconnected", ""), [])


def test_history_comes_behind_what_is_new(account, network):
    old = account_of("Arkiv", history=True)
    receive(old, "old", ident="0")
    receive(account, "new")
    assert fetch_all(at=now()) == 2
    assert network.asked == [("new", "Mastodon"), ("old", "Arkiv")]
    network.answers = {"older": [kit.SignInAgain("whose?")]}
    receive(old, "older", ident="00")
    fetch_all()
    assert state("older") == ("gone", "unreachable", "whose?")
    old.refresh_from_db()
    assert old.state == "active"


def test_a_full_disk_is_tried_again(account, network, folder, monkeypatch):
    receive(account, "a")
    real = blobs.keep
    monkeypatch.setattr(blobs, "keep", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    fetch_due(at=now())
    assert (state(), stored(folder)) == (("waiting", "", "OSError"), [])
    monkeypatch.setattr(blobs, "keep", real)
    assert (fetch_all(at=now() + timedelta(minutes=1)), state()) == (1, ("there", "", ""))


def test_a_channels_defect_is_told_without_its_words(account, network, caplog):
    network.answers = {"a": [ValueError("https://x.example/?token=secret")]}
    receive(account, "a")
    fetch_due(at=now())
    assert state() == ("waiting", "", "ValueError")
    assert "secret" not in caplog.text


def test_a_file_that_takes_its_process_with_it_is_given_up(account, network):
    receive(account, "a")
    Attachment.objects.update(attempts=TRIES)
    assert (fetch_all(), state(), network.asked) == (1, ("gone", "gave_up", ""), [])


@pytest.mark.parametrize("number", [1, 120])
def test_a_batch_and_a_fetch_take_the_same_number_of_statements(account, network, number):
    receive(account, "first", ident="0")
    fetch_all()
    payloads = [
        kit.Envelope(
            external_id=f"m{n}",
            payload=json.dumps({"id": f"m{n}", "by": "bo@b.example", "files": [{"part": f"{n}"}] * 2}).encode(),
        )
        for n in range(number)
    ]
    keep(account=account.pk, envelopes=payloads, at=now())
    understand_waiting(at=now())
    with sql.counted() as seen, CaptureQueriesContext(connection) as asked:
        assert fetch_due(at=now())
    assert Attachment.objects.filter(state="waiting").count() == number * 2 - 1
    assert (len(seen), len(asked)) == STATEMENTS


STATEMENTS = (5, 8)

ANSWERS = st.sampled_from(
    [PNG, b"", b"?" * 40, kit.TryLater("busy"), kit.TryLater("slow", after=7200), kit.Unreachable("gone"), kit.SignInAgain("who?"),
     kit.Uncertain("lost"), ValueError("defect"), MemoryError("large"), kit.NotUnderstood("what?")]
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answers=st.lists(st.lists(ANSWERS, min_size=1, max_size=16), min_size=1, max_size=4), closes=st.none() | st.integers(0, 20)
)
def test_every_file_ends_as_there_or_as_gone_whatever_happens(account, network, answers, closes):
    Account.objects.update(state="active")
    Attachment.objects.all().delete()
    Interaction.objects.filter(external_id__startswith="p").update(external_id="done")
    parts = [f"p{n}" for n in range(len(answers))]
    # A sign-in comes in the end.
    network.answers = {
        p: [*a, *([PNG] if isinstance(a[-1], kit.SignInAgain) else [])] for p, a in zip(parts, answers, strict=True)
    }
    before = len(facts())
    network.counter = getattr(network, "counter", 0) + 1
    receive(account, *parts, ident=f"p-{network.counter}")
    at = now()
    for turn in range(600):
        if closes == turn:
            disconnect(account=account.pk, by=None)
        fetch_due(at=at)
        if not Attachment.objects.filter(state="waiting").exists():
            break
        at += timedelta(hours=3)
    rows = list(Attachment.objects.all())
    assert {(r.state, bool(r.digest), bool(r.why), r.fetch_at, r.claimed_at) for r in rows} <= {
        ("there", True, False, None, None),
        ("gone", False, True, None, None),
    }
    assert len(rows) == len(answers)
    told = len(facts()) - before
    assert told == len([r for r in rows if r.why != "disconnected"])
