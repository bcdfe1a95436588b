"""What happens by the clock, as Procrastinate's periodic jobs, so that of many workers one does it."""

import asyncio
import logging
import threading
from typing import Any

from procrastinate.contrib.django import app

from samspil.base.clock import now

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */15")
@app.task(queueing_lock="wake", pass_context=False)
def wake(timestamp: int) -> None:
    """Bring back what was put off, and mind replies that a dead process left behind."""
    from samspil.conversation.actions import wake_due
    from samspil.reply.actions import recover_stale

    log.debug("wake at %s", timestamp)
    at = now()
    while wake_due(at=at):
        pass
    recover_stale(at=at)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="share_out")
def share_out(timestamp: int) -> None:
    """Let colleagues who sat down take what waits, and train again after a number of corrections."""
    from samspil.routing import jobs

    log.debug("share out at %s", timestamp)
    jobs.share_out()
    jobs.keep_learning()


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="retrain")
def retrain(timestamp: int) -> None:
    """Train routing on what was answered since."""
    from samspil.routing.jobs import retrain as train

    log.debug("retrain at %s", timestamp)
    train()


@app.periodic(cron="29 2 * * *")
@app.task(queueing_lock="learn_who_is_who")
def learn_who_is_who(timestamp: int) -> None:
    """Learn match weights from all handles, and compare everybody with them."""
    from samspil.identity.jobs import learn_again

    log.debug("who is who at %s", timestamp)
    learn_again()


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="tidy")
def tidy(timestamp: int) -> None:
    """Forget facts that every reader has read and no page can ask for any more, and jobs that are done."""
    from samspil.base.housekeeping import forget_old_facts

    log.debug("tidy at %s", timestamp)
    forget_old_facts(at=now())


def keep_time(stop: threading.Event) -> None:
    """Run the periodic jobs until stopped."""
    asyncio.run(_work(stop))


async def _work(stop: threading.Event) -> None:
    connector: Any = app.connector  # Django's, which alone has an asynchronous twin for its worker
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(
                install_signal_handlers=False, listen_notify=False, fetch_job_polling_interval=5.0, delete_jobs="always"
            )
        )
        while not stop.is_set() and not worker.done():  # noqa: ASYNC110  the event is another thread's
            await asyncio.sleep(0.3)
        worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            log.debug("the clock stops")
