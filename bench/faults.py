"""kill -9 of every part at random moments while consumers write and colleagues answer: nothing lost, nothing doubled.

One installation is started by `samspil up`, with a web chat account (messages come by HTTP) and a mail account whose SMTP
server is this program. Clients post messages and try again with the same id until they are acknowledged, as the real script in
a page does; colleagues answer; a killer kills. Afterwards every acknowledged message must be in the log exactly once, and
every reply must have arrived at most once, or be marked `uncertain`.

    python -m bench.faults                    20 rounds, 20,000 messages
    python -m bench.faults --rounds 2 --messages 600
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller

from tests.browser.installation import OTHERS, free_port
from tests.browser.installation import Installation as Started

RESULTS = Path(__file__).parent / "results" / "faults.json"
VICTIMS = ("web", "live", "worker", "runners", "postgres")


class Sink:
    """An SMTP server that remembers the id of every mail it took."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.lock = threading.Lock()

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  aiosmtpd's name
        from email import message_from_bytes

        ident = str(message_from_bytes(envelope.content)["Message-ID"]).strip()
        with self.lock:
            self.taken[ident] += 1
        return "250 taken"


@dataclass
class Load:
    """What clients did."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    tries: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Installation(Started):
    """`samspil up` in a folder of its own, and this process as a client of its database."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for other in OTHERS:
            os.environ.pop(other, None)
        os.environ.update(self.environment)

    def parts(self) -> dict[str, list[int]]:
        """Process ids by part: the children of the supervisor, and everything of PostgreSQL in our folder."""
        found: dict[str, list[int]] = {name: [] for name in VICTIMS}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() not in environment and str(self.folder) not in line:
                continue
            for name in VICTIMS[:-1]:
                if f"samspil.project.cli {name}" in line:
                    found[name].append(int(entry.name))
            if "postgres" in line.split(" ")[0] and " -D " in f"{line} ":
                found["postgres"].append(int(entry.name))
        return found

    def kill(self, name: str) -> int:
        """kill -9 of all processes of one part. How many."""
        killed = 0
        for pid in self.parts()[name]:
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                continue
        return killed


def post(url: str, body: dict[str, object]) -> dict[str, object]:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", "Origin": "http://localhost"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.loads(answer.read() or b"{}"))


def consumer(base: str, account: str, words: list[str], load: Load, stop: threading.Event) -> None:
    """One visitor: says each word, and says it again with the same id until it is acknowledged."""
    token = None
    for word in words:
        time.sleep(random.uniform(0, 1.6))  # so that the posts of a round last as long as its kills
        while not stop.is_set():
            try:
                if token is None:
                    token = post(f"{base}/widget/{account}/session", {})["token"]
                with load.lock:
                    load.tries += 1
                post(f"{base}/in/{account}", {"token": token, "id": word, "text": f"besked {word}"})
            except (OSError, ValueError) as error:
                wait = 1.0 if isinstance(error, urllib.error.HTTPError) and error.code == 429 else 0.15
                time.sleep(wait * random.uniform(0.5, 1.5))
                continue
            with load.lock:
                load.acknowledged[word] = str(token)
            break


def prepare(smtp_port: int):
    """The organisation, a colleague, a chat account, a mail account with consumers to answer."""
    from samspil.base.clock import now
    from samspil.intake.actions import connect, keep
    from samspil.kit import Envelope
    from samspil.organisation.actions import found, take_in

    found(name="Prøve")
    colleague = take_in(email="mette@firma.example", name="Mette", password="cykelkurv-i-regn", role="admin")
    chat = connect(channel="webchat", name="Chat", config={"origins": "*"})
    mailbox = connect(
        channel="mail",
        name="Post",
        config={
            "address": "service@firma.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": smtp_port,
            "no_tls": True,
            "imap_host": "",
        },
        own=["service@firma.example"],
    )
    mails = [
        f"From: F{n} <f{n}@forbruger.example>\r\nTo: service@firma.example\r\nSubject: Nr {n}\r\nMessage-ID: <m{n}@forbruger.example>\r\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\nHej\r\n"
        for n in range(60)
    ]
    keep(account=mailbox.pk, envelopes=[Envelope(external_id=f"m{n}", payload=m.encode()) for n, m in enumerate(mails)], at=now())
    return colleague, str(chat.pk), str(mailbox.pk)


def answer(colleague, mailbox: str, number: int) -> int:
    """Write replies to random mail conversations; the database may be away. How many were written."""
    from django.db import Error, connection

    from samspil.base.clock import now
    from samspil.conversation.models import Conversation
    from samspil.reply.actions import write

    written = 0
    for n in range(number):
        try:
            connection.close_if_unusable_or_obsolete()
            rows = list(Conversation.objects.filter(account=mailbox, merged_into=None).values_list("pk", flat=True)[:60])
            write(conversation=random.choice(rows), by=colleague, text=f"Svar {n}", at=now())
            written += 1
            time.sleep(random.uniform(0, 1.0))
        except (Error, IndexError):
            connection.close()
            time.sleep(0.3)
    return written


def settle(seconds: float = 240) -> None:
    """Wait until nothing waits."""
    from django.db import Error, connection

    from samspil.base.clock import now
    from samspil.base.sql import run

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            connection.close_if_unusable_or_obsolete()
            waiting = run("SELECT count(*) FROM intake_envelope WHERE state = 'arrived'")[0][0]
            # What a killed worker left as sending turns into uncertain after the stale time.
            queued = run(
                "SELECT count(*) FROM reply WHERE state = 'queued' OR (state = 'sending' AND claimed_at > %s - interval '4 minutes')",
                [now()],
            )[0][0]
            if not waiting and not queued:
                return
        except Error:
            connection.close()
        time.sleep(0.5)


def judge(load: Load, sink: Sink) -> dict[str, object]:
    from samspil.base.sql import run

    stored: Counter[str] = Counter(
        {
            e.split(":")[1]: n
            for e, n in run("SELECT external_id, count(*) FROM intake_interaction WHERE external_id LIKE '%:w-%' GROUP BY 1")
        }
    )
    placed = run("SELECT count(*) FROM conversation_placement p JOIN intake_interaction i ON i.id = p.interaction_id"
                 " WHERE i.external_id LIKE '%:w-%'")[0][0]  # fmt: skip
    states: dict[str, int] = dict(run("SELECT state, count(*) FROM reply GROUP BY 1"))
    accepted = {i for (i,) in run("SELECT external_id FROM reply WHERE state IN ('accepted', 'delivered', 'read')")}
    return {
        "acknowledged": len(load.acknowledged),
        "posts": load.tries,
        "lost": sum(w not in stored for w in load.acknowledged),
        "doubled": sum(n > 1 for n in stored.values()),
        "stored": sum(stored.values()),
        "placed": placed,
        "envelopes": dict(run("SELECT state, count(*) FROM intake_envelope GROUP BY 1")),
        "conversations": run("SELECT count(*) FROM conversation WHERE merged_into_id IS NULL")[0][0],
        "visitors": run("SELECT count(*) FROM intake_handle WHERE network = 'webchat'")[0][0],
        "replies": states,
        "replies_arrived": len(sink.taken),
        "replies_arrived_twice": sum(n > 1 for n in sink.taken.values()),
        "accepted_but_not_arrived": len([i for i in accepted if i and f"<{i}>" not in sink.taken]),
    }


def run(rounds: int, messages: int, replies: int, seed: int) -> dict[str, object]:
    random.seed(seed)
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    with tempfile.TemporaryDirectory(prefix="samspil-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        here = Installation(folder)
        try:
            here.wait()
            os.environ["DJANGO_SETTINGS_MODULE"] = "samspil.project.django_settings"
            import django

            django.setup()
            colleague, chat, mailbox = prepare(controller.port)
            load, kills, begun = Load(), Counter[str](), time.monotonic()
            for number in range(rounds):
                one_round(here, load, kills, number, chat, mailbox, colleague, messages // rounds, replies // rounds)
                print(f"round {number + 1}/{rounds}: {len(load.acknowledged)} acknowledged, kills {dict(kills)}", flush=True)
            settle()
            time.sleep(1)
            result = judge(load, sink)
            result |= {"rounds": rounds, "kills": dict(kills), "seconds": round(time.monotonic() - begun, 1), "seed": seed}
            if result["lost"] or result["doubled"]:
                print((folder / "up.log").read_text()[-4000:])
        finally:
            here.stop()
            controller.stop()
    return result


def one_round(here, load, kills, number, chat, mailbox, colleague, messages, replies) -> None:
    stop = threading.Event()
    visitors = max(1, messages // 20)  # a visitor may say twenty things at once, then one a second
    words = [[f"w-{number:03d}-{v:02d}-{n:05d}" for n in range(messages // visitors)] for v in range(visitors)]
    base = f"http://127.0.0.1:{here.live}"
    threads = [threading.Thread(target=consumer, args=(base, chat, w, load, stop)) for w in words]
    threads.append(threading.Thread(target=answer, args=(colleague, mailbox, replies)))
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        time.sleep(random.uniform(2.0, 7.0))
        victim = random.choice(VICTIMS)
        if here.kill(victim):
            kills[victim] += 1
    for thread in threads:
        thread.join()


def failures(result: dict[str, object]) -> list[str]:
    """What must not be, and is."""
    wrong = [name for name in ("lost", "doubled", "replies_arrived_twice", "accepted_but_not_arrived") if result[name]]
    if result["stored"] != result["placed"]:
        wrong.append("not every message is placed")
    if result["conversations"] != result["visitors"] + 60:  # type: ignore[operator]
        wrong.append("a visitor has more or fewer than one conversation")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--replies", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--result", type=Path, default=RESULTS)
    asked = parser.parse_args()
    result = run(asked.rounds, asked.messages, asked.replies, asked.seed)
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    print(json.dumps(result, indent=1, sort_keys=True))
    wrong = failures(result)
    print("FAILED: " + ", ".join(wrong) if wrong else "nothing lost, nothing doubled")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
