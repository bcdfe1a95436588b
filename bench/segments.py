"""Segments and finding at a million consumers: five typical filters (members, bounded count) and searches, p50 and p95 in milliseconds.

A PostgreSQL of its own (the embedded one), a million people with one handle (every twentieth with two), half a million details, a
million interactions, everything warm.

    uv run python -m bench.segments       writes bench/results/segments.json; a quarter of an hour
"""

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.house import own_installation

RESULTS = Path(__file__).parent / "results" / "segments.json"
GIVEN = (
    "Søren Karoline Åse Bjørn Mette Jonas Anne Peter Lars Hanne Jørgen Kirsten Ægir Ole Birgit Mads Ida Emma Noah Oscar William Freja"
    " Clara Malthe Agnes Sofie Alma Laura Victor Frederik Magnus Signe Rasmus Louise Camilla Henrik Thomas Michael Susanne Charlotte"
    " Müller Zeynep Łukasz Agnieszka Mehmet Ahmed Fatima Olga Dmitri Elena"
).split()
FAMILY = (
    "Jensen Nielsen Hansen Pedersen Andersen Christensen Larsen Sørensen Rasmussen Jørgensen Petersen Madsen Kristensen Olsen Thomsen"
    " Christiansen Poulsen Johansen Møller Mortensen Vestergaard Åkjær Kjær Østergaard Lund Holm Schmidt Bruun Dahl Skov Bech Winther"
    " Yılmaz Kowalski Nowak Müller Schröder Weiß Çelik Ivanova"
).split()
COMPANIES = "Tryg Forsikring|Ørsted A/S|Lego|Novo Nordisk|Mærsk|Netto|Dansk Supermarked|Grundfos|Vestas|Danfoss".split("|")
FILTERS = {
    "network_and_seen": "network:mastodon and last_seen<30d",
    "company": 'company:"Tryg Forsikring"',
    "name_and_city": "name:søren and city=Århus",
    "many_messages": "messages>=12 and not joined",
    "either_or": "(language=de or handle:@skov.example) and not open and since>2y",
}
TYPED = {
    "name": [f"{a} {b}" for a, b in zip(GIVEN[:40], reversed(FAMILY), strict=True)],
    "turned_round": [f"{b.lower()} {a.lower()}" for a, b in zip(GIVEN[5:40], FAMILY, strict=False)],
    "family_name": ["soerensen", "Sorensen", "østergaard", "Kjaer", "kowalski", "yilmaz", "mueller", "jensen"] * 4,
    "two_letters": ["so", "ka", "je", "ås"] * 6,
    "address_inside": [f"{n}.vestergaard" for n in range(7000, 7040)],
    "server": ["skov.example", "lund.example", "@norrebro.social"] * 8,
    "phone": [f"+45 {n:08d}"[:6] + f" {n % 1000000:06d}" for n in range(20100000, 20100040)],
    "order": [f"o-{n}" for n in range(100000, 100040)],
    "typing_error": ["karolnie vestergard", "jogensen mete", "sorensenn", "kowalksi agnieska", "vestregaard"] * 6,
    "nobody": ["xqzwvk", "qqqq wwww", "nobody@nowhere.invalid"] * 8,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="keep the database here and use it again")
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with own_installation(asked.folder, buffers_mb=1024):
        out = {"machine": f"{os.cpu_count()} cores", "people": asked.people, **measure(asked.people, asked.times)}
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(out, indent=1) + "\n")


def measure(people: int, times: int) -> dict[str, Any]:
    from samspil.base import sql
    from samspil.identity.queries import segments as asked
    from samspil.identity.queries.finding import find
    from samspil.organisation.models import Colleague

    count, members = asked.count, asked.members
    limit, asked.SECONDS = asked.SECONDS, 60  # what takes longer than a page lets it is measured, too
    have = int(sql.run("SELECT count(*) FROM identity_consumer")[0][0])
    if have < people:
        grow(people - have)
    by = Colleague.objects.order_by("id").first()
    assert by is not None
    out: dict[str, Any] = {"page_stops_after_s": limit, "load": os.getloadavg()[0], "filters": {}, "found": {}}
    for name, line in FILTERS.items():
        out["filters"][name] = {
            "filter": line,
            "fit": count(line, by=by),
            "members": timed([lambda line=line: members(line, by=by)] * times),  # type: ignore[misc]
            "count": timed([lambda line=line: count(line, by=by)] * times),  # type: ignore[misc]
        }
        print(name, out["filters"][name], flush=True)
    for name, texts in TYPED.items():
        out["found"][name] = timed([lambda text=text: find(text) for text in texts])  # type: ignore[misc]
        print(name, out["found"][name], flush=True)
    return out


def timed(deeds: list[Callable[[], Any]]) -> dict[str, float]:
    """Wall times, and the mean CPU time of this process and its PostgreSQL session, which a busy machine does not stretch as much."""
    for deed in deeds[:3]:
        deed()
    walls, before = [], cpu_s()
    for deed in deeds:
        began = time.perf_counter()
        deed()
        walls.append((time.perf_counter() - began) * 1000)
    cpu = (cpu_s() - before) / len(deeds) * 1000
    walls.sort()
    return {
        "p50_ms": round(statistics.median(walls), 1),
        "p95_ms": round(walls[min(len(walls) - 1, int(len(walls) * 0.95))], 1),
        "cpu_ms": round(cpu, 1),
    }


def cpu_s() -> float:
    from samspil.base import sql

    pid = sql.run("SELECT pg_backend_pid()")[0][0]
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def grow(people: int) -> None:
    from samspil.base.clock import now
    from samspil.base.flow import step
    from samspil.intake.actions import connect
    from samspil.intake.models import Account
    from samspil.organisation.actions import found, take_in
    from samspil.organisation.models import Colleague

    if not Colleague.objects.exists():
        found(name="Bench", language="da")
        take_in(email="a@b.example", name="Bench", role="admin")
    account = Account.objects.first() or connect(channel="webchat", name="Bench", config={"origins": "*"})
    at, done, random_ = now(), 0, random.Random(5)
    while done < people:
        number = min(100_000, people - done)
        with step():
            _piece(number, done, account.pk, at, random_)
        done += number
        print(f"  {done:,} people", flush=True)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _piece(number: int, begin: int, account: Any, at: Any, random_: random.Random) -> None:
    from datetime import timedelta

    from samspil.base import sql
    from samspil.base.ids import new_id
    from samspil.base.text import fold

    consumers, handles, links, details, said = [], [], [], [], []
    for n in range(begin, begin + number):
        given, family = random_.choice(GIVEN), random_.choice(FAMILY)
        name, consumer = f"{given} {family}", new_id()
        first = at - timedelta(days=random_.random() * 1200)
        consumers.append((consumer, name, fold(name), False, "", random_.choice(["da", "da", "da", "en", "de"]), first))
        for turn in range(2 if n % 20 == 0 else 1):
            handle = new_id()
            last = first + (at - first) * random_.random()
            network, address, shown = random_.choice(
                [
                    ("mail", f"{fold(given)}{n}.{fold(family)}@{fold(family)}.example".replace(" ", ""), ""),
                    ("mail", f"p{n}@skov.example" if n % 500 == 0 else f"p{n}@mail{n % 3000}.example", ""),
                    ("mastodon", f"https://norrebro.social/users/{n}.{turn}", f"@{fold(given)}{n}@norrebro{n % 50}.social"),
                    ("phone", f"+45{20000000 + n}", ""),
                ]
            )
            handles.append((handle, network, str(turn), address, name, shown, "", "", first, last))
            links.append((new_id(), handle, consumer, sql.Jsonb([]), first))
            if n % 3 == 0:
                details.append((new_id(), handle, "company", random_.choice(COMPANIES) + (f" {n % 997}" if n % 2 else ""), at))
            if n % 5 == 0:
                details.append((new_id(), handle, "city", random_.choice(["Århus", "Aarhus", "Odense", "Ry", "København"]), at))
            if n % 10 == 0:
                details.append((new_id(), handle, "order_number", f"O-{n}", at))
            said += [
                (new_id(), handle, account, "message", False, last, f"{n}.{turn}.{t}", "", "Hej", "", sql.Jsonb({}), "da")
                for t in range(15 if n % 1000 == 0 else 1)
            ]
    sql.copy("identity_consumer", ("id", "name", "folded", "named_by_hand", "place", "language", "since"), consumers)
    names = ("id", "network", "scope", "address", "display", "name", "verified", "dead_why", "first_at", "last_at")
    sql.copy("intake_handle", names, handles)
    sql.copy("identity_link", ("id", "handle_id", "consumer_id", "evidence", "began_at"), links)
    sql.copy("identity_detail", ("id", "handle_id", "field", "value", "source", "at"), [(*d[:4], "", d[4]) for d in details])
    columns = (
        "id",
        "handle_id",
        "account_id",
        "kind",
        "outgoing",
        "at",
        "external_id",
        "subject",
        "text",
        "currency",
        "data",
        "language",
    )
    sql.copy("intake_interaction", (*columns, "public"), [(*s, False) for s in said])


if __name__ == "__main__":
    main()
