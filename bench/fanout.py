"""One post to 10,000 followers on 500 servers of the fediverse, 5 % of them dead and 5 % slow.

The servers are addresses of 127.0.0.0/8 behind one program on the same machine. Half of the dead refuse the connection, half take it and
never answer; the slow answer after three seconds. Twice: servers with an inbox for all (as nearly all have), and, the worst, none with one.

    python -m bench.fanout [--followers 10000] [--hosts 500]
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import os
import resource
import time
from collections import Counter
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "fanout.json"
SLOW = 3.0
PORT, CLOSED = 18_080, 18_081


def address(number: int) -> str:
    return f"127.{10 + number // 62500}.{number // 250 % 250}.{number % 250 + 1}"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The fast, the slow and the hanging, by the host's name in the path: /f/..., /s/..., /h/..."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(length)
            kind = head.split(b" ", 2)[1][1:2]
            if kind == b"h":
                await asyncio.sleep(3600)
            if kind == b"s":
                await asyncio.sleep(SLOW)
            writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def serve(ready) -> None:
    async def whole() -> None:
        server = await asyncio.start_server(_answer, "0.0.0.0", PORT, backlog=4096)  # noqa: S104 - all of 127.0.0.0/8
        ready.set()
        async with server:
            await server.serve_forever()

    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    asyncio.run(whole())


def kind_of(number: int) -> str:
    """Of each twenty servers, the first is dead and the second slow."""
    return {0: "refusing" if number % 40 else "hanging", 1: "slow"}.get(number % 20, "fast")


def measure(followers: int, hosts: int, *, shared: bool) -> dict[str, object]:
    from samspil.channels.activitypub.deliver import Follower, fan_out
    from samspil.channels.activitypub.prepare import prepare
    from samspil.channels.activitypub.settings import host_of, settings_of
    from samspil.kit import Account

    inside = " ".join(address(n) for n in range(hosts))
    config = prepare({"host": "firma.example", "username": "firma", "inside": inside})
    settings = settings_of(Account(id="1", name="F", config=config, key=b""))
    letter = {"fast": "f", "slow": "s", "hanging": "h", "refusing": "f"}
    kinds: dict[str, str] = {}
    everybody = []
    for n in range(followers):
        host = n % hosts
        kind = kind_of(host)
        place = f"{address(host)}:{CLOSED if kind == 'refusing' else PORT}"
        kinds[place] = kind
        base = f"http://{place}/{letter[kind]}"
        everybody.append(Follower(inbox=f"{base}/{n}", shared=f"{base}/inbox" if shared else ""))
    body = json.dumps({"type": "Create", "object": {"type": "Note", "content": "x" * 2000}}).encode()
    last: dict[str, float] = {}
    count: Counter[str] = Counter()
    began, cpu = time.perf_counter(), time.process_time()

    def done(inbox: str) -> None:
        kind = kinds[host_of(inbox)]
        count[kind] += 1
        last[kind] = time.perf_counter() - began

    report = fan_out(body, everybody, settings, done=done)
    whole = time.perf_counter() - began
    return {
        "deliveries": sum(count.values()) + len(report.later),
        "delivered": dict(count),
        "later": len(report.later),
        "last_delivered_seconds": {kind: round(at, 1) for kind, at in last.items()},
        "whole_seconds": round(whole, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "delivered_per_second": round(sum(count.values()) / max(last.values())),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=500)
    given = parser.parse_args()
    logging.disable(logging.INFO)
    ready = multiprocessing.Event()
    servers = multiprocessing.Process(target=serve, args=(ready,), daemon=True)
    servers.start()
    assert ready.wait(10)
    found = {
        "followers": given.followers,
        "servers": given.hosts,
        "dead_share": 0.05,
        "slow_share": 0.05,
        "slow_seconds": SLOW,
        "cores": os.cpu_count(),
        "with_an_inbox_for_all": measure(given.followers, given.hosts, shared=True),
        "without": measure(given.followers, given.hosts, shared=False),
        "note": "plain HTTP on loopback; the simulated servers run on the same cores",
    }
    servers.terminate()
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
