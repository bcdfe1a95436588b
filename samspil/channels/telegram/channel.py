"""Telegram by the Bot API: a bot that people write to, alone or in groups. It cannot write to anybody first: that is Telegram's rule."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from samspil.channels.telegram import changes, pull, send, settings
from samspil.channels.telegram.understand import meaning
from samspil.kit import (
    Account,
    Batch,
    Capabilities,
    Change,
    Channel,
    ChannelError,
    Check,
    Envelope,
    Event,
    Field,
    Handle,
    NotUnderstood,
    Outbound,
    Sent,
)


class Telegram:
    """Satisfies Channel, Pulls, Sends, Changes, Types and HasAttachments. Stateless."""

    name = "telegram"
    capabilities = Capabilities(
        sends=True,
        edits=True,
        reactions=True,
        max_length=send.TEXT,
        max_attachment=send.LARGEST,
        changes=frozenset({"edit", "delete", "react"}),
        delete_window=changes.DELETE_WINDOW,
        signs=changes.SIGNS,
    )
    fields: Sequence[Field] = settings.FIELDS

    def understand(self, envelope: Envelope, account: Account) -> Sequence[Event]:
        """Every event of one update. Raises NotUnderstood."""
        return meaning(envelope, settings.bot(account))

    def pull(self, account: Account, cursor: Any) -> Iterator[Batch]:
        """Updates as they come. Raises TryLater."""
        return pull.pull(account, cursor)

    def send(self, outbound: Outbound, account: Account) -> Sent:
        """One message. Raises TryLater, Unreachable, Uncertain."""
        return send.send(outbound, account)

    def change(self, change: Change, account: Account) -> Sent:
        """Other words, taken back, or a sign. Raises TryLater, Unreachable."""
        return changes.carry_out(change, account)

    def typing(self, to: Handle, answering: str, account: Account) -> None:
        """Show that one of us writes. Raises TryLater, Unreachable."""
        changes.typing(to, answering, account)

    def attachment(self, envelope: Envelope, part: str) -> bytes:
        """The bytes of the file that came along. Raises NotUnderstood."""
        try:
            return base64.b64decode(json.loads(envelope.payload)["files"][part]["bytes"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise NotUnderstood("there is no such file in it") from error

    def check(self, account: Account) -> Sequence[Check]:
        """Sign in, and look whether another program takes the bot's messages away. Raises nothing."""
        if not settings.bot(account):
            return [Check(name="token", ok=False, detail="this is no token", remedy="Copy it whole from @BotFather.")]
        try:
            me = settings.ask(account, "getMe", repeatable=True)
            hook = settings.ask(account, "getWebhookInfo", repeatable=True)
        except (ChannelError, settings.Refused) as error:
            return [
                Check(
                    name="sign in", ok=False, detail=settings.hidden(account, str(error)), remedy="Is the token the newest one?"
                )
            ]
        url = hook.get("url") if isinstance(hook, dict) else ""
        groups = isinstance(me, dict) and me.get("can_read_all_group_messages") is True
        return [
            Check(name="sign in", ok=True, detail=f"@{me.get('username')}" if isinstance(me, dict) else ""),
            Check(
                name="receive",
                ok=not url,
                detail="the bot's messages come here" if not url else "a webhook takes the bot's messages elsewhere",
                remedy="" if not url else "Remove the webhook in the other program (deleteWebhook), or make a new bot.",
            ),
            Check(
                name="groups",
                ok=True,
                detail="it sees every message in groups" if groups else "in groups it sees commands and answers to itself alone",
            ),
        ]


def channel() -> Channel:
    """The channel, for the registry."""
    return Telegram()
