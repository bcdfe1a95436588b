"""Words of the pages of imports of colleagues: ``{% load arrivals_words %}``."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

register = template.Library()
NO_FILE = (
    gettext_noop("There is nothing in the file"),
    gettext_noop("There is nobody in the file"),
    gettext_noop("The first row cannot be read"),
    gettext_noop("A delimiter is one sign"),
    gettext_noop("Somebody must be left who can administer"),
)
"""What is said of a file that cannot be read, or of a row that is refused, for the translators."""


def meanings() -> Sequence[tuple[str, str]]:
    """What a column can mean, as (meaning, words)."""
    return [
        ("", _("Leave out")),
        ("external", _("Number or id of the person")),
        ("mail", _("Mail address")),
        ("name", _("Name")),
        ("given", _("Given name")),
        ("surname", _("Surname")),
        ("title", _("Title")),
        ("unit", _("Unit")),
        ("competences", _("Competences, as Batteri:4, Gear:2")),
        ("language", _("Language of the pages")),
        ("active", _("Has access: yes or no")),
        ("role", _("Role: colleague, lead, administrator")),
    ]


@register.filter
def field_words(name: str) -> str:
    """What a changed field is called."""
    if name.startswith("level:"):
        return name.removeprefix("level:")
    return {
        "email": _("Mail address"),
        "name": _("Name"),
        "title": _("Title"),
        "unit": _("Unit"),
        "role": _("Role"),
        "language": _("Language"),
        "is_active": _("Access"),
    }.get(name, name)


@register.filter
def value_words(value: Any, field: str) -> str:
    """A value as a person reads it."""
    if value in (None, "", []):
        return _("nothing")
    if field == "unit":
        return " › ".join(value) if isinstance(value, list) else str(value)
    if field == "is_active":
        return _("open") if value else _("closed")
    if field == "role":
        return {"employee": _("colleague"), "lead": _("lead"), "admin": _("administrator")}.get(value, str(value))
    if field.startswith("level:"):
        return _("level %(level)s") % {"level": value} if value else _("not held")
    return str(value)


@register.filter
def shown_changes(row: Any) -> Sequence[tuple[str, str, str]]:
    """A row's changes as (field, was, is) in words; of somebody new only what was said of them."""
    fresh = row.outcome in {"create", "adopt"}
    return [
        (field_words(name), "" if fresh or old is None else value_words(old, name), value_words(new, name))
        for name, (old, new) in row.changes.items()
        if not (fresh and (name in {"name", "email", "language"} or new in ("", "employee")))
    ]


@register.filter
def outcome_words(outcome: str) -> str:
    """What becomes of a row."""
    return {
        "create": _("New"),
        "adopt": _("Taken in from history"),
        "change": _("Changed"),
        "move": _("Moved"),
        "reopen": _("Access opened again"),
        "close": _("Access closed"),
        "missing": _("Not named, left as is"),
        "nothing": _("Nothing to do"),
        "conflict": _("Cannot be done"),
        "broken": _("Cannot be read"),
    }.get(outcome, outcome)


@register.filter
def outcome_tone(outcome: str) -> str:
    """The class of the mark beside it."""
    if outcome in {"broken", "conflict"}:
        return "is-error"
    return "is-note" if outcome in {"close", "missing"} else "is-ok" if outcome != "nothing" else ""


@register.filter
def state_words(state: str) -> str:
    """Where an import is."""
    return {
        "chosen": _("Columns to be said"),
        "looked": _("Looked through, nothing done"),
        "running": _("Running"),
        "done": _("Done"),
        "failed": _("Could not go on"),
        "undoing": _("Being taken back"),
        "undone": _("Taken back"),
    }.get(state, state)


@register.filter
def source_words(source: str) -> str:
    """What a source is called."""
    return {"csv": _("File"), "scim": "SCIM", "ldap": "LDAP"}.get(source, source)


@register.filter
def left_words(left: str) -> str:
    """What an undo did with a row."""
    code, _sign, about = left.partition(":")
    if code == "taken_back":
        return _("taken back")
    if code == "signed_in":
        return _("has signed in since, so the access stays")
    if code == "changed_since":
        return _("changed by hand since, so it stays: %(about)s") % {"about": ", ".join(field_words(n) for n in about.split(","))}
    return _("could not be taken back: somebody must be left who can administer")


@register.filter
def why_words(why: Sequence[str]) -> str:
    """One reason or remark on a row, from [code, about]."""
    code, about = (why[0], why[1]) if len(why) > 1 else ("", "")
    known = {
        "twice": _("the same person stands in line %(about)s already"),
        "of_another": _("the address belongs to somebody else: %(about)s"),
        "known_otherwise": _("this address is known under another number: %(about)s"),
        "no_address": _("no mail address and no number"),
        "bad_mail": _("this is no mail address: %(about)s"),
        "bad_role": _("no such role: %(about)s"),
        "bad_active": _("neither yes nor no: %(about)s"),
        "too_long": _("too long: %(about)s"),
        "unit_unclear": _("several units are called so; write the whole path: %(about)s"),
        "no_competence": _("no competence is called so: %(about)s"),
        "last_administrator": _("somebody must be left who can administer"),
        "organisation.last_administrator": _("somebody must be left who can administer"),
        "organisation.already_here": _("somebody with this address has come in meanwhile"),
        "oneself": _("nobody takes away their own access"),
        "not_active": _("has no access there, so nobody is taken in"),
        "not_named": _("came from here before, and is not named any more"),
        "changed_since": _("changed by hand meanwhile, so it stays: %(about)s"),
        "not_csv": _("the row cannot be read"),
        "too_many_cells": _("more cells than there are columns"),
        "not_text": _("not text in the file's encoding"),
    }
    if code == "changed_since":
        about = field_words(about)
    return known[code] % {"about": about} if code in known else f"{code} {about}".strip()


def field_label(meaning: str) -> str:
    """What an attribute of a directory is for."""
    return {
        "external": _("Id that never changes"),
        "mail": _("Mail address"),
        "name": _("Name"),
        "title": _("Title"),
        "unit": _("Unit"),
        "language": _("Language of the pages"),
        "active": _("Has access"),
    }[meaning]


@register.filter
def answer_words(code: str) -> str:
    """What a directory answered, or what is wrong with its settings."""
    return {
        "bad_url": _("The address begins with ldaps:// or ldap:// and names a server."),
        "no_tls": _("The connection must be encrypted: ldaps://, or ldap:// with StartTLS."),
        "no_base": _("There is nothing below the place that is searched. Is it written as dc=firma,dc=example?"),
        "bad_attribute": _("The id and the mail address need an attribute; a name of one has letters, figures and hyphens."),
        "bad_filter": _("This is no filter that a directory understands."),
        "unreachable": _("Nobody answers at that address. Is the name right, and is the port open?"),
        "no_time": _("The directory took too long to answer."),
        "tls": _(
            "The certificate of the server is not to be trusted, or it does not encrypt. Does it come from your own authority?"
        ),
        "credentials": _("The directory does not know that name and password."),
        "rights": _("This name may not read the people there."),
        "size": _(
            "The directory gives only a part of its people to this name. Ask for a higher limit, or search a smaller part."
        ),
        "nobody_there": _("Nobody was found: the filter fits no entry, or this name may not see them. Nothing was changed."),
        "braked": _("So many would have lost their access at night that somebody must look first."),
        "not_set_up": _("No directory is set up."),
        "nobody": _("Nobody administers."),
    }.get(code, _("The directory could not be read."))
