"""The timeline of a conversation: messages, replies on their way, notes, asides, journal, routing; each with an id and a digest.

The page keeps what it has and changes only what differs by digest, so that nothing one reads or writes jumps.
"""

import zlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from samspil.aside.queries import Shown, asides_of
from samspil.base.clock import now
from samspil.base.networks import face
from samspil.conversation.actions.note import EDITABLE
from samspil.conversation.models import Conversation
from samspil.conversation.queries import Entry, thread
from samspil.conversation.rules import bare_subject
from samspil.elsewhere.models import Arrival
from samspil.elsewhere.queries import arrivals_of, said_by
from samspil.identity.models import Consumer
from samspil.organisation.models import Colleague
from samspil.organisation.queries.rights import Right, may
from samspil.reply.models import Change, Reply
from samspil.reply.queries import changes_of, replies_of
from samspil.routing.queries import Explained, explain
from samspil.screens.desk.views.approvals import approvals_of
from samspil.screens.desk.views.asides import values_of
from samspil.screens.desk.views.changes import acts_of
from samspil.screens.desk.views.mail import Body, body_of
from samspil.screens.desk.views.words import automatic_words, event_line, held_in_room, held_words

PAGE = 60
"""Messages of one page."""


@dataclass(slots=True, kw_only=True)
class Item:
    """One line of the timeline before it is markup. ``kind`` is message, reply, note, aside, event, day or new."""

    kind: str
    id: str
    at: datetime
    values: dict[str, Any] = field(default_factory=dict)


def page_of(
    me: Colleague,
    row: Conversation,
    *,
    consumer: Consumer,
    since: datetime | None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = PAGE,
    few: bool = False,
) -> dict[str, Any]:
    """One page as {items: [{id, kind, digest, html}], earlier: address of the page before or ""}.

    ``few`` gives no more than ``limit`` lines, notes and the journal counted: every line that is drawn delays the newest.
    """
    entries, is_cut = thread(row, before=before, limit=limit)
    oldest = min(((e.at, e.id) for e in entries if e.interaction), default=None)
    has_more = oldest is not None and is_cut
    replies = replies_of(row)
    sent = {r.interaction_id: r for r in replies if r.interaction_id}
    again = {r.resend_of_id for r in replies if r.resend_of_id}
    changing = changes_of(row)
    written = said_by([r.pk for r in replies]) if replies else {}
    items = [_item(e, me=me, row=row, consumer=consumer, sent=sent, again=again, changing=changing) for e in entries]
    for item in items:
        network = written.get(reply.pk, "") if (reply := item.values.get("reply")) is not None else ""
        item.values["is_by_mail"] = network == "mail"
        item.values["via"] = face(network) if network and network != "mail" else None
    loose: list[Item] = [_reply(r, again) for r in replies if not r.interaction_id]
    loose += [_decision(d) for d in explain(row.pk)]
    loose += [_held(a, me) for a in arrivals_of(row.pk)]
    loose += [_aside(s, me) for s in asides_of(row.pk)]
    since_page, until_page = oldest[0] if has_more and oldest else None, before[0] if before else None
    items += [i for i in loose if (since_page is None or i.at >= since_page) and (until_page is None or i.at < until_page)]
    items.sort(key=lambda i: (i.at, i.id))
    approvals_of(items, row, me)
    earlier = ""
    if has_more and oldest:
        earlier = reverse("earlier", args=[row.pk]) + "?" + urlencode({"at": oldest[0].isoformat(), "id": str(oldest[1])})
    lines = _divided(items, me, since)
    return {
        "items": _rendered(lines[-limit:] if few else lines, row, me),
        "earlier": earlier,
        "is_page_before": before is not None,
    }


def _divided(items: Sequence[Item], me: Colleague, since: datetime | None) -> list[Item]:
    """With a line for every day, and one where what is new to this colleague begins."""
    lines: list[Item] = []
    day = None
    is_new_told = since is None
    for item in items:
        local = timezone.localtime(item.at).date()
        if local != day:
            day = local
            lines.append(Item(kind="day", id=f"d-{local.isoformat()}", at=item.at))
        if (
            not is_new_told
            and since
            and item.at > since
            and item.kind in {"message", "note"}
            and item.values.get("author") != me.pk
        ):
            lines.append(Item(kind="new", id="new", at=item.at))
            is_new_told = True
        lines.append(item)
    return lines


def _rendered(lines: Sequence[Item], row: Conversation, me: Colleague) -> list[dict[str, Any]]:
    template = get_template("desk/parts/entry.html")
    done = []
    for line in lines:
        html = template.render({"kind": line.kind, "at": line.at, "c": row, "me_here": me, **line.values})
        done.append({"id": line.id, "kind": line.kind, "html": html, "digest": f"{zlib.crc32(html.encode()):08x}"})
    return done


def _item(
    e: Entry,
    *,
    me: Colleague,
    row: Conversation,
    consumer: Consumer,
    sent: Mapping[UUID, Reply],
    again: AbstractSet[UUID],
    changing: Mapping[UUID, Sequence[Change]],
) -> Item:
    ident = f"e-{e.id}"
    if e.kind == "note":
        editable = e.colleague == me and now() - e.at < EDITABLE
        return Item(
            kind="note", id=ident, at=e.at, values={"e": e, "author": e.colleague and e.colleague.pk, "is_editable": editable}
        )
    if e.kind == "event" and e.event:
        icon, words = event_line(e.event.kind, e.event.data, e.colleague.name if e.colleague else "")
        link = e.event.data.get("into") or e.event.data.get("from")
        values = {"icon": icon, "words": words, "link": link}
        if e.event.kind == "ruled" and e.event.batch:
            values |= {"run": e.event.batch, "undone": e.event.data.get("undone")}
        values["handover"] = e.event.data.get("handover") if e.event.kind == "handed" else None
        return Item(kind="event", id=ident, at=e.at, values=values)
    assert e.interaction  # noqa: S101 - messages have one, for the type checker
    person = e.consumer or consumer
    reply = sent.get(e.interaction.pk)
    data = e.interaction.data
    own_subject = e.interaction.subject if bare_subject(e.interaction.subject) != bare_subject(row.subject) else ""
    values = {
        "e": e,
        "author": e.colleague.pk if e.colleague else None,
        "name": person.name or e.interaction.handle.display or str(e.interaction.handle),
        "who": person.pk,
        "body": Body() if e.deleted else body_of(row.pk, e.interaction, e.text),
        "subject": own_subject,
        "automatic": automatic_words(str(data["automatic"])) if data.get("automatic") and not e.interaction.outgoing else "",
        "is_whole_hidden": bool(data.get("quoted")),
        "reply": reply,
        "fate": fate(reply, again) if reply else None,
        "acts": acts_of(e, me, changing.get(e.interaction.pk, ())),
    }
    return Item(kind="message", id=ident, at=e.at, values=values)


def _aside(s: Shown, me: Colleague) -> Item:
    return Item(kind="aside", id=f"a-{s.aside.pk}", at=s.aside.at, values=values_of(s, me, whole=True))


def _reply(reply: Reply, again: AbstractSet[UUID]) -> Item:
    return Item(
        kind="reply",
        id=f"r-{reply.pk}",
        at=reply.written_at,
        values={"reply": reply, "author": reply.colleague_id, "fate": fate(reply, again)},
    )


_FATES: dict[str, tuple[Any, str, str, Any]] = {
    "awaits_yes": (gettext_lazy("Not sent yet"), "note", "hourglass", ""),
    "sending": (gettext_lazy("Being sent …"), "", "send-horizontal", ""),
    "accepted": (gettext_lazy("Sent"), "", "check", ""),
    "delivered": (gettext_lazy("Delivered"), "ok", "check", ""),
    "read": (gettext_lazy("Read"), "ok", "eye", ""),
    "failed": (gettext_lazy("Could not be delivered: %(why)s"), "error", "circle-alert", gettext_lazy("no reason was given")),
    "uncertain": (
        gettext_lazy("Not certain whether it arrived: %(why)s"), "note", "circle-help", gettext_lazy("the answer was lost"),
    ),
}  # fmt: skip
"""Of each state: words, kind, icon, and what stands for a reason that nobody gave."""


def fate(reply: Reply, again: AbstractSet[UUID]) -> dict[str, Any]:
    """What became of a reply: {words, kind: "" ok error note, icon, can: cancel now resend}. The server's words are kept."""
    state = reply.state
    later = state == Reply.State.QUEUED and (reply.send_at - now()).total_seconds() > 60  # noqa: PLR2004 - longer than any undo
    can = []
    if state == Reply.State.QUEUED:
        can = ["cancel"] if not reply.attempts else []
        can += ["now"] if later else []
    elif state == Reply.State.AWAITS_YES:
        can = ["cancel"]
    elif state in {Reply.State.FAILED, Reply.State.UNCERTAIN} and reply.pk not in again:
        can = ["resend"]
    waiting = (
        _("Tried %(n)d times: %(why)s. It is tried again.") % {"n": reply.attempts, "why": reply.detail}
        if reply.attempts
        else _("Waits to be sent")
    )
    if state == Reply.State.QUEUED:
        words, kind, icon = waiting, "note" if reply.attempts else "", "hourglass"
    else:
        sentence, kind, icon, unknown = _FATES.get(state, (state, "", "circle", ""))
        words = str(sentence) % {"why": reply.detail or str(unknown)}
    return {
        "words": words,
        "kind": kind,
        "icon": icon,
        "can": can,
        "send_at": reply.send_at if later else None,
        "is_pending": state in {"queued", "sending"},
        "is_failed": state == "failed",
        "was_resent": reply.pk in again and state in {"failed", "uncertain"},
    }


def _held(arrival: Arrival, me: Colleague) -> Item:
    """What came to where a colleague answers, and was not sent on."""
    owner = arrival.notice.colleague if arrival.notice else None
    values = {
        "arrival": arrival,
        "owner": owner,
        "words": held_in_room(arrival.why, arrival.sender, arrival.post.room.name if arrival.post.room else "–", arrival.network)
        if arrival.post
        else held_words(arrival.why, arrival.sender, owner.name if owner else "", arrival.network),
        "can_be_me": arrival.why == "stranger"
        and arrival.network == "mail"
        and owner is not None
        and (owner == me or may(me, Right.SEATS)),
    }
    return Item(kind="held", id=f"h-{arrival.pk}", at=arrival.at, values=values)


def _decision(d: Explained) -> Item:
    names = {
        "by": d.by.name if d.by else "",
        "to": d.colleague.name if d.colleague else "",
        "unit": d.unit.name if d.unit else "",
    }
    waits = next((reason.text for reason in d.reasons if reason.kind == "waits"), "")
    if waits:
        words = waits
    elif d.by:
        words = _("%(by)s corrected where it belongs") % names
    elif d.colleague:
        words = _("%(to)s was asked") % names
    elif d.unit:
        words = _("It waits with %(unit)s") % names
    else:
        words = _("It waits for somebody to take it")
    values = {
        "icon": "route",
        "words": words,
        "competence": d.competence,
        "reasons": d.reasons,
        "percent": round(100 * d.confidence) if d.confidence else None,
    }
    return Item(kind="event", id=f"w-{d.id}", at=d.at, values=values)
