"""What happens by the clock, as Procrastinate's periodic jobs, so that of many workers one does it."""

import asyncio
import logging
import subprocess
import sys
import threading
from typing import Any

from procrastinate.contrib.django import app

from samspil.base.clock import now

log = logging.getLogger(__name__)

TOGETHER = 3
"""Jobs at a time: a long one does not hold up what happens every few seconds."""


@app.periodic(cron="* * * * * */15")
@app.task(queueing_lock="wake", lock="wake", pass_context=False)
def wake(timestamp: int) -> None:
    """Bring back what was put off, and mind replies that a dead process left behind."""
    from samspil.conversation.actions import wake_due
    from samspil.elsewhere.actions import recover_notices, recover_posts, recover_remarks
    from samspil.reply.actions import recover_stale, recover_stale_changes

    log.debug("wake at %s", timestamp)
    at = now()
    while wake_due(at=at):
        pass
    recover_stale(at=at)
    recover_stale_changes(at=at)
    recover_notices(at=at)
    recover_posts(at=at)
    recover_remarks(at=at)


@app.periodic(cron="* * * * * */15")
@app.task(queueing_lock="ask_on", lock="ask_on")
def ask_on(timestamp: int) -> None:
    """Ask the next colleagues where nobody has answered in time."""
    from samspil.aside.jobs import ask_on as ask

    log.debug("ask on at %s", timestamp)
    ask()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="share_out", lock="share_out")
def share_out(timestamp: int) -> None:
    """Let colleagues who sat down take what waits, and train again after a number of corrections."""
    from samspil.routing import jobs

    log.debug("share out at %s", timestamp)
    jobs.share_out()
    jobs.keep_learning()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="keep_promises", lock="keep_promises")
def keep_promises(timestamp: int) -> None:
    """Tell of answers that are soon due, due or late."""
    from samspil.promise import jobs

    log.debug("promises at %s", timestamp)
    jobs.escalate()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="raise_waiting", lock="raise_waiting")
def raise_waiting(timestamp: int) -> None:
    """Ask the leads above where nobody has said yes in time."""
    from samspil.reply.actions import raise_waiting as ask_above

    log.debug("raise waiting at %s", timestamp)
    at = now()
    while ask_above(at=at):
        pass


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="ask_how_it_feels", lock="ask_how_it_feels")
def ask_how_it_feels(timestamp: int) -> None:
    """Ask people whose conversation was done a while ago how the relation feels."""
    from samspil.pulse import jobs

    log.debug("pulse at %s", timestamp)
    jobs.ask()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="keep_relationships", lock="keep_relationships")
def keep_relationships(timestamp: int) -> None:
    """Look at the stage of relationships in which something happened, or nothing did for so long that it falls."""
    from samspil.relationship import jobs

    log.debug("relationships at %s", timestamp)
    jobs.keep_up()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="rules", lock="rules")
def rules(timestamp: int) -> None:
    """Let rules act on what has waited long enough."""
    from samspil.automation.jobs import look_at_the_clock

    log.debug("rules at %s", timestamp)
    look_at_the_clock()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="gather_answers", lock="gather_answers")
def gather_answers(timestamp: int) -> None:
    """Take in past answers that may help again, and read what they were asked."""
    from samspil.assist import jobs

    log.debug("gather answers at %s", timestamp)
    jobs.keep_up()


@app.periodic(cron="23 4 * * *")
@app.task(queueing_lock="look_again", lock="gather_answers")
def look_again(timestamp: int) -> None:
    """Let go of past answers that turned out badly, and look through the log anew."""
    from samspil.assist import jobs

    log.debug("look again at %s", timestamp)
    jobs.look_again()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="count_hours", lock="count_hours")
def count_hours(timestamp: int) -> None:
    """Learn at which hours what comes in usually comes."""
    from samspil.intake.actions import count_hours as count

    log.debug("count hours at %s", timestamp)
    count(at=now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="count_waits", lock="count_waits")
def count_waits(timestamp: int) -> None:
    """Count what came of late and how long it waited."""
    from samspil.load.jobs import count

    log.debug("count waits at %s", timestamp)
    count()


@app.periodic(cron="33 3 * * *")
@app.task(queueing_lock="count_all_waits", lock="count_waits")
def count_all_waits(timestamp: int) -> None:
    """The same of the last year, with what was imported since and in the hours that hold now."""
    from samspil.load.jobs import count_everything

    log.debug("count all waits at %s", timestamp)
    log.info("%s hours were counted", count_everything())


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="retrain", lock="retrain")
def retrain(timestamp: int) -> None:
    """Train routing on what was answered since."""
    from samspil.routing.jobs import retrain as train

    log.debug("retrain at %s", timestamp)
    train()


@app.periodic(cron="7 3 * * *")
@app.task(queueing_lock="weigh_levels", lock="weigh_levels")
def weigh_levels(timestamp: int) -> None:
    """Let what colleagues know fade with time, where nothing new has shown it."""
    from samspil.organisation.actions import weigh_all

    log.debug("weigh levels at %s", timestamp)
    log.info("%s levels have changed", weigh_all(at=now()))


@app.periodic(cron="29 2 * * *")
@app.task(queueing_lock="learn_who_is_who", lock="learn_who_is_who")
def learn_who_is_who(timestamp: int) -> None:
    """Learn match weights from all handles, and compare everybody with them."""
    log.debug("who is who at %s", timestamp)
    _apart("identity", "learn")


@app.periodic(cron="* * * * * */15")
@app.task(queueing_lock="learn_if_asked", lock="learn_who_is_who")
def learn_if_asked(timestamp: int) -> None:
    """The same at once, when somebody has asked for it."""
    from samspil.identity.queries.weights import asked

    log.debug("asked at %s", timestamp)
    if asked():
        _apart("identity", "learn")


@app.periodic(cron="53 2 * * *")
@app.task(queueing_lock="ask_the_directory", lock="ask_the_directory")
def ask_the_directory(timestamp: int) -> None:
    """Ask the LDAP directory who is there, where that is wanted every night."""
    from samspil.provision.actions.ldap import nightly

    log.debug("the directory at %s", timestamp)
    nightly(at=now())


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="tidy", lock="tidy")
def tidy(timestamp: int) -> None:
    """Forget facts that every reader has read and no page can ask for any more, and jobs that are done."""
    from samspil.automation.jobs import tidy as tidy_rules
    from samspil.base.housekeeping import forget_old_facts
    from samspil.exchange.actions.people import tidy_people
    from samspil.provision.actions.runs import tidy_runs

    log.debug("tidy at %s", timestamp)
    forget_old_facts(at=now())
    tidy_people(at=now())
    tidy_runs(at=now())
    tidy_rules()


_children: list[subprocess.Popen[bytes]] = []


def _apart(*words: str) -> None:
    """Run a command of ours in a process of its own: what takes minutes and gigabytes must not slow the spine. Ends with the worker."""
    child = subprocess.Popen(  # noqa: S603 - the words are ours
        [sys.executable, "-m", "samspil.project.cli", *words], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    _children.append(child)
    try:
        code = child.wait()
    finally:
        _children.remove(child)
    if code:
        log.error("samspil %s ended with %s", " ".join(words), code)


def keep_time(stop: threading.Event) -> None:
    """Run the periodic jobs until stopped."""
    asyncio.run(_work(stop))


async def _work(stop: threading.Event) -> None:
    connector: Any = app.connector  # Django's, which alone has an asynchronous twin for its worker
    worker_app = app.with_connector(connector.get_worker_connector())
    async with worker_app.open_async():
        worker = asyncio.create_task(
            worker_app.run_worker_async(
                concurrency=TOGETHER,
                install_signal_handlers=False,
                listen_notify=False,
                fetch_job_polling_interval=5.0,
                delete_jobs="always",
            )
        )
        while not stop.is_set() and not worker.done():  # noqa: ASYNC110  the event is another thread's
            await asyncio.sleep(0.3)
        for child in _children:
            child.terminate()
        worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            log.debug("the clock stops")
