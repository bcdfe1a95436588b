"""History from files: every mail once, in order, with the same ids at every reading."""

import gzip
import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samspil.channels.mail.files import read_file
from samspil.kit import NotUnderstood

MBOX = b"""From karla@x.example Mon Nov 24 10:00:00 2025
Message-ID: <1@x.example>
From: karla@x.example
Subject: En

Hej
>From nu af
From os til jer, og ikke en ny mail
>>From to gange

From - Mon Nov 24 11:00:00 +0100 2025
Message-ID: <2@x.example>
From: kurt@x.example

To

"""


def test_mbox_is_read_in_order_with_its_escapes_undone(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(MBOX)
    first, second = read_file(path, {})
    assert first.payload.endswith(b"Hej\nFrom nu af\nFrom os til jer, og ikke en ny mail\n>From to gange\n")
    assert second.payload == b"Message-ID: <2@x.example>\nFrom: kurt@x.example\n\nTo\n"
    assert first.received_at == datetime(2025, 11, 24, 10, 0, tzinfo=UTC)
    assert [one.external_id for one in read_file(path, {"format": "mbox"})] == [first.external_id, second.external_id]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_packed_mbox_has_the_same_ids(tmp_path: Path, ending: bytes) -> None:
    plain, packed = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(MBOX)
    packed.write_bytes(gzip.compress(MBOX.replace(b"\n", ending)))
    assert [one.external_id for one in read_file(packed, {})] == [one.external_id for one in read_file(plain, {})]


def test_maildir_and_eml_files_give_the_ids_of_the_mbox(tmp_path: Path) -> None:
    box = tmp_path / "a.mbox"
    box.write_bytes(MBOX)
    wanted = list(read_file(box, {}))
    maildir = mailbox.Maildir(tmp_path / "maildir")
    for one in wanted:
        maildir.add(one.payload)
    (tmp_path / "eml").mkdir()
    for number, one in enumerate(wanted):
        (tmp_path / "eml" / f"{number}.eml").write_bytes(one.payload)
    ids = {one.external_id for one in wanted}
    assert {one.external_id for one in read_file(tmp_path / "maildir", {})} == ids
    assert {one.external_id for one in read_file(tmp_path / "eml", {})} == ids
    assert [one.payload for one in read_file(tmp_path / "eml" / "1.eml", {})] == [wanted[1].payload]


def test_a_format_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    with pytest.raises(NotUnderstood):
        list(read_file(tmp_path / "x", {"format": "csv"}))
