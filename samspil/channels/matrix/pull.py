"""Events fetched by long polling (/sync), gaps filled, invitations accepted. Source: spec.matrix.org, client-server API."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from samspil.channels.matrix.crypto.identity import LostKeysError, opened
from samspil.channels.matrix.crypto.inbound import Inbound
from samspil.channels.matrix.envelopes import envelope_of, ident_of, is_kept, receipts
from samspil.channels.matrix.rooms import Rooms, direct_rooms, marked_direct
from samspil.channels.matrix.server import AFTER_REFUSED, Refused, Server, path
from samspil.channels.matrix.settings import NETWORK, room_id, user_id
from samspil.kit import Account, Batch, Envelope, Handle, TryLater
from samspil.kit.reading import part

WAIT = 30
"""Seconds that the homeserver keeps a question open; an answer with events comes at once."""
SLACK = 30
FIRST = 20
"""Events of each room that are read at the first look."""
AT_ONCE = 50
PAGE, PAGES, PAGES_BEFORE = 100, 100, 2
"""Events of one step back through a gap, steps at most, and steps back in a room that we have just come into."""
HEAVY = 16 * 1024 * 1024
"""Bytes of envelopes that are put on disk by themselves."""
INVITED, TRIES = 200, 20
MANY = 50
"""People in one room of whom is told that they write."""
NOTHING = {"not_types": ["*"]}


def pull(account: Account, cursor: Any, wait: int = WAIT) -> Iterator[Batch]:
    """Events for ever, from ``cursor``: ``{"since": ..., "invited": [...]}``. Raises TryLater."""
    try:
        yield from _Pull(Server(account, "in"), cursor, account).batches(wait)
    except Refused as refused:
        raise TryLater(f"The homeserver refused: {refused}", after=AFTER_REFUSED) from refused


class _Pull:
    """One listening: where it is, and the invitations that are still to be accepted, with how often it was tried."""

    def __init__(self, server: Server, cursor: Any, account: Account) -> None:
        known = cursor if isinstance(cursor, Mapping) else {}
        since, invited = known.get("since"), known.get("invited")
        self.server, self.rooms, self.account = server, Rooms(server), account
        self.secret: Inbound | None = None
        self.late: list[tuple[str, str]] = []
        self.since = since if isinstance(since, str) else ""
        self.invited = {one: 0 for one in invited if room_id(one)} if isinstance(invited, list) else {}

    def batches(self, wait: int) -> Iterator[Batch]:
        self.server.be_known()
        who = self.server.call("GET", path("account", "whoami")).get("user_id")
        if str(who).lower() not in self.rooms.own:
            raise TryLater(f"The access token is that of {str(who)[:200]}, and the account is another.", after=AFTER_REFUSED)
        self.rooms.note_direct(direct_rooms(self.server))
        with suppress(LostKeysError):  # the check tells it; what is encrypted is shown as what cannot be read
            identity = opened(self.server, self.account)
            self.secret = Inbound(identity) if identity else None
        while True:
            found = self._sync(wait)
            if self.secret:
                self.secret.take(found)
                self.late = self.secret.late()
            waiting: list[Envelope] = []
            size = 0
            for envelope in self._envelopes(found):
                waiting.append(envelope)
                size += len(envelope.payload)
                if size > HEAVY:
                    yield Batch(envelopes=waiting, cursor=self._cursor())
                    waiting, size = [], 0
            self.since = str(found["next_batch"])
            self._accept(part(part(found, "rooms"), "invite"))
            yield Batch(envelopes=waiting, cursor=self._cursor(), typing=self._typing(part(part(found, "rooms"), "join")))
            if self.secret:
                self.secret.done(self.late)

    def _typing(self, rooms: Mapping[str, Any]) -> list[Handle]:
        """Who writes to us just now in a talk of two."""
        found: list[Handle] = []
        for room, about in rooms.items():
            events = _rows(part(about, "ephemeral").get("events")) if isinstance(about, Mapping) else []
            named = next((part(e, "content").get("user_ids") for e in reversed(events) if e.get("type") == "m.typing"), None)
            people = [
                u for u in (named[:MANY] if isinstance(named, list) else []) if user_id(u) and u.lower() not in self.rooms.own
            ]
            if people and room_id(room) and self.rooms.room(room).direct:
                found += [Handle(network=NETWORK, address=one) for one in people]
        return found

    def _cursor(self) -> dict[str, Any]:
        return {"since": self.since, "invited": list(self.invited)}

    def _sync(self, wait: int) -> Mapping[str, Any]:
        query: dict[str, Any] = {"filter": json.dumps(self._filter()), "set_presence": "offline", "timeout": 0}
        if self.since:
            # What waits for the next try is not left until somebody writes.
            query |= {"since": self.since, "timeout": 1000 if self.invited else wait * 1000}
        try:
            found = self.server.call("GET", path("sync"), query=query, patience=float(wait + SLACK))
        except Refused as refused:
            if not self.since or refused.status != 400:  # noqa: PLR2004
                raise
            self.since = ""  # the homeserver was set up anew and does not know where we were
            return self._sync(wait)
        if not isinstance(found.get("next_batch"), str):
            raise TryLater("The homeserver's answer does not say where it ends.")
        return found

    def _filter(self) -> dict[str, Any]:
        timeline: Mapping[str, Any] = {"limit": AT_ONCE if self.since else FIRST}
        if self.server.settings.hs_token:
            timeline = NOTHING  # the homeserver brings them
        return {
            "presence": NOTHING,
            "account_data": {"types": ["m.direct"]},
            "room": {
                "timeline": timeline,
                "state": NOTHING,
                "ephemeral": {"types": ["m.receipt", "m.typing"]},
                "account_data": NOTHING,
            },
        }

    def _envelopes(self, found: Mapping[str, Any]) -> Iterator[Envelope]:
        for event in _rows(part(found, "account_data").get("events")):
            if event.get("type") == "m.direct":
                self.rooms.note_direct(event.get("content"))
        for group in ("join", "leave"):
            for room, about in part(part(found, "rooms"), group).items():
                if room_id(room) and isinstance(about, Mapping):
                    yield from self._of_room(room, about)
        yield from self._read_late()

    def _read_late(self) -> Iterator[Envelope]:
        """What came before its key: it was kept as it came, and is kept once more as it reads."""
        for room, ident in self.late:
            try:
                event = self.server.call("GET", path("rooms", room, "event", ident))
            except Refused:  # taken back, or no longer ours to read
                continue
            clear = self.secret.read(room, event) if self.secret else event
            if clear is not event and is_kept(clear, self.rooms.own) and (kept := self.rooms.kept(room, clear)):
                yield envelope_of(kept | {"late": True}, f"key:{ident}")

    def _of_room(self, room: str, about: Mapping[str, Any]) -> Iterator[Envelope]:
        timeline = part(about, "timeline")
        events = _rows(timeline.get("events"))
        came = any(self._is_our_coming(event) for event in events)
        if any(event.get("type") == "m.room.member" for event in events):
            self.rooms.forget(room)
        begin = timeline.get("prev_batch")
        if isinstance(begin, str) and self.since and (came or timeline.get("limited") is True):
            events = self._gap(room, begin, before=came) + events
        for came_as in events:
            event = self.secret.read(room, came_as) if self.secret else came_as
            is_open = self.secret is not None and self.secret.is_open(room, came_as)
            if is_kept(event, self.rooms.own) and (kept := self.rooms.kept(room, event)) is not None:
                yield envelope_of(kept | ({"open": True} if is_open else {}), ident_of(event, kept))
        read = [e for e in _rows(part(about, "ephemeral").get("events")) if e.get("type") == "m.receipt"]
        if read and self.rooms.room(room).direct:
            for event in read:
                yield from receipts(room, event.get("content"), self.rooms.own, {"direct": True})

    def _is_our_coming(self, event: Mapping[str, Any]) -> bool:
        ours = event.get("type") == "m.room.member" and str(event.get("state_key")).lower() in self.rooms.own
        return ours and part(event, "content").get("membership") == "join"

    def _gap(self, room: str, begin: str, *, before: bool) -> list[Mapping[str, Any]]:
        """What lies between where we were and the timeline's beginning, the oldest first; in a room that is new to us a little before."""
        found: list[Mapping[str, Any]] = []
        query: dict[str, Any] = {"dir": "b", "limit": PAGE} | ({} if before else {"to": self.since})
        for _ in range(PAGES_BEFORE if before else PAGES):
            try:
                page = self.server.call("GET", path("rooms", room, "messages"), query={**query, "from": begin})
            except Refused:  # no longer ours to read
                break
            found += _rows(page.get("chunk"))
            end = page.get("end")
            if not isinstance(end, str) or end == begin:
                break
            begin = end
        return found[::-1]

    def _accept(self, invitations: Mapping[str, Any]) -> None:
        """Come into the rooms that we are invited to, as far as the settings say so."""
        directs: dict[str, str] = {}
        for room, about in invitations.items():
            for event in _rows(part(about, "invite_state").get("events")):
                if event.get("type") == "m.room.member" and str(event.get("state_key")).lower() in self.rooms.own:
                    direct = part(event, "content").get("is_direct") is True
                    wanted = self.server.settings.invitations
                    if room_id(room) and (wanted == "all" or (wanted == "direct" and direct)) and len(self.invited) < INVITED:
                        self.invited[room] = 0
                        if direct and user_id(event.get("sender")):
                            directs[room] = str(event["sender"])
        for room in list(self.invited):
            self.invited[room] += 1
            if self._come_into(room, directs.get(room, "")) or self.invited[room] >= TRIES:
                del self.invited[room]

    def _come_into(self, room: str, person: str) -> bool:
        """Whether there is nothing more to try."""
        try:
            self.server.call("POST", path("rooms", room, "join"), json={}, repeatable=True, patience=60.0)
        except Refused:  # taken back, or not ours to accept
            return True
        except TryLater:
            return False
        if person:
            try:
                marked_direct(self.server, room, person)
                self.rooms.note_direct({person: [room]})
            except (Refused, TryLater):
                pass  # a talk of two is seen by its members too
        return True


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
