"""What leads decide of answers that are sent by themselves: approving, wording, switching on and off. Every change is a version."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from samspil.assist.models import AutoAnswer, AutoSetting, Pair
from samspil.assist.queries.auto import LINES, access_unit, readiness, setting_of
from samspil.assist.rules.auto import THRESHOLDS, may_be_approved
from samspil.base import sql
from samspil.base.errors import NotFound, SamspilError
from samspil.base.flow import step
from samspil.base.ids import new_id
from samspil.conversation.actions import notify
from samspil.conversation.queries import access_conversation, conversation_of
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, who_may_in
from samspil.reply.models import Canned

LONGEST_LINE = 400


class NotApprovable(SamspilError):
    """The text cannot be sent as it stands: it is empty, or something of another person was taken out of it."""

    code = "assist.not_approvable"


class NotReady(SamspilError):
    """It cannot be switched on. ``why`` is of ``rules.likely.CANNOT``."""

    code = "assist.not_ready"

    def __init__(self, why: str) -> None:
        super().__init__(f"It cannot be switched on: {why}")
        self.why = why


class WrongSetting(SamspilError):
    """A number is out of bounds."""

    code = "assist.wrong_setting"


def approve(*, unit: UUID, by: Colleague, at: datetime, ready: UUID | None = None, pair: int | None = None) -> list[AutoAnswer]:
    """A lead approves a ready text (in each of its languages) or a past answer of the unit; once more for one approved before.

    Raises NotFound, NotApprovable.
    """
    with step():
        row = access_unit(by, unit)
        name, texts = _of_ready(ready, row.pk) if ready else _of_pair(pair, row.pk, by)
        expires = at + timedelta(days=setting_of(row.pk).expires_days)
        made = []
        for language, text in texts.items():
            if not may_be_approved(text):
                raise NotApprovable("Something of another person was taken out of it, or it is empty")
            same = AutoAnswer.objects.select_for_update(of=("self",)).filter(unit=row, ended_at=None, language=language)
            same = same.filter(ready=ready) if ready else same.filter(pair=pair)
            old = same.first()
            if old and old.text == text:
                old.approved_by, old.approved_at, old.expires_at = by, at, expires
                old.save(update_fields=["approved_by", "approved_at", "expires_at"])
                made.append(old)
                continue
            same.update(ended_at=at, ended_by=by)
            values = {"name": name[:120], "text": text, "language": language, "approved_by": by, "approved_at": at}
            made.append(AutoAnswer.objects.create(unit=row, ready_id=ready, pair_id=pair, expires_at=expires, **values))
    return made


def _of_ready(ready: UUID, unit: UUID) -> tuple[str, dict[str, str]]:
    row = Canned.objects.filter(pk=ready, ended_at=None).first()
    if row is None or row.unit_id not in (None, unit):
        raise NotFound("There is no such ready text")
    texts = {"da": row.text, "en": row.text_en}
    return row.name or row.key, {language: text for language, text in texts.items() if text.strip()}


def _of_pair(pair: int | None, unit: UUID, by: Colleague) -> tuple[str, dict[str, str]]:
    row = Pair.objects.filter(pk=pair).first() if pair is not None else None
    found = conversation_of(row.answer_id) if row else None
    if row is None or found is None:
        raise NotFound("There is no such past answer")
    conversation = access_conversation(by=by, conversation=found)
    if conversation.unit_id != unit:
        raise NotFound("There is no such past answer in this unit")
    if not row.language:
        raise NotApprovable("Nobody knows which language it is in")
    return " ".join(row.asked.split())[:80], {row.language: row.said}


def withdraw(*, answer: UUID, by: Colleague, at: datetime) -> AutoAnswer:
    """An approved answer is not sent by itself any more, from this moment on. Raises NotFound."""
    with step():
        row = AutoAnswer.objects.select_for_update(of=("self",)).filter(pk=answer, ended_at=None).first()
        if row is None:
            raise NotFound("There is no such answer")
        access_unit(by, row.unit_id)
        row.ended_at, row.ended_by = at, by
        row.save(update_fields=["ended_at", "ended_by"])
    return row


_BOUNDS = {"delay_minutes": (0, 240), "per_hour": (1, 500), "expires_days": (7, 730)}


def arrange_auto(
    *, unit: UUID, by: Colleague, at: datetime, values: Mapping[str, Any], why: str = "", enabled: bool
) -> AutoSetting:
    """Save how a unit does it, as a new version; the same again saves nothing. Raises NotFound, WrongSetting, NotReady.

    ``values``: threshold (of THRESHOLDS), delay_minutes, per_hour, expires_days, closed_too, lines {language: line}. What is left out
    stays. It can be on only where a dry run of the answers that stand now is sure enough at the threshold.
    """
    with step():
        row = access_unit(by, unit)
        _one_at_a_time(row.pk)
        old = setting_of(row.pk)
        new = _changed(old, values)
        new.enabled = enabled
        _check(new)
        kept = ("enabled", "threshold", "delay_minutes", "per_hour", "expires_days", "closed_too", "lines")
        if old.number and all(getattr(old, name) == getattr(new, name) for name in kept) and not (enabled and _is_newer(old, at)):
            return old
        if enabled:
            _switch_on(new, by, at, closed=row.closed)
        else:
            new.since = new.speaker = new.trial = None
        return _keep(new, by=by, at=at, why=why)


def _is_newer(old: AutoSetting, at: datetime) -> bool:
    found = readiness(old.unit_id, old.threshold, at)
    return found.trial is not None and found.trial.pk != old.trial_id


def _one_at_a_time(unit: UUID) -> None:
    """Versions are numbered: two who save at once follow on one another."""
    sql.run("SELECT 1 FROM organisation_unit WHERE id = %s FOR NO KEY UPDATE", [unit])


def _changed(old: AutoSetting, values: Mapping[str, Any]) -> AutoSetting:
    names = ("threshold", "delay_minutes", "per_hour", "expires_days", "closed_too")
    said = {name: values.get(name, getattr(old, name)) for name in names}
    lines = {
        **LINES,
        **old.lines,
        **{k: " ".join(str(v).split()) for k, v in dict(values.get("lines", {})).items() if k in LINES},
    }
    return AutoSetting(
        unit_id=old.unit_id, number=old.number, lines=lines, since=old.since, speaker=old.speaker, trial=old.trial, **said
    )


def _check(new: AutoSetting) -> None:
    if new.threshold not in THRESHOLDS:
        raise WrongSetting("There is no such threshold")
    for name, (low, high) in _BOUNDS.items():
        if not low <= getattr(new, name) <= high:
            raise WrongSetting(f"{name} is between {low} and {high}")
    if any(len(line) > LONGEST_LINE for line in new.lines.values()):
        raise WrongSetting("A line is too long")


def _switch_on(new: AutoSetting, by: Colleague, at: datetime, *, closed: bool) -> None:
    found = readiness(new.unit_id, new.threshold, at)
    why = found.why_not
    if not why and any(not new.lines.get(one.language, "").strip() for one in found.answers):
        why = "no_line"
    if not why and closed and not new.closed_too:
        why = "closed"
    if why:
        raise NotReady(why)
    new.trial, new.speaker, new.since = found.trial, by, at


def _keep(new: AutoSetting, *, by: Colleague | None, at: datetime, why: str) -> AutoSetting:
    new.pk, new.number, new.by, new.at, new.why = new_id(), new.number + 1, by, at, why[:300]
    new.save(force_insert=True)
    return new


def go_back(*, unit: UUID, number: int, by: Colleague, at: datetime) -> AutoSetting:
    """Save an older version again, as a new one; one that was on is on only where it still may be. Raises NotFound, NotReady, WrongSetting."""
    with step():
        row = access_unit(by, unit)
        old = AutoSetting.objects.filter(unit=row, number=number).first()
        if old is None:
            raise NotFound("There is no such version")
        names = ("threshold", "delay_minutes", "per_hour", "expires_days", "closed_too", "lines")
        made = arrange_auto(unit=row.pk, by=by, at=at, values={name: getattr(old, name) for name in names}, enabled=old.enabled)
        if made.number != number and made.restored is None:
            made.restored = number
            made.save(update_fields=["restored"])
    return made


def switch_off(*, unit: UUID, at: datetime, why: str, conversation: UUID) -> AutoSetting | None:
    """It is switched off by itself, and the unit's leads and administrators are told. None where it is off. Joins the caller's step."""
    with step():
        _one_at_a_time(unit)
        old = setting_of(unit)
        if not old.enabled:
            return None
        new = _changed(old, {})
        new.since = new.speaker = new.trial = None
        made = _keep(new, by=None, at=at, why=why)
        who = who_may_in(Right.AUTO, [unit]).get(unit, [])
        notify(kind="auto_off", to=[(colleague, conversation) for colleague in who], by=None, at=at)
    return made
