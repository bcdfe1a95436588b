"""History from files: every mail once, in order, with the same ids at every reading."""

import gzip
import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samspil.channels.mail.files import read_file
from samspil.channels.mail.understand import understand
from samspil.kit import Account, Message, NotUnderstood

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


DATED = b"From mboxrd@z Thu Jan  1 00:00:00 1970\nMessage-ID: <1@x.example>\nFrom: karla@x.example\n%bDate: %b\n\nHej\n\n"


@pytest.mark.parametrize(
    ("received", "date", "when"),
    [
        (b"", b"Fri, 22 Oct 2004 15:10:43 -0700", datetime(2004, 10, 22, 22, 10, 43, tzinfo=UTC)),
        (b"Received: by x; Fri, 22 Oct 2004 22:12:00 +0000\n", b"?", datetime(2004, 10, 22, 22, 12, tzinfo=UTC)),
        (b"", b"Tue, 24 Nov 2099 10:00:00 +0000", None),
        (b"", b"Sun, 24 Nov 1901 10:00:00 +0000", None),
    ],
)
def test_an_archive_that_does_not_know_when_a_mail_came(
    tmp_path: Path, received: bytes, date: bytes, when: datetime | None
) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(DATED % (received, date))
    (envelope,) = read_file(path, {"format": "mbox"})
    assert envelope.received_at == when


def test_the_date_of_such_a_mail_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(DATED % (b"", b"Fri, 22 Oct 2004 15:10:43 -0700"))
    (envelope,) = read_file(path, {"format": "mbox"})
    (message,) = understand(envelope, Account(id="a", name="a", config={}, key=bytes(32)))
    assert isinstance(message, Message)
    assert (message.at, message.notes) == (datetime(2004, 10, 22, 22, 10, 43, tzinfo=UTC), ())


@pytest.mark.parametrize("kind", ["mbox", "eml", "maildir"])
def test_a_place_without_mails_is_told(tmp_path: Path, kind: str) -> None:
    file, folder = tmp_path / "noise.bin", tmp_path / "folder"
    file.write_bytes(b"\x00\x01noise\nFrom here on\n")
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"a")
    wrong = {"mbox": (file, "noise.bin is no mbox"), "eml": (folder, "ends in .eml"), "maildir": (file, "is no Maildir")}
    path, words = wrong[kind]
    with pytest.raises(NotUnderstood, match=words):
        list(read_file(path, {"format": kind}))


@pytest.mark.parametrize("kind", ["mbox", "eml"])
def test_a_packed_file_that_is_damaged_gives_what_stands_before(tmp_path: Path, kind: str) -> None:
    # Stored without compression, the bytes of the second mail are the file's own.
    packed = gzip.compress(MBOX, compresslevel=0)
    cut, broken = tmp_path / "cut.gz", tmp_path / "broken.gz"
    cut.write_bytes(packed[:-40])
    broken.write_bytes(packed[:-8] + bytes(8))
    for path, words in ((cut, "cut off"), (broken, "damaged")):
        mails = read_file(path, {"format": kind})
        with pytest.raises(NotUnderstood, match=words):
            list(mails)
    assert next(read_file(cut, {"format": "mbox"})).payload.startswith(b"Message-ID: <1@x.example>")
