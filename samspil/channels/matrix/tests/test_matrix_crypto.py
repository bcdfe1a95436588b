"""Encryption, without a homeserver: what is believed, what is refused, and what is never written in the open."""

import hashlib
import json
from typing import Any

import pytest
import vodozemac
from hypothesis import given
from hypothesis import strategies as st

from samspil.channels.matrix import changes, send
from samspil.channels.matrix.crypto import files, outbound
from samspil.channels.matrix.crypto.devices import OLM, Devices
from samspil.channels.matrix.crypto.identity import Identity, opened
from samspil.channels.matrix.crypto.olm import Olm
from samspil.channels.matrix.crypto.signing import canonical, decoded, is_signed, signed, unpadded
from samspil.channels.matrix.crypto.store import Store
from samspil.channels.matrix.server import Server
from samspil.channels.matrix.tests.homeserver import API, BUTIK, CONFIG, KAROLINE, ROOM, TO, Homeserver
from samspil.kit import Account, Change, Outbound, TryLater, Unreachable
from samspil.kit.testing import Drawer

ENCRYPTED = ("GET", f"{API}/rooms/{ROOM}/state/m.room.encryption")
QUERY = ("POST", f"{API}/keys/query")


@pytest.fixture
def account() -> Account:
    return Account(id="1", name="Butik", config=CONFIG, key=b"0" * 32, language="da", keeps=Drawer())


class Program:
    """Somebody's device."""

    def __init__(self, user: str, device: str) -> None:
        self.user, self.device, self.account = user, device, vodozemac.Account()
        self.curve, self.ed = self.account.curve25519_key.to_base64(), self.account.ed25519_key.to_base64()

    def keys(self, **other: Any) -> dict[str, Any]:
        said = {
            "user_id": self.user,
            "device_id": self.device,
            "algorithms": [OLM],
            "keys": {f"curve25519:{self.device}": self.curve, f"ed25519:{self.device}": self.ed},
            **other,
        }
        return signed(said, self.account, self.user, self.device)


def queried(home: Homeserver, *devices: dict[str, Any], **more: Any) -> None:
    found: dict[str, Any] = {}
    for one in devices:
        found.setdefault(KAROLINE, {})[one["device_id"]] = one
    home.answers[QUERY] = (200, {"device_keys": found, **more})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "{}"),
        ({"one": 1, "two": "Two"}, '{"one":1,"two":"Two"}'),
        ({"b": "2", "a": "1"}, '{"a":"1","b":"2"}'),
        ({"a": "日本語"}, '{"a":"日本語"}'),
        ({"本": 2, "日": 1}, '{"日":1,"本":2}'),
        ({"a": None, "signatures": {"x": {}}, "unsigned": {"age": 1}}, '{"a":null}'),
    ],
)
def test_what_is_signed(value: dict[str, Any], said: str) -> None:
    """Examples of the specification's appendix on canonical JSON."""
    assert canonical(value) == said.encode()


def test_only_the_device_s_own_signature_counts() -> None:
    one, other = Program(KAROLINE, "A"), Program(KAROLINE, "B")
    keys = one.keys()
    assert is_signed(keys, KAROLINE, "A", one.ed)
    assert not is_signed(keys, KAROLINE, "A", other.ed)
    assert not is_signed(keys, BUTIK, "A", one.ed)
    assert not is_signed({**keys, "algorithms": []}, KAROLINE, "A", one.ed)
    assert not is_signed({**keys, "signatures": {KAROLINE: {"ed25519:A": "!"}}}, KAROLINE, "A", one.ed)
    assert not is_signed({**keys, "signatures": None}, KAROLINE, "A", one.ed)


def test_a_device_is_believed_as_it_was_first_seen(home: Homeserver, account: Account) -> None:
    devices = Devices(Server(account, "in"), Store(account.keeps, "OUR"))
    first, changed, second = Program(KAROLINE, "A"), Program(KAROLINE, "A"), Program(KAROLINE, "B")
    queried(home, first.keys())
    assert [(one.id, one.curve, one.ed) for one in devices.keys_of([KAROLINE]).values()] == [("A", first.curve, first.ed)]
    queried(home, changed.keys(), second.keys())
    assert [(one.id, one.curve) for one in devices.keys_of([KAROLINE]).values()] == [("B", second.curve)]
    queried(home, first.keys(), second.keys())
    assert sorted(one.id for one in devices.keys_of([KAROLINE]).values()) == ["A", "B"]
    queried(home)
    assert devices.keys_of([KAROLINE]) == {}
    queried(home, failures={"y.example": {}})
    assert sorted(one.id for one in devices.keys_of([KAROLINE]).values()) == ["A", "B"]


@pytest.mark.parametrize(
    "wrong", [{"user_id": BUTIK}, {"device_id": "C"}, {"keys": {}}, {"keys": None}, {"keys": {"curve25519:A": 1, "ed25519:A": 2}}]
)
def test_devices_that_say_something_else_are_none(home: Homeserver, account: Account, wrong: dict[str, Any]) -> None:
    home.answers[QUERY] = (200, {"device_keys": {KAROLINE: {"A": Program(KAROLINE, "A").keys(**wrong)}}})
    assert Devices(Server(account, "in"), Store(account.keeps, "OUR")).keys_of([KAROLINE]) == {}


def test_a_device_that_another_signed_or_nobody_is_none(home: Homeserver, account: Account) -> None:
    devices, program, other = (
        Devices(Server(account, "in"), Store(account.keeps, "OUR")),
        Program(KAROLINE, "A"),
        Program(KAROLINE, "A"),
    )
    keys = program.keys()
    for wrong in (
        {**keys, "signatures": other.keys()["signatures"]},
        {**keys, "signatures": {}},
        {**keys, "keys": {**keys["keys"], "curve25519:A": other.curve}},
    ):
        queried(home, wrong)
        assert devices.keys_of([KAROLINE]) == {}
    queried(home, keys)
    assert [one.id for one in devices.keys_of([KAROLINE]).values()] == ["A"]


def identity(home: Homeserver, account: Account) -> Identity:
    home.answers["GET", f"{API}/account/whoami"] = (200, {"user_id": BUTIK, "device_id": "OUR"})
    home.answers["POST", f"{API}/keys/upload"] = (200, {"one_time_key_counts": {}})
    queried(home)
    made = opened(Server(account, "in"), account)
    assert made is not None
    return made


def told(program: Program, ours: Identity, once: str, **other: Any) -> dict[str, Any]:
    payload = {
        "type": "m.dummy", "content": {}, "sender": program.user, "recipient": BUTIK, "recipient_keys": {"ed25519": ours.ed},
        "keys": {"ed25519": program.ed}, **other,
    }  # fmt: skip
    curve = vodozemac.Curve25519PublicKey.from_base64
    session = program.account.create_outbound_session(curve(ours.curve), curve(once))
    kind, body = session.encrypt(json.dumps(payload).encode()).to_parts()
    sealed = {ours.curve: {"type": kind, "body": unpadded(bytes(body))}}
    content = {"algorithm": OLM, "sender_key": program.curve, "ciphertext": sealed}
    return {"type": "m.room.encrypted", "sender": KAROLINE, "content": content}


def once(home: Homeserver, ours: Identity) -> list[str]:
    ours.replenish(0, [])
    given = home.given("POST", f"{API}/keys/upload")[-1]["json"]
    assert len(given["fallback_keys"]) == 1
    assert all(
        is_signed(key, BUTIK, "OUR", ours.ed) for key in [*given["one_time_keys"].values(), *given["fallback_keys"].values()]
    )
    return [key["key"] for key in given["one_time_keys"].values()]


def test_a_device_is_who_it_says_it_is_and_is_heard_once(home: Homeserver, account: Account) -> None:
    ours = identity(home, account)
    keys = once(home, ours)
    assert len(keys) == 50
    program, other = Program(KAROLINE, "A"), Program(KAROLINE, "B")
    queried(home, program.keys(), other.keys())
    event = told(program, ours, keys[0])
    assert (Olm(ours).receive(event) or {})["type"] == "m.dummy"
    assert Olm(ours).receive(event) is None
    wrong: list[dict[str, Any]] = [
        {"sender": BUTIK}, {"recipient": KAROLINE}, {"recipient_keys": {"ed25519": other.ed}}, {"recipient_keys": None},
        {"keys": {"ed25519": other.ed}}, {"keys": {}},
    ]  # fmt: skip
    assert [Olm(ours).receive(told(program, ours, keys[n + 1], **w)) for n, w in enumerate(wrong)] == [None] * len(wrong)
    assert (Olm(ours).receive(told(program, ours, keys[10])) or {})["type"] == "m.dummy"
    stranger = Program(KAROLINE, "C")  # on no list of hers
    assert Olm(ours).receive(told(stranger, ours, keys[11])) is None
    assert home.given("POST", f"{API}/keys/claim") == []
    assert Olm(ours).receive(told(program, ours, keys[0])) is None  # a key is given once
    assert len(home.given("POST", f"{API}/keys/claim")) == 1  # a new ratchet is begun with her
    assert Olm(ours).receive(told(program, ours, keys[10])) is None
    assert len(home.given("POST", f"{API}/keys/claim")) == 1  # once an hour


def test_a_key_is_not_lost_when_whoever_keeps_it_falls(home: Homeserver, account: Account) -> None:
    ours = identity(home, account)
    program, heard = Program(KAROLINE, "A"), []
    event = told(program, ours, once(home, ours)[0])
    home.answers[QUERY] = (502, {})  # whose device it was cannot be asked
    with pytest.raises(TryLater):
        Olm(ours).receive(event, heard.append)
    queried(home, program.keys())

    def killed(_told: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Olm(ours).receive(event, killed)
    assert heard == []
    assert (Olm(ours).receive(event, heard.append) or {})["type"] == "m.dummy"
    assert Olm(ours).receive(event, heard.append) is None
    assert [one["type"] for one in heard] == ["m.dummy"]
    assert not [name for name in account.keeps.rows if name.startswith("told:")]


@pytest.mark.parametrize(
    "content", [None, {}, {"algorithm": OLM}, {"algorithm": OLM, "sender_key": "x", "ciphertext": []}, {"sender_key": 3}]
)
def test_odd_messages_between_devices_are_nothing(home: Homeserver, account: Account, content: Any) -> None:
    ours = identity(home, account)
    assert Olm(ours).receive({"type": "m.room.encrypted", "sender": KAROLINE, "content": content}) is None
    for body, kind in (("!", 0), ("AAAA", 1), ("AAAA", 0), ("AAAA", True), ("AAAA", 7), (1, 0)):
        sealed = {ours.curve: {"type": kind, "body": body}}
        event = {"sender": KAROLINE, "content": {"algorithm": OLM, "sender_key": "AAAA", "ciphertext": sealed}}
        assert Olm(ours).receive(event) is None


def test_keys_are_made_once_and_nothing_is_written_while_there_are_enough(home: Homeserver, account: Account) -> None:
    ours = identity(home, account)
    once(home, ours)
    drawer, asked = account.keeps, len(home.asked)
    assert isinstance(drawer, Drawer)
    before = drawer.writes
    ours.replenish(25, ["signed_curve25519"])
    ours.replenish(50, None)
    assert (drawer.writes, len(home.asked)) == (before, asked)
    ours.replenish(24, ["signed_curve25519"])
    given = home.given("POST", f"{API}/keys/upload")[-1]["json"]
    assert (len(given["one_time_keys"]), given["fallback_keys"]) == (26, {})
    again = identity(home, account)
    assert (again.curve, again.ed) == (ours.curve, ours.ed)


def test_what_was_encrypted_once_is_never_written_in_the_open(home: Homeserver, account: Account) -> None:
    out = Outbound(id="r1", conversation="c", to=TO, text="Hemmeligt", in_reply_to=f"{ROOM}/$a")
    edit = Change(id="c1", kind="edit", to=TO, target=f"{ROOM}/$a", text="Hemmeligt", own=True)
    home.answers[ENCRYPTED] = (200, {"algorithm": "m.megolm.v1.aes-sha2"})
    for answer in (home.answers[ENCRYPTED], (404, {"errcode": "M_NOT_FOUND"})):  # then the homeserver says that it is open
        home.answers[ENCRYPTED] = answer
        with pytest.raises(Unreachable, match="belongs to no device that could have keys"):
            send.send(out, account)
        with pytest.raises(Unreachable, match="belongs to no device that could have keys"):
            changes.carry_out(edit, account)
    home.answers[ENCRYPTED] = (200, {"algorithm": "m.of.tomorrow"})
    with pytest.raises(Unreachable, match="encrypted in a way that is not known here"):
        send.send(out, account)
    assert [method for method, path, _ in home.asked if method == "PUT" or "/send/" in path] == []


def test_a_room_that_was_never_encrypted_is_written_in_as_before(home: Homeserver, account: Account) -> None:
    send.send(Outbound(id="r1", conversation="c", to=TO, text="Hej", in_reply_to=f"{ROOM}/$a"), account)
    assert home.written()["body"] == "Hej"
    assert account.keeps is not None
    assert isinstance(account.keeps, Drawer)
    assert account.keeps.writes == 0


def test_the_markup_goes_where_both_would_be_too_much(home: Homeserver, account: Account) -> None:
    secret = outbound.Secret(identity(home, account), ROOM, {})
    for length, kept in ((10_000, True), (30_000, False), (45_000, False)):
        content = {"body": "a" * length, "format": "f", "formatted_body": "a" * length}
        said = json.loads(
            secret._plain("m.room.message", {**content, "m.new_content": {**content, "body": ""}} | {"body": "a" * 9})
        )
        assert ("formatted_body" in said["content"], "formatted_body" in said["content"]["m.new_content"]) == (
            length * 2 < 46_000, length * 2 < 46_000,
        )  # fmt: skip
        assert kept is (length * 2 < 46_000)
    with pytest.raises(Unreachable, match="46000 are carried at most in a room that is encrypted"):
        secret._plain("m.room.message", {"body": "å" * 23_000})


KEY = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
COUNTER, PLAIN, SEALED = (
    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
    "6bc1bee22e409f96e93d7e117393172a",
    "601ec313775789a5b7a7f504bbf3d228",
)


def described(**other: Any) -> dict[str, Any]:
    return {
        "v": "v2",
        "key": {"kty": "oct", "alg": "A256CTR", "k": unpadded(bytes.fromhex(KEY), url=True)},
        "iv": unpadded(bytes.fromhex(COUNTER)),
        "hashes": {"sha256": unpadded(hashlib.sha256(bytes.fromhex(SEALED)).digest())},
        **other,
    }


def test_a_file_is_opened() -> None:
    """The example F.5.6 of NIST SP 800-38A."""
    assert files.opened(described(), bytes.fromhex(SEALED)) == bytes.fromhex(PLAIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"v": "v1"}, {"v": None}, {"key": None}, {"key": {"kty": "oct", "alg": "A128CTR", "k": "AA"}}, {"iv": "AA"}, {"iv": 3},
        {"key": {"kty": "oct", "alg": "A256CTR", "k": "AA"}}, {"hashes": {}}, {"hashes": {"sha256": "AA"}}, {"iv": "ø" * 22},
    ],
)  # fmt: skip
def test_a_file_that_is_another_or_says_nothing_of_use_is_none(wrong: dict[str, Any]) -> None:
    assert files.opened(described(**wrong), bytes.fromhex(SEALED)) is None
    assert files.opened(described(), bytes.fromhex(SEALED)[:-1] + b"x") is None


@given(st.lists(st.binary(max_size=100)))
def test_a_file_comes_out_as_it_went_in(pieces: list[bytes]) -> None:
    sealing = files.Sealing()
    sealed = b"".join(sealing.pieces(pieces))
    assert b"".join(sealing.pieces(pieces)) == sealed
    assert files.opened(sealing.described("mxc://x/y"), sealed) == b"".join(pieces)


@given(st.binary(max_size=100))
def test_base64_without_its_end(raw: bytes) -> None:
    assert decoded(unpadded(raw)) == decoded(unpadded(raw, url=True), url=True) == raw


@pytest.mark.parametrize("weak", [bytes(32), bytes([1]) + bytes(31)])
def test_keys_that_make_every_secret_the_same_are_refused(weak: bytes) -> None:
    """Points of small order (RFC 7748, section 6.1)."""
    ours, theirs, key = vodozemac.Account(), vodozemac.Account(), vodozemac.Curve25519PublicKey.from_bytes(weak)
    for pair in ((key, theirs.curve25519_key), (theirs.curve25519_key, key)):
        with pytest.raises(vodozemac.SessionCreationException, match="non-contributory"):
            ours.create_outbound_session(*pair)
