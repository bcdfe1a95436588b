"""Files that are fetched while others are, while their person is forgotten, and while their process is killed."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from samspil.base import blobs, registry, sql
from samspil.base.clock import now
from samspil.exchange.actions.forget import forget
from samspil.identity.models import Consumer
from samspil.intake import privacy
from samspil.intake.actions import fetch_due
from samspil.intake.actions.fetch import AT_ONCE, LEASE
from samspil.intake.models import Attachment, Handle
from tests.journeys.remote import PNG, account_of, facts, fetch_all, receive, state, stored, the_account, the_folder, the_network  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]


def test_a_slow_account_leaves_room_for_others(account, network):
    other = account_of("Bluesky")
    receive(account, *(f"slow{n}" for n in range(50)))
    receive(other, "quick", ident="2", by="bo@b.example")
    gate, inside = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        if network.asked[-1][1] == "Mastodon":
            inside.release()
            assert gate.wait(20)

    network.meanwhile = wait

    def work() -> None:
        try:
            fetch_due(at=now())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE + 1)]
    for one in threads:
        one.start()
    inside.acquire()
    for _ in range(100):
        if state("quick")[0] == "there":
            break
        threading.Event().wait(0.1)
    extra = fetch_due(at=now()) if Attachment.objects.filter(claimed_at__isnull=False).count() == AT_ONCE else None
    gate.set()
    for one in threads:
        one.join(20)
    assert (state("quick")[0], extra) == ("there", None)
    assert Attachment.objects.filter(part__startswith="slow", state="there").count() == AT_ONCE
    assert network.asked.count(("quick", "Bluesky")) == 1


def test_many_at_once_fetch_each_file_once_and_never_more_of_one_account(account, network, folder):
    other = account_of("Bluesky")
    receive(account, *(f"a{n}" for n in range(12)))
    receive(other, *(f"b{n}" for n in range(12)), ident="2")
    guard, running, most = threading.Lock(), {"Mastodon": 0, "Bluesky": 0}, []

    real = network.fetch_file

    def counted(part, envelope, kit_account):
        with guard:
            running[kit_account.name] += 1
            most.append(max(running.values()))
        threading.Event().wait(0.02)
        with guard:
            running[kit_account.name] -= 1
        return real(part, envelope, kit_account)

    type(registry.channel("mastodon")).fetch_file = staticmethod(counted)

    def work() -> None:
        try:
            for _ in range(60):
                if not fetch_due(at=now()):
                    threading.Event().wait(0.02)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(p for p, _ in network.asked) == sorted(f"{x}{n}" for x in "ab" for n in range(12))
    assert max(most) == AT_ONCE
    assert set(Attachment.objects.values_list("state", flat=True)) == {"there"}
    assert len(stored(folder)) == 1


def test_who_is_forgotten_while_a_file_comes_leaves_nothing(account, network, mette, folder):
    receive(account, "a")
    consumer = Consumer.objects.get()
    network.meanwhile = lambda: forget(consumer=consumer.pk, by=mette, at=now())
    assert fetch_due(at=now())
    assert (Attachment.objects.count(), stored(folder), facts()) == (0, [], [])


def test_what_was_fetched_goes_with_its_person_but_not_what_another_has_too(account, network, mette, folder):
    network.answers = {"own": [b"only hers"]}
    receive(account, "own", "both")
    receive(account, "other", ident="2", by="bo@b.example")
    fetch_all()
    assert len(stored(folder)) == 2
    handle = Handle.objects.get(address="karoline@koral.example")
    assert [f["alt"] for f in privacy.export_of(handles=[handle.pk])["interactions"][0]["files"]] == ["", ""]
    forget(consumer=Consumer.objects.get(links__handle=handle).pk, by=mette, at=now())
    assert [blobs.read(d).read() for d in Attachment.objects.values_list("digest", flat=True)] == [PNG]
    assert len(stored(folder)) == 1


def test_forgetting_sees_the_bytes_of_a_fetch_that_commits_in_between(account, network, folder):
    """The row is locked by the fetch when the person is forgotten: the deletion waits, and takes what the fetch has kept."""
    receive(account, "a")
    handle, done, real = Handle.objects.get(), [], blobs.keep

    def forgetting() -> None:
        try:
            sql.run("SET lock_timeout = '20s'")
            privacy.forget(handles=[handle.pk])
            done.append("forgotten")
        finally:
            connection.close()

    other = threading.Thread(target=forgetting)

    def slow(pieces, *, limit):
        kept = real(pieces, limit=limit)
        other.start()
        other.join(1)
        assert done == []  # it waits for us
        return kept

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blobs, "keep", slow)
        sql.run("DELETE FROM conversation_placement")
        sql.run("DELETE FROM identity_link")
        fetch_due(at=now())
    other.join(30)
    assert (done, Attachment.objects.count(), stored(folder)) == (["forgotten"], 0, [])


KILLED = """
import os, sys
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
django.setup()
from django.db import connection
from django.test.utils import CaptureQueriesContext
from samspil.base import registry
from samspil.base.clock import now
known = registry.channel
class Able(type(known("mastodon"))):
    def fetch_file(self, part, envelope, account):
        print("asked", flush=True)
        sys.stdin.read()
        return b""
able = Able()
registry.channel = lambda name: able if name == "mastodon" else known(name)
from samspil.intake.actions import fetch_due
fetch_due(at=now())
"""


def test_a_fetch_that_is_killed_is_begun_again_when_its_time_is_over(account, network, folder):
    receive(account, "a")
    dsn = make_conninfo(os.environ["SAMSPIL_DATABASE_URL"], dbname=connection.settings_dict["NAME"])
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=ROOT,
        env={**os.environ, "SAMSPIL_DATABASE_URL": dsn},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "asked\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    row = Attachment.objects.get()
    assert (row.state, row.attempts, row.fetch_at - row.claimed_at) == ("waiting", 1, LEASE)
    assert fetch_due(at=row.fetch_at - timedelta(seconds=1)) is None
    assert fetch_due(at=row.fetch_at) == row.pk
    assert (state(), len(stored(folder)), network.asked) == (("there", "", ""), 1, [("a", "Mastodon")])


def test_the_late_answer_of_a_fetch_given_up_for_dead_changes_nothing(account, network, folder):
    receive(account, "a")
    network.answers = {"a": [b"late", PNG]}
    second = []

    def again() -> None:
        if len(network.asked) == 1:
            network.answers = {"a": [b"in time"]}
            second.append(fetch_due(at=now() + LEASE + timedelta(seconds=1)))
            network.answers = {"a": [b"late"]}

    network.meanwhile = again
    fetch_due(at=now())
    row = Attachment.objects.get()
    assert (second, row.attempts, blobs.read(row.digest).read(), len(stored(folder))) == ([row.pk], 2, b"in time", 1)
