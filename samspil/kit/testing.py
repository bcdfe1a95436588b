"""The test of a channel that needs nothing but its folder: fixtures are the contract.

For each ``fixtures/NAME.EXT`` there is a ``fixtures/NAME.expected.json``; ``understand`` must give exactly what stands there.

    NAME.http            a webhook request as it came (request line, headers, blank line, body): goes through ``hear`` first
    NAME.EXT             any other ending: the bytes are the payload of one envelope, its external id is NAME
    NAME.headers.json    optional: the envelope's headers
    account.json         optional: config, own, language and key (hex) of the account that the fixtures came in by, and received_at, the
                         time at which they came, for networks whose payloads say none
    NAME.expected.json   a list of events, each ``{"type": "Message", ...}`` with every field that differs from its default,
                         or ``{"raises": "NotUnderstood", "says": "..."}``

A test of a channel is then three lines::

    @pytest.mark.parametrize("case", fixture_cases(FOLDER))
    def test_fixtures(case):
        check_case(case, channel())

With ``SAMSPIL_WRITE_FIXTURES=1`` the expected files are written instead of compared: read the difference before you keep it.
"""

import base64
import difflib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

from samspil.kit.account import Account
from samspil.kit.channel import Channel, HasAttachments, Hears, Request
from samspil.kit.envelope import Envelope
from samspil.kit.errors import ChannelError
from samspil.kit.events import Event, Message
from samspil.kit.keeps import LARGEST_VALUE, LONGEST_NAME

EXPECTED = ".expected.json"
HEADERS = ".headers.json"
ACCOUNT = "account.json"
WRITE = "SAMSPIL_WRITE_FIXTURES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fixture: the file that came in, and beside it what it means."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def expected(self) -> Path:
        return self.path.with_name(self.name + EXPECTED)


def fixture_cases(folder: Path) -> list[Any]:
    """The fixtures of ``folder`` as parameters for pytest, named by their files. Raises ValueError like :func:`cases`."""
    import pytest

    return [pytest.param(case, id=f"{folder.parent.name}-{case.name}") for case in cases(folder)]


def cases(folder: Path) -> list[Case]:
    """The fixtures of ``folder``, by name. Raises ValueError when a file has no partner, and when there are none."""
    expected = {path.name.removesuffix(EXPECTED) for path in folder.glob(f"*{EXPECTED}")}
    inputs = [path for path in sorted(folder.glob("*")) if path.is_file() and _is_input(path)]
    alone = sorted(path.name for path in inputs if path.stem not in expected and not os.environ.get(WRITE))
    alone += sorted(name + EXPECTED for name in expected - {path.stem for path in inputs})
    if alone or not inputs:
        raise ValueError(f"{folder}: " + (f"no partner for {', '.join(alone)}" if alone else "no fixtures"))
    return [Case(path=path) for path in inputs]


def _is_input(path: Path) -> bool:
    return not path.name.endswith((EXPECTED, HEADERS)) and path.name != ACCOUNT and not path.name.startswith(".")


def run_fixtures(folder: Path, channel: Channel) -> int:
    """Check every fixture of ``folder``; returns how many there were. Raises AssertionError with the difference."""
    found = cases(folder)
    for case in found:
        check_case(case, channel)
    return len(found)


def check_case(case: Case, channel: Channel) -> None:
    """Check one fixture. Raises AssertionError with the difference, line by line."""
    account = account_of(case.path.parent, channel)
    found = meaning(case, channel, account)
    if found != meaning(case, channel, account):
        raise AssertionError(f"{case.name}: understood twice, it means two things; understand() must be pure")
    text = as_text(found)
    if os.environ.get(WRITE):
        case.expected.write_text(text, encoding="utf-8")
        return
    wanted = as_text(json.loads(case.expected.read_text(encoding="utf-8")))
    if text != wanted:
        lines = difflib.unified_diff(wanted.splitlines(), text.splitlines(), case.expected.name, "understood", lineterm="", n=2)
        raise AssertionError(f"{case.name} means something else:\n" + "\n".join(lines))


def meaning(case: Case, channel: Channel, account: Account) -> Any:
    """What the fixture means to the channel, as JSON values."""
    events: list[Event] = []
    try:
        for envelope in envelopes(case, channel, account):
            understood = channel.understand(envelope, account)
            _check_attachments(understood, channel, envelope)
            events += understood
    except ChannelError as error:
        return {"raises": type(error).__name__, "says": str(error)}
    return as_json(events)


def envelopes(case: Case, channel: Channel, account: Account) -> Sequence[Envelope]:
    """The envelopes that a fixture's file holds."""
    if case.path.suffix == ".http":
        if not isinstance(channel, Hears):
            raise AssertionError(f"{case.path.name} is a webhook request, and the channel has no hear()")
        heard = channel.hear(request_of(case.path.read_bytes()), account).envelopes
        return [replace(envelope, received_at=_received_at(case)) for envelope in heard]
    beside = case.path.with_name(case.name + HEADERS)
    headers = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    return [Envelope(external_id=case.name, payload=case.path.read_bytes(), headers=headers, received_at=_received_at(case))]


def _received_at(case: Case) -> datetime | None:
    path = case.path.with_name(ACCOUNT)
    said = json.loads(path.read_text(encoding="utf-8")).get("received_at") if path.exists() else None
    return datetime.fromisoformat(said) if said else None


def request_of(raw: bytes) -> Request:
    """A request from its wire form: ``POST https://our.example/hook?a=1``, headers, a blank line, the body."""
    from urllib.parse import parse_qsl, urlsplit

    head, _, body = raw.partition(b"\r\n\r\n") if b"\r\n\r\n" in raw else raw.partition(b"\n\n")
    first, *rest = head.decode("latin-1").splitlines()
    method, url = first.split(" ")[:2]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Request(method=method, url=url, headers=headers, body=body, query=dict(parse_qsl(urlsplit(url).query)))


def account_of(folder: Path, channel: Channel) -> Account:
    """The account of ``account.json``; without one, an account with the defaults of the channel's fields and a key of zeros."""
    path = folder / ACCOUNT
    values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    config = {field.name: field.default for field in channel.fields} | values.get("config", {})
    key = bytes.fromhex(values.get("key", "00" * 32))
    own = frozenset(values.get("own", []))
    return Account(id="fixture", name="Fixture", config=config, key=key, own=own, language=values.get("language", "da"))


def _check_attachments(events: Sequence[Event], channel: Channel, envelope: Envelope) -> None:
    """Every attachment that is announced can be had, and is as long as was said."""
    for event in events:
        if isinstance(event, Message) and isinstance(channel, HasAttachments):
            for attachment in (a for a in event.attachments if not a.remote):
                length = len(channel.attachment(envelope, attachment.part))
                if length != attachment.size:
                    raise AssertionError(
                        f"attachment {attachment.name!r} has {length} bytes, and {attachment.size} were announced"
                    )


def as_json(value: Any) -> Any:
    """Any value of the contract as JSON values: events with their type, and only the fields that differ from their defaults."""
    if is_dataclass(value) and not isinstance(value, type):
        shown = {"type": type(value).__name__} if isinstance(value, Event) else {}
        return shown | {field.name: as_json(getattr(value, field.name)) for field in fields(value) if _differs(value, field)}
    if isinstance(value, Mapping):
        return {str(key): as_json(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(part) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted(as_json(part) for part in value)
    if isinstance(value, (datetime, Decimal)):
        return value.isoformat() if isinstance(value, datetime) else str(value)
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _differs(value: Any, field: Any) -> bool:
    now = getattr(value, field.name)
    if field.default is not MISSING:
        return bool(now != field.default)
    if field.default_factory is not MISSING:
        return bool(now != field.default_factory())
    return True


def as_text(value: Any) -> str:
    """JSON as the expected files hold it."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


class Drawer:
    """A drawer in memory that keeps the promises of :class:`samspil.kit.Keeps`; ``rows`` are to be looked at, ``writes`` counts."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[bytes, int]] = {}
        self.writes = 0
        self._lock = Lock()

    def read(self, *names: str) -> Mapping[str, tuple[bytes, int]]:
        """The values that are there, each with its version."""
        with self._lock:
            return {name: self.rows[name] for name in names if name in self.rows}

    def write(self, values: Mapping[str, tuple[bytes | None, int]]) -> bool:
        """Write each value in place of the version that was read; all, or none and False. Raises ValueError."""
        for name, (value, _) in values.items():
            if not 0 < len(name) <= LONGEST_NAME or len(value or b"") > LARGEST_VALUE:
                raise ValueError(f"{name[:40]!r} is no name for what is kept, or its value is too large")
        with self._lock:
            if any(self.rows.get(name, (b"", 0))[1] != before for name, (_, before) in values.items()):
                return False
            for name, (value, before) in values.items():
                if value is not None:
                    self.rows[name] = (value, before + 1)
                else:
                    self.rows.pop(name, None)
            self.writes += 1
            return True
