"""The Matrix channel: an account on any homeserver, or an application service of one. Source: spec.matrix.org."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.matrix import changes, check, hear, notify, pull, send, understand
from samspil.channels.matrix.settings import FIELDS
from samspil.kit import (
    Account,
    Batch,
    Capabilities,
    Change,
    Channel,
    Check,
    Envelope,
    Event,
    Field,
    Handle,
    Heard,
    Notice,
    NotUnderstood,
    Outbound,
    Remark,
    Request,
    Sent,
    Unreachable,
)


class MatrixChannel:
    """Satisfies Channel, Pulls, Hears, Sends, Changes, Types, HasAttachments, Notifies, Remarks and LinksColleagues. Stateless."""

    name = "matrix"
    # A reply's id is its transaction, which the homeserver does not carry out twice; a change's id likewise.
    capabilities = Capabilities(
        sends=True,
        starts=True,
        edits=True,
        deletes=True,
        reactions=True,
        receipts=True,
        idempotent=True,
        max_length=send.LENGTH,
        max_attachment=send.LARGEST_FILE,
        changes=frozenset({"edit", "delete", "react", "read"}),
    )
    fields: Sequence[Field] = FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """The event of one envelope. Raises NotUnderstood."""
        return understand.understand(envelope, account)

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in and look, without writing. Raises nothing."""
        return check.check(account)

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Events as they come. Raises TryLater."""
        return pull.pull(account, cursor)

    def hear(self, request: Request, account: Account) -> Heard:
        """One transaction of the homeserver. Raises Forged."""
        return hear.hear(request, account)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """Write one answer. Raises TryLater, Unreachable."""
        if notify.tells(account):
            raise Unreachable("The account is for colleagues, and no consumer is answered by it")
        return send.send(outbound, account)

    def notify(self, notice: Notice, account: Account) -> Sent:
        """Tell a colleague. Raises TryLater, Unreachable."""
        return notify.notify(notice, account)

    def remark(self, remark: Remark, account: Account) -> Sent:
        """Say something in the thread of a notice. Raises TryLater, Unreachable."""
        return notify.remark(remark, account)

    def tells(self, account: Account) -> bool:
        """Whether the account is for colleagues."""
        return notify.tells(account)

    def seat(self, name: str, account: Account) -> Handle:
        """The person of this name. Raises Unreachable."""
        return notify.seat(name, account)

    def change(self, change: Change, account: Account) -> Sent:
        """New words, taken back, a sign, read. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def typing(self, to: Handle, answering: str, account: Account) -> None:
        """Show that one of us writes. Raises TryLater, Unreachable."""
        changes.typing(to, answering, account)

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of the file that came along. Raises NotUnderstood."""
        try:
            return base64.b64decode(understand.read(envelope.payload)[part]["bytes"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise NotUnderstood("There is no such file in it") from error


def channel() -> Channel:
    """The channel, for the registry."""
    return MatrixChannel()
