"""What a line means: pure, and without trust in any of it but the tags that the server alone may set.

Who somebody is. A nick belongs to whoever takes it. Where the server tells the services' account (IRCv3 account-tag), the person is that account.
Elsewhere the person is nick!user@host, all three: who takes the nick comes from another host and is another person to us, and so is who moves; that
is the safe mistake. ``scope`` is the server, for no name reaches further. No account has a "!", so the two kinds are not mistaken for each other.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from samspil.channels.irc.lines import Line, folded, plain, read
from samspil.channels.irc.settings import CHANNEL, NETWORK, settings_of
from samspil.kit import Account, Delete, Envelope, Event, Handle, Message, NotUnderstood, Reaction

LARGEST = 20_000
"""Bytes of a line with its tags: more than a server may send."""
SERVICES = frozenset("nickserv chanserv memoserv botserv hostserv operserv saslserv alis global".split())
_MARK = re.compile("\x01(?P<kind>[A-Za-z]+)(?: (?P<rest>[^\x01]*))?\x01?")
_WEAK = "no account of the network's services: the name alone proves nothing, and somebody else may have it tomorrow"


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The events of one line; none for our own echo and for what is not for us. Raises NotUnderstood."""
    if len(envelope.payload) > LARGEST:
        raise NotUnderstood(f"The line has {len(envelope.payload)} bytes, and {LARGEST} are read at most")
    try:
        line = read(envelope.payload)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error
    seen = _Reader(line, envelope, account)
    if line.command in {"PRIVMSG", "NOTICE"}:
        return seen.message()
    if line.command == "TAGMSG":
        return seen.reaction()
    if line.command == "REDACT":
        return seen.redaction()
    raise NotUnderstood(f"{line.command[:20]} is nothing that people say")


def mentions(text: str, nick: str, mapping: str = "rfc1459") -> bool:
    """Whether the text has the nick as a word of its own."""
    name = re.escape(folded(nick, mapping))
    return bool(nick) and re.search(rf"(?<![\w\[\]{{}}\\|^`-]){name}(?![\w\[\]{{}}\\|^`-])", folded(text, mapping)) is not None


class _Reader:
    """One line, read part by part. What it depends on beside stands in the envelope's headers: our nick, and how the network compares."""

    def __init__(self, line: Line, envelope: Envelope, account: Account) -> None:
        settings = settings_of(account)
        self.line, self.host = line, settings.host
        self.mapping = envelope.headers.get("casemapping", "rfc1459")
        self.own = self.fold(envelope.headers.get("nick", "") or settings.nick)
        self.nicks = {self.own, self.fold(settings.nick)}
        self.key = envelope.external_id
        at = _time(line.tags.get("time", "")) or envelope.received_at
        if at is None:
            raise NotUnderstood("Nobody says when the line came")
        self.at = at
        if "!" not in line.sender or any(sign in line.nick for sign in " @.") or plain(line.sender) != line.sender:
            raise NotUnderstood("The line is a server's, not a person's")
        target = plain(line.parameter(0))
        if target[:1] in "@%+~&" and target[1:2] == "#":
            target = target[1:]  # a line for those alone who have a rank in the channel
        self.channel = target if CHANNEL.fullmatch(target) else ""
        self.ours = self.fold(line.nick) == self.own
        self.place = self.fold(self.channel or (target if self.ours else line.nick))

    def fold(self, name: str) -> str:
        return folded(name, self.mapping)

    @property
    def account(self) -> str:
        name = plain(self.line.tags.get("account", "")).strip()
        return "" if name == "*" or "!" in name or " " in name else self.fold(name)

    @property
    def author(self) -> Handle:
        nick, _, where = self.line.sender.partition("!")
        user, _, host = where.partition("@")
        address = self.account or f"{self.fold(nick)}!{user}@{host.lower()}"
        return Handle(network=NETWORK, scope=self.host, address=address[:400], display=nick[:100], name=nick[:100])

    def name(self, ident: str) -> str:
        """The id of a message: the channel or nick where it stands, a space, and the network's own id."""
        return f"{self.place} {plain(ident)[:300]}"

    @property
    def external(self) -> str:
        return self.name(self.line.tags.get("msgid") or f"~{self.key}")

    def message(self) -> Sequence[Event]:
        if self.ours or (self.line.command == "NOTICE" and (self.channel or self.fold(self.line.nick) in SERVICES)):
            return []
        text, notes = self.line.parameter(1), []
        marked = _MARK.fullmatch(text)
        if marked is not None and marked["kind"].upper() == "ACTION":
            text = f"* {self.line.nick} {marked['rest'] or ''}"
        elif marked is not None and marked["kind"].upper() == "DCC" and not self.channel:
            raise NotUnderstood("Somebody offers a file or a talk past the server (DCC), which is not taken")
        elif marked is not None:
            return []  # a program asks ours something
        text = plain(text).strip()
        if self.channel and not any(mentions(text, nick, self.mapping) for nick in self.nicks):
            return []
        if not text:
            raise NotUnderstood("An empty line")
        if not self.account:
            notes.append(_WEAK)
        answered = self.line.tags.get("+draft/reply") or self.line.tags.get("+reply") or ""
        automatic = "bulk" if self.line.command == "NOTICE" or "bot" in self.line.tags else ""
        return [
            Message(
                external_id=self.external,
                author=self.author,
                at=self.at,
                text=text,
                references=[self.name(answered)] if answered else [],
                automatic=automatic,
                public=bool(self.channel),
                notes=notes,
                extra={"channel": self.channel} if self.channel else {},
            )
        ]

    def reaction(self) -> Sequence[Event]:
        sign, target = (plain(self.line.tags.get(name, "")).strip() for name in ("+draft/react", "+draft/reply"))
        if self.ours or not sign or not target:
            return []  # somebody types, or stops to
        return [Reaction(external_id=self.external, target=self.name(target), author=self.author, at=self.at, emoji=sign[:64])]

    def redaction(self) -> Sequence[Event]:
        target = self.line.parameter(1)
        if self.ours:
            return []
        if not target:
            raise NotUnderstood("Something was taken back, and nobody says what")
        return [Delete(external_id=f"{self.external} redacted", target=self.name(target), author=self.author, at=self.at)]


def _time(stamp: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(stamp[:64])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
