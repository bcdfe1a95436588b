"""The words of answers by themselves: why one is not sent, why it cannot be switched on."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.assist.queries.auto import Readiness
from samspil.assist.rules.likely import LEAST

_REASONS: dict[str, Any] = {
    "off": gettext_lazy("It is switched off"),
    "stale": gettext_lazy("What was tried is not there any more"),
    "closed": gettext_lazy("The unit is closed"),
    "automatic": gettext_lazy("A machine wrote it, or it went to many"),
    "late": gettext_lazy("It came in too late to be answered at once"),
    "done": gettext_lazy("The conversation is done or put off"),
    "human": gettext_lazy("A colleague has it in hand"),
    "ongoing": gettext_lazy("More than one message was written"),
    "again": gettext_lazy("The person was answered by itself already"),
    "refused": gettext_lazy("The person does not want automatic answers"),
    "file": gettext_lazy("A file came with it"),
    "several": gettext_lazy("It asks several things"),
    "feeling": gettext_lazy("It sounds angry, hurt or worried"),
    "person": gettext_lazy("It asks for a person"),
    "unknown": gettext_lazy("Routing does not know what it is about"),
    "language": gettext_lazy("No approved answer is in its language"),
    "unread": gettext_lazy("What it means was not read"),
    "below": gettext_lazy("No answer is likely enough"),
    "storm": gettext_lazy("Enough were sent in that hour"),
    "too_long": gettext_lazy("Answer and line do not fit into the channel"),
    "no_way": gettext_lazy("The person cannot be reached there"),
    "nobody": gettext_lazy("Who switched it on is not here any more"),
    "gone": gettext_lazy("The answer is not approved any more"),
    "wrote": gettext_lazy("The person wrote again"),
    "stopped": gettext_lazy("A colleague stopped it"),
}


def reason(code: str) -> str:
    """Why a message is not answered by itself."""
    return str(_REASONS.get(code, code))


def hindrance(ready: Readiness) -> str:
    """Why it cannot be switched on, and how far it is; "" where it can."""
    step, trial = ready.step, ready.trial
    if ready.why_not == "few" and trial:
        return _(
            "The dry run knows %(known)d first messages with a colleague's answer; %(least)d are needed. %(more)d more, then try again."
        ) % {
            "known": trial.known,
            "least": LEAST,
            "more": LEAST - trial.known,
        }
    if ready.why_not == "below" and step:
        return _far(step.threshold, step.right, step.answered, step.low, step.missing)
    return {
        "no_answers": _("No answer is approved. Approve at least one below."),
        "no_trial": _("No dry run was made. Make one: it shows what would have been sent, and sends nothing."),
        "old_trial": _("The dry run is more than 45 days old. Make it anew."),
        "other_answers": _("The approved answers are others than those that were tried. Make the dry run anew."),
        "below": _("In the dry run nothing could be learned: the answers were always right, or always wrong."),
        "no_line": _("The line that says how a person is reached is empty in a language."),
        "closed": _("The unit is closed. Say below that it may be on all the same."),
    }.get(ready.why_not, "")


def _far(threshold: float, right: int, answered: int, low: float, missing: int) -> str:
    values = {"right": right, "answered": answered, "low": round(100 * low), "least": round(100 * threshold), "more": missing}
    if not answered:
        return (
            _(
                "No message of the dry run was as likely as %(least)d %%. Choose a lower threshold, or approve answers to what is asked often."
            )
            % values
        )
    told = _("%(right)d of %(answered)d were right. So one can only be sure of %(low)d %%, and %(least)d %% are needed.") % values
    if missing < 0:
        return (
            told
            + " "
            + _("More of the same would not do: choose another threshold, better answers, or say below what was right.")
        )
    return told + " " + _("About %(more)d more, as good as these, would do.") % values


def refusal(why: str, ready: Readiness) -> str:
    """Why switching on was refused, with the words of :func:`hindrance` where they fit."""
    plain = {
        "no_line": _("The line that says how a person is reached is empty in a language."),
        "closed": _("The unit is closed. Say below that it may be on all the same."),
    }
    return plain.get(why) or hindrance(ready) or _("It cannot be switched on.")


def verdict(code: str) -> str:
    """How it became known whether what was sent was right."""
    return {
        "thanks": _("the person thanked"),
        "silence": _("the person wrote no more"),
        "pulse": _("the person said that it feels bad"),
        "wrote": _("the person wrote again"),
        "corrected": _("a colleague said so"),
    }.get(code, "")


def expired(at: datetime, now: datetime) -> bool:
    """Whether somebody has to look at an answer once more."""
    return at <= now
