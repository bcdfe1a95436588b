"""What channels remember of an account: in place of what was read, encrypted, for one account alone, and gone with its secrets."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from samspil.base import keeps
from samspil.base.ids import new_id
from samspil.base.keeps import Keeps
from samspil.base.models import Kept
from samspil.intake.actions import disconnect
from samspil.intake.queries import account_view
from samspil.kit import Keeps as Promise
from samspil.kit.testing import Drawer

pytestmark = pytest.mark.django_db
KEY = b"k" * 32


@pytest.fixture(params=["database", "memory"])
def drawer(request) -> Promise:
    return Keeps(new_id(), KEY) if request.param == "database" else Drawer()


def test_a_value_is_written_in_place_of_what_was_read(drawer: Promise) -> None:
    assert drawer.read("a", "b") == {}
    assert drawer.write({"a": (b"1", 0), "b": (b"2", 0)}) is True
    assert drawer.read("b", "a", "c") == {"a": (b"1", 1), "b": (b"2", 1)}
    assert drawer.write({"a": (b"", 1)}) is True
    assert drawer.read("a") == {"a": (b"", 2)}
    assert drawer.write({"a": (None, 2), "c": (None, 0)}) is True
    assert drawer.read("a", "b", "c") == {"b": (b"2", 1)}


@pytest.mark.parametrize("other", [(b"x", 0), (b"x", 2), (None, 0), (None, 2)])
def test_who_was_overtaken_writes_nothing(drawer: Promise, other: tuple[bytes | None, int]) -> None:
    drawer.write({"b": (b"2", 0)})
    assert drawer.write({"a": (b"1", 0), "b": other, "c": (b"3", 0)}) is False
    assert drawer.read("a", "b", "c") == {"b": (b"2", 1)}


@pytest.mark.parametrize(("name", "value"), [("", b""), ("n" * 201, b""), ("n", bytes((1 << 20) + 1))])
def test_names_and_values_have_bounds(drawer: Promise, name: str, value: bytes) -> None:
    with pytest.raises(ValueError, match="is no name for what is kept, or its value is too large"):
        drawer.write({"a": (b"1", 0), name: (value, 0)})
    assert drawer.read("a", name) == {}
    assert drawer.write({"n" * 200: (bytes(1 << 20), 0)}) is True


def test_it_is_encrypted_and_belongs_to_its_owner_name_and_version() -> None:
    one, other = Keeps(new_id(), KEY), Keeps(new_id(), KEY)
    one.write({"a": (b"hemmelighed", 0), "b": (b"hemmelighed", 0)})
    rows = {row.name: bytes(row.value) for row in Kept.objects.filter(owner=one.owner)}
    assert sorted(rows) == ["a", "b"]
    assert rows["a"] != rows["b"]
    assert all(b"hemmelighed" not in value and len(value) == 12 + 11 + 16 for value in rows.values())
    assert other.read("a") == {}
    with pytest.raises(ValueError, match="is not what was written"):
        Keeps(one.owner, b"x" * 32).read("a")
    for stolen in (
        {"owner": other.owner, "name": "a", "value": rows["a"], "version": 1},
        {"owner": one.owner, "name": "c", "value": rows["a"], "version": 1},
        {"owner": one.owner, "name": "d", "value": rows["a"][:-1] + bytes([rows["a"][-1] ^ 1]), "version": 1},
    ):
        Kept.objects.create(**stolen)
        with pytest.raises(ValueError, match="is not what was written"):
            Keeps(stolen["owner"], KEY).read(stolen["name"])
    Kept.objects.filter(owner=one.owner, name="b").update(version=2)
    with pytest.raises(ValueError, match="is not what was written"):
        one.read("b")
    assert one.read("a") == {"a": (b"hemmelighed", 1)}


def test_a_new_secret_of_the_installation_reads_what_the_old_one_wrote(monkeypatch) -> None:
    one = Keeps(new_id(), KEY)
    old, new = b"o" * 32, b"n" * 32
    monkeypatch.setattr(keeps, "keys", lambda _purpose: (old,))
    one.write({"a": (b"1", 0)})
    monkeypatch.setattr(keeps, "keys", lambda _purpose: (new,))
    with pytest.raises(ValueError, match="is not what was written"):
        one.read("a")
    monkeypatch.setattr(keeps, "keys", lambda _purpose: (new, old))
    assert one.read("a") == {"a": (b"1", 1)}
    assert one.write({"a": (b"2", 1)}) is True
    monkeypatch.setattr(keeps, "keys", lambda _purpose: (new,))
    assert one.read("a") == {"a": (b"2", 2)}


def test_an_account_has_one_and_loses_it_with_its_secrets(mailbox, mette) -> None:
    kept = account_view(mailbox).keeps
    kept.write({"a": (b"1", 0)})
    other = Keeps(new_id(), KEY)
    other.write({"a": (b"2", 0)})
    mailbox.refresh_from_db()
    assert account_view(mailbox).keeps.read("a") == {"a": (b"1", 1)}
    disconnect(account=mailbox.pk, by=mette.pk)
    assert kept.read("a") == {}
    assert other.read("a") == {"a": (b"2", 1)}


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_each_is_counted() -> None:
    owner = new_id()
    Keeps(owner, KEY).write({"n": (b"0", 0), "m": (b"0", 0)})

    def count(_worker: int) -> int:
        drawer, lost = Keeps(owner, KEY), 0
        try:
            for _ in range(10):
                while True:
                    read = drawer.read("n", "m")
                    new = str(int(read["n"][0]) + 1).encode()
                    if drawer.write({"m": (new, read["m"][1]), "n": (new, read["n"][1])}):
                        break
                    lost += 1
        finally:
            connection.close()
        return lost

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(count, range(4)))
    assert Keeps(owner, KEY).read("n", "m") == {"n": (b"40", 41), "m": (b"40", 41)}
