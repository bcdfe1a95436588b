"""From the bytes of a mail to events: what was written, by whom, in answer to what; or what became of a mail of ours."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from samspil.channels.mail import mime, notices, settings, tokens
from samspil.channels.mail.automatic import automatic
from samspil.channels.mail.headers import (
    MAX_ADDRESSES,
    MAX_HEADER,
    Headers,
    addresses,
    date_of,
    handle,
    message_ids,
    parse_headers,
    plain,
    raw,
    references,
    text_of_header,
)
from samspil.channels.mail.mime import Mail, Part
from samspil.channels.mail.quotes import visible
from samspil.channels.mail.quotes_html import visible_html
from samspil.channels.mail.reports import Returned, read_report
from samspil.kit import Account, Attachment, ColleagueWrote, DeliveryReport, Envelope, Event, Handle, Message, NotUnderstood
from samspil.kit.html import text_of

LOOP_HEADER = "X-Samspil"
MAX_HTML = 1024 * 1024
MAX_SUBJECT = 1000
MAX_NOTES = 30
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)

_FORWARDED = re.compile(r"^\s*(?:(?:re|sv|aw)\s*:\s*)*(?:fwd?|vs|wg|vb|videresendt|tr|rv)\s*:", re.IGNORECASE)
_ID_SHAPE = re.compile(r"^[^\s<>]{3,500}$")


def external_id(payload: bytes) -> str:
    """The id of a delivery: the same mail on two connections is one, two mails that share a Message-ID are two.

    SHA-256 over what the sender decided (Message-ID, From, Date, Subject, body), and nothing that the way or a mailbox adds.
    """
    head, body = mime.header_end(payload, 0, len(payload))
    fields = parse_headers(payload[: min(head, MAX_HEADER)])
    digest = hashlib.sha256()
    for name in ("message-id", "from", "date", "subject"):
        digest.update(b" ".join(raw(fields, name).split()) + b"\0")
    # Line ends differ between ways in (IMAP gives CRLF, a Maildir LF), and files end with or without an empty line.
    text = payload[body if fields else 0 :]
    digest.update(text.replace(b"\r\n", b"\n").rstrip(b"\r\n"))
    return "mail:" + digest.hexdigest()


def message_id_of(payload: bytes, headers: Headers) -> str:
    """The Message-ID without brackets; a hash of the mail where it is missing or broken."""
    ids = message_ids(raw(headers, "message-id"))
    if ids and _ID_SHAPE.match(ids[0]):
        return ids[0]
    bare = plain(raw(headers, "message-id")).strip().strip("<>")
    if bare and _ID_SHAPE.match(bare):
        return bare
    return "sha256:" + hashlib.sha256(payload).hexdigest()


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """Every event in a mail. Raises NotUnderstood for an empty one only."""
    payload = envelope.payload
    if not payload.strip():
        raise NotUnderstood("The mail is empty.")
    return _Reader(mime.read(payload), envelope, account).events()


class _Reader:
    """One mail being understood; the parts of the answer share its headers and its notes."""

    def __init__(self, mail: Mail, envelope: Envelope, account: Account) -> None:
        self.mail, self.envelope, self.account = mail, envelope, account
        self.headers = mail.headers
        self.notes = mail.notes
        self.id = message_id_of(mail.payload, self.headers)
        self.subject = text_of_header(raw(self.headers, "subject"))[:MAX_SUBJECT]
        self.author = self._author()
        self.at = self._time()
        if self.id.startswith("sha256:"):
            self.notes.append("no usable Message-ID; the id is a hash of the mail")
        if size := envelope.headers.get("truncated"):
            self.notes.append(f"the mail has {size} bytes; only its beginning was fetched")

    def events(self) -> Sequence[Event]:
        links = [one for one in references(self.headers) if one != self.id]
        about = notices.named(self.account.key, [*self._receivers()[0], *self._delivered_to()], links)
        returned = read_report(self.mail, self.subject, self.author.address)
        if about is None and returned is not None:
            about = notices.named(self.account.key, [], [returned.target])
        if about is not None:
            return self._colleague(about, returned)
        if returned is not None:
            reports = self._reports(returned)
            if reports:
                return reports
        message = self._message()
        if returned is not None and not message.automatic:
            message = replace(message, automatic="auto-reply")
        return [message]

    def _colleague(self, about: notices.Named, returned: Returned | None) -> Sequence[Event]:
        """What came to where a notice is answered. Our own mail that came back is nothing."""
        mark = plain(raw(self.headers, LOOP_HEADER.lower()))
        if mark and tokens.is_ours(self.account.key, self.id, mark):
            return []
        message = self._message()
        # A list or a machine says so of itself; for a colleague in our own house there is no such thing as «written by us elsewhere».
        machine, _ = automatic(self.headers, self.subject)
        open_to_all = {one.address for one in self._receivers()[0] if not tokens.is_notice(one.address)}
        return [
            ColleagueWrote(
                external_id=self.id,
                notice=about.notice,
                author=self.author,
                at=self.at,
                text=notices.own_words(message.text),
                full_text=message.full_text or message.text,
                by="address" if about.by == "address" else "reference",
                unsure=notices.doubt(self.headers, self.author, settings.trusted_server(self.account))
                or ("several notices" if about.several else ""),
                automatic=machine if returned is None else notices.kind_of(returned),
                detail=self.subject if returned is None else "; ".join(r.detail for r in returned.reports)[:500],
                attachments=message.attachments,
                message=message if returned is None and self._is_for_all(open_to_all) else None,
            )
        ]

    def _is_for_all(self, receivers: set[str]) -> bool:
        """Whether an address of ours is among the receivers to which everybody may write."""
        for address in receivers:
            try:
                token = tokens.read_address(self.account.key, address)
            except ValueError:
                continue
            if address in self.account.own or (token is not None and token.conversation):
                return True
        return False

    # who and when

    def _author(self) -> Handle:
        for name in ("from", "sender", "reply-to", "return-path"):
            found, _ = addresses(self.headers.get(name, ()), limit=1)
            if found:
                if name != "from":
                    self.notes.append(f"no readable From; the author is taken from {name.title()}")
                return found[0]
        sender = self.envelope.headers.get("mail_from", "")
        if sender:
            found, _ = addresses([sender.encode("utf-8", "replace")], limit=1)
            if found:
                self.notes.append("no readable From; the author is taken from the envelope")
                return found[0]
        self.notes.append("no author")
        # One handle for each such mail: a common one would make one person of everybody without a name.
        unknown = hashlib.sha256(self.mail.payload).hexdigest()[:16]
        return handle(f"unknown-{unknown}@invalid", text_of_header(raw(self.headers, "from")))

    def _received(self) -> datetime | None:
        if self.envelope.received_at is not None:
            return self.envelope.received_at
        value = raw(self.headers, "received")
        return date_of(value.rpartition(b";")[2]) if b";" in value else None

    def _time(self) -> datetime:
        said, received = date_of(raw(self.headers, "date")), self._received()
        if said is not None and said >= EARLIEST and (received is None or said <= received + timedelta(days=1)):
            return said
        written = plain(raw(self.headers, "date"))[:60]
        self.notes.append(f"Date {written!r} is not believed" if written else "no Date")
        return received or UNKNOWN_TIME

    # tokens

    def _conversation(self, links: Sequence[str], receivers: Sequence[Handle]) -> str:
        """The conversation that a token of ours names, the address before the message ids; wrong signatures are only noted."""
        key = self.account.key
        found = ""
        for one in receivers:
            try:
                token = tokens.read_address(key, one.address)
            except ValueError as error:
                self.notes.append(f"{error}: {one.address}"[:200])
                continue
            if token is not None and token.conversation and not found:
                found = token.conversation
                self.notes.append("answers to our signed reply address")
        for link in reversed(links):
            try:
                token = tokens.read_message_id(key, link)
            except ValueError as error:
                self.notes.append(f"{error}: {link}"[:200])
                continue
            if token is not None:
                if not found:
                    self.notes.append("answers to a message id that we signed")
                    return token.conversation
                if token.conversation != found:
                    self.notes.append("reply address and message id name different conversations; the address counts")
                break
        return found

    def _receivers(self) -> tuple[list[Handle], int]:
        fields = [value for name in ("to", "cc", "bcc") for value in self.headers.get(name, ())]
        return addresses(fields)

    def _delivered_to(self) -> list[Handle]:
        fields = [
            value
            for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
            for value in self.headers.get(name, ())
        ]
        if receivers := self.envelope.headers.get("rcpt_to"):
            fields.append(receivers.encode("utf-8", "replace"))
        return addresses(fields, limit=50)[0]

    # reports

    def _reports(self, returned: Returned) -> Sequence[Event]:
        """The reports as events; none when they are about a mail that was not ours (as a bounce to a list)."""
        target, receivers = returned.target, [*self._delivered_to(), *self._receivers()[0]]
        signed = self._signed_reply(target, receivers)
        senders, _ = addresses(returned.original.get("from", ()), limit=1)
        ours = senders[0].address in self.account.own if senders else any(one.address in self.account.own for one in receivers)
        if not signed and not ours:
            self.notes.append("a delivery report about a mail that is not ours")
            return []
        # Where the mail did not come back, the return path tells which reply it was.
        target = target or signed
        return [
            DeliveryReport(
                external_id=self.id if number == 0 else f"{self.id}#{number}",
                target=target,
                state=report.state,
                at=self.at,
                detail=report.detail,
                address=report.address,
                permanent=report.permanent,
            )
            for number, report in enumerate(returned.reports)
            if report.state != "delayed"
        ]

    def _signed_reply(self, target: str, receivers: Sequence[Handle]) -> str:
        """The reply that a return path or a message id of ours names; "" without one that we signed."""
        key = self.account.key
        for one in receivers:
            try:
                token = tokens.read_address(key, one.address)
            except ValueError as error:
                self.notes.append(f"{error}: {one.address}"[:200])
                continue
            if token is not None and token.reply:
                return token.reply
        try:
            token = tokens.read_message_id(key, target)
        except ValueError as error:
            self.notes.append(f"{error}: {target}"[:200])
            return ""
        return token.reply if token is not None else ""

    # the message

    def _message(self) -> Message:
        receivers, more = self._receivers()
        if more:
            self.notes.append(f"{more} more receivers than the {MAX_ADDRESSES} kept")
        links = [one for one in references(self.headers) if one != self.id]
        forwarded = bool(_FORWARDED.match(self.subject))
        text, full, html, files = self._content(forwarded=forwarded)
        why, reason, outgoing = self._nature()
        conversation = self._conversation(links, [*receivers, *self._delivered_to()])
        if reason:
            self.notes.append(reason)
        reply_to, _ = addresses(self.headers.get("reply-to", ()), limit=1)
        extra = {"reply_to": reply_to[0].address} if reply_to and reply_to[0].address != self.author.address else {}
        return Message(
            external_id=self.id,
            author=self.author,
            at=self.at,
            text=text,
            subject=self.subject,
            html=html,
            full_text=full if full != text else "",
            references=tuple(links),
            conversation=conversation,
            to=tuple(receivers),
            attachments=tuple(self._attachment(part) for part in files),
            automatic=why,
            outgoing=outgoing,
            notes=tuple(dict.fromkeys(self.notes[:MAX_NOTES])),
            extra=extra,
        )

    def _nature(self) -> tuple[str, str, bool]:
        own = self.author.address in self.account.own
        mark = plain(raw(self.headers, LOOP_HEADER.lower()))
        if mark and tokens.is_ours(self.account.key, self.id, mark):
            return "loop", "left from here and came back", own
        if own:
            return "", "written by us in another program", True
        why, reason = automatic(self.headers, self.subject)
        return why, reason, False

    def _content(self, *, forwarded: bool) -> tuple[str, str, str, list[Part]]:
        places, files = mime.shown(self.mail)
        fulls: list[str] = []
        news: list[str] = []
        htmls: list[str] = []
        budget = mime.MAX_TEXT
        for place in places:
            if budget <= 0:
                self.notes.append("more text than is shown; the rest is in the original")
                break
            written = "\n".join(mime.text(self.mail.payload, part, self.notes) for part in place.plain)
            markup = "\n".join(mime.text(self.mail.payload, part, self.notes) for part in place.html)
            if len(markup) > MAX_HTML:
                self.notes.append(f"HTML of {len(markup)} characters cut to {MAX_HTML}")
                markup = markup[:MAX_HTML]
            budget -= len(written) + len(markup)
            new_html, html_text = visible_html(markup, forwarded=forwarded) if markup.strip() else ("", "")
            if new_html:
                htmls.append(new_html)
            if written.strip():
                fulls.append(written.strip())
                news.append(visible(written, forwarded=forwarded))
            elif markup.strip():
                fulls.append(text_of(markup))
                news.append(visible(html_text, forwarded=forwarded))
        return "\n\n".join(filter(None, news)), "\n\n".join(filter(None, fulls)), "\n".join(htmls), files

    def _attachment(self, part: Part) -> Attachment:
        kind = part.content_type
        name = part.name or (f"{self._inner_subject(part) or 'mail'}.eml" if kind == "message/rfc822" else f"part-{part.path}")
        return Attachment(
            part=part.path, name=name, content_type=kind, size=mime.size(self.mail.payload, part), content_id=part.content_id
        )

    def _inner_subject(self, part: Part) -> str:
        block = self.mail.payload[part.start : min(part.end, part.start + 65536)]
        head, _ = mime.header_end(block, 0, len(block))
        return mime.file_name(text_of_header(raw(parse_headers(block[:head]), "subject"))[:80])


def attachment(envelope: Envelope, part: str) -> bytes:
    """The bytes of one attachment. Raises KeyError when the mail has no such part."""
    mail = mime.read(envelope.payload)
    for one in mail.root.walk():
        if one.path == part and not one.children:
            return mime.content(mail.payload, one)
    raise KeyError(part)


def visible_of(payload: bytes) -> str:
    """The new part of a mail, for ``samspil mail visible``."""
    account = Account(id="", name="", config={}, key=b"\0" * 32)
    events = understand(Envelope(external_id="", payload=payload), account)
    return next((event.text for event in events if isinstance(event, Message)), "")
