"""Mail history read from files: mbox (plain or gzip), single .eml files, folders of them, and Maildir."""

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from samspil.channels.mail.headers import MAX_HEADER, date_of, parse_headers, raw
from samspil.channels.mail.mime import header_end
from samspil.channels.mail.understand import EARLIEST, external_id
from samspil.kit import Envelope, NotUnderstood

FORMATS = ("mbox", "eml", "maildir")
MAX_MAIL = 100 * 1024 * 1024
MAX_LINE = 1024 * 1024

# "From somebody Mon Nov 24 10:00:00 2025": a line of text that begins with "From " has no such clock and year.
_FROM_LINE = re.compile(
    rb"^From .{0,500}?\b(\w{3})\s+(\w{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+[A-Z]{2,5}|\s+[+-]\d{4})?\s+(\d{4})"
)
_ESCAPED = re.compile(rb"^>+From ")
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


def read_file(path: Path, options: Mapping[str, str]) -> Iterator[Envelope]:
    """Every mail at ``path``. ``options["format"]`` names the format, or it is seen from the file.

    Raises NotUnderstood for what is none, and, after the last mail that could be read, for a packed file that is damaged.
    """
    try:
        kind = options.get("format", "") or _kind(path)
        if kind == "mbox":
            yield from _mbox(path)
        elif kind == "maildir":
            yield from _maildir(path)
        elif kind == "eml":
            yield from _eml(path)
        else:
            raise NotUnderstood(f"{path.name} is no mail file that we know: {', '.join(FORMATS)}")
    except EOFError as error:
        raise NotUnderstood(f"{path.name} is cut off: its packing has no end") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise NotUnderstood(f"{path.name} is damaged: it cannot be unpacked ({error})") from error


def _kind(path: Path) -> str:
    if path.is_dir():
        return "maildir" if (path / "cur").is_dir() or (path / "new").is_dir() else "eml"
    with _opened(path) as stream:
        return "mbox" if stream.read(5) == b"From " else "eml"


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path, "rb")) if packed else path.open("rb")


def _mbox(path: Path) -> Iterator[Envelope]:
    lines: list[bytes] = []
    size, cut = 0, False
    received: datetime | None = None
    inside, blank, fresh, something = False, True, True, False
    with _opened(path) as stream:
        # Bounded reads: a line without end is taken in pieces, and only the first of them can begin a mail.
        while line := stream.readline(MAX_LINE):
            if fresh and blank and line.startswith(b"From ") and (match := _FROM_LINE.match(line)):
                if inside:
                    yield _record(lines, received, cut=cut)
                lines, size, cut, inside = [], 0, False, True
                received = _moment(match)
                blank = False
                continue
            blank = fresh and line in {b"\n", b"\r\n"}
            if inside:
                if fresh and _ESCAPED.match(line):
                    line = line[1:]
                size += len(line)
                if size <= MAX_MAIL:
                    lines.append(line)
                else:
                    cut = True
            fresh = line.endswith(b"\n")
            something = something or bool(line.strip())
    if inside:
        yield _record(lines, received, cut=cut)
    elif something:
        raise NotUnderstood(f"{path.name} is no mbox: no line of it begins a mail, as 'From anna Mon Nov 24 10:00:00 2025' does")


def _record(lines: list[bytes], received: datetime | None, *, cut: bool) -> Envelope:
    if lines and lines[-1] in {b"\n", b"\r\n"}:
        lines = lines[:-1]  # the empty line belongs to the file, not to the mail
    return _envelope(b"".join(lines), "mbox", received, cut=cut)


def _moment(match: re.Match[bytes]) -> datetime | None:
    try:
        month = _MONTHS.index(match[2]) + 1
        moment = datetime(int(match[7]), month, int(match[3]), int(match[4]), int(match[5]), int(match[6] or 0), tzinfo=UTC)
    except ValueError:
        return None
    return _believed(moment)


def _believed(moment: datetime | None) -> datetime | None:
    """Archives that do not know when a mail came write the beginning of time, or copy a Date that lies ahead of us."""
    return moment if moment and EARLIEST <= moment <= datetime.now(UTC) + timedelta(days=1) else None


def _envelope(payload: bytes, transport: str, received: datetime | None, *, cut: bool = False) -> Envelope:
    headers = {"transport": transport} | ({"truncated": f"more than {MAX_MAIL}"} if cut else {})
    return Envelope(external_id=external_id(payload), payload=payload, headers=headers, received_at=received or _said(payload))


def _said(payload: bytes) -> datetime | None:
    """The time the mail itself gives: the last server's first, its Date otherwise."""
    head, _ = header_end(payload, 0, min(len(payload), MAX_HEADER))
    fields = parse_headers(payload[:head])
    value = raw(fields, "received")
    received = date_of(value.rpartition(b";")[2]) if b";" in value else None
    return _believed(received) or _believed(date_of(raw(fields, "date")))


def _whole(path: Path, transport: str) -> Envelope:
    with _opened(path) as stream:
        payload = stream.read(MAX_MAIL + 1)
    return _envelope(payload[:MAX_MAIL], transport, None, cut=len(payload) > MAX_MAIL)


def _eml(path: Path) -> Iterator[Envelope]:
    if not path.is_dir():
        yield _whole(path, "eml")
        return
    files = sorted(one for one in path.rglob("*") if one.name.lower().endswith((".eml", ".eml.gz")) and one.is_file())
    if not files:
        raise NotUnderstood(f"no file in {path.name} ends in .eml or .eml.gz")
    for one in files:
        yield _whole(one, "eml")


def _maildir(path: Path) -> Iterator[Envelope]:
    folders = [path, *sorted(one for one in path.rglob("*") if one.is_dir() and (one / "cur").is_dir())]
    if not any((folder / state).is_dir() for folder in folders for state in ("cur", "new")):
        raise NotUnderstood(f"{path.name} is no Maildir: it has no folder named cur or new")
    for folder in folders:
        for state in ("cur", "new"):
            inner = folder / state
            if inner.is_dir():
                for one in sorted(inner.iterdir()):
                    if one.is_file() and not one.name.startswith("."):
                        yield _whole(one, "maildir")
