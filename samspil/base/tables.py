"""Reading rows from a table in any delimiter and encoding: bounded, and never in doubt about which row was broken."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

ROWS = 1_000_000
CELL = 10_000
COLUMNS = 300
LINE = 1_000_000
SAMPLE = 64_000
DELIMITERS = ";,\t|"
MANY = "\x1f"
"""Between the values of one cell that has several (of a card or an export): no table has it by itself."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class CannotReadPeople(ValueError):
    """The file is not what it is said to be. The message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file; ``number`` counts from 1, the header included. ``error`` is a code, "" where it can be read."""

    number: int
    cells: Sequence[str]
    error: str = ""


def encoding_of(beginning: bytes) -> str:
    """By the mark at the beginning, else UTF-16 by its zeros, else UTF-8 where it is, else what Windows and Excel write (cp1252)."""
    for mark, name in _MARKS:
        if beginning.startswith(mark):
            return name
    even, odd = beginning[0:2000:2].count(0), beginning[1:2000:2].count(0)
    if max(even, odd) > len(beginning[:2000]) // 5:
        return "utf-16-le" if odd > even else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        # One odd byte among many good letters beyond ASCII is a broken row of a UTF-8 file; otherwise it is another encoding.
        good = sum(not c.isascii() and c != "\ufffd" for c in beginning.decode("utf-8", "replace"))
        bad = beginning.decode("utf-8", "replace").count("\ufffd")
        return "utf-8" if good > bad else "cp1252"
    return "utf-8"


def delimiter_of(text: str) -> str:
    """What stands equally often in the first rows, and most often; a comma where nothing does."""
    best, found = 0, ","
    for sign in DELIMITERS:
        try:
            counts = [len(row) for row in islice(csv.reader(text.splitlines()[:30], delimiter=sign), 20) if row]
        except csv.Error:
            continue
        same = sum(n == counts[0] for n in counts) if counts else 0
        score = (counts[0] - 1) * same if counts and counts[0] > 1 else 0
        if score > best:
            best, found = score, sign
    return found


def table(file: BinaryIO, *, encoding: str = "", delimiter: str = "") -> tuple[list[str], str, str, Iterator[Row]]:
    """The header, the encoding, the delimiter, and the rows as they are read. Raises CannotReadPeople for what is no table."""
    beginning = file.read(SAMPLE)
    file.seek(0)
    coding = encoding or encoding_of(beginning)
    try:
        handling = "surrogateescape" if coding.startswith("utf-8") else "replace"
        text = io.TextIOWrapper(file, encoding=coding, errors=handling, newline="")
        sample = codecs.lookup(coding).incrementaldecoder("replace").decode(beginning)
    except (LookupError, UnicodeError):
        raise CannotReadPeople(f"Nobody knows the encoding {coding!r}") from None
    sign = delimiter or delimiter_of(sample)
    if len(sign) != 1 or sign in '\r\n"':
        raise CannotReadPeople("A delimiter is one sign")
    reader = csv.reader(_lines(text), delimiter=sign)
    header = _header(reader)
    return header, coding, sign, _rows(reader, len(header))


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LINE):
        yield line


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > COLUMNS:
                    raise CannotReadPeople(f"More than {COLUMNS} columns")
                return [" ".join(storable(cell).replace("\ufeff", "").split())[:200] for cell in cells]
    except (csv.Error, UnicodeError):
        raise CannotReadPeople("The first row cannot be read") from None
    raise CannotReadPeople("There is nothing in the file")


def _rows(reader: Iterator[list[str]], width: int) -> Iterator[Row]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeError):
            yield Row(number, (), "not_csv")
            continue
        if number > ROWS + 1:
            raise CannotReadPeople(f"More than {ROWS:,} rows: split the file")
        yield Row(number, cells, _wrong(cells, width))


def _wrong(cells: Sequence[str], width: int) -> str:
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        return "too_many_cells"
    if any(len(cell) > CELL for cell in cells):
        return "too_long"
    if any("\ufffd" in cell or (not cell.isascii() and not _is_text(cell)) for cell in cells):
        return "not_text"
    return ""


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """What PostgreSQL can hold; everything else stays as it came."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula when the table is opened there."""
    return f"'{cell}" if cell.lstrip()[:1] in {"=", "+", "-", "@"} or cell[:1] in {"\t", "\r", "\n"} else cell
