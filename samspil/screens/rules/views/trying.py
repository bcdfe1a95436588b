"""The dry run beside the editor: looked on in pieces, the sum travels with the page, and nothing is written anywhere."""

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from samspil.automation.models import Rule
from samspil.automation.queries.dry_run import MOST_DAYS, Asked, Progress, asked, begin, look_on
from samspil.automation.queries.names import names
from samspil.automation.queries.rules import access_rule
from samspil.automation.rules.plan import PER_MINUTE
from samspil.automation.rules.trial import Trial
from samspil.base.clock import now
from samspil.conversation.queries import rows_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Reach, Right, reach
from samspil.organisation.ui.guard import me
from samspil.screens.rules import words
from samspil.screens.rules.form import posted
from samspil.screens.rules.views.common import who_writes
from samspil.screens.rules.views.editor import readable

SECONDS = 0.7
"""How long one request looks on before it tells."""
SALT = "rules.try"
CHART = 72


@who_writes
@require_POST
def attempt(request: HttpRequest) -> HttpResponse:
    """Begin, or look on where the last request ended; another rule or span begins anew."""
    by, data, form = me(request), request.POST, posted(request.POST)
    error = readable(form)
    if error:
        return render(request, "rules/parts/trial.html", {"error": error})
    document = form.document()
    row = access_rule(by=by, rule=UUID(data["rule"])) if data.get("rule") else None
    text = data.get("days", "30")
    days = max(1, min(int(text), MOST_DAYS)) if text.isascii() and text.isdigit() else 30
    unit = by.unit_id if reach(by, Right.RULES) == Reach.UNIT else UUID(data["unit"]) if data.get("unit") else None
    mark = hashlib.sha256(json.dumps([document, days, str(unit), str(row and row.number)], sort_keys=True).encode()).hexdigest()
    until, progress = _so_far(data.get("state", ""), mark)
    question = asked(
        document=document,
        now=row.document if row else None,
        rule=row.pk if row else None,
        unit=unit,
        days=days,
        until=until,
    )
    progress = progress or begin(question)
    end = time.monotonic() + SECONDS
    while not progress.done:
        look_on(question, progress)
        if time.monotonic() > end:
            break
    return render(request, "rules/parts/trial.html", _shown(by, row, question, progress, document, mark, days))


def _so_far(state: str, mark: str) -> tuple[datetime, Progress | None]:
    try:
        kept = signing.loads(state, salt=SALT, max_age=3600) if state else None
    except signing.BadSignature:
        kept = None
    if not kept or kept["mark"] != mark:
        return now(), None
    at, until = datetime.fromisoformat(kept["at"]), datetime.fromisoformat(kept["until"])
    return until, Progress(trial=Trial.load(kept["trial"]), at=at, fact=UUID(kept["fact"]))


def _shown(
    by: Colleague, row: Rule | None, question: Asked, progress: Progress, document: Mapping[str, Any], mark: str, days: int
) -> dict[str, Any]:
    trial, known = progress.trial, names()
    context: dict[str, Any] = {"trial": trial, "percent": round(100 * progress.share), "done": progress.done, "days": days}
    if not progress.done:
        kept = {
            "mark": mark,
            "trial": trial.as_json(),
            "at": progress.at.isoformat(),
            "fact": str(progress.fact),
            "until": question.until.isoformat(),
        }
        return context | {"state": signing.dumps(kept, salt=SALT, compress=True)}
    found = {r.id: r for r in rows_of(by=by, conversations=[f.conversation for f in trial.found])}
    return context | {
        "bars": _bars(trial, question),
        "compared": row is not None,
        "found": [{"found": f, "row": found[f.conversation]} for f in reversed(trial.found) if f.conversation in found],
        "would": [words.deed(d, known) for d in document["then"]],
        "storm": trial.busiest > (row.per_minute if row else PER_MINUTE),
    }


def _bars(trial: Trial, question: Asked) -> list[dict[str, Any]]:
    """A bar a day: what would match, and what matches now, as heights of a drawing of 72."""
    first, last = timezone.localtime(question.since).date(), timezone.localtime(question.until).date()
    days = [first.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    most = max([*trial.days.values(), *trial.before.values(), 1])
    return [
        {
            "x": n * 10,
            "day": day,
            "new": trial.days[day.isoformat()],
            "now": trial.before[day.isoformat()],
            "high": round(CHART * trial.days[day.isoformat()] / most),
            "top": CHART - round(CHART * trial.days[day.isoformat()] / most),
            "line": CHART - round(CHART * trial.before[day.isoformat()] / most),
        }
        for n, day in enumerate(days)
    ]
