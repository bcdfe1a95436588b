"""The runners: one thread for each account whose channel fetches; whatever breaks is shown at the account and tried again."""

import logging
import os
import signal
import threading
from uuid import UUID

import django

log = logging.getLogger(__name__)

LOOK = 5.0
TYPING = 20
"""People who write at once, of whom is told."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0


def run() -> None:
    """Fetch until SIGTERM or SIGINT."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "samspil.project.django_settings")
    django.setup()
    from django.db import connection

    from samspil.base import bell

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    running: dict[UUID, _Runner] = {}
    for _ in bell.listen("accounts", timeout=LOOK, stop=stop):
        connection.close_if_unusable_or_obsolete()
        _look(running)
    for runner in running.values():
        runner.stop.set()
    for runner in running.values():
        runner.join(timeout=3)


def _look(running: dict[UUID, "_Runner"]) -> None:
    from samspil.base import registry
    from samspil.intake.models import Account
    from samspil.intake.queries import accounts
    from samspil.kit import Pulls

    wanted = {
        a.pk: (a.channel, a.config, bytes(a.secrets))
        for a in accounts()
        if a.state not in (Account.State.PAUSED, Account.State.CLOSED)
        and not a.history
        and isinstance(registry.channel(a.channel), Pulls)
    }
    for ident, runner in list(running.items()):
        if wanted.get(ident) != runner.setup or not runner.is_alive():
            runner.stop.set()
            del running[ident]
    for ident, setup in wanted.items():
        if ident not in running:
            running[ident] = _Runner(ident, setup)
            running[ident].start()


class _Runner(threading.Thread):
    """Pulls one account until its settings change or the process stops. Each batch is on disk before the next is asked for."""

    def __init__(self, account: UUID, setup: tuple[object, ...]) -> None:
        super().__init__(name=f"runner-{account}", daemon=True)
        self.account = account
        self.setup = setup
        self.stop = threading.Event()

    def run(self) -> None:
        from samspil.kit import SignInAgain, TryLater

        pause = FIRST_PAUSE
        while not self.stop.is_set():
            after: float | None = None
            try:
                if self._pull():
                    pause = FIRST_PAUSE
            except TryLater as error:
                after = error.after
                self._note(str(error), sign_in=isinstance(error, SignInAgain))
            except Exception as error:
                log.exception("runner of %s", self.account)
                self._note(f"{type(error).__name__}: {error}")
            self.stop.wait(after or pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _pull(self) -> bool:
        from django.db import connection

        from samspil.base import bell, registry
        from samspil.base.clock import now
        from samspil.base.live import TOPIC
        from samspil.intake.actions import keep
        from samspil.intake.queries import account, account_view
        from samspil.kit import Pulls
        from samspil.project.live.history import conversation

        row = account(self.account)
        channel = registry.channel(row.channel)
        assert isinstance(channel, Pulls)  # noqa: S101  _look chose it for that
        got = False
        batches = channel.pull(account_view(row), row.cursor)
        for batch in batches:
            connection.close_if_unusable_or_obsolete()
            keep(account=self.account, envelopes=batch.envelopes, cursor=batch.cursor, at=now())
            got = True
            for who in batch.typing[:TYPING]:
                where = conversation((who.network, who.scope, who.address))
                if where:
                    bell.ring(TOPIC, {"signal": "typing", "conversation": str(where), "visitor": True})
            if self.stop.is_set():
                break
        return got

    def _note(self, words: str, *, sign_in: bool = False) -> None:
        from django.db import Error, connection

        from samspil.base.clock import now
        from samspil.intake.actions import note_trouble

        try:
            connection.close_if_unusable_or_obsolete()
            note_trouble(account=self.account, error=words, at=now(), sign_in=sign_in)
        except Error:
            log.warning("the trouble of %s could not be noted", self.account)
