"""A message from their client to a colleague's browser, and from a colleague's answer to their client, on every network with a real server here.

    python -m bench.channels [--number 50] [--only mail --only matrix]

SNAC, SAMSPIL_SYNAPSE, SAMSPIL_PDS, FEDIFY and NODE name what is not among the machine's programs. A network whose server is not here
is told so and left out.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.channels.talk import Desk, Network, Way, ways
from bench.faults import Installation
from bench.latency import Stream, percentiles, session

RESULTS = Path(__file__).parent.parent / "results" / "channels.json"
SHOWN = {"Ind": "their_message_to_our_desk", "Ud": "our_answer_to_their_client", "Alene": "alone_client_to_client"}
PLACES = {"Ind": "in", "Ud": "out", "Alene": "alone"}
FIRST = "Ind-0000"
"""What begins the conversation that is answered."""
Found = dict[str, dict[str, Any]]


def started(folder: Path, only: list[str]) -> tuple[ExitStack, list[Network], Found]:
    """All servers at once; those that are not here, with the reason."""
    from bench.channels.networks import STARTERS

    stack, networks, found = ExitStack(), [], Found()
    with ThreadPoolExecutor(len(STARTERS)) as pool:
        begun: dict[str, tuple[ExitStack, Future[list[Network]]]] = {}
        for name, start in STARTERS.items():
            if not only or name in only:
                (folder / name).mkdir(mode=0o755)
                begun[name] = (own := stack.enter_context(ExitStack()), pool.submit(start, own, folder / name))
    for name, (_, future) in begun.items():
        try:
            networks += future.result()
        except pytest.skip.Exception as error:
            found[name] = {"not_here": str(error)[:300]}
        except Exception as error:  # noqa: BLE001 - one server that does not start leaves the others
            found[name] = {"not_here": f"{type(error).__name__}: {error}"[-500:]}
    return stack, networks, found


def measured(network: Network, way: Way, number: int, found: Found) -> None:
    """One direction of one network."""
    from django.db import connection

    apart = PLACES[way.kind] in network.spread
    if way.kind == "Ud" and network.most_out:
        number = min(number, network.most_out)
    try:
        took = way.spread_out(number, network.gap) if apart else way.one_by_one(number)
        found[network.name][SHOWN[way.kind]] = percentiles(took) | {"spread_out": apart}
    except Exception as error:  # noqa: BLE001 - told in the results
        found[network.name][SHOWN[way.kind]] = {"failed": f"{type(error).__name__}: {error}"[:300]}
    finally:
        if apart:
            connection.close()


@contextmanager
def told(network: Network, found: Found) -> Iterator[None]:
    """What fails is told in the results."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, the other networks go on
        found[network.name]["failed"] = f"{type(error).__name__}: {error}"[:300]


def measure(networks: list[Network], desk: Desk, colleague: Any, number: int, found: Found) -> None:
    """Those that wait for looks go on beside those that are measured one by one: a message every two seconds each."""
    slow: list[threading.Thread] = []
    quick: list[tuple[Network, Way]] = []
    for network in networks:
        found[network.name] = {"server": network.server, **({"note": network.note} if network.note else {})}
        with told(network, found):
            ways(network, desk, colleague)[0].start(FIRST)
    for network in networks:
        with told(network, found):
            ways(network, desk, colleague)[0].arrived(FIRST)
            for way in ways(network, desk, colleague):
                if PLACES[way.kind] in network.spread:
                    slow.append(threading.Thread(target=measured, args=(network, way, number, found)))
                else:
                    quick.append((network, way))
    for thread in slow:
        thread.start()
    for network, way in quick:
        measured(network, way, number, found)
        print(f"{network.name:22}{SHOWN[way.kind]:32}{found[network.name][SHOWN[way.kind]]}", flush=True)
    for thread in slow:
        thread.join()


def table(found: Found) -> str:
    """Median and 99 of 100, in milliseconds."""
    lines = [f"{'ms, p50 / p99':24}{'to our desk':>18}{'to their client':>18}{'without us':>18}"]
    for name, one in found.items():
        if why := one.get("not_here") or one.get("failed"):
            lines.append(f"{name:24}{why}")
            continue
        shown = [one.get(key, {}) for key in SHOWN.values()]
        cells = [f"{cell['p50_ms']:.0f} / {cell['p99_ms']:.0f}" if "p50_ms" in cell else "failed" for cell in shown]
        lines.append(f"{name:24}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


def run(folder: Path, number: int, only: list[str]) -> Found:
    """Start all, talk, stop all."""
    here = Installation(folder)
    try:
        here.wait()
        os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
        import django

        django.setup()
        from samspil.organisation.actions import found as founded
        from samspil.organisation.actions import take_in
        from samspil.organisation.models import Organisation

        founded(name="Prøve")
        Organisation.objects.update(undo_seconds=0)
        colleague = take_in(email="mette@firma.example", name="Mette", password="cykelkurv-i-regn", role="admin")
        stack, networks, found = started(folder, only)
        with stack:
            desk = Desk(Stream(here.live, here.port, session(colleague)))
            time.sleep(3)
            measure(networks, desk, colleague, number, found)
            from samspil.intake.models import Account

            for account in Account.objects.exclude(error=""):
                print(f"trouble of {account.channel}: {account.error}")
    finally:
        here.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=50)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="samspil-channels-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        found = run(Path(name), asked.number, asked.only)
    result = {
        "networks": found,
        "load_of_the_machine": round(os.getloadavg()[1], 1),
        "cores": os.cpu_count(),
        "note": "all servers, Samspil and the clients run on the same cores",
    }
    asked.result.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{table(found)}")


if __name__ == "__main__":
    main()
