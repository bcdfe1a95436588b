"""What the worker does over and over."""

import logging
import threading
from collections.abc import Callable, Iterator

from django.db import Error, connection
from psycopg import Error as PsycopgError

from samspil.assist.actions import answer_due, carry_trials
from samspil.base import bell, flow
from samspil.base.clock import now
from samspil.base.facts import Fact
from samspil.elsewhere.actions import fetch_answer, mark_post, say_remark, send_notice, send_post
from samspil.exchange.actions.people_carry import carry_on
from samspil.exchange.queries.people import waiting
from samspil.intake.actions import fetch_due, understand_waiting
from samspil.promise.jobs import carry_on as carry_promises
from samspil.provision.actions.carry import carry_on as carry_arrivals
from samspil.provision.queries import waiting as arrivals_waiting
from samspil.reply.actions import change_due, send_due

log = logging.getLogger(__name__)

SILENCE = 1.0
FAILURES = 20
"""After so many failures in a row a reaction is tried only every half minute; it is shown by ``samspil doctor`` from the first."""


def spine(stop: threading.Event) -> None:
    """Take waiting envelopes through the spine: one at a time when idle, hundreds at a time when busy."""
    for _ in _rings("envelopes", stop=stop):
        while not stop.is_set() and understand_waiting(at=now()):
            pass


def outbox(stop: threading.Event) -> None:
    """Send what is due, and carry out what was changed of it."""
    for _ in _rings("outbox", stop=stop):
        while not stop.is_set() and (send_due(at=now()) or change_due(at=now())):
            pass


def by_itself(stop: threading.Event) -> None:
    """Put into the outbox what is answered by itself and whose delay is over. A loop of its own: what fails here holds up nothing else."""
    for _ in _rings("outbox", stop=stop):
        while not stop.is_set() and answer_due(at=now()):
            pass


def notices(stop: threading.Event) -> None:
    """Tell colleagues where they are, alone and in their rooms, and say there what became of what they answered."""
    for _ in _rings("notices", stop=stop):
        while not stop.is_set() and any(tell(at=now()) for tell in (say_remark, mark_post, send_notice, send_post)):
            pass


def files(stop: threading.Event) -> None:
    """Fetch the files that lie on their network: of colleagues' answers, which wait for them, and of messages.

    What a dead process had in hand is due again by itself.
    """
    for _ in _rings("files", stop=stop):
        while not stop.is_set() and (fetch_answer(at=now()) or fetch_due(at=now())):
            pass


def imports(stop: threading.Event) -> None:
    """Carry imports of people on: one at a time, in a loop of their own, for one may take minutes."""
    for _ in _rings("people", stop=stop):
        for run in waiting():
            if not stop.is_set():
                carry_on(run=run, stop=stop.is_set)


def trials(stop: threading.Event) -> None:
    """Carry out dry runs of answers by themselves: some seconds to a minute each."""
    for _ in _rings("trials", stop=stop):
        carry_trials(at=now(), stop=stop.is_set)


def arrivals(stop: threading.Event) -> None:
    """Carry imports of colleagues on."""
    for _ in _rings("arrivals", stop=stop):
        for run in arrivals_waiting():
            if not stop.is_set():
                carry_arrivals(run=run, stop=stop.is_set)


def promises(stop: threading.Event) -> None:
    """Reckon anew when conversations are due, after a promise or hours were changed: a batch a transaction, for as long as it takes."""
    for _ in _rings("promises", stop=stop):
        carry_promises(stop.is_set)


def reactions(stop: threading.Event) -> None:
    """Let every later reaction read on in the log."""
    quiet: dict[str, int] = {}
    for _ in _rings("facts", stop=stop):
        for fact, readers in flow.later().items():
            for reader in readers:
                name = f"{fact.kind}>{reader.__name__}"
                if quiet.get(name, 0) > 0:
                    quiet[name] -= 1
                    continue
                _read_on(lambda f=fact, r=reader: flow.react(f, r), name, quiet, fact, reader, stop)  # type: ignore[misc]


def _read_on(
    read: Callable[[], int], name: str, quiet: dict[str, int], fact: type[Fact], reader: flow.Reaction, stop: threading.Event
) -> None:
    try:
        while not stop.is_set() and read():
            pass
    except (Error, PsycopgError):
        raise
    except Exception as error:
        log.exception("reaction %s failed", name)
        failures = flow.note_failure(fact, reader, f"{type(error).__name__}: {error}")
        quiet[name] = min(2**failures, 30) if failures < FAILURES else 30


def _rings(topic: str, *, stop: threading.Event) -> Iterator[set[str]]:
    for rung in bell.listen(topic, timeout=SILENCE, stop=stop):
        connection.close_if_unusable_or_obsolete()
        yield rung
