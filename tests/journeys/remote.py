"""A network whose files are fetched afterwards, for the journeys of files."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from samspil import kit
from samspil.base import registry, sql
from samspil.base.clock import now
from samspil.intake.actions import connect, fetch_due, keep, understand_waiting
from samspil.intake.models import Account, Attachment

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


class Network:
    """Its envelopes are JSON: {"id", "by", "files": [{"part", "size", "alt", "type"}]}. ``answers``: by part, what comes or is raised, in turn."""

    def __init__(self) -> None:
        self.answers: dict[str, list[bytes | Exception]] = {}
        self.asked: list[tuple[str, str]] = []
        self.meanwhile = lambda: None

    def understand(self, envelope: kit.Envelope, _account: kit.Account) -> list[kit.Event]:
        said = json.loads(envelope.payload)
        files = [
            kit.Attachment(
                part=f["part"], name=f"{f['part']}.png", content_type=f.get("type", "image/png"), size=f.get("size", 0), alt=f.get("alt", ""),
                remote=f.get("remote", True),
            )
            for f in said["files"]
        ]  # fmt: skip
        who = kit.Handle(network="mastodon", address=said["by"], display=said["by"])
        return [kit.Message(external_id=said["id"], author=who, at=now(), text="se her", attachments=files)]

    def fetch_file(self, part: str, envelope: kit.Envelope, account: kit.Account) -> bytes:
        assert not connection.in_atomic_block
        self.asked.append((part, account.name))
        self.meanwhile()
        assert part in [f["part"] for f in json.loads(envelope.payload)["files"]]
        left = self.answers.get(part, [PNG])
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True, name="folder")
def the_folder(tmp_path, settings):
    settings.SAMSPIL_BLOBS = tmp_path / "blobs"
    return settings.SAMSPIL_BLOBS


@pytest.fixture(name="network")
def the_network(monkeypatch) -> Network:
    found, known = Network(), registry.channel

    class Able(type(known("mastodon"))):  # type: ignore[misc]
        understand = staticmethod(found.understand)
        fetch_file = staticmethod(found.fetch_file)

    able = Able()
    monkeypatch.setattr(registry, "channel", lambda name: able if name == "mastodon" else known(name))
    return found


def account_of(name: str = "Mastodon", *, history: bool = False) -> Account:
    return connect(
        channel="mastodon", name=name, config={"server": "https://koral.example", "access_token": "t"}, history=history
    )


@pytest.fixture(name="account")
def the_account(organisation, network) -> Account:
    return account_of()


def receive(account: Account, *parts: str, ident: str = "1", by: str = "karoline@koral.example", **more: object) -> None:
    payload = json.dumps({"id": ident, "by": by, "files": [{"part": p, **more} for p in parts]}).encode()
    keep(account=account.pk, envelopes=[kit.Envelope(external_id=ident, payload=payload)], at=now())
    while understand_waiting(at=now()):
        pass


def fetch_all(at: datetime | None = None) -> int:
    number = 0
    while fetch_due(at=at or now()):
        number += 1
    return number


def stored(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def facts() -> list[dict[str, str]]:
    rows = sql.run("SELECT data FROM base_fact WHERE kind = 'conversation.files_changed' ORDER BY id")
    return [one for (data,) in rows for one in data]


def state(part: str = "a") -> tuple[str, str, str]:
    row = Attachment.objects.get(part=part)
    return row.state, row.why, row.error
