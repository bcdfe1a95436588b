"""One activity to many inboxes: every server once where it has an inbox for all, many servers at a time, and no dead one holds up the rest."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from samspil.channels.activitypub import answers
from samspil.channels.activitypub.send import GONE, MISSING, SERVER_FAULTS, TOO_MANY
from samspil.channels.activitypub.settings import Settings, host_of
from samspil.kit import TryLater
from samspil.kit.web import Answer, NotAllowed, Strangers, pause_of

AT_ONCE = 64
"""Deliveries at the same time."""
PIECES, SMALLEST = 4, 5
"""A server with many inboxes gets up to so many connections, each for at least so many of its inboxes: one that answers slowly has
then all its deliveries in a quarter of the time, and none is stormed."""
SECONDS = 10.0
"""For a connection and for each answer."""
REMEMBERED = 600.0
"""Seconds for which a server that could not be reached is tried after all others."""
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Where somebody is reached: ``shared`` is their server's inbox for all, or ""."""

    inbox: str
    shared: str = ""


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of a fan-out, by inbox: delivered; later, with the seconds to wait; gone for good; refused, with the server's words."""

    delivered: list[str] = field(default_factory=list)
    later: dict[str, float] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


class Servers:
    """How servers have behaved lately: a memory of one process that may be lost, shared by its threads."""

    def __init__(self) -> None:
        self._failures: dict[str, tuple[int, float]] = {}
        self._guard = threading.Lock()

    def failed(self, host: str) -> float:
        """One more failure; the seconds until the next try, longer each time."""
        with self._guard:
            times = min(self._failures.get(host, (0, 0.0))[0] + 1, 20)
            self._failures[host] = (times, time.monotonic())
            return float(min(FIRST_PAUSE * 2 ** (times - 1), LONGEST_PAUSE))

    def answered(self, host: str) -> None:
        """It is there."""
        with self._guard:
            self._failures.pop(host, None)

    def is_doubtful(self, host: str) -> bool:
        """Whether it failed lately."""
        with self._guard:
            at = self._failures.get(host, (0, -REMEMBERED))[1]
        return time.monotonic() - at < REMEMBERED and host in self._failures


def inboxes_of(followers: Iterable[Follower], *, public: bool) -> dict[str, list[str]]:
    """The inboxes that reach all of them, by server and each once. What is not public goes to everybody's own."""
    found: dict[str, dict[str, None]] = {}
    for one in followers:
        inbox = (one.shared if public else "") or one.inbox
        if host := host_of(inbox):
            found.setdefault(host, {})[inbox] = None
    return {host: list(inboxes) for host, inboxes in found.items()}


def fan_out(
    body: bytes,
    followers: Iterable[Follower],
    settings: Settings,
    *,
    public: bool = True,
    hosts: Servers | None = None,
    at_once: int = AT_ONCE,
    seconds: float = SECONDS,
    done: Callable[[str], None] = lambda _inbox: None,
) -> Report:
    """Deliver one activity to all followers; returns when every inbox was tried once. ``done`` is told of each that was delivered.

    Whoever calls it tries what is ``later`` again after its pause (the activity's id is the same, so nothing is shown twice), and
    marks what is ``gone``. A server that fails is left at its first failure: its other inboxes are ``later`` too.
    """
    known = hosts or Servers()
    by_host = inboxes_of(followers, public=public)
    # Those that failed lately come last, when nobody waits behind them any more.
    pieces = sorted(_pieces(by_host), key=lambda piece: (known.is_doubtful(piece[1]), piece[0]))
    waiting: queue.SimpleQueue[tuple[int, str, list[str]]] = queue.SimpleQueue()
    for piece in pieces:
        waiting.put(piece)
    job = _Job(body, settings, known, Report(), threading.Lock(), done, {})

    def work() -> None:
        with Strangers(inside=settings.inside, seconds=seconds) as strangers:
            while True:
                try:
                    _, host, inboxes = waiting.get_nowait()
                except queue.Empty:
                    return
                _to_host(job, strangers, host, inboxes)

    threads = [threading.Thread(target=work, name="fan-out", daemon=True) for _ in range(min(at_once, len(pieces)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return job.report


def _pieces(by_host: Mapping[str, Sequence[str]]) -> Iterable[tuple[int, str, list[str]]]:
    """The work: a number, by which every server's first piece comes before anybody's second; the server; some of its inboxes."""
    for host, inboxes in by_host.items():
        size = max(SMALLEST, -(-len(inboxes) // PIECES))
        for number, start in enumerate(range(0, len(inboxes), size)):
            yield number, host, list(inboxes[start : start + size])


@dataclass(frozen=True, slots=True)
class _Job:
    body: bytes
    settings: Settings
    hosts: Servers
    report: Report
    guard: threading.Lock
    done: Callable[[str], None]
    left: dict[str, float]
    """Servers that failed now, with the pause."""


def _to_host(job: _Job, strangers: Strangers, host: str, inboxes: Sequence[str]) -> None:
    """Some inboxes of one server, one after the other, until it fails."""
    for place, inbox in enumerate(inboxes):
        if host in job.left:
            _leave(job, host, inboxes[place:], job.left[host])
            return
        try:
            answer = answers.deliver(job.body, inbox, job.settings, strangers)
        except TryLater as error:
            _leave(job, host, inboxes[place:], error.after or job.hosts.failed(host))
            return
        except NotAllowed as error:
            with job.guard:
                job.report.refused[inbox] = str(error)
            continue
        if answer.status == TOO_MANY or answer.status >= SERVER_FAULTS:
            _leave(job, host, inboxes[place:], max(pause_of(answer.headers) or 0.0, job.hosts.failed(host)))
            return
        job.hosts.answered(host)
        _note(job, inbox, answer)


def _note(job: _Job, inbox: str, answer: Answer) -> None:
    with job.guard:
        if answer.ok:
            job.report.delivered.append(inbox)
        elif answer.status in {MISSING, GONE}:
            job.report.gone.append(inbox)
        else:
            job.report.refused[inbox] = answer.words
    if answer.ok:
        job.done(inbox)


def _leave(job: _Job, host: str, inboxes: Sequence[str], pause: float) -> None:
    with job.guard:
        job.left[host] = pause
        job.report.later.update(dict.fromkeys(inboxes, pause))


def followers_of(rows: Iterable[Mapping[str, str]]) -> list[Follower]:
    """From what the core keeps of follows (``Follow.extra``); what has no inbox is left out."""
    return [Follower(inbox=row["inbox"], shared=row.get("shared", "")) for row in rows if row.get("inbox")]
