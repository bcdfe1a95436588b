"""The mail channel over real and hostile mails beside the project: none raises, all are quick, and a known parse is met."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from bench import mail_visible
from samspil.channels.mail.files import read_file
from samspil.channels.mail.headers import addresses
from samspil.channels.mail.understand import external_id, understand
from samspil.kit import Account, Envelope, Message

DATA = Path(os.environ.get("SAMSPIL_DATA", Path(__file__).parents[4] / "shared" / "data")) / "mail"
ACCOUNT = Account(id="a", name="", config={}, key=bytes(32))
pytestmark = [pytest.mark.data, pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}; set SAMSPIL_DATA")]


@pytest.mark.parametrize("folder", ["mime_stalwart", "mime_deltachat", "notmuch_threading"])
def test_no_real_or_hostile_mail_raises_or_takes_long(folder: str) -> None:
    count = 0
    for path in sorted((DATA / folder).rglob("*")):
        payload = path.read_bytes() if path.is_file() else b""
        if not payload.strip():
            continue
        began = time.process_time()
        events = understand(Envelope(external_id="x", payload=payload), ACCOUNT)
        assert len(events) == 1, path
        assert external_id(payload).startswith("mail:")
        assert time.process_time() - began < 1, path
        count += 1
    assert count > 80


def _header(parsed: dict[str, Any], name: str) -> Any:
    return next((one["value"] for one in parsed["parts"][0]["headers"] if one["name"] == name), None)


def _first_address(value: Any) -> str:
    if isinstance(value, dict):
        for inner in value.values():
            if found := _first_address(inner):
                return found
        return ""
    if isinstance(value, list):
        return next((found for one in value if (found := _first_address(one))), "")
    return value if isinstance(value, str) and "@" in value else ""


def _agrees(path: Path) -> dict[str, bool]:
    parsed = json.loads(path.with_suffix(".json").read_text())
    [event] = understand(Envelope(external_id="x", payload=path.read_bytes()), ACCOUNT)
    assert isinstance(event, Message)
    found: dict[str, bool] = {}
    subject = _header(parsed, "subject")
    if isinstance(subject, dict) and "Text" in subject:
        found["subject"] = " ".join(subject["Text"].split()) == event.subject
    sender = _first_address(_header(parsed, "from"))
    if sender and addresses([sender.encode()])[0]:
        found["from"] = event.author.address == addresses([sender.encode()])[0][0].address
    if "attachments" in parsed:
        found["attachments"] = len(parsed["attachments"]) == len(event.attachments)
    return found


def test_another_well_kept_parser_sees_the_same(record_property: Any) -> None:
    tally: dict[str, list[bool]] = {}
    misses: list[str] = []
    for path in sorted((DATA / "mime_stalwart").rglob("*.eml")):
        for what, same in _agrees(path).items():
            tally.setdefault(what, []).append(same)
            if not same:
                misses.append(f"{what} {path.parent.name}/{path.name}")
    shares = {what: sum(found) / len(found) for what, found in tally.items()}
    record_property("agreement", {what: f"{sum(found)}/{len(found)}" for what, found in tally.items()})
    assert shares["subject"] >= 0.93, misses
    assert shares["from"] >= 0.95, misses
    assert shares["attachments"] >= 0.85, misses


def test_a_year_of_a_list_is_read_whole_and_alike_twice() -> None:
    path = DATA / "linux-mips-2004.mbox.gz"
    first = [one.external_id for one in read_file(path, {})]
    assert len(first) == len(set(first)) == 2814
    assert [one.external_id for one in read_file(path, {})] == first


def test_the_new_part_is_found_clearly_more_often_than_by_the_library() -> None:
    result: Any = mail_visible.run()
    assert result["total"]["ours_exact"] >= 0.95 * result["total"]["mails"]
    assert result["total"]["ours_exact"] >= 1.4 * result["total"]["library_exact"]
    for one in result["sets"].values():
        assert one["ours_exact"] > one["library_exact"]
