"""Words of the pages of imports: ``{% load bringing_words %}``."""

from collections.abc import Mapping, Sequence

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from samspil.base.networks import face
from samspil.exchange.rules.handles import NETWORKS
from samspil.exchange.rules.meanings import KINDS
from samspil.identity.actions.bring import DETAILS

register = template.Library()
NO_FILE = (
    gettext_noop("There is nothing in the file"),
    gettext_noop("There is nobody in the file"),
    gettext_noop("The file is no JSON that can be read"),
    gettext_noop("There is no card in the file"),
    gettext_noop("The first row cannot be read"),
)
"""What exchange says of a file that it cannot read, for the translators."""
Group = tuple[str, Sequence[tuple[str, str]]]


def detail_words(word: str) -> str:
    """What a detail is called; an own attribute is called as it is."""
    return {
        "given_name": _("Given name"),
        "surname": _("Surname"),
        "company": _("Company"),
        "title": _("Job title"),
        "department": _("Department"),
        "street": _("Street"),
        "postcode": _("Postcode"),
        "city": _("City"),
        "region": _("Region"),
        "country": _("Country"),
        "born": _("Born"),
        "gender": _("Gender"),
        "language": _("Language"),
        "website": _("Website"),
        "customer_number": _("Customer number"),
        "order_number": _("Order number"),
        "avatar": _("Picture"),
    }.get(word, word)


def kind_words(kind: str) -> str:
    """What an attribute of a kind holds."""
    return {
        "text": _("New attribute: text"),
        "number": _("New attribute: number"),
        "date": _("New attribute: date"),
        "yes": _("New attribute: yes or no"),
        "link": _("New attribute: web address"),
    }[kind]


def network_words(network: str) -> str:
    """What a network's addresses are called."""
    return {"mail": _("Mail address"), "phone": _("Phone number")}.get(network) or face(network)[1]


def choices(fields: Mapping[str, str]) -> Sequence[Group]:
    """What a column can mean, in groups, as (meaning, words)."""
    found: list[Group] = [
        (_("Not imported"), [("", _("Leave out"))]),
        (_("The person"), [("name", _("Name")), ("since", _("Known since"))]),
        (_("Addresses, by which the person is known"), [(f"handle.{n}", network_words(n)) for n in NETWORKS]),
        (_("Details"), [(f"detail.{d}", detail_words(d)) for d in DETAILS if d != "avatar"]),
    ]
    if fields:
        found.append((_("Your own attributes"), [(f"field.{slug}", name) for slug, name in fields.items()]))
    found.append((_("Make an attribute of it"), [(f"new.{k}", kind_words(k)) for k in KINDS]))
    return found


def country_name(code: str) -> str:
    """The name of a country near by; the code for others."""
    name = {
        "DK": _("Denmark"),
        "SE": _("Sweden"),
        "NO": _("Norway"),
        "FI": _("Finland"),
        "DE": _("Germany"),
        "GB": _("Great Britain"),
        "NL": _("the Netherlands"),
        "FO": _("the Faroes"),
        "GL": _("Greenland"),
        "IS": _("Iceland"),
    }.get(code)
    return f"{name} ({code})" if name else code


@register.filter
def outcome_words(outcome: str) -> str:
    """What becomes of a row."""
    return {
        "new": _("New"),
        "joins": _("Known, new handle"),
        "changes": _("Known, new details"),
        "same": _("Known, nothing new"),
        "conflict": _("Two persons in one row"),
        "forgotten": _("Forgotten"),
        "shared": _("Shared address only"),
        "empty": _("Empty"),
        "broken": _("Broken"),
    }.get(outcome, outcome)


@register.filter
def outcome_tone(outcome: str) -> str:
    """The class of the mark beside it."""
    if outcome in {"broken", "conflict"}:
        return "is-error"
    return "is-ok" if outcome in {"new", "joins", "changes"} else "is-note"


@register.filter
def state_words(state: str) -> str:
    """Where an import is."""
    return {
        "chosen": _("Columns to be said"),
        "looking": _("Being looked through"),
        "looked": _("Looked through, not run"),
        "running": _("Running"),
        "done": _("Done"),
        "cancelled": _("Stopped on the way"),
        "failed": _("Could not go on"),
        "undoing": _("Being taken back"),
        "undone": _("Taken back"),
    }.get(state, state)


@register.filter
def why_words(why: Sequence[str]) -> str:
    """One reason or remark on a row, from [code, about]."""
    code, about = (why[0], why[1]) if len(why) > 1 else ("", "")
    known = {
        "known_by": _("known by %(about)s"),
        "adds": _("adds %(about)s"),
        "name": _("is called %(about)s from now on"),
        "changed": "%(about)s",
        "number": _("same customer number as somebody else, a suggestion only: %(about)s"),
        "shared": _("%(about)s is shared and joins nobody"),
        "conflict": _("belongs to somebody: %(about)s"),
        "role": _("%(about)s looks like the address of a desk, not of a person"),
        "control": _("has signs that are not seen: %(about)s"),
        "lookalike": _("mixes alphabets: %(about)s"),
        "bad_handle": _("this address cannot be understood: %(about)s"),
        "bad_value": _("left out, for it does not fit: %(about)s"),
        "forgotten": _("on the erasure list"),
        "not_csv": _("the row cannot be read"),
        "too_many_cells": _("more cells than there are columns"),
        "too_long": _("a cell is longer than 10,000 characters"),
        "not_text": _("not text in the file's encoding"),
        "not_a_card": _("the card cannot be read"),
        "not_a_person": _("this is no person"),
        "no_handle": _("there is no address"),
        "too_many_handles": _("more than 20 addresses"),
    }
    if code == "changed":
        word, _colon, rest = about.partition(": ")
        about = f"{detail_words(word)}: {rest}"
    return known[code] % {"about": about} if code in known else f"{code} {about}".strip()
