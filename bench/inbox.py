"""Signed deliveries of the fediverse, verified and kept durably before they are answered: how many a second, by `samspil up`.

Fifty people of another server mention us; every delivery is signed beforehand, has an id of its own, and is posted by 16 threads over kept
connections. Their documents are fetched once each, within the measurement. Afterwards the number of envelopes is compared.

    python -m bench.inbox [--number 5000]
"""

import argparse
import http.client
import json
import os
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from bench.faults import Installation
from bench.latency import percentiles

RESULTS = Path(__file__).parent / "results" / "inbox.json"
PEOPLE, THREADS = 50, 16


def peer(pem: str) -> ThreadingHTTPServer:
    """The other server: documents of its people, and WebFinger."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            base = f"http://{self.headers['host']}"
            ident = base + self.path
            found = {
                "id": ident, "type": "Person", "preferredUsername": self.path.rpartition("/")[2], "inbox": f"{ident}/inbox",
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


def deliveries(number: int, inbox: str, us: str, them: str, key) -> list[tuple[bytes, dict[str, str]]]:
    from samspil.channels.activitypub.signatures import sign

    made = []
    for n in range(number):
        actor = f"{them}/users/u{n % PEOPLE}"
        note = {
            "id": f"{actor}/{n}", "type": "Note", "attributedTo": actor, "content": f"<p>Besked {n}: mit batteri er fladt</p>",
            "published": "2026-03-02T09:15:00Z", "to": [us], "tag": [{"type": "Mention", "href": us, "name": "@firma@x"}],
        }  # fmt: skip
        body = json.dumps({"id": f"{actor}/{n}/create", "type": "Create", "actor": actor, "to": [us], "object": note}).encode()
        headers = sign("POST", inbox, key=key, key_id=f"{actor}#main-key", body=body)
        made.append((body, {**headers, "content-type": "application/activity+json"}))
    return made


def post_all(port: int, path: str, made: list[tuple[bytes, dict[str, str]]]) -> tuple[float, list[float], dict[int, int]]:
    took: list[float] = []
    statuses: dict[int, int] = {}
    lock = threading.Lock()

    def one(thread: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for body, headers in made[thread::THREADS]:
            status = 0
            for _ in range(10):
                began = time.perf_counter()
                connection.request("POST", path, body, headers)
                answer = connection.getresponse()
                answer.read()
                status = answer.status
                with lock:
                    took.append(time.perf_counter() - began)
                    statuses[status] = statuses.get(status, 0) + 1
                if status != 503:
                    break
                time.sleep(0.5)  # a server that is asked to come again does so

    began = time.perf_counter()
    threads = [threading.Thread(target=one, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, took, statuses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=5000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="samspil-inbox-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        here = Installation(Path(name))
        try:
            here.wait()
            os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
            import django

            django.setup()
            from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
            from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

            from samspil.intake.actions import connect
            from samspil.intake.models import Envelope
            from samspil.organisation.actions import found

            found(name="Prøve")
            base = f"http://127.0.0.1:{here.live}"
            config = {"host": base, "username": "firma", "inside": "127.0.0.1"}
            row = connect(channel="activitypub", name="Fediverse", config=config)
            key = generate_private_key(public_exponent=65537, key_size=2048)
            pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
            them = f"http://127.0.0.1:{peer(pem).server_address[1]}"
            root = f"{base}/in/{row.pk}"
            made = deliveries(given.number, f"{root}/inbox", f"{root}/actor", them, key)
            time.sleep(3)
            seconds, took, statuses = post_all(here.live, urlsplit(f"{root}/inbox").path, made)
            kept = Envelope.objects.filter(account=row.pk).count()
        finally:
            here.stop()
    result = {
        "deliveries": given.number,
        "verified_and_kept_per_second": round(kept / seconds, 1),
        "kept": kept,
        "statuses": {str(status): number for status, number in statuses.items()},
        "answered": percentiles(took),
        "cores": os.cpu_count(),
        "note": "the clients, PostgreSQL (commits on disk) and the workers that understand what came run on the same cores",
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
