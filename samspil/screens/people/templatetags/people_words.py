"""Words and marks of the pages of consumers: ``{% load people_words %}``."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django import template
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from samspil.base.networks import face
from samspil.identity.models import Decision, Detail, Field, Mark, Note, Veto
from samspil.intake.models import Handle, Interaction
from samspil.screens.people.queries.timeline import Entry

register = template.Library()
SURE = 0.9
KILO, MEGA = 1_000, 1_000_000


@register.filter
def network_icon(network: str) -> str:
    """The icon of a network: its channel's or its brand's."""
    return face(network)[0]


@register.filter
def network_title(network: str) -> str:
    """What a network is called."""
    return face(network)[1]


@register.filter
def because(link: Any) -> str:
    """Why a handle is the consumer's, in the reader's language where the words are ours."""
    words = [str(e.get("words", "")) for e in link.evidence if e.get("words")]
    return " · ".join(_(w) for w in words)


@register.filter
def sure(link: Any) -> int:
    """How sure that is, in per cent; 100 when it was proved or a colleague said so."""
    strengths = [float(e.get("strength", 1)) for e in link.evidence]
    return round(100 * max(strengths, default=1.0))


@register.filter
def scope_in(handle: Handle, accounts: Any) -> str:
    """Where an address holds: the account of ours, by {its id: it}, or the place that the network names; "" everywhere."""
    account = accounts.get(handle.scope)
    return account.name if account else "" if re.fullmatch(r"[0-9a-f-]{36}", handle.scope) else handle.scope


@register.filter
def verified_how(handle: Handle) -> str:
    """How the network or our own site has verified an address, in words; "" when nobody has."""
    words = {
        "hmac": _("Signed in on our own site"),
        "network": _("Verified by the network"),
        "token": _("Answered through our signed address"),
    }
    return words.get(handle.verified, _("Verified")) if handle.verified else ""


@register.filter
def marked(mark: Mark) -> str:
    """A mark in a word or two."""
    return {"shared": _("Shared by several"), "lookalike": _("Looks like another"), "impostor": _("Poses as somebody")}[mark.kind]


@register.filter
def has_mark(marks: Any, kind: str) -> Any:
    """The mark of this kind among them, or None."""
    return next((m for m in marks if m.kind == kind), None)


@register.filter
def per_cent(probability: float) -> int:
    """A probability in whole per cent; never 100, since only proof is certain."""
    return min(99, round(100 * probability))


@register.filter
def alike(kinds: Any) -> str:
    """What speaks for two being one, in words."""
    words = {
        "same_address": _("the same address"),
        "name": _("name"),
        "given_name": _("given name"),
        "username": _("user name"),
        "phone": _("telephone"),
        "address": _("address"),
        "postcode": _("postcode"),
        "place": _("place"),
        "born": _("birthday"),
        "company": _("company"),
        "order": _("order"),
        "avatar": _("picture"),
        "links": _("links"),
        "language": _("language"),
        "hours": _("hours of the day"),
    }
    return ", ".join(dict.fromkeys(words.get(kind, kind.replace("_", " ")) for kind in kinds))


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount in the reader's way of writing, with its currency; "" for none."""
    if amount is None:
        return ""
    whole = amount == amount.to_integral_value()
    return f"{number_format(amount, 0 if whole else 2, use_l10n=True, force_grouping=True)} {currency}".strip()


@register.filter
def mark(entry: Entry) -> str:
    """The icon of an entry of the timeline."""
    i = entry.interaction
    if i is None:
        return "lock"
    if i.kind == "message":
        return "reply" if i.outgoing else network_icon(i.handle.network)
    return {"purchase": "shopping-bag", "reaction": "heart", "follow": "user-plus"}.get(i.kind, "circle")


@register.filter
def where(entry: Entry) -> str:
    """The account it went through; the network where the account only stands for a file that was read."""
    i: Interaction | None = entry.interaction
    if i is None:
        return ""
    return network_title(i.handle.network) if i.account.history else i.account.name


@register.filter
def side(entry: Entry) -> str:
    """The class of an entry: in, out, note or event."""
    i = entry.interaction
    if i is None:
        return "is-note"
    return "is-event" if i.kind != "message" else "is-out" if i.outgoing else "is-in"


@register.filter
def label(name: str) -> str:
    """What a detail is called."""
    words = {
        "given_name": _("Given name"),
        "surname": _("Surname"),
        "company": _("Company"),
        "title": pgettext("a person's title at work", "Title"),
        "department": _("Department"),
        "street": _("Street"),
        "postcode": _("Postcode"),
        "city": _("Town"),
        "region": _("Region"),
        "country": _("Country"),
        "born": _("Born"),
        "gender": _("Gender"),
        "language": _("Language"),
        "website": _("Website"),
        "customer_number": _("Number with us"),
        "order_number": _("Order number"),
        "avatar": _("Picture"),
    }
    return words.get(name, name.replace("_", " ").capitalize())


@register.filter
def value(detail: Detail, kind: str) -> str:
    """A value as people read it: dates and numbers in their way, yes and no in words."""
    text = detail.value
    try:
        if kind == "date":
            return date_format(dt.date.fromisoformat(text), pgettext("a day, Django's date format", "j M Y"))
        if kind == "number":
            return number_format(Decimal(text), use_l10n=True, force_grouping=True)
    except (ValueError, ArithmeticError):
        return text
    return (_("Yes") if text == "1" else _("No")) if kind == "yes" else text


@register.filter
def is_web(detail: Detail) -> bool:
    """Whether it may stand in a link: what was read from elsewhere may be anything."""
    return detail.value.lower().startswith(("https://", "http://"))


@register.filter
def span(detail: Detail) -> str:
    """When it was true: 2019–2023, since 2024, until 2023; "" where nobody said."""
    since, until = (detail.since and detail.since.year), (detail.until and detail.until.year)
    if since and until:
        return str(since) if since == until else f"{since}–{until}"
    return (_("since %(year)s") % {"year": since}) if since else (_("until %(year)s") % {"year": until}) if until else ""


@register.filter
def source(detail: Detail) -> str:
    """Who says so: the colleague, or where it was read."""
    return detail.by.name if detail.by else network_title(detail.source) if detail.source else ""


@register.filter
def kind_name(kind: str) -> str:
    """What a kind of attribute is called."""
    words = {
        "text": _("Text"),
        "number": _("Number"),
        "date": _("Date"),
        "yes": _("Yes or no"),
        "choice": _("One of several"),
        "link": _("Web address"),
    }
    return words[Field.Kind(kind).value]


@register.filter
def bytes_read(size: int) -> str:
    """How large a file is: 12 kB, 3.4 MB."""
    if size < MEGA:
        return f"{max(1, round(size / KILO))} kB"
    return f"{number_format(Decimal(size) / MEGA, 1)} MB"


@register.filter
def told(step: Any, reader: Any) -> str:
    """A step of the history in words. ``reader`` is the consumer whose page it is."""
    row = step.row
    if isinstance(row, Decision):
        return _decided(row, reader.pk)
    if isinstance(row, Mark):
        names = {"handle": row.handle, "mark": marked(row)}
        return (_("%(handle)s: «%(mark)s» taken off") if step.sort == "mark_ended" else _("%(handle)s: «%(mark)s»")) % names
    if isinstance(row, Veto):
        pair = {"one": row.one, "other": row.other}
        text = (
            _("%(one)s and %(other)s may be joined again") if step.sort == "veto_lifted" else _("%(one)s and %(other)s are two")
        )
        return text % pair
    if isinstance(row, Note):
        text = _("A note was changed. Before: %(text)s") if step.changed else _("A note was taken away: %(text)s")
        return text % {"text": _short(row.text)}
    if isinstance(row, Detail):
        text = _("%(what)s was changed. Before: %(value)s") if step.changed else _("%(what)s was taken away: %(value)s")
        return text % {"what": step.what or label(row.field), "value": _short(row.value)}
    return _("A file was deleted: %(name)s") % {"name": row.name}


def _decided(row: Decision, reader: Any) -> str:
    kept, absorbed = row.kept.name or "?", row.absorbed.name or "?"
    if row.kind == Decision.Kind.UNDO:
        return _("Took back: %(what)s") % {"what": _decided(row.undoes, reader) if row.undoes else ""}
    if row.kind == Decision.Kind.JOIN:
        if row.absorbed_id == reader:
            return _("Was joined into %(name)s") % {"name": kept}
        if row.kept_id == reader:
            return _("%(name)s was joined into this person") % {"name": absorbed}
        return _("%(one)s was joined into %(other)s") % {"one": absorbed, "other": kept}
    n = len(row.handles)
    if row.absorbed_id == reader:
        return ngettext("%(n)s handle went to %(name)s", "%(n)s handles went to %(name)s", n) % {"n": n, "name": kept}
    return ngettext("%(n)s handle came from %(name)s", "%(n)s handles came from %(name)s", n) % {"n": n, "name": absorbed}


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - a line


@register.filter
def purpose_words(purpose: str) -> str:
    """What a purpose of consent is called."""
    return {"news": _("News from us"), "research": _("Questions for research"), "ideas": _("News of ideas")}.get(purpose, purpose)
