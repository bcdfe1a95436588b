"""What the tests of encrypted rooms have in common."""

import time
from typing import Any

from samspil.kit import Account, Event, Handle, Message, Outbound
from samspil.kit.testing import Drawer
from tests.channels.matrix.nio_person import NioPerson
from tests.channels.matrix.synapse import Person

ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


def account_of(person: Person, drawer: Drawer, **config: Any) -> Account:
    plain = {"server": person.url, "user": person.user, "access_token": person.token}
    return Account(id=f"konto-{person.user}", name="Butik", config=plain | config, key=b"0" * 32, language="da", keeps=drawer)


def is_message(room: str, event: str, kind: type[Event] = Message) -> Any:
    return lambda one: isinstance(one, kind) and one.external_id == f"{room}/{event}"


def out(to: str, text: str, **more: Any) -> Outbound:
    return Outbound(id=f"svar-{time.time_ns()}", conversation="c", to=Handle(network="matrix", address=to), text=text, **more)


def secret_room(of: Person, *others: str, direct: bool = True, **settings: Any) -> str:
    state = {**ENCRYPTION, "content": {**ENCRYPTION["content"], **settings}}
    asked = {"preset": "trusted_private_chat", "is_direct": direct, "invite": list(others), "initial_state": [state]}
    return str(of.call("POST", "/createRoom", json=asked)["room_id"])


def token_of(person: Person, device: str) -> str:
    asked = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": person.user}, "password": person.password}
    return str(person.call("POST", "/login", json=asked | {"device_id": device})["access_token"])


def joined(by: NioPerson, room: str, who: str) -> None:
    until = time.monotonic() + 30
    while who not in by.person.members(room):
        assert time.monotonic() < until
        time.sleep(0.1)
    by.sync()
