"""Words of relationships: ``{% load relationship_words %}``."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from samspil.pulse.queries import SCORES
from samspil.relationship.rules.health import PROMISE, PULSE, QUESTION, QUESTIONS, Finding
from samspil.relationship.rules.strength import Strength

register = template.Library()


@register.filter
def stage_words(stage: str) -> str:
    """What a stage is called."""
    words = {
        "stranger": pgettext("stage of a relationship", "Stranger"),
        "acquainted": pgettext("stage of a relationship", "Acquainted"),
        "active": pgettext("stage of a relationship", "Active"),
        "close": pgettext("stage of a relationship", "Close"),
        "cooling": pgettext("stage of a relationship", "Cooling"),
        "lost": pgettext("stage of a relationship", "Lost"),
        "returned": pgettext("stage of a relationship", "Returned"),
    }
    return words.get(stage, stage)


@register.filter
def stage_why(why: str) -> str:
    """By what a stage changed."""
    words = {
        "short": _("they wrote"),
        "medium": _("they wrote"),
        "long": _("they wrote"),
        "ours": _("we answered"),
        "acts": _("they gave a sign"),
        "purchases": _("they bought"),
        "pulse": _("how they said it feels"),
        "silence": _("long silence"),
    }
    return words.get(why, why)


@register.filter
def between(strength: Strength) -> str:
    """«between 40 and 62, most likely 51»."""
    values = {"low": round(strength.low), "high": round(strength.high), "value": round(strength.value)}
    return _("between %(low)d and %(high)d, most likely %(value)d") % values


@register.filter
def rests_on(strength: Strength) -> str:
    """That it rests on little, where it does; else ""."""
    if not strength.few:
        return ""
    n = max(1, round(strength.number))
    return ngettext("This rests on one interaction's worth only.", "This rests on %(n)d interactions' worth only.", n) % {"n": n}


@register.filter
def found(finding: Finding) -> str:
    """What is wrong, in a sentence."""
    n = finding.number
    if finding.kind == QUESTION:
        words = ngettext(
            "A question of theirs from the last %(days)d days is not answered",
            "%(n)d questions of theirs from the last %(days)d days are not answered",
            n,
        )
        return words % {"n": n, "days": QUESTIONS}
    if finding.kind == PROMISE:
        return _("In %(n)d conversations we answered later than promised") % {"n": n}
    if finding.kind == PULSE:
        said = str(SCORES.get(finding.score, finding.score))
        return (_("They said last that it feels %(said)s; before that it was better") if finding.before > finding.score
                else _("They said last that it feels %(said)s")) % {"said": said}  # fmt: skip
    usual = ngettext("every day", "every %(n)d days", round(finding.usual)) % {"n": round(finding.usual)}
    words = ngettext("Nothing heard for a day, where they usually write %(usual)s",
                     "Nothing heard for %(n)d days, where they usually write %(usual)s", n)  # fmt: skip
    return words % {"n": n, "usual": usual}


@register.filter
def next_step(finding: Finding) -> str:
    """What to do about it."""
    words = {
        QUESTION: _("Answer the oldest first, or ask a colleague who knows."),
        PROMISE: _("Say that it took too long, and when they can count on an answer."),
        PULSE: _("Read what was said, and ask what would make it better."),
    }
    return words.get(finding.kind, _("Write and ask how it goes: something you know matters to them is best."))
