"""Fields, operators and errors in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from samspil.identity.rules.segment import Own, Word, WrongFilter
from samspil.identity.rules.segment.fields import OPS

FIELDS = {
    "name": pgettext_lazy("field", "Name"),
    "handle": pgettext_lazy("field", "Address on a network"),
    "network": pgettext_lazy("field", "Network"),
    "scope": pgettext_lazy("field", "Scope of an address"),
    "place": pgettext_lazy("field", "Place"),
    "given_name": pgettext_lazy("field", "First name"),
    "surname": pgettext_lazy("field", "Surname"),
    "company": pgettext_lazy("field", "Company"),
    "title": pgettext_lazy("field", "Title"),
    "department": pgettext_lazy("field", "Department"),
    "street": pgettext_lazy("field", "Street"),
    "postcode": pgettext_lazy("field", "Postcode"),
    "city": pgettext_lazy("field", "City"),
    "region": pgettext_lazy("field", "Region"),
    "country": pgettext_lazy("field", "Country"),
    "born": pgettext_lazy("field", "Born"),
    "gender": pgettext_lazy("field", "Gender"),
    "language": pgettext_lazy("field", "Language"),
    "website": pgettext_lazy("field", "Website"),
    "customer_number": pgettext_lazy("field", "Consumer number"),
    "order_number": pgettext_lazy("field", "Order number"),
    "avatar": pgettext_lazy("field", "Picture"),
    "since": pgettext_lazy("field", "With us since"),
    "last_seen": pgettext_lazy("field", "Last seen"),
    "first_seen": pgettext_lazy("field", "First seen"),
    "messages": pgettext_lazy("field", "Messages from them"),
    "purchases": pgettext_lazy("field", "Purchases"),
    "spent": pgettext_lazy("field", "Spent"),
    "handles": pgettext_lazy("field", "Number of addresses"),
    "open": pgettext_lazy("field", "Has an open conversation"),
    "joined": pgettext_lazy("field", "Was joined of several"),
    "suggested": pgettext_lazy("field", "May be the same as another"),
    "verified": pgettext_lazy("field", "Has a verified address"),
    "dead": pgettext_lazy("field", "Has a dead address"),
}
TEXT = {
    ":": gettext_lazy("has in it"), "not :": gettext_lazy("has not in it"), "=": gettext_lazy("is"), "!=": gettext_lazy("is not"),
    "in": gettext_lazy("is one of"), "not in": gettext_lazy("is none of"), "exists": gettext_lazy("is known"),
    "missing": gettext_lazy("is not known"),
}  # fmt: skip
NUMBER = {
    ">=": gettext_lazy("is at least"), "<=": gettext_lazy("is at most"), ">": gettext_lazy("is more than"),
    "<": gettext_lazy("is less than"),
}  # fmt: skip
DAY = {
    ">=": pgettext_lazy("date", "is on or after"), "<=": pgettext_lazy("date", "is on or before"), ">": pgettext_lazy("date", "is after"),
    "<": pgettext_lazy("date", "is before"), "=": pgettext_lazy("date", "is on"), "!=": pgettext_lazy("date", "is not on"),
}  # fmt: skip
AGE = {
    ">=": pgettext_lazy("age", "is at least so long ago"), "<=": pgettext_lazy("age", "is at most so long ago"),
    ">": pgettext_lazy("age", "is longer ago than"), "<": pgettext_lazy("age", "is less long ago than"),
    "=": pgettext_lazy("age", "is exactly so long ago"), "!=": pgettext_lazy("age", "is not exactly so long ago"),
}  # fmt: skip
NEGATED = (":", "in")


def fields(own: list[Own]) -> list[tuple[str, str]]:
    """(name, label) of everything that can be asked, the organisation's own last."""
    return [(name, str(label)) for name, label in FIELDS.items()] + [
        (o.slug, o.name or o.slug) for o in own if o.slug not in FIELDS
    ]


def ops(word: Word, chosen: str, value: str = "") -> list[tuple[str, str]]:
    """(operator, label) for a field, in the words for a day or for an age as ``value`` is one; what is chosen is always among them."""
    is_day = "-" in value or "." in value or "/" in value or (value.isdigit() and len(value) == 4)  # noqa: PLR2004 - a year
    found = []
    for op in OPS[word.kind]:
        found.append((op, _label(word, op, is_day=is_day)))
        if op in NEGATED:
            found.append((f"not {op}", _label(word, f"not {op}", is_day=is_day)))
    if chosen not in dict(found):
        found.append(
            (chosen, pgettext("operator", "not: %(op)s") % {"op": _label(word, chosen.removeprefix("not "), is_day=is_day)})
        )
    return found


def _label(word: Word, op: str, *, is_day: bool) -> str:
    if word.kind in ("date", "time"):
        return str((DAY if is_day else AGE).get(op) or TEXT.get(op) or op)
    return str((NUMBER if op in NUMBER else TEXT).get(op) or op)


_EXPECTED = {
    "field": gettext_lazy("a field"), "value": gettext_lazy("a value"), "operator": gettext_lazy("an operator such as : or ="),
    "end": gettext_lazy("the end of the line"),
}  # fmt: skip
_DANISH = {
    "and": "og",
    "or": "eller",
    "not": "ikke",
    "in": "i",
    "exists": "findes",
    "missing": "mangler",
    "yes": "ja",
    "no": "nej",
}


def told(error: WrongFilter, words: Mapping[str, Word], language: str) -> str:
    """What is wrong with a line, where, and what was expected."""
    expected = _or([_expected(e, language) for e in error.expected[:8]])
    said = _said(error, expected)
    if error.perhaps and error.kind == "field":
        perhaps = words.get(error.perhaps)
        name = perhaps.danish if perhaps and perhaps.danish and language == "da" else error.perhaps
        said += " " + _("Did you mean “%(name)s”?") % {"name": name}
    return said


def _said(error: WrongFilter, expected: str) -> str:
    names = {"got": error.got, "expected": expected}
    texts = {
        "long": _("The line is too long: at most %(expected)s characters."),
        "deep": _("There are too many brackets within each other: at most %(expected)s."),
        "many": _("There are too many conditions: at most %(expected)s."),
        "character": _("“%(got)s” does not belong here. Expected: %(expected)s."),
        "end": _("The line is not finished. Expected: %(expected)s."),
        "word": _("“%(got)s” does not belong here. Expected: %(expected)s."),
        "field": _("There is no field called “%(got)s”."),
        "operator": _("“%(got)s” does not fit this field. Expected: %(expected)s."),
        "value_number": _("“%(got)s” is no number."),
        "value_amount": _("“%(got)s” is no amount such as 1000 or 1000DKK."),
        "value_date": _("“%(got)s” is no date. Write 30d, 6m or 2y for how long ago, or a day such as 2026-11-25."),
        "value_yes": _("“%(got)s” is neither yes nor no."),
        "value_choice": _("“%(got)s” is none of the choices: %(expected)s."),
        "value_empty": _("A value is missing."),
    }
    return texts[error.kind] % names


def _expected(what: str, language: str) -> str:
    if what in _EXPECTED:
        return str(_EXPECTED[what])
    return _DANISH.get(what, what) if language == "da" else what


def _or(words: list[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    return ", ".join(words[:-1]) + " " + pgettext("between alternatives", "or") + " " + words[-1]
