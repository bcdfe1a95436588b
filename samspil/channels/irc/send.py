"""One answer, by the connection that the runner holds."""

from samspil.channels.irc.door import ask
from samspil.channels.irc.settings import CHANNEL, settings_of
from samspil.channels.irc.understand import mentions
from samspil.kit import Account, Outbound, Sent, TryLater, Uncertain, Unreachable

LONGEST = 2000
"""Characters of an answer: five lines or so."""
PATIENCE = 120.0
AFTER_REFUSED = 600.0


def send(outbound: Outbound, account: Account) -> Sent:
    """Say it in the channel where it was asked, else in private. Raises TryLater, Unreachable, Uncertain."""
    fault = settings_of(account).fault
    if fault:
        raise TryLater(fault, after=AFTER_REFUSED)
    if outbound.files:
        raise Unreachable("IRC carries no files: send a link")
    if len(outbound.text) > LONGEST:
        raise Unreachable(f"On IRC an answer has at most {LONGEST} characters: write a link to the rest")
    place, _, answered = outbound.in_reply_to.partition(" ")
    nick = nick_of(outbound)
    to, text = (place, addressed(outbound.text, nick)) if CHANNEL.fullmatch(place) else (place or nick, outbound.text)
    question = {
        "do": "say",
        "id": outbound.id,
        "to": to,
        "address": outbound.to.address,
        "text": text,
        "answers": "" if answered.startswith("~") else answered,
    }
    said = ask(account, question, PATIENCE)
    words = str(said.get("words") or "")
    if said.get("error") == "later":
        raise TryLater(words)
    if said.get("error") == "unreachable":
        raise Unreachable(words)
    if not said.get("external_id"):
        raise Uncertain(words or "The IRC server did not say whether it took the answer")
    return Sent(external_id=str(said["external_id"]), detail=str(said.get("detail") or ""))


def nick_of(outbound: Outbound) -> str:
    """The name by which the person was last seen."""
    return outbound.to.display or outbound.to.address.partition("!")[0]


def addressed(text: str, nick: str) -> str:
    """The text, with the person's name before it where it is not in it: in a channel nobody else knows whom it is for."""
    return text if not nick or " " in nick or mentions(text, nick) else f"{nick}: {text}"
