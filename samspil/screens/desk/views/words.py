"""Words for what happened and for what was refused, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from samspil.base.errors import SamspilError
from samspil.base.networks import face
from samspil.look.templatetags.look import clock, day
from samspil.organisation.queries import organisation
from samspil.pulse.queries import SCORES, SIGNS
from samspil.screens.desk.views.approval_words import approval_line


def refusal(error: SamspilError) -> str:
    """Why an action was refused, by the error's code; its own sentence where no code says it better."""
    return {
        "conversation.empty": _("Write something first."),
        "reply.empty": _("Write something first."),
        "conversation.cannot_undo": _("That cannot be undone any more: something has happened since."),
        "conversation.not_later": _("Choose a time to come."),
        "reply.not_later": _("Choose a time to come."),
        "conversation.not_here": _("That colleague is not here any more."),
        "conversation.too_old": _("A note can be changed for a quarter of an hour."),
        "conversation.same": _("This is the same conversation."),
        "conversation.nothing_to_split": _("Choose some of the messages, not all."),
        "conversation.no_name": _("Give it a name."),
        "reply.templates_not_asked": _("The network did not say which templates there are: %(why)s") % {"why": error},
        "reply.template_not_filled": _("Fill in every field; a template that is gone is chosen anew."),
        "reply.too_late": _("It has left already."),
        "reply.no_way": _("The person cannot be answered this way now: %(why)s") % {"why": way_not(str(error))},
        "reply.too_long": _("Too long for this channel: %(why)s") % {"why": error},
        "reply.cannot_change": {
            "It has been taken back": _("It has been taken back"),
            "That sign cannot be given here": _("That sign cannot be given here"),
        }.get(str(error), _("The network does not let us do that")),
        "file.too_large": _("The file is too large."),
        "elsewhere.not_held": _("Somebody has decided on it already."),
        "identity.last_handle": _("This is the only address we know of this person."),
        **_of_asides(error),
        **_of_yes(error),
        "samspil.not_allowed": _("That is not yours to do."),
        "desk.no_time": _("I do not understand that time. Try “tomorrow 9”, “friday” or “in 2 hours”."),
        "desk.two": _("Choose two conversations to make them one."),
    }.get(error.code, str(error))


def _of_yes(error: SamspilError) -> dict[str, str]:
    return {
        "reply.waits_for_yes": _("It needs a colleague's yes first."),
        "reply.nobody_to_ask": _("It needs somebody else's yes, and nobody but you could say it. Nothing was sent."),
        "reply.decided_already": _("%(name)s was first: it is decided already.") % {"name": error}
        if str(error)
        else _("It does not wait any more."),
        "reply.new_message": _("A new message came since. Read it, and say yes again."),
    }


def _of_asides(error: SamspilError) -> dict[str, str]:
    return {
        "aside.nothing_asked": _("Write something first."),
        "aside.nobody_asked": _("Say whom you ask: write @ and a name or a competence."),
        "aside.nobody_can": _("Nobody else can %(name)s yet. Ask somebody by name.") % {"name": error},
        "aside.too_much": _("That is too long to ask."),
        "aside.answered_already": _("Somebody has answered already: close the question instead."),
        "aside.closed": _("%(name)s has closed the question.") % {"name": error},
        "aside.not_closed": _("The question is not closed."),
        "aside.not_asked": _("You were not asked."),
        "aside.not_to_them": _("Choose somebody else than yourself and who asks."),
        "aside.nothing_to_undo": _("There is nothing of yours to undo."),
        "aside.too_old": _("It can be changed for a quarter of an hour."),
        "aside.out_of_range": _("One to twenty at once, and one minute to a week."),
    }


def way_not(why: str) -> str:
    """Why a handle cannot be used now, in words; a server's own words stay as they are."""
    if why.endswith(" is paused"):
        here = organisation()
        # The demo's mailbox is made up and paused on purpose: whoever tries it must not look for a fault.
        if here is not None and here.demo and "@" in why:
            return _("the demo sends no mail; try the web chat, there answers arrive")
        return _("%(name)s is paused") % {"name": why.removesuffix(" is paused")}
    return {
        "The network's time for answers has passed": _("the network's time for answers has passed"),
        "The address does not exist any more": _("the address does not exist any more"),
        "There is no channel on which this person can be answered": _("no connected channel reaches them"),
        "This channel has no templates": _("this channel has no templates"),
        "This channel cannot answer a public message in private": _("this channel cannot answer a public message in private"),
    }.get(why, why)


def view_title(view: str) -> str:
    """What a list is called."""
    return str(_VIEWS[view])


_VIEWS = {
    "mine": gettext_lazy("My turn"),
    "help": gettext_lazy("Can I help?"),
    "open": gettext_lazy("All open"),
    "snoozed": pgettext_lazy("list of conversations", "Later"),
    "done": pgettext_lazy("list of conversations", "Done"),
    "all": gettext_lazy("Everything"),
}


def automatic_words(kind: str) -> str:
    """Why a message is folded: nobody wrote it by hand."""
    return {
        "auto-reply": _("Automatic answer"),
        "list": _("From a mailing list"),
        "bulk": _("Sent to many at once"),
        "loop": _("Our own mail came back"),
        "offer": _("An offer: written in public, not to us"),
    }.get(kind, _("Sent by a machine"))


def held_words(why: str, sender: str, owner: str, network: str = "mail") -> str:
    """Why what came to where a colleague answers was not sent on."""
    names = {"sender": sender, "owner": owner, "network": face(network)[1]}
    if network != "mail":
        return _held_in_chat(why) % names
    return {
        "stranger": _(
            "A mail came to %(owner)s's answer address from %(sender)s, whom nobody here is known by. It was not sent on."
        ),
        "other_colleague": _("A mail came to %(owner)s's answer address from %(sender)s, another colleague. It was not sent on."),
        "several authors": _("A mail to %(owner)s's answer address names several authors. It was not sent on."),
        "another sender": _("A mail to %(owner)s's answer address was sent by somebody else than it says. It was not sent on."),
        "several notices": _("A mail to %(owner)s's answer address was sent to other answer addresses too. It was not sent on."),
        "not authenticated": _("Our mail server says that a mail in %(owner)s's name is not genuine. It was not sent on."),
        "left": _("A mail came to %(owner)s's answer address, whose access is closed. It was not sent on."),
        "too_long": _("%(owner)s's answer by mail is too long. It was not sent on."),
        "not_theirs": _("%(owner)s answered by mail and may not see this conversation any more. It was not sent on."),
    }.get(why, _("A mail came to %(owner)s's answer address from %(sender)s. It was not sent on.")) % names


def held_in_room(why: str, sender: str, room: str, network: str) -> str:
    """The same for what was told a whole room."""
    names = {"sender": sender, "room": room, "network": face(network)[1]}
    return {
        "taken": _("On %(network)s %(sender)s answered in %(room)s after somebody else had taken it. It was not sent on."),
        "not_theirs": _("On %(network)s %(sender)s answered in %(room)s and may not see this conversation. It was not sent on."),
    }.get(why, _("On %(network)s %(sender)s answered in %(room)s: %(why)s. It was not sent on.")) % {
        **names,
        "why": {
            "stranger": _("nobody here is known by that name"),
            "left": _("the access is closed"),
            "too_long": _("it is too long"),
            "files": _("a file could not be fetched"),
        }.get(why, _("it is not sure who it was")),
    }


def _held_in_chat(why: str) -> str:
    return {
        "stranger": _(
            "On %(network)s %(sender)s, whom nobody here is known by, answered %(owner)s's notice. It was not sent on."
        ),
        "other_colleague": _("On %(network)s another colleague answered %(owner)s's notice. It was not sent on."),
        "left": _("On %(network)s somebody answered the notice of %(owner)s, whose access is closed. It was not sent on."),
        "too_long": _("%(owner)s's answer on %(network)s is too long. It was not sent on."),
        "files": _("%(owner)s answered on %(network)s with a file that could not be fetched. It was not sent on."),
        "many_files": _("%(owner)s answered on %(network)s with more files than come along. It was not sent on."),
        "large_files": _("%(owner)s answered on %(network)s with files that are too large. It was not sent on."),
        "not_theirs": _("%(owner)s answered on %(network)s and may not see this conversation any more. It was not sent on."),
    }.get(why, _("On %(network)s somebody answered %(owner)s's notice, and it is not sure who. It was not sent on."))


_EVENTS = {
    "opened": ("plus", gettext_lazy("%(by)s began the conversation")),
    "done": ("check", gettext_lazy("%(by)s: done")),
    "reopened": ("rotate-ccw", gettext_lazy("%(by)s opened it again")),
    "merged": ("merge", gettext_lazy("%(by)s made two conversations one")),
    "woke": ("clock", gettext_lazy("Back again: the time has come")),
    "undone": ("undo-2", gettext_lazy("%(by)s took that back")),
}


def event_line(kind: str, data: Mapping[str, Any], by: str) -> tuple[str, str]:
    """A line of the journal as (icon, words). ``by`` is the colleague's name, "" for Samspil itself."""
    names = {"by": by or "Samspil", "to": str(data.get("to_name") or "")}
    if kind in ("ruled", "snoozed"):
        put_off = _("%(by)s put it off until %(until)s") % {**names, "until": moment(data.get("until"))}
        return ("list-checks", _ruled(data)) if kind == "ruled" else ("clock", put_off)
    if kind in ("assigned", "directed"):
        return ("route", _directed(data) % names) if kind == "directed" else ("user-round", _given(names["to"], by) % names)
    if kind in ("promise", "priority", "pulse", "approval", "handed"):
        return _told_by_others(kind, data)
    if kind == "merged" and not by:
        return "merge", _("Two conversations became one: their messages refer to each other")
    if kind == "split":
        return "split", (
            _("%(by)s moved messages into a conversation of their own")
            if "into" in data
            else _("%(by)s split this from another conversation")
        ) % names
    icon, words = _EVENTS.get(kind, ("circle", kind))
    if kind == "done" and data.get("anyway"):
        words, names = gettext_lazy("%(by)s: done anyway, because: %(why)s"), {**names, "why": str(data["anyway"])}
    return icon, str(words) % names


def handed_line(data: Mapping[str, Any]) -> str:
    """Who took it over from whom, and the word that went along."""
    names = {"to": str(data.get("to_name") or ""), "had": str(data.get("had_name") or "")}
    words = _("%(to)s has taken over from %(had)s") % names
    return f"{words}: “{data['word']}”" if data.get("word") else words


def _told_by_others(kind: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """What later stages have written into the journal."""
    if kind in ("approval", "handed"):
        return approval_line(data) if kind == "approval" else ("forward", handed_line(data))
    line = pulse_line(data) if kind == "pulse" else promise_line(kind, data)
    return {"pulse": "heart", "priority": "flag"}.get(kind, "hourglass"), line


def _directed(data: Mapping[str, Any]) -> str:
    """What a colleague sent somewhere, and where it went."""
    english = (get_language() or "da").startswith("en")
    what = str((english and data.get("competence_en")) or data.get("competence") or "").replace("%", "%%")
    unit = str(data.get("unit") or "").replace("%", "%%")
    if not what:
        return _("%(by)s gave it to %(to)s") if data.get("to_name") else _("%(by)s sent it to {unit}").format(unit=unit)
    if data.get("to_name"):
        return _("%(by)s sent it to whoever knows {what}: %(to)s has it").format(what=what)
    if unit:
        return _("%(by)s sent it to whoever knows {what}: it waits in {unit}").format(what=what, unit=unit)
    return _("%(by)s sent it to whoever knows {what}: it waits for somebody").format(what=what)


def _given(to: str, by: str) -> str:
    if not to:
        return _("%(by)s gave it back to everybody")
    return _("%(by)s took it") if to == by else _("%(by)s gave it to %(to)s")


def promise_line(kind: str, data: Mapping[str, Any]) -> str:
    """What became of a promise, from the journal."""
    if kind == "priority":
        words = {"urgent": _("%(by)s: this is urgent"), "low": _("%(by)s: this can wait")}
        return words.get(str(data.get("to")), _("%(by)s: this is as every other")) % {"by": data.get("by_name", "")}
    if data.get("freed"):
        return _("The answer is late and nobody at work had it: it is everybody's again")
    leads, urgent = data.get("to", "leads") in ("leads", "both"), data.get("urgent", True)
    return {
        "soon": _("The answer is soon due"),
        "due": _("The answer is due now; the unit's leads are told") if leads else _("The answer is due now"),
        "late": _("The answer is late: it is urgent now") if urgent else _("The answer is late"),
    }.get(str(data.get("step")), "")


def pulse_line(data: Mapping[str, Any]) -> str:
    """What the person said of how the relation feels, from the journal."""
    score = data.get("score")
    if score not in SIGNS:
        return _("Took back how it feels")
    said = _("It feels %(word)s right now %(sign)s (%(score)s of 5)") % {
        "word": SCORES[score], "sign": SIGNS[score], "score": score,
    }  # fmt: skip
    words = str(data.get("words") or "")
    return f"{said}: {words}" if words else said


def _ruled(data: Mapping[str, Any]) -> str:
    """What a rule did, one after the other."""
    done = [str(_RULED.get(str(d.get("kind")), d.get("kind"))) % _told(d) for d in data.get("did", ()) if isinstance(d, Mapping)]
    rule = data.get("rule") or {}
    return _("The rule “%(rule)s” %(did)s") % {"rule": rule.get("name", ""), "did": ", ".join(done) or _("acted")}


def _told(did: Mapping[str, Any]) -> dict[str, str]:
    return {"name": str(did.get("name", "")), "until": moment(did.get("until"))}


_RULED = {
    "colleague": gettext_lazy("gave it to %(name)s"),
    "unit": gettext_lazy("sent it to %(name)s"),
    "competence": gettext_lazy("sent it to who can %(name)s"),
    "label": gettext_lazy("put on the label “%(name)s”"),
    "unlabel": gettext_lazy("took off the label “%(name)s”"),
    "snooze": gettext_lazy("put it off until %(until)s"),
    "done": gettext_lazy("made it done"),
    "reopen": gettext_lazy("opened it again"),
    "note": gettext_lazy("noted: “%(name)s”"),
    "tell": gettext_lazy("told %(name)s"),
    "draft": gettext_lazy("offered a draft"),
    "send": gettext_lazy("answered"),
    "checklist": gettext_lazy("began the checklist “%(name)s”"),
}


def moment(value: Any) -> str:
    """An ISO time from the journal as day and clock."""
    at = parse_datetime(value) if isinstance(value, str) else None
    return f"{day(at)} {clock(at)}" if at else _("later")
