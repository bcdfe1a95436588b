"""Signed deliveries of the fediverse, verified and kept: how many a second, by us and by other servers, one after another in one run.

Fifty people of another server mention us; every delivery is signed beforehand, has an id of its own, and is posted by 16 threads over kept
connections (a new one where the server closes it). Their documents are fetched once each, within the measurement. A delivery counts as kept
when it is where the server keeps it, whatever it was answered. In the end come a few that somebody else signed: none may be kept.

    FEDIFY=FOLDER NODE=node SNAC=snac python -m bench.inbox [--number 3000] [--only samspil --only snac]
"""

import argparse
import json
import os
import socket
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.inbox_servers import SERVERS, Inbox, NotHere
from bench.latency import percentiles

RESULTS = Path(__file__).parent / "results" / "inbox.json"
PEOPLE, THREADS, FORGED = 50, 16, 20
PATIENCE = 120.0
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]

Made = list[tuple[str, bytes]]
"""The id of a note, and the whole request that brings it."""


def peer(pem: str) -> ThreadingHTTPServer:
    """The other server: documents of its people."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ident = f"http://{self.headers['host']}{self.path}"
            found = {
                "@context": CONTEXT, "id": ident, "type": "Person", "preferredUsername": self.path.rpartition("/")[2],
                "inbox": f"{ident}/inbox", "outbox": f"{ident}/outbox", "url": ident,
                "publicKey": {"id": f"{ident}#main-key", "owner": ident, "publicKeyPem": pem},
            }  # fmt: skip
            body = json.dumps(found).encode()
            self.send_response(200 if self.path.startswith("/users/") else 404)
            self.send_header("content-type", "application/activity+json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def deliveries(number: int, inbox: Inbox, them: str, key: RSAPrivateKey, mark: str) -> Made:
    """So many requests, each with a note of its own."""
    from samspil.channels.activitypub.signatures import sign

    made = []
    for n in range(number):
        actor = f"{them}/users/u{n % PEOPLE}"
        ident = f"{actor}/{mark}{n}"
        note = {
            "id": ident, "type": "Note", "attributedTo": actor, "content": f"<p>Besked {n}: mit batteri er fladt</p>",
            "published": "2026-03-02T09:15:00Z", "to": [inbox.actor],
            "tag": [{"type": "Mention", "href": inbox.actor, "name": "@firma@x"}],
        }  # fmt: skip
        activity = {"@context": CONTEXT[0], "id": f"{ident}/create", "type": "Create", "actor": actor, "to": [inbox.actor]}
        body = json.dumps({**activity, "object": note}).encode()
        headers = sign("POST", inbox.url, key=key, key_id=f"{actor}#main-key", body=body)
        headers |= {"content-type": "application/activity+json", "content-length": str(len(body))}
        lines = [f"POST {urlsplit(inbox.url).path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        made.append((ident, "\r\n".join(lines).encode() + b"\r\n\r\n" + body))
    return made


class Line:
    """A connection that is kept where the server keeps it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = (parts.hostname or "", parts.port or 80)
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> int:
        """The answer's status; 0 where there was none."""
        for fresh in (self._socket is None, True):
            if fresh:
                self._socket = socket.create_connection(self._to, 60)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                if status := self._asked(request):
                    return status
            except OSError:
                pass
            self.close()
            if fresh:
                break
        return 0

    def _asked(self, request: bytes) -> int:
        assert self._socket is not None
        self._socket.sendall(request)
        raw = b""
        while b"\r\n\r\n" not in raw:
            more = self._socket.recv(65536)
            if not more:
                return 0
            raw += more
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip().lower() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers["content-length"]) if "content-length" in headers else None
        while (size is None and "chunked" not in headers.get("transfer-encoding", "")) or len(body) < (size or 0):
            more = self._socket.recv(65536)
            if not more:
                break
            body += more
        while size is None and "chunked" in headers.get("transfer-encoding", "") and not body.endswith(b"0\r\n\r\n"):
            body += self._socket.recv(65536)
        if headers.get("connection") == "close" or (size is None and "transfer-encoding" not in headers):
            self.close()
        return int(first.split(" ")[1])

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def post_all(inbox: Inbox, made: Made) -> tuple[float, list[float], dict[str, int]]:
    """Seconds until the last answer, those of each answer, and how often each status came. What is asked to come again does so."""
    took: list[float] = []
    statuses: dict[str, int] = {}
    lock = threading.Lock()

    def one(thread: int) -> None:
        line = Line(inbox.url)
        for _, request in made[thread::THREADS]:
            for _ in range(10):
                began = time.perf_counter()
                status = line.ask(request)
                with lock:
                    took.append(time.perf_counter() - began)
                    statuses[str(status)] = statuses.get(str(status), 0) + 1
                if status not in {0, 503}:
                    break
                time.sleep(0.5)
        line.close()

    began = time.perf_counter()
    threads = [threading.Thread(target=one, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, took, statuses


def all_kept(inbox: Inbox, made: Made) -> int:
    """How many are kept, once all are, or once none has come for a while."""
    ids = frozenset(ident for ident, _ in made)
    before, since = -1, time.monotonic()
    while (kept := inbox.kept(ids)) < len(made):
        if kept != before:
            before, since = kept, time.monotonic()
        if time.monotonic() > since + PATIENCE / 6:
            break
        time.sleep(0.05)
    return kept


def measure(inbox: Inbox, number: int) -> dict[str, Any]:
    """One server."""
    key, other = (generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    server = peer(pem)
    them = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        made = deliveries(number, inbox, them, key, "n")
        began = time.perf_counter()
        seconds, took, statuses = post_all(inbox, made)
        kept = all_kept(inbox, made)
        whole = time.perf_counter() - began
        forged = deliveries(FORGED, inbox, them, other, "f")
        _, _, refused = post_all(inbox, forged)
        time.sleep(5)
        wrong = inbox.kept(frozenset(ident for ident, _ in forged))
    finally:
        server.shutdown()
    return {
        "deliveries": number,
        "answered_per_second": round(number / seconds, 1),
        "verified_and_kept_per_second": round(kept / whole, 1),
        "kept": kept,
        "statuses": statuses,
        "answered": percentiles(took),
        "forged": {"statuses": refused, "kept": wrong},
        "durable": inbox.durable,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=3000)
    parser.add_argument("--only", action="append", choices=sorted(SERVERS))
    parser.add_argument("--result", type=Path, default=RESULTS)
    given = parser.parse_args()
    found: dict[str, Any] = {}
    for name, running in SERVERS.items():
        if given.only and name not in given.only:
            continue
        with tempfile.TemporaryDirectory(prefix=f"samspil-inbox-{name}-", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)
            try:
                with running(Path(folder)) as inbox:
                    found[name] = measure(inbox, given.number)
            except NotHere as error:
                found[name] = {"not_here": str(error)[:300]}
        print(json.dumps({name: found[name]}, indent=1), flush=True)
    result = {
        "servers": found,
        "cores": os.cpu_count(),
        "load_of_the_machine": round(os.getloadavg()[1], 1),
        "note": "the clients run on the same cores, with us also PostgreSQL and the workers that understand what came",
    }
    given.result.write_text(json.dumps(result, indent=1) + "\n")
    print(
        f"\n{'':10}{'kept/s':>8}{'answered/s':>12}{'p50 ms':>8}{'p99 ms':>8}{'kept':>7}  statuses; of forged ones: statuses, kept"
    )
    for name, one in found.items():
        if "not_here" in one:
            print(f"{name:10}{one['not_here']}")
            continue
        answered, forged = one["answered"], one["forged"]
        numbers = (
            f"{one['verified_and_kept_per_second']:8}{one['answered_per_second']:12}{answered['p50_ms']:8}{answered['p99_ms']:8}"
        )
        print(f"{name:10}{numbers}{one['kept']:7}  {one['statuses']}; {forged['statuses']}, {forged['kept']}")


if __name__ == "__main__":
    main()
