"""What mail servers and mail programs tell about mails of ours: bounces (RFC 3464) and read receipts (RFC 8098)."""

import re
from dataclasses import dataclass
from typing import Literal

from samspil.channels.mail import mime
from samspil.channels.mail.headers import (
    Headers,
    addresses,
    decode_words,
    message_ids,
    normal_address,
    parse_headers,
    plain,
    raw,
    text_of_header,
)
from samspil.channels.mail.mime import Mail, Part

MAX_RECIPIENTS = 200
MAX_DETAIL = 1000
MAX_REPORT = 512 * 1024
MAILBOX = 2  # RFC 3463: the second number of a status about the mailbox itself

_SENDER = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mdaemon|bounce[s+.-]?.*|noreply-dmarc.*)@", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed|problem)|returned (?:mail|to sender)"
    r"|mail delivery (?:failed|system|subsystem)|failure notice|could not be delivered"
    r"|ikke leveret|kunne ikke leveres|kan ikke leveres|unzustellbar|nicht zugestellt|kunde inte levereras|ikke levert",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY_CODE = re.compile(r"(?:^|[\s:(<])(5\d\d)[ -](?=\S)", re.MULTILINE)
_ADDRESS = re.compile(r"<?([\w.+=~-]+@[\w-]+(?:\.[\w-]+)+)>?")


@dataclass(frozen=True, slots=True)
class Report:
    """The fate of a mail for one receiver. ``status`` is the enhanced code (RFC 3463); ``detail`` the server's words."""

    state: Literal["delivered", "read", "failed", "delayed"]
    address: str
    status: str = ""
    detail: str = ""

    @property
    def permanent(self) -> bool:
        """Whether the address itself is dead. A full mailbox, a too large or refused mail is a failure of this mail only."""
        match = _STATUS.match(self.status)
        if self.state != "failed" or match is None or match[1] != "5":
            return False
        subject, code = int(match[2]), int(match[3])
        return subject in {0, 1} or (subject == MAILBOX and code in {0, 1})


@dataclass(frozen=True, slots=True)
class Returned:
    """A whole report: what happened to whom, and the headers of our mail as they came back (empty when they did not)."""

    reports: list[Report]
    original: dict[str, list[bytes]]
    target: str


def read_report(mail: Mail, subject: str, author: str) -> Returned | None:
    """The report that a mail is; None when it is none."""
    kinds = {part.content_type: part for part in mail.root.walk()}
    receipt = kinds.get("message/disposition-notification")
    if receipt is not None:
        return _receipt(mail, receipt)
    status = kinds.get("message/delivery-status") or kinds.get("message/global-delivery-status")
    if status is not None:
        original = _original(mail)
        reports = _delivery(mail, status)
        return Returned(reports, original, _target(mail, original)) if reports else None
    return _guessed(mail, subject, author)


def _groups(data: bytes) -> list[dict[str, list[bytes]]]:
    blocks = re.split(rb"(?:\r?\n){2,}", data[:MAX_REPORT].strip())
    return [fields for block in blocks[: MAX_RECIPIENTS + 1] if (fields := parse_headers(block))]


def _typed(value: bytes) -> str:
    """The value of a field that begins with its type: "rfc822; karla@example.com"."""
    text = decode_words(plain(value))
    return (text.partition(";")[2] or text).strip()


def _delivery(mail: Mail, part: Part) -> list[Report]:
    found = []
    for fields in _groups(mime.content(mail.payload, part, MAX_REPORT)):
        action = plain(raw(fields, "action")).split()[:1]
        if not action:
            continue
        receiver = raw(fields, "original-recipient") or raw(fields, "final-recipient")
        state = {
            "failed": "failed",
            "delayed": "delayed",
            "delivered": "delivered",
            "relayed": "delivered",
            "expanded": "delivered",
        }.get(action[0].lower())
        if state is None:
            continue
        words = " ".join(_typed(raw(fields, "diagnostic-code")).split())[:MAX_DETAIL]
        code = _STATUS.search(plain(raw(fields, "status")))
        told = _STATUS.search(words)
        # "5.0.0" says nothing; the words often hold the exact code.
        status = told[0] if told and (code is None or code[0].endswith(".0.0")) else (code[0] if code else "")
        found.append(Report(state, normal_address(_typed(receiver)), status, words or status))  # type: ignore[arg-type]
    return found


def _receipt(mail: Mail, part: Part) -> Returned | None:
    fields = parse_headers(mime.content(mail.payload, part, MAX_REPORT))
    disposition = plain(raw(fields, "disposition")).lower()
    if not disposition:
        return None
    ids = message_ids(raw(fields, "original-message-id"))
    original = _original(mail)
    state: Literal["read", "delivered"] = "read" if "displayed" in disposition else "delivered"
    report = Report(state, normal_address(_typed(raw(fields, "final-recipient"))), "", disposition[:MAX_DETAIL])
    return Returned([report], original, ids[0] if ids else _target(mail, original))


def _original(mail: Mail) -> dict[str, list[bytes]]:
    """The headers of the mail that came back."""
    for part in mail.root.walk():
        if part.content_type in {
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/rfc822-headers",
            "message/global-headers",
        }:
            data = mime.content(mail.payload, part, MAX_REPORT)
            head, _ = mime.header_end(data, 0, len(data))
            fields = parse_headers(data[:head])
            if fields:
                return fields
    return {}


def _target(mail: Mail, original: Headers) -> str:
    ids = (
        message_ids(raw(original, "message-id"))
        or message_ids(raw(mail.headers, "in-reply-to"))
        or message_ids(raw(mail.headers, "references"))
    )
    return ids[-1] if ids else ""


def _guessed(mail: Mail, subject: str, author: str) -> Returned | None:
    """A bounce that does not follow the standard: from a daemon or nobody, a failing subject, and a code in its words."""
    empty_path = "return-path" in mail.headers and plain(raw(mail.headers, "return-path")).strip() in {"<>", ""}
    failed_for = addresses(mail.headers.get("x-failed-recipients", ()))[0]
    if not (_SENDER.match(author) or (empty_path and _FAILED.search(subject)) or failed_for):
        return None
    places, _files = mime.shown(mail)
    words = "\n".join(mime.text(mail.payload, part, [])[:20_000] for place in places[:3] for part in place.plain)
    code, reply_code = _STATUS.search(words), _REPLY_CODE.search(words)
    if not failed_for and not (_FAILED.search(subject) or _FAILED.search(words[:2000])):
        return None
    if not failed_for and code is None and reply_code is None:
        return None
    original = _original(mail)
    line_at = (code or reply_code).start() if (code or reply_code) else 0  # type: ignore[union-attr]
    line = words[words.rfind("\n", 0, line_at) + 1 : line_at + 300].split("\n")[0].strip()
    ids = (
        message_ids(raw(original, "message-id"))
        or re.findall(r"(?im)^[ >\t]*message-id:\s*<([^<>\s]{3,500})>", words)
        or [_target(mail, {})]
    )
    told = failed_for[0].address if failed_for else _receiver(words, original)
    status = code[0] if code else ""
    return Returned(
        [Report("failed", told, status, (line or text_of_header(raw(mail.headers, "subject")))[:MAX_DETAIL])], original, ids[0]
    )


def _receiver(words: str, original: Headers) -> str:
    to, _ = addresses(original.get("to", ()), limit=2)
    if len(to) == 1:
        return to[0].address
    match = _ADDRESS.search(words)
    return normal_address(match[1]) if match else ""
