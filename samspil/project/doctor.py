"""What is configured, what works and what to do: asked by ``samspil doctor`` and by the page of health.

Every sentence of a check goes through gettext: the command asks for English, the page for the colleague's language.
"""

import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from samspil import kit
from samspil.base import clock, registry, sql
from samspil.base.models import Counter, Cursor
from samspil.base.seal import Unsealable
from samspil.conversation.models import Conversation
from samspil.identity.queries import consumer_count
from samspil.intake import queries as intake
from samspil.intake.models import Account
from samspil.organisation.queries import organisation, triage_unit
from samspil.project.database_checks import database_checks
from samspil.reply.queries import state_counts
from samspil.routing.queries import meaning_lack, report

PATIENCE = 15.0
"""Seconds that one account's check may take; the servers of a mailbox that is down answer later or never."""
LATE = timedelta(minutes=1)
"""An envelope that waits longer than this means that no worker runs."""
Answer = Sequence[kit.Check]
FAILURES = 3
"""A reaction that has failed so often in a row does not help itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """One account. ``checks`` is None when its channel was not asked; ``history``: it holds what was imported, and is connected to nothing."""

    id: UUID
    channel: str
    name: str
    state: str
    seen_at: datetime | None
    error: str
    history: bool = False
    checks: Sequence[kit.Check] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A reaction that cannot read on: its name, how often in a row, and the last error."""

    name: str
    failures: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The state of one installation. Every state of envelopes and replies is named; ``counters`` is (count, last time) by name."""

    at: datetime
    envelopes: Mapping[str, int]
    interactions: int
    handles: int
    consumers: int
    conversations: int
    replies: Mapping[str, int]
    checks: Sequence[kit.Check]
    accounts: Sequence[AccountState]
    failing: Sequence[Failing] = ()
    counters: Mapping[str, tuple[int, datetime | None]] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every check that was made passed, those of the accounts too."""
        return all(c.ok for c in self.checks) and all(c.ok for a in self.accounts for c in a.checks or ())

    def data(self) -> dict[str, Any]:
        """The same as JSON values: ids and times as text."""
        plain: dict[str, Any] = _plain(asdict(self))
        return {"ok": self.ok, **plain}


def diagnose(*, accounts: bool = False, language: str = "en") -> Diagnosis:
    """Look at everything. ``accounts`` also tries every account that is not paused, at most PATIENCE seconds all together."""
    at = clock.now()
    with translation.override(language):
        envelopes, replies = intake.envelope_counts(), state_counts()
        rows = intake.accounts()
        failing = [
            Failing(name=c.name, failures=c.failures, error=c.error)
            for c in Cursor.objects.filter(failures__gt=0).order_by("name")
        ]
        found = intake.handle_counts()
        checks = [
            *database_checks(),
            _founded(),
            _triage(),
            _worker(at),
            _understood(),
            _replies(replies),
            _reactions(failing),
            _routing(),
            _accounts(rows),
        ]
        answers = check_accounts(rows) if accounts else {}
        return Diagnosis(
            at=at,
            envelopes=envelopes,
            interactions=found["interactions"],
            handles=found["handles"],
            consumers=consumer_count(),
            conversations=Conversation.objects.filter(merged_into=None).count(),
            replies=replies,
            checks=checks,
            accounts=[_state(row, answers.get(row.pk)) for row in rows],
            failing=failing,
            counters={c.name: (c.count, c.last_at) for c in Counter.objects.order_by("name")},
        )


def check_account(row: Account, *, seconds: float = PATIENCE) -> Sequence[kit.Check]:
    """Try one account for real, within ``seconds``. Raises nothing; no secret is in any answer."""
    return check_accounts([row], seconds=seconds, paused=True)[row.pk]


def check_accounts(
    rows: Sequence[Account], *, seconds: float = PATIENCE, paused: bool = False
) -> dict[UUID, Sequence[kit.Check]]:
    """Try accounts side by side, each in a thread that touches no database; whoever has not answered in time has failed."""
    wanted = [
        row for row in rows if not row.history and row.state != row.State.CLOSED and (paused or row.state != Account.State.PAUSED)
    ]
    answers: queue.Queue[tuple[UUID, Sequence[kit.Check]]] = queue.Queue()
    done: dict[UUID, Sequence[kit.Check]] = {row.pk: [_history()] for row in rows if row.history}
    for row in wanted:
        try:
            channel, view = registry.channel(row.channel), intake.account_view(row)
        except Unsealable as error:
            done[row.pk] = [
                kit.Check(name=_("secrets"), ok=False, detail=str(error), remedy=_("Give the secrets of this channel again."))
            ]
            continue
        threading.Thread(target=_try, args=(row.pk, channel, view, answers), daemon=True).start()
    deadline = clock.now() + timedelta(seconds=seconds)
    while any(row.pk not in done for row in wanted):
        try:
            ident, checks = answers.get(timeout=max((deadline - clock.now()).total_seconds(), 0.01))
        except queue.Empty:
            break
        done[ident] = [_translated(c) for c in checks]
    late = kit.Check(
        name=_("answers in time"),
        ok=False,
        detail=_("No answer within %(n)d seconds") % {"n": seconds},
        remedy=_("Check the server's name and port, and whether a firewall is between."),
    )
    return {**{row.pk: [late] for row in wanted}, **done}


def _try(ident: UUID, channel: kit.Channel, view: kit.Account, answers: "queue.Queue[tuple[UUID, Sequence[kit.Check]]]") -> None:
    try:
        answers.put((ident, list(channel.check(view))))
    except Exception as error:  # noqa: BLE001  a defect of one channel's check is an answer about that channel
        words = type(error).__name__  # not its text: that might quote a secret
        answers.put((ident, [kit.Check(name=channel.name, ok=False, detail=words, remedy="Tell the author of this channel.")]))


def _history() -> kit.Check:
    return kit.Check(name=_("history"), ok=True, detail=_("Imported: nothing is fetched or sent here"))


def _translated(check: kit.Check) -> kit.Check:
    """Fixed words of others' checks are translated where the catalogue has them; what a server said stays as it said it."""
    return kit.Check(
        name=_(check.name) if check.name else "",
        ok=check.ok,
        detail=_(check.detail) if check.detail else "",
        remedy=_(check.remedy) if check.remedy else "",
    )


def _founded() -> kit.Check:
    here = organisation()
    return kit.Check(
        name=_("organisation"),
        ok=here is not None,
        detail=here.name if here else _("Not founded yet"),
        remedy=_("Open Samspil in a browser and answer the first-run page."),
    )


def _triage() -> kit.Check:
    unit = triage_unit()
    return kit.Check(
        name=_("unit for what nobody is known for"),
        ok=unit is not None,
        detail=unit.name if unit else _("None"),
        remedy=_("Choose under Organisation which unit takes what routing does not know."),
    )


def _worker(at: datetime) -> kit.Check:
    query = (
        "SELECT min(received_at), count(*) FROM intake_envelope WHERE state = 'arrived' AND (retry_at IS NULL OR retry_at <= %s)"
    )
    oldest, waiting = sql.run(query, [at])[0]
    late = oldest is not None and at - oldest > LATE
    return kit.Check(
        name=_("messages are taken in"),
        ok=not late,
        detail=_("Waiting: %(n)d, the oldest for %(s)d seconds") % {"n": waiting, "s": (at - oldest).total_seconds()}
        if waiting
        else _("None is waiting"),
        remedy=_("See that samspil up runs: its worker takes messages in."),
    )


def _understood() -> kit.Check:
    """Lines of an imported file that are not understood stay so: nobody waits for an answer there, so they are told and no failure."""
    bad, old = intake.trouble_counts()
    told = [_("%(n)d could not be understood; they are kept") % {"n": bad}] if bad else []
    told += [_("%(n)d of imported history could not be understood; they are kept") % {"n": old}] if old else []
    return kit.Check(
        name=_("messages are understood"),
        ok=not bad,
        detail="; ".join(told) or _("All have been understood"),
        remedy=_("Look at them under Health; try again when the channel is mended."),
    )


def _replies(replies: Mapping[str, int]) -> kit.Check:
    failed, uncertain = replies["failed"], replies["uncertain"]
    return kit.Check(
        name=_("answers arrive"),
        ok=not (failed or uncertain),
        detail=_("%(f)d failed, %(u)d uncertain") % {"f": failed, "u": uncertain} if failed or uncertain else _("None failed"),
        remedy=_("Open them from Health and send again, or write another way."),
    )


def _routing() -> kit.Check:
    found, missing = report(), meaning_lack()
    if not found.lack and found.quality.get("encoder"):
        detail = _("Learned from %(n)d examples; reads words and meaning") % {"n": found.examples}
    elif not found.lack:
        detail = _("Learned from %(n)d examples; reads words") % {"n": found.examples}
        detail += f" ({missing})" if missing else ""
    elif found.lack == "refused":
        detail = _("What was learned is not this installation's: it is not used")
    elif found.lack == "no_encoder":
        detail = _("The language model that it learned with is not here") + (f" ({missing})" if missing else "")
    else:
        detail = _("Nothing has been learned yet")
    return kit.Check(
        name=_("routing tells what is asked for"),
        ok=found.lack not in {"refused", "no_encoder"},
        detail=detail,
        remedy=_("See that samspil up runs: its worker learns anew within a minute."),
    )


def _reactions(failing: Sequence[Failing]) -> kit.Check:
    stuck = [f for f in failing if f.failures >= FAILURES]
    return kit.Check(
        name=_("later stages keep up"),
        ok=not stuck,
        detail="; ".join(f"{f.name}: {f.error}"[:300] for f in stuck) or _("None is behind"),
        remedy=_("The error says why; nothing is lost, they go on where they stopped."),
    )


def _accounts(rows: Sequence[Account]) -> kit.Check:
    live = [row for row in rows if not row.history and row.state != Account.State.CLOSED]
    troubled = [row.name for row in live if row.error or row.state == Account.State.BROKEN]
    told = _("%(n)d connected") % {"n": len(live)}
    if not live:  # a thing to do, and nothing that is broken
        told = f"{told}. {_('Connect the first one under Channels.')}"
    return kit.Check(
        name=_("channels"),
        ok=not troubled,
        detail=_("In trouble: %(names)s") % {"names": ", ".join(troubled)} if troubled else told,
        remedy=_("Open Channels and press Test."),
    )


def _state(row: Account, checks: Sequence[kit.Check] | None) -> AccountState:
    return AccountState(
        id=row.pk,
        channel=row.channel,
        name=row.name,
        state=row.state,
        seen_at=row.seen_at,
        error=row.error,
        history=row.history,
        checks=checks,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value
