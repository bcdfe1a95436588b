"""Mail headers: unfolding, encoded words, addresses, message ids and dates.

The standard library does this too, but its modern policy takes several milliseconds for one ordinary mail and its address
parser takes quadratic time on hostile input. Everything here is one pass over bytes or text, and bounded.
"""

import binascii
import codecs
import email.utils
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice

from samspil.kit import Handle

MAX_HEADER = 1024 * 1024
MAX_VALUE = 512 * 1024
MAX_LINES = 2000
MAX_ADDRESSES = 300
MAX_TOKENS = 100_000
MAX_REFERENCES = 500
MAX_ID = 500
MAX_DISPLAY = 200
MAX_ADDRESS = 320

Headers = Mapping[str, Sequence[bytes]]

_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]*)\?=([ \t\r\n]*)")
_ID = re.compile(r"<([^<>]{1,1000})>")
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|\((?:[^()\\]|\\.)*\)?|[,;:]|[^",;:<(]+|.', re.DOTALL)

# What mailers write and Python's codecs do not know, or know too narrowly: who says Latin-1 nearly always means Windows-1252.
_CHARSETS = {
    **dict.fromkeys(("iso-8859-1", "latin1", "iso8859-1", "latin-1", "ansi"), "cp1252"),
    **dict.fromkeys(("x-unknown", "unknown-8bit", "utf8mb4"), "utf-8"),
    **dict.fromkeys(("windows-874", "iso-8859-11"), "cp874"),
    "cp-850": "cp850",
    "gb2312": "gb18030",
    "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac-roman",
    "x-sjis": "cp932",
}
# Text codecs of Python's that are no character sets: some would run escapes that the sender chose.
_NO_CHARSETS = frozenset(
    ("unicode_escape", "unicode-escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem")
)


def codec_of(charset: str) -> str | None:
    """The name of Python's codec for a mail's charset; None for an unknown one and for codecs that are no character sets."""
    name = charset.strip().strip("'\"").lower()[:60]
    name = _CHARSETS.get(name, name)
    if not name or name in {
        "unicode_escape",
        "raw_unicode_escape",
        "idna",
        "punycode",
        "undefined",
        "mbcs",
        "oem",
        "unicode-escape",
    }:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return info.name if getattr(info, "_is_text_encoding", True) else None


def to_text(data: bytes, charset: str) -> tuple[str, bool]:
    """Bytes as text, and whether the named charset fitted. Never raises: UTF-8, then Windows-1252, are the last resorts."""
    codec = codec_of(charset) if charset else "utf-8"
    if codec == "ascii":
        codec = "utf-8"
    if codec:
        try:
            return data.decode(codec), True
        except (UnicodeError, ValueError):
            pass
    try:
        return data.decode("utf-8"), not charset
    except UnicodeDecodeError:
        # UTF-8 with a few broken bytes keeps its letters; anything else is an old single-byte page.
        marked = data.decode("utf-8", "replace")
        broken = marked.count("\ufffd")
        letters = sum(not letter.isascii() for letter in marked[:100_000]) - broken
        return (marked if codec == "utf-8" and letters > broken else data.decode("cp1252", "replace")), False


def parse_headers(block: bytes) -> dict[str, list[bytes]]:
    """Field names in lower case with their raw values in order; folded lines kept, at most MAX_LINES fields."""
    found: dict[str, list[bytes]] = {}
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for count, match in enumerate(_FIELD.finditer(block)):
        if count >= MAX_LINES:
            break
        found.setdefault(match[1].decode("ascii").lower(), []).append(match[2][:MAX_VALUE].strip())
    return found


def raw(headers: Headers, name: str) -> bytes:
    """The first value of a field as it stands, b"" without it."""
    values = headers.get(name)
    return values[0] if values else b""


def plain(value: bytes) -> str:
    """A raw value as text, unfolded, encoded words untouched."""
    text, _ = to_text(value, "")
    return text.replace("\r", "").replace("\n", "") if "\n" in text or "\r" in text else text


def decode_words(text: str) -> str:
    """RFC 2047 encoded words decoded. Neighbours of one charset are joined as bytes first: mailers cut within a letter."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending, charset, at = b"", "", 0

    def flush() -> None:
        nonlocal pending
        if pending:
            out.append(to_text(pending, charset)[0])
            pending = b""

    for match in _WORD.finditer(text):
        if match.start() > at:
            flush()
            out.append(text[at : match.start()])
        name = match[1].split("*")[0]
        if name.lower() != charset.lower():
            flush()
        charset = name
        pending += _word_bytes(match[2], match[3])
        follows = text.startswith("=?", match.end()) and _WORD.match(text, match.end()) is not None
        at = match.end() if follows or not match[4] else match.end(3) + 2
    flush()
    out.append(text[at:])
    return "".join(out)


def _word_bytes(kind: str, body: str) -> bytes:
    try:
        data = body.encode("cp1252")  # bytes that should have been encoded and stand raw
    except UnicodeEncodeError:
        data = body.encode("utf-8", "replace")
    if kind in "qQ":
        return binascii.a2b_qp(data, header=True)
    return base64_bytes(data)


def base64_bytes(data: bytes) -> bytes:
    """Base64 decoded leniently: other characters skipped, padding mended."""
    try:
        return binascii.a2b_base64(data)
    except (binascii.Error, ValueError):
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def text_of_header(value: bytes) -> str:
    """An unstructured field as one line of text: decoded, control characters and runs of space made one space."""
    text = decode_words(plain(value))
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()


def message_ids(value: bytes) -> list[str]:
    """Every id of a References or In-Reply-To field in order; when nothing stands in angle brackets, bare words with an @."""
    text = plain(value)
    ids = [_SPACE.sub("", one)[:MAX_ID] for one in _ID.findall(text)]
    if not ids and "@" in text:
        ids = [word.strip("<>\"',;")[:MAX_ID] for word in text.split() if "@" in word]
    return [one for one in ids if one]


def references(headers: Headers) -> list[str]:
    """All of References, then of In-Reply-To; each id once, at its last place, the nearest last; the newest MAX_REFERENCES."""
    found: list[str] = []
    for name in ("references", "in-reply-to"):
        for value in headers.get(name, ()):
            found.extend(message_ids(value))
    last_places = list(dict.fromkeys(reversed(found)))
    return last_places[:MAX_REFERENCES][::-1]


def normal_address(text: str) -> str:
    """A mail address in normal form (lower case, NFC, domain as ASCII); "" when it is none."""
    text = unicodedata.normalize("NFC", _CONTROL.sub("", text).strip().strip("<>").strip())
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(), domain.strip().rstrip(".").lower()
    if not at or not local or not domain or len(text) > MAX_ADDRESS or _SPACE.search(domain):
        return ""
    if len(local) > 1 and local[0] == local[-1] == '"' and re.fullmatch(r"[^\s@\"\\,;:<>()\[\]]+", local[1:-1]):
        local = local[1:-1]
    if not domain.isascii():
        with suppress(UnicodeError):
            domain = domain.encode("idna").decode("ascii")
    return f"{local.lower()}@{domain}"


def handle(address: str, display: str = "") -> Handle:
    """A handle on the mail network; the display name is one bounded line without quotes around it."""
    name = _SPACE.sub(" ", _CONTROL.sub(" ", display)).strip()
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return Handle(network="mail", address=address, display="" if name.lower() == address else name[:MAX_DISPLAY])


def addresses(values: Iterable[bytes], limit: int = MAX_ADDRESSES) -> tuple[list[Handle], int]:
    """Every address in address fields as a handle, each once; at most ``limit``, and how many more there were.

    Understands quoted names, comments, groups and semicolons as Outlook writes them. What is no address is left out.
    """
    found: dict[str, Handle] = {}
    more = 0
    for value in values:
        for display, address in _split(plain(value)):
            normal = normal_address(address)
            if not normal or normal in found:
                continue
            if len(found) >= limit:
                more += 1
                continue
            found[normal] = handle(normal, decode_words(display))
    return list(found.values()), more


def _split(text: str) -> Iterable[tuple[str, str]]:
    """(display, address) of each mailbox in an address field, still encoded."""
    words: list[str] = []
    angle, comment = "", ""
    for match in islice(_TOKEN.finditer(text), MAX_TOKENS):
        token = match[0]
        first = token[0]
        if first in ",;":
            if first == "," and not angle and words and "@" not in "".join(words):
                words.append(", ")  # "Bjerre, Karla <karla@example.com>" without the quotes that it should have
                continue
            yield _mailbox(words, angle, comment)
            words, angle, comment = [], "", ""
        elif first == ":" and not angle and "@" not in "".join(words):
            words = []  # the name of a group
        elif first == "<":
            angle = token.strip("<>")
        elif first == "(":
            comment = token.strip("()")
        elif first == '"':
            words.append(re.sub(r"\\(.)", r"\1", token.strip('"')) if not angle else "")
        else:
            words.append(token)
    yield _mailbox(words, angle, comment)


def _mailbox(words: list[str], angle: str, comment: str) -> tuple[str, str]:
    text = "".join(words).strip()
    if angle:
        # A source route (<@a,@b:user@c>) is read for its last part.
        return text or comment, angle.rpartition(":")[2] if angle.startswith("@") else angle
    return comment, text


def date_of(value: bytes) -> datetime | None:
    """A Date field in UTC; None when it cannot be read."""
    text = plain(value)[:200]
    try:
        parsed = email.utils.parsedate_tz(text)
        if parsed is None:
            return None
        moment = datetime(*parsed[:6], tzinfo=UTC).timestamp() - (parsed[9] or 0)
        return datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None
