"""Pure decisions of exchange: times before now, and small files drawn from nothing for the demo."""

import random
import re
from datetime import timedelta
from itertools import pairwise

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_AGO = re.compile(r"(\d+[dhm])( \d+[dhm])*")
_MENTION = re.compile(r"@(\w+)")


def ago(text: str) -> timedelta:
    """``"12d 3h 20m"`` as the time before now. Raises ValueError."""
    if not _AGO.fullmatch(text):
        raise ValueError(f"no time before now: {text!r}")
    return timedelta(**{_UNITS[part[-1]]: int(part[:-1]) for part in text.split()})


def mentions(text: str) -> list[str]:
    """Who is named as ``@key``, each once."""
    return list(dict.fromkeys(_MENTION.findall(text)))


def document(name: str, size: int) -> bytes:
    """A text of exactly ``size`` bytes that says what it stands for; lines of a table where the name says so."""
    if name.endswith(".csv"):
        lines = "nummer;navn;vaerdi\r\n" + "".join(f"{n};raekke {n};{n * 37 % 101}\r\n" for n in range(1, size))
    else:
        lines = f"{name}\r\n\r\n" + "Denne fil er lavet til demoen; den staar for den, forbrugeren sendte.\r\n" * size
    return lines[: size - 2].encode("ascii").ljust(size - 2) + b"\r\n"


COLUMNS, LINES = 60, 40


def picture(seed: str) -> bytes:
    """A small JPEG, the same for the same seed: soft hills under a sky, in blocks of 8 by 8 with one colour each.

    Baseline, three components, quantised so that a block's value is its only number: no drawing library is worth its weight here.
    """
    chance = random.Random(seed)  # noqa: S311  a picture, not a secret
    heights = [chance.uniform(0.35, 0.65)]
    for _ in range(COLUMNS - 1):
        heights.append(min(max(heights[-1] + chance.uniform(-0.05, 0.05), 0.25), 0.8))
    cool, warm = chance.randint(-40, 40), chance.randint(-40, 40)
    blocks = []
    for line in range(LINES):
        for column in range(COLUMNS):
            high = line / LINES
            sky = high < heights[column]
            grain = chance.randint(-3, 3)
            bright = int(60 - 40 * high) if sky else int(-20 - 60 * (high - heights[column]))
            blocks.append((bright + grain, cool // 2 + 12 if sky else -18, -cool // 3 if sky else warm // 2))
    return _jpeg(COLUMNS * 8, LINES * 8, blocks)


def _jpeg(width: int, height: int, blocks: list[tuple[int, int, int]]) -> bytes:
    """Blocks of (Y, Cb, Cr), each -128..127, as a JPEG (ITU-T T.81, baseline)."""

    def segment(mark: int, body: bytes) -> bytes:
        return bytes((0xFF, mark)) + (len(body) + 2).to_bytes(2, "big") + body

    head = b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xDB, b"\0" + b"\x08" * 64)
    frame = (
        b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\3" + b"".join(bytes((c, 0x11, 0)) for c in (1, 2, 3))
    )
    # Every size of number has a code of four bits; after the first number a block ends with one bit.
    first = b"\0" + bytes((0, 0, 0, 10, *[0] * 12)) + bytes(range(10))
    others = b"\x10" + bytes((1, *[0] * 15)) + b"\0"
    scan = segment(0xDA, b"\3" + b"".join(bytes((c, 0)) for c in (1, 2, 3)) + b"\0\x3f\0")
    bits: list[str] = []
    for part in _differences(blocks):
        size = abs(part).bit_length()
        value = part if part > 0 else part + (1 << size) - 1
        bits.append(f"{size:04b}" + (f"{value:0{size}b}" if size else "") + "0")
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big").replace(b"\xff", b"\xff\0")
    return head + segment(0xC0, frame) + segment(0xC4, first) + segment(0xC4, others) + scan + data + b"\xff\xd9"


def _differences(blocks: list[tuple[int, int, int]]) -> list[int]:
    found = list(blocks[0])
    for before, after in pairwise(blocks):
        found.extend(new - old for old, new in zip(before, after, strict=True))
    return found
