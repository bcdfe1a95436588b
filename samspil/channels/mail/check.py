"""Trying an account for real, and saying in plain words what is wrong and what to do."""

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Sequence

from imap_tools.errors import ImapToolsError

from samspil.channels.mail import pull, send
from samspil.channels.mail.settings import Server, Settings, settings_of
from samspil.kit import Account, Check

_IMAP_REFUSALS = (imaplib.IMAP4.error, ImapToolsError)
_FAILURES = (OSError, EOFError, imaplib.IMAP4.error, ImapToolsError, smtplib.SMTPException, ValueError)


def check(account: Account) -> Sequence[Check]:
    """Sign in to both servers and look at the folders. Raises nothing; no secret is in any answer."""
    settings = settings_of(account)
    return [*_imap(settings), *_smtp(settings)]


def _imap(settings: Settings) -> Sequence[Check]:
    server = settings.imap
    if not server.host:
        return [Check(name="IMAP", ok=True, detail="not set: mail is not fetched (it may come over LMTP or a pipe)")]
    try:
        with pull.connected(server) as box:
            there = [folder.name for folder in box.folder.list()]
            idle = "IDLE" in box.client.capabilities
    except _FAILURES as error:
        return [_failed("IMAP", server, error)]
    first = Check(
        name="IMAP",
        ok=True,
        detail=f"signed in to {server.host} as {server.user}; {'new mail is pushed (IDLE)' if idle else 'new mail is asked for'}",
    )
    missing = [name for name in settings.folders if name not in there and name.upper() != "INBOX"]
    if missing:
        return [
            first,
            Check(
                name="IMAP folders",
                ok=False,
                detail=f"not there: {', '.join(missing)}",
                remedy=f"Choose among: {', '.join(there[:40])}",
            ),
        ]
    return [first, Check(name="IMAP folders", ok=True, detail=", ".join(settings.folders))]


def _smtp(settings: Settings) -> Sequence[Check]:
    server = settings.smtp
    if not server.host:
        return [
            Check(
                name="SMTP", ok=False, detail="not set: nothing can be sent", remedy="Give the SMTP server of your mail provider."
            )
        ]
    try:
        with send.connected(server) as smtp:
            code, answer = smtp.noop()
    except _FAILURES as error:
        return [_failed("SMTP", server, error)]
    if code != send.OK:
        return [
            Check(
                name="SMTP", ok=False, detail=f"{code} {send.words_of(answer)}", remedy="Ask the mail provider about this answer."
            )
        ]
    return [Check(name="SMTP", ok=True, detail=f"ready at {server.host} as {server.user or 'nobody'}")]


def _failed(name: str, server: Server, error: BaseException) -> Check:
    where = f"{server.host}:{server.port}"
    refused = isinstance(error, smtplib.SMTPResponseException)
    words = f"{error.smtp_code} {send.words_of(error.smtp_error)}" if refused else pull.words_of(error)  # type: ignore[attr-defined]
    if isinstance(error, smtplib.SMTPAuthenticationError) or (isinstance(error, _IMAP_REFUSALS) and _is_sign_in(words)):
        detail = f"{where} refuses the sign-in of {server.user}: {words}"
        remedy = "Check user name and password. Providers with two steps want an app password or an OAuth2 token."
        return Check(name=name, ok=False, detail=detail, remedy=remedy)
    other = "starttls" if server.security == "ssl" else "ssl"
    for kind, detail, remedy in (
        (socket.gaierror, f"there is no server named {server.host}", "Check the spelling of the server's name."),
        (
            ssl.SSLCertVerificationError,
            f"{where} shows a certificate that is not valid for it: {getattr(error, 'verify_message', '')}",
            "Use the server name that the provider gives; certificates are always verified.",
        ),
        (ssl.SSLError, f"{where} does not speak TLS as asked ({server.security})", f"Try the security {other}, or another port."),
        (ConnectionRefusedError, f"nobody answers at {where}", "Check the port, and whether the server runs."),
        (TimeoutError, f"{where} does not answer in time", "Check the port and the firewall."),
    ):
        if isinstance(error, kind):
            return Check(name=name, ok=False, detail=detail, remedy=remedy)
    return Check(
        name=name, ok=False, detail=f"{where}: {words}", remedy="Read the server's words; the provider's help knows them."
    )


def _is_sign_in(words: str) -> bool:
    lower = words.lower()
    return any(sign in lower for sign in ("authenticat", "login", "credential", "password"))
