"""Reading vCards 2.1, 3.0 and 4.0: a broken card is a broken row, whatever is in it."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import vobject

from samspil.base.tables import MANY, ROWS, SAMPLE, CannotReadPeople, Row, encoding_of

LARGEST = 4_000_000
"""Bytes of one card: a photo is some hundred thousand."""
COLUMNS = (
    "FN", "given name", "surname", "EMAIL", "TEL", "ORG", "department", "TITLE", "BDAY", "street", "postcode", "city", "region",
    "country", "URL", "NOTE", "mastodon", "matrix", "telegram", "bluesky", "instagram", "facebook", "x", "whatsapp", "signal", "REV",
)  # fmt: skip
MEANINGS = {
    "FN": "name", "given name": "detail.given_name", "surname": "detail.surname", "EMAIL": "handle.mail", "TEL": "handle.phone",
    "ORG": "detail.company", "department": "detail.department", "TITLE": "detail.title", "BDAY": "detail.born",
    "street": "detail.street", "postcode": "detail.postcode", "city": "detail.city", "region": "detail.region",
    "country": "detail.country", "URL": "detail.website", "NOTE": "", "REV": "",
}  # fmt: skip
_SOCIAL = {"twitter": "x"}
_HOSTS = {
    "twitter.com": "x", "x.com": "x", "facebook.com": "facebook", "instagram.com": "instagram", "t.me": "telegram",
    "bsky.app": "bluesky", "matrix.to": "matrix",
}  # fmt: skip
_PICTURE = re.compile(r"^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|CERT)[;:]", re.IGNORECASE)


def cards(file: BinaryIO) -> Iterator[Row]:
    """A row of COLUMNS for each card. Raises CannotReadPeople where there is none."""
    beginning = file.read(SAMPLE)
    file.seek(0)
    coding = encoding_of(beginning)
    number = 0
    for raw in _cards(file, coding):
        number += 1
        if number > ROWS:
            raise CannotReadPeople(f"More than {ROWS:,} cards: split the file")
        if raw is None:
            yield Row(number, (), "too_long")
            continue
        yield _row(number, raw)
    if not number:
        raise CannotReadPeople("There is no card in the file")


def _cards(file: BinaryIO, coding: str) -> Iterator[str | None]:
    """The text of each card; None for one that is too large. Pictures are left out on the way."""
    lines: list[str] = []
    size, inside, skipping = 0, False, False
    for line in _lines(file, coding):
        mark = line.strip().upper()
        if mark == "BEGIN:VCARD":
            if inside:
                yield "\n".join(lines) + "\nEND:VCARD"
            lines, size, inside, skipping = [line.strip()], 0, True, False
            continue
        if not inside:
            continue
        if mark == "END:VCARD":
            inside = False
            yield None if size > LARGEST else "\n".join([*lines, "END:VCARD"])
            continue
        folded = line[:1] in {" ", "\t"}
        skipping = (folded and skipping) or bool(_PICTURE.match(line))
        size += len(line)
        if not skipping and size <= LARGEST:
            lines.append(line)
    if inside:
        yield "\n".join(lines)


def _lines(file: BinaryIO, coding: str) -> Iterator[str]:
    if coding.startswith(("utf-16", "utf-32")):
        yield from file.read(64_000_000).decode(coding, "replace").splitlines()
        return
    while line := file.readline(LARGEST):
        yield line.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf").decode("utf-8" if coding == "utf-8-sig" else coding, "replace")


def _row(number: int, text: str) -> Row:
    cell = text[:10_000]
    try:
        card: Any = vobject.readOne(text, ignoreUnreadable=True, allowQP=True)
        found = _cells(card.contents)
    except Exception:  # noqa: BLE001  whatever the library cannot take is one broken card
        return Row(number, (cell,), "not_a_card")
    cells = [MANY.join(dict.fromkeys(v.strip() for v in found.get(name, []) if v.strip())) for name in COLUMNS]
    if any("\ufffd" in c for c in cells):
        return Row(number, cells, "not_text")
    return Row(number, cells, "too_long" if any(len(c) > 10_000 for c in cells) else "")  # noqa: PLR2004  as in tables


def _cells(contents: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}

    def add(name: str, value: object) -> None:
        for one in value if isinstance(value, (list, tuple)) else [value]:
            found.setdefault(name, []).append(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one or ""))

    for name in ("fn", "email", "tel", "title", "bday", "url", "note", "rev"):
        add(name.upper(), [line.value for line in contents.get(name, [])])
    for line in contents.get("n", [])[:1]:
        add("given name", _joined(getattr(line.value, "given", "")))
        add("surname", _joined(getattr(line.value, "family", "")))
    for line in contents.get("org", []):
        parts = line.value if isinstance(line.value, list) else [line.value]
        add("ORG", parts[0])
        add("department", parts[1:2])
    for line in contents.get("adr", [])[:1]:
        for name, part in (
            ("street", "street"),
            ("postcode", "code"),
            ("city", "city"),
            ("region", "region"),
            ("country", "country"),
        ):
            add(name, _joined(getattr(line.value, part, "")))
    for network, value in _elsewhere(contents):
        add(network, value)
    return found


def _elsewhere(contents: Any) -> Iterator[tuple[str, str]]:
    for name in ("x-socialprofile", "socialprofile", "impp"):
        for line in contents.get(name, []):
            network, value = _social(line)
            if network:
                yield network, value


def _joined(value: object) -> str:
    return " ".join(str(v) for v in value if v) if isinstance(value, (list, tuple)) else str(value or "")


def _social(line: Any) -> tuple[str, str]:
    value = str(line.value)
    kind = next((t.lower() for key in ("SERVICE-TYPE", "TYPE", "X-SERVICE-TYPE") for t in line.params.get(key, [])), "")
    scheme, _, rest = value.partition(":")
    if scheme.lower() in {"matrix", "telegram", "whatsapp", "signal"}:
        return scheme.lower(), rest
    host = re.match(r"https?://(?:www\.)?([^/]+)", value)
    network = _HOSTS.get(host[1].lower(), "") if host else ""
    network = network or _SOCIAL.get(kind, kind if kind in COLUMNS else "")
    return network, value
