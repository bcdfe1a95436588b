"""Evidence in words that anyone understands: kinds, levels, bits and probabilities."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from samspil.screens.matching import evidence_words
from samspil.screens.matching.evidence_words import AGREES, DIFFERS, NEARLY

LABELS: Mapping[str, str] = {
    "prior": gettext_noop("Before looking"),
    "same_address": gettext_noop("Same address"),
    "name": gettext_noop("Name"),
    "given_name": gettext_noop("First name"),
    "surname": gettext_noop("Surname"),
    "username": gettext_noop("User name"),
    "phone": gettext_noop("Telephone"),
    "address": gettext_noop("Address"),
    "street": gettext_noop("Street"),
    "postcode": gettext_noop("Postcode"),
    "place": gettext_noop("Place"),
    "born": gettext_noop("Date of birth"),
    "company": gettext_noop("Company"),
    "domain": gettext_noop("Mail domain"),
    "order": gettext_noop("Order number"),
    "customer_number": gettext_noop("Consumer number"),
    "avatar": gettext_noop("Picture"),
    "links": gettext_noop("Links"),
    "language": gettext_noop("Language"),
    "hours": gettext_noop("Time of day"),
    "two_places": gettext_noop("Two places at once"),
    "model": gettext_noop("All together"),
    **evidence_words.KINDS,
}
"""What each kind of evidence is called. Unknown kinds are shown by their own name."""

SENTENCES: Mapping[tuple[str, str], str] = {
    ("same_address", "exact"): gettext_noop("The same address on two networks: “%(left)s”"),
    ("name", "exact"): gettext_noop("The names are the same: “%(left)s”"),
    ("name", "close"): gettext_noop("The names are almost the same: “%(left)s” and “%(right)s”"),
    ("name", "initials"): gettext_noop("The initials fit: “%(left)s” and “%(right)s”"),
    ("name", "part"): gettext_noop("A part of the name is the same: “%(left)s” and “%(right)s”"),
    ("name", "differ"): gettext_noop("The names are different: “%(left)s” and “%(right)s”"),
    ("given_name", "exact"): gettext_noop("The first names are the same: “%(left)s”"),
    ("given_name", "differ"): gettext_noop("The first names are different: “%(left)s” and “%(right)s”"),
    ("username", "exact"): gettext_noop("The user names are the same: “%(left)s”"),
    ("username", "close"): gettext_noop("The user names are almost the same: “%(left)s” and “%(right)s”"),
    ("username", "differ"): gettext_noop("The user names are different: “%(left)s” and “%(right)s”"),
    ("phone", "exact"): gettext_noop("The telephone numbers are the same: %(left)s"),
    ("phone", "differ"): gettext_noop("The telephone numbers are different: %(left)s and %(right)s"),
    ("postcode", "exact"): gettext_noop("They live in the same postcode: %(left)s"),
    ("postcode", "close"): gettext_noop("Their postcodes are close to each other: %(left)s and %(right)s"),
    ("postcode", "differ"): gettext_noop("They live in different postcodes: %(left)s and %(right)s"),
    ("place", "exact"): gettext_noop("They live in the same place: %(left)s"),
    ("place", "differ"): gettext_noop("They live in different places: %(left)s and %(right)s"),
    ("born", "exact"): gettext_noop("They were born on the same day: %(left)s"),
    ("born", "close"): gettext_noop("Their dates of birth are almost the same: %(left)s and %(right)s"),
    ("born", "differ"): gettext_noop("They were born on different days: %(left)s and %(right)s"),
    ("company", "exact"): gettext_noop("They work at the same company: %(left)s"),
    ("company", "differ"): gettext_noop("They work at different companies: %(left)s and %(right)s"),
    ("order", "exact"): gettext_noop("Both have mentioned the same order: %(left)s"),
    ("customer_number", "exact"): gettext_noop("They have the same consumer number: %(left)s"),
    ("customer_number", "differ"): gettext_noop("They have different consumer numbers: %(left)s and %(right)s"),
    ("avatar", "exact"): gettext_noop("They use the same picture"),
    ("avatar", "close"): gettext_noop("Their pictures are almost the same"),
    ("avatar", "differ"): gettext_noop("Their pictures are different"),
    ("links", "exact"): gettext_noop("One of them links to the other: %(left)s"),
    ("language", "exact"): gettext_noop("They write the same language: %(left)s"),
    ("language", "differ"): gettext_noop("They write different languages: %(left)s and %(right)s"),
    ("hours", "exact"): gettext_noop("They write at the same times of day"),
    ("hours", "close"): gettext_noop("They write at about the same times of day"),
    ("hours", "differ"): gettext_noop("They write at different times of day"),
    ("two_places", "differ"): gettext_noop("They were active in two places at the same moment"),
    **{key: words for key, (_how, words) in evidence_words.LEVELS.items()},
}
ANY_LEVEL: Mapping[str, str] = {
    "exact": gettext_noop("%(what)s: the same, “%(left)s”"),
    "close": gettext_noop("%(what)s: almost the same, “%(left)s” and “%(right)s”"),
    "initials": gettext_noop("%(what)s: the initials fit, “%(left)s” and “%(right)s”"),
    "part": gettext_noop("%(what)s: partly the same, “%(left)s” and “%(right)s”"),
    "differ": gettext_noop("%(what)s: different, “%(left)s” and “%(right)s”"),
}
WHOLE_THERE = {"exact"}
"""Levels that need one value only."""
LONGEST = 80
SILENT = "silent"
_OF_LEVEL = {"exact": AGREES, "close": NEARLY, "initials": NEARLY, "part": NEARLY, "differ": DIFFERS}
ICONS = {AGREES: "circle-check", NEARLY: "circle-dashed", DIFFERS: "x", SILENT: "minus"}
NOTHING, LITTLE, MUCH, VERY_MUCH = 0.5, 2.0, 5.0, 10.0
"""Bits: under half of one says almost nothing; two make a thing four times as likely, five thirty-two times, ten a thousand times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One piece of evidence as it is read. ``how`` is agrees, nearly, differs or silent; ``says`` what it is worth, in words."""

    kind: str
    label: str
    left: str
    right: str
    how: str
    icon: str
    how_words: str
    sentence: str
    bits: float
    says: str


def label(kind: str) -> str:
    """What a kind of evidence is called; an unknown one by its own name, readable."""
    known = LABELS.get(kind)
    return _(known) if known else _plain(kind.removeprefix("x_")).replace("_", " ").strip().capitalize() or _("Something else")


def _plain(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def sentence(part: Mapping[str, Any]) -> str:
    """One part of the evidence as a sentence, with both values where they are known."""
    kind, level = str(part.get("kind", "")), str(part.get("level", ""))
    left, right = _plain(part.get("left")), _plain(part.get("right"))
    if kind == "prior":
        return prior(_bits(part))
    there = bool(left or right) and (
        level in WHOLE_THERE or "%(right)s" not in SENTENCES.get((kind, level), "%(right)s") or bool(left and right)
    )
    wanted = SENTENCES.get((kind, level))
    if wanted is not None and (there or "%(" not in wanted):
        return _(wanted) % {"left": left or right, "right": right or left}
    how = ANY_LEVEL.get(level)
    if how is not None and there:
        return _(how) % {"what": label(kind), "left": left or right, "right": right or left}
    if left and right and left != right:
        return _("%(what)s: “%(left)s” and “%(right)s”") % {"what": label(kind), "left": left, "right": right}
    if left or right:
        return _("%(what)s: “%(left)s”") % {"what": label(kind), "left": left or right}
    return f"{label(kind)}: {how_words(how_of(part))}"


def how_of(part: Mapping[str, Any]) -> str:
    """Whether a part agrees, nearly agrees, differs, or says nothing: by its level, and for an unknown one by its bits."""
    kind, level = str(part.get("kind", "")), str(part.get("level", ""))
    known = _OF_LEVEL.get(level)
    bits = _bits(part)
    if (kind, level) in evidence_words.LEVELS:
        return evidence_words.LEVELS[kind, level][0]
    return known or evidence_words.OTHERS.get(level) or (SILENT if abs(bits) < NOTHING else AGREES if bits > 0 else DIFFERS)


def how_words(how: str) -> str:
    """The mark in one word or two."""
    return {
        AGREES: pgettext("two values", "the same"),
        NEARLY: pgettext("two values", "almost the same"),
        DIFFERS: pgettext("two values", "different"),
    }.get(how, pgettext("two values", "says nothing"))


def says(bits: float) -> str:
    """What a weight is worth, in words."""
    steps = sum(abs(bits) >= edge for edge in (NOTHING, LITTLE, MUCH, VERY_MUCH))
    if bits > 0:
        words = ["", _("speaks a little for"), _("speaks for"), _("speaks strongly for"), _("speaks very strongly for")]
    else:
        words = [
            "",
            _("speaks a little against"),
            _("speaks against"),
            _("speaks strongly against"),
            _("speaks very strongly against"),
        ]
    return words[steps] or _("says almost nothing")


def prior(bits: float) -> str:
    """How seldom two handles picked anywhere are one person: "about one of 160,000 pairs is one person"."""
    number = 2 ** min(max(-bits, 0.0), 60.0)
    digits = max(len(str(int(number))) - 2, 0)
    rounded = int(round(number, -digits))
    return _("Of pairs picked anywhere, about one of %(n)s is one person") % {"n": f"{rounded:,}".replace(",", "\u202f")}


def odds(probability: float) -> str:
    """A probability as people count: "about 97 of 100 such pairs are one person"."""
    p = min(max(probability, 0.0), 1.0)
    if p >= 0.9995:  # noqa: PLR2004 - where a thousand is too few to tell
        return _("more than 999 of 1000 such pairs are one person")
    if p >= 0.99:  # noqa: PLR2004 - where a hundred is too few to tell
        return _("about %(n)d of 1000 such pairs are one person") % {"n": round(p * 1000)}
    if p < 0.01:  # noqa: PLR2004 - the same at the other end
        return _("fewer than 1 of 100 such pairs is one person")
    if round(p * 100) == 1:
        return _("about 1 of 100 such pairs is one person")
    return _("about %(n)d of 100 such pairs are one person") % {"n": round(p * 100)}


def lines(parts: Iterable[Mapping[str, Any]]) -> Sequence[Line]:
    """The evidence as it is read, without the prior: strongest first. What is no evidence at all is left out."""
    made = [_line(p) for p in parts if isinstance(p, Mapping) and p.get("kind") != "prior"]
    return sorted(made, key=lambda line: -abs(line.bits))


def _line(part: Mapping[str, Any]) -> Line:
    kind, how, bits = str(part.get("kind", "")), how_of(part), _bits(part)
    return Line(
        kind=kind, label=label(kind), left=_plain(part.get("left")), right=_plain(part.get("right")), how=how, icon=ICONS[how],
        how_words=how_words(how), sentence=sentence(part), bits=bits, says=says(bits),
    )  # fmt: skip


def steps(parts: Iterable[Mapping[str, Any]]) -> Sequence[dict[str, Any]]:
    """The evidence as the bars of a waterfall: the prior first, then strongest first; {label, value, hint}."""
    known = [p for p in parts if isinstance(p, Mapping)]
    before = [p for p in known if p.get("kind") == "prior"]
    return [
        *({"label": label("prior"), "value": _bits(p), "hint": prior(_bits(p))} for p in before),
        *({"label": line.sentence, "value": line.bits, "hint": line.says} for line in lines(known)),
    ]


def _bits(part: Mapping[str, Any]) -> float:
    try:
        bits = float(part.get("bits") or 0.0)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return bits if isfinite(bits) else 0.0
