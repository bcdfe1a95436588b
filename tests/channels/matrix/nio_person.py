"""Somebody whose program is matrix-nio: another implementation of the protocol, with a store of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, JoinError, LoginResponse, MegolmEvent, RoomMessage, RoomSendResponse

from tests.channels.matrix.synapse import Person


class NioPerson:
    """One device of a person, in a loop of its own. ``said`` are the events that it could read, ``dark`` those that it could not."""

    def __init__(self, person: Person, folder: Path, device: str = "") -> None:
        self.person, self.said, self.dark = person, [], []
        folder.mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        config = AsyncClientConfig(encryption_enabled=True, store_sync_tokens=True)
        self.client: Any = self.do(self._made(person, folder, device, config))
        self.client.add_event_callback(lambda _room, event: self.said.append(event), RoomMessage)
        self.client.add_event_callback(lambda _room, event: self.dark.append(event), MegolmEvent)
        self.sync()

    async def _made(self, person: Person, folder: Path, device: str, config: AsyncClientConfig) -> AsyncClient:
        client = AsyncClient(person.url, person.user, device_id=device, store_path=str(folder), config=config)
        found = await client.login(person.password, device_name="nio")
        assert isinstance(found, LoginResponse), found
        return client

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(60)

    def sync(self) -> None:
        self.do(self._sync())

    async def _sync(self) -> None:
        await self.client.sync(timeout=300, full_state=True, sync_filter={"room": {"timeline": {"limit": 100}}})
        for room in list(self.client.invited_rooms):
            assert not isinstance(await self.client.join(room), JoinError)
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        if self.client.should_query_keys:
            await self.client.keys_query()
        if self.client.should_claim_keys:
            await self.client.keys_claim(self.client.get_users_for_key_claiming())
        await self.client.send_to_device_messages()

    def write(self, room: str, content: dict[str, Any] | str, kind: str = "m.room.message") -> str:
        body = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        self.sync()
        sent = self.do(self.client.room_send(room, kind, body, ignore_unverified_devices=True))
        assert isinstance(sent, RoomSendResponse), sent
        return str(sent.event_id)

    def wait(self, wanted: Callable[[Any], bool], seconds: float = 30) -> Any:
        """The first readable event of that kind. Raises AssertionError with what came instead."""
        until = time.monotonic() + seconds
        while True:
            for event in self.said:
                if wanted(event):
                    return event
            assert time.monotonic() < until, (self.said, self.dark)
            self.sync()

    def without_telling(self, room: str) -> dict[str, str]:
        """Begin a new session there that nobody is told of; what they would be told."""
        olm = self.client.olm
        olm.create_outbound_group_session(room)
        session = olm.outbound_group_sessions[room]
        key = session.session_key
        session.mark_as_shared()
        return {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": room,
            "session_id": session.id,
            "session_key": key if isinstance(key, str) else key.to_base64(),
        }

    def tell(self, user: str, key: dict[str, str]) -> None:
        """Tell all devices of somebody the key of a session."""
        olm = self.client.olm
        sealed = {}
        for device in self.client.device_store.active_user_devices(user):
            session = olm.session_store.get(device.curve25519)
            sealed[device.id] = olm._olm_encrypt(session, device, "m.room_key", key)
        own = Person(self.person.url, self.person.user, self.client.access_token)
        own.call("PUT", f"/sendToDevice/m.room.encrypted/{time.time_ns()}", json={"messages": {user: sealed}})

    def close(self) -> None:
        self.do(self.client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
