"""A rule as sentences in the reader's language, what differs between two of them, and what is wrong with one."""

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from samspil.automation.ports import words_of
from samspil.automation.queries.names import Named
from samspil.automation.rules.kinds import DEEDS, NOBODY, TESTS
from samspil.automation.rules.read import WrongRule
from samspil.base.networks import face, network_of

Names = Mapping[str, Mapping[str, Named]]

WHEN = {
    "message": gettext_lazy("a message comes in"),
    "opened": gettext_lazy("a conversation begins"),
    "waited": gettext_lazy("a consumer has waited for an answer"),
    "done": gettext_lazy("a conversation is done"),
    "reopened": gettext_lazy("a conversation is opened again"),
    "woke": gettext_lazy("a conversation put off comes back"),
    "assigned": gettext_lazy("a conversation is given to somebody"),
    "labelled": gettext_lazy("labels are put on or taken off"),
    "failed": gettext_lazy("an answer does not arrive"),
    "marked": gettext_lazy("an address is marked"),
}
TEST = {
    "said": gettext_lazy("subject or text"),
    "subject": gettext_lazy("the subject"),
    "text": gettext_lazy("the text"),
    "channel": gettext_lazy("the channel"),
    "account": gettext_lazy("the account"),
    "public": gettext_lazy("it is public"),
    "automatic": gettext_lazy("it was sent by a machine or to many"),
    "language": gettext_lazy("the language"),
    "competence": gettext_lazy("the competence"),
    "certainty": gettext_lazy("how sure routing is, in percent"),
    "unit": gettext_lazy("the unit"),
    "assignee": gettext_lazy("the colleague who has it"),
    "status": gettext_lazy("the status"),
    "label": gettext_lazy("the labels"),
    "segment": gettext_lazy("the consumer’s segment"),
    "consumer": gettext_lazy("the consumer, as a filter"),
    "order": gettext_lazy("the newest order"),
    "messages": gettext_lazy("the number of messages"),
    "first": gettext_lazy("it is the consumer’s first message to us"),
    "hours": gettext_lazy("the time of day"),
}
OP = {
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "any": gettext_lazy("has one of the words"),
    "all": gettext_lazy("has all of the words"),
    "none": gettext_lazy("has none of the words"),
    "at_least": gettext_lazy("is at least"),
    "at_most": gettext_lazy("is at most"),
    "yes": pgettext_lazy("a test holds", "yes"),
    "no": pgettext_lazy("a test does not hold", "no"),
    "within": gettext_lazy("is within"),
    "outside": gettext_lazy("is outside"),
    "fits": gettext_lazy("fits"),
    "fits_not": gettext_lazy("does not fit"),
}
DEED = {
    "colleague": gettext_lazy("give it to a colleague"),
    "unit": gettext_lazy("send it to a unit"),
    "competence": gettext_lazy("send it to who can"),
    "label": gettext_lazy("put on the label"),
    "unlabel": gettext_lazy("take off the label"),
    "snooze": gettext_lazy("put it off"),
    "done": gettext_lazy("done"),
    "reopen": gettext_lazy("open it again"),
    "note": gettext_lazy("write a note"),
    "tell": gettext_lazy("tell a colleague"),
    "draft": gettext_lazy("offer a ready text as a draft"),
    "send": gettext_lazy("answer with a ready text"),
}
MODE = {
    "all": gettext_lazy("all of these hold"),
    "any": gettext_lazy("at least one of these holds"),
    "none": gettext_lazy("none of these holds"),
}
STATUS = {"open": gettext_lazy("open"), "snoozed": gettext_lazy("put off"), "done": gettext_lazy("done")}
DAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"), gettext_lazy("Sat"),
    gettext_lazy("Sun"),
)  # fmt: skip
LANGUAGES = {"da": gettext_lazy("Danish"), "en": gettext_lazy("English")}


def called(kind: str, known: Mapping[str, Any]) -> str:
    """What a when, test or deed is called; of another package by its own words."""
    if kind in known:
        return str(known[kind])
    theirs = words_of(kind)
    return theirs[(get_language() or "").startswith("da")] if theirs else kind


def choices(source: str, names: Names) -> list[tuple[str, str]]:
    """(value, label) of what can be chosen; what is out of use is left out."""
    if source == "statuses":
        return [(k, str(v)) for k, v in STATUS.items()]
    if source == "languages":
        return [(k, str(v)) for k, v in LANGUAGES.items()]
    if source == "channels":
        return [(n.id, face(network_of(n.id))[1]) for n in names.get(source, {}).values()]
    found = [(n.id, n.name) for n in names.get(source, {}).values() if n.here]
    nothing = {"colleagues": _("nobody"), "units": _("no unit"), "competences": _("none"), "labels": _("none")}.get(source)
    return [(NOBODY, nothing), *found] if nothing else found


def name_of(source: str, value: str, names: Names) -> str:
    """What a value is called, also when it is out of use; a placeholder when it is gone."""
    found = dict(choices(source, names)).get(value)
    if found is None and value in names.get(source, {}):
        found = names[source][value].name
    return found or _("(gone)")


def span(minutes: int) -> str:
    """Minutes as people say them."""
    if minutes % 1440 == 0:
        return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def sentences(document: Mapping[str, Any], names: Names) -> list[str]:
    """The whole rule, a line each: when, if, then."""
    lines = [_("When %(what)s") % {"what": _when(w)} for w in document["when"]]
    lines += _conditions(document["if"], names, 0)
    lines += [_("Then: %(what)s") % {"what": deed(d, names)} for d in document["then"]]
    return [*lines, _("No later rule looks at it")] if document.get("stop") else lines


def _when(when: Mapping[str, Any]) -> str:
    words = called(when["kind"], WHEN)
    return f"{words}: {span(int(when['value']))}" if when.get("value") else words


def _conditions(node: Mapping[str, Any], names: Names, depth: int) -> list[str]:
    if "items" not in node:
        return ["\u2003" * depth + test(node, names)]
    if not node["items"]:
        return [] if depth else [_("Always")]
    head = _("If %(what)s:") % {"what": MODE[node["mode"]]} if not depth else "\u2003" * depth + f"{MODE[node['mode']]}:"
    return [head, *[line for item in node["items"] for line in _conditions(item, names, depth + 1)]]


def test(item: Mapping[str, Any], names: Names) -> str:
    """One condition."""
    kind = TESTS.get(item["test"])
    words, op = called(item["test"], TEST), str(OP.get(item["op"], item["op"]))
    if kind is None:
        return f"{words} {op}"
    values = list(item["values"])
    if kind.shape == "yes":
        return f"{words}: {op}"
    if kind.shape == "hours":
        days = " ".join(str(DAYS[int(d)]) for d in values[2])
        return f"{words} {op} {values[0]}–{values[1]} ({days})"
    shown = [name_of(kind.source, v, names) for v in values] if kind.source else [f"“{v}”" for v in values]
    return f"{words} {op} {', '.join(shown)}"


def deed(item: Mapping[str, Any], names: Names) -> str:
    """One thing that is done."""
    words, kind, value = called(item["kind"], DEED), DEEDS.get(item["kind"]), str(item.get("value", ""))
    if kind is None or kind.shape == "none":
        return words
    if kind.shape == "minutes":
        return f"{words}: {span(int(value))}"
    return f"{words}: {name_of(kind.source, value, names) if kind.source else f'“{value}”'}"


def difference(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, str]]:
    """(same, gone or new, line) from one version to the next."""
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [("same", line) for line in before[a:b]]
        else:
            found += [("gone", line) for line in before[a:b]] + [("new", line) for line in after[c:d]]
    return found


def told(error: WrongRule) -> str:
    """What is wrong with a rule, in a sentence."""
    texts = {
        "no_when": _("Say when the rule is to act."),
        "no_then": _("Say what the rule is to do."),
        "empty": _("A value is missing."),
        "number": _("“%(got)s” is no number."),
        "minutes": _("Write a whole number, at most 90 days."),
        "hours": _("Choose from, to and at least one day."),
        "long": _("This is too long: at most %(got)s characters."),
        "many": _("There are too many of them: at most %(got)s."),
        "deep": _("There are too many groups within each other: at most %(got)s."),
    }
    return texts.get(error.kind, _("This cannot be read: %(got)s")) % {"got": error.got}


def did(item: Mapping[str, Any]) -> str:
    """One line of what a rule did, as it was kept."""
    words, name = called(str(item.get("kind", "")), DEED), str(item.get("name") or "")
    left = {
        "today": _("not sent: a rule has answered here within a day"),
        "automatic": _("not sent: the message was sent by a machine or to many"),
        "begun": _("left alone: somebody had begun to write"),
        "none": _("left alone: nobody has the conversation"),
    }.get(str(item.get("left", "")))
    return " · ".join(part for part in (f"{words}: {name}" if name else words, left) if part)


STOPPED = {
    "again": gettext_lazy("Stopped: it comes from the rule itself"),
    "deep": gettext_lazy("Stopped: too many rules follow on one another"),
    "conversation": gettext_lazy("Stopped: the rule has acted here six times within an hour"),
    "storm": gettext_lazy("Stopped: the rule acted too often within a minute, and paused itself"),
}
