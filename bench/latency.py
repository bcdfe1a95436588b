"""From a visitor's POST to the event in a colleague's browser, through the whole spine: idle, and under half of the most it carries.

python -m bench.latency
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from bench.faults import Installation, post

RESULTS = Path(__file__).parent / "results" / "latency.json"


class Stream(threading.Thread):
    """A colleague's event stream; remembers when each conversation was told of."""

    def __init__(self, port: int, pages: int, cookie: str) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.connection.request("GET", "/events", headers={"Cookie": cookie, "Origin": f"http://127.0.0.1:{pages}"})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.status
        self.seen: list[float] = []

    def run(self) -> None:
        while line := self.answer.readline():
            if b"conversation.message_joined" in line:
                self.seen.append(time.perf_counter())


def percentiles(values: list[float]) -> dict[str, float]:
    values = sorted(values)
    at = lambda share: round(values[min(len(values) - 1, int(len(values) * share))] * 1000, 1)  # noqa: E731
    return {"p50_ms": round(statistics.median(values) * 1000, 1), "p95_ms": at(0.95), "p99_ms": at(0.99), "n": len(values)}


def session(colleague) -> str:
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store["_auth_user_id"] = str(colleague.pk)
    store["_auth_user_backend"] = "samspil.organisation.ui.backend.WithRole"
    store["_auth_user_hash"] = colleague.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def idle(base: str, chat: str, stream: Stream, number: int) -> tuple[list[float], list[float]]:
    whole, answered = [], []
    token = None
    for n in range(number):
        if n % 15 == 0:
            token = post(f"{base}/widget/{chat}/session", {})["token"]
        before = len(stream.seen)
        began = time.perf_counter()
        post(f"{base}/in/{chat}", {"token": token, "id": f"idle-{n:05d}", "text": "Hej, er I der?"})
        answered.append(time.perf_counter() - began)
        while len(stream.seen) == before and time.perf_counter() - began < 10:
            time.sleep(0.0005)
        whole.append(stream.seen[before] - began)
        time.sleep(0.05)
    return whole, answered


def flood(base: str, chat: str, stream: Stream, seconds: float, rate: float, mark: str) -> tuple[float, list[float]]:
    """Post at ``rate`` a second (0: as fast as it goes) from 16 threads; the rate reached, and seconds from each POST to its event.

    Events come in order of the posts within a few; the n-th event is set against the n-th post.
    """
    began, before = time.perf_counter(), len(stream.seen)
    posted: list[float] = []
    lock = threading.Lock()

    def one(thread: int) -> None:
        token, n = None, 0
        while time.perf_counter() - began < seconds:
            if n % 18 == 0:
                token = post(f"{base}/widget/{chat}/session", {})["token"]
            with lock:
                posted.append(time.perf_counter())
            post(f"{base}/in/{chat}", {"token": token, "id": f"{mark}-{thread:02d}-{n:06d}", "text": "Hej, er I der?"})
            n += 1
            if rate:
                time.sleep(max(0.0, 16 / rate - 0.002))

    threads = [threading.Thread(target=one, args=(t,)) for t in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    while len(stream.seen) - before < len(posted) and time.perf_counter() - began < seconds + 60:
        time.sleep(0.01)
    done = time.perf_counter() - began if not rate else took
    events = sorted(stream.seen[before:])
    return len(posted) / done, [max(0.0, e - p) for e, p in zip(events, sorted(posted), strict=False)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="samspil-latency-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        here = Installation(Path(name))
        try:
            here.wait()
            os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
            import django

            django.setup()
            from samspil.intake.actions import connect
            from samspil.organisation.actions import found, take_in

            found(name="Prøve")
            colleague = take_in(email="mette@firma.example", name="Mette", password="cykelkurv-i-regn", role="admin")
            chat = str(connect(channel="webchat", name="Chat", config={"origins": "*"}).pk)
            stream = Stream(here.live, here.port, session(colleague))
            stream.start()
            base = f"http://127.0.0.1:{here.live}"
            time.sleep(3)
            idle(base, chat, stream, 20)
            whole, answered = idle(base, chat, stream, asked.number)
            most, _ = flood(base, chat, stream, asked.seconds, 0, "most")
            time.sleep(2)
            half, loaded = flood(base, chat, stream, asked.seconds, most / 2, "half")
        finally:
            here.stop()
    result = {
        "idle_post_to_event": percentiles(whole),
        "idle_post_answered": percentiles(answered),
        "most_messages_per_second": round(most, 1),
        "half_load_messages_per_second": round(half, 1),
        "half_load_post_to_event": percentiles(loaded),
        "note": "the clients run on the same two cores",
    }
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
