"""The mail channel: IMAP, LMTP and pipe in; SMTP out; history from mbox, eml and Maildir.

Sources: RFC 5322 (mail), 2045-2049 and 2231 (MIME), 3501 and 2177 (IMAP, IDLE), 5321 and 6531 (SMTP), 2033 (LMTP),
3464 and 8098 (reports), 3834 (automatic answers).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from samspil.channels.mail import check, files, lmtp, pull, send, understand
from samspil.channels.mail.settings import FIELDS
from samspil.kit import Account, Batch, Capabilities, Channel, Check, Envelope, Event, Field, Notice, Outbound, Sent


class MailChannel:
    """Satisfies Channel, Pulls, Sends, Notifies, ReadsFiles, Serves and HasAttachments. Stateless; the work is in the modules beside."""

    name = "mail"
    capabilities = Capabilities(
        threads=True, sends=True, starts=True, subject=True, receipts=True, max_attachment=20 * 1024 * 1024
    )
    fields: Sequence[Field] = FIELDS
    formats: Sequence[str] = files.FORMATS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event in a mail. Raises NotUnderstood for an empty one only."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in to both servers and look at the folders. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Mail from IMAP for ever. Raises TryLater when the connection is lost."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Hand one reply to SMTP. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def notify(self, notice: Notice, account: Account) -> Sent:
        """Hand one notice to SMTP. Raises TryLater, Unreachable, Uncertain."""
        return send.notify(notice, account)

    def read_file(self, path: Path, options: Mapping[str, str]) -> Iterator[Envelope]:
        """Every mail of an mbox (also .gz), .eml, folder or Maildir."""
        return files.read_file(path, options)

    def serve(
        self,
        account: Account,  # noqa: ARG002 - every mail that is delivered here is the account's
        store: Callable[[Envelope], None],
        options: Mapping[str, str],
    ) -> lmtp.LmtpServer:
        """Listen for LMTP, to which a mail server on our side delivers."""
        return lmtp.serve_lmtp(
            options.get("host", "127.0.0.1"), int(options.get("port", "0")), store, int(options.get("max_bytes", files.MAX_MAIL))
        )

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of one attachment, decoded. Raises KeyError when there is no such part."""
        return understand.attachment(envelope, part)


def channel() -> Channel:
    """The channel, for the registry."""
    return MailChannel()
