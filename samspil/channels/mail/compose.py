"""A reply of ours as the bytes of a mail, made chunk by chunk so that a large file is never whole in memory."""

import base64
import binascii
import email.utils
import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header

from samspil.channels.mail import tokens
from samspil.channels.mail.headers import normal_address
from samspil.channels.mail.settings import Settings
from samspil.channels.mail.understand import LOOP_HEADER
from samspil.kit import File, Outbound

MAX_SUBJECT = 900
MAX_REFERENCES = 30
MAX_LINE = 900
CHUNK = 57 * 1024

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ANSWER = re.compile(r"^\s*(?:re|sv|aw|vs)\s*:", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"[\s<>,;\"()\x00-\x1f\x7f]")
_BAD_ID = re.compile(r"[\s<>\x00-\x1f\x7f]|[^\x21-\x7e]")
_TYPE = re.compile(r"^[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A mail ready to send: who it is from and to on the envelope, its id without brackets, its header and body."""

    message_id: str
    sender: str
    receiver: str
    fields: Sequence[tuple[str, str]]
    text: str
    files: Sequence[File]
    boundary: str
    html: str = ""

    def chunks(self, *, eight_bit: bool) -> Iterator[bytes]:
        """The mail's bytes with CRLF line ends. ``eight_bit`` tells whether the server takes 8BITMIME."""
        yield from (f"{name}: {value}\r\n".encode() for name, value in self.fields)
        yield b"MIME-Version: 1.0\r\n"
        if self.html and not self.files:
            yield f'Content-Type: multipart/alternative; boundary="{self.boundary}"\r\n\r\n--{self.boundary}\r\n'.encode()
            yield from _text_part(self.text, eight_bit=eight_bit)
            yield f"\r\n--{self.boundary}\r\n".encode()
            yield from _text_part(self.html, eight_bit=eight_bit, kind="html")
            yield f"\r\n--{self.boundary}--\r\n".encode()
            return
        if not self.files:
            yield from _text_part(self.text, eight_bit=eight_bit)
            return
        yield f'Content-Type: multipart/mixed; boundary="{self.boundary}"\r\n\r\n--{self.boundary}\r\n'.encode()
        yield from _text_part(self.text, eight_bit=eight_bit)
        for file in self.files:
            yield f"\r\n--{self.boundary}\r\n".encode()
            yield from _file_part(file)
        yield f"\r\n--{self.boundary}--\r\n".encode()


def one_line(text: str) -> str:
    """Text that cannot begin a header line of its own."""
    return " ".join(_CONTROL.sub(" ", text).split())


def unstructured(name: str, text: str) -> str:
    value = one_line(text)
    if value.isascii():
        # A line without a space cannot be folded; an encoded word can.
        return value if len(value) < MAX_LINE else Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")
    return Header(value, "utf-8", header_name=name, maxlinelen=76).encode(linesep="\r\n")


def mailbox(display: str, address: str) -> str:
    name = one_line(display)[:200]
    if not name:
        return address
    if name.isascii():
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{Header(name, 'utf-8', maxlinelen=70).encode(linesep=chr(13) + chr(10))} <{address}>"


def _ids(identifiers: Sequence[str]) -> str:
    clean = [
        one for one in identifiers if one and not _BAD_ID.search(one) and not one.startswith("sha256:") and len(one) < MAX_LINE
    ]
    # The first and the newest: mail programs need the root of the thread, and servers dislike endless headers.
    kept = clean if len(clean) <= MAX_REFERENCES else [clean[0], *clean[-(MAX_REFERENCES - 1) :]]
    return "\r\n ".join(f"<{one}>" for one in kept)


def compose(outbound: Outbound, settings: Settings, key: bytes, *, now: datetime) -> Composed:
    """The mail for one reply. The same reply has the same id at every try. Raises ValueError for a bad address."""
    receiver = normal_address(outbound.to.address)
    sender = normal_address(settings.address)
    if not receiver or _NO_ADDRESS.search(outbound.to.address):
        raise ValueError(f"{one_line(outbound.to.address)[:200]!r} is not a mail address")
    if not sender:
        raise ValueError("the account has no mail address")
    identifier = tokens.message_id(key, settings.domain, outbound.id, outbound.conversation)
    display = f"{outbound.author} · {settings.name}" if outbound.author and settings.name else outbound.author or settings.name
    fields = [
        ("From", mailbox(display, sender)),
        ("To", mailbox(outbound.to.display, receiver)),
        ("Subject", unstructured("Subject", _subject(outbound, settings))),
        ("Date", email.utils.format_datetime(now.astimezone(UTC))),
        ("Message-ID", f"<{identifier}>"),
        (LOOP_HEADER, tokens.loop_mark(key, identifier)),
    ]
    if outbound.automatic:
        fields.append(("Auto-Submitted", "auto-replied"))
    signed = tokens.reply_address(key, sender, outbound.conversation) if settings.plus_addressing else ""
    if signed:
        fields.append(("Reply-To", mailbox(settings.name, signed)))
    nearest = _ids([outbound.in_reply_to])
    if nearest:
        fields.append(("In-Reply-To", nearest))
    chain = _ids(
        list(dict.fromkeys([*(one for one in outbound.references if one != outbound.in_reply_to), outbound.in_reply_to]))
    )
    if chain:
        fields.append(("References", chain))
    path = tokens.return_path(key, sender, outbound.id) if settings.verp else ""
    return Composed(
        message_id=identifier,
        sender=path or sender,
        receiver=receiver,
        fields=fields,
        text=_body(outbound, settings),
        files=tuple(outbound.files),
        boundary="samspil-" + tokens.loop_mark(key, "boundary:" + identifier),
    )


def _subject(outbound: Outbound, settings: Settings) -> str:
    subject = one_line(outbound.subject)[:MAX_SUBJECT]
    if not subject and not outbound.in_reply_to:
        # What began elsewhere, as in a chat, has no subject; a mail without one looks like spam to people and to filters.
        who = one_line(settings.name) or settings.address
        return f"Svar fra {who}" if settings.language == "da" else f"Answer from {who}"
    return f"Re: {subject}" if outbound.in_reply_to and not _ANSWER.match(subject) else subject


def _body(outbound: Outbound, settings: Settings) -> str:
    text = outbound.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").rstrip("\n")
    if not (settings.quote and outbound.quoted.strip()):
        return text + "\n"
    quoted = outbound.quoted.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip("\n").split("\n")
    lines = [f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in quoted]
    return f"{text}\n\n{_intro(outbound, settings.language)}\n" + "\n".join(lines) + "\n"


def _intro(outbound: Outbound, language: str) -> str:
    """The usual line above a quote, in a form that mail programs (and :mod:`quotes`) know again."""
    who = f"{one_line(outbound.to.display).replace(':', ' ')} <{outbound.to.address}>".strip()
    at = outbound.extra.get("quoted_at")
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            at = None
    if not isinstance(at, datetime):
        return f"{who} skrev:" if language == "da" else f"{who} wrote:"
    if language == "da":
        return f"Den {at:%d.%m.%Y} kl. {at:%H.%M} skrev {who}:"
    return f"On {at:%Y-%m-%d} at {at:%H:%M} {who} wrote:"


def _text_part(text: str, *, eight_bit: bool, kind: str = "plain") -> Iterator[bytes]:
    data = text.replace("\n", "\r\n").encode("utf-8", "replace")
    short = all(len(line) <= MAX_LINE for line in data.split(b"\r\n"))
    if data.isascii() and short:
        encoding = "7bit"
    elif eight_bit and short:
        encoding = "8bit"
    else:
        encoding = "quoted-printable"
        data = binascii.b2a_qp(data.replace(b"\r\n", b"\n"), istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    yield data


def _file_part(file: File) -> Iterator[bytes]:
    kind = file.content_type.strip().lower()
    if not _TYPE.match(kind) or kind.startswith(("multipart/", "message/")):
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    name = one_line(file.name).replace("/", "_").replace("\\", "_")[:150] or "file"
    if name.isascii():
        parameter = 'filename="{}"'.format(name.replace('"', "'"))
    else:
        parameter = email.utils.encode_rfc2231(name, "utf-8", "")
        parameter = f"filename*={parameter}"
    yield f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n".encode()
    yield f"Content-Disposition: attachment;\r\n {parameter}\r\n\r\n".encode()
    with file.open() as stream:
        rest = b""
        while piece := stream.read(CHUNK):
            rest += piece
            whole = len(rest) - len(rest) % 57
            yield _lines(rest[:whole])
            rest = rest[whole:]
        if rest:
            yield _lines(rest)


def _lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")
