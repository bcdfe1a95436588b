"""What the journeys of relationships share: reading the log on within one transaction, and what was reckoned."""

from datetime import datetime, timedelta
from decimal import Decimal

from samspil import kit
from samspil.base import sql
from samspil.base.clock import now
from samspil.base.flow import step
from samspil.flow import LATER
from samspil.identity.models import Link
from samspil.intake.actions.write import Received, write
from samspil.relationship.models import Bond, Change, Relationship
from samspil.relationship.rules.strength import NAMES

READERS = [(fact, r) for fact, some in LATER.items() for r in some if r.__module__ == "samspil.relationship.reactions"]


def read_on() -> None:
    """What the worker does, but also with the facts of the transaction that is still open."""
    for fact, reader in READERS:
        name = f"{fact.kind}>{reader.__module__.removeprefix('samspil.')}.{reader.__name__}"
        place = sql.run("SELECT xid, fact FROM base_cursor WHERE name = %s", [name])
        rows = sql.run(
            "SELECT xid, id, kind, data FROM base_fact WHERE (xid, id) > (%s, %s) ORDER BY xid, id",
            list(place[0] if place else (0, 0)),
        )
        facts = [fact.load(one) for row in rows if row[2] == fact.kind for one in row[3]]
        with step():
            if facts:
                reader(facts)
            if rows:
                sql.run(
                    "INSERT INTO base_cursor (name, xid, fact, failures, error) VALUES (%s, %s, %s, 0, '')"
                    " ON CONFLICT (name) DO UPDATE SET xid = excluded.xid, fact = excluded.fact",
                    [name, rows[-1][0], rows[-1][1]],
                )


def who(address: str, network: str = "webchat") -> kit.Handle:
    return kit.Handle(network=network, address=address, display=address.title())


_number = iter(range(1, 1_000_000))


def said(
    address: str, text: str = "Hvor bliver min cykel af?", *, days: float = 0, network: str = "webchat", **extra: object
) -> kit.Message:
    ident = f"m{next(_number)}"
    return kit.Message(external_id=ident, author=who(address, network), at=ago(days), text=text, **extra)  # type: ignore[arg-type]


def answered(address: str, *, by: str, days: float = 0, network: str = "webchat") -> kit.Message:
    """Ours, written in the channel itself by who has this address."""
    ident = f"o{next(_number)}"
    return kit.Message(
        external_id=ident, author=who(by, network), to=(who(address, network),), at=ago(days), text="Den er her", outgoing=True
    )


def bought(address: str, *, days: float = 0, kind: str = "purchase", network: str = "webchat") -> kit.Order:
    ident = f"b{next(_number)}"
    return kit.Order(
        external_id=ident,
        author=who(address, network),
        at=ago(days),
        amount=Decimal(100),
        currency="DKK",
        number=ident,
        kind=kind,  # type: ignore[arg-type]
    )


def liked(address: str, *, days: float = 0, removed: bool = False, network: str = "webchat") -> kit.Reaction:
    return kit.Reaction(
        external_id=f"l{next(_number)}", author=who(address, network), at=ago(days), target="post", emoji="👍", removed=removed
    )


def ago(days: float) -> datetime:
    return now() - timedelta(days=days)


def log(account: object, *events: kit.Event, history: bool = False) -> None:
    with step():
        write([Received(envelope=None, account=account, event=e, history=history) for e in events], now())  # type: ignore[arg-type]


def consumer_of(address: str):  # type: ignore[no-untyped-def]
    return Link.objects.get(handle__address=address, ended_at=None).consumer


def bonds() -> dict[tuple[str, str], dict[str, float]]:
    """By handle and colleague."""
    rows = Bond.objects.select_related("handle", "colleague")
    return {
        (f"{b.handle.network}:{b.handle.address}", b.colleague.name if b.colleague else ""): {n: getattr(b, n) for n in NAMES}
        for b in rows
    }


def ways() -> dict[str, tuple[object, ...]]:
    """Where each consumer stands, with all changes."""
    found = {}
    for r in Relationship.objects.filter(stale=False):
        changes = list(
            Change.objects.filter(consumer=r.consumer_id).order_by("at", "id").values_list("before", "stage", "why", "at")
        )
        found[str(r.consumer_id)] = (r.stage, r.why, sorted(r.networks), changes, r.since, r.force, r.weighed, r.theirs, r.ours)
    return found
