"""A notice to a colleague as a message in the account's talk of two with them. Source: spec.matrix.org."""

from samspil.channels.matrix import send
from samspil.channels.matrix.crypto.outbound import secret_of
from samspil.channels.matrix.server import Refused, Server, path
from samspil.channels.matrix.settings import MARK, NETWORK, external_id, place_of, settings_of, user_id
from samspil.kit import Account, Handle, Notice, Remark, Sent, TryLater, Uncertain, Unreachable
from samspil.kit.notices import LINK, worded
from samspil.kit.reading import part

PIECE, MOST = 2800, 8
"""Characters of one thing that was written, and how many of them; the rest is at the desk."""


def words_of(notice: Notice) -> str:
    """The message's words: what happened, what was written, what an answer does. Nothing in them is markup."""
    parts = [notice.text.strip()]
    for name, said in notice.quoted[-MOST:]:
        lines = said.strip()[:PIECE].splitlines()
        parts.append("\n".join([" ".join(name.split())[:200], *(f"> {one}" for one in lines)]))
    parts += [notice.foot.strip(), f"{worded(LINK, notice.language)}: {notice.link}" if notice.link else ""]
    told = "\n\n".join(one for one in parts if one)[: send.LENGTH]
    return told.encode("utf-8", "replace")[: send.BYTES].decode("utf-8", "ignore")


def notify(notice: Notice, account: Account) -> Sent:
    """One notice; a try again with the same id stands once. Raises TryLater, Unreachable."""
    if not tells(account):
        raise Unreachable("The account is for consumers, and tells no colleague anything")
    try:
        return _written(notice, Server(account, "out"), account)
    except Refused as refused:
        raise Unreachable(send.refused_words(refused)) from refused
    except Uncertain as lost:  # the homeserver does not carry out the same transaction twice
        raise TryLater(str(lost)) from lost


def _written(notice: Notice, server: Server, account: Account) -> Sent:
    person = notice.to.address
    room = send.room_with(server, person, account.key)
    _alone(server, room, person)
    words = words_of(notice)
    content = {"msgtype": "m.text", "body": words, "m.mentions": {"user_ids": [person]}, MARK: notice.id}
    sealing = secret_of(server, account, room)
    return Sent(external_id=external_id(room, send.put(server, room, notice.id, content, sealing)))


def remark(said: Remark, account: Account) -> Sent:
    """What we say in the thread of a notice, as a notice of a program, which programs do not answer. Raises TryLater, Unreachable."""
    room, event = place_of(said.place)
    if not tells(account) or not room:
        raise Unreachable("Nobody knows in which room the thread is.")
    try:
        server = Server(account, "out")
        _alone(server, room, said.to.address)
        words = "\n".join(filter(None, [said.text, f"{worded(LINK, said.language)}: {said.link}" if said.link else ""]))
        relation = {"rel_type": "m.thread", "event_id": event, "is_falling_back": True, "m.in_reply_to": {"event_id": event}}
        content = {"msgtype": "m.notice", "body": words[: send.LENGTH], "m.mentions": {}, "m.relates_to": relation, MARK: said.id}
        return Sent(external_id=external_id(room, send.put(server, room, said.id, content, secret_of(server, account, room))))
    except Refused as refused:
        raise Unreachable(send.refused_words(refused)) from refused
    except Uncertain as lost:
        raise TryLater(str(lost)) from lost


def _alone(server: Server, room: str, person: str) -> None:
    """Raises Unreachable where somebody else is in the talk, or is asked to come: they would read what the colleague alone may."""
    found = server.call("GET", path("rooms", room, "members")).get("chunk")
    rows = found if isinstance(found, list) else []
    there = {row.get("state_key") for row in rows if part(row, "content").get("membership") in send.THERE}
    if any(one != person and str(one).lower() not in server.settings.own for one in there):
        raise Unreachable("Somebody else is in the conversation with you on Matrix: leave it, and a new one is begun.")


def seat(name: str, account: Account) -> Handle:
    """The person that a colleague says they are. Raises Unreachable for what is no name, and for the account itself."""
    found = user_id(name.strip())
    if not found or found.lower() in settings_of(account).own:
        raise Unreachable("That is no name on Matrix, as @name:server.example.")
    return Handle(network=NETWORK, address=found)


def tells(account: Account) -> bool:
    """Whether the account is for colleagues."""
    return settings_of(account).colleagues
