"""How long a message is on its way: what is said, who sees it, and when."""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from bench.latency import Stream

PAUSE = 0.02
"""Seconds between two messages that are measured one by one."""
GAP = (0.2, 4.0)
"""Seconds between two where a hop waits for somebody to look: at random, so that they fall anywhere between two looks."""
PATIENCE = 60.0
WAKE = 0.002
"""Seconds; whoever waits reads when it was seen, so this does not count."""
_WORD = re.compile(r"(?:Ind|Ud|Alene)-\d{4}")


def caller(base: str, token: str = "") -> Callable[..., Any]:
    """Calls of a server by somebody with a token, over a connection that stays; each gives the answer's JSON."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    client = httpx.Client(base_url=base, headers=headers, timeout=60, verify=False)  # noqa: S501 - loopback, without TLS

    def call(method: str, path: str, **given: Any) -> Any:
        answer = client.request(method, path, **given)
        assert answer.is_success, answer.text
        return answer.json()

    return call


def word(kind: str, number: int) -> str:
    """What the text of a message is known by."""
    return f"{kind}-{number:04d}"


class Heard:
    """What somebody's client has seen, and when first."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {}

    def note(self, text: str) -> None:
        at = time.perf_counter()
        for found in _WORD.findall(text):
            self.seen.setdefault(found, at)

    def wait(self, wanted: str, seconds: float = PATIENCE) -> float:
        """When it was seen. Raises TimeoutError."""
        end = time.perf_counter() + seconds
        while wanted not in self.seen:
            if time.perf_counter() > end:
                raise TimeoutError(wanted)
            time.sleep(WAKE)
        return self.seen[wanted]


class Looking(Heard):
    """A client that looks again and again, or that waits within its look."""

    def __init__(self, look: Callable[[], str], pause: float = 0.0) -> None:
        super().__init__()
        self._look, self._pause = look, pause
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            with suppress(Exception):  # the server stops before we do
                self.note(self._look())
            time.sleep(self._pause or 0.0001)


class Desk(Heard):
    """A colleague's browser: each event is noted as it comes, and read afterwards from the log by its id."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._told: dict[UUID, float] = {}
        self._guard = threading.Lock()
        self._stream = stream
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while line := self._stream.answer.readline():
            if b"conversation.message_joined" in line and line.startswith(b"data: "):
                at = time.perf_counter()
                with self._guard:
                    self._told[UUID(json.loads(line[6:])["interaction"])] = at

    def wait(self, wanted: str, seconds: float = PATIENCE) -> float:
        end = time.perf_counter() + seconds
        while wanted not in self.seen:
            if time.perf_counter() > end:
                raise TimeoutError(wanted)
            if not self._read():
                time.sleep(WAKE)
        return self.seen[wanted]

    def _read(self) -> bool:
        from samspil.intake.models import Interaction

        with self._guard:
            told, self._told = self._told, {}
        for ident, text, account in Interaction.objects.filter(pk__in=told).values_list("pk", "text", "account_id"):
            for found in _WORD.findall(text):
                self.seen.setdefault(f"{account}{found}", told[ident])
        return bool(told)


@dataclass(slots=True)
class Network:
    """One network with a real server: our account there, and people with clients of their own."""

    name: str
    server: str
    account: UUID
    say: Callable[[str], Any]
    """Their client hands a message to us over to their server."""
    client: Heard
    """What their client sees."""
    apart: Callable[[str], Any]
    """The same between two clients without us, and what the second one sees."""
    other: Heard
    spread: frozenset[str] = field(default_factory=frozenset)
    """Of "in", "out" and "alone": where a hop waits for a look, or for leave to go on. Measured spread out, with several on the way."""
    gap: tuple[float, float] = GAP
    """Seconds between two that are spread out."""
    most_out: int | None = None
    """So many answers at most, where the network lets us write slowly."""
    note: str = ""


@dataclass(slots=True)
class Way:
    """One direction: how a message is handed over, and how long to wait for it."""

    kind: str
    start: Callable[[str], Any]
    arrived: Callable[[str], float]

    def one_by_one(self, number: int) -> list[float]:
        """Seconds of each, the next when the one before has arrived."""
        took = []
        for n in range(number):
            text = word(self.kind, n + 1)
            began = time.perf_counter()
            self.start(text)
            took.append(self.arrived(text) - began)
            time.sleep(PAUSE)
        return took

    def spread_out(self, number: int, gap: tuple[float, float]) -> list[float]:
        """Seconds of each, whether or not the one before has arrived."""
        began: dict[str, float] = {}
        for n in range(number):
            text = word(self.kind, n + 1)
            began[text] = time.perf_counter()
            self.start(text)
            time.sleep(random.uniform(*gap))
        return [self.arrived(text) - at for text, at in began.items()]


def ways(network: Network, desk: Desk, colleague: Any) -> Sequence[Way]:
    """Their message to us, our answer to them, and theirs to each other."""

    def answer(text: str) -> None:
        from samspil.base.clock import now
        from samspil.conversation.models import Conversation
        from samspil.reply.actions import write

        last = Conversation.objects.filter(account=network.account, merged_into=None).latest("id")
        write(conversation=last.pk, by=colleague, text=text, at=now())

    return (
        Way("Ind", network.say, lambda text: desk.wait(f"{network.account}{text}")),
        Way("Ud", answer, network.client.wait),
        Way("Alene", network.apart, network.other.wait),
    )
