"""Reading a file of rows: packing, letters, separators; and the two passes that find whom ours wrote to."""

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from itertools import islice
from pathlib import Path
from typing import TextIO, cast

from samspil.channels.csvfile import times
from samspil.channels.csvfile.meaning import Column, told
from samspil.kit import Envelope, NotUnderstood

FIELD = 16 * 1024 * 1024
SAMPLE = 200
CLIMB = 50
SEPARATORS = ",;\t|"
YES = frozenset({"1", "true", "t", "yes", "y", "ja", "j", "sand", "x"})
_FLOAT = re.compile(r"^\d+\.0$")
_APART = re.compile(r"[,;|\s]+")
Row = dict[str, str]


def ident(text: str) -> str:
    """An id without what spreadsheets add: ``3.0`` is ``3``."""
    text = text.strip()
    return text[:-2] if _FLOAT.match(text) else text


def idents(text: str) -> list[str]:
    """Several ids in one cell."""
    return [ident(part) for part in _APART.split(text) if part]


def true(row: Mapping[str, str], column: Column | None) -> bool:
    """Whether the cell says yes, or the value asked for."""
    if column is None:
        return False
    said = row.get(column.name, "").strip().lower()
    return (said == column.value.lower() if column.value else said in YES) != (column.opposite and said != "")


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The file as text, unpacked. Raises NotUnderstood for a folder, and inside for a packed file that is damaged."""
    if path.is_dir():
        raise NotUnderstood(f"{path.name} is a folder")
    with path.open("rb") as look:
        packed = look.read(2) == b"\x1f\x8b"
    try:
        with cast("io.BufferedReader", gzip.open(path, "rb") if packed else path.open("rb")) as raw:
            letters = _letters(raw)
            raw.seek(0)
            with io.TextIOWrapper(raw, encoding=letters, errors="replace", newline="") as text:
                yield text
    except EOFError as error:
        raise NotUnderstood(f"{path.name} is cut off: its packing has no end") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise NotUnderstood(f"{path.name} is damaged: it cannot be unpacked ({error})") from error


def _letters(raw: io.BufferedReader) -> str:
    """UTF-8 unless some byte is none: then it is what Windows wrote."""
    first = raw.read(4)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    raw.seek(0)
    try:
        with io.TextIOWrapper(io.BufferedReader(_Kept(raw)), encoding="utf-8-sig") as probe:
            while probe.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


class _Kept(io.RawIOBase):
    """Reads another stream and leaves it open."""

    def __init__(self, inner: io.BufferedReader) -> None:
        self._inner = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return self._inner.readinto(buffer)  # type: ignore[arg-type]


def records(path: Path) -> Iterator[tuple[Sequence[str], list[str]]]:
    """(header, cells) of every row that is not blank. Raises NotUnderstood for what is no table."""
    csv.field_size_limit(FIELD)
    with opened(path) as text:
        start = text.read(65536)
        text.seek(0)
        line = start.split("\n", 1)[0]
        separator = max(SEPARATORS, key=line.count)
        reader = csv.reader(text, delimiter=separator)
        try:
            header = _distinct(next(reader, []))
            if len(header) < 2:  # noqa: PLR2004
                raise NotUnderstood(f"{path.name} has no columns: is it a table?")
            for cells in reader:
                if cells:
                    yield header, cells
        except csv.Error as error:
            raise NotUnderstood(f"line {reader.line_num}: {error}") from error


def _distinct(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for name in names:
        name = name.strip()  # noqa: PLW2901
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return found


def as_row(header: Sequence[str], cells: Sequence[str]) -> Row:
    """Cells by the names of their columns; what has no column is kept under its number."""
    row = dict(zip(header, cells, strict=False))
    row.update({f"#{place}": cell for place, cell in enumerate(cells[len(header) :], len(header) + 1)})
    return row


def options_of(path: Path, options: Mapping[str, str]) -> Mapping[str, str]:
    """The options with the mapping, the form of the times and the number of rows."""
    count, sample = 0, []
    header: Sequence[str] = ()
    for header, cells in records(path):
        if count < SAMPLE:
            sample.append(as_row(header, cells))
        count += 1
    if not count:
        raise NotUnderstood(f"{path.name} has no rows")
    mapping = told(options, header)
    form = options.get("time_format", "")
    if not form:
        form = times.guess([text for row in sample if (text := row.get(mapping["time"], "").strip())])
        if not form:
            raise NotUnderstood(f"the times in {mapping['time']!r} have no form that is known: say --time-format")
    rest = {name: value for name, value in options.items() if not name.startswith("map.")}
    return {**rest, **{f"map.{word}": column for word, column in mapping.items()}, "time_format": form, "records": str(count)}


def envelopes(path: Path, options: Mapping[str, str]) -> Iterator[Envelope]:
    """Every row as an envelope: its cells as JSON, and beside them how they are to be read."""
    known = options_of(path, options)
    mapping = {name.removeprefix("map."): value for name, value in known.items() if name.startswith("map.")}
    header = next(iter(islice(records(path), 1)))[0]
    columns = {word: Column.parse(text, header) for word, text in mapping.items()}
    written = _authors(path, columns)
    common = {
        "meaning": json.dumps({word: list(astuple(column)) for word, column in columns.items()}, ensure_ascii=False),
        "time_format": known["time_format"],
    }
    common |= {name: known[name] for name in ("network", "public") if known.get(name)}
    seen: dict[str, bytes] = {}
    for number, (header, cells) in enumerate(records(path), 1):
        row = as_row(header, cells)
        payload = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        headers = common | {"row": str(number)}
        if len(cells) != len(header):
            headers["columns"] = f"{len(cells)} of {len(header)}"
        if true(row, columns.get("outgoing")) and (to := _to(row, columns, written)):
            headers["to"] = to
        yield Envelope(external_id=_external(row, columns, payload, seen), payload=payload, headers=headers)


def _cell(row: Row, columns: Mapping[str, Column], word: str) -> str:
    return ident(row.get(columns[word].name, "")) if word in columns else ""


def _external(row: Row, columns: Mapping[str, Column], payload: bytes, seen: dict[str, bytes]) -> str:
    """The row's own id. Two different rows with one id are both kept; the id of a row without author is chance."""
    digest = hashlib.sha256(payload)
    own = _cell(row, columns, "id")
    if not own or not _cell(row, columns, "author"):
        return f"row:{digest.hexdigest()[:40]}"
    own = own[:150]
    first = seen.setdefault(own, digest.digest()[:8])
    return own if first == digest.digest()[:8] else f"{own}#{digest.hexdigest()[:16]}"


Written = dict[str, tuple[str, bool, str]]
"""Author, whether ours, and the id that it answers, by id."""


def _authors(path: Path, columns: Mapping[str, Column]) -> Written:
    if not {"id", "reply_to", "outgoing"} <= set(columns):
        return {}
    found: Written = {}
    for header, cells in records(path):
        row = as_row(header, cells)
        own, author = _cell(row, columns, "id"), _cell(row, columns, "author")
        if own and author:
            parents = idents(row.get(columns["reply_to"].name, ""))
            found.setdefault(own, (author, true(row, columns["outgoing"]), parents[0] if parents else ""))
    return found


def _to(row: Row, columns: Mapping[str, Column], written: Written) -> str:
    """Whom ours wrote to: up the answers to the first who is not one of ours."""
    parents = idents(row.get(columns["reply_to"].name, "")) if "reply_to" in columns else []
    for _ in range(CLIMB):
        if not parents or parents[0] not in written:
            return ""
        author, ours, above = written[parents[0]]
        if not ours:
            return author
        parents = [above] if above else []
    return ""
