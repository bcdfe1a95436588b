"""The servers whose inboxes `bench.inbox` measures: ours, Fedify and snac. Each says where its inbox is, and which notes it has kept."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.faults import Installation
from tests.browser.installation import free_port

PATIENCE = 60.0


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
    packages, node = os.environ.get("FEDIFY", ""), shutil.which(os.environ.get("NODE", "node"))
    if not packages or node is None:
        raise NotHere("FEDIFY names no folder of node_modules, or NODE no program")
    if not (Path(packages) / "node_modules/@fedify/sqlite").exists():
        raise NotHere(f"@fedify/sqlite is not in {packages} (npm install --legacy-peer-deps @fedify/sqlite@2.0.0-dev.279)")
    (folder / "node_modules").symlink_to(Path(packages) / "node_modules")
    shutil.copy(Path(__file__).with_name("inbox-fedify.mjs"), folder / "peer.mjs")
    origin = f"http://127.0.0.1:{(port := free_port())}"
    database = folder / "fedify.db"
    environment = {**os.environ, "ORIGIN": origin, "PORT": str(port), "DATABASE": str(database), "NODE_NO_WARNINGS": "1"}
    with (folder / "log").open("w+b") as log:
        process = subprocess.Popen([node, "peer.mjs"], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while b"ready" not in (folder / "log").read_bytes():
                if process.poll() is not None or time.monotonic() > end:
                    raise NotHere((folder / "log").read_text()[-500:])
                time.sleep(0.1)

            def kept(ids: frozenset[str]) -> int:
                with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reading:
                    return len(ids & {ident for (ident,) in reading.execute("SELECT id FROM note")})

            yield Inbox(
                f"{origin}/users/firma/inbox",
                f"{origin}/users/firma",
                kept,
                "verified and in the queue on disk (SQLite, fsync) before the answer; taken out and kept as a row (fsync) later",
            )
        finally:
            process.terminate()
            process.wait(10)


SERVERS = {"samspil": ours, "fedify": fedify, "snac": snac}
