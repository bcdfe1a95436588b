"""The parts of a mail, read from its bytes in one pass and within fixed bounds.

Why not :mod:`email`: its parser turns the whole message into text lines first (ten times the memory of a 50 MB mail) and recurses
once for every level of nesting, so that a hostile mail ends in RecursionError.
Here a part is a pair of offsets into the payload; nothing is decoded until somebody asks for it, and nothing is ever unpacked.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from samspil.channels.mail.headers import MAX_HEADER, base64_bytes, decode_words, parse_headers, plain, raw, to_text

MAX_DEPTH = 20
MAX_PARTS = 500
MAX_TEXT = 2 * 1024 * 1024
MAX_NAME = 200
MAX_ENDING = 20

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n|\r\r|\n\r\n")
_PARAM = re.compile(r';\s*([^\s=;*"]{1,80})(?:\*(\d{1,3}))?(\*)?\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_TYPE = re.compile(r"^[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}$")
_BAD_NAME = re.compile(r"[\x00-\x1f\x7f/\\:]+")


@dataclass(slots=True)
class Part:
    """One entity of a mail. ``start`` and ``end`` bound its body within the payload; ``path`` is "1", "1.2", and so on."""

    path: str
    headers: dict[str, list[bytes]]
    start: int
    end: int
    content_type: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    name: str = ""
    encoding: str = ""
    children: list["Part"] = field(default_factory=list)

    @property
    def content_id(self) -> str:
        """The Content-ID without brackets."""
        return plain(raw(self.headers, "content-id")).strip().strip("<>")[:MAX_NAME]

    def walk(self) -> Iterator["Part"]:
        """This part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Mail:
    """A mail read into parts; ``notes`` say what was broken or cut."""

    payload: bytes
    root: Part
    notes: list[str]

    @property
    def headers(self) -> dict[str, list[bytes]]:
        """The fields of the mail itself."""
        return self.root.headers


def read(payload: bytes) -> Mail:
    """Read a mail. Never raises; what is broken is noted and kept as text."""
    reader = _Reader(payload)
    return Mail(payload, reader.part(0, len(payload), "1"), reader.notes)


def header_end(payload: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the header block ends and where the body begins."""
    if payload.startswith((b"\n", b"\r\n"), start):
        return start, start + (1 if payload[start : start + 1] == b"\n" else 2)
    match = _END_OF_HEADER.search(payload, start, end)
    return (match.start(), match.end()) if match else (end, end)


class _Reader:
    """Reads parts within parts; counts them, and notes what is broken."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.notes: list[str] = []
        self.count = 0

    def part(self, start: int, end: int, path: str) -> Part:
        """One entity between two offsets, with all below it."""
        self.count += 1
        head, body = header_end(self.payload, start, end)
        if head - start > MAX_HEADER:
            self.notes.append(f"header of {head - start} bytes cut to {MAX_HEADER}")
        headers = parse_headers(self.payload[start : min(head, start + MAX_HEADER)])
        if self.count == 1 and not headers:
            self.notes.append("no header fields")
            body = start
        part = Part(path, headers, body, end)
        _describe(part)
        if part.content_type.startswith("multipart/"):
            self._children(part)
        return part

    def _children(self, part: Part) -> None:
        boundary = part.params.get("boundary", "")
        if not boundary:
            self.notes.append("multipart without boundary")
            part.content_type = "text/plain"
            return
        if part.path.count(".") >= MAX_DEPTH:
            self.notes.append(f"parts nested deeper than {MAX_DEPTH} kept as one")
            part.content_type = "application/octet-stream"
            return
        spans, closed = _spans(self.payload, b"--" + boundary.encode("utf-8", "surrogateescape"), part.start, part.end)
        if not spans:
            self.notes.append("no part found for the boundary")
            part.content_type = "text/plain"
            return
        if not closed:
            self.notes.append("last boundary is missing")
        for number, (start, end) in enumerate(spans, 1):
            if self.count >= MAX_PARTS:
                self.notes.append(f"more than {MAX_PARTS} parts; the rest is in the original")
                break
            child = self.part(start, end, f"{part.path}.{number}")
            if part.content_type == "multipart/digest" and "content-type" not in child.headers:
                child.content_type = "message/rfc822"  # RFC 2046 5.1.5
            part.children.append(child)


def _describe(part: Part) -> None:
    kind = raw(part.headers, "content-type")
    if kind:
        value, part.params = parameters(plain(kind))
        value = value.lower()
        part.content_type = (
            value if _TYPE.match(value) else ("text/plain" if value in {"", "text"} else "application/octet-stream")
        )
    part.encoding = plain(raw(part.headers, "content-transfer-encoding")).strip().lower()
    name = part.params.get("name", "")
    disposition = raw(part.headers, "content-disposition")
    if disposition:
        value, params = parameters(plain(disposition))
        part.disposition = value.lower()
        name = params.get("filename", name)
    if name:
        part.name = file_name(name)


def file_name(name: str) -> str:
    """A file name that is only a name: one line, no folders, bounded, its ending kept."""
    clean = _BAD_NAME.sub("_", decode_words(name)).strip(" .")
    if len(clean) > MAX_NAME:
        stem, dot, ending = clean.rpartition(".")
        clean = f"{stem[: MAX_NAME - MAX_ENDING]}.{ending}" if dot and len(ending) < MAX_ENDING else clean[:MAX_NAME]
    return clean


def parameters(text: str) -> tuple[str, dict[str, str]]:
    """A structured field's value and parameters, RFC 2231 continuations and charsets included."""
    value, semicolon, _ = text.partition(";")
    if not semicolon:
        return value.strip(), {}
    simple: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, index, star, quoted in _PARAM.findall(text[:20_000], len(value)):
        content = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted.startswith('"') else quoted.strip()
        key = name.lower()
        if index or star:
            pieces.setdefault(key, {})[int(index or 0)] = (content, bool(star))
        else:
            simple.setdefault(key, content)
    for key, parts in pieces.items():
        simple[key] = _joined([parts[index] for index in sorted(parts)])
    return value.strip(), simple


def _joined(parts: list[tuple[str, bool]]) -> str:
    charset = ""
    first, starred = parts[0]
    if starred and first.count("'") > 1:
        charset, _, first = first.split("'", 2)
        parts = [(first, True), *parts[1:]]
    data = b"".join(unquote_to_bytes(text) if star else text.encode("utf-8", "replace") for text, star in parts)
    return to_text(data, charset)[0]


def _spans(payload: bytes, delimiter: bytes, start: int, end: int) -> tuple[list[tuple[int, int]], bool]:
    spans: list[tuple[int, int]] = []
    opened, at = -1, start
    while len(spans) <= MAX_PARTS and (at := payload.find(delimiter, at, end)) >= 0:
        after = at + len(delimiter)
        if at > start and payload[at - 1] not in b"\r\n":
            at = after
            continue
        line_end = payload.find(b"\n", after, end)
        line_end = end if line_end < 0 else line_end
        rest = payload[after : min(line_end, after + 200)].strip()
        if rest not in {b"", b"--"}:
            at = after  # a longer boundary that begins with ours
            continue
        if opened >= 0:
            stop = at - 1 if payload[at - 1 : at] in {b"\n", b"\r"} else at
            stop = stop - 1 if payload[stop - 1 : stop + 1] == b"\r\n" else stop
            spans.append((opened, max(opened, stop)))
        if rest == b"--":
            return spans, True
        opened = at = min(line_end + 1, end)
    if 0 <= opened < end and len(spans) <= MAX_PARTS:
        spans.append((opened, end))
    return spans, False


def content(payload: bytes, part: Part, limit: int | None = None) -> bytes:
    """The part's bytes with the transfer encoding undone; at most about ``limit`` of them. Never raises."""
    end = part.end if limit is None else min(part.end, part.start + limit * 2 + 1024)
    data = payload[part.start : end]
    try:
        if part.encoding == "base64":
            data = base64_bytes(data)
        elif part.encoding == "quoted-printable":
            data = binascii.a2b_qp(data)
        elif part.encoding in {"x-uuencode", "uuencode", "x-uue"}:
            data = _uudecoded(data)
    except (binascii.Error, ValueError):
        pass  # kept as it stands: better unreadable bytes than none
    return data if limit is None else data[:limit]


def _uudecoded(data: bytes) -> bytes:
    out = bytearray()
    inside = False
    for line in data.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        elif line:
            width = (((line[0] - 32) & 63) * 4 + 5) // 3
            out += binascii.a2b_uu(line[: width + 1])
    return bytes(out)


def size(payload: bytes, part: Part) -> int:
    """How many bytes the decoded part has; base64 is counted without being decoded."""
    if part.encoding == "base64":
        data = payload[part.start : part.end].translate(None, _NOT_BASE64)
        letters = len(data.rstrip(b"="))
        if b"=" not in data[:letters]:
            return letters * 3 // 4
    return part.end - part.start if part.encoding in {"", "7bit", "8bit", "binary"} else len(content(payload, part))


def text(payload: bytes, part: Part, notes: list[str]) -> str:
    """A text part as text with line feeds only, at most MAX_TEXT bytes of it."""
    data = content(payload, part, MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        notes.append(f"text of {part.end - part.start} bytes cut to {MAX_TEXT}")
        data = data[:MAX_TEXT]
    charset = part.params.get("charset", "")
    decoded, fitted = to_text(data, charset)
    if not fitted:
        notes.append(f"part {part.path} is not valid {charset or 'UTF-8'}"[:120])
    # NUL cannot be stored by PostgreSQL; a lone surrogate cannot be written at all (UTF-7 and UTF-16 can produce one).
    decoded = decoded.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").removeprefix("\ufeff")
    return (
        decoded.encode("utf-8", "replace").decode("utf-8")
        if charset[:3].lower() == "utf" and charset[:5].lower() != "utf-8"
        else decoded
    )


@dataclass(slots=True)
class Shown:
    """What one place of the mail shows: plain text, HTML, or both of the same."""

    plain: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)


def shown(mail: Mail) -> tuple[list[Shown], list[Part]]:
    """What the mail shows in order, and the files that it carries (inline images too)."""
    places: list[Shown] = []
    files: list[Part] = []
    _collect(mail.root, places, files)
    return places, files


def _collect(part: Part, places: list[Shown], files: list[Part]) -> None:
    kind = part.content_type
    if part.children:
        if kind == "multipart/alternative":
            inner: list[Shown] = []
            for child in part.children:
                _collect(child, inner, files)
            merged = Shown([p for place in inner for p in place.plain], [p for place in inner for p in place.html])
            if merged.plain or merged.html:
                places.append(merged)
            return
        for child in part.children:
            _collect(child, places, files)
    elif (
        part.disposition != "attachment"
        and kind in {"text/plain", "text/html"}
        and not (part.name and part.path != "1" and part.disposition)
    ):
        places.append(Shown([part], []) if kind == "text/plain" else Shown([], [part]))
    elif part.end > part.start or part.name:
        files.append(part)
