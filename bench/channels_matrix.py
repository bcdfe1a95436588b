"""A message on Matrix: from their client to a colleague's browser, and from a colleague's answer to their client. A real Synapse.

python -m bench.channels_matrix
"""

import argparse
import json
import os
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx

from bench.faults import Installation
from bench.latency import Stream, percentiles, session
from tests.channels.matrix.synapse import API, Person, running

RESULTS = Path(__file__).parent / "results" / "channels_matrix.json"
PAUSE = 0.2
"""Seconds between two messages, so that each is measured alone."""


class Client(threading.Thread):
    """Their client, which listens as clients do; remembers when it saw each text."""

    def __init__(self, person: Person) -> None:
        super().__init__(daemon=True)
        self.person = person
        self.seen: dict[str, float] = {}
        self.ready = threading.Event()

    def run(self) -> None:
        with suppress(httpx.HTTPError):  # the homeserver stops before we do
            self._listen()

    def _listen(self) -> None:
        headers = {"authorization": f"Bearer {self.person.token}"}
        with httpx.Client(base_url=self.person.url, headers=headers, timeout=60) as client:
            since: dict[str, str] = {}
            while True:
                found = client.get(f"{API}/sync", params={"timeout": "20000" if since else "0", **since}).json()
                at = time.perf_counter()
                for room in found.get("rooms", {}).get("join", {}).values():
                    for event in room["timeline"]["events"]:
                        self.seen.setdefault(str(event["content"].get("body")), at)
                since = {"since": found["next_batch"]}
                self.ready.set()

    def wait(self, text: str, seconds: float = 30) -> float:
        until = time.perf_counter() + seconds
        while text not in self.seen:
            assert time.perf_counter() < until, text
            time.sleep(0.0005)
        return self.seen[text]


def inward(person: Person, room: str, stream: Stream, number: int) -> list[float]:
    """Seconds from their client's PUT to the event in a colleague's browser."""
    took = []
    for n in range(number):
        before, began = len(stream.seen), time.perf_counter()
        person.write(room, f"Ind {n}")
        while len(stream.seen) == before and time.perf_counter() - began < 30:
            time.sleep(0.0005)
        took.append(stream.seen[before] - began)
        time.sleep(PAUSE)
    return took


def outward(client: Client, colleague, number: int) -> list[float]:
    """Seconds from the answer in the outbox to their client."""
    from samspil.base.clock import now
    from samspil.conversation.models import Conversation
    from samspil.reply.actions import write

    took = []
    for n in range(number):
        began = time.perf_counter()
        write(conversation=Conversation.objects.get().pk, by=colleague, text=f"Ud {n}", at=now())
        took.append(client.wait(f"Ud {n}") - began)
        time.sleep(PAUSE)
    return took


def alone(person: Person, room: str, client: Client, number: int) -> list[float]:
    """Seconds from one client to another, without us."""
    took = []
    for n in range(number):
        began = time.perf_counter()
        person.write(room, f"Alene {n}")
        took.append(client.wait(f"Alene {n}") - began)
        time.sleep(PAUSE)
    return took


def measure(folder: Path, number: int) -> dict[str, object]:
    """Start both servers, talk, and stop them."""
    (folder / "synapse").mkdir()
    here = Installation(folder)
    try:
        with running(folder / "synapse") as server:
            here.wait()
            os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
            import django

            django.setup()
            from samspil.intake.actions import connect
            from samspil.organisation.actions import found, take_in
            from samspil.organisation.models import Organisation

            found(name="Prøve")
            Organisation.objects.update(undo_seconds=0)
            colleague = take_in(email="mette@firma.example", name="Mette", password="cykelkurv-i-regn", role="admin")
            shop, karoline, mads = (server.person(name) for name in ("butik", "karoline", "mads"))
            connect(channel="matrix", name="Butik", config={"server": server.url, "user": shop.user, "access_token": shop.token})
            stream = Stream(here.live, here.port, session(colleague))
            stream.start()
            client, other = Client(karoline), Client(mads)
            room, apart = karoline.room_with(shop.user), karoline.room_with(mads.user)
            mads.join(apart)
            for one in (client, other):
                one.start()
                one.ready.wait(30)
            karoline.write(room, "Den første")
            until = time.perf_counter() + 60
            while not stream.seen:
                assert time.perf_counter() < until, here.said()[-3000:]
                time.sleep(0.1)
            inward(karoline, room, stream, 5)
            return {
                "their_message_to_our_desk": percentiles(inward(karoline, room, stream, number)),
                "our_answer_to_their_client": percentiles(outward(client, colleague, number)),
                "homeserver_alone_client_to_client": percentiles(alone(karoline, apart, other, number)),
                "load_of_the_machine": round(os.getloadavg()[1], 1),
                "note": "Synapse 1.163 with SQLite, Samspil and the clients run on the same two cores",
            }
    finally:
        here.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=50)
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="samspil-matrix-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        result = measure(Path(name), asked.number)
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
