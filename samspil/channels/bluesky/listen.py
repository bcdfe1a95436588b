"""Direct messages, read from the network's log of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.bluesky.direct import CREATED, KIND, SILENT
from samspil.channels.bluesky.session import Net, Refused
from samspil.channels.bluesky.values import obj, once, rows, type_of
from samspil.kit import Envelope, TryLater

FIRST_CONVERSATIONS = 50
FIRST_MESSAGES = 50
MOST_PAGES = 50
MOST_LINES = 100_000
"""More than one answer holds: the place moves past all of them."""
AFTER_REFUSED = 60.0
NO_RIGHT = (
    "The server gives no direct messages ({}). Sign in at Bluesky again, or make an app password with access to direct messages; "
    "or switch them off at this account."
)


class Listener:
    """The log of one account's direct messages, and who is in its conversations."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._people: dict[str, list[dict[str, str]]] = {}

    def after(self, place: str) -> tuple[Sequence[Envelope], str]:
        """What came after ``place`` ("" at first: what is unread), the oldest first, and the place after it. Raises TryLater."""
        try:
            return self._after(place) if place else self._first()
        except Refused as error:
            raise TryLater(NO_RIGHT.format(error), after=AFTER_REFUSED) from error

    def _after(self, place: str) -> tuple[Sequence[Envelope], str]:
        found: list[Envelope] = []
        for _ in range(MOST_PAGES):
            answer = self._ask("getLog", cursor=place)
            logs = rows(answer.get("logs"), MOST_LINES)
            found += [self._envelope(row) for row in logs if self._is_kept(row)]
            before, place = place, str(answer.get("cursor") or place)
            if not logs or place == before:
                break
        return found, place

    # Where the log is goes first and the history after it: what comes between the two is then had twice, and not never.
    def _first(self) -> tuple[Sequence[Envelope], str]:
        place = str(self._ask("getLog").get("cursor") or "")
        found: list[Envelope] = []
        for convo in rows(self._ask("listConvos", limit=FIRST_CONVERSATIONS).get("convos")):
            self._learn(convo)
            unread = convo.get("unreadCount")
            if not (isinstance(unread, int) and unread > 0):
                continue
            answer = self._ask("getMessages", convoId=convo.get("id"), limit=min(unread, FIRST_MESSAGES))
            for message in reversed(rows(answer.get("messages"))):
                log = {"$type": KIND + CREATED, "rev": message.get("rev"), "convoId": convo.get("id"), "message": message}
                if self._is_kept(log):
                    found.append(self._envelope(log))
        return found, place

    # The log tells of what we sent ourselves too, and a direct message carries no sign of ours by which to know it.
    def _is_kept(self, log: Mapping[str, Any]) -> bool:
        kind = type_of(log, KIND)
        ours = kind == CREATED and obj(obj(log.get("message")).get("sender")).get("did") == self._net.did
        return kind not in SILENT and not ours

    def _ask(self, name: str, **query: Any) -> dict[str, Any]:
        return self._net.ask(f"chat.bsky.convo.{name}", chat=True, **query)

    def _learn(self, convo: Mapping[str, Any]) -> None:
        self._people[str(convo.get("id"))] = [
            {key: str(row.get(key) or "") for key in ("did", "handle", "displayName")} for row in rows(convo.get("members"))
        ]

    def _members(self, ident: str) -> list[dict[str, str]]:
        """Who is in a conversation: a line of the log names its writer by DID alone."""
        if ident not in self._people:
            try:
                self._learn(obj(self._ask("getConvo", convoId=ident).get("convo")) or {"id": ident})
            except Refused:
                self._people[ident] = []  # left, or gone: the message is kept with its writer's DID
        return self._people.get(ident, [])

    def _envelope(self, log: Mapping[str, Any]) -> Envelope:
        convo, kind = str(log.get("convoId")), type_of(log, KIND)
        part = obj(log.get("message")).get("id") if kind == CREATED else f"{log.get('rev')}:{kind}"
        payload = {"log": log, "members": self._members(convo)}
        return Envelope(
            external_id=once(f"chat:{convo}/{part}"),
            payload=json.dumps(payload, ensure_ascii=True).encode(),
            headers={"did": self._net.did},
        )
