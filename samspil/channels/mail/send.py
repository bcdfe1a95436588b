"""A reply handed to an SMTP server, and what the server's answer means.

:mod:`smtplib` speaks the protocol; the body is written here, because its ``sendmail`` wants the whole mail in memory and cannot
tell a connection lost before the last byte (certainly not sent) from one lost after it (nobody knows).
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from samspil.channels.mail.compose import Composed, compose
from samspil.channels.mail.notify import compose_notice
from samspil.channels.mail.settings import Server, Settings, settings_of, tls_context
from samspil.kit import Account, Notice, Outbound, Sent, SignInAgain, TryLater, Uncertain, Unreachable

TIMEOUT = 60.0
AFTER_REFUSED_LOGIN = 600.0
OK = 250
GO_ON = 354
PERMANENT = 500
"""From this code on a server means it for good (RFC 5321, 4.2.1)."""


def words_of(message: bytes | str) -> str:
    """A server's answer on one line."""
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
    return " ".join(text.split())[:500]


@contextmanager
def connected(server: Server) -> Iterator[smtplib.SMTP]:
    """A signed-in connection. Raises what smtplib raises."""
    if server.security == "ssl":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=tls_context())
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=tls_context())
            smtp.ehlo()
        if server.token:
            smtp.auth(
                "XOAUTH2", lambda _challenge=None: f"user={server.user}\1auth=Bearer {server.token}\1\1", initial_response_ok=True
            )
        elif server.password and smtp.has_extn("auth"):
            smtp.login(server.user, server.password)
        yield smtp
    finally:
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()


def send(outbound: Outbound, account: Account, *, now: datetime | None = None) -> Sent:
    """Hand one reply to the server. Raises TryLater (not sent), Unreachable (refused, in its words), Uncertain (answer lost)."""
    return _hand_over(account, lambda settings: compose(outbound, settings, account.key, now=now or datetime.now(UTC)))


def notify(notice: Notice, account: Account, *, now: datetime | None = None) -> Sent:
    """The same with a notice to a colleague."""
    return _hand_over(account, lambda settings: compose_notice(notice, settings, account.key, now=now or datetime.now(UTC)))


def _hand_over(account: Account, write: Callable[[Settings], Composed]) -> Sent:
    settings = settings_of(account)
    if not settings.smtp.host:
        raise TryLater("No SMTP server is set.", after=3600)
    try:
        mail = write(settings)
    except ValueError as error:
        raise Unreachable(str(error), permanent=False) from error
    try:
        with connected(settings.smtp) as smtp:
            return _transmit(smtp, mail)
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < PERMANENT:
            raise TryLater(words_of(error.smtp_error)) from error
        raise SignInAgain(
            f"The SMTP server refused the sign-in: {words_of(error.smtp_error)}", after=AFTER_REFUSED_LOGIN
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        # Whatever broke after the last byte was raised as Uncertain below, so here nothing was handed over.
        raise TryLater(words_of(str(error) or type(error).__name__)) from error


def _transmit(smtp: smtplib.SMTP, mail: Composed) -> Sent:
    eight_bit = smtp.has_extn("8bitmime")
    options = ["BODY=8BITMIME"] if eight_bit else []
    if not (mail.receiver.isascii() and mail.sender.isascii()):
        if not smtp.has_extn("smtputf8"):
            raise Unreachable("Our mail server does not carry addresses with letters outside ASCII.")
        options.append("SMTPUTF8")
        smtp.command_encoding = "utf-8"
    _expect(smtp.mail(mail.sender, options), OK, sender=True)
    _expect(smtp.rcpt(mail.receiver), OK)
    _expect(smtp.docmd("DATA"), GO_ON)
    _write(smtp, mail, eight_bit=eight_bit)
    try:
        smtp.send(b"\r\n.\r\n")
        code, answer = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        smtp.close()
        raise Uncertain(
            f"The connection was lost after the mail was handed over: {words_of(str(error) or type(error).__name__)}"
        ) from error
    if code == -1:
        raise Uncertain(f"The server's answer could not be read: {words_of(answer)}")
    _expect((code, answer), OK)
    return Sent(external_id=mail.message_id, detail=f"{code} {words_of(answer)}")


def _write(smtp: smtplib.SMTP, mail: Composed, *, eight_bit: bool) -> None:
    """Write the mail with its dots doubled. The final line end is left to the caller's end mark."""
    held = b""
    fresh = True
    for piece in mail.chunks(eight_bit=eight_bit):
        data = held + piece
        # A line end at the border is kept back, so that a dot after it is seen, and the end mark's own line end is not doubled.
        cut = len(data) - 2 if data.endswith(b"\r\n") else (len(data) - 1 if data.endswith(b"\r") else len(data))
        data, held = data[:cut], data[cut:]
        if not data:
            continue
        stuffed = data.replace(b"\r\n.", b"\r\n..")
        if fresh and stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        fresh = False
        smtp.send(stuffed)


def _expect(answer: tuple[int, bytes], wanted: int, *, sender: bool = False) -> None:
    code, message = answer
    if code == wanted or (wanted == OK and code == OK + 1):
        return
    words = f"{code} {words_of(message)}"
    if code < PERMANENT:
        raise TryLater(words)
    # 5.1.x: the address itself. A refused sender is our own trouble and says nothing of the receiver.
    raise Unreachable(words, permanent=not sender and words_of(message).lower().startswith("5.1."))
