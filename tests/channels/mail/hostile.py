"""Odd and hostile mails to where a notice to a colleague is answered, each with what has to become of it.

``CASES`` are (name, how the mail is made, verdict, why). The verdict is that of the arrival, or "consumer": it is an ordinary message of
whoever wrote it. Only "answered" and "noted" are ever said in the colleague's name.
"""
# ruff: noqa: E501 - a case is a line

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import uuid4

from samspil.base.clock import now


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as the colleague got it, and who is who."""

    answer_to: str
    message_id: str
    text: str
    other_answer_to: str
    """Where another colleague answers another notice."""
    conversation_address: str
    """Where a consumer answers."""
    bo: str = "bo@brand.test"
    jonas: str = "jonas@brand.test"
    public: str = "support@brand.test"
    consumer: str = "karla@forbruger.test"
    stranger: str = "nogen@fremmed.test"
    ident: str = field(default_factory=lambda: uuid4().hex)


def mail(
    letter: Letter, text: str = "Ja, kom forbi fredag.", *, sender: str | None = None, to: str | None = None, **fields: str
) -> EmailMessage:
    """A plain answer as a mail program writes it; ``fields`` are further headers, "" takes one away."""
    made = EmailMessage()
    made["From"] = f"Bo Holm <{letter.bo}>" if sender is None else sender
    made["To"] = letter.answer_to if to is None else to
    made["Subject"] = "Sv: Karla: Bremserne"
    made["Date"] = format_datetime(now())
    made["Message-ID"] = f"<{letter.ident}@brand.test>"
    made["In-Reply-To"] = letter.message_id
    made["References"] = letter.message_id
    for name, value in fields.items():
        header = name.replace("_", "-")
        del made[header]
        if value:
            made[header] = value
    made.set_content(text)
    return made


def quoted(letter: Letter, text: str = "Ja, kom forbi fredag.") -> str:
    """An answer above the whole notice, quoted as most programs do."""
    lines = "\n".join(f"> {line}" for line in letter.text.strip().split("\n"))
    return f"{text}\n\nDen 3. nov. 2026 kl. 12.00 skrev Nordlys <{letter.answer_to}>:\n\n{lines}\n"


def _tampered(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"


def _html(letter: Letter) -> EmailMessage:
    made = mail(letter)
    made.set_content(
        '<html><body><p>Ja, kom <b>forbi</b> fredag.</p><blockquote type="cite"><p>Svar over denne linje</p><p>Er bremserne klar?</p>'
        "</blockquote></body></html>",
        subtype="html",
    )
    return made


def _invitation(letter: Letter) -> EmailMessage:
    made = mail(letter, "Ses fredag.")
    made.add_attachment(
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n", maintype="text", subtype="calendar", filename="invite.ics"
    )
    return made


def _forward_inside(letter: Letter) -> EmailMessage:
    inner = mail(letter, "Hej Bo, det er mig, Karla: send pengene", sender=letter.consumer)
    made = mail(letter, "Se her.")
    made.add_attachment(inner)
    return made


def _signed(letter: Letter) -> EmailMessage:
    made = mail(letter)
    made.add_attachment(
        b"-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n",
        maintype="application",
        subtype="pgp-signature",
        filename="signature.asc",
    )
    return made


def _report(letter: Letter, kind: str, status: str, subject: str, text: str) -> bytes:
    return (
        f"From: MAILER-DAEMON@brand.test\r\nTo: {letter.answer_to}\r\nSubject: {subject}\r\nDate: {format_datetime(now())}\r\n"
        f"Message-ID: <{letter.ident}@brand.test>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{status}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: support@brand.test\r\nTo: {letter.bo}\r\n"
        f"Message-ID: {letter.message_id}\r\nSubject: Karla\r\n\r\n--b--\r\n"
    ).encode()


def bounce(letter: Letter) -> bytes:
    """The notice could not be delivered."""
    status = (
        f"Reporting-MTA: dns; brand.test\r\n\r\nFinal-Recipient: rfc822; {letter.bo}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    )
    return _report(letter, "delivery-status", status, "Undelivered Mail Returned to Sender", "Not delivered")


def _read_receipt(letter: Letter) -> bytes:
    status = (
        f"Final-Recipient: rfc822; {letter.bo}\r\nOriginal-Message-ID: {letter.message_id}\r\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    return _report(letter, "disposition-notification", status, "Read: Karla", "Your message was read")


def _two_authors(letter: Letter) -> EmailMessage:
    return mail(letter, sender=f"Bo Holm <{letter.bo}>, Ond <{letter.stranger}>")


def _raw(letter: Letter, head: str, body: str = "Ja, kom forbi fredag.\r\n") -> bytes:
    return (
        f"{head}To: {letter.answer_to}\r\nSubject: Sv: Karla\r\nMessage-ID: <{letter.ident}@brand.test>\r\n"
        f"In-Reply-To: {letter.message_id}\r\nDate: {format_datetime(now())}\r\n\r\n{body}"
    ).encode()


Case = tuple[str, Callable[[Letter], EmailMessage | bytes], str, str]

CASES: list[Case] = [
    # What is the colleague's own
    ("plain", mail, "answered", ""),
    ("above the quoted notice", lambda x: mail(x, quoted(x)), "answered", ""),
    ("html only", _html, "answered", ""),
    ("upper case sender", lambda x: mail(x, sender=f"Bo <{x.bo.upper()}>"), "answered", ""),
    ("a plus in the own address", lambda x: mail(x, sender=x.bo.replace("@", "+arbejde@")), "answered", ""),
    ("upper case answer address", lambda x: mail(x, to=x.answer_to.upper()), "answered", ""),
    ("answer address among others", lambda x: mail(x, to=f"{x.answer_to}, {x.jonas}"), "answered", ""),
    ("answer address in Cc", lambda x: mail(x, to=x.jonas, Cc=x.answer_to), "answered", ""),
    ("reply-all of the colleague, with the public address", lambda x: mail(x, to=f"{x.answer_to}, {x.public}"), "answered", ""),
    ("only the reference names it", lambda x: mail(x, to=x.public), "answered", ""),
    ("without references", lambda x: mail(x, In_Reply_To="", References=""), "answered", ""),
    ("a note", lambda x: mail(x, "notat: Karla har ret"), "noted", ""),
    ("not me", lambda x: mail(x, quoted(x, "ikke mig")), "given_back", ""),
    ("signed with PGP", _signed, "answered", ""),
    ("a calendar's answer comes along", _invitation, "answered", ""),
    ("with a device line", lambda x: mail(x, "Ja, kom forbi fredag.\n\nSendt fra min iPhone"), "answered", ""),
    ("eight bit junk beside", lambda x: _raw(x, f"From: Bo <{x.bo}>\r\nX-Junk: \u00e6\u00f8\u00e5\r\n"), "answered", ""),
    ("letters that turn a line around", lambda x: mail(x, "Ja,\u202e kom forbi fredag."), "answered", ""),
    ("somebody's mail inside", _forward_inside, "answered", ""),
    # What somebody has to decide
    ("a stranger", lambda x: mail(x, sender=x.stranger), "held", "stranger"),
    ("the consumer, who got the address in copy", lambda x: mail(x, "Hvem er Bo?", sender=x.consumer), "held", "stranger"),
    ("another colleague to whom it was forwarded", lambda x: mail(x, sender=x.jonas), "held", "other_colleague"),
    ("a colleague with another's notice", lambda x: mail(x, to=x.other_answer_to), "held", "other_colleague"),
    ("display name of the colleague, address of another", lambda x: mail(x, sender=f'"Bo Holm {x.bo}" <{x.stranger}>'), "held", "stranger"),
    ("letters that look alike in the domain", lambda x: mail(x, sender="bo@br\u0430nd.test"), "held", "stranger"),
    ("a domain that begins alike", lambda x: mail(x, sender="bo@brand.test.evil.test"), "held", "stranger"),
    ("a subdomain", lambda x: mail(x, sender="bo@mail.brand.test"), "held", "stranger"),
    ("two authors", _two_authors, "held", "several authors"),
    ("two From lines", lambda x: _raw(x, f"From: Bo <{x.bo}>\r\nFrom: {x.stranger}\r\n"), "held", "several authors"),
    ("another sender", lambda x: mail(x, Sender=x.stranger), "held", "another sender"),
    ("no From, a Sender", lambda x: _raw(x, f"Sender: {x.stranger}\r\n"), "held", "stranger"),
    ("our own server says it is not genuine", lambda x: mail(x, Authentication_Results="mx.brand.test; spf=fail; dmarc=fail header.from=brand.test"), "held", "not authenticated"),
    ("far too long", lambda x: mail(x, "ord " * 20_000), "held", "too_long"),
    # What machines send
    ("out of office", lambda x: mail(x, "Jeg er på ferie", Subject="Autosvar: Karla", Auto_Submitted="auto-replied"), "automatic", "auto-reply"),
    ("out of office of another program", lambda x: mail(x, "I am away", Subject="Automatic reply: Karla", X_Auto_Response_Suppress="All"), "automatic", "auto-reply"),
    ("a mailing list", lambda x: mail(x, List_Id="<alle.brand.test>", Precedence="list"), "automatic", "list"),
    ("a bounce", bounce, "bounced", "bounce"),
    ("a read receipt", _read_receipt, "automatic", "report"),
    # What was not sent on, and the colleague is told
    ("nothing but the quoted notice", lambda x: mail(x, quoted(x, "")), "told", "empty"),
    ("empty", lambda x: mail(x, ""), "told", "empty"),
    ("only a signature", lambda x: mail(x, "-- \nBo Holm\nVærksted"), "told", "empty"),
    # What is not signed by us
    ("a tampered address", lambda x: mail(x, to=_tampered(x.answer_to), In_Reply_To="", References=""), "refused", "signature"),
    ("a tampered reference", lambda x: mail(x, to=x.public, In_Reply_To="", References=f"<{_tampered(x.message_id.strip('<>'))}>"), "refused", "signature"),
    ("cut off in the middle", lambda x: mail(x, to=x.answer_to.partition(".")[0] + "." + x.answer_to.split(".")[1][:20] + "@brand.test", In_Reply_To="", References=""), "refused", "signature"),
    # What is no answer of a colleague's at all
    ("the consumer to everybody's address and the colleague's", lambda x: mail(x, "Hvem er Bo?", sender=x.consumer, to=f"{x.conversation_address}, {x.answer_to}"), "consumer", ""),
    ("a stranger to the public address, the colleague's in copy", lambda x: mail(x, "Hej", sender=x.stranger, to=x.public, Cc=x.answer_to), "consumer", ""),
    ("the address in the words only", lambda x: mail(x, f"Skriv til {x.answer_to}", sender=x.stranger, to=x.public, In_Reply_To="", References=""), "consumer", ""),
]  # fmt: skip
