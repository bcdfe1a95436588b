"""The fixtures' test itself: it passes what is equal, and shows what is not."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from samspil.kit import (
    Account,
    Attachment,
    Capabilities,
    Check,
    Envelope,
    Field,
    Forged,
    Handle,
    Heard,
    Message,
    NotUnderstood,
    Order,
    Request,
)
from samspil.kit.testing import as_json, cases, fixture_cases, request_of, run_fixtures

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ME = Handle(network="n", address="a")


class Echo:
    """Understands a payload as one message with that text; ``moody`` changes its mind, ``long`` lies about an attachment."""

    name = "echo"
    capabilities = Capabilities()
    fields: Sequence[Field] = ()

    def __init__(self) -> None:
        self.calls = 0

    def hear(self, request: Request, account: Account) -> Heard:
        if request.headers.get("x-signature") != "good":
            raise Forged("forged")
        return Heard(envelopes=[Envelope(external_id=str(n), payload=line) for n, line in enumerate(request.body.split())])

    def understand(self, envelope: Envelope, account: Account) -> list[Message]:
        self.calls += 1
        text = envelope.payload.decode().strip()
        if text == "nonsense":
            raise NotUnderstood("no sense")
        files = (
            (Attachment(part="1", name="a.txt", content_type="text/plain", size=3 + (text == "long")),)
            if "file" in text or text == "long"
            else ()
        )
        text += str(self.calls) if text == "moody" else ""
        return [Message(external_id=envelope.external_id, author=ME, at=AT, text=text, attachments=files)]

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        return b"abc"

    def check(self, account: Account) -> list[Check]:
        return []


def expected(text: str, name: str = "a") -> list[dict[str, object]]:
    return [
        {"type": "Message", "external_id": name, "at": AT.isoformat(), "author": {"network": "n", "address": "a"}, "text": text}
    ]


def put(folder: Path, content: bytes, wanted: object, name: str = "a.txt") -> None:
    (folder / name).write_bytes(content)
    (folder / f"{name.partition('.')[0]}.expected.json").write_text(json.dumps(wanted))


def test_equal_passes(tmp_path: Path) -> None:
    put(tmp_path, b"hello", expected("hello"))
    put(tmp_path, b"nonsense", {"raises": "NotUnderstood", "says": "no sense"}, "b.bin")
    assert run_fixtures(tmp_path, Echo()) == 2


def test_a_difference_is_shown(tmp_path: Path) -> None:
    put(tmp_path, b"hello", expected("hullo"))
    with pytest.raises(AssertionError) as error:
        run_fixtures(tmp_path, Echo())
    assert '-    "text": "hullo"' in str(error.value).replace(",", "")
    assert '+    "text": "hello"' in str(error.value).replace(",", "")


@pytest.mark.parametrize(
    "wanted", [expected("hello")[0], [], [*expected("hello"), *expected("hello")], [expected("hello")[0] | {"subject": ""}]]
)
def test_more_or_less_than_expected_fails(tmp_path: Path, wanted: object) -> None:
    put(tmp_path, b"hello", wanted)
    with pytest.raises(AssertionError, match="means something else"):
        run_fixtures(tmp_path, Echo())


def test_a_channel_that_changes_its_mind_fails(tmp_path: Path) -> None:
    put(tmp_path, b"moody", expected("moody1"))
    with pytest.raises(AssertionError, match="must be pure"):
        run_fixtures(tmp_path, Echo())


def test_attachments_are_fetched(tmp_path: Path) -> None:
    file = {"part": "1", "name": "a.txt", "content_type": "text/plain", "size": 3}
    put(tmp_path, b"file", [expected("file")[0] | {"attachments": [file]}])
    assert run_fixtures(tmp_path, Echo()) == 1
    put(tmp_path, b"long", [])
    with pytest.raises(AssertionError, match="3 bytes, and 4 were announced"):
        run_fixtures(tmp_path, Echo())


def test_a_request_goes_through_hear(tmp_path: Path) -> None:
    head = b"POST https://our.example/hook?a=1&b=2\nX-Signature: good\n\n"
    put(tmp_path, head + b"one two", [*expected("one", "0"), *expected("two", "1")], "a.http")
    put(tmp_path, head.replace(b"good", b"bad") + b"one", {"raises": "Forged", "says": "forged"}, "b.http")
    assert run_fixtures(tmp_path, Echo()) == 2
    request = request_of(head.replace(b"\n", b"\r\n") + b"one\n\ntwo")
    assert (request.method, request.query, request.headers, request.body) == (
        "POST",
        {"a": "1", "b": "2"},
        {"x-signature": "good"},
        b"one\n\ntwo",
    )


def test_a_file_without_its_partner_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no fixtures"):
        cases(tmp_path)
    with pytest.raises(ValueError, match="no fixtures"):
        cases(tmp_path / "absent")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ValueError, match=r"no partner for a\.json"):
        fixture_cases(tmp_path)
    (tmp_path / "a.json").rename(tmp_path / "b.expected.json")
    with pytest.raises(ValueError, match=r"no partner for b\.expected\.json"):
        cases(tmp_path)


def test_expected_files_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes("blåbær".encode())
    monkeypatch.setenv("SAMSPIL_WRITE_FIXTURES", "1")
    run_fixtures(tmp_path, Echo())
    monkeypatch.delenv("SAMSPIL_WRITE_FIXTURES")
    assert json.loads((tmp_path / "a.expected.json").read_text()) == expected("blåbær")
    assert run_fixtures(tmp_path, Echo()) == 1


def test_values_become_json_without_defaults() -> None:
    order = Order(
        external_id="1", author=ME, at=AT, amount=Decimal("10.50"), currency="DKK", extra={"b": b"x", "s": frozenset({"z", "y"})}
    )
    assert as_json(order) == {
        "type": "Order",
        "external_id": "1",
        "author": {"network": "n", "address": "a"},
        "at": AT.isoformat(),
        "amount": "10.50",
        "currency": "DKK",
        "extra": {"b": "eA==", "s": ["y", "z"]},
    }
