"""What is said in a thread under what came there: the words, of what is true at the moment of saying."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from samspil import kit
from samspil.aside.models import Aside
from samspil.base.networks import face
from samspil.elsewhere.models import Arrival, Remark
from samspil.elsewhere.ports import public_address
from samspil.elsewhere.rules import MOST_BYTES, MOST_FILES
from samspil.reply.models import Reply

LONG = 180
"""Seconds above which a time to come is told in minutes."""
SILENT = {"waiting", "fetching", "automatic", "bounced"}


def is_told_of(arrival: Arrival) -> bool:
    """Whether anything is said of it: of what asks for nothing nothing is, nor of what only was done by somebody else."""
    if arrival.verdict in SILENT or (arrival.verdict == Arrival.Verdict.DROPPED and arrival.why != "called_back"):
        return False
    return arrival.verdict != Arrival.Verdict.REFUSED or (arrival.done == "said" and bool(arrival.place))


def said_under(*, remark: Remark, at: datetime) -> kit.Remark | None:
    """What is to be said; None where there is nothing any more."""
    arrival, told = remark.arrival, remark.arrival.notice or remark.arrival.post
    place = told.place if told else arrival.place
    language = "en" if remark.colleague.language == "en" else "da"
    with override(language):
        words = _failed(arrival) if remark.kind == Remark.Kind.FAILED else _words(arrival, at)
    if not words or not place:
        return None
    link = f"{public_address()}/c/{told.conversation_id}/" if told and public_address() and _leads(remark) else ""
    to = kit.Handle(network=arrival.network, scope=arrival.scope, address=arrival.sender)
    return kit.Remark(id=str(remark.pk), place=place, text=words, to=to, link=link, language=language, certain=told is not None)


def _leads(remark: Remark) -> bool:
    return remark.kind == Remark.Kind.FAILED or remark.arrival.verdict in {"told", "held"}


def _words(arrival: Arrival, at: datetime) -> str:
    aside = arrival.notice.into if arrival.notice else None
    if arrival.verdict == Arrival.Verdict.ANSWERED and aside is not None:
        by = Aside.objects.filter(pk=aside).values_list("asked_by__name", flat=True).first() or "–"
        return _("%(by)s has your answer. The consumer does not see it.") % {"by": by}
    if arrival.verdict in {"answered", "changed"} and arrival.reply is not None and arrival.why != "called_back":
        words = _of_reply(arrival.reply, _name(arrival), at, again=arrival.verdict == "changed")
        return f"{_('%(by)s has it.') % {'by': arrival.reply.colleague.name}} {words}" if arrival.post and words else words
    return {
        "answered": _("It is finished."),
        "noted": _("Kept as a note for your colleagues. The consumer does not see it."),
        "given_back": _("Given back: somebody else is asked."),
        "changed": _("Called back: it is not sent.") if arrival.why == "called_back" else _("Changed."),
        "dropped": _("Called back: it is not sent."),
        "refused": _("Nothing was sent: this is not the thread of a message that you can answer."),
        "held": _held(arrival),
        "told": _told(arrival),
    }.get(arrival.verdict, "")


def _name(arrival: Arrival) -> str:
    about = arrival.about
    closed = arrival.post is not None and about is not None and about.unit is not None and about.unit.closed
    return (about.consumer.name if about is not None and not closed else "") or _("Somebody")


def _of_reply(reply: Reply, name: str, at: datetime, *, again: bool) -> str:
    values = {"name": name, "network": face(reply.handle.network)[1]}
    if reply.state == Reply.State.CANCELLED:
        return _("Called back: it is not sent.")
    if reply.state == Reply.State.AWAITS_YES:
        return _("It waits for a colleague's yes, and is not sent before.")
    if reply.state == Reply.State.FAILED:
        return ""  # that is said by itself
    left = int((reply.send_at - at).total_seconds()) if reply.state == Reply.State.QUEUED else 0
    if left < 1:
        return _("Sent to %(name)s on %(network)s.") % values
    first = _("Changed; it goes to %(name)s on %(network)s.") if again else _("It goes to %(name)s on %(network)s.")
    minutes = left > LONG
    number = left // 60 if minutes else left
    time = ngettext("%(n)s minute", "%(n)s minutes", number) if minutes else ngettext("%(n)s second", "%(n)s seconds", number)
    second = _("It can be called back for %(time)s: change or delete your message.") % {"time": time % {"n": number}}
    return f"{first % values} {second}"


def _failed(arrival: Arrival) -> str:
    reply = arrival.reply
    if reply is None or reply.state not in {Reply.State.FAILED, Reply.State.UNCERTAIN}:
        return ""
    values = {"name": _name(arrival), "network": face(reply.handle.network)[1], "why": reply.detail or "–"}
    if reply.state == Reply.State.UNCERTAIN:
        return _("It is not sure that your answer reached %(name)s on %(network)s: %(why)s") % values
    return _("Your answer could not be sent to %(name)s on %(network)s: %(why)s") % values


def _held(arrival: Arrival) -> str:
    why, detail = arrival.why, arrival.detail
    if why == "stranger" and arrival.post is not None:
        why = "unknown"
    has = arrival.post.conversation.assignee if arrival.post else None
    reason = {
        "unknown": _("Samspil does not know who of ours you are here: your settings say it, once you were told here yourself."),
        "taken": _("%(by)s has taken it already.") % {"by": has.name if has else _("Somebody else")},
        "files": _("A file could not be fetched (%(why)s). Send it again, or answer without it.") % {"why": detail or "–"},
        "many_files": ngettext("At most %(n)s file comes along.", "At most %(n)s files come along.", MOST_FILES)
        % {"n": MOST_FILES},
        "large_files": _("The files are too large: at most %(n)s MB come along.") % {"n": MOST_BYTES // 1_000_000},
        "stranger": _("Samspil does not know that it is you who was told here."),
        "other_colleague": _("Only who was told can answer here."),
        "left": _("Your access is closed."),
        "too_long": _("It is too long."),
        "not_theirs": _("The conversation is not yours to see."),
    }.get(why, _("It is not sure who wrote it."))
    return _("Nothing was sent: it is held until a colleague decides. %(why)s") % {"why": reason}


def _told(arrival: Arrival) -> str:
    if arrival.why in {"too_late", "stands", "taken_back", "unknown"}:
        return {
            "too_late": _("Too late: it has been sent as it was. Correct it in the conversation."),
            "stands": _("What was done stands as it is. Change it in the conversation."),
            "taken_back": _("It was called back in Samspil. Write anew if it is to be sent."),
            "unknown": _("What you changed never came here, and nothing was sent. Write anew in the thread."),
        }[arrival.why]
    reason = {
        "expired": _("the notice is more than 30 days old; open the conversation and answer there"),
        "empty": _("there were no words in it"),
        "yes": _("a yes is said in the conversation at the desk; your words from here would be a note for your colleagues"),
        "reply.empty": _("there were no words in it"),
        "reply.too_long": _("it is too long for the consumer's channel (%(why)s)") % {"why": arrival.detail},
        "reply.no_way": _("the person cannot be answered this way now (%(why)s)") % {"why": arrival.detail},
        "files": _("files do not come along into what one is asked: answer without them"),
    }.get(arrival.why, arrival.detail)
    return _("Nothing was sent: %(why)s") % {"why": reason or "–"}
