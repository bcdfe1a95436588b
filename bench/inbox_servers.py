"""The servers whose inboxes `bench.inbox` measures: ours, Fedify and snac. Each says where its inbox is, and which notes it has kept."""

import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.faults import Installation
from tests.browser.installation import free_port


class NotHere(Exception):
    """The server cannot run on this machine; why."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """``kept`` tells how many of the notes with these ids are where the server keeps them."""

    url: str
    actor: str
    kept: Callable[[frozenset[str]], int]
    durable: str
    """What an answer, and what "kept", promises."""


@contextmanager
def ours(folder: Path) -> Iterator[Inbox]:
    """`samspil up` with its own PostgreSQL."""
    here = Installation(folder)
    try:
        here.wait()
        os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
        import django

        django.setup()
        from samspil.intake.actions import connect
        from samspil.intake.models import Envelope
        from samspil.organisation.actions import found

        found(name="Prøve")
        base = f"http://127.0.0.1:{here.live}"
        row = connect(channel="activitypub", name="Fediverse", config={"host": base, "username": "firma", "inside": "127.0.0.1"})

        def kept(ids: frozenset[str]) -> int:
            return Envelope.objects.filter(account=row.pk, external_id__in=[f"{one}/create" for one in ids]).count()

        time.sleep(3)
        yield Inbox(
            f"{base}/in/{row.pk}/inbox",
            f"{base}/in/{row.pk}/actor",
            kept,
            "verified and committed by PostgreSQL with fsync before the answer",
        )
    finally:
        here.stop()


@contextmanager
def snac(folder: Path) -> Iterator[Inbox]:
    """snac with its files in the folder; on port 80, for it carries no names with a port."""
    import pytest

    from tests.channels.mastodon.snac import running

    try:
        with running(folder, ("firma",)) as server:
            objects = folder / "snac" / "object"

            def kept(ids: frozenset[str]) -> int:
                names = {f"{hashlib.md5(one.encode()).hexdigest()}.json" for one in ids}  # noqa: S324 - snac's names of files
                return len(names & {path.name for path in objects.glob("*/*.json")})

            yield Inbox(
                f"{server.url}/firma/inbox",
                f"{server.url}/firma",
                kept,
                "answered before it is verified; verified and written to files later, without fsync",
            )
    except pytest.skip.Exception as error:
        raise NotHere(str(error)) from error


@contextmanager
def fedify(folder: Path) -> Iterator[Inbox]:
    """A server on Fedify with SQLite."""
    import pytest

    from tests.channels.activitypub.fedify import running

    origin, database = f"http://127.0.0.1:{(port := free_port())}", folder / "fedify.db"
    surroundings = {"ORIGIN": origin, "PORT": str(port), "DATABASE": str(database), "NODE_NO_WARNINGS": "1"}

    def kept(ids: frozenset[str]) -> int:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reading:
            return len(ids & {ident for (ident,) in reading.execute("SELECT id FROM note")})

    with ExitStack() as stack:
        try:
            # npm install --legacy-peer-deps @fedify/sqlite@2.0.0-dev.279
            program = Path(__file__).with_name("inbox-fedify.mjs")
            stack.enter_context(running(folder, program, "@fedify/sqlite", **surroundings))
        except (pytest.skip.Exception, AssertionError) as error:
            raise NotHere(str(error)) from error
        yield Inbox(
            f"{origin}/users/firma/inbox",
            f"{origin}/users/firma",
            kept,
            "verified and in the queue on disk (SQLite, fsync) before the answer; taken out and kept as a row (fsync) later",
        )


SERVERS = {"samspil": ours, "fedify": fedify, "snac": snac}
