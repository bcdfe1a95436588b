"""The one reader of this process: woken by the bell, it reads the facts log and tells the hub."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings

from samspil import flow
from samspil.base.bell import CHANNEL
from samspil.base.facts import Fact
from samspil.base.live import TOPIC, Signal
from samspil.project.live.http import event
from samspil.project.live.hub import Hub
from samspil.project.live.window import Entry, Missing

log = logging.getLogger(__name__)

BEGIN_WITH = 2000
"""Newest rows that are read at the start, for those who come back from before it."""
AT_ONCE = 2000
SILENCE = 1.0
"""Seconds after which the log is looked at without a bell: a lost ring costs no more than that."""

Row = tuple[int, str, Any]


class Reader:
    """Runs until it is cancelled; reconnects by itself. ``rung`` is called with the topics that are not its own."""

    def __init__(self, hub: Hub, *, rung: Callable[[str], None]) -> None:
        self.hub = hub
        self.listening = False
        self._rung = rung
        self._missing = Missing()
        self.begun = asyncio.Event()
        self._wake = asyncio.Event()
        self._signals = {fact.kind: (fact, make) for fact, make in flow.SIGNALS.items()}

    async def run(self) -> None:
        """Listen and read for ever."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(settings.SAMSPIL_DSN, autocommit=True) as ears:
                    await ears.execute(f"LISTEN {CHANNEL}")
                    async with await psycopg.AsyncConnection.connect(settings.SAMSPIL_DSN, autocommit=True) as eyes:
                        await self._both(ears, eyes)
            except (psycopg.Error, OSError) as error:
                log.warning("live: %s", type(error).__name__)
            self.listening = False
            await asyncio.sleep(0.5)

    async def _both(self, ears: psycopg.AsyncConnection[Any], eyes: psycopg.AsyncConnection[Any]) -> None:
        tasks = [asyncio.ensure_future(self._listen(ears)), asyncio.ensure_future(self._read(eyes))]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError, psycopg.Error):
                    await task

    async def _listen(self, ears: psycopg.AsyncConnection[Any]) -> None:
        async for note in ears.notifies():
            topic, data = _understood(note.payload)
            if topic == "facts":
                self._wake.set()
            elif topic == TOPIC and isinstance(data, dict):
                self.hub.pass_on(data)
            else:
                self._rung(topic)

    async def _read(self, eyes: psycopg.AsyncConnection[Any]) -> None:
        if not self.begun.is_set():
            await self._begin(eyes)
        self.listening = True
        # Whatever happened before LISTEN took hold has rung for nobody.
        self._rung("accounts")
        while True:
            while await self._once(eyes) >= AT_ONCE:
                pass
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), SILENCE)
            self._wake.clear()

    async def _begin(self, eyes: psycopg.AsyncConnection[Any]) -> None:
        cursor = await eyes.execute("SELECT id, kind, data FROM base_fact ORDER BY id DESC LIMIT %s", [BEGIN_WITH])
        rows = sorted(await cursor.fetchall())
        self._missing.begin([row[0] for row in rows], time.monotonic())
        for row in rows:
            entry, _ = self._entry(row, early=True)
            self.hub.log.append(entry)
        self.begun.set()

    async def _once(self, eyes: psycopg.AsyncConnection[Any]) -> int:
        now = time.monotonic()
        cursor = await eyes.execute(
            "SELECT id, kind, data FROM base_fact WHERE id > %s OR id = ANY(%s) ORDER BY id LIMIT %s",
            [self._missing.top, self._missing.wanted(now), AT_ONCE],
        )
        rows = await cursor.fetchall()
        fresh = set(self._missing.take([row[0] for row in rows], now))
        told = [self._entry(row) for row in rows if row[0] in fresh]
        if told:
            await self._meet(eyes, [signal for _, signals in told for signal in signals])
            self.hub.tell(told)
        return len(rows)

    async def _meet(self, eyes: psycopg.AsyncConnection[Any], signals: Sequence[Signal]) -> None:
        """Find out which handles belong to visitors who listen and had none before they wrote."""
        wanted = {signal.handle for signal in signals if signal.handle}
        if not wanted or not self.hub.unknown_visitors():
            return
        cursor = await eyes.execute("SELECT id, network, scope, address FROM intake_handle WHERE id = ANY(%s)", [list(wanted)])
        for ident, network, scope, address in await cursor.fetchall():
            self.hub.meet(ident, (network, scope, address))

    def _entry(self, row: Row, *, early: bool = False) -> tuple[Entry, list[Signal]]:
        ident, kind, data = row
        signals = list(self._made(kind, data))
        common: list[str] = []
        personal: dict[UUID, list[str]] = {}
        for signal in signals:
            place = common if signal.colleague is None else personal.setdefault(signal.colleague, [])
            place.append(event(signal.name, signal.data))
        return Entry(ident, tuple(dict.fromkeys(common)), personal, early), signals

    def _made(self, kind: str, data: Any) -> Sequence[Signal]:
        known: tuple[type[Fact], Callable[[Any], Signal]] | None = self._signals.get(kind)
        if known is None:
            return ()
        fact, make = known
        made = []
        for one in data:
            try:
                made.append(make(fact.load(one)))
            except Exception:  # a page that is told too little asks again; a reader that dies tells nobody anything
                log.exception("no signal from %s", kind)
        return made


def _understood(payload: str) -> tuple[str, Any]:
    try:
        topic, data = json.loads(payload)
    except (ValueError, TypeError):
        return "", None
    return str(topic), data if isinstance(data, Mapping | str | int | None) else None
